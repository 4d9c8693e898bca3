"""What exports are to bring home, as the API and the command line show it: one shipping bill with its whole chain."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from api.composition import OpenedBook
from api.payouts.followed import PaidThrough, followed
from api.resources.payments_out import ReleaseView, releases_of
from api.resources.trade_parts import Parts
from api.revealing import reveal_values
from domain.commitment import Commitment
from domain.hold import Hold
from domain.money import Money
from domain.order import Order
from domain.realisation import MONTHS_A_YEAR, RUPEE, advance_after_shipment, may_hit_cap, months_after, shipped_too_late
from domain.receivable import Certificate, Extension, Receivable
from domain.receivable_events import ClosedBy, DeductionReason, Invoice
from domain.references import hold_id, key_of, order_id, receivable_id, release_id, remittance_id
from domain.remittance import Remittance
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound
from ledger.reads import Reader
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of

Warned = Literal[
    "advance-code-after-shipment",
    "shipped-after-advance-lapsed",
    "aggregator-cap",
    "overdue",
    "a-year-overdue",
    "realised-not-certified",
    "settled-in-other-currency",
]
"""What somebody should look at; none of it refuses anything."""


class ChainOrder(Struct, frozen=True, kw_only=True):
    """
    An order of the shipment, and what became of its money here, in minor units of the order's currency.

    shipped: what of the shipment is its, in the receivable's currency; paid_out: what was released to the exporter;
    payouts: what took a release's money on its way to the exporter's own bank, one after another where some failed.
    """

    order: str
    buyer: str
    currency: str
    shipped: Money
    total_minor: int
    received_minor: int
    kept_minor: int
    paid_out_minor: int
    refunded_minor: int
    releases: list[ReleaseView]
    payouts: list[PaidThrough]


class ChainRealisation(Struct, frozen=True, kw_only=True):
    """
    Money of a remittance that is matched, and the certificate that says so.

    used: what it took of the remittance, in its currency.
    """

    number: int
    remittance: str
    received_on: date
    purpose: str
    currency: str
    amount_minor: int
    used: Money
    certificate: str


class ChainDeduction(Struct, frozen=True, kw_only=True):
    """What of the value won't come, why, and of what that comes."""

    number: int
    reason: DeductionReason
    currency: str
    amount_minor: int
    source: str


class ReceivableView(Struct, frozen=True, kw_only=True):
    """
    A shipping bill's value, in minor units of the invoices' currency: invoiced = realised + deducted + open.

    The chain unfolds from the invoices over the orders with their holds, releases and payouts to the remittances and
    the certificates. value: what the goods are worth by the bill, else by the invoices; declarable: whether the
    exporter may close it itself once nothing is open.
    """

    receivable: str
    exporter: str
    currency: str
    settled_in: str
    port: str
    shipped_on: date
    first_due_on: date
    due_on: date
    due_at: datetime
    rulebook: str
    value: Money
    invoices: tuple[Invoice, ...]
    orders: list[ChainOrder]
    realisations: list[ChainRealisation]
    certificates: tuple[Certificate, ...]
    deductions: list[ChainDeduction]
    extensions: tuple[Extension, ...]
    invoiced_minor: int
    realised_minor: int
    deducted_minor: int
    open_minor: int
    certified_minor: int
    declarable: bool
    closable: bool
    closed_by: ClosedBy | None
    closed_reference: str
    warnings: list[Warned]


class MatchedBill(Struct, frozen=True, kw_only=True):
    """A shipping bill to which money of a remittance is matched, as its realisation of a number."""

    receivable: str
    realisation: int
    amount_minor: int


class RemittanceView(Struct, frozen=True, kw_only=True):
    """
    Money from abroad, in minor units: amount = allocated + left.

    ship_by: by when goods must follow money paid in advance; remitter: stands for who sent it; sent_by: that in clear,
    for whoever asks to see it, nothing where it is erased or nobody said.
    """

    remittance: str
    exporter: str
    currency: str
    amount_minor: int
    allocated_minor: int
    left_minor: int
    received_on: date
    purpose: str
    ad_code: str
    ship_by: date | None
    rulebook: str
    remitter: Commitment | None
    sent_by: str | None
    receivables: list[MatchedBill]


def get_receivable(
    connection: Connection, book: str, receivable: str, *, at: datetime, moment: Moment = NOW
) -> ReceivableView:
    """
    Return a shipping bill's value with its chain, as it stood at a moment. at: the instant that `overdue` means.

    Raises: AggregateNotFound.
    """
    reference = receivable_id(receivable)
    shipped = aggregate_of(connection, book, reference, moment=moment)
    if not isinstance(shipped, Receivable):
        raise AggregateNotFound(kind="receivable", key=receivable)
    names = [linked.order for linked in shipped.orders]
    needed = [*map(order_id, names), *map(hold_id, names), shipped.rulebook]
    parts = Parts(connection, book, needed, Moment(moment.position))
    rules = parts.get(Rulebook, shipped.rulebook).rules
    return ReceivableView(
        receivable=receivable,
        **{name: getattr(shipped, name) for name in ReceivableView.__struct_fields__ if name in _TAKEN},
        rulebook=key_of(shipped.rulebook),
        orders=list(_orders(connection, book, shipped, parts, moment)),
        realisations=list(_realisations(shipped)),
        deductions=[ChainDeduction(currency=shipped.currency, **asdict(each)) for each in shipped.deductions],
        declarable=shipped.is_declarable,
        closable=shipped.closed_by is None and shipped.is_declarable and not shipped.open_minor,
        warnings=list(_warnings(shipped, rules, [parts.get(Order, order_id(name)) for name in names], at)),
    )


_TAKEN = frozenset(
    {
        *("exporter", "currency", "settled_in", "port", "shipped_on", "first_due_on", "due_on", "due_at", "value"),
        *("invoices", "certificates", "extensions", "invoiced_minor", "realised_minor", "deducted_minor"),
        *("open_minor", "certified_minor", "closed_by", "closed_reference"),
    }
)


def get_remittance(
    book: OpenedBook, remittance: str, *, reader: Reader | None = None, moment: Moment = NOW
) -> RemittanceView:
    """
    Return a remittance as it stood at a moment; for a reader, who is recorded, with who sent it in clear.

    Raises, in this order: AggregateNotFound, LogCorrupt, SubmissionMalformed.
    """
    reference = remittance_id(remittance)
    with book.pool.connection() as connection:
        came = aggregate_of(connection, book.name, reference, moment=moment)
    if not isinstance(came, Remittance):
        raise AggregateNotFound(kind="remittance", key=remittance)
    sender = came.remitter
    shown = reveal_values(book, reader, reference, {sender: "remitter"}) if reader and sender else {}
    return RemittanceView(
        remittance=remittance,
        exporter=came.exporter,
        currency=came.currency,
        amount_minor=came.amount_minor,
        allocated_minor=came.allocated_minor,
        left_minor=came.left_minor,
        received_on=came.received_on,
        purpose=came.purpose,
        ad_code=came.ad_code,
        ship_by=came.ship_by,
        rulebook=key_of(came.rulebook),
        remitter=sender,
        sent_by=shown.get(sender) if sender else None,
        receivables=[MatchedBill(**asdict(each)) for each in came.allocations],
    )


def _orders(
    connection: Connection, book: str, shipped: Receivable, parts: Parts, moment: Moment
) -> Iterator[ChainOrder]:
    orders = [parts.get(Order, order_id(linked.order)) for linked in shipped.orders]
    releases = {
        order.reference: releases_of(connection, book, key_of(order.reference), moment=moment) for order in orders
    }
    payouts = _payouts(connection, book, shipped.exporter, releases.values(), moment)
    for linked, order in zip(shipped.orders, orders, strict=True):
        hold = parts.load(hold_id(linked.order)).aggregate
        held = hold if isinstance(hold, Hold) else None
        released = {release_id(linked.order, each.number) for each in releases[order.reference]}
        yield ChainOrder(
            order=linked.order,
            buyer=order.buyer,
            currency=order.currency,
            shipped=Money(shipped.currency, linked.amount_minor),
            total_minor=order.total_minor,
            received_minor=held.received_minor if held else 0,
            kept_minor=held.held_minor + held.disputed_minor + held.frozen_minor if held else 0,
            paid_out_minor=held.released.net_minor if held else 0,
            refunded_minor=held.refunded_minor if held else 0,
            releases=releases[order.reference],
            payouts=[each for each in payouts if each.source in released],
        )


def _payouts(
    connection: Connection, book: str, exporter: str, releases: Iterable[Sequence[ReleaseView]], moment: Moment
) -> list[PaidThrough]:
    """Return what took the money of releases, each of the exporter's payee accounts read once."""
    released: dict[str, set[str]] = {}
    for each in chain.from_iterable(releases):
        released.setdefault(each.currency, set()).add(release_id(each.order, each.number))
    return [
        paid
        for currency, sources in released.items()
        for paid in followed(connection, book, exporter, currency, sources, moment=moment)
    ]


def _realisations(shipped: Receivable) -> Iterator[ChainRealisation]:
    for each in shipped.realisations:
        yield ChainRealisation(
            number=each.number,
            remittance=each.remittance,
            received_on=each.received_on,
            purpose=each.purpose,
            currency=shipped.currency,
            amount_minor=each.amount_minor,
            used=Money(each.used_currency, each.used_minor),
            certificate=each.certificate,
        )


def _warnings(shipped: Receivable, rules: Rules, orders: Sequence[Order], at: datetime) -> Iterator[Warned]:
    shipped_on = shipped.shipped_on
    if any(
        advance_after_shipment(purpose=each.purpose, received_on=each.received_on, shipped_on=shipped_on)
        for each in shipped.realisations
    ):
        yield "advance-code-after-shipment"
    if any(shipped_too_late(advance_ship_by=each.ship_by, shipped_on=shipped_on) for each in shipped.realisations):
        yield "shipped-after-advance-lapsed"
    lines = [line for order in orders if order.currency == shipped.currency for line in order.lines]
    invoiced = Money(shipped.currency, shipped.invoiced_minor)
    if may_hit_cap(rules, value=shipped.value, invoiced=invoiced, lines=lines):
        yield "aggregator-cap"
    if shipped.closed_by is None and at >= shipped.due_at:
        yield "overdue"
        today = rules.calendar.day_of(at)
        if today > months_after(shipped.due_on, MONTHS_A_YEAR):
            yield "a-year-overdue"
    if shipped.realised_minor > shipped.certified_minor:
        yield "realised-not-certified"
    if any(each.used_currency == RUPEE != shipped.settled_in for each in shipped.realisations):
        yield "settled-in-other-currency"
