"""
Own moves of money: sweeps of the operator's fees to its own account, and remittances of taxes to the authority.

The books say how much may be moved, and the plan repeats what they said.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct

from api.composition import OpenedBook
from api.payouts.own_money import Remittable, Sweepable, remittable_of, sweepable_from
from api.payouts.saying import Voice, key_in, say_all
from domain import commands
from domain.accounts import check_control
from domain.commands import Command
from domain.errors import LedgerError
from domain.money import Money
from domain.payout import PAID_FROM, REMITTED
from ledger.outcomes import Accepted, Outcome
from projections.payout_sums import last_number_on


class MoveAsked(Struct, frozen=True, kw_only=True):
    """
    What is to be moved: from which account, to which or of which tax, on which day.

    amount: all that may be moved where it isn't said; currency: then only of that one; authority: the registered party
    that a tax goes to, empty for none.
    """

    pays_from: str
    pays_to: str
    pay_on: date
    amount: Money | None = None
    currency: str | None = None
    authority: str = ""


class OwnMove(Struct, frozen=True, kw_only=True):
    """
    What became of a plan in a currency, in minor units: its payout, or the code with which it was refused.

    Both are empty where nothing may be moved.
    """

    currency: str
    available_minor: int
    amount_minor: int
    payout: str = ""
    refusal: str = ""


class SweepRun(Struct, frozen=True, kw_only=True):
    """What may be swept, and what was planned, or would be."""

    dry_run: bool
    sweepable: list[Sweepable]
    moves: list[OwnMove]


class RemittanceRun(Struct, frozen=True, kw_only=True):
    """What may be remitted, and what was planned, or would be."""

    dry_run: bool
    remittable: list[Remittable]
    moves: list[OwnMove]


def plan_sweep(book: OpenedBook, asked: MoveAsked, voice: Voice, *, dry_run: bool = False) -> SweepRun:
    """
    Plan to sweep the operator's fees out of a safeguarded account.

    Raises, in this order: AccountUnknown and AccountUnfit (where from), AccountUnknown and AccountUnfit (where to), and
    what `Writer.submit` does.
    """
    check_control(asked.pays_from, ("bank:safeguarded",))
    check_control(asked.pays_to, ("bank:operator",))
    book.runner.catch_up()
    with book.pool.connection() as connection:
        found = sweepable_from(connection, book.name, asked.pays_from)

    available = {each.currency: each.available_minor for each in found}
    moves = _planned(book, asked, voice, _amounts(available, asked), dry_run=dry_run)
    return SweepRun(dry_run=dry_run, sweepable=found, moves=moves)


def plan_remittance(book: OpenedBook, asked: MoveAsked, voice: Voice, *, dry_run: bool = False) -> RemittanceRun:
    """
    Plan to remit what stands on a tax account.

    Raises, in this order: AccountUnknown and AccountUnfit (where from), AccountUnknown and AccountUnfit (the tax), and
    what `Writer.submit` does.
    """
    check_control(asked.pays_from, PAID_FROM)
    check_control(asked.pays_to, REMITTED)
    book.runner.catch_up()
    with book.pool.connection() as connection:
        found = remittable_of(connection, book.name, asked.pays_to)

    available = {each.currency: each.available_minor for each in found}
    moves = _planned(book, asked, voice, _amounts(available, asked), dry_run=dry_run)
    return RemittanceRun(dry_run=dry_run, remittable=found, moves=moves)


class _Amount(NamedTuple):
    """What is to be moved in a currency, and what may be."""

    money: Money
    available_minor: int


def _amounts(available: Mapping[str, int], asked: MoveAsked) -> list[_Amount]:
    if asked.amount is not None:
        return [_Amount(asked.amount, available.get(asked.amount.currency, 0))]
    return [
        _Amount(Money(currency, minor), minor)
        for currency, minor in available.items()
        if minor and asked.currency in {None, currency}
    ]


def _planned(
    book: OpenedBook, asked: MoveAsked, voice: Voice, amounts: Sequence[_Amount], *, dry_run: bool
) -> list[OwnMove]:
    with book.pool.connection() as connection:
        last = last_number_on(connection, book.name, asked.pay_on)
    said = [_plan(f"{asked.pay_on}-{number}", asked, amount) for number, amount in enumerate(amounts, start=last + 1)]
    outcomes = say_all(book, said, voice, dry_run=dry_run)
    return [_move(amount, outcome) for amount, outcome in zip(amounts, outcomes, strict=True)]


def _plan(payout: str, asked: MoveAsked, amount: _Amount) -> Command:
    said: dict[str, Any] = {
        "payout": payout,
        "amount": amount.money,
        "pays_from": asked.pays_from,
        "pay_on": asked.pay_on,
        "available_minor": amount.available_minor,
    }
    if asked.pays_to.startswith("bank:"):
        return commands.PlanSweep(**said, pays_to=asked.pays_to)
    return commands.PlanRemittance(**said, tax=asked.pays_to, authority=asked.authority)


def _move(amount: _Amount, outcome: Outcome | LedgerError) -> OwnMove:
    return OwnMove(
        currency=amount.money.currency,
        available_minor=amount.available_minor,
        amount_minor=amount.money.minor,
        payout=key_in(outcome),
        refusal="" if isinstance(outcome, Accepted) else outcome.code,
    )
