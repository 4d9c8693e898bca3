"""
Revoked is what isn't taken any more though its key is: single tokens by id, and all of somebody's up to an instant.

    FOLDER/revoked.jsonl     one revocation a line, only ever added to, for its owner alone

It stands beside the keys and not in the database: a database that is restored brings no revoked token back. Every
process looks whether the file changed, at most once a second.
"""

import fcntl
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec

from domain.errors import Malformed, Unavailable

LOOKED_AT_EVERY = timedelta(seconds=1)
FILE_BYTES_MAX = 64 * 1024 * 1024
WORD_CHARACTERS_MAX = 512


@dataclass(eq=False, kw_only=True)
class RevocationsUnavailable(Unavailable):
    """What was revoked can't be read now, so that no token is taken: mend the file of revocations."""

    code: ClassVar[str] = "token.revocations_unavailable"


@dataclass(eq=False, kw_only=True)
class RevocationUnusable(Malformed):
    """A revocation can't be written down, or means nothing."""

    code: ClassVar[str] = "token.revocation_unusable"
    problem: str


class Revocation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    One revocation: of the token with an id, or of all of an actor's that were issued before an instant.

    before, until, at: seconds since 1970; until: when the last of what it is about has expired by itself, and it may be
    forgotten; at: when it was said.
    """

    jti: str = ""
    actor: str = ""
    before: int = 0
    until: int
    at: int


def revocations_file(folder: Path) -> Path:
    """Return where revocations are."""
    return folder / "revoked.jsonl"


def revoke(folder: Path, revocation: Revocation) -> None:
    """
    Write a revocation down, so that it outlasts a loss of power.

    Raises: RevocationUnusable.
    """
    word = revocation.jti or revocation.actor
    if bool(revocation.jti) == bool(revocation.actor) or len(word) > WORD_CHARACTERS_MAX:
        raise RevocationUnusable(problem="names not exactly one of a token's id and an actor")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _append(revocations_file(folder), msgspec.json.encode(revocation) + b"\n")
    except OSError as error:
        raise RevocationUnusable(problem=error.strerror or str(error)) from None


def _append(file: Path, line: bytes) -> None:
    with open(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as opened:  # noqa: PTH123 - for its owner alone
        fcntl.flock(opened, fcntl.LOCK_EX)
        # A line without its end is what a loss of power left of one that nobody was told of.
        opened.seek(opened.read().rfind(b"\n") + 1)
        opened.truncate()
        opened.write(line)
        opened.flush()
        os.fsync(opened.fileno())


class Revoked:
    """
    What was revoked, as a file says it.

    clock: returns the time in UTC. generation: grows with every change.
    """

    def __init__(self, file: Path, *, clock: Callable[[], datetime]) -> None:
        self.generation = 0
        self._file = file
        self._clock = clock
        self._looked_at: datetime | None = None
        self._seen: tuple[int, int, int] | None = None
        self._tokens: frozenset[str] = frozenset()
        self._before: dict[str, int] = {}
        self._is_readable = True

    def look(self) -> int:
        """Look whether the file changed, if it wasn't looked at just now; return the generation."""
        now = self._clock()
        if self._looked_at is None or not timedelta() <= now - self._looked_at < LOOKED_AT_EVERY:
            self._looked_at = now
            self._look_again(now)
        return self.generation

    def has(self, *, jti: str, actor: str, issued_at: int) -> bool:
        """
        Return whether a token was revoked; one that doesn't say when it was issued was issued before everything.

        Raises: RevocationsUnavailable.
        """
        self.look()
        if not self._is_readable:
            raise RevocationsUnavailable
        return jti in self._tokens or issued_at < self._before.get(actor, 0)

    def _look_again(self, now: datetime) -> None:
        seen = _seen(self._file)
        if seen == self._seen and self._is_readable:
            return
        try:
            said = _read(self._file) if seen else ()
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            self._is_readable = False
        else:
            self._is_readable = True
            self._keep([each for each in said if each.until > now.timestamp()])
        self._seen = seen
        self.generation += 1

    def _keep(self, said: Iterable[Revocation]) -> None:
        self._tokens = frozenset(each.jti for each in said if each.jti)
        self._before = {}
        for each in said:
            if each.actor:
                self._before[each.actor] = max(each.before, self._before.get(each.actor, 0))


def _seen(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


_lines = msgspec.json.Decoder(Revocation)


def _read(file: Path) -> list[Revocation]:
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES_MAX)
    # A last line without its end is being written; whoever writes it says so when it is done.
    return _lines.decode_lines(content[: content.rfind(b"\n") + 1])
