"""
A rules file says in TOML what a draft changes in the rules it starts from: a field a line, tables entry by entry.

    claim_days = 45
    holidays_of = "IN"

    [four_eyes_from_minor]
    INR = 80_000_000
"""

import tomllib
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from domain.errors import Malformed
from domain.rules import Rules


@dataclass(eq=False, kw_only=True)
class RulesFileMalformed(Malformed):
    """The file isn't TOML, names what isn't a rule, or gives a rule a value of another kind."""

    code: ClassVar[str] = "rulebook.file_malformed"
    problem: str


def read_rules(content: bytes, *, base: Rules) -> Rules:
    """
    Return the base's rules with what a file changes. An entry of a table is changed or added, a list is replaced.

    Raises: RulesFileMalformed.
    """
    try:
        return change_rules(base, tomllib.loads(content.decode()))
    except (ValueError, RecursionError) as error:  # of TOML, of UTF-8, and of the rules' own types
        raise RulesFileMalformed(problem=str(error)) from None


def change_rules(base: Rules, changes: dict[str, Any]) -> Rules:
    """
    Return the base's rules with changes. An entry of a table is changed or added, a list is replaced.

    Raises: msgspec.ValidationError, for what isn't a rule, or a value of another kind.
    """
    return msgspec.convert(_changed(msgspec.to_builtins(base), changes), Rules)


def _changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {
        name: {**base[name], **value} if isinstance(value, dict) and isinstance(base.get(name), dict) else value
        for name, value in changes.items()
    }
    return {**base, **merged}
