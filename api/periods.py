"""Closing an accounting period: checks before it, the closing, the seal after it, and whether a seal still holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import msgspec

from api.composition import OpenedBook
from api.period_views import ClosingNotFound, ClosingView, PeriodView, SealView, all_periods, get_period
from domain.accounts import control_of
from domain.closing_figures import BalanceLine, Figures, figures_of, unbalanced
from domain.commands import ClosePeriod, SealPeriod
from domain.errors import Refused
from domain.money import to_major
from ledger.outcomes import Accepted, Outcome, Rejected, Submission
from ledger.writer import Writer
from projections.balances import balances_at
from projections.breaks import count_open_breaks
from projections.folding import ProjectionStopped
from projections.moment import Moment
from projections.projection import POSITION_MAX, Connection, take_time
from projections.proof_of_holds import proof_of_holds
from projections.runner import Lag

PRINCIPAL = "seals"
ACTOR, ROLE = "period:seal", "period"
"""Who says what a closing's figures are: nobody's opinion, so that whoever says it first or again says the same."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has to be so before a period is closed, whether it is, and what was found."""

    name: str
    passed: bool
    found: str


class SealCheck(msgspec.Struct, frozen=True, kw_only=True):
    """
    A seal and what the log gives today.

    first_difference: the first control account that differs, or `accounts`, as sealed and as derived; nothing where the
    seal holds.
    """

    closing: str
    position: int
    holds: bool
    accounts_sha256: str
    first_difference: str | None


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of closing a period: the checks that were made, none where it was closed before; and the period."""

    checks: tuple[Check, ...]
    period: PeriodView


@dataclass(eq=False, kw_only=True)
class ClosingCheckFailed(Refused):
    """A period isn't closed on books that don't add up."""

    code: ClassVar[str] = "period.check_failed"
    hint: ClassVar[str] = "find the cause, then close again"
    period: str
    check: str
    found: str


def checks_before(book: OpenedBook, period: str, progress: Callable[[int], None] = lambda _: None) -> tuple[Check, ...]:
    """
    Return what is looked at before an open period is closed; nothing for one that is closed.

    Raises, in this order: PeriodMalformed, LogCorrupt.
    """
    with book.pool.connection() as connection:
        view = get_period(connection, book.name, period)
    if view.state != "open":
        return ()
    kept_up = _kept_up(book, progress)
    with book.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return (kept_up, *(check(connection, book.name, view.last_day) for check in CHECKS))


def require_passed(period: str, checks: tuple[Check, ...]) -> None:
    """
    Let a period be closed where all checks passed.

    Raises: ClosingCheckFailed, naming the first that didn't.
    """
    for check in checks:
        if not check.passed:
            raise ClosingCheckFailed(period=period, check=check.name, found=check.found)


def close_and_seal(book: OpenedBook, submission: Submission) -> Outcome:
    """
    Close a period and seal it; where it is closed but unsealed, because whoever closed it was interrupted, only seal.

    submission: of a ClosePeriod. An outcome of the closing, or where only the seal was missing, of the seal.

    Raises: what `Writer.submit` does, and LogCorrupt.
    """
    command = submission.command
    if not isinstance(command, ClosePeriod):
        raise TypeError(type(command))
    with book.pool.connection() as connection:
        period = get_period(connection, book.name, command.period)
    if period.unsealed:
        return _seal(book, period, period.unsealed, book.writer)
    outcome = book.writer.submit(submission).result()
    if isinstance(outcome, Accepted):
        sealed = seal_all(book, book.writer)
        return next((each for each in sealed if isinstance(each, Rejected)), outcome)
    return outcome


def seal_all(book: OpenedBook, writer: Writer) -> list[Outcome]:
    """
    Seal every closing of a book that stands unsealed, through one of its writers.

    Raises: what `Writer.submit` does, and LogCorrupt.
    """
    with book.pool.connection() as connection:
        periods = all_periods(connection, book.name)
    return [_seal(book, period, period.unsealed, writer) for period in periods if period.unsealed]


def check_seals(connection: Connection, book: str, view: PeriodView) -> list[SealCheck]:
    """Return whether each seal of a period, also of closings before a reopening, is what the log gives today."""
    return [_checked(connection, book, view, one, one.seal) for one in view.closings if one.seal]


def verify_period(book: OpenedBook, period: str) -> list[SealCheck]:
    """
    Return whether each seal of a period holds.

    Raises, in this order: PeriodMalformed, ClosingNotFound (no closing of it is sealed), and what `catch_up` does.
    """
    book.runner.catch_up()
    with book.pool.connection() as connection:
        checks = check_seals(connection, book.name, get_period(connection, book.name, period))
    if not checks:
        raise ClosingNotFound(closing=period)
    return checks


def first_broken_seal(book: OpenedBook) -> SealCheck | None:
    """Return the first seal of a book whose figures aren't what its projections give: verify these before."""
    with book.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        checks = (
            check for view in all_periods(connection, book.name) for check in check_seals(connection, book.name, view)
        )
        return next((check for check in checks if not check.holds), None)


def figures_at(connection: Connection, book: str, *, position: int, last_day: date) -> Figures:
    """Return the figures of a book: recorded up to a position, posted up to a day."""
    return figures_of(_lines(connection, book, position=position, last_day=last_day))


def _seal(book: OpenedBook, period: PeriodView, closing: ClosingView, writer: Writer) -> Outcome:
    """Seal a closing. Its command's id is made of its name, so that whoever seals it, it is sealed once and alike."""
    book.runner.catch_up()
    position = closing.said.position
    with book.pool.connection() as connection:
        figures = figures_at(connection, book.name, position=position, last_day=period.last_day)
    command = SealPeriod(
        period=period.period,
        closing=closing.closing,
        position=position,
        trial_balance=figures.trial_balance,
        accounts=figures.accounts,
        accounts_sha256=figures.accounts_sha256,
    )
    command_id = f"{period.period}#{closing.closing}"
    submission = Submission(command=command, command_id=command_id, principal=PRINCIPAL, actor=ACTOR, role=ROLE)
    return writer.submit(submission).result()


def _checked(connection: Connection, book: str, view: PeriodView, closing: ClosingView, seal: SealView) -> SealCheck:
    derived = figures_at(connection, book, position=closing.said.position, last_day=view.last_day)
    difference = _first_difference(seal, derived, closing.said.position)
    return SealCheck(
        closing=f"{view.period}#{closing.closing}",
        position=seal.position,
        holds=difference is None,
        accounts_sha256=derived.accounts_sha256,
        first_difference=difference,
    )


def _first_difference(seal: SealView, derived: Figures, closed_at: int) -> str | None:
    if seal.position != closed_at:
        return f"position {seal.position}, but closed at {closed_at}"
    sealed, today = _by_account(seal.trial_balance), _by_account(derived.trial_balance)
    for account, currency in sorted(sealed | today):
        was, is_now = sealed.get((account, currency), 0), today.get((account, currency), 0)
        if was != is_now:
            return f"{account} {currency}: sealed {to_major(was, currency)}, derived {to_major(is_now, currency)}"
    if (seal.accounts, seal.accounts_sha256) != (derived.accounts, derived.accounts_sha256):
        return f"accounts: {seal.accounts} sealed as {seal.accounts_sha256}, {derived.accounts} derived"
    return None


def _by_account(lines: Iterable[BalanceLine]) -> dict[tuple[str, str], int]:
    return {(line.account, line.currency): line.balance_minor for line in lines}


def _lines(connection: Connection, book: str, *, position: int, last_day: date) -> list[BalanceLine]:
    """Return all balances as debits less credits, however long it takes."""
    take_time(connection)
    return [
        BalanceLine(at.account, at.currency, at.balance_minor * control_of(at.account).sign)
        for at in balances_at(connection, book, Moment(position, last_day))
    ]


def _kept_up(book: OpenedBook, progress: Callable[[int], None]) -> Check:
    name = "no projection behind"
    try:
        book.runner.catch_up(progress)
    except ProjectionStopped as stopped:
        return Check(name=name, passed=False, found=str(stopped))
    behind = [lag for lag in book.runner.lags() if lag.position < lag.head]
    return Check(name=name, passed=not behind, found=", ".join(map(_lag, behind)) or "all at the log's end")


def _lag(lag: Lag) -> str:
    return f"{lag.projection} at {lag.position} of {lag.head}"


def _balanced(connection: Connection, book: str, last_day: date) -> Check:
    found = unbalanced(_lines(connection, book, position=POSITION_MAX, last_day=last_day))
    return Check(name="trial balance is zero", passed=not found, found=_amounts(found) or f"up to {last_day}")


def _amounts(by_currency: dict[str, int]) -> str:
    return ", ".join(f"{to_major(minor, currency)} {currency}" for currency, minor in sorted(by_currency.items()))


def _holds_agree(connection: Connection, book: str, _last_day: date) -> Check:
    differ = [proof.currency for proof in proof_of_holds(connection, book) if not proof.agrees]
    found = f"orders and accounts differ in {', '.join(differ)}" if differ else "orders and accounts agree"
    return Check(name="proof of holds agrees", passed=not differ, found=found)


def _holds_covered(connection: Connection, book: str, _last_day: date) -> Check:
    bare = [proof.currency for proof in proof_of_holds(connection, book) if not proof.covered]
    found = f"not in {', '.join(bare)}" if bare else "what clients are owed is there"
    return Check(name="holds are covered", passed=not bare, found=found)


def _breaks_told(connection: Connection, book: str, last_day: date) -> Check:
    """Differences with banks are told, and keep nobody from closing: they are explained in the month after."""
    breaks = sum(each.breaks for each in count_open_breaks(connection, book) if each.since <= last_day)
    found = f"{breaks} not explained yet" if breaks else "none is open"
    return Check(name="breaks with banks are told", passed=True, found=found)


CHECKS: tuple[Callable[[Connection, str, date], Check], ...] = (_balanced, _holds_agree, _holds_covered, _breaks_told)
"""What is looked at on a book whose projections are kept up, by book and the period's last day, in this order."""
