"""A side is one of the two who trade; each speaks for itself."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from domain.errors import Forbidden

Side = Literal["buyer", "exporter"]
BUYER: Side = "buyer"
EXPORTER: Side = "exporter"


@dataclass(eq=False, kw_only=True)
class SideForbidden(Forbidden):
    """One side of a trade can't speak for the other."""

    code: ClassVar[str] = "side.forbidden"
    role: str
    side: Side


def other(side: Side) -> Side:
    """Return the side across the table."""
    return EXPORTER if side == BUYER else BUYER


def check_speaks(role: str, side: Side) -> None:
    """
    Check that somebody in a role may speak for a side; who is on neither side, as an operator, may for both.

    Raises: SideForbidden.
    """
    if role == other(side):
        raise SideForbidden(role=role, side=side)


def person_of(actor: str) -> str:
    """Return the key of who acts: `MED-1` of `mediator:MED-1`."""
    return actor.rpartition(":")[2]


def is_same_person(actor: str, other: str) -> bool:
    """Return whether two who act are one person, whatever the roles they act in: one pair of eyes."""
    return person_of(actor) == person_of(other)
