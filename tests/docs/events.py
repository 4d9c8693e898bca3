"""
The document of all events and refusals, written from the catalogue, the posting rules and the refusals themselves.

Run `.venv/bin/python -m tests.docs.events` from the root of the repository after any of them changed; a test compares.
"""

import inspect
from collections.abc import Iterable, Iterator
from typing import get_type_hints

from domain.catalogue import AGGREGATES, EVENTS, EventType
from domain.errors import LedgerError
from domain.posting_rules import POSTING_RULES
from tests.refusals import CATEGORIES, ROOT, own_docstring, refusals

DOCUMENT = ROOT / "docs/events.md"

AGGREGATE_OF = {
    "domain.amendment": "order",
    "domain.claim": "dispute",
    "domain.evidence": "dispute",
    "domain.handlers.holds": "hold",
    "domain.handlers.proposals": "release",
    "domain.proposal": "release",
    "domain.rule_checks": "rulebook",
}
"""The aggregate that a module's refusals are about, where its name doesn't begin with the aggregate's."""

ELSEWHERE = {
    "domain": "Values, references and sides",
    "ledger": "The recorded log and its door",
    "projections": "The read side",
    "api": "Files, requests and processes",
}
"""By package: what its refusals are about that are about no one aggregate."""

OPENING = """\
# Events and refusals

Everything that can happen in a book, and every way in which the ledger says no. Topics and codes are permanent. An
event's schema is its present version; what it posts is in its entry, balanced per currency. A refusal leaves no trace;
its category says what kind of no it is: the value can't mean anything (malformed), there is no such thing (not found),
this party may not (forbidden), a rule says no in the present state (refused), somebody was first (conflict), try the
same again later (unavailable).

Written by `python -m tests.docs.events`; a test compares it with the code.
"""


def document() -> str:
    """Return the whole document."""
    said = [cls for cls in refusals() if "code" in vars(cls)]
    sections = [_aggregate(kind, [cls for cls in said if _about(cls) == kind]) for kind in AGGREGATES]
    sections += [_section(title, [cls for cls in said if _about(cls) == title]) for title in ELSEWHERE.values()]
    return "\n".join([OPENING, *sections])  # each ends with the newline of its last table


def _about(refusal: type[LedgerError]) -> str:
    module = refusal.__module__
    package, _, name = module.partition(".")
    kind = AGGREGATE_OF.get(module) or name.partition("_")[0]
    return kind if package == "domain" and kind in AGGREGATES else ELSEWHERE[package]


def _aggregate(kind: str, said: Iterable[type[LedgerError]]) -> str:
    aggregate = get_type_hints(AGGREGATES[kind])["return"]
    events = [event_type for event_type in EVENTS if event_type.topic.startswith(f"{kind}.")]
    table = _table(("event", "schema", "what happened", "posts"), (_event(event_type) for event_type in events))
    return "\n".join([f"## {kind}\n", f"{_sentence(own_docstring(aggregate))}\n", table, *_refusals(said)])


def _section(title: str, said: Iterable[type[LedgerError]]) -> str:
    return "\n".join([f"## {title}\n", *_refusals(said)])


def _refusals(said: Iterable[type[LedgerError]]) -> Iterator[str]:
    rows = [(f"`{cls.code}`", _category(cls), _sentence(own_docstring(cls))) for cls in said]
    if rows:
        yield _table(("refusal", "category", "rule"), sorted(rows))


def _event(event_type: EventType) -> tuple[str, ...]:
    rule = POSTING_RULES[event_type.topic, event_type.schema]
    posts = _sentence(inspect.getdoc(rule) or "") if rule else "-"
    return f"`{event_type.topic}`", str(event_type.schema), _sentence(own_docstring(event_type.cls)), posts


def _category(refusal: type[LedgerError]) -> str:
    names = {"NotFound": "not found"}
    found = next((cls.__name__ for cls in CATEGORIES if issubclass(refusal, cls)), "defect")
    return names.get(found, found.lower())


def _sentence(docstring: str) -> str:
    """Return a docstring's first paragraph on one line."""
    return " ".join(docstring.partition("\n\n")[0].split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    ruled = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in ruled)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
