"""Laws of settlements: nothing is explained twice or beyond itself, and what is posted comes to what was said."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.reconciling.settlement_lines import Sought, explained
from domain.commitment import Commitment
from domain.posting_rules import post
from domain.settlement import FEES, TAXES, SettlementPart, SettlementTold, record
from domain.settlement_events import LineKind, SettledLine
from projections.reconciliation_rows import OpenItemRow
from projections.settlements import SettlementLineRow
from tests.settlement_worlds import DAY, item, line, payout, settlement

ORDERS = ("PO-1", "PO-2", "")
PAYMENTS = ("ch_1", "ch_2", "")
AMOUNTS = st.sampled_from([-300, -200, -100, 100, 200, 300, 400])
DAYS = st.integers(-40, 0).map(lambda days: DAY + timedelta(days=days))
DETAIL = Commitment("d" * 64)


@st.composite
def items(draw: st.DrawFn) -> list[OpenItemRow]:
    """Draw postings of a few orders, some on another account or in another currency."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(ORDERS[:2]), AMOUNTS, st.sampled_from(PAYMENTS), DAYS), max_size=8))
    places = st.tuples(
        st.sampled_from(["clearing:stripe"] * 4 + ["clearing:card"]), st.sampled_from(["USD"] * 4 + ["EUR"])
    )
    found = []
    for version, (order, minor, payment, on) in enumerate(drawn, start=2):
        account, currency = draw(places)
        found.append(item(order, minor, payment, version=version, account=account, currency=currency, on=on))
    return found


@st.composite
def lines(draw: st.DrawFn) -> list[SettlementLineRow]:
    """Draw lines that name the same orders and payments, or none."""
    each = st.tuples(AMOUNTS, st.sampled_from((*ORDERS, "P-1")), st.sampled_from(PAYMENTS), DAYS, st.booleans())
    return [
        line(number, minor, order, payment, on=on, was_reopened=again and number % 3 == 0)
        for number, (minor, order, payment, on, again) in enumerate(draw(st.lists(each, max_size=10)), start=1)
    ]


@given(lines(), lines(), items(), st.sampled_from([100, 200]))
def test_every_line_is_explained_wholly_or_told_once_and_nothing_is_used_up_twice(
    first: list[SettlementLineRow], second: list[SettlementLineRow], posted: list[OpenItemRow], owed_minor: int
) -> None:
    settlements = [(settlement("stripe/po_1"), first), (settlement("stripe/po_2"), second)]
    done = explained(settlements, Sought(posted, [payout("P-1", owed_minor)], frozenset()))
    used: Counter[str] = Counter()
    for (_, of), each in zip(settlements, done, strict=True):
        sums: Counter[int] = Counter()
        for part in each.parts:
            sums[part.line] += part.amount_minor
            used[part.item] += part.amount_minor
        told = [int(found.subject.rpartition("/")[2]) for found in each.found]
        assert sorted([*sums, *told]) == sorted(one.number for one in of)
        assert all(sums[one.number] == one.to_explain_minor for one in of if one.number in sums)
        assert not any(one.was_reopened for one in of if one.number in sums)
    whole = {one.item: one for one in posted}
    for name, minor in used.items():
        due_minor = -owed_minor if name == "payout:P-1" else whole[name].of_minor
        assert (minor > 0) == (due_minor > 0)
        assert abs(minor) <= abs(due_minor)
        if name in whole:
            assert (whole[name].account, whole[name].currency) == ("clearing:stripe", "USD")


@given(st.lists(st.tuples(AMOUNTS, st.booleans()), min_size=1, max_size=12), st.randoms())
def test_lines_that_each_have_a_posting_of_their_own_are_all_explained(
    drawn: list[tuple[int, bool]], random: object
) -> None:
    posted = [item(f"PO-{number}", minor, f"ch_{number}") for number, (minor, _) in enumerate(drawn, start=1)]
    of = [
        line(number, minor, "" if by_payment else f"PO-{number}", f"ch_{number}" if by_payment else "")
        for number, (minor, by_payment) in enumerate(drawn, start=1)
    ]
    random.shuffle(posted)  # type: ignore[attr-defined]
    random.shuffle(of)  # type: ignore[attr-defined]
    (done,) = explained([(settlement(), of)], Sought(posted, (), frozenset()))
    assert (done.lines, done.found) == (len(of), [])


KINDS: list[LineKind] = ["payment", "refund", "chargeback", "fee", "adjustment"]
NUMBERS = st.integers(-(10**9), 10**9)


@st.composite
def settled_lines(draw: st.DrawFn) -> list[SettledLine]:
    """Draw lines as providers write them, right or not."""
    each = st.tuples(st.sampled_from(KINDS), NUMBERS, NUMBERS, NUMBERS, NUMBERS)
    return [
        SettledLine(
            number=number, line=number, kind=kind, gross_minor=gross, fee_minor=fee, tax_minor=tax, net_minor=net
        )
        for number, (kind, gross, fee, tax, net) in enumerate(draw(st.lists(each, min_size=1, max_size=9)), start=1)
    ]


@given(settled_lines(), st.none() | NUMBERS, st.sampled_from(TAXES))
def test_what_is_posted_is_what_is_paid_out_and_what_was_taken(
    of: list[SettledLine], net_minor: int | None, tax_account: str
) -> None:
    told = SettlementTold(
        currency="USD",
        mapping="own",
        file_sha256="e" * 64,
        net_minor=net_minor,
        tax_account=tax_account,
        detail=DETAIL,
    )
    parts = [SettlementPart(lines=tuple(of), detail=DETAIL)]
    event = record(None, reference="settlement:stripe/po_1", account="clearing:stripe", told=told, parts=parts)
    entry = post("settlement:stripe/po_1", event)
    sums = Counter({posting.account: posting.amount_minor for posting in entry.postings} if entry else {})
    tax_minor = sum(one.tax_minor for one in of)
    taken_minor = sum(one.fee_minor - (one.gross_minor if one.kind == "fee" else 0) for one in of)
    assert sums["clearing:stripe.settled"] == (sum(one.net_minor for one in of) if net_minor is None else net_minor)
    assert sums[FEES] == taken_minor + (tax_minor if tax_account == FEES else 0)
    assert sums["tax:gst-input"] == (0 if tax_account == FEES else tax_minor)
    to_explain = sum(one.gross_minor for one in of if one.kind != "fee") + event.difference_minor
    assert sums["clearing:stripe"] == -to_explain
    right = [replace(one, net_minor=one.gross_minor - one.fee_minor - one.tax_minor) for one in of]
    sound = record(
        None,
        reference="settlement:stripe/po_1",
        account="clearing:stripe",
        told=replace(told, net_minor=None),
        parts=[SettlementPart(lines=tuple(right), detail=DETAIL)],
    )
    assert sound.difference_minor == 0
