"""Routes of auditors: who did what, what two people agreed to, what was refused, and who saw what isn't in the log."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.desk import AtBook, Limit, Position, answered
from projections.attempts import AttemptsSought, Category, search_attempts
from projections.audit import AuditSought, MadeBy, positions_between, references_about, search_audit
from projections.four_eyes import FourEyesSought, Stands, What, search_four_eyes
from projections.projection import POSITION_MAX
from projections.readings import ReadingsSought, search_readings, with_evidence

NAME_CHARACTERS_MAX = 255

Name = Annotated[str | None, Query(pattern=rf"^[!-~]{{1,{NAME_CHARACTERS_MAX}}}$")]

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", name="audit")
def audit(
    book: AtBook,
    actor: Name = None,
    role: Name = None,
    principal: Name = None,
    command: Name = None,
    command_id: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    topic: Name = None,
    made_by: MadeBy | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    from_position: Position = 0,
    to_position: Position = POSITION_MAX,
    before: Position = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """
    Return accepted commands with their events, the last first; `before` takes the `first_position` of the last one of
    the page before. `object` is a reference, or an order's key for everything of its trade.
    """
    sought = AuditSought(
        actor=actor,
        role=role,
        principal=principal,
        command=command,
        command_id=command_id,
        object=about,
        topic=topic,
        made_by=made_by,
        since=_instant(since),
        until=_instant(until),
        positions=(from_position, to_position),
    )
    with book.pool.connection() as connection:
        return answered(search_audit(connection, book.name, sought, before=before, limit=limit))


@router.get("/four-eyes", name="audit-four-eyes")
def four_eyes(
    book: AtBook,
    what: What | None = None,
    actor: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    stands: Stands | None = None,
    by_rule: bool = False,
    alone: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    before: Position = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """
    Return proposals with who proposed and who decided, the last first; `before` takes the `position` of the last one of
    the page before. `by_rule` adds those that a rule decided; `alone` asks for those that one person did alone.
    """
    with book.pool.connection() as connection:
        sought = FourEyesSought(
            what=what,
            actor=actor,
            references=references_about(connection, book.name, about) if about else None,
            stands=stands,
            by_rule=by_rule,
            alone=alone,
            positions=positions_between(connection, book.name, _instant(since), _instant(until)),
        )
        return answered(search_four_eyes(connection, book.name, sought, before=before, limit=limit))


@router.get("/refused", name="audit-refused")
def refused(
    book: AtBook,
    category: Category | None = None,
    actor: Name = None,
    role: Name = None,
    principal: Name = None,
    command: Name = None,
    command_id: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    code: Name = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: str = "",
    limit: Limit = 50,
) -> Response:
    """
    Return commands that a rule refused or that were forbidden to whoever said them, the last first; `before` takes the
    `cursor` of the last one of the page before.
    """
    with book.pool.connection() as connection:
        sought = AttemptsSought(
            category=category,
            actor=actor,
            role=role,
            principal=principal,
            command=command,
            command_id=command_id,
            references=references_about(connection, book.name, about) if about else None,
            code=code,
            since=_instant(since),
            until=_instant(until),
        )
        return answered(search_attempts(connection, book.name, sought, before=before, limit=limit))


@router.get("/reads", name="audit-reads")
def reads(
    book: AtBook,
    actor: Name = None,
    role: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: Position = POSITION_MAX,
    limit: Limit = 50,
) -> Response:
    """
    Return who saw evidence or values in clear, the last first; `before` takes the `number` of the last one of the page
    before. `object` is a dispute, a party, `evidence:` and a hash, or an order for all of its trade and its evidence.
    """
    with book.pool.connection() as connection:
        sought = ReadingsSought(
            actor=actor,
            role=role,
            references=with_evidence(connection, book.name, references_about(connection, book.name, about))
            if about
            else None,
            since=_instant(since),
            until=_instant(until),
        )
        return answered(search_readings(connection, book.name, sought, before=before, limit=limit))


def _instant(at: datetime | None) -> datetime | None:
    """Return an instant; one without a time zone is meant in UTC."""
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
