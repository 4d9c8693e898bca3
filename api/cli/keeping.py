"""Verbs that keep a ledger: bring it to this release, import into it, rebuild what is derived, verify it all."""

from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from api.cli.offline_audit import (
    BalancesFile,
    Checkpoints,
    FromExport,
    KeysFile,
    LogKeys,
    PolicyFile,
    WithReplay,
    verify_export,
)
from api.cli.terminal import (
    CORRUPT,
    REFUSED,
    AsJson,
    BookName,
    book_of,
    err,
    out,
    print_json,
    print_table,
    progress_bar,
)
from api.settings import Settings
from api.verify import VerifyReport, verify_book
from ledger.guards import TableChange
from projections.runner import PROJECTIONS

if TYPE_CHECKING:
    from rich.progress import TaskID

    from api.second_engine.verification import SecondEngineReport

GUARDS_SHOWN_MAX = 20
"""Of broken guards, so many are told to people; JSON has them all."""


def migrate(book: BookName = "main") -> None:
    """Bring the database to this release's tables, and found the book if it doesn't exist."""
    with book_of(book, founded=True) as opened:
        head = opened.runner.catch_up()
    out.print(f"book {book} is ready, {head} events")


def rebuild(
    name: Annotated[str | None, typer.Argument(help="One of " + ", ".join(p.name for p in PROJECTIONS) + ".")] = None,
    book: BookName = "main",
) -> None:
    """Build a projection, or all, anew from the log; readers see the old one until the new one is complete."""
    if name is not None and name not in {projection.name for projection in PROJECTIONS}:
        raise typer.BadParameter(f"no projection {name}")
    with book_of(book) as opened, progress_bar() as bar:
        task = bar.add_task(f"rebuild {name or 'all'}", total=opened.runner.head())
        position = opened.runner.rebuild(name, lambda reached: bar.update(task, completed=reached))
    out.print(f"{name or 'all projections'} of book {book} rebuilt up to position {position}")


class Engine(StrEnum):
    """By what a book is verified: this program, or DuckDB with nothing but the events and a table of rules."""

    PYTHON = "python"
    DUCKDB = "duckdb"


LogFolder = Annotated[
    Path | None,
    typer.Option("--log", metavar="DIR", help="With duckdb: an export made before, by `export parquet`."),
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="With duckdb: posting rules of your own, as CSV.")
]


def verify(
    book: BookName = "main",
    engine: Annotated[Engine, typer.Option(help="Which engine derives anew.")] = Engine.PYTHON,
    log: LogFolder = None,
    rules: RulesFile = None,
    from_export: FromExport = None,
    checkpoint: Checkpoints = None,
    key: LogKeys = None,
    keys: KeysFile = None,
    policy: PolicyFile = None,
    balances: BalancesFile = None,
    replay: WithReplay = True,
    as_json: AsJson = False,
) -> None:
    """Replay the log and derive every projection anew; name the first difference. Exits 3 where the log is corrupt."""
    if from_export:
        if engine is Engine.DUCKDB or log or rules:
            raise typer.BadParameter(
                message="--from-export is an audit of its own: without --engine, --log and --rules"
            )
        verify_export(
            from_export,
            checkpoint or (),
            key=key or (),
            keys=keys,
            policy=policy,
            balances=balances,
            replay=replay,
            as_json=as_json,
        )
        return
    if checkpoint or key or keys or policy or balances or not replay:
        raise typer.BadParameter(
            message="--checkpoint, --key(s), --policy, --balances and --no-replay are for --from-export"
        )
    if engine is Engine.DUCKDB:
        _verify_by_duckdb(book, log=log, rules=rules, as_json=as_json)
        return
    if log or rules:
        raise typer.BadParameter(f"--log and --rules aren't for --engine {engine}")
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("verify", total=opened.runner.head())
        roots = Settings.from_environment().time_roots
        report = verify_book(opened, lambda reached: bar.update(task, completed=reached), time_roots=roots)
    said = msgspec.to_builtins(report)
    del said["corrupt"]
    if not as_json:
        _show_guards(report)
        _show_proof(report)
    _say(book, report, said, as_json=as_json)


def _show_guards(report: VerifyReport) -> None:
    for broken in report.guards[:GUARDS_SHOWN_MAX]:
        told = f"{broken.guard}: {broken.found or 'missing'}; expected: {broken.expected or 'nothing of the kind'}"
        err.print(f"guard broken: {told}", style="red", markup=False, highlight=False, soft_wrap=True)
    if len(report.guards) > GUARDS_SHOWN_MAX:
        err.print(f"and {len(report.guards) - GUARDS_SHOWN_MAX} more: see --json", style="red")
    if report.table_changes:
        rows = [(*_when_and_who(change), change.object or change.statement) for change in report.table_changes]
        print_table("Changed outside of migrations; times in UTC", ["when", "who", "what", "object"], rows)


def _show_proof(report: VerifyReport) -> None:
    proof = report.proof
    if proof and proof.checkpoints:
        signed = f"{proof.checkpoints} checkpoints up to {proof.signed_size} events"
        out.print(f"{signed}, {proof.cosignatures} cosignatures, {proof.time_tokens} time tokens")
    for each in proof.unchecked if proof else ():
        err.print(f"not checked: {each}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def _when_and_who(change: TableChange) -> tuple[str, str, str]:
    who = change.login if change.login == change.acting_as else f"{change.login} as {change.acting_as}"
    via = f"{who}, {change.application}" if change.application else who
    return f"{change.noted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", via, change.tag


def _verify_by_duckdb(book: str, *, log: Path | None, rules: Path | None, as_json: bool) -> None:
    from api.second_engine.verification import verify_by_second_engine  # noqa: PLC0415 - DuckDB takes 0.3 s to load

    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        head = opened.runner.head()
        tasks: dict[str, TaskID] = {}

        def show(what: str, reached: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=head)
            bar.update(tasks[what], completed=reached)

        report = verify_by_second_engine(opened, log=log, rules=rules, progress=show)
    if not as_json:
        rows = [(each.position, each.accounts, each.differing) for each in report.positions]
        print_table(f"Book {book} by DuckDB", ["#after position", "#accounts", "#differing"], rows)
    _say(book, report, msgspec.to_builtins(report), as_json=as_json)


def _say(book: str, report: "VerifyReport | SecondEngineReport", said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(said)
    elif report.first_difference:
        found = " ".join(f"{name}={value}" for name, value in report.first_difference.items())
        err.print(f"not as recorded: {found}", style="red", markup=False, highlight=False, soft_wrap=True)
    else:
        guarded = ", but not guarded as it should be" if not report.ok else ""
        out.print(f"book {book}: {report.size} events, root {report.root}: all as recorded{guarded}")
    if not report.ok:
        raise typer.Exit(CORRUPT if report.corrupt else REFUSED)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for keep in (migrate, rebuild, verify):
        app.command()(keep)
