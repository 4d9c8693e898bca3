"""The bounds of a server process: how much it takes from whom. What isn't a number of a caller's is fixed here."""

import re
from typing import Final, NamedTuple

from msgspec import Struct

from ledger.evidence_store import EVIDENCE_BYTES_MAX

BODY_BYTES_MAX: Final = 1024 * 1024
"""Of a command."""
LIST_BYTES_MAX: Final = 16 * 1024 * 1024
"""Of a list of commands."""
DOCUMENT_BYTES_MAX: Final = EVIDENCE_BYTES_MAX + 1024 * 1024
"""
Of evidence. Whoever keeps it refuses what is too large by a name of its own, and hears it in pieces: the difference is
more than a piece has.
"""
BODY_SECONDS_MAX: Final = 30
"""From the first look at a body to its end."""

HEAD_BYTES_MAX: Final = 32 * 1024
"""Of a request's line and headers together."""
HEADERS_MAX: Final = 100
HEAD_SECONDS_MAX: Final = 10
"""From the first byte of a connection, or of a request on it, to the end of its headers."""

SECONDS_OF: Final = {"second": 1, "minute": 60, "hour": 3_600}

_RATE = re.compile(r"([1-9]\d{0,8})/(second|minute|hour)")
_NOT_A_RATE = "is neither off nor a number by second, minute or hour, as 600/minute"


class Rate(NamedTuple):
    """So many requests in so many seconds."""

    amount: int
    seconds: int


def rate(said: str) -> Rate | None:
    """Return a rate as a setting says it, nothing where it is off. Raises: ValueError."""
    if said == "off":
        return None
    if not (parts := _RATE.fullmatch(said)):
        raise ValueError(_NOT_A_RATE)
    return Rate(int(parts[1]), SECONDS_OF[parts[2]])


class Bounds(Struct, frozen=True, kw_only=True):
    """
    What one process takes from one caller, and of whoever can't prove who they are from one address; and how much at
    once.

    Callers of the whole book are systems and people of the operator: their rates are a fuse for a loop gone wild.
    Parties are others' systems: theirs keep one from slowing the rest. A list of commands counts as its commands.
    """

    commands: Rate | None = Rate(1_200_000, 60)
    reads: Rate | None = Rate(1_200_000, 60)
    streams: Rate | None = Rate(600, 60)
    party_commands: Rate | None = Rate(600, 60)
    party_reads: Rate | None = Rate(6_000, 60)
    party_streams: Rate | None = Rate(60, 60)
    strangers: Rate | None = Rate(300, 60)
    requests_max: int = 1_000
    """At work in the process."""
    per_caller_max: int = 500
    per_party_max: int = 50


class Exposure(Struct, frozen=True, kw_only=True):
    """
    How a server is reached.

    behind_tls: by TLS only, through something in front of it; origins: of pages whose scripts may ask it, none at all
    where none is named.
    """

    behind_tls: bool = False
    origins: tuple[str, ...] = ()


def origin(said: str) -> str:
    """Return an origin as a browser names it. Raises: ValueError."""
    if not _ORIGIN.fullmatch(said):
        raise ValueError(_NOT_AN_ORIGIN)
    return said


_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[1-9]\d{0,4})?")
_NOT_AN_ORIGIN = "has something that isn't an origin, as https://desk.example"


def origins(said: str) -> tuple[str, ...]:
    """Return the origins that a setting lists, parted by spaces. Raises: ValueError."""
    return tuple(origin(each) for each in said.split())


def body_bytes_max(path: str) -> int:
    """Return how large a body may be that comes to a path."""
    if path.endswith("/commands"):
        return LIST_BYTES_MAX
    if path.endswith(("/evidence", "/bank-statements", "/settlements")):
        return DOCUMENT_BYTES_MAX
    return BODY_BYTES_MAX
