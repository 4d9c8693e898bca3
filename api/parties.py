"""Parties and sanctions lists as the API and the command line show them, read from the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar

import msgspec

from api.composition import OpenedBook
from api.revealing import reveal_values
from domain.commitment import Commitment
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.party import Party, Referral, Screening
from domain.party_events import Role
from domain.references import key_of, party_id
from domain.watchlist import Watchlist
from ledger.reads import Reader
from projections.log import recorded
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of, folded, references_of
from projections.timelines import counted

_SELECT_KEYS = """
    SELECT originator_id FROM ledger.events
    WHERE book = %(book)s AND version = 1 AND position <= %(position)s
    AND originator_id > %(after)s AND starts_with(originator_id, 'party:')
    ORDER BY originator_id LIMIT %(limit)s
"""
_SELECT_PARTIES = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%s::text[]) AND position <= %s
    AND topic NOT IN ('party.trade_opened', 'party.trade_closed')
    ORDER BY originator_id, version
"""
BATCH_PARTIES = 200


@dataclass(eq=False, kw_only=True)
class PartyNotFound(NotFound):
    """Nobody is registered under this key."""

    code: ClassVar[str] = "party.not_found"
    party: str


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """
    A party and how it stands.

    hits: the lists that it was found on; outdated: the lists under whose present version it is still to be screened.
    """

    party: str
    roles: tuple[Role, ...]
    country: str
    is_suspended: bool
    hits: tuple[str, ...]
    outdated: tuple[str, ...]
    legal_holds: tuple[str, ...]
    is_forgotten: bool


class PartyView(PartyRow, frozen=True, kw_only=True):
    """
    A party with all that the log says of it.

    profile: by field, what stands for the value; values: the values themselves where somebody asked to see them, null
    where one is erased.
    """

    rulebook: str
    registered_at: datetime
    profile: dict[str, Commitment]
    values: dict[str, str | None] | None
    referrals: tuple[Referral, ...]
    screenings: dict[str, Screening]
    open_trades: int
    last_trade_closed_at: datetime | None


class OwnView(msgspec.Struct, frozen=True, kw_only=True):
    """A party as it is shown to itself: nobody learns here that they were found on a list, or are looked into."""

    party: str
    roles: tuple[Role, ...]
    country: str
    is_suspended: bool
    is_forgotten: bool
    rulebook: str
    registered_at: datetime
    profile: dict[str, Commitment]
    values: dict[str, str | None] | None


class WatchlistRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sanctions list in its present version."""

    list_name: str
    version: str
    sha256: str


def get_party(book: OpenedBook, party: str, *, reader: Reader | None = None, moment: Moment = NOW) -> PartyView:
    """
    Return a party by key as it stood at a moment, with its values in clear for a reader, who is recorded.

    Raises, in this order: PartyNotFound, SubmissionMalformed.
    """
    with book.pool.connection() as connection:
        found = aggregate_of(connection, book.name, party_id(party), moment=moment)
        versions = _versions(connection, book.name, moment)
    if not isinstance(found, Party):
        raise PartyNotFound(party=party)
    return PartyView(
        **msgspec.structs.asdict(_row(found, versions)),
        rulebook=key_of(found.rulebook),
        registered_at=found.registered_at,
        profile=found.profile,
        values=_values(book, found, reader) if reader else None,
        referrals=found.referrals,
        screenings=found.screenings,
        open_trades=len(found.open_trades),
        last_trade_closed_at=found.last_trade_closed_at,
    )


def shown_to_itself(party: PartyView) -> OwnView:
    """Return of a party what it may see."""
    return OwnView(**{field: getattr(party, field) for field in OwnView.__struct_fields__})


def all_parties(connection: Connection, book: str, *, stale: bool = False, moment: Moment = NOW) -> list[PartyRow]:
    """
    Return every party of a book by key, as they stood at a moment; with `stale`, those still to be screened under the
    version that a list then had.
    """
    return search_parties(connection, book, stale=stale, after="", limit=None, moment=moment)


def search_parties(
    connection: Connection, book: str, *, stale: bool, after: str, limit: int | None, moment: Moment = NOW
) -> list[PartyRow]:
    """Return up to `limit` of all parties, those whose keys follow another one."""
    versions = _versions(connection, book, moment)
    found: list[PartyRow] = []
    while references := _references_after(connection, book, after, moment):
        rows = (_row(party, versions) for party in _parties(connection, book, references, moment))
        found += [row for row in rows if row.outdated or not stale]
        if limit is not None and len(found) >= limit:
            break
        after = key_of(references[-1])
    return found[:limit]


def _references_after(connection: Connection, book: str, after: str, moment: Moment) -> list[str]:
    asked = {"book": book, "after": f"party:{after}", "position": moment.position, "limit": BATCH_PARTIES}
    return [reference for (reference,) in connection.execute(_SELECT_KEYS, asked)]


def _parties(connection: Connection, book: str, references: list[str], moment: Moment) -> list[Party]:
    with connection.cursor(binary=True) as cursor:
        stored = cursor.execute(_SELECT_PARTIES, (book, references, moment.position)).fetchall()
    events = counted((recorded(book, row) for row in stored), moment)
    parties = (folded(stream, moment=moment) for _, stream in groupby(events, _originator))
    return [party for party in parties if isinstance(party, Party)]


def all_watchlists(connection: Connection, book: str, *, moment: Moment = NOW) -> list[WatchlistRow]:
    """Return every sanctions list of a book in its version of a moment, in the order in which they became known."""
    known = references_of(connection, book, "watchlist", moment=moment)
    lists = (aggregate_of(connection, book, reference, moment=moment) for reference in known)
    return [
        WatchlistRow(list_name=key_of(one.reference), version=one.version, sha256=one.sha256)
        for one in lists
        if isinstance(one, Watchlist)
    ]


def _versions(connection: Connection, book: str, moment: Moment) -> dict[str, str]:
    return {row.list_name: row.version for row in all_watchlists(connection, book, moment=moment)}


def _originator(event: Recorded) -> str:
    return event.originator_id


def _row(party: Party, versions: Mapping[str, str]) -> PartyRow:
    return PartyRow(
        party=key_of(party.reference),
        roles=party.roles,
        country=party.country,
        is_suspended=party.is_suspended,
        hits=party.hits,
        outdated=party.outdated(versions),
        legal_holds=party.legal_holds,
        is_forgotten=party.is_forgotten,
    )


def _values(book: OpenedBook, party: Party, reader: Reader) -> dict[str, str | None]:
    fields: dict[str, str] = {commitment: field for field, commitment in party.profile.items()}
    revealed = reveal_values(book, reader, party.reference, fields)
    return {field: revealed[commitment] for field, commitment in party.profile.items()}
