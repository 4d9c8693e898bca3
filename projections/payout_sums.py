"""Payout sums are what several payouts come to, and which names of payouts and of files are used already."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from domain.payout_events import PayoutKind
from projections.projection import Connection


class OwnPayout(Struct, frozen=True, gc=False):
    """
    Sweeps and remittances from one account to one, in minor units, that wait for the bank to be told, or that it was.

    What failed or was cancelled isn't among them.
    """

    kind: PayoutKind
    pays_from: str
    pays_to: str
    currency: str
    stage: Literal["waits", "told"]
    amount_minor: int


_OWN = """
    SELECT kind, pays_from, pays_to, currency,
        CASE WHEN status IN ('planned', 'approved') THEN 'waits' ELSE 'told' END AS stage, sum(amount_minor)::int8
    FROM projections.payouts
    WHERE book = %s AND kind <> 'payee' AND status IN ('planned', 'approved', 'instructed', 'accepted', 'debited')
    GROUP BY kind, pays_from, pays_to, currency, stage
    ORDER BY kind, pays_from, pays_to, currency, stage
"""
_ON_THE_WAY = """
    SELECT currency, sum(amount_minor - debited_minor)::int8 FROM projections.payouts
    WHERE book = %s AND pays_from = %s AND status IN ('planned', 'approved', 'instructed', 'accepted')
    GROUP BY currency
"""
_LAST_NUMBER = """
    SELECT coalesce(max(split_part(payout, '-', 4)::int8), 0) FROM projections.payouts
    WHERE book = %s AND payout ~ %s
"""
_NAMES_USED = """
    SELECT substr(originator_id, length(%(kind)s) + 2) FROM ledger.events
    WHERE book = %(book)s AND version = 1 AND originator_id = ANY(%(names)s)
"""


def own_payouts(connection: Connection, book: str) -> list[OwnPayout]:
    """Return what the operator moves to its own accounts and to authorities, and what of it a bank was told of."""
    return [OwnPayout(*row) for row in connection.execute(_OWN, (book,))]


def last_number_on(connection: Connection, book: str, day: date) -> int:
    """Return the highest number of a payout that is named after a day, as 7 of `2026-11-23-7`; 0 if none is."""
    row = connection.execute(_LAST_NUMBER, (book, f"^{day.isoformat()}-[1-9][0-9]{{0,8}}$")).fetchone()
    return int(row[0]) if row else 0


def names_used(connection: Connection, book: str, kind: str, names: Iterable[str]) -> set[str]:
    """Return which of some keys of payouts, or of files, are used in the log already."""
    asked = {"book": book, "kind": kind, "names": [f"{kind}:{name}" for name in names]}
    return {name for (name,) in connection.execute(_NAMES_USED, asked)}


def on_the_way_from(connection: Connection, book: str, account: str) -> dict[str, int]:
    """Return by currency what payouts are to take from an account that its statements don't show gone yet."""
    return dict(connection.execute(_ON_THE_WAY, (book, account)).fetchall())
