"""Ownership is whose a thing is: said once, by the first event of its stream, and never changed."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.aggregate import Event
from domain.agreement import AgreementSigned
from domain.commission import CommissionAccrued
from domain.order import OrderPlaced
from domain.references import agreement_id, commission_id, order_id
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


def find_owners(connection: Connection, book: str, references: Iterable[str]) -> dict[str, Sides | str]:
    """
    Return whose some orders and agreements are, by reference: the sides of an order, the partner of an agreement.

    Raises: LogCorrupt.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_FIRSTS, (book, list(references))).fetchall()
    found: dict[str, Sides | str] = {}
    for first in (recorded(book, row) for row in rows):
        match first.event:
            case OrderPlaced(buyer=buyer, exporter=exporter) | OrderTakenOver(buyer=buyer, exporter=exporter):
                found[first.originator_id] = Sides(buyer, exporter)
            case AgreementSigned(partner=partner):
                found[first.originator_id] = partner
            case _:
                continue
    return found


def _first(connection: Connection, book: str, reference: str) -> Event | None:
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(_FIRST, (book, reference)).fetchone()
    return recorded(book, row).event if row else None
