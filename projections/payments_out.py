"""
Payments out are what the lists of releases and refunds show: asked of four_eyes, with the sides of their orders.

As of a position, what was decided later waits still.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict
from psycopg import sql

from projections.projection import POSITION_MAX, Connection

PaymentOutKind = Literal["release", "refund"]
PaymentOutStands = Literal["waiting", "approved", "rejected"]


class PaymentOutRow(Struct, frozen=True, gc=False):
    """
    A release or refund as a list shows it.

    amount_minor: minor units of the currency, of a release gross; position: of the proposal; by_rule: whether a rule
    decided, nothing while it waits.
    """

    order: str
    number: int
    buyer: str
    exporter: str
    currency: str
    amount_minor: int
    stands: PaymentOutStands
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    by_rule: bool | None
    position: int


class PaymentsOutSought(Struct, frozen=True, kw_only=True):
    """Which are sought: of an order, of a buyer, of an exporter, as they stand."""

    order: str | None = None
    buyer: str | None = None
    exporter: str | None = None
    stands: PaymentOutStands | None = None


_SEARCH = sql.SQL("""
    WITH listed AS (
        SELECT o."order", substring(f.proposal FROM '[0-9]+$')::int AS number, o.buyer, o.exporter, f.currency,
            f.amount_minor, f.proposed_at, f.proposed_by, f.position, coalesce(f.decided_position <= %(up_to)s, false)
                AS is_decided, f.verdict, f.decided_at, f.decided_by, f.policy
        FROM projections.four_eyes f
        JOIN projections.orders o ON o.book = f.book AND o."order" = substr(f.reference, length(%(kind)s) + 1)
        WHERE f.book = %(book)s AND starts_with(f.proposal, %(kind)s) AND f.position <= %(up_to)s
        AND f.position < %(before)s
        AND (%(order)s::text IS NULL OR o."order" = %(order)s)
        AND (%(buyer)s::text IS NULL OR o.buyer = %(buyer)s)
        AND (%(exporter)s::text IS NULL OR o.exporter = %(exporter)s)
    )
    SELECT "order", number, buyer, exporter, currency, amount_minor,
        CASE WHEN is_decided THEN verdict ELSE 'waiting' END, proposed_at, proposed_by,
        CASE WHEN is_decided THEN decided_at END, CASE WHEN is_decided THEN decided_by END,
        CASE WHEN is_decided THEN policy <> '' END, position
    FROM listed
    WHERE %(stands)s::text IS NULL OR %(stands)s = CASE WHEN is_decided THEN verdict ELSE 'waiting' END
    ORDER BY position DESC LIMIT %(limit)s
""")


def search_payments_out(
    connection: Connection,
    book: str,
    kind: PaymentOutKind,
    sought: PaymentsOutSought,
    *,
    before: int = POSITION_MAX,
    limit: int = 50,
    up_to: int = POSITION_MAX,
) -> list[PaymentOutRow]:
    """
    Return releases or refunds, the last proposed first.

    before: the position of the last one of the page before; up_to: as they stood at a position.
    """
    asked = {"book": book, "kind": f"{kind}:", "before": before, "limit": limit, "up_to": up_to, **asdict(sought)}
    rows = connection.execute(_SEARCH, asked, prepare=False)
    return [PaymentOutRow(*row) for row in rows]
