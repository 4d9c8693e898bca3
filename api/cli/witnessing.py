"""Verbs of witnesses: be one, and see what those of a book have cosigned."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from api.cli.terminal import REFUSED, AsJson, BookName, book_of, out, print_json, print_table
from api.composition import new_seed, utc_now
from api.settings import Settings
from api.witness.key_file import make_key_file
from ledger.proof.note import ED25519, KeyMalformed, VerifierKey
from ledger.proof.quorum import PolicyState, WitnessView, policy_state
from ledger.proof.witness_state import WitnessState

if TYPE_CHECKING:
    from ledger.proof.witnessing import Witness

PORT_DEFAULT = 7001

KeyFile = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The witness's private key, made by `witness new`.")
]
StateFolder = Annotated[
    Path, typer.Option("--state", metavar="FOLDER", help="Where the witness keeps what it cosigned.")
]


class LogWatched(msgspec.Struct, frozen=True, kw_only=True):
    """What a witness last cosigned of a log."""

    origin: str
    size: int
    root: str
    cosigned_at: datetime


class RefusalKept(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint that a log signed and the witness refused: why, and the file that proves it."""

    origin: str
    size: int
    why: str
    refused_at: datetime
    file: str


class WitnessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All that a witness has to show."""

    logs: list[LogWatched]
    refused: list[RefusalKept]


def new(
    name: Annotated[str, typer.Option(help="What signatures show, by custom an address: bank.example/witness.")],
    key: KeyFile,
    url: Annotated[str, typer.Option(help="Where it will be asked, for the policy line.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a witness's private key, and say what a ledger's witness policy needs of it."""
    verifier = make_key_file(key, name, new_seed())
    line = " ".join(["witness", name, str(verifier), *([url] if url else [])])
    if as_json:
        print_json({"key": str(verifier), "policy": line})
    else:
        for said in (f"verifier key  {verifier}", f"policy line   {line}"):
            out.print(said, markup=False, highlight=False, soft_wrap=True)


def serve_witness(
    key: KeyFile,
    state: StateFolder,
    log: Annotated[
        list[str] | None, typer.Option(metavar="VKEY", help="A log's verifier key; say it for each.")
    ] = None,
    logs: Annotated[Path | None, typer.Option(metavar="FILE", help="A file of such keys, one a line.")] = None,
    host: Annotated[str, typer.Option(help="An address of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = PORT_DEFAULT,
) -> None:
    """Cosign the checkpoints of some logs, as long as each goes on where the last one ended."""
    from api.witness.server import serve  # noqa: PLC0415 - other verbs start without a server

    keys = [_log_key(text) for text in (*(log or ()), *_lines(logs))]
    if not keys:
        raise typer.BadParameter(f"no log to watch in --log or {logs or '--logs'}")

    def ready(witness: "Witness") -> None:
        said = f"{witness.key} watches {', '.join(witness.origins)} at http://{host}:{port}"
        out.print(said, markup=False, highlight=False, soft_wrap=True)

    serve(key, state, keys, host=host, port=port, ready=ready)


def status(state: StateFolder, as_json: AsJson = False) -> None:
    """Show what a witness last cosigned of each log, and what it refused. Exits 1 where it refused anything."""
    shown = _status(WitnessState(state))
    if as_json:
        print_json(shown)
    else:
        rows = [(each.origin, each.size, each.root, _when(each.cosigned_at)) for each in shown.logs]
        print_table("Cosigned", ["log", "#events", "root", "at"], rows)
        if shown.refused:
            refused = [(each.origin, each.size, each.why, _when(each.refused_at), each.file) for each in shown.refused]
            print_table("Refused", ["log", "#events", "why", "at", "file"], refused)
    if shown.refused:
        raise typer.Exit(REFUSED)


def witnesses(book: BookName = "main", as_json: AsJson = False) -> None:
    """Show how far each witness of LEDGER_WITNESS_POLICY has cosigned a book's log. Exits 1 where the quorum lags."""
    from api.cosigning import policy_of  # noqa: PLC0415 - other verbs start without an HTTP client

    policy = policy_of(Settings.from_environment())
    with book_of(book) as opened, opened.pool.connection() as connection:
        shown = policy_state(connection, book, policy)
    _show_policy(shown, as_json=as_json)


def cosign(book: BookName = "main", as_json: AsJson = False) -> None:
    """Ask the witnesses about a book's latest checkpoint now, and show how far they are, as `witnesses` does."""
    from api.cosigning import Cosigning, policy_of  # noqa: PLC0415 - other verbs start without an HTTP client

    policy = policy_of(Settings.from_environment())
    with book_of(book) as opened:
        with Cosigning(opened.pool, policy, clock=utc_now) as cosigning:
            cosigning.round([book])
        with opened.pool.connection() as connection:
            shown = policy_state(connection, book, policy)
    _show_policy(shown, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line: the room `witness`."""
    room = typer.Typer(help="Be a witness of logs: cosign what only ever grows.")
    room.command("new")(new)
    room.command("serve")(serve_witness)
    room.command("status")(status)
    app.add_typer(room, name="witness", no_args_is_help=True)


def register_in_log(room: typer.Typer) -> None:
    """Add the verbs about a book's witnesses to the room `log`."""
    room.command("witnesses")(witnesses)
    room.command("cosign")(cosign)


def _lines(file: Path | None) -> Iterable[str]:
    if file is None:
        return []
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _log_key(text: str) -> VerifierKey:
    key = VerifierKey.parse(text)
    if key.algorithm != ED25519:
        raise KeyMalformed(problem="a witness's key, where a log's belongs")
    return key


def _status(state: WitnessState) -> WitnessStatus:
    logs = [
        LogWatched(
            origin=origin,
            size=last.as_checkpoint.size,
            root=last.as_checkpoint.root.hex(),
            cosigned_at=last.cosigned_at,
        )
        for origin, last in sorted(state.all().items())
    ]
    refused = [
        RefusalKept(
            origin=each.as_checkpoint.origin,
            size=each.as_checkpoint.size,
            why=each.why,
            refused_at=each.refused_at,
            file=str(file),
        )
        for file, each in state.refused()
    ]
    return WitnessStatus(logs=logs, refused=refused)


def _show_policy(shown: PolicyState, *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        rows = [
            (each.name, _size(each.cosigned_size), _when(each.cosigned_at), _problem(each)) for each in shown.witnesses
        ]
        note = f"signed up to {_size(shown.size)} events, quorum {shown.quorum} up to {_size(shown.quorum_size)}"
        print_table(f"Witnesses of book {shown.book}", ["witness", "#events", "at", "problem"], rows, note=note)
    if not shown.met:
        raise typer.Exit(REFUSED)


def _problem(view: WitnessView) -> str:
    problem = view.problem
    return f"{problem.code} since {_when(problem.since)}: {problem.said}" if problem else ""


def _size(size: int | None) -> str:
    return "none" if size is None else f"{size}"


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
