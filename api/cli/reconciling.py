"""Verbs on the bank beside the ledger: accounts, statements taken in, reconciliation, matches and breaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import TaskID

from api.cli.arguments import ArgumentMalformed, ReaderActor, ReaderRole, Why
from api.cli.bank_statements import UNKNOWN
from api.cli.terminal import (
    AsJson,
    BookName,
    book_of,
    err,
    house_book,
    out,
    print_json,
    print_table,
    progress_bar,
)
from api.cli.trading import Number, Reason, verb
from api.commands.breaks_in_clear import CommentInClear
from api.composition import utc_now
from api.exchange.bank_statements.statement import StatementFile, amount_text, told
from api.settings import Settings
from domain import commands
from domain.break_events import BreakKind
from domain.commands import Command
from domain.money import to_major

BankAccountKey = Annotated[str, typer.Argument(help="The key of the account at a bank, as hdfc-usd.")]
OfAccount = Annotated[str | None, typer.Option("--account", help="Only of this account at a bank, by its key.")]
BreakKey = Annotated[str, typer.Argument(help="The break's key, as `breaks` shows it.")]


def register_account(
    bank_account: BankAccountKey,
    account: Annotated[str, typer.Option(help="What it is in the ledger: bank:safeguarded: or bank:operator: a name.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, as USD.")],
    identifier: Annotated[
        list[str], typer.Option(help="What the bank calls it: IBAN, number; repeat. With * at its end: how it begins.")
    ],
    name: Annotated[str, typer.Option(help="What people call it.")],
    bic: Annotated[str, typer.Option(help="The bank's BIC.")] = "",
    country: Annotated[str, typer.Option(help="ISO 3166, as IN.")] = "",
) -> Command:
    """Let an account at a bank be known, so that its statements are."""
    return commands.RegisterBankAccount(
        bank_account=bank_account,
        account=account,
        currency=currency,
        identifiers=tuple("".join(each.split()).upper() for each in identifier),
        name=name,
        bic=bic,
        country=country,
    )


def accounts(book: BookName = "main", as_json: AsJson = False) -> None:
    """List the accounts at banks."""
    from projections.open_reconciliation import all_bank_accounts  # noqa: PLC0415 - other verbs start without

    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            rows = all_bank_accounts(connection, book)
    if as_json:
        print_json(rows)
        return
    shown = [(row.bank_account, row.account, row.currency, ", ".join(row.identifiers), row.name) for row in rows]
    print_table(f"Accounts at banks of book {book}", ["key", "account", "currency", "called", "name"], shown)


def import_statement(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="camt.053, 054, MT940 or CSV.")],
    file_format: Annotated[
        str,
        typer.Option("--format", help="camt, mt940, or csv: and a mapping's name or path; else what it looks like."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read it; there need be no book.")] = False,
    account: OfAccount = None,
    actor: Annotated[str, typer.Option(help="Who takes it in.")] = "operator:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """
    Take a bank's file in: what isn't known of it. A second time, in another format or in pieces, changes nothing.

    What couldn't be read is told on standard error, with its line; what could be is recorded all the same.
    """
    from api.reconciling.import_statement import Importing, import_file, read_file  # noqa: PLC0415 - lxml

    read = read_file(file.read_bytes(), name=file.name, file_format=file_format or None)
    if dry_run:
        _tell_read(file, read, as_json=as_json)
        return
    with house_book(Settings.from_environment(), book, founded=True) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task(f"recording {file.name}", total=None)
        importing = Importing(
            opened, actor, role, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
        imported = import_file(read, importing, bank_account=account)
    if as_json:
        print_json([each.told for each in imported])
    else:
        rows = [
            (
                each.bank_account,
                each.read.number,
                each.read.currency,
                f"{each.new:,}",
                f"{each.known:,}",
                _amount(each.read.difference_minor, each.read.currency),
                _amount(each.gap_minor, each.read.currency),
            )
            for each in imported
        ]
        columns = ["account", "number", "currency", "#new", "#known", "#difference", "#gap before"]
        print_table(f"{file.name}: {read.format}", columns, rows, note=_what_next(rows))
    _tell_problems(file, read)


def reconcile_all(
    account: OfAccount = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be matched; record nothing.")] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Match what banks say with what the ledger expects, by rule, and say what isn't explained."""
    from api.reconciling.run import Running, reconcile  # noqa: PLC0415 - other verbs start without the engine

    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        report = reconcile(Running(opened, _Stages(bar)), bank_account=account, dry_run=dry_run)
    if as_json:
        print_json(report)
        return
    print_table(
        "Dry run: nothing is recorded" if dry_run else f"Reconciliation of book {book}",
        ["", "#"],
        [
            ("open lines of statements", f"{report.entries:,}"),
            ("expected by the ledger", f"{report.items:,}"),
            *((f"matched: {rule}", f"{entries:,}") for rule, entries in report.matched.items()),
            ("lines of providers' settlements explained", f"{report.settlement_lines:,}"),
            *((f"break: {kind}", f"{breaks:,}") for kind, breaks in report.breaks.items()),
            ("breaks raised now", f"{report.raised:,}"),
            ("breaks that are other ones now", f"{report.reclassified:,}"),
            ("awaited", f"{report.awaited:,}"),
            ("undone by a person before", f"{report.undone:,}"),
            ("refused by the ledger", f"{report.refused:,}"),
        ],
    )


def breaks(
    kind: Annotated[BreakKind | None, typer.Option(help="As amount, ambiguous or missing_in_bank.")] = None,
    owner: Annotated[str | None, typer.Option(help="Whose, by their key.")] = None,
    age: Annotated[str | None, typer.Option(help="As 0-2, 3-7 or 'over 90'.")] = None,
    account: OfAccount = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are explained instead.")] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List where bank and ledger differ, the last found first, and count them by kind and age."""
    from api.reconciling.break_views import ages, counted, days_of_age, list_breaks  # noqa: PLC0415
    from projections.breaks import BreaksSought  # noqa: PLC0415 - other verbs start without

    today = utc_now().date()
    if age is not None and age not in ages():
        raise ArgumentMalformed(argument="age", problem=f"not one of {', '.join(ages())}")
    first, last = days_of_age(age, today) if age else (None, None)
    sought = BreaksSought(
        kind=kind, owner=owner, bank_account=account, is_open=not closed, since_from=first, since_to=last
    )
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            views = list_breaks(connection, book, sought, today=today)
    if as_json:
        print_json(views)
        return
    print_table(
        f"{'Explained' if closed else 'Open'} breaks of book {book}",
        ["break", "kind", "currency", "#amount", "age", "owner", "account", "reason"],
        [
            (
                view.break_key,
                view.kind,
                view.currency,
                to_major(view.amount_minor, view.currency),
                f"{view.age_days} d",
                view.owner or "",
                view.bank_account or "",
                view.reason,
            )
            for view in views
        ],
    )
    table = [(name, currency, *map(str, by_age)) for name, currency, by_age in counted(views)]
    print_table("By kind and age in days", ["kind", "currency", *(f"#{name}" for name in ages())], table)


def show_break(
    break_key: BreakKey,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what was written, in clear.")] = False,
    actor: ReaderActor = "operator:cli",
    role: ReaderRole = "operator",
    why: Why = "",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a break: what it may be, and what was said about it."""
    from api.reconciling.break_views import BreakView, get_break  # noqa: PLC0415 - other verbs start without
    from ledger.reads import Reader  # noqa: PLC0415

    with book_of(book) as opened:
        opened.runner.catch_up()
        reader = Reader(actor, role, why) if reveal else None
        found = get_break(opened, break_key, today=utc_now().date(), reader=reader)
    if as_json:
        print_json(found)
        return
    fields = [
        (name, getattr(found, name))
        for name in found.__struct_fields__
        if name in BreakView.__struct_fields__ and name != "candidates"
    ]
    print_table(f"Break {break_key}", ["", ""], [(name, "" if value is None else value) for name, value in fields])
    rows = [(", ".join(each.items), each.score, each.difference_minor, each.reason) for each in found.candidates]
    print_table("What it may be", ["items", "#score", "#difference minor", "reason"], rows)
    said = [(each.number, each.commented_by, each.text or "") for each in found.remarks]
    print_table("Comments", ["#", "by", "text"], said)
    for name, value in (found.bank_says or {}).items():
        out.print(f"{name}: {value}", markup=False, highlight=False)


def assign(break_key: BreakKey, owner: Annotated[str, typer.Argument(help="A person's key.")]) -> Command:
    """Give a break to somebody to explain."""
    return commands.AssignBreak(break_key=break_key, owner=owner)


def comment(break_key: BreakKey, text: Annotated[str, typer.Argument(help="Kept where it can be erased.")]) -> Command:
    """Write something about a break."""
    return CommentInClear(break_key=break_key, comment=text)


def write_off(break_key: BreakKey, reason: Reason) -> Command:
    """Ask that a difference be given up, at the operator's expense."""
    return commands.ProposeBreakWriteOff(break_key=break_key, reason=reason)


def approve_write_off(break_key: BreakKey, number: Number) -> Command:
    """Agree to giving a difference up as a second person, which closes its break."""
    return commands.ApproveBreakWriteOff(break_key=break_key, number=number)


def reject_write_off(break_key: BreakKey, number: Number, reason: Reason) -> Command:
    """Refuse to give a difference up as a second person."""
    return commands.RejectBreakWriteOff(break_key=break_key, number=number, reason=reason)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `bank-account` and `break`, and `reconcile` and `breaks`."""
    room = typer.Typer(help="Accounts at banks, whose statements are taken in.", no_args_is_help=True)
    room.command("register")(verb(register_account))
    room.command("list")(accounts)
    app.add_typer(room, name="bank-account")
    app.command("reconcile")(reconcile_all)
    app.command("breaks")(breaks)
    one = typer.Typer(help="Differences between bank and ledger: assigned, commented, written off.")
    for build in (assign, comment, write_off, approve_write_off, reject_write_off):
        one.command(build.__name__.replace("_", "-"))(verb(build))
    one.command("show")(show_break)
    app.add_typer(one, name="break", no_args_is_help=True)


class _Stages:
    """One bar for each stage of a run."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage)
        self._bar.update(self._tasks[stage], completed=done, total=total)


def _tell_read(file: Path, read: StatementFile, *, as_json: bool) -> None:
    if as_json:
        print_json([told(statement) for statement in read.statements])
    else:
        columns = ["account", "number", "currency", "#entries", "#difference"]
        rows = [
            (
                each.account,
                each.number,
                each.currency,
                f"{len(each.entries):,}",
                _amount(each.difference_minor, each.currency),
            )
            for each in read.statements
        ]
        print_table(f"{file.name}: {read.format}, only read", columns, rows)
    _tell_problems(file, read)


def _tell_problems(file: Path, read: StatementFile) -> None:
    """Say what couldn't be read, and where."""
    problems = [*read.problems, *(problem for each in read.statements for problem in each.problems)]
    for problem in problems:
        err.print(f"{file.name}, line {problem.line}: {problem.reason}", markup=False, highlight=False)


def _amount(amount_minor: int | None, currency: str) -> str:
    return UNKNOWN if amount_minor is None else amount_text(amount_minor, currency)


def _what_next(rows: Sequence[tuple[str, ...]]) -> str:
    odd = any(row[5] not in {UNKNOWN, "0", "0.00", "0.000"} or row[6] not in {UNKNOWN, "0", "0.00"} for row in rows)
    return "what doesn't add up, and what is missing before, are breaks: trade-ledger breaks" if odd else ""
