"""
A saying is a command that might be said next about a thing, asking for as little as a command of its kind can.

Whoever is refused that would be refused anything of the kind; so whether it is sayable stands for whether the kind is.
"""

from collections.abc import Iterator
from typing import NamedTuple, get_args

from domain.commands import Command
from domain.side import BUYER, EXPORTER, Side

SIDES: tuple[Side, ...] = get_args(Side)

ANY = "any"
"""A code where a reason is to be given, a key where somebody is to be named."""

HASH = "0" * 64
"""Where a commitment, or the hash of a document, is to be given."""

AT_PROVIDER = "clearing:any"
AT_BANK = "bank:safeguarded:any"
"""Accounts that money may be on."""


class Saying(NamedTuple):
    """A command that might be said. `named`: the fields of its body that say which of several things it is about."""

    command: Command
    named: tuple[str, ...] = ()


Sayings = Iterator[Saying]


def sides_of(role: str) -> tuple[Side, ...]:
    """Return for which sides somebody in a role may speak."""
    match role:
        case "buyer":
            return (BUYER,)
        case "exporter":
            return (EXPORTER,)
        case _:
            return SIDES
