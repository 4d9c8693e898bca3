"""Verbs about money that isn't in a hold: repaid, unclaimed, advanced, written off; and what is taken over."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import (
    REFUSED,
    AsJson,
    BookName,
    book_of,
    house_book,
    print_json,
    print_table,
    progress_bar,
)
from api.cli.trading import Amount, Currency, Number, Reason, Reference, verb
from api.exchange.takeover_file import TakeoverReport, take_over
from api.payees import get_guarantee, get_payee
from api.settings import Settings
from domain import commands
from domain.commands import Command
from domain.money import from_major, to_major
from domain.payee_account import PayeeControl

Party = Annotated[str, typer.Argument(help="The party's key, as EXP-7.")]
Part = Annotated[PayeeControl, typer.Option(help="The control account that it is or was due on.")]
Safeguarded = Annotated[str, typer.Option(help="The buyers' bank account: bank:safeguarded: and a name.")]
Arrived = Annotated[str, typer.Option(help="Where the money is: clearing: or bank:safeguarded: and a name.")]


def repay(
    party: Party,
    amount: Amount,
    currency: Currency,
    account: Arrived,
    owed_on: Part = "payable:exporter",
    reference: Annotated[str, typer.Option(help="What the provider or bank calls the payment.")] = "",
) -> Command:
    """Record that a party paid back money that it owed."""
    return commands.RecordRepayment(
        party=party, amount=from_major(amount, currency), owed_on=owed_on, account=account, reference=reference
    )


def declare_unclaimed(
    party: Party, amount: Amount, currency: Currency, account: Part, reason: Reason = "unpayable"
) -> Command:
    """Set money aside that couldn't be paid to its party, however often it was tried."""
    return commands.DeclareUnclaimed(party=party, amount=from_major(amount, currency), account=account, reason=reason)


def reclaim(party: Party, amount: Amount, currency: Currency, account: Part, reason: Reason = "turned-up") -> Command:
    """Make money payable again that was set aside, because its party turned up."""
    return commands.ReclaimUnclaimed(party=party, amount=from_major(amount, currency), account=account, reason=reason)


def show_payee(
    party: Party,
    currency: Currency,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what a party may be paid in a currency, or owes."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            view = get_payee(connection, book, party, currency, moment=moment)
    if as_json:
        print_json(view)
        return
    parts = [(account, to_major(minor, currency)) for account, minor in sorted(view.by_account_minor.items())]
    unclaimed = [
        (f"unclaimed from {account}", to_major(minor, currency))
        for account, minor in sorted(view.unclaimed_by_account_minor.items())
    ]
    totals = [("in all", view.balance_minor), ("covered by the operator", view.covered_minor)]
    print_table(
        titled(f"Payee {party} in {currency}", moment),
        ["", "#amount"],
        [*parts, *unclaimed, *((name, to_major(minor, currency)) for name, minor in totals)],
    )


def advance(order: Reference, amount: Amount, currency: Currency, account: Safeguarded) -> Command:
    """Put the operator's own money among the buyers', because the exporter owes it for this order."""
    return commands.AdvanceGuarantee(order=order, amount=from_major(amount, currency), account=account)


def repay_advance(order: Reference, amount: Amount, currency: Currency, account: Safeguarded) -> Command:
    """Take the operator's own money out again, as far as the exporter owes less than it stands in for."""
    return commands.RepayAdvance(order=order, amount=from_major(amount, currency), account=account)


def write_off(order: Reference, amount: Amount, currency: Currency, reason: Reason) -> Command:
    """Ask that an exporter's debt be given up, at the operator's expense."""
    return commands.ProposeWriteOff(order=order, amount=from_major(amount, currency), reason=reason)


def approve_write_off(order: Reference, number: Number) -> Command:
    """Agree to a write-off as a second person, which carries it out."""
    return commands.ApproveWriteOff(order=order, number=number)


def reject_write_off(order: Reference, number: Number, reason: Reason) -> Command:
    """Refuse a write-off as a second person."""
    return commands.RejectWriteOff(order=order, number=number, reason=reason)


def show_guarantee(
    order: Reference,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what the operator advanced for an order, and what became of it; amounts in minor units."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            view = get_guarantee(connection, book, order, moment=moment)
    if as_json:
        print_json(view)
        return
    amounts = ("advanced_minor", "repaid_minor", "written_off_minor", "outstanding_minor")
    waiting = [
        (f"write-off {each.number} waits, by {each.proposed_by}", f"{each.amount_minor:,}") for each in view.pending
    ]
    print_table(
        titled(f"Guarantee of {order}, in minor units", moment),
        ["", "#amount"],
        [*((name.removesuffix("_minor").replace("_", " "), f"{getattr(view, name):,}") for name in amounts), *waiting],
    )


def take_over_file(
    file: Annotated[Path, typer.Argument(help="JSON, as docs/takeover.md has it.", exists=True, dir_okay=False)],
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Take another system's balances and open orders over from a file; a second time changes nothing."""
    with (
        house_book(Settings.from_environment(), book, founded=True) as opened,
        progress_bar(shown=not as_json) as bar,
    ):
        task = bar.add_task(f"taking over {file.name}", total=None)
        report = take_over(
            file, opened.writer, progress=lambda settled, entries: bar.update(task, completed=settled, total=entries)
        )
        opened.runner.catch_up()
    if as_json:
        print_json(report)
    else:
        _show(report)
    if report.rejected:
        raise typer.Exit(REFUSED)


PAYEE_VERBS: dict[str, Callable[..., Command]] = {
    "repay": repay,
    "declare-unclaimed": declare_unclaimed,
    "reclaim": reclaim,
}
GUARANTEE_VERBS: dict[str, Callable[..., Command]] = {
    "advance": advance,
    "repay": repay_advance,
    "write-off": write_off,
    "approve-write-off": approve_write_off,
    "reject-write-off": reject_write_off,
}


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `payee` and `guarantee`, and `take-over`."""
    payee = typer.Typer(help="What one party may be paid, or owes: paid back, set aside as unclaimed, reclaimed.")
    for name, build in PAYEE_VERBS.items():
        payee.command(name)(verb(build))
    payee.command("show")(show_payee)
    app.add_typer(payee, name="payee", no_args_is_help=True)
    guarantee = typer.Typer(help="The operator's own money in an exporter's stead: advanced, repaid, written off.")
    for name, build in GUARANTEE_VERBS.items():
        guarantee.command(name)(verb(build))
    guarantee.command("show")(show_guarantee)
    app.add_typer(guarantee, name="guarantee", no_args_is_help=True)
    app.command("take-over")(take_over_file)


def _show(report: TakeoverReport) -> None:
    print_table(
        f"Takeover of {report.source}",
        ["", "#entries"],
        [
            ("in the file", f"{report.entries:,}"),
            ("taken over", f"{report.entries_accepted:,}"),
            ("taken over before", f"{report.entries_unchanged:,}"),
            ("balances that wait for others", f"{report.entries_waiting:,}"),
            ("rejected", f"{len(report.rejected):,}"),
        ],
    )
    if report.rejected:
        print_table(
            "Rejected entries",
            ["entry", "order", "field", "reason", "problem"],
            [(each.entry, each.order, each.field, each.code, each.problem) for each in report.rejected],
            note="correct them in the file and take it over again: what was taken over stays as it is",
        )
