"""Routes about rulebooks: drafted, approved by another person, published, read and compared."""

from fastapi import APIRouter, Request, Response

from api.desk import AtBook, AtMoment, Key, answered
from api.requests import CommandReader
from api.routes.commands import submit, takes
from api.rulebooks import all_rulebooks, get_rulebook, rule_changes
from domain import commands

VERSION = "/rulebooks/{name}/{version}"


def routes() -> APIRouter:
    """Return the routes that change rulebooks and those that read them."""
    router = APIRouter(tags=["rulebooks"])
    router.include_router(_reads)
    draft = CommandReader(commands.DraftRulebook)
    approve = CommandReader(commands.ApproveRulebook, in_path="rulebook")
    publish = CommandReader(commands.PublishRulebook, in_path="rulebook")

    @router.post(
        "/rulebooks", name="rulebook-draft", summary="Draft a version.", openapi_extra=takes(draft), status_code=201
    )
    async def draft_rulebook(request: Request, book: Key) -> Response:
        return await submit(request, book, await draft.read(request))

    @router.post(
        f"{VERSION}/approve",
        name="rulebook-approve",
        summary="Approve it.",
        openapi_extra=takes(approve),
        status_code=201,
    )
    async def approve_rulebook(request: Request, book: Key, name: Key, version: Key) -> Response:
        return await submit(request, book, await approve.read(request, rulebook=f"{name}/{version}"))

    @router.post(
        f"{VERSION}/publish",
        name="rulebook-publish",
        summary="Publish it.",
        openapi_extra=takes(publish),
        status_code=201,
    )
    async def publish_rulebook(request: Request, book: Key, name: Key, version: Key) -> Response:
        return await submit(request, book, await publish.read(request, rulebook=f"{name}/{version}"))

    return router


_reads = APIRouter()


@_reads.get("/rulebooks", name="rulebooks")
def rulebooks(book: AtBook, asked: AtMoment) -> Response:
    """Return every version of every rulebook, in the order in which they were drafted, without their rules."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(all_rulebooks(connection, book.name, moment=moment), moment=moment)


@_reads.get(VERSION, name="rulebook")
def rulebook(book: AtBook, asked: AtMoment, name: Key, version: Key) -> Response:
    """Return a version: how far it is, by whom, and every number and switch."""
    moment = asked.of_log(book)
    with book.pool.connection() as connection:
        return answered(get_rulebook(connection, book.name, f"{name}/{version}", moment=moment), moment=moment)


@_reads.get(f"{VERSION}/diff/{{other_name}}/{{other_version}}", name="rulebook-diff")
def diff(book: AtBook, asked: AtMoment, name: Key, version: Key, other_name: Key, other_version: Key) -> Response:
    """Return what changes from one version to another; an entry that one doesn't list is null there."""
    moment = asked.of_log(book)
    before, after = f"{name}/{version}", f"{other_name}/{other_version}"
    with book.pool.connection() as connection:
        changes = rule_changes(connection, book.name, before=before, after=after, moment=moment)
    return answered(changes, moment=moment)
