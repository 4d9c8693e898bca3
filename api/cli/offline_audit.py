"""How `verify --from-export` speaks: an audit of files by signed checkpoints, where there is no ledger."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer

from api.cli.terminal import CORRUPT, REFUSED, err, out, print_json, print_table, progress_bar
from api.offline.audit import AuditReport, Told, Trust, audit_offline
from domain.money import to_major
from ledger.proof.keyring import KnownKey
from ledger.proof.policy import Policy
from projections.balances import Balance

if TYPE_CHECKING:
    from rich.progress import TaskID

T = TypeVar("T")

FromExport = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        metavar="DIR",
        help="Without database: a log as files, by `log publish`, `export jsonl` or `export parquet`.",
    ),
]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option(
        "--checkpoint",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="With --from-export: a signed checkpoint, as one kept from before. May be said again.",
    ),
]
LogKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", metavar="VKEY", help="With --from-export: a key of the log, NAME+HASH+BASE64. May be said again."
    ),
]
KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="With --from-export: all keys of the log and how far each counts, as `log key show --json` says.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="With --from-export: whose cosignatures are needed, and keys of the log.",
    ),
]
BalancesFile = Annotated[
    Path | None,
    typer.Option(
        "--balances",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="With --from-export: what `balances --json` said at the checkpoint's size, to be compared.",
    ),
]
WithReplay = Annotated[
    bool, typer.Option("--replay/--no-replay", help="With --from-export: derive the books, or only prove the log.")
]


def verify_export(
    folder: Path,
    checkpoints: Sequence[Path],
    *,
    key: Sequence[str],
    keys: Path | None,
    policy: Path | None,
    balances: Path | None,
    replay: bool,
    as_json: bool,
) -> None:
    """Audit the log in a folder, and exit with 1 where something differs, with 3 where that is the log itself."""
    if not checkpoints:
        raise typer.BadParameter(
            message="--from-export needs a --checkpoint: a signed one that was kept, or DIR/checkpoint"
        )
    known = [KnownKey(key=each) for each in key] + (_read(keys, _Keys, "log key show --json").keys if keys else [])
    trust = Trust(known, Policy.parse(policy.read_text(encoding="utf-8")) if policy else None)
    with _shown(as_json=as_json) as told:
        report = audit_offline(
            folder,
            [file.read_bytes() for file in checkpoints],
            trust,
            balances=_read(balances, list[Balance], "balances --json") if balances else None,
            replay=replay,
            told=told,
        )
    if as_json:
        print_json(report)
    else:
        _show(folder, report)
    if not report.ok:
        raise typer.Exit(CORRUPT if report.corrupt else REFUSED)


class _Keys(msgspec.Struct):
    keys: list[KnownKey]


def _read(file: Path, kind: type[T], verb: str) -> T:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise typer.BadParameter(f"{file} isn't what `{verb}` prints: {error}") from None


@contextmanager
def _shown(*, as_json: bool) -> Iterator[Told]:
    with progress_bar(shown=not as_json) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, position: int, size: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=size)
            bar.update(tasks[what], completed=position)

        yield tell


def _show(folder: Path, report: AuditReport) -> None:
    print_table(f"Log in {folder}", ["", "#"], _rows(report))
    if report.trial_balance:
        totals = [
            (each.currency, to_major(each.debit_minor, each.currency), to_major(each.credit_minor, each.currency))
            for each in report.trial_balance
        ]
        print_table("Trial balance", ["currency", "debit", "credit"], totals)
    if report.unproven:
        said = f"{report.unproven} events beyond the checkpoint are unproven and weren't read"
        err.print(said, style="yellow", highlight=False)
    if report.first_difference:
        found = " ".join(f"{name}={value}" for name, value in report.first_difference.items())
        err.print(f"not as signed: {found}", style="red", markup=False, highlight=False, soft_wrap=True)
    else:
        done = "all as signed, and sound" if report.replayed else "all as signed; not replayed"
        out.print(f"{report.size} events, root {report.root}: {done}", highlight=False, soft_wrap=True)


def _rows(report: AuditReport) -> Iterator[tuple[str, str]]:
    for each in report.checkpoints:
        witnesses = ", ".join(each.cosigned_by) or "nobody"
        met = {None: "no policy given", True: "quorum met", False: "NO QUORUM"}[each.quorum]
        yield f"checkpoint of {each.origin}", f"{each.size:,} events; cosigned by {witnesses}: {met}"
    yield "events proven", f"{report.size:,}" if report.proven else "none"
    if not report.replayed:
        return
    yield from ((f"aggregates: {kind}", f"{count:,}") for kind, count in report.aggregates.items())
    yield "entries", f"{report.entries:,}"
    yield "postings", f"{report.postings:,}"
    yield "accounts", f"{report.accounts:,}"
    yield "journal, SHA-256", report.journal_sha256
    yield "balances, SHA-256", report.balances_sha256
