"""A leaf read back: the one event that it says, or a refusal."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.transparency import Leaf, LeafMalformed, leaf_bytes, parse_leaf

numbers = st.integers(0, 2**64 - 1)
texts = st.text(st.characters(codec="utf-8"), max_size=40)
leaves = st.builds(Leaf, numbers, texts, numbers, texts, st.binary(max_size=300))

SAID = Leaf(7, "hold:PO-1", 2, "hold.released", b'{"schema":1}')


@given(leaves)
def test_leaf_says_the_event_that_it_was_made_of(said: Leaf) -> None:
    assert parse_leaf(leaf_bytes(*said)) == said


@given(leaves, st.data())
def test_no_other_bytes_say_the_same_event(said: Leaf, data: st.DataObject) -> None:
    leaf = bytearray(leaf_bytes(*said))
    index = data.draw(st.integers(0, len(leaf) - 1))
    leaf[index] ^= data.draw(st.integers(1, 255))
    with suppress(LeafMalformed):
        other = parse_leaf(bytes(leaf))
        assert other != said
        assert leaf_bytes(*other) == leaf


@pytest.mark.parametrize("length", range(len(leaf_bytes(*SAID))))
def test_leaf_cut_short_is_refused(length: int) -> None:
    with pytest.raises(LeafMalformed):
        parse_leaf(leaf_bytes(*SAID)[:length])


@pytest.mark.parametrize(
    ("offset", "replacement"),
    [
        (0, b"\0"),
        (0, b"\2"),
        (9, struct.pack(">H", 65_535)),
        (11, b"\xff"),
        (len(leaf_bytes(*SAID)), b"\0"),
        (len(leaf_bytes(*SAID)), b"\0" * 65_536),
    ],
    ids=[
        "format 0",
        "format 2",
        "a length beyond the end",
        "not UTF-8",
        "a byte after it",
        "longer than a leaf may be",
    ],
)
def test_bytes_that_are_no_leaf_are_refused(offset: int, replacement: bytes) -> None:
    leaf = leaf_bytes(*SAID)
    with pytest.raises(LeafMalformed):
        parse_leaf(leaf[:offset] + replacement + leaf[offset + len(replacement) :])
