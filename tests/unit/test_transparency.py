"""The Merkle tree against RFC 6962: its definition, its published values, and our leaf's bytes written out by hand."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import book, envelope
from ledger.transparency import (
    EMPTY_ROOT,
    LEAF_BYTES_MAX,
    LEAF_FORMAT,
    Frontier,
    LeafTooLong,
    leaf_bytes,
    leaf_hash,
    node_hash,
)
from tests.books import frontier_root, merkle_root


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(b"leaf %d" % number) for number in range(count)]


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def read_vectors(path: Path) -> dict[str, Any]:
    if not path.is_file():
        pytest.skip(f"no published vectors at {path}")
    vectors: dict[str, Any] = json.loads(path.read_bytes())
    return vectors


# Values of Certificate Transparency's own tests (transparency-dev/merkle, rfc6962/rfc6962_test.go).


def test_root_of_an_empty_log_is_the_published_one() -> None:
    published = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY_ROOT.hex() == Frontier().root().hex() == published


def test_hash_of_an_empty_leaf_is_the_published_one() -> None:
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_hash_of_a_leaf_is_the_published_one() -> None:
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"


def test_hash_of_a_node_is_the_published_one() -> None:
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_root_of_every_size_of_the_reference_tree_is_the_published_one(shared_data: Path) -> None:
    reference = read_vectors(shared_data / "proofs" / "rfc6962_8_leaf_reference.json")
    frontier = Frontier()
    roots = [frontier.root().hex()]
    for leaf in reference["leaf_inputs_hex"]:
        frontier.append(leaf_hash(bytes.fromhex(leaf)))
        roots.append(frontier.root().hex())
    assert roots == reference["root_by_size_hex"]


def root_by_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return what root an inclusion proof leads to: RFC 9162, section 2.1.3.2."""
    root, last = leaf, size - 1
    for step in proof:
        if index & 1 or index == last:
            root = node_hash(step, root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = node_hash(root, step)
        index, last = index >> 1, last >> 1
    return root


def test_published_proofs_lead_from_our_leaf_hashes_to_our_roots(shared_data: Path) -> None:
    proofs = shared_data / "proofs"
    vectors = read_vectors(proofs / "merkle_vectors.json")["vectors"]
    inputs = read_vectors(proofs / "rfc6962_8_leaf_reference.json")["leaf_inputs_hex"]
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in inputs]
    happy = [each for each in vectors if each["id"].startswith("inclusion/") and each["desc"] == "happy path"]
    assert len(happy) == 5
    for vector in happy:
        index, size = vector["leafIdx"], vector["treeSize"]
        root, leaf = base64.b64decode(vector["root"]), base64.b64decode(vector["leafHash"])
        assert leaf == leaves[index]
        assert root == grown(leaves[:size]).root()
        assert root == root_by_proof(leaf, index, size, [base64.b64decode(step) for step in vector["proof"] or ()])


def test_published_consistent_roots_are_roots_of_one_growing_frontier(shared_data: Path) -> None:
    proofs = shared_data / "proofs"
    vectors = read_vectors(proofs / "merkle_vectors.json")["vectors"]
    inputs = read_vectors(proofs / "rfc6962_8_leaf_reference.json")["leaf_inputs_hex"]
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in inputs]
    happy = [each for each in vectors if each["id"].startswith("consistency/") and each["desc"] == "happy path"]
    assert len(happy) == 5
    for vector in happy:
        for size, root in ((vector["size1"], vector["root1"]), (vector["size2"], vector["root2"])):
            assert grown(leaves[:size]).root() == base64.b64decode(root)


# The frontier.


@pytest.mark.parametrize("size", range(131))
def test_frontier_has_the_root_of_the_naive_definition(size: int) -> None:
    leaves = hashes(size)
    frontier = grown(leaves)
    assert frontier.size == size
    assert frontier.root() == merkle_root(leaves)
    assert frontier_root(size, frontier.stored()) == merkle_root(leaves)


@given(batches=st.lists(st.integers(min_value=0, max_value=40), max_size=8))
def test_frontier_is_independent_of_batch_sizes(batches: list[int]) -> None:
    leaves = hashes(sum(batches))
    stored, size = b"", 0
    for batch in batches:
        frontier = Frontier(size, stored)
        for leaf in leaves[size : size + batch]:
            frontier.append(leaf)
        stored, size = frontier.stored(), frontier.size
    assert size == len(leaves)
    assert stored == grown(leaves).stored()


@pytest.mark.parametrize("size", range(131))
def test_frontier_comes_back_from_its_stored_bytes(size: int) -> None:
    frontier = grown(hashes(size))
    again = Frontier(size, frontier.stored())
    assert (again.size, again.root(), again.stored()) == (size, frontier.root(), frontier.stored())


@pytest.mark.parametrize(("size", "stored"), [(0, b"x" * 32), (1, b""), (3, b"x" * 32), (2, b"x" * 31)])
def test_frontier_that_cannot_belong_to_its_size_is_refused(size: int, stored: bytes) -> None:
    with pytest.raises(ValueError, match="don't belong"):
        Frontier(size, stored)


# The leaf.


class Event(NamedTuple):
    position: int
    originator_id: str
    version: int
    topic: str
    state: bytes


def read_leaf(leaf: bytes) -> Event:
    """Read a leaf back, independently of the code that wrote it."""
    assert leaf[0] == 1
    position, rest = int.from_bytes(leaf[1:9]), leaf[9:]
    length, rest = int.from_bytes(rest[:2]), rest[2:]
    originator_id, rest = rest[:length].decode(), rest[length:]
    version, rest = int.from_bytes(rest[:8]), rest[8:]
    length, rest = int.from_bytes(rest[:2]), rest[2:]
    topic, rest = rest[:length].decode(), rest[length:]
    length, state = int.from_bytes(rest[:4]), rest[4:]
    assert len(state) == length
    return Event(position, originator_id, version, topic, state)


EVENTS = st.builds(
    Event,
    position=st.integers(min_value=1, max_value=2**64 - 1),
    originator_id=st.text(max_size=20),
    version=st.integers(min_value=0, max_value=2**64 - 1),
    topic=st.text(max_size=20),
    state=st.binary(max_size=40),
)


def test_leaf_is_laid_out_byte_for_byte_as_designed() -> None:
    leaf = leaf_bytes(7, "order:PÖ-1", 3, "order.placed", b'{"schema":1}')
    assert leaf == (
        b"\x01"
        b"\x00\x00\x00\x00\x00\x00\x00\x07"
        b"\x00\x0border:P\xc3\x96-1"
        b"\x00\x00\x00\x00\x00\x00\x00\x03"
        b"\x00\x0corder.placed"
        b"\x00\x00\x00\x0c"
        b'{"schema":1}'
    )


def test_leaf_begins_with_the_format_that_a_book_declares() -> None:
    assert leaf_bytes(1, "", 1, "", b"")[0] == LEAF_FORMAT == book.LEAF_FORMAT


@given(event=EVENTS)
def test_leaf_tells_every_field_of_its_event_so_no_two_events_share_one(event: Event) -> None:
    assert read_leaf(leaf_bytes(*event)) == event


@given(event=EVENTS, other=EVENTS)
def test_leaves_are_equal_only_for_equal_events(event: Event, other: Event) -> None:
    assert (leaf_bytes(*event) == leaf_bytes(*other)) == (event == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Event(1, "order:1", 1, "1", b""), Event(1, "order:11", 1, "", b"")),
        (Event(1, "a", 1, "bc", b"d"), Event(1, "a", 1, "b", b"cd")),
        (Event(1, "a", 12, "b", b""), Event(11, "a", 2, "b", b"")),
    ],
)
def test_moving_a_character_to_the_next_field_makes_another_leaf(one: Event, other: Event) -> None:
    assert leaf_hash(leaf_bytes(*one)) != leaf_hash(leaf_bytes(*other))


def test_leaf_of_exactly_the_limit_is_taken_and_one_byte_more_is_refused() -> None:
    overhead = len(leaf_bytes(1, "order:1", 1, "order.placed", b""))
    fits = leaf_bytes(1, "order:1", 1, "order.placed", b"x" * (LEAF_BYTES_MAX - overhead))
    assert len(fits) == 65_535
    with pytest.raises(LeafTooLong, match="order:1 version 1: 65536 bytes"):
        leaf_bytes(1, "order:1", 1, "order.placed", b"x" * (LEAF_BYTES_MAX - overhead + 1))


def test_longest_state_leaves_room_for_the_longest_names() -> None:
    longest_reference = f"payee:{'x' * 64}/USD"
    longest_topic = "x" * 64
    assert len(leaf_bytes(2**64 - 1, longest_reference, 2**64 - 1, longest_topic, b"")) < (
        LEAF_BYTES_MAX - envelope.STATE_BYTES_MAX
    )


def test_leaf_and_node_hashes_are_told_apart_by_their_first_byte() -> None:
    left, right = hashes(2)
    assert leaf_hash(left + right) == hashlib.sha256(b"\0" + left + right).digest()
    assert node_hash(left, right) == hashlib.sha256(b"\1" + left + right).digest()
    assert leaf_hash(left + right) != node_hash(left, right)
