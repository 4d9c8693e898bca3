"""Verbs about payouts: planned, approved, cancelled; how far each has come, and what it is made of."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from api.cli import payout_files
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_sought, titled
from api.cli.terminal import REFUSED, AsJson, BookName, book_of, print_json, print_table, progress_bar
from api.cli.trading import Reason, verb
from api.composition import OpenedBook
from api.payouts.own_moves import MoveAsked, OwnMove, plan_remittance, plan_sweep
from api.payouts.planning import PlanAsked, PlanRun, plan_payouts
from api.payouts.saying import Voice, say_all
from api.payouts.showing import PayoutView, get_payout
from domain import commands
from domain.commands import Command
from domain.money import from_major, to_major
from ledger.outcomes import Accepted
from projections.moment import NOW, Moment
from projections.payees import payees_to_settle
from projections.payouts import STAGES, PayoutRow, PayoutsSought, Stage, search_payouts

From = Annotated[
    str, typer.Option("--from", help="The account that pays: bank:safeguarded: or bank:operator:, a name.")
]
On = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of payment; today (UTC) if not given.")
]
Actor = Annotated[str, typer.Option(help="Who says it.")]
Role = Annotated[str, typer.Option(help="In which role.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
OneCurrency = Annotated[str, typer.Option("--currency", help="Only in this one.")]
Some = Annotated[str, typer.Option("--amount", help="Less than all, in major units; with --currency.")]
Key = Annotated[str, typer.Argument(metavar="PAYOUT", help="The payout's key, as 2026-11-23-7.")]


def plan(
    pays_from: From,
    party: Annotated[str, typer.Option(help="Only this party.")] = "",
    currency: OneCurrency = "",
    on: On = None,
    rulebook: Annotated[str, typer.Option(help="Whose rules hold for parties that aren't registered.")] = "standard/1",
    reissues: Annotated[str, typer.Option(help="The rejected or returned payout in whose stead this is.")] = "",
    dry_run: DryRun = False,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Plan to pay everybody what they may be paid, less what is on its way; say what is carried forward, and why."""
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("planning payouts", total=None)
        asked = PlanAsked(
            pays_from=pays_from,
            pay_on=_day(opened, on),
            party=party or None,
            currency=currency or None,
            rulebook=rulebook,
            reissues=reissues,
        )
        run = plan_payouts(
            opened,
            asked,
            Voice(actor=actor, role=role),
            dry_run=dry_run,
            progress=lambda done, all_: bar.update(task, completed=done, total=all_),
        )
    if as_json:
        print_json(run)
    else:
        _show_plan(run)


def sweep(
    pays_from: From,
    to: Annotated[str, typer.Option(help="The operator's own account: bank:operator: and a name.")],
    currency: OneCurrency = "",
    amount: Some = "",
    on: On = None,
    dry_run: DryRun = False,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Plan to move the operator's fees, and the tax on them, out of the buyers' account to one of its own."""
    with book_of(book) as opened:
        asked = MoveAsked(
            pays_from=pays_from,
            pays_to=to,
            pay_on=_day(opened, on),
            amount=from_major(amount, currency) if amount else None,
            currency=currency or None,
        )
        run = plan_sweep(opened, asked, Voice(actor=actor, role=role), dry_run=dry_run)
    if as_json:
        print_json(run)
    else:
        print_table(
            f"What may be swept out of {pays_from}",
            ["currency", "#earned, not swept", "#beyond what clients are owed", "#on the account", "#may be swept"],
            [
                (
                    each.currency,
                    to_major(each.earned_minor, each.currency),
                    to_major(each.surplus_minor, each.currency),
                    to_major(each.held_minor, each.currency),
                    to_major(each.available_minor, each.currency),
                )
                for each in run.sweepable
            ],
        )
        _show_moves(run.moves, dry_run=dry_run)
    _end(run.moves)


def remit(
    pays_from: From,
    tax: Annotated[str, typer.Option(help="tax:gst-output, tax:gst-reverse, or tax:withheld: and a code.")],
    currency: OneCurrency = "",
    amount: Some = "",
    authority: Annotated[str, typer.Option(help="The registered party that it goes to, whose bank details hold.")] = "",
    on: On = None,
    dry_run: DryRun = False,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Plan to pay the authority what stands on a tax account."""
    with book_of(book) as opened:
        asked = MoveAsked(
            pays_from=pays_from,
            pays_to=tax,
            pay_on=_day(opened, on),
            amount=from_major(amount, currency) if amount else None,
            currency=currency or None,
            authority=authority,
        )
        run = plan_remittance(opened, asked, Voice(actor=actor, role=role), dry_run=dry_run)
    if as_json:
        print_json(run)
    else:
        print_table(
            f"What may be remitted of {tax}",
            ["currency", "#stands there", "#planned already", "#may be remitted"],
            [
                (
                    each.currency,
                    to_major(each.owed_minor, each.currency),
                    to_major(each.planned_minor, each.currency),
                    to_major(each.available_minor, each.currency),
                )
                for each in run.remittable
            ],
        )
        _show_moves(run.moves, dry_run=dry_run)
    _end(run.moves)


def approve(
    payouts: Annotated[list[str] | None, typer.Argument(metavar="PAYOUT...", help="Keys, as 2026-11-23-7.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every payout that waits for it.")] = False,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Agree to payouts as another person than planned them. Exits 1 where one is refused."""
    with book_of(book) as opened:
        keys = list(payouts or ()) + ([row.payout for row in _listed(opened, stage="waiting")] if everything else [])
        said = [commands.ApprovePayout(payout=key) for key in dict.fromkeys(keys)]
        outcomes = say_all(opened, said, Voice(actor=actor, role=role))
    rows = [
        {"payout": command.payout, "refusal": "" if isinstance(outcome, Accepted) else outcome.code}
        for command, outcome in zip(said, outcomes, strict=True)
    ]
    if as_json:
        print_json(rows)
    else:
        print_table("Approved", ["payout", "approved"], [(row["payout"], row["refusal"] or "yes") for row in rows])
    if any(row["refusal"] for row in rows):
        raise typer.Exit(REFUSED)


def cancel(payout: Key, reason: Reason) -> Command:
    """Give a payout up before the bank is told; what it had taken may be paid by another."""
    return commands.CancelPayout(payout=payout, reason=reason)


def accept(payout: Key, answer: Annotated[str, typer.Option(help="The bank's status code.")] = "ACSP") -> Command:
    """Record that the bank will pay, where it says so otherwise than in a file."""
    return commands.AcceptPayout(payout=payout, answer=answer)


def reject(payout: Key, reason: Reason) -> Command:
    """Record that the bank won't pay, where it says so otherwise than in a file."""
    return commands.RejectPayout(payout=payout, reason=reason)


def status(
    payout: Annotated[str, typer.Argument(metavar="[PAYOUT]", help="One payout, with its items.")] = "",
    stage: Annotated[str, typer.Option(help="open, waiting, ready, in-transit, paid, failed, ended or all.")] = "all",
    party: Annotated[str, typer.Option(help="Only of this party.")] = "",
    file: Annotated[str, typer.Option(help="Only those in this file.")] = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show payouts and how far they have come; one, with what it is made of, each item by its event."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        if not payout:
            rows = _listed(opened, stage=_stage(stage), party=party, file=file, moment=moment)
            print_json(rows) if as_json else _show_rows(titled(f"Payouts of book {book}", moment), rows)
            return
        with opened.pool.connection() as connection:
            view = get_payout(connection, book, payout, moment=moment)
    if as_json:
        print_json(view)
    else:
        _show_payout(view)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `payout`."""
    room = typer.Typer(
        help="Payouts: planned, approved, told to the bank, and what came of them.", no_args_is_help=True
    )
    for run in (plan, sweep, remit, approve, status, payees):
        room.command()(run)
    for build in (cancel, accept, reject):
        room.command(build.__name__)(verb(build))
    payout_files.register(room)
    app.add_typer(room, name="payout")


def _day(book: OpenedBook, on: datetime | None) -> date:
    return (on or book.world.clock().astimezone(UTC)).date()


def _stage(named: str) -> Stage:
    for stage in STAGES:
        if stage == named:
            return stage
    raise typer.BadParameter(f"one of {', '.join(STAGES)}", param_hint="--stage")


def payees(
    party: Annotated[str, typer.Option(help="Only of this party.")] = "",
    currency: OneCurrency = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show who has something that no payout takes yet, and who owes."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = payees_to_settle(connection, book, party=party or None, currency=currency or None, moment=moment)
    if as_json:
        print_json(rows)
        return
    print_table(
        titled("Payees with something available, or owing", moment),
        ["party", "currency", "#balance", "#in payouts", "#available"],
        [
            (
                row.party,
                row.currency,
                to_major(row.balance_minor, row.currency),
                to_major(row.reserved_minor, row.currency),
                to_major(row.available_minor, row.currency),
            )
            for row in rows
        ],
    )


def _listed(
    book: OpenedBook, *, stage: Stage, party: str = "", file: str = "", moment: Moment = NOW
) -> list[PayoutRow]:
    book.runner.catch_up()
    sought = PayoutsSought(party=party or None, file=file or None)
    with book.pool.connection() as connection:
        return search_payouts(connection, book.name, sought, stage=stage, moment=moment)


def _show_plan(run: PlanRun) -> None:
    would = "Would be planned" if run.dry_run else "Planned"
    print_table(
        f"{would} from {run.pays_from} for {run.pay_on}",
        ["payout", "party", "currency", "#amount", "waits for"],
        [
            (
                each.payout,
                each.party,
                each.currency,
                to_major(each.amount_minor, each.currency),
                f"{each.approvals} to approve" if each.approvals else "the file",
            )
            for each in run.planned
        ],
        note=f"{len(run.planned):,} payouts",
    )
    if run.carried_forward:
        print_table(
            "Carried forward",
            ["party", "currency", "#available", "because"],
            [
                (each.party, each.currency, to_major(each.available_minor, each.currency), each.reason)
                for each in run.carried_forward
            ],
        )


def _show_moves(moves: Iterable[OwnMove], *, dry_run: bool) -> None:
    print_table(
        "Would be planned" if dry_run else "Planned",
        ["payout", "currency", "#amount", "refused"],
        [(each.payout, each.currency, to_major(each.amount_minor, each.currency), each.refusal) for each in moves],
    )


def _end(moves: Iterable[OwnMove]) -> None:
    if any(each.refusal for each in moves):
        raise typer.Exit(REFUSED)


def _show_rows(title: str, rows: Iterable[PayoutRow]) -> None:
    print_table(
        title,
        ["payout", "kind", "to", "currency", "#amount", "on", "status", "file", "because"],
        [
            (
                row.payout,
                row.kind,
                row.party or row.pays_to,
                row.currency,
                to_major(row.amount_minor, row.currency),
                row.pay_on,
                row.status,
                row.file,
                row.reason,
            )
            for row in rows
        ],
    )


def _show_payout(view: PayoutView) -> None:
    amount = f"{to_major(view.amount_minor, view.currency)} {view.currency}"
    facts = [
        ("to", view.party or view.pays_to),
        ("from", view.pays_from),
        ("on", view.pay_on),
        ("planned by", view.planned_by),
        ("approved by", ", ".join(view.approved_by) or ("the rulebook" if not view.approvals else "nobody yet")),
        ("file", view.file),
        ("debited", f"{to_major(view.debited_minor, view.currency)} {view.debited_on or ''}".strip()),
        ("returned on", view.returned_on or ""),
        ("because", view.reason),
        ("in the stead of", view.reissues),
        ("reissued as", view.reissued_as),
    ]
    print_table(f"Payout {view.payout}: {amount}, {view.status}", ["", ""], [row for row in facts if row[1]])
    if view.made_of:
        print_table(
            "Items",
            ["#item", "because of", "account", "#amount", "event", "#position"],
            [
                (
                    each.number,
                    each.source,
                    each.account,
                    to_major(each.amount_minor, view.currency),
                    each.topic,
                    each.position,
                )
                for each in view.made_of
            ],
            note=f"in all {to_major(sum(each.amount_minor for each in view.made_of), view.currency)}",
        )
