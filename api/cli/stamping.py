"""Verbs of time: have an authority stamp the latest checkpoint, and check the tokens that are kept."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import typer
from cryptography.x509 import Certificate

from api.cli.terminal import REFUSED, AsJson, BookName, book_of, out, print_json, print_table
from api.composition import new_nonce, utc_now
from api.settings import Settings
from api.time_stamping import KeptToken, authority_of, get_latest_checkpoint, kept_tokens, stamp
from domain.errors import LedgerError


class StampShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was stamped, by whom, when, and under which of the authority's numbers."""

    origin: str
    size: int
    authority: str
    stamped_at: datetime
    serial: str


class TokenShown(msgspec.Struct, frozen=True, kw_only=True):
    """A token (DER) and the text it is over, for whoever checks with tools of their own; `problem` if it isn't good."""

    origin: str
    size: int
    authority: str
    stamped_at: datetime
    text: str | None
    token: bytes
    problem: str | None


def stamp_latest(book: BookName = "main", as_json: AsJson = False) -> None:
    """Have the authority LEDGER_TIME_AUTHORITY say that the latest checkpoint was there by now, and keep its token."""
    authority = authority_of(Settings.from_environment())
    with book_of(book) as opened:
        checkpoint = get_latest_checkpoint(opened.pool, book)
        stamped = stamp(opened.pool, book, checkpoint, authority, nonce=new_nonce(), now=utc_now())
    if as_json:
        print_json(
            StampShown(
                origin=checkpoint.origin,
                size=checkpoint.size,
                authority=stamped.authority,
                stamped_at=stamped.at,
                serial=str(stamped.serial),
            )
        )
        return
    said = f"{checkpoint.origin} at {checkpoint.size} events was there at {_when(stamped.at)}: {stamped.authority}"
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def list_tokens(book: BookName = "main", as_json: AsJson = False) -> None:
    """List a book's time tokens, each checked anew against LEDGER_TIME_ROOTS. Exits 1 if one isn't good."""
    roots = Settings.from_environment().time_roots
    with book_of(book) as opened, opened.pool.connection() as connection:
        shown = [_shown(kept, roots) for kept in kept_tokens(connection, book)]
    if as_json:
        print_json(shown)
    else:
        rows = [
            (_when(each.stamped_at), each.authority, each.size, each.origin, each.problem or "good") for each in shown
        ]
        print_table(f"Time tokens of book {book}", ["stamped at", "authority", "#events", "origin", "check"], rows)
    if any(each.problem for each in shown):
        raise typer.Exit(REFUSED)


def register(room: typer.Typer) -> None:
    """Add these verbs to the room `log`."""
    room.command("stamp")(stamp_latest)
    room.command("tokens")(list_tokens)


def _shown(kept: KeptToken, roots: Sequence[Certificate]) -> TokenShown:
    problem = None
    try:
        kept.check(roots)
    except LedgerError as error:
        problem = str(error)
    return TokenShown(
        origin=kept.origin,
        size=kept.size,
        authority=kept.authority,
        stamped_at=kept.stamped_at.astimezone(UTC),
        text=kept.text.decode() if kept.root is not None else None,
        token=kept.token,
        problem=problem,
    )


def _when(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
