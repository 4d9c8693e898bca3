"""A rule change is one number or switch in which two versions of the rules differ."""

from collections.abc import Iterator

from msgspec import Struct

from domain.rules import RealisationWindow, Rules

RuleValue = int | str | tuple[int | str, ...]
"""A number, a switch (a bool is an int), a name, or a list of them."""


class RuleChange(Struct, frozen=True):
    """
    A field that differs. Nothing stands where a version doesn't list the entry.

    field: an entry of a table by the table's name, a point and its key, as `inspection_days.sea`.
    """

    field: str
    before: RuleValue | None
    after: RuleValue | None


def difference(a: Rules, b: Rules) -> list[RuleChange]:
    """Return what changes from one version to another, in the order of the fields and then of the keys."""
    before, after = dict(entries_of(a)), dict(entries_of(b))
    order = {name: number for number, name in enumerate(Rules.__struct_fields__)}
    fields = sorted(before.keys() | after.keys(), key=lambda field: (order[field.partition(".")[0]], field))
    changes = (RuleChange(field, before.get(field), after.get(field)) for field in fields)
    return [change for change in changes if change.before != change.after]


def entries_of(rules: Rules) -> Iterator[tuple[str, RuleValue]]:
    """Yield every number and switch of the rules, those of tables one by one."""
    for name in rules.__struct_fields__:
        match getattr(rules, name):
            case dict() as table:
                yield from ((f"{name}.{key}", value) for key, value in table.items())
            case (RealisationWindow(), *_) as rows:
                yield from _realisation(name, rows)
            case value:
                yield name, value


def _realisation(name: str, rows: list[RealisationWindow]) -> Iterator[tuple[str, int]]:
    for row in rows:
        since = f"{name}.{row.shipped_from or 'first'}"
        yield f"{since}.months", row.months
        yield f"{since}.rupee_months", row.rupee_months
        yield f"{since}.advance_months", row.advance_months
