"""Laws of disputes that need no story: what a seal covers, and how money falls to claims."""

from hypothesis import given
from hypothesis import strategies as st

from domain.claim import Claim
from domain.dispute import Dispute
from domain.evidence import Evidence, seal
from tests.given import AT

hashes = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
pieces = st.lists(st.tuples(hashes, st.sampled_from(("buyer", "exporter")), st.integers(1, 9)), min_size=1, max_size=6)


def evidence(drawn: list[tuple[str, str, int]]) -> list[Evidence]:
    """Return pieces numbered from 1."""
    return [
        Evidence(
            number=number,
            claim=1,
            by="buyer" if side == "buyer" else "exporter",
            request=0,
            sha256=sha256,
            media_type="image/jpeg",
            size_bytes=size_bytes,
            late=False,
        )
        for number, (sha256, side, size_bytes) in enumerate(drawn, start=1)
    ]


@given(pieces)
def test_a_seal_knows_no_order_and_no_other_set_has_it(drawn: list[tuple[str, str, int]]) -> None:
    known = evidence(drawn)
    by_hash = sorted(known, key=lambda piece: piece.sha256)
    assert seal(by_hash) == seal(known) == seal(reversed(known))
    assert seal(known[:-1]) != seal(known)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5), st.integers(1, 600), st.integers(0, 600))
def test_what_falls_to_claims_is_never_more_than_there_is_nor_than_each_lacks(
    amounts: list[int], aside_minor: int, taken_minor: int
) -> None:
    claims = tuple(
        Claim(number=number, kind="quality", line=0, quantity=0, amount_minor=minor)
        for number, minor in enumerate(amounts, start=1)
    )
    dispute = Dispute(
        reference="dispute:PO-1/1",
        order="order:PO-1",
        buyer="P-1",
        exporter="P-2",
        currency="USD",
        opened_at=AT,
        claims=claims,
    )
    shared = {one.claim: one.amount_minor for one in dispute.share_out(aside_minor)}
    assert sum(shared.values()) == min(aside_minor, sum(amounts))
    assert all(shared.get(claim.number, 0) <= claim.amount_minor for claim in claims)
    satisfied = dispute.satisfy(taken_minor, left_minor=aside_minor)
    parts = {one.claim: one.amount_minor for one in satisfied.amounts}
    left = {one.claim: one.amount_minor for one in satisfied.set_aside}
    assert sum(parts.values()) == min(taken_minor, sum(amounts))
    assert all(parts.get(claim.number, 0) + left.get(claim.number, 0) <= claim.amount_minor for claim in claims)
