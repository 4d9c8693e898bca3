"""Parties and sanctions lists as the API and the command line show them, read from the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar

import msgspec

from api.composition import OpenedBook
from domain.commitment import Commitment
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.party import Party, Referral, Screening
from domain.party_events import Role
from domain.references import key_of, party_id
from domain.watchlist import Watchlist
from projections.log import recorded
from projections.projection import Connection
from projections.streams import aggregate_of, folded, references_of

_SELECT_PARTIES = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND starts_with(topic, 'party.') AND topic NOT IN ('party.trade_opened', 'party.trade_closed')
    ORDER BY originator_id, version
"""


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


class WatchlistRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sanctions list in its present version."""

    list_name: str
    version: str
    sha256: str


def get_party(book: OpenedBook, party: str, *, reveal: bool = False) -> PartyView:
    """
    Return a party by key, with its values in clear where `reveal` asks for them.

    Raises: PartyNotFound.
    """
    with book.pool.connection() as connection:
        found = aggregate_of(connection, book.name, party_id(party))
        versions = _versions(connection, book.name)
    if not isinstance(found, Party):
        raise PartyNotFound(party=party)
    return PartyView(
        **msgspec.structs.asdict(_row(found, versions)),
        rulebook=key_of(found.rulebook),
        registered_at=found.registered_at,
        profile=found.profile,
        values=_values(book, found) if reveal else None,
        referrals=found.referrals,
        screenings=found.screenings,
        open_trades=len(found.open_trades),
        last_trade_closed_at=found.last_trade_closed_at,
    )


def all_parties(connection: Connection, book: str, *, stale: bool = False) -> list[PartyRow]:
    """Return every party of a book by key; with `stale`, those still to be screened under a list's present version."""
    versions = _versions(connection, book)
    with connection.cursor(binary=True) as cursor:
        stored = cursor.execute(_SELECT_PARTIES, (book,)).fetchall()
    events = (recorded(book, row) for row in stored)
    rows = [_row(_party(list(stream)), versions) for _, stream in groupby(events, _originator)]
    return [row for row in rows if row.outdated or not stale]


def all_watchlists(connection: Connection, book: str) -> list[WatchlistRow]:
    """Return every sanctions list of a book in its present version, in the order in which they became known."""
    lists = (aggregate_of(connection, book, found) for found in references_of(connection, book, "watchlist"))
    return [
        WatchlistRow(list_name=key_of(one.reference), version=one.version, sha256=one.sha256)
        for one in lists
        if isinstance(one, Watchlist)
    ]


def _versions(connection: Connection, book: str) -> dict[str, str]:
    return {row.list_name: row.version for row in all_watchlists(connection, book)}


def _originator(event: Recorded) -> str:
    return event.originator_id


def _party(stream: Sequence[Recorded]) -> Party:
    party = folded(list(stream))
    if not isinstance(party, Party):
        raise TypeError(type(party))
    return party


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


def _values(book: OpenedBook, party: Party) -> dict[str, str | None]:
    found = {field: book.confidential.find(commitment) for field, commitment in party.profile.items()}
    return {field: None if value is None else value.decode() for field, value in found.items()}
