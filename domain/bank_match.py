"""
A match says what some lines of bank statements are, all at once: by which rule, how surely, why, and who said so.

It can be undone at any time, with who and why, and made anew under another name: both stay.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Conflict, Malformed, Refused
from domain.references import key

ENTRIES_MAX = 300
SCORE_MAX = 1_000
REASON_MAX = 300


class BankMatchMade(Event, frozen=True, kw_only=True):
    """
    Lines of statements were matched.

    entries: by their keys; rule: which one, or `person`; certain: whether the rule leaves no doubt; score: 0 to 1,000;
    reason: a sentence without personal data.
    """

    entries: tuple[str, ...]
    rule: str
    certain: bool
    score: int
    reason: str
    made_by: str


class BankMatchUndone(Event, frozen=True, kw_only=True):
    """The match was taken back. `reason`: a code."""

    reason: str
    undone_by: str


BankMatchEvent = BankMatchMade | BankMatchUndone


@dataclass(eq=False, kw_only=True)
class MatchMalformed(Malformed):
    """What is said of a match can't be meant."""

    code: ClassVar[str] = "match.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class MatchAlreadyMade(Conflict):
    """A match of this name was made, or made and undone: make another."""

    code: ClassVar[str] = "match.already_made"
    match: str


@dataclass(eq=False, kw_only=True)
class MatchAlreadyUndone(Refused):
    """The match was undone before."""

    code: ClassVar[str] = "match.already_undone"
    match: str


class BankMatch(Aggregate, frozen=True, kw_only=True):
    """A match as it stands, with the keys of its entries."""

    entries: tuple[str, ...]
    undone: bool = False

    def undo(self, *, reason: str, actor: str) -> BankMatchUndone:
        """
        Take the match back. The reason is a code.

        Raises, in this order: ReferenceMalformed, MatchAlreadyUndone.
        """
        key(reason, field="reason")
        if self.undone:
            raise MatchAlreadyUndone(match=self.reference)
        return BankMatchUndone(reason=reason, undone_by=actor)


def make(
    before: BankMatch | None, *, entries: tuple[str, ...], rule: str, certain: bool, score: int, reason: str, actor: str
) -> BankMatchMade:
    """
    Say what lines of statements are.

    Raises, in this order: ReferenceMalformed (rule), MatchMalformed (entries, score, reason), MatchAlreadyMade.
    """
    key(rule, field="rule")
    if not 1 <= len(set(entries)) == len(entries) <= ENTRIES_MAX:
        raise MatchMalformed(field="entries", problem=f"not 1 to {ENTRIES_MAX}, each once")
    if not 0 <= score <= SCORE_MAX:
        raise MatchMalformed(field="score", problem=f"not 0 to {SCORE_MAX}")
    if not (len(reason) <= REASON_MAX and reason.isprintable()):
        raise MatchMalformed(field="reason", problem=f"not up to {REASON_MAX} printable characters")
    if before:
        raise MatchAlreadyMade(match=before.reference)
    return BankMatchMade(entries=entries, rule=rule, certain=certain, score=score, reason=reason, made_by=actor)


def evolve(match_: BankMatch | None, event: BankMatchEvent, reference: str, _at: datetime) -> BankMatch:
    """Apply an event of a match."""
    match event:
        case BankMatchMade():
            return BankMatch(reference=reference, entries=event.entries)
        case BankMatchUndone():
            return replace(begun(match_), undone=True)
