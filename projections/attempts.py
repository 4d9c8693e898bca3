"""
An attempt is a command that was said and didn't happen: refused by a rule, or forbidden to whoever said it.

Read from the outcomes and from what was forbidden, with no table of its own. What was malformed, or about something
that there isn't, is a caller's mistake and isn't kept.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

from domain.errors import Malformed
from projections.projection import POSITION_MAX, Connection

Category = Literal["refused", "forbidden"]


class AttemptRow(Struct, frozen=True, kw_only=True, gc=False):
    """
    A command that didn't happen.

    category: forbidden is what this actor may not, as approving what they proposed; actor, role, command, object: who
    tried what, about which reference; nothing in what was refused before that was kept; code, details: as the caller
    was told; cursor: where the next page begins.
    """

    recorded_at: datetime
    category: Category
    actor: str | None
    role: str | None
    principal: str
    command_id: str
    command: str | None
    object: str | None
    code: str
    details: dict[str, Any]
    cursor: str


class AttemptsSought(Struct, frozen=True, kw_only=True):
    """Which attempts are sought. references: what they are about; since, until: when, both included."""

    category: Category | None = None
    actor: str | None = None
    role: str | None = None
    principal: str | None = None
    command: str | None = None
    command_id: str | None = None
    references: Sequence[str] | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(eq=False, kw_only=True)
class CursorMalformed(Malformed):
    """Not a cursor that a row of these came with."""

    code: ClassVar[str] = "cursor.malformed"
    cursor: str


class _Cursor(Struct, array_like=True):
    """Where an attempt stands among all: by time, and within the same instant by the rest."""

    recorded_at: Annotated[datetime, Meta(tz=True)]
    number: Annotated[int, Meta(ge=0, le=POSITION_MAX)]
    principal: Annotated[str, Meta(pattern="^[!-~]*$")]
    command_id: Annotated[str, Meta(pattern="^[!-~]*$")]


class _Refusal(Struct, frozen=True):
    code: str
    details: dict[str, Any]


_SEARCH = """
    WITH attempts AS (
        SELECT recorded_at, 0::int8 AS number, principal, command_id, 'refused' AS category,
            actor, role, command, object, refusal
        FROM ledger.outcomes
        WHERE book = %(book)s AND refusal IS NOT NULL
            AND recorded_at >= coalesce(%(since)s::timestamptz, '-infinity')
            AND recorded_at <= coalesce(%(until)s::timestamptz, 'infinity')
        UNION ALL
        SELECT recorded_at, number, principal, command_id, 'forbidden', actor, role, command, object, refusal
        FROM ledger.forbidden
        WHERE book = %(book)s
            AND recorded_at >= coalesce(%(since)s::timestamptz, '-infinity')
            AND recorded_at <= coalesce(%(until)s::timestamptz, 'infinity')
    )
    SELECT recorded_at, number, principal, command_id, category, actor, role, command, object, refusal FROM attempts
    WHERE (%(category)s::text IS NULL OR category = %(category)s)
    AND (%(actor)s::text IS NULL OR actor = %(actor)s)
    AND (%(role)s::text IS NULL OR role = %(role)s)
    AND (%(principal)s::text IS NULL OR principal = %(principal)s)
    AND (%(command)s::text IS NULL OR command = %(command)s)
    AND (%(command_id)s::text IS NULL OR command_id = %(command_id)s)
    AND (%(references)s::text[] IS NULL OR object = ANY(%(references)s))
    AND (%(code)s::text IS NULL OR convert_from(refusal, 'UTF8')::json ->> 'code' = %(code)s)
    AND (%(at)s::timestamptz IS NULL
        OR (recorded_at, number, principal, command_id) < (%(at)s, %(number)s, %(after)s, %(after_id)s))
    ORDER BY recorded_at DESC, number DESC, principal DESC, command_id DESC LIMIT %(limit)s
"""
_REFUSALS = msgspec.json.Decoder(_Refusal)


def search_attempts(
    connection: Connection, book: str, sought: AttemptsSought, *, before: str = "", limit: int = 50
) -> list[AttemptRow]:
    """
    Return attempts, the last first. before: the cursor of the last one of the page before.

    Raises: CursorMalformed.
    """
    after = _read(before) if before else None
    wanted = {name: getattr(sought, name) for name in sought.__struct_fields__}
    wanted["references"] = None if sought.references is None else list(sought.references)
    start = {
        "at": after.recorded_at if after else None,
        "number": after.number if after else 0,
        "after": after.principal if after else "",
        "after_id": after.command_id if after else "",
    }
    rows = connection.execute(_SEARCH, {"book": book, "limit": limit, **wanted, **start})
    return [_row(row) for row in rows]


def _row(row: tuple[Any, ...]) -> AttemptRow:
    recorded_at, number, principal, command_id, category, actor, role, command, about, refusal = row
    refused = _REFUSALS.decode(refusal)
    return AttemptRow(
        recorded_at=recorded_at,
        category=category,
        actor=actor,
        role=role,
        principal=principal,
        command_id=command_id,
        command=command,
        object=about,
        code=refused.code,
        details=refused.details,
        cursor=_written(_Cursor(recorded_at, number, principal, command_id)),
    )


def _written(cursor: _Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _read(cursor: str) -> _Cursor:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=_Cursor)
    except (binascii.Error, UnicodeEncodeError, msgspec.MsgspecError):
        raise CursorMalformed(cursor=cursor[:80]) from None
