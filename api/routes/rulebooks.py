"""Routes about rulebooks: read and compared."""

from fastapi import APIRouter, Response

from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, Key, answered
from api.listing.page import Paged
from api.resources.resource import About, resource_of, rulebook_resource
from api.rulebooks import RulebookRow, RulebookView, all_rulebooks, get_rulebook, rule_changes
from domain.rule_changes import RuleChange

VERSION = "/rulebooks/{name}/{version}"


router = APIRouter(tags=["rulebooks"])


@router.get("/rulebooks", name="rulebooks", responses=answers_list(RulebookRow))
def rulebooks(book: AtBook, page: Paged) -> Response:
    """Return every version of every rulebook, in the order in which they were drafted, without their rules."""
    with page.reading(log=True) as (connection, moment, _):
        found = all_rulebooks(connection, book.name, moment=moment)
    return page.part_of(found, RulebookRow)


@router.get(VERSION, name="rulebook", responses=answers(resource_of(RulebookView)))
def rulebook(book: AtBook, caller: ByCaller, asked: AtMoment, name: Key, version: Key) -> Response:
    """Return a version: how far it is, by whom, and every number and switch."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        found = get_rulebook(connection, book.name, f"{name}/{version}", moment=moment)
    return answered(rulebook_resource(About(book, caller, moment), found), moment=moment)


@router.get(
    f"{VERSION}/diff/{{other_name}}/{{other_version}}", name="rulebook-diff", responses=answers_list(RuleChange)
)
def diff(book: AtBook, page: Paged, name: Key, version: Key, other_name: Key, other_version: Key) -> Response:
    """Return what changes from one version to another; an entry that one doesn't list is null there."""
    before, after = f"{name}/{version}", f"{other_name}/{other_version}"
    with page.reading(log=True) as (connection, moment, _):
        changes = rule_changes(connection, book.name, before=before, after=after, moment=moment)
    return page.part_of(changes, RuleChange)
