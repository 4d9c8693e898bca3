"""
A cursor says where a page ended, and at which position of the log the first page was read.

It is opaque and no secret: what a caller may see is asked anew at every page. It is bound to what was asked, by whom of
which party, and fits no other question.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import msgspec

from api.identity.caller import Caller
from domain.errors import Malformed

if TYPE_CHECKING:
    from fastapi import Request

VERSION = 1
CHARACTERS_MAX = 2_000
BINDING_BYTES = 12
UNBOUND = frozenset({"limit", "cursor", "fields", "format", "min_position", "why"})
"""Parameters that may change from page to page."""

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, msgspec.Meta(pattern="^[^\x00]*$", max_length=1_000)]

K = TypeVar("K")


@dataclass(eq=False, kw_only=True)
class CursorMalformed(Malformed):
    """Not what a page of this list gave as `next`: begin without a cursor."""

    code: ClassVar[str] = "request.cursor_malformed"


class Cursor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """
    Where a page ended.

    position: of the log, up to which all pages look; instant: what the first page took for the present, where it asked;
    key: of the last row, as its list has them.
    """

    binding: str
    position: Whole
    instant: Annotated[datetime, msgspec.Meta(tz=True)] | None
    key: msgspec.Raw
    version: int = VERSION

    def key_as(self, kind: type[K]) -> K:
        """Return the key of the last row. Raises: CursorMalformed."""
        try:
            return msgspec.json.decode(self.key, type=kind)
        except msgspec.MsgspecError:
            raise CursorMalformed from None


_DECODER = msgspec.json.Decoder(Cursor)
_ENCODER = msgspec.json.Encoder()


def binding_of(request: "Request", caller: Caller, book: str) -> str:
    """Return what a cursor is bound to: the question, with its filters and its moment, and who of whom asks it."""
    return bound_to(
        book,
        request.scope["path"],
        caller.role,
        caller.party or "",
        *(part for pair in sorted(request.query_params.multi_items()) if pair[0] not in UNBOUND for part in pair),
    )


def bound_to(*parts: str) -> str:
    """Return a short digest of texts; where one ends and the next begins is part of it."""
    digest = blake2b(_ENCODER.encode(parts), digest_size=BINDING_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode()


def cursor_text(binding: str, position: int, instant: datetime | None, key: Any) -> str:
    """Return a cursor as callers hand it back."""
    cursor = Cursor(binding, position, instant, msgspec.Raw(_ENCODER.encode(key)))
    return base64.urlsafe_b64encode(_ENCODER.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, *, binding: str) -> Cursor:
    """Return what a cursor says. Raises: CursorMalformed, where it isn't one, or one of another question."""
    try:
        cursor = _DECODER.decode(_unpacked(text))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorMalformed from None
    if cursor.version != VERSION or cursor.binding != binding:
        raise CursorMalformed
    return cursor


def _unpacked(text: str) -> bytes:
    if len(text) > CHARACTERS_MAX:
        raise CursorMalformed
    packed = text.encode("ascii")
    return base64.b64decode(packed + b"=" * (-len(packed) % 4), altchars=b"-_", validate=True)
