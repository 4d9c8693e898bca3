"""Why something said of a payment provider's settlement is refused."""

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Conflict, Malformed, Refused


@dataclass(eq=False, kw_only=True)
class SettlementMalformed(Malformed):
    """What is said of a settlement can't be meant."""

    code: ClassVar[str] = "settlement.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class SettlementAlreadyRecorded(Conflict):
    """The provider's settlement of this name is recorded: it has no second effect."""

    code: ClassVar[str] = "settlement.already_recorded"
    settlement: str


@dataclass(eq=False, kw_only=True)
class SettlementLineNotOpen(Refused):
    """There is no such line, it has nothing to be explained, or it is explained: reopen it first."""

    code: ClassVar[str] = "settlement.line_not_open"
    settlement: str
    line: int


@dataclass(eq=False, kw_only=True)
class SettlementTargetsDiffer(Refused):
    """A line is explained wholly or not at all, and these parts don't come to it."""

    code: ClassVar[str] = "settlement.targets_differ"
    settlement: str
    line: int
    amount_minor: int
    targets_minor: int


@dataclass(eq=False, kw_only=True)
class SettlementLineNotCleared(Refused):
    """Nothing explains this line: there is nothing to take back."""

    code: ClassVar[str] = "settlement.line_not_cleared"
    settlement: str
    line: int
