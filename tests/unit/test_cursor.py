"""Cursors: what they say comes back, and whatever else is handed in is malformed, whatever it is."""

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.listing.cursor import CHARACTERS_MAX, CursorMalformed, Text, Whole, bound_to, cursor_text, read_cursor

BINDING = bound_to("main", "/v1/books/main/orders")
INSTANTS = st.none() | st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - drawn
KEYS = st.integers(0, 2**63 - 1) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=99
)


@given(st.integers(0, 2**63 - 1), INSTANTS, KEYS)
def test_a_cursor_says_what_was_put_into_it(position: int, instant: datetime | None, key: int | str) -> None:
    read = read_cursor(cursor_text(BINDING, position, instant, key), binding=BINDING)
    assert (read.position, read.instant) == (position, instant)
    assert read.key_as(Whole if isinstance(key, int) else Text) == key


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_other_questions_are_bound_otherwise(one: list[str], other: list[str]) -> None:
    assert (bound_to(*one) == bound_to(*other)) is (one == other)


def test_a_cursor_of_another_question_is_malformed() -> None:
    with pytest.raises(CursorMalformed):
        read_cursor(cursor_text(bound_to("other"), 1, None, 1), binding=BINDING)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_cursor_is_malformed(text: str) -> None:
    with pytest.raises(CursorMalformed):
        read_cursor(text, binding=BINDING)


@given(st.data())
def test_a_changed_cursor_is_another_one_or_malformed(data: st.DataObject) -> None:
    text = cursor_text(BINDING, 7, None, 3)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters()) + text[at + 1 :]
    try:
        read = read_cursor(changed, binding=BINDING)
        key = read.key_as(Whole)
    except CursorMalformed:
        return
    assert (0 <= read.position < 2**63, 0 <= key < 2**63) == (True, True)


@pytest.mark.parametrize("key", [-1, 2**63, "text", 1.5, None, [1], {}])
def test_a_key_of_another_kind_is_malformed(key: Any) -> None:
    with pytest.raises(CursorMalformed):
        read_cursor(cursor_text(BINDING, 1, None, key), binding=BINDING).key_as(Whole)


@pytest.mark.parametrize("key", ["\0", "x" * 1_001, 1])
def test_a_text_that_no_database_takes_is_malformed(key: Any) -> None:
    with pytest.raises(CursorMalformed):
        read_cursor(cursor_text(BINDING, 1, None, key), binding=BINDING).key_as(Text)


@pytest.mark.parametrize(
    "said",
    [
        [BINDING, -1, None, 1, 1],
        [BINDING, 2**63, None, 1, 1],
        [BINDING, 1, "2026-01-01T00:00:00", 1, 1],
        [BINDING, 1, None, 1, 2],
        [BINDING, 1, None],
        {},
    ],
)
def test_a_cursor_with_a_part_that_cannot_be_meant_is_malformed(said: Any) -> None:
    text = base64.urlsafe_b64encode(msgspec.json.encode(said)).decode()
    with pytest.raises(CursorMalformed):
        read_cursor(text, binding=BINDING)


def test_a_cursor_is_never_long() -> None:
    with pytest.raises(CursorMalformed):
        read_cursor("A" * (CHARACTERS_MAX + 1), binding=BINDING)
