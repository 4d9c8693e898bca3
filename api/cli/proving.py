"""Verbs of the proof log, below `log`: keys, checkpoints, proofs, static files, and what to do after a restore."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import publishing, stamping, witnessing
from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from api.composition import OpenedBook, new_seed
from api.exchange.whole_file import STDOUT, write_whole
from api.proving import (
    LogState,
    checkpoint_note,
    log_state,
    origin_at,
    prove_command,
    prove_consistency,
    prove_inclusion,
    recall,
    reopen_log,
    witnessed_note,
)
from api.settings import Settings
from ledger.proof.keyring import KnownKey
from ledger.proof.note import VerifierKey
from ledger.proof.tlog_proof import SUFFIX

To = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; else to be read here.")]
Size = Annotated[int | None, typer.Option(help="Under the checkpoint of this size; else under the last one.")]


def new_key(book: BookName = "main", as_json: AsJson = False) -> None:
    """Make the key that signs this book's checkpoints, and print the verifier key, to be told to everybody."""
    with book_of(book) as opened:
        key = opened.keyring.make_key(origin_at(opened), new_seed())
        opened.signer.sign_head()
        _say_keys(opened.keyring.known_keys(), str(key), as_json=as_json)


def show_key(
    every: Annotated[
        bool, typer.Option("--all", help="Those before it, too, and up to which size they count.")
    ] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Print the verifier key of this book's log: NAME+HASH+BASE64, as signed notes have it."""
    with book_of(book) as opened:
        key = str(opened.keyring.verifier_key(origin_at(opened)))
        known = opened.keyring.known_keys()
    if every and not as_json:
        print_table(f"Keys of book {book}", ["verifier key", "#counts up to size", "leaked"], map(_key_row, known))
        return
    _say_keys(known, key, as_json=as_json)


def rotate_key(
    leaked: Annotated[bool, typer.Option("--leaked", help="Somebody else may have the present one.")] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Put a new key in the place of the present one, which counts for what it signed until now and no more."""
    with book_of(book) as opened:
        origin = origin_at(opened)
        opened.signer.sign_head()
        key = opened.keyring.rotate_key(origin, new_seed(), leaked=leaked)
        opened.signer.sign_head()
        _say_keys(opened.keyring.known_keys(), str(key), as_json=as_json)


def state(book: BookName = "main", as_json: AsJson = False) -> None:
    """Show where the log is, what of it is signed, and who cosigned that."""
    policy = Settings.from_environment().witness_policy
    with book_of(book) as opened:
        found = log_state(opened, policy)
    if as_json:
        print_json(found)
        return
    print_table(f"Log of book {book}", ["", "#"], _state_rows(found))


def checkpoint(
    witnessed: Annotated[bool, typer.Option("--witnessed", help="The last that meets the witness policy.")] = False,
    as_kept: Annotated[
        bool, typer.Option("--as-kept", help="Let what is kept to prove the log by count as all that ever was.")
    ] = False,
    to: To = STDOUT,
    book: BookName = "main",
) -> None:
    """Sign the log as it is now, and write the checkpoint, a signed note with all cosignatures."""
    policy = Settings.from_environment().witness_policy
    with book_of(book) as opened:
        _sign(opened, as_kept=as_kept)
        write_whole(to, [witnessed_note(opened, policy) if witnessed else checkpoint_note(opened)])


def inclusion(position: int, size: Size = None, to: To = STDOUT, book: BookName = "main") -> None:
    """Prove that the event at a position is in the log: a C2SP tlog-proof, to be kept and checked by anybody."""
    with book_of(book) as opened:
        if size is None:
            _sign(opened)
        write_whole(to, [bytes(prove_inclusion(opened, position, size=size))])


def consistency(
    old: int,
    new: Annotated[int | None, typer.Argument(help="A size that was signed; else the last one.")] = None,
    to: To = STDOUT,
    book: BookName = "main",
) -> None:
    """Prove that the log goes on where it once ended: old size, hashes and checkpoint, as a witness is sent them."""
    with book_of(book) as opened:
        if new is None:
            _sign(opened)
        write_whole(to, [prove_consistency(opened, old, new)])


def command(
    command_id: str,
    principal: Annotated[str, typer.Option(help="In whose namespace the id is.")] = "api",
    to: Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="A folder for files.")] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Prove every event of an accepted command, by the id that its caller gave it."""
    with book_of(book) as opened:
        _sign(opened)
        proofs = prove_command(opened, command_id, principal=principal)
    if as_json:
        print_json(proofs)
        return
    if to is None:
        for each in proofs:
            out.print(each.proof, markup=False, highlight=False, soft_wrap=True)
        return
    to.mkdir(parents=True, exist_ok=True)
    for each in proofs:
        write_whole(to / f"{each.position:09}{SUFFIX}", [each.proof.encode()])
    out.print(f"{len(proofs)} proofs in {to}")


def reopen(
    reason: Annotated[str, typer.Option(help="A code of why, as restored-from-backup.")],
    checkpoint_file: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            exists=True,
            dir_okay=False,
            help="One that others kept, where the keyring's memory is lost.",
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="VKEY", help="That verifies it, where keys.json is lost.")] = None,
    actor: Annotated[str, typer.Option(help="Who says it.")] = "operator:cli",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """After a restore to before a signed checkpoint: go on under a new origin that names the old one and the gap."""
    with book_of(book) as opened:
        if checkpoint_file:
            recall(opened, checkpoint_file.read_bytes(), [VerifierKey.parse(key)] if key else [])
        reopened = reopen_log(opened, reason=reason, actor=actor)
        new_key = opened.keyring.verifier_key(reopened.new_origin)
    if as_json:
        print_json(reopened)
        return
    out.print(
        f"{reopened.old_origin} was signed up to {reopened.signed_size} events, {reopened.restored_size} are there. "
        f"From position {reopened.position} the log is {reopened.new_origin}; tell everybody its key:",
        soft_wrap=True,
    )
    out.print(str(new_key), markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `log`."""
    room = typer.Typer(help="Proof of the log: keys, signed checkpoints, proofs, witnesses, time, static files.")
    keys = typer.Typer(help="The keys that sign checkpoints.")
    prove = typer.Typer(help="Proofs that anybody can check without this ledger.")
    keys.command("new")(new_key)
    keys.command("show")(show_key)
    keys.command("rotate")(rotate_key)
    prove.command()(inclusion)
    prove.command()(consistency)
    prove.command()(command)
    room.add_typer(keys, name="key", no_args_is_help=True)
    room.add_typer(prove, name="prove", no_args_is_help=True)
    room.command()(state)
    room.command()(checkpoint)
    room.command()(reopen)
    stamping.register(room)
    witnessing.register_in_log(room)
    publishing.register(room)
    app.add_typer(room, name="log", no_args_is_help=True)


def _sign(opened: OpenedBook, *, as_kept: bool = False) -> None:
    """Sign what has moved, where this machine holds a key; else what was signed is all there is."""
    if opened.keyring.has_signer:
        opened.signer.sign_head(as_kept=as_kept)


def _say_keys(known: list[KnownKey], key: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": key, "keys": known})
    else:
        out.print(key, markup=False, highlight=False, soft_wrap=True)


def _key_row(known: KnownKey) -> tuple[str, str, str]:
    return known.key, "" if known.last_size is None else str(known.last_size), "LEAKED" if known.leaked else ""


def _state_rows(found: LogState) -> list[tuple[str, str]]:
    signed_at = f"{found.signed_at:%Y-%m-%d %H:%M:%S} UTC" if found.signed_at else "never"
    return [
        ("origin", found.origin),
        ("events", f"{found.size:,}"),
        ("of these signed", f"{found.signed_size:,}"),
        ("signed at", signed_at),
        ("root", found.root),
        ("cosigned by", "\n".join(found.cosigned_by) or "nobody"),
        ("witnessed as the policy asks", f"{found.witnessed_size:,}" if found.policy else "there is no policy"),
    ]
