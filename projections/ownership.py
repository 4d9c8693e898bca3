"""Ownership is whose a thing is: said once, by the first event of its stream, and never changed."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.aggregate import Event
from domain.agreement import AgreementSigned
from domain.commission import CommissionAccrued
from domain.order import OrderPlaced
from domain.payout_events import PayoutPlanned
from domain.receivable_events import ReceivableRecorded
from domain.references import agreement_id, commission_id, order_id, payout_id
from domain.remittance import RemittanceRecorded
from domain.takeover import OrderTakenOver
from projections.log import recorded
from projections.projection import Connection

_FIRST = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = %s AND version = 1
"""

_FIRSTS = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%b::text[]) AND version = 1
"""


class Sides(NamedTuple):
    """Who trades, by key."""

    buyer: str
    exporter: str


class Payee(NamedTuple):
    """Whom a payout is to, by key; empty where the operator pays itself."""

    party: str


Owner = Sides | Payee | str
"""The sides of an order, the payee of a payout, or the partner of an agreement."""


def find_sides(connection: Connection, book: str, order: str) -> Sides | None:
    """
    Return whose an order is, or nothing where there is none.

    Raises: LogCorrupt.
    """
    first = _first(connection, book, order_id(order))
    return Sides(first.buyer, first.exporter) if isinstance(first, OrderPlaced | OrderTakenOver) else None


def find_partner(connection: Connection, book: str, agreement: str) -> str | None:
    """
    Return with which partner an agreement is, or nothing where there is none.

    Raises: LogCorrupt.
    """
    first = _first(connection, book, agreement_id(agreement))
    return first.partner if isinstance(first, AgreementSigned) else None


def find_earner(connection: Connection, book: str, order: str) -> str | None:
    """
    Return which partner earns the commission on an order, or nothing where none accrued.

    Raises: LogCorrupt.
    """
    first = _first(connection, book, commission_id(order))
    return first.partner if isinstance(first, CommissionAccrued) else None


def find_exporter(connection: Connection, book: str, reference: str) -> str | None:
    """
    Return whose a shipping bill's value, or a remittance, is, by reference; nothing where there is none.

    Raises: LogCorrupt.
    """
    first = _first(connection, book, reference)
    return first.exporter if isinstance(first, ReceivableRecorded | RemittanceRecorded) else None


def find_payee(connection: Connection, book: str, payout: str) -> str | None:
    """
    Return to which party a payout is, empty for one of the operator's to itself; nothing where there is none.

    Raises: LogCorrupt.
    """
    first = _first(connection, book, payout_id(payout))
    return first.party if isinstance(first, PayoutPlanned) else None


def find_owners(connection: Connection, book: str, references: Iterable[str]) -> dict[str, Owner]:
    """
    Return whose some orders, payouts and agreements are, by reference.

    Raises: LogCorrupt.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_FIRSTS, (book, list(references))).fetchall()
    found: dict[str, Owner] = {}
    for first in (recorded(book, row) for row in rows):
        match first.event:
            case OrderPlaced(buyer=buyer, exporter=exporter) | OrderTakenOver(buyer=buyer, exporter=exporter):
                found[first.originator_id] = Sides(buyer, exporter)
            case PayoutPlanned(party=party):
                found[first.originator_id] = Payee(party)
            case AgreementSigned(partner=partner):
                found[first.originator_id] = partner
            case _:
                continue
    return found


def _first(connection: Connection, book: str, reference: str) -> Event | None:
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(_FIRST, (book, reference)).fetchone()
    return recorded(book, row).event if row else None
