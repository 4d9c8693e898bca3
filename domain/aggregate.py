"""
An aggregate is one thing with a history; an event is one thing that happened to it.

Both are immutable. A method of an aggregate decides: it may refuse, changes nothing and returns the event. The `evolve`
beside it applies: it never refuses, so that a rule tightened today can't break the replay of an old event.

Both are trees of plain values without cycles, so the garbage collector needn't walk them (`gc=False`): a cache of
them stays cheap however large it is.
"""

from typing import TypeVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened, with every number needed to book it."""


class Aggregate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The present state of one thing, folded from its events."""

    reference: str


class HistoryBroken(Exception):
    """A history that doesn't begin at its beginning: the log is corrupt."""


A = TypeVar("A", bound=Aggregate)


def begun(aggregate: A | None) -> A:
    """
    Return the aggregate that an event follows on.

    Raises: HistoryBroken.
    """
    if aggregate is None:
        raise HistoryBroken
    return aggregate
