"""Actions are what a caller may say next about a thing, each with its address and, where a clock runs, its deadline."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from api.allowed.about_breaks import sayings_about_break, sayings_about_match, sayings_about_settlement
from api.allowed.about_disputes import sayings_about_dispute
from api.allowed.about_orders import sayings_about_trade
from api.allowed.about_others import (
    sayings_about_agreement,
    sayings_about_conversion,
    sayings_about_party,
    sayings_about_payee,
    sayings_about_payout,
    sayings_about_period,
    sayings_about_rulebook,
)
from api.allowed.about_receivables import sayings_about_receivable
from api.allowed.operations import may_say_something
from api.allowed.reading import Reading, reading
from api.allowed.rehearsing import Deadline, Rehearsed, Voice, rehearsed
from api.allowed.saying import Sayings, sides_of
from api.composition import OpenedBook
from api.identity.caller import Caller
from domain.aggregate import Aggregate
from domain.agreement import Agreement
from domain.bank_match import BankMatch
from domain.conversion import Conversion
from domain.dispute import Dispute
from domain.party import Party
from domain.payee_account import PayeeAccount
from domain.payout import Payout
from domain.period import Periods
from domain.receivable import Receivable
from domain.reconciliation_break import Break
from domain.references import (
    agreement_id,
    bank_match_id,
    book_id,
    clocks_id,
    commission_id,
    conversion_id,
    dispute_id,
    guarantee_id,
    hold_id,
    order_id,
    party_id,
    payee_id,
    payout_id,
    periods_id,
    receivable_id,
    refunds_id,
    releases_id,
    remittance_id,
)
from domain.remittance import Remittance
from domain.rulebook import Rulebook
from domain.settlement import Settlement
from domain.unit_of_work import UnitOfWork
from domain.watchlist import Watchlist
from projections.orders import OrdersSought, search_orders
from projections.receivables import RemittancesSought, search_remittances

A = TypeVar("A", bound=Aggregate)

_TRADE = (order_id, hold_id, releases_id, refunds_id, clocks_id)
AGREEMENTS_MAX = 50
WATCHLISTS_MAX = 50
"""Of so many of a book it is tried whether a party may be referred, or screened."""


ORDERS_MAX = 20
REMITTANCES_MAX = 20
"""Of so many of an exporter it is tried whether a shipping bill may be theirs, or matched to them."""


class Action(msgspec.Struct, frozen=True, kw_only=True, rename={"with_": "with"}):
    """
    Something that the caller may say next.

    action: the operation's name; with: what its body says that names one of several, as `{"claim": 2}`; by: until
    when it is to be said, and by which clock, nothing where none runs.
    """

    action: str
    method: str
    href: str
    with_: dict[str, Any]
    by: Deadline | None


Make = Callable[[Reading, UnitOfWork], Sayings]


HOLD = frozenset(
    {
        *("pay", "freeze", "unfreeze", "charge-back", "close-hold", "propose-release", "propose-refund"),
        *("advance", "repay-advance", "propose-write-off"),
    }
)
GUARANTEE = frozenset({"advance", "repay-advance", "propose-write-off", "approve-write-off", "reject-write-off"})
RELEASE = frozenset({"approve-release", "reject-release"})
REFUND = frozenset({"approve-refund", "reject-refund"})
AMENDMENT = frozenset({"amendment-accept", "amendment-decline"})
RECEIVABLE = frozenset(
    {
        *("receivable-link", "receivable-allocate", "receivable-free", "receivable-deduct"),
        *("receivable-withdraw-deduction", "receivable-certify", "receivable-cancel-certificate"),
        *("receivable-extend", "receivable-close"),
    }
)
CLOCK = frozenset({"clock-pause", "clock-resume"})
"""What may be said about parts of a trade, of all that may be said about it."""


def allowed_of_trade(
    book: OpenedBook, caller: Caller, order: str, *, at: datetime, only: frozenset[str] | None = None
) -> list[Action]:
    """
    Return what a caller may say about an order, its money and its clocks; nothing where there is no such order.

    only: the operations that are looked at, all where none are named.
    """
    sides = sides_of(caller.role)
    names = (*_TRADE, guarantee_id, commission_id)
    needed = [*(name(order) for name in names), dispute_id(order, 1)]

    def make(_: Reading, uow: UnitOfWork) -> Sayings:
        return sayings_about_trade(order, uow, sides)

    return _allowed(book, caller, make, needed, at=at, order=order, only=only)


def allowed_of_dispute(book: OpenedBook, caller: Caller, order: str, number: int, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a dispute; nothing where there is no such dispute."""
    reference = dispute_id(order, number)

    def make(_: Reading, uow: UnitOfWork) -> Sayings:
        disputed = uow.find(Dispute, reference)
        return sayings_about_dispute(disputed, sides_of(caller.role)) if disputed else iter(())

    return _allowed(book, caller, make, [*(name(order) for name in _TRADE), reference], at=at, order=order)


def allowed_of_party(book: OpenedBook, caller: Caller, party: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a party."""

    def make(seen: Reading, uow: UnitOfWork) -> Sayings:
        found = uow.find(Party, party_id(party))
        if found is None:
            return iter(())
        agreements = seen.every("agreement", Agreement, most=AGREEMENTS_MAX)
        watchlists = seen.every("watchlist", Watchlist, most=WATCHLISTS_MAX)
        return sayings_about_party(found, agreements=agreements, watchlists=watchlists, at=at)

    return _allowed(book, caller, make, [party_id(party)], at=at)


def allowed_of_payee(book: OpenedBook, caller: Caller, party: str, currency: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about what a party may be paid in a currency."""
    make = _about(PayeeAccount, payee_id(party, currency), sayings_about_payee)
    return _allowed(book, caller, make, [payee_id(party, currency)], at=at)


def allowed_of_payout(book: OpenedBook, caller: Caller, payout: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a payout."""
    make = _about(Payout, payout_id(payout), sayings_about_payout)
    return _allowed(book, caller, make, [payout_id(payout)], at=at)


def allowed_of_match(book: OpenedBook, caller: Caller, match: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a match of lines of bank statements."""
    reference = bank_match_id(match)
    return _allowed(book, caller, _about(BankMatch, reference, sayings_about_match), [reference], at=at)


def allowed_of_settlement(book: OpenedBook, caller: Caller, reference: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a payment provider's settlement."""
    make = _about(Settlement, reference, sayings_about_settlement)
    return _allowed(book, caller, make, [reference, book_id(book.name)], at=at)


def allowed_of_break(book: OpenedBook, caller: Caller, break_key: str, subject: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a difference between bank and ledger."""
    reference = f"break:{break_key}"
    return _allowed(book, caller, _about(Break, reference, sayings_about_break), [reference, subject], at=at)


def allowed_of_agreement(book: OpenedBook, caller: Caller, agreement: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about an agreement."""
    make = _about(Agreement, agreement_id(agreement), lambda found: sayings_about_agreement(found, at=at))
    return _allowed(book, caller, make, [agreement_id(agreement)], at=at)


def allowed_of_conversion(book: OpenedBook, caller: Caller, conversion: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a conversion."""
    reference = conversion_id(conversion)
    make = _about(Conversion, reference, sayings_about_conversion)
    return _allowed(book, caller, make, [reference, book_id(book.name)], at=at)


def allowed_of_receivable(book: OpenedBook, caller: Caller, receivable: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a shipping bill: of its exporter's last orders, of money that is left."""
    if not may_say_something(caller.role, RECEIVABLE):
        return []
    reference = receivable_id(receivable)
    orders, remittances = _beside_receivable(book, reference)

    def make(seen: Reading, uow: UnitOfWork) -> Sayings:
        shipped = uow.find(Receivable, reference)
        seen.prepare([order_id(order) for order in orders])
        came = [uow.find(Remittance, remittance_id(each)) for each in remittances]
        return (
            sayings_about_receivable(shipped, [each for each in came if each], orders, at=at) if shipped else iter(())
        )

    return _allowed(book, caller, make, [reference], at=at, only=RECEIVABLE)


def _beside_receivable(book: OpenedBook, reference: str) -> tuple[list[str], list[str]]:
    """Return the keys of its exporter's last orders, and of the remittances of which something is left."""
    with reading(book) as seen:
        shipped = seen.load(reference).aggregate
    if not isinstance(shipped, Receivable):
        return [], []
    with book.pool.connection() as connection:
        sold = search_orders(connection, book.name, OrdersSought(exporter=shipped.exporter), limit=ORDERS_MAX)
        sought = RemittancesSought(exporter=shipped.exporter, left=True)
        came = search_remittances(connection, book.name, sought, limit=REMITTANCES_MAX)
    return [row.order for row in sold], [row.remittance for row in came]


def allowed_of_rulebook(book: OpenedBook, caller: Caller, rulebook: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a version of a rulebook, as `standard/1`."""
    reference = f"rulebook:{rulebook}"
    return _allowed(book, caller, _about(Rulebook, reference, sayings_about_rulebook), [reference], at=at)


def allowed_of_period(book: OpenedBook, caller: Caller, period: str, *, at: datetime) -> list[Action]:
    """Return what a caller may say about a month; before one is closed the books are looked at besides."""
    name = periods_id(book.name)

    def make(_: Reading, uow: UnitOfWork) -> Sayings:
        return sayings_about_period(period, uow.find(Periods, name))

    return _allowed(book, caller, make, [name, book_id(book.name)], at=at)


def _about(kind: type[A], reference: str, sayings: Callable[[A], Sayings]) -> Make:
    def make(_: Reading, uow: UnitOfWork) -> Sayings:
        found = uow.find(kind, reference)
        return sayings(found) if found else iter(())

    return make


def _allowed(
    book: OpenedBook,
    caller: Caller,
    make: Make,
    needed: Sequence[str],
    *,
    at: datetime,
    order: str | None = None,
    only: frozenset[str] | None = None,
) -> list[Action]:
    if not may_say_something(caller.role, only):
        return []
    voice = Voice(caller.actor, caller.role, at, book.name)
    with reading(book) as seen:
        seen.prepare(needed)
        found = list(rehearsed(lambda uow: make(seen, uow), seen.load, voice, order=order, only=only))
    return [_action(each, book.name) for each in found]


def _action(found: Rehearsed, book: str) -> Action:
    command, named = found.saying
    return Action(
        action=found.operation.name,
        method="POST",
        href=found.operation.href(book, command),
        with_={name: getattr(command, name) for name in named},
        by=found.by,
    )
