"""
Golden files: what was stored once is read for ever, to the byte, and posts what it posted then.

To add an event or schema version, follow the docstring of tests/golden/examples.py. No golden file is ever edited.
"""

import msgspec
import pytest

from domain.aggregate import Event
from domain.catalogue import BY_TOPIC, EVENTS, EventType
from domain.envelope import decode, encode
from domain.journal import Entry
from domain.posting_rules import POSTING_RULES, post
from tests.golden.examples import EXAMPLES, GOLDEN, MANIFEST, UPCAST, digests, enveloped, stem

ALL = pytest.mark.parametrize("event_type", EVENTS, ids=lambda event_type: event_type.topic)


def example(event_type: EventType) -> tuple[str, Event]:
    return EXAMPLES[event_type.topic]


@ALL
def test_every_version_of_an_event_has_a_golden_file(event_type: EventType) -> None:
    for version in range(1, event_type.schema + 1):
        assert (GOLDEN / "events" / f"{event_type.topic}.v{version}.json").is_file()


@ALL
def test_golden_bytes_are_read_as_the_event_they_were_written_from(event_type: EventType) -> None:
    _, event = example(event_type)
    stored = (GOLDEN / "events" / stem(event)).read_bytes()
    assert decode(event_type.topic, stored) == enveloped(event)


@ALL
def test_an_event_is_written_as_its_golden_bytes(event_type: EventType) -> None:
    _, event = example(event_type)
    stored = (GOLDEN / "events" / stem(event)).read_bytes()
    assert encode(enveloped(event)) == stored
    assert encode(decode(event_type.topic, stored)) == stored


def test_older_golden_bytes_are_read_as_the_event_of_today() -> None:
    for (topic, version), event in UPCAST.items():
        stored = (GOLDEN / "events" / f"{topic}.v{version}.json").read_bytes()
        assert decode(topic, stored) == msgspec.structs.replace(enveloped(event), schema=version)


def test_every_older_version_says_what_it_is_read_as() -> None:
    assert set(UPCAST) == {(t.topic, version) for t in EVENTS for version in range(1, t.schema)}


@ALL
def test_an_event_posts_its_golden_entry_and_no_other_has_one(event_type: EventType) -> None:
    reference, event = example(event_type)
    golden = GOLDEN / "entries" / stem(event)
    posted = post(reference, event)
    assert golden.is_file() is (posted is not None)
    if posted:
        assert msgspec.json.decode(golden.read_bytes(), type=Entry) == posted
        assert msgspec.json.encode(posted) == golden.read_bytes()


def test_every_posting_rule_ever_shipped_has_a_golden_entry() -> None:
    posting = {f"{topic}.v{schema}.json" for (topic, schema), rule in POSTING_RULES.items() if rule}
    assert posting == {path.name for path in (GOLDEN / "entries").iterdir()}


def test_golden_files_are_only_ever_added() -> None:
    listed = msgspec.json.decode(MANIFEST.read_bytes(), type=dict[str, str])
    assert digests() == listed


def test_there_is_no_golden_file_of_an_unknown_event() -> None:
    names = {path.name for path in (GOLDEN / "events").iterdir()}
    assert names == {f"{t.topic}.v{version}.json" for t in EVENTS for version in range(1, t.schema + 1)}
    assert set(EXAMPLES) == set(BY_TOPIC)
