"""Orders are paid in parts: whoever pays one names the order, and only amounts tell the parts apart."""

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from domain.matching import OpenEntry, OpenItem, SettledItem, match
from tests.unit.test_matching import told

DAY = date(2026, 11, 10)


def said(entry: str, amount_minor: int, text: str = "PO-1001", *, days: int = 0, **fields: Any) -> OpenEntry:
    on = DAY + timedelta(days=days)
    whole = {"value_date": on, "booking_date": on, "remittance": text, "bank_reference": f"B{entry}", **fields}
    return OpenEntry(entry=entry, account="bank:safeguarded:hdfc", currency="USD", amount_minor=amount_minor, **whole)


def part(item: str, amount_minor: int, *, order: str = "PO-1001", days: int = 0, kind: str = "posting") -> OpenItem:
    return OpenItem(
        item=item,
        kind=kind,
        currency="USD",
        amount_minor=amount_minor,
        expected_on=DAY + timedelta(days=days),
        references=(order,),
        trade=order,
    )


def test_equal_parts_are_taken_by_day() -> None:
    entries = [said("E1", 50_000), said("E2", 50_000, days=5)]
    assert told(match(entries, [part("late", 50_000, days=5), part("early", 50_000)])) == [
        "shared_reference: E1 = early",
        "shared_reference: E2 = late",
    ]


def test_parts_that_differ_by_a_cent_are_not_taken_for_each_other_less_a_fee() -> None:
    items = [part("A", 82_309), part("B", 82_308, days=1), part("C", 82_308, days=2)]
    entries = [said("E1", 82_308, days=1), said("E2", 82_309), said("E3", 82_308, days=2)]
    assert told(match(entries, items)) == [
        "shared_reference: E2 = A",
        "shared_reference: E1 = B",
        "shared_reference: E3 = C",
    ]


def test_a_fee_and_a_split_are_found_though_the_rest_of_the_order_is_unpaid() -> None:
    rest = part("hold:PO-1001", 700_000, kind="expected")
    assert told(match([said("E1", 297_500)], [part("A", 300_000), rest]))[:1] == [
        "reference_less_fee: E1 = A fee -2500"
    ]
    halves = [said("E1", 100_000), said("E2", 200_000, days=1)]
    assert told(match(halves, [part("A", 300_000), rest]))[:1] == ["split: E1 E2 = A"]
    as_much = part("hold:PO-1001", 300_000, kind="expected")
    assert told(match(halves, [as_much, part("A", 300_000)]))[:1] == ["split: E1 E2 = A"]


def test_what_is_paid_comes_before_what_may_be() -> None:
    rest = part("hold:PO-1001", 300_000, days=-9, kind="expected")
    assert told(match([said("E1", 300_000)], [rest, part("A", 300_000)]))[:1] == ["shared_reference: E1 = A"]


def test_the_same_line_twice_never_pays_what_nobody_has_heard_of() -> None:
    items = [part("A", 300_000), part("hold:PO-1001", 300_000, kind="expected")]
    twice = [said("E1", 300_000), said("E2", 300_000, booking_date=DAY + timedelta(days=1))]
    assert told(match(twice, items))[:2] == ["shared_reference: E1 = A", "duplicate: E2"]
    two = [said("E1", 300_000), said("E2", 300_000, "balance of PO-1001", days=1)]
    assert told(match(two, items)) == ["shared_reference: E1 = A", "shared_reference: E2 = hold:PO-1001"]


def test_of_three_equal_parts_and_four_lines_the_repeated_one_is_left() -> None:
    items = [
        replace(part(name, 24_787, days=day), names=("Acme Textiles Ltd",))
        for name, day in (("A", 0), ("B", 0), ("C", 1))
    ]
    payer: dict[str, Any] = {"counterparty": "ACME TEXTILES LTD"}
    lines = [said("E1", 24_787, **payer), said("E2", 24_787, **payer), said("E3", 24_787, days=1, **payer)]
    again = said("E4", 24_787, days=1, booking_date=DAY + timedelta(days=2), **payer)
    assert told(match([*lines, again], items)) == [
        "shared_reference: E1 = A",
        "shared_reference: E2 = B",
        "shared_reference: E3 = C",
        "duplicate: E4",
    ]


def test_two_payments_for_one_part_are_for_a_person() -> None:
    entries = [said("E1", 300_000), said("E2", 300_000, "again for PO-1001", days=3)]
    assert not match(entries, [part("A", 300_000), part("B", 100_000)]).matched


def test_a_merged_payment_is_the_only_choice_of_parts_of_all_orders_that_it_names() -> None:
    items = [
        part("A1", 30_000), part("A2", 70_000, kind="expected"), part("B1", 11_000, order="PO-2002"),
        part("B2", 19_000, order="PO-2002"),
    ]  # fmt: skip
    merged = said("E1", 41_000, "PO-1001 + PO-2002")
    other = said("E2", 19_000, "PO-2002", days=1)
    assert told(match([merged, other], items))[:2] == ["merged: E1 = A1 B1", "shared_reference: E2 = B2"]
    assert not match([merged], [*items, part("A3", 22_000)]).matched
    claimed = said("E1", 49_000, "PO-1001 + PO-2002")
    assert told(match([claimed, other], items))[:1] == ["shared_reference: E2 = B2"]


def test_what_takes_one_of_two_debits_back_is_no_return() -> None:
    payout = OpenItem(
        item="payout:1", kind="payout", currency="USD", amount_minor=-100_000, expected_on=DAY, references=("P-1",)
    )
    debit = said("E1", -100_000, "", end_to_end_id="P-1")
    again = said("E2", -100_000, "", end_to_end_id="P-1", days=1)
    back = said("E3", 100_000, "", end_to_end_id="P-1", days=2, is_reversal=True)
    assert told(match([debit, again, back], [payout])) == [
        "end_to_end_id: E1 = payout:1",
        "duplicate: E2",
        "duplicate: E3",
    ]
    before = SettledItem(item=payout, entry="E1", settled_on=DAY)
    assert told(match([again, back], [], settled=[before])) == ["duplicate: E2", "duplicate: E3"]
    assert told(match([back], [], settled=[before])) == ["returned: E3 = payout:1 by E1"]


def test_a_repetition_is_one_though_the_order_has_more_to_pay() -> None:
    paid = SettledItem(item=part("A", 300_000), entry="E1", settled_on=DAY)
    rest = part("hold:PO-1001", 700_000, kind="expected")
    assert told(match([said("E2", 300_000, days=1)], [rest], settled=[paid]))[0] == "duplicate: E2"


def test_a_chargeback_and_a_payment_of_one_order_are_matched_each_by_itself() -> None:
    items = [part("A", 56_295), part("B", 75_060, days=1), part("back", -131_355, days=5)]
    entries = [said("E1", 56_295), said("E2", -131_355, days=5)]
    assert told(match(entries, items))[:2] == ["shared_reference: E1 = A", "shared_reference: E2 = back"]
