"""Routes about who takes part: parties, and the sanctions lists that they are screened by."""

from operator import attrgetter

from fastapi import APIRouter, Response

from api.http.answers import answers, answers_list
from api.http.desk import AtBook, AtMoment, ByCaller, ByReader, Key, answered
from api.listing.cursor import Text
from api.listing.page import Paged
from api.parties import (
    OwnView,
    PartyRow,
    PartyView,
    WatchlistRow,
    all_watchlists,
    get_party,
    search_parties,
    shown_to_itself,
)
from api.resources.resource import About, party_resource, resource_of

router = APIRouter(tags=["parties"])


@router.get("/parties", name="parties", responses=answers_list(PartyRow))
def parties(book: AtBook, page: Paged, stale: bool = False) -> Response:
    """Return every party, by key; with `stale`, those still to be screened under the present version of a list."""
    after = page.after(Text) or ""
    with page.reading(log=True) as (connection, moment, _):
        found = search_parties(connection, book.name, stale=stale, after=after, limit=page.wanted, moment=moment)
    return page.answer(found, PartyRow, key=attrgetter("party"))


@router.get("/parties/{party}", name="party", responses=answers(resource_of(PartyView), resource_of(OwnView)))
def party(
    book: AtBook, caller: ByCaller, asked: AtMoment, party: Key, reader: ByReader, reveal: bool = False
) -> Response:
    """
    Return a party; with `reveal`, its profile in clear, null where a value is erased, and who asks is recorded.

    To itself it is shown without what others found out about it: screenings, hits, legal holds, referrals.
    """
    moment = asked.of_log(book)
    found = get_party(book, party, reader=reader if reveal else None, moment=moment)
    shown = shown_to_itself(found) if caller.is_party else found
    return answered(party_resource(About(book, caller, moment), shown), moment=moment)


@router.get("/watchlists", name="watchlists", responses=answers_list(WatchlistRow))
def watchlists(book: AtBook, page: Paged) -> Response:
    """Return every sanctions list in its present version."""
    with page.reading(log=True) as (connection, moment, _):
        found = all_watchlists(connection, book.name, moment=moment)
    return page.part_of(found, WatchlistRow)
