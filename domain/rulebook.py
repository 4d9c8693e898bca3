"""
A rulebook is one version of the marketplace's rules: windows, fees, thresholds.

An order keeps the version it was placed under, for ever. A published version never changes: a new number is a new
version.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate, Event, begun
from domain.errors import Forbidden, Refused
from domain.rule_checks import check_rules
from domain.rules import ADDED_IN_2, ADDED_IN_3, Rules
from domain.side import is_same_person


class RulebookDrafted(Event, frozen=True, kw_only=True):
    """Somebody wrote down a version of the rules."""

    rules: Rules
    drafted_by: str


class RulebookApproved(Event, frozen=True, kw_only=True):
    """Another person agreed with the draft."""

    approved_by: str


class RulebookPublished(Event, frozen=True, kw_only=True):
    """Orders may be placed under this version."""

    effective_from: date | None = None
    """The first day on which they may, in the rules' time zone; nothing where that is at once."""


RulebookEvent = RulebookDrafted | RulebookApproved | RulebookPublished
RulebookStatus = Literal["drafted", "approved", "published"]


@dataclass(eq=False, kw_only=True)
class RulebookAlreadyDrafted(Refused):
    """A version is drafted once; draft the next one."""

    code: ClassVar[str] = "rulebook.already_drafted"
    rulebook: str


@dataclass(eq=False, kw_only=True)
class RulebookNotInState(Refused):
    """The version isn't at the step that this command follows."""

    code: ClassVar[str] = "rulebook.not_in_state"
    rulebook: str
    status: RulebookStatus
    needed: RulebookStatus


@dataclass(eq=False, kw_only=True)
class RulebookNotInForce(Refused):
    """The version is published, but its first day hasn't come: place the order under the one in force till then."""

    code: ClassVar[str] = "rulebook.not_in_force"
    rulebook: str
    effective_from: date


@dataclass(eq=False, kw_only=True)
class RulebookBackdated(Refused):
    """A version takes effect on the day it is published or later: nobody could have known it before."""

    code: ClassVar[str] = "rulebook.backdated"
    rulebook: str
    effective_from: date
    published_on: date


@dataclass(eq=False, kw_only=True)
class RulebookApproverIsDrafter(Forbidden):
    """Four eyes: the approver is another person than the drafter."""

    code: ClassVar[str] = "rulebook.approver_is_drafter"
    rulebook: str
    actor: str


class Rulebook(Aggregate, frozen=True, kw_only=True):
    """One version of the rules on its way to being published. `effective_from`: nothing where that is at once."""

    rules: Rules
    drafted_by: str
    status: RulebookStatus = "drafted"
    effective_from: date | None = None

    def approve(self, *, actor: str) -> RulebookApproved:
        """
        Agree with the draft.

        Raises, in this order: RulebookNotInState, RulebookApproverIsDrafter.
        """
        self._need("drafted")
        if is_same_person(actor, self.drafted_by):
            raise RulebookApproverIsDrafter(rulebook=self.reference, actor=actor)
        return RulebookApproved(approved_by=actor)

    def publish(self, *, effective_from: date | None, at: datetime) -> RulebookPublished:
        """
        Open the version for orders, from a day in the rules' time zone on; at once where there is none.

        Raises, in this order: RulebookNotInState, RulebookBackdated.
        """
        self._need("approved")
        published_on = self.rules.calendar.day_of(at)
        if effective_from and effective_from < published_on:
            raise RulebookBackdated(rulebook=self.reference, effective_from=effective_from, published_on=published_on)
        return RulebookPublished(effective_from=effective_from)

    def in_force(self, at: datetime) -> Rules:
        """
        Return the rules that an order may be placed under at an instant.

        Raises, in this order: RulebookNotInState, RulebookNotInForce.
        """
        self._need("published")
        if self.effective_from and self.rules.calendar.day_of(at) < self.effective_from:
            raise RulebookNotInForce(rulebook=self.reference, effective_from=self.effective_from)
        return self.rules

    def _need(self, needed: RulebookStatus) -> None:
        if self.status != needed:
            raise RulebookNotInState(rulebook=self.reference, status=self.status, needed=needed)


def draft(existing: Rulebook | None, *, rules: Rules, actor: str) -> RulebookDrafted:
    """
    Write down a version of the rules.

    Raises, in this order: what `check_rules` does, RulebookAlreadyDrafted.
    """
    check_rules(rules)
    if existing:
        raise RulebookAlreadyDrafted(rulebook=existing.reference)
    return RulebookDrafted(rules=rules, drafted_by=actor)


def evolve(rulebook: Rulebook | None, event: RulebookEvent, reference: str, _at: datetime) -> Rulebook:
    """Apply an event of a rulebook."""
    match event:
        case RulebookDrafted():
            return Rulebook(reference=reference, rules=event.rules, drafted_by=event.drafted_by)
        case RulebookApproved():
            return msgspec.structs.replace(begun(rulebook), status="approved")
        case RulebookPublished():
            return msgspec.structs.replace(begun(rulebook), status="published", effective_from=event.effective_from)


def drafted_with_later_rules(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a version 1 of `rulebook.drafted` as those of version 2."""
    return {**fields, "rules": {**ADDED_IN_2, **fields["rules"]}}


def drafted_with_payout_rules(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a version 2 of `rulebook.drafted` as those of version 3."""
    return {**fields, "rules": {**ADDED_IN_3, **fields["rules"]}}


def published_at_once(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a version 1 of `rulebook.published` as those of version 2: in force at once."""
    return {**fields, "effective_from": None}
