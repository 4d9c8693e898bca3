"""
Planning is one payout for each payee account that has something available.

Whatever isn't planned is told with its reason: it is carried forward to the next run. A run is said again without harm:
what is planned isn't available any more.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice

from msgspec import Struct

from api.composition import OpenedBook
from api.payouts.saying import Voice, key_in, plan_in, say_all
from domain import commands
from domain.commands import Command
from domain.errors import LedgerError
from domain.payout import check_paid_from
from ledger.outcomes import Outcome, Rejected
from projections.payees import PayeeRow, payees_to_settle
from projections.payout_sums import last_number_on

AT_ONCE = 500
"""So many are said to the ledger together."""

WHY: dict[str, str] = {
    "payout.below_minimum": "less than the smallest payout, or nothing",
    "payout.off_schedule": "not a day on which payouts are made",
    "party.suspended": "suspended",
    "party.sanctioned": "on a sanctions list",
}
"""Why a payee isn't paid now, by the code of the refusal; others are told by their code."""

OWES = "owes: carried forward"


class PlanAsked(Struct, frozen=True, kw_only=True):
    """
    What is to be planned: from which account, on which day; of one party or in one currency only, where one is named.

    rulebook: whose rules hold for parties that aren't registered under one; reissues: the rejected or returned payout
    in whose stead it is, where it is one only.
    """

    pays_from: str
    pay_on: date
    party: str | None = None
    currency: str | None = None
    rulebook: str = "standard/1"
    reissues: str = ""


class PlannedPayout(Struct, frozen=True, kw_only=True):
    """A payout that was planned, in minor units. approvals: how many people beside the planner must agree."""

    payout: str
    party: str
    currency: str
    amount_minor: int
    approvals: int


class CarriedForward(Struct, frozen=True, kw_only=True):
    """What isn't paid now, in minor units, below zero what is owed; the code of the reason, and the reason in words."""

    party: str
    currency: str
    available_minor: int
    code: str
    reason: str


class PlanRun(Struct, frozen=True, kw_only=True):
    """What came of a run, or would."""

    pays_from: str
    pay_on: date
    dry_run: bool
    planned: list[PlannedPayout]
    carried_forward: list[CarriedForward]


def plan_payouts(
    book: OpenedBook,
    asked: PlanAsked,
    voice: Voice,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> PlanRun:
    """
    Plan to pay everybody what they may be paid, or only try it.

    progress: told how many payee accounts were looked at, of how many.

    Raises, in this order: AccountUnknown, AccountUnfit, and what `Writer.submit` does.
    """
    check_paid_from(asked.pays_from)
    book.runner.catch_up()
    with book.pool.connection() as connection:
        payees = payees_to_settle(connection, book.name, party=asked.party, currency=asked.currency)
        last = last_number_on(connection, book.name, asked.pay_on)
    owing = [each for each in payees if each.available_minor <= 0]
    payable = [each for each in payees if each.available_minor > 0]
    run = PlanRun(
        pays_from=asked.pays_from,
        pay_on=asked.pay_on,
        dry_run=dry_run,
        planned=[],
        carried_forward=[_carried(each, "payee.owes", OWES) for each in owing],
    )
    progress(len(owing), len(payees))
    for some in _parts(payable):
        said = [_plan(each, asked, number) for number, each in enumerate(some, start=last + 1)]
        last += len(said)
        for payee, outcome in zip(some, say_all(book, said, voice, dry_run=dry_run), strict=True):
            _tell(run, payee, outcome)
        progress(len(run.planned) + len(run.carried_forward), len(payees))
    return run


def _plan(payee: PayeeRow, asked: PlanAsked, number: int) -> Command:
    return commands.PlanPayout(
        payout=f"{asked.pay_on}-{number}",
        party=payee.party,
        currency=payee.currency,
        pays_from=asked.pays_from,
        pay_on=asked.pay_on,
        rulebook=asked.rulebook,
        reissues=asked.reissues,
    )


def _tell(run: PlanRun, payee: PayeeRow, outcome: Outcome | LedgerError) -> None:
    plan = plan_in(outcome)
    if plan:
        run.planned.append(
            PlannedPayout(
                payout=key_in(outcome),
                party=payee.party,
                currency=payee.currency,
                amount_minor=plan.amount_minor,
                approvals=plan.approvals,
            )
        )
    elif isinstance(outcome, Rejected | LedgerError):
        reason = WHY.get(outcome.code, str(type(outcome).__doc__ if isinstance(outcome, LedgerError) else outcome.code))
        run.carried_forward.append(_carried(payee, outcome.code, reason))


def _carried(payee: PayeeRow, code: str, reason: str) -> CarriedForward:
    return CarriedForward(
        party=payee.party,
        currency=payee.currency,
        available_minor=payee.available_minor,
        code=code,
        reason=reason,
    )


def _parts(payees: Iterable[PayeeRow]) -> Iterator[list[PayeeRow]]:
    rest = iter(payees)
    while some := list(islice(rest, AT_ONCE)):
        yield some
