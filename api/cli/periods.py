"""Verbs about accounting periods: checked and closed, sealed, reopened by two people, shown, verified, compared."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from api.cli.terminal import REFUSED, AsJson, BookName, book_of, print_json, print_table, progress_bar
from api.cli.trading import PRINCIPAL, Number, Reason, show_rejected, verb
from api.composition import new_id
from api.period_views import ClosingView, PeriodView, ReopeningView, Said, all_periods, compare, get_period
from api.periods import (
    Check,
    Closed,
    SealCheck,
    check_seals,
    checks_before,
    close_and_seal,
    require_passed,
    verify_period,
)
from domain import commands
from domain.commands import Command
from domain.money import to_major
from ledger.outcomes import Rejected, Submission

PeriodName = Annotated[str, typer.Argument(metavar="PERIOD", help="A month, as 2026-10.")]
ClosingName = Annotated[str, typer.Argument(metavar="CLOSING", help="As 2026-10#1; 2026-10 for the last one sealed.")]


class PeriodShown(msgspec.Struct, frozen=True, kw_only=True):
    """A period with its trail, and whether each of its seals still holds."""

    period: PeriodView
    seals: list[SealCheck]


def close(
    period: PeriodName,
    book: BookName = "main",
    actor: Annotated[str, typer.Option(help="Who says it.")] = "operator:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    at: Annotated[datetime | None, typer.Option(help="When it took place, in UTC; now where not given.")] = None,
    command_id: Annotated[str | None, typer.Option("--id", help="Your own id: repeating it changes nothing.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the books, close a month and all before it, and seal the figures; or seal what is closed already."""
    submission = Submission(
        command=commands.ClosePeriod(period=period),
        command_id=command_id or new_id(),
        principal=PRINCIPAL,
        actor=actor,
        role=role,
        occurred_at=at.replace(tzinfo=UTC) if at else None,
    )
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task(f"close {period}", total=opened.runner.head())
        checks = checks_before(opened, period, lambda reached: bar.update(task, completed=reached))
        if checks and not as_json:
            _show_checks(period, checks)
        require_passed(period, checks)
        outcome = close_and_seal(opened, submission)
        with opened.pool.connection() as connection:
            view = get_period(connection, book, period)
    if isinstance(outcome, Rejected):
        show_rejected(outcome, as_json=as_json)
        raise typer.Exit(REFUSED)
    if as_json:
        print_json(Closed(checks=checks, period=view))
    else:
        _show(PeriodShown(period=view, seals=[]))


def reopen(period: PeriodName, reason: Reason) -> Command:
    """Propose to open the month that was closed last; a second person has to agree."""
    return commands.ProposeReopening(period=period, reason=reason)


def approve_reopening(period: PeriodName, number: Number) -> Command:
    """Agree to a reopening as a second person, which carries it out."""
    return commands.ApproveReopening(period=period, number=number)


def reject_reopening(period: PeriodName, number: Number, reason: Reason) -> Command:
    """Refuse a reopening as a second person."""
    return commands.RejectReopening(period=period, number=number, reason=reason)


def list_periods(book: BookName = "main", as_json: AsJson = False) -> None:
    """Show every month that was closed or asked about, in order."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        views = all_periods(connection, book)
    if as_json:
        print_json(views)
        return
    print_table(
        f"Periods of book {book}",
        ["period", "first day", "last day", "state", "#closings", "#reopenings", "waits for approval"],
        [
            (
                view.period,
                view.first_day,
                view.last_day,
                view.state,
                len(view.closings),
                sum(one.state == "approved" for one in view.reopenings),
                ", ".join(str(one.number) for one in view.reopenings if one.state == "waiting"),
            )
            for view in views
        ],
    )


def show(period: PeriodName, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show a month's closings, seals and reopenings: who, when, why; and whether each seal still holds."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            view = get_period(connection, book, period)
            shown = PeriodShown(period=view, seals=check_seals(connection, book, view))
    if as_json:
        print_json(shown)
    else:
        _show(shown)


def verify(period: PeriodName, book: BookName = "main", as_json: AsJson = False) -> None:
    """Derive the figures of a month's closings anew and compare them with their seals. Exits 1 where one is broken."""
    with book_of(book) as opened:
        checks = verify_period(opened, period)
    if as_json:
        print_json(checks)
    else:
        print_table(
            f"Seals of {period}",
            ["closing", "#position", "holds", "accounts as derived, SHA-256", "first difference"],
            [
                (check.closing, check.position, _yes(check.holds), check.accounts_sha256, check.first_difference or "")
                for check in checks
            ],
        )
    if not all(check.holds for check in checks):
        raise typer.Exit(REFUSED)


def compare_closings(left: ClosingName, right: ClosingName, book: BookName = "main", as_json: AsJson = False) -> None:
    """Show two sealed closings side by side: of two months, or of one before and after a reopening."""
    with book_of(book) as opened, opened.pool.connection() as connection:
        comparison = compare(all_periods(connection, book), left, right)
    if as_json:
        print_json(comparison)
        return
    print_table(
        f"Closings of book {book}, debits less credits",
        ["account", "currency", f"#{comparison.left}", f"#{comparison.right}", "#difference"],
        [
            (
                line.account,
                line.currency,
                to_major(line.left_minor, line.currency),
                to_major(line.right_minor, line.currency),
                to_major(line.difference_minor, line.currency),
            )
            for line in comparison.lines
        ],
        note=f"{comparison.left_accounts} and {comparison.right_accounts} accounts, "
        f"{'every one' if comparison.same else 'not every one'} the same",
    )


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `period`."""
    room = typer.Typer(help="Accounting periods: closed, sealed, reopened by two people, compared.")
    room.command()(close)
    for build in (reopen, approve_reopening, reject_reopening):
        room.command(build.__name__.replace("_", "-"))(verb(build))
    room.command("list")(list_periods)
    room.command()(show)
    room.command()(verify)
    room.command("compare")(compare_closings)
    app.add_typer(room, name="period", no_args_is_help=True)


def _show_checks(period: str, checks: Iterable[Check]) -> None:
    print_table(
        f"Before closing {period}",
        ["check", "passed", "found"],
        [(check.name, _yes(check.passed), check.found) for check in checks],
    )


def _show(shown: PeriodShown) -> None:
    view = shown.period
    holding = {check.closing: check.holds for check in shown.seals}
    print_table(
        f"Period {view.period}, {view.first_day} to {view.last_day}: {view.state}",
        ["closing", "#position", "closed by", "recorded", "stands", "#accounts", "SHA-256 of accounts", "seal"],
        [_closing_row(view.period, one, holding) for one in view.closings],
    )
    if view.reopenings:
        print_table(
            "Reopenings",
            ["#number", "reason", "proposed by", "recorded", "state", "by", "recorded", "because"],
            [_reopening_row(one) for one in view.reopenings],
        )


def _closing_row(period: str, closing: ClosingView, holding: dict[str, bool]) -> tuple[object, ...]:
    name, seal = f"{period}#{closing.closing}", closing.seal
    row = (name, closing.said.position, *_by(closing.said), _yes(closing.stands))
    if seal is None:
        return (*row, "", "", "missing: close again")
    state = {True: "holds", False: "broken", None: f"at {seal.said.position}"}[holding.get(name)]
    return (*row, seal.accounts, seal.accounts_sha256, state)


def _reopening_row(reopening: ReopeningView) -> tuple[object, ...]:
    decided = _by(reopening.decided) if reopening.decided else ("", "")
    because = reopening.rejected_because or ""
    return (reopening.number, reopening.reason, *_by(reopening.proposed), reopening.state, *decided, because)


def _by(said: Said) -> tuple[str, str]:
    return f"{said.actor}\nas {said.role}", f"{said.recorded_at:%Y-%m-%d %H:%M}"


def _yes(so: bool) -> str:
    return "yes" if so else "NO"
