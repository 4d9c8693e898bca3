"""The document of all events and refusals says what the code says, of each once."""

import re

import pytest

from domain.catalogue import EVENTS, EventType
from tests.docs.events import AGGREGATE_OF, DOCUMENT, document
from tests.refusals import refusals

WRITTEN = document()


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == WRITTEN, "run `python -m tests.docs.events`"


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event_type: event_type.topic)
def test_every_event_stands_in_it_once_under_its_aggregate(event_type: EventType) -> None:
    assert WRITTEN.count(f"| `{event_type.topic}` | {event_type.schema} |") == 1
    section = next(part for part in WRITTEN.split("\n## ") if f"`{event_type.topic}` |" in part)
    assert section.splitlines()[0] == event_type.topic.partition(".")[0]


def test_every_refusal_stands_in_it_once() -> None:
    codes = [cls.code for cls in refusals() if "code" in vars(cls)]
    rows = re.findall(r"^\| `([a-z._-]+)` \| [a-z ]+ \|", WRITTEN, re.MULTILINE)
    assert sorted(rows) == sorted(codes)


def test_no_cell_is_empty() -> None:
    assert "|  |" not in WRITTEN


def test_every_module_that_is_assigned_to_an_aggregate_refuses_something() -> None:
    assert set(AGGREGATE_OF) <= {cls.__module__ for cls in refusals()}
