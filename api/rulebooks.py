"""Rulebooks as the API and the command line show them: each version with who brought it how far, read from the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import msgspec

from domain.envelope import Recorded
from domain.errors import NotFound
from domain.references import key_of
from domain.rule_changes import RuleChange, difference
from domain.rulebook import Rulebook, RulebookStatus
from domain.rules import Rules
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import folded, references_of, stream_of


@dataclass(eq=False, kw_only=True)
class RulebookNotFound(NotFound):
    """Nobody has drafted this version of this rulebook."""

    code: ClassVar[str] = "rulebook.not_found"
    rulebook: str


class RulebookStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a version on its way to being published."""

    position: int
    topic: str
    occurred_at: datetime
    actor: str


class RulebookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a rulebook: how far it is, and by whom. `effective_from`: nothing where that is at once."""

    rulebook: str
    status: RulebookStatus
    effective_from: date | None
    steps: list[RulebookStep]


class RulebookView(RulebookRow, frozen=True, kw_only=True):
    """A version of a rulebook with all its rules."""

    rules: Rules


def get_rulebook(connection: Connection, book: str, rulebook: str, *, moment: Moment = NOW) -> RulebookView:
    """
    Return a version of a rulebook by its name and number, as `standard/1`, as it stood at a moment.

    Raises: RulebookNotFound.
    """
    found = _find_rulebook(connection, book, rulebook, moment)
    if found is None:
        raise RulebookNotFound(rulebook=rulebook)
    return found


def _find_rulebook(connection: Connection, book: str, rulebook: str, moment: Moment) -> RulebookView | None:
    stream = stream_of(connection, book, f"rulebook:{rulebook}", moment=moment)
    version = folded(stream, moment=moment)
    if not isinstance(version, Rulebook):
        return None
    return RulebookView(
        rulebook=rulebook,
        status=version.status,
        effective_from=version.effective_from,
        steps=_steps(stream),
        rules=version.rules,
    )


def all_rulebooks(connection: Connection, book: str, *, moment: Moment = NOW) -> list[RulebookRow]:
    """Return every version of every rulebook of a book at a moment, in the order in which they were drafted."""
    drafted = references_of(connection, book, "rulebook", moment=moment)
    views = (_find_rulebook(connection, book, key_of(reference), moment) for reference in drafted)
    return [
        RulebookRow(rulebook=view.rulebook, status=view.status, effective_from=view.effective_from, steps=view.steps)
        for view in views
        if view
    ]


def rule_changes(
    connection: Connection, book: str, *, before: str, after: str, moment: Moment = NOW
) -> list[RuleChange]:
    """
    Return what changes from one version of a rulebook to another, both as they stood at a moment.

    Raises: RulebookNotFound, for `before` first.
    """
    first, second = (get_rulebook(connection, book, version, moment=moment) for version in (before, after))
    return difference(first.rules, second.rules)


def _steps(stream: Sequence[Recorded]) -> list[RulebookStep]:
    return [
        RulebookStep(
            position=happened.position,
            topic=happened.topic,
            occurred_at=happened.state.occurred_at,
            actor=happened.state.actor,
        )
        for happened in stream
    ]
