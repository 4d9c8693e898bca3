"""Routes of auditors: who did what, what two people agreed to, what was refused, and who saw what isn't in the log."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.answers import answers_list
from api.http.desk import AtBook, Instant, Position
from api.listing.cursor import Text, Whole
from api.listing.page import PagedPresent
from projections.attempts import AttemptRow, AttemptsSought, Category, search_attempts
from projections.audit import AuditRow, AuditSought, MadeBy, positions_between, references_about, search_audit
from projections.four_eyes import FourEyesRow, FourEyesSought, Stands, What, search_four_eyes
from projections.projection import POSITION_MAX
from projections.readings import ReadingRow, ReadingsSought, search_readings, with_evidence

NAME_CHARACTERS_MAX = 255

Name = Annotated[str | None, Query(pattern=rf"^[!-~]{{1,{NAME_CHARACTERS_MAX}}}$")]

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", name="audit", responses=answers_list(AuditRow))
def audit(
    book: AtBook,
    page: PagedPresent,
    actor: Name = None,
    role: Name = None,
    principal: Name = None,
    command: Name = None,
    command_id: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    topic: Name = None,
    made_by: MadeBy | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    from_position: Position = 0,
    to_position: Position = POSITION_MAX,
) -> Response:
    """
    Return accepted commands with their events, the last first. `object` is a reference, or an order's key for
    everything of its trade.
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
    last = page.after(Whole)
    with page.reading() as (connection, _, position):
        before = position + 1 if last is None else last
        found = search_audit(connection, book.name, sought, before=before, limit=page.wanted)
    return page.answer(found, AuditRow, key=attrgetter("first_position"))


@router.get("/four-eyes", name="audit-four-eyes", responses=answers_list(FourEyesRow))
def four_eyes(
    book: AtBook,
    page: PagedPresent,
    what: What | None = None,
    actor: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    stands: Stands | None = None,
    by_rule: bool = False,
    alone: bool = False,
    since: Instant | None = None,
    until: Instant | None = None,
) -> Response:
    """
    Return proposals with who proposed and who decided, the last first. `by_rule` adds those that a rule decided;
    `alone` asks for those that one person did alone.
    """
    last = page.after(Whole)
    with page.reading() as (connection, _, position):
        sought = FourEyesSought(
            what=what,
            actor=actor,
            references=references_about(connection, book.name, about) if about else None,
            stands=stands,
            by_rule=by_rule,
            alone=alone,
            positions=positions_between(connection, book.name, _instant(since), _instant(until)),
        )
        before = position + 1 if last is None else last
        found = search_four_eyes(connection, book.name, sought, before=before, limit=page.wanted)
    return page.answer(found, FourEyesRow, key=attrgetter("position"))


@router.get("/refused", name="audit-refused", responses=answers_list(AttemptRow))
def refused(
    book: AtBook,
    page: PagedPresent,
    category: Category | None = None,
    actor: Name = None,
    role: Name = None,
    principal: Name = None,
    command: Name = None,
    command_id: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    code: Name = None,
    since: Instant | None = None,
    until: Instant | None = None,
) -> Response:
    """Return commands that a rule refused or that were forbidden to whoever said them, the last first."""
    before = page.after(Text) or ""
    with page.reading() as (connection, _, _):
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
        found = search_attempts(connection, book.name, sought, before=before, limit=page.wanted)
    return page.answer(found, AttemptRow, key=attrgetter("cursor"))


@router.get("/reads", name="audit-reads", responses=answers_list(ReadingRow))
def reads(
    book: AtBook,
    page: PagedPresent,
    actor: Name = None,
    role: Name = None,
    about: Annotated[Name, Query(alias="object")] = None,
    since: Instant | None = None,
    until: Instant | None = None,
) -> Response:
    """
    Return who saw evidence or values in clear, the last first. `object` is a dispute, a party, `evidence:` and a hash,
    or an order for all of its trade and its evidence.
    """
    last = page.after(Whole)
    with page.reading() as (connection, _, _):
        sought = ReadingsSought(
            actor=actor,
            role=role,
            references=with_evidence(connection, book.name, references_about(connection, book.name, about))
            if about
            else None,
            since=_instant(since),
            until=_instant(until),
        )
        before = POSITION_MAX if last is None else last
        found = search_readings(connection, book.name, sought, before=before, limit=page.wanted)
    return page.answer(found, ReadingRow, key=attrgetter("number"))


def _instant(at: datetime | None) -> datetime | None:
    """Return an instant; one without a time zone is meant in UTC."""
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
