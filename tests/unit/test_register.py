"""The register of what proves a log: what its lines come to, whichever way they are gone through."""

import hashlib
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.register import NO_LINES, Register, folded

DIGESTS = st.lists(st.binary(min_size=32, max_size=32), max_size=6)


def test_a_line_is_folded_over_all_before_it() -> None:
    first = hashlib.sha256(b"a" * 32).digest()
    second = hashlib.sha256(first + b"b" * 32).hexdigest()
    assert folded(NO_LINES, [b"a" * 32, b"b" * 32]) == Register(2, second)


@given(DIGESTS, st.integers(0, 6))
def test_lines_come_to_the_same_in_parts(digests: list[bytes], cut: int) -> None:
    assert folded(folded(NO_LINES, digests[:cut]), digests[cut:]) == folded(NO_LINES, digests)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=4, unique=True))
def test_no_two_orders_come_to_the_same(digests: list[bytes]) -> None:
    orders = list(permutations(digests))
    assert len({folded(NO_LINES, order) for order in orders}) == len(orders)
