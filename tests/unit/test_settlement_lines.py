"""What lines of settlements are: by reference and amount, alone or together; and of which kind where nothing is."""

from collections.abc import Sequence

import pytest

from api.reconciling.settlement_lines import Explained, Sought, explained
from domain.reconciliation_break import Found
from projections.payouts import PayoutRow
from projections.reconciliation_rows import OpenItemRow
from projections.settlements import SettlementLineRow
from tests.settlement_worlds import DAY, item, line, payout, settlement

LAST_MONTH = DAY.replace(month=10)


def explain(
    lines: Sequence[SettlementLineRow],
    items: Sequence[OpenItemRow] = (),
    *,
    payouts: Sequence[PayoutRow] = (),
    known: frozenset[tuple[str, str]] = frozenset(),
) -> Explained:
    (only,) = explained([(settlement(), lines)], Sought(items, payouts, known))
    return only


def kind_of_one(lines: Sequence[SettlementLineRow], items: Sequence[OpenItemRow] = (), **sought: object) -> Found:
    (found,) = explain(lines, items, **sought).found  # type: ignore[arg-type]
    return found


def said(found: Explained) -> list[tuple[int, str, int, int]]:
    return [(part.line, part.item, part.amount_minor, part.of_minor) for part in found.parts]


@pytest.mark.parametrize(
    "paid", [line(1, 500, "PO-1"), line(1, 500, "", "ch_1"), line(1, 500, "PO-1", "ch_9"), line(1, 500, "ch_1")]
)
def test_a_line_is_the_posting_of_its_reference_and_amount(paid: SettlementLineRow) -> None:
    posted = item("PO-1", 500, "ch_1")
    assert said(explain([paid], [posted])) == [(1, posted.item, 500, 500)]


def test_the_payments_own_reference_comes_before_the_orders() -> None:
    first, second = item("PO-1", 500, "ch_1"), item("PO-1", 500, "ch_2", version=3)
    found = explain([line(1, 500, "PO-1", "ch_2"), line(2, 500, "PO-1", "ch_1")], [first, second])
    assert said(found) == [(1, second.item, 500, 500), (2, first.item, 500, 500)]


def test_equal_amounts_are_paired_before_the_rest_is_poured() -> None:
    items = [item("PO-1", 700), item("PO-1", 300, version=3), item("PO-1", 200, version=4)]
    found = explain([line(1, 400, "PO-1"), line(2, 300, "PO-1"), line(3, 500, "PO-1")], items)
    assert (2, items[1].item, 300, 300) in said(found)
    assert found.lines == 3
    assert found.found == []


def test_what_is_open_counts_not_the_whole() -> None:
    posted = item("PO-1", 500, settled_minor=200)
    assert said(explain([line(1, 300, "PO-1")], [posted])) == [(1, posted.item, 300, 500)]


def test_what_one_settlement_is_no_other_is() -> None:
    posted = item("PO-1", 500)
    both = [(settlement(), [line(1, 500, "PO-1")]), (settlement("stripe/po_2"), [line(1, 500, "PO-1")])]
    first, second = explained(both, Sought([posted], (), frozenset()))
    assert (first.lines, second.lines) == (1, 0)
    assert [found.kind for found in second.found] == ["missing_in_ledger"]


def test_a_payout_that_the_provider_paid_is_a_line() -> None:
    found = explain([line(1, -500, "P-1", kind="refund")], payouts=[payout("P-1", 500)])
    assert said(found) == [(1, "payout:P-1", -500, 0)]
    other = [payout("P-1", 500, currency="EUR")]
    assert kind_of_one([line(1, -500, "P-1", kind="refund")], payouts=other).kind == "missing_in_ledger"
    assert kind_of_one([line(1, -499, "P-1", kind="refund")], payouts=[payout("P-1", 500)]).kind == "missing_in_ledger"


@pytest.mark.parametrize(
    ("wrong", "items", "kind"),
    [
        (line(1, 500, "PO-1"), [], "missing_in_ledger"),
        (line(1, 500), [item("PO-1", 500)], "missing_in_ledger"),
        (line(1, -500, "PO-1", kind="refund"), [item("PO-1", 500)], "missing_in_ledger"),
        (line(1, 499, "PO-1"), [item("PO-1", 500)], "amount"),
        (line(1, 500, "PO-1"), [item("PO-1", 500, currency="EUR")], "fx"),
        (line(1, 500, "PO-1"), [item("PO-1", 500, account="clearing:card")], "wrong_account"),
        (line(1, -500, "PO-1", kind="refund"), [item("PO-1", -500, on=LAST_MONTH)], "refund_out_of_period"),
        (line(1, 500, "PO-1", was_reopened=True), [item("PO-1", 500)], "ambiguous"),
        (line(0, -80, kind="difference"), [], "amount"),
    ],
)
def test_what_nothing_explains_is_of_a_kind(wrong: SettlementLineRow, items: list[OpenItemRow], kind: str) -> None:
    found = kind_of_one([wrong], items)
    assert (found.kind, found.amount_minor) == (kind, wrong.to_explain_minor)
    assert found.subject == f"settlement_line:stripe/po_1/{wrong.number}"


def test_a_payment_of_another_month_is_what_it_is() -> None:
    posted = item("PO-1", 500, on=LAST_MONTH)
    assert said(explain([line(1, 500, "PO-1")], [posted])) == [(1, posted.item, 500, 500)]


def test_a_payment_that_another_line_was_is_a_duplicate() -> None:
    known = frozenset({("ch_1", "payment")})
    assert kind_of_one([line(1, 500, "PO-1", "ch_1")], known=known).kind == "duplicate"
    assert kind_of_one([line(1, -500, "PO-1", "ch_1", kind="refund")], known=known).kind == "missing_in_ledger"


def test_candidates_say_by_how_much_they_differ() -> None:
    found = kind_of_one([line(1, 499, "PO-1")], [item("PO-1", 500), item("PO-1", 800, version=3)])
    assert [candidate.difference_minor for candidate in found.candidates] == [-1, -301]


def test_a_line_ages_from_its_own_day_else_from_that_of_the_settlement() -> None:
    assert kind_of_one([line(1, 5, on=LAST_MONTH)]).since == LAST_MONTH
    assert kind_of_one([line(1, 5, on=None)]).since == DAY
