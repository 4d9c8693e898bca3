"""The rules of matching, one by one: what confirms, what only suggests, and which break the rest is."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.matching import Difference, Matching, OpenEntry, OpenItem, Policy, Returned, SettledItem, match

DAY = date(2026, 11, 10)
HDFC, SBI = "bank:safeguarded:hdfc", "bank:safeguarded:sbi"


def said(entry: str = "E1", amount_minor: int = 100_000, *, days: int = 0, **fields: Any) -> OpenEntry:
    on = DAY + timedelta(days=days)
    return OpenEntry(
        **{
            "entry": entry,
            "account": HDFC,
            "currency": "USD",
            "amount_minor": amount_minor,
            "value_date": on,
            "booking_date": on,
            **fields,
        }
    )


def due(item: str = "PO-1001", amount_minor: int = 100_000, *references: str, days: int = 0, **fields: Any) -> OpenItem:
    return OpenItem(
        **{
            "item": item,
            "kind": "collection" if amount_minor > 0 else "payout",
            "account": HDFC,
            "currency": "USD",
            "amount_minor": amount_minor,
            "expected_on": DAY + timedelta(days=days),
            "references": references or (item,),
            **fields,
        }
    )


def settled(item: OpenItem, entry: str = "E0", *, days: int = -1) -> SettledItem:
    return SettledItem(item=item, entry=entry, settled_on=DAY + timedelta(days=days))


def told(matching: Matching) -> list[str]:
    """Return all that became of entries and items, a line each."""
    lines = []
    for found in matching.matched:
        difference = f" {found.difference.kind} {found.difference.amount_minor}" if found.difference else ""
        entries, items = (" ".join(share.reference for share in shares) for shares in (found.entries, found.items))
        lines.append(f"{found.rule}: {entries} = {items}{difference}")
    lines += [f"returned: {back.entry} = {back.item} by {back.settled_by}" for back in matching.returned]
    for open_ in matching.suggested:
        candidates = "; ".join(f"{' '.join(c.items)} {c.score}" for c in open_.candidates)
        lines.append(f"suggested {open_.kind}: {open_.entry} = {candidates}")
    for left in matching.unmatched:
        lines.append(f"{left.kind}: {' '.join(filter(None, (left.entry, left.item)))}")
    return lines + [f"awaited: {item}" for item in matching.awaited]


class TestEndToEndId:
    def test_id_amount_and_account_confirm(self) -> None:
        payout = due("payout:1", -100_000, "2026-11-10/7")
        assert told(match([said(amount_minor=-100_000, end_to_end_id="2026-11-10/7")], [payout])) == [
            "end_to_end_id: E1 = payout:1"
        ]

    def test_our_own_id_needs_nothing_else_though_another_payout_is_as_much_and_a_slip_away(self) -> None:
        payouts = [due("payout:1", -100_000, "2026-11-10/7"), due("payout:2", -100_000, "2026-11-10/8")]
        assert told(match([said(amount_minor=-100_000, end_to_end_id="2026-11-10/7")], payouts)) == [
            "end_to_end_id: E1 = payout:1",
            "missing_in_bank: payout:2",
        ]

    def test_a_fee_within_the_tolerance_is_a_difference(self) -> None:
        matching = match([said(amount_minor=-102_500, end_to_end_id="P7")], [due("payout:1", -100_000, "P7")])
        assert told(matching) == ["end_to_end_id_less_fee: E1 = payout:1 fee -2500"]
        assert matching.matched[0].difference == Difference(kind="fee", amount_minor=-2_500)

    @pytest.mark.parametrize(("said_minor", "kind"), [(94_000, "amount"), (101_000, "amount")])
    def test_a_difference_beyond_the_tolerance_or_the_other_way_is_suggested(self, said_minor: int, kind: str) -> None:
        assert told(match([said(amount_minor=said_minor, end_to_end_id="PO-1001")], [due()])) == [
            f"suggested {kind}: E1 = PO-1001 600"
        ]

    def test_a_rule_that_the_policy_does_not_let_confirm_suggests(self) -> None:
        policy = Policy(confirming=frozenset({"end_to_end_id"}))
        fee = [said(amount_minor=98_000, end_to_end_id="PO-1001")]
        assert told(match(fee, [due()], policy)) == ["suggested fee: E1 = PO-1001 800"]

    def test_rounding_is_named_so_where_the_policy_allows_it(self) -> None:
        matching = match([said(amount_minor=100_001, remittance="PO-1001")], [due()], Policy(rounding_minor=1))
        assert told(matching) == ["reference_less_fee: E1 = PO-1001 rounding 1"]

    def test_another_currency_is_fx_and_another_account_is_wrong(self) -> None:
        assert told(match([said(currency="INR", end_to_end_id="PO-1001")], [due()])) == ["fx: E1 PO-1001"]
        assert told(match([said(account=SBI, end_to_end_id="PO-1001")], [due()])) == ["wrong_account: E1 PO-1001"]

    def test_only_one_of_two_such_takes_the_item_along(self) -> None:
        entries = [said("E1", account=SBI, remittance="PO-1001"), said("E2", account=SBI, remittance="PO-1001")]
        assert told(match(entries, [due()])) == ["wrong_account: E1 PO-1001", "wrong_account: E2"]

    def test_the_second_of_one_id_is_a_duplicate(self) -> None:
        entries = [said("E2", end_to_end_id="PO-1001", days=1), said("E1", end_to_end_id="PO-1001")]
        matching = match(entries, [due()])
        assert told(matching) == ["end_to_end_id: E1 = PO-1001", "duplicate: E2"]
        assert matching.unmatched[0].about == ("E1", "PO-1001")

    def test_what_was_settled_before_is_a_duplicate(self) -> None:
        entry = said(amount_minor=-100_000, end_to_end_id="P7")
        assert told(match([entry], [], settled=[settled(due("payout:1", -100_000, "P7"))])) == ["duplicate: E1"]

    def test_an_item_without_an_account_is_expected_on_any(self) -> None:
        assert told(match([said(remittance="PO-1001", account=SBI)], [due(account="")])) == ["reference: E1 = PO-1001"]


class TestReturns:
    PAYOUT = due("payout:1", -100_000, "2026-11-10/7")
    BACK: dict[str, Any] = {"end_to_end_id": "2026-11-10/7", "return_reason": "AC04"}  # noqa: RUF012

    def test_a_debit_that_comes_back_in_the_same_statement(self) -> None:
        entries = [
            said("E1", -100_000, end_to_end_id="2026-11-10/7"),
            said("E2", 100_000, days=2, remittance="RETURN PO-1001", **self.BACK),
        ]
        assert told(match(entries, [self.PAYOUT, due()])) == [
            "end_to_end_id: E1 = payout:1",
            "returned: E2 = payout:1 by E1",
            "missing_in_bank: PO-1001",
        ]

    def test_a_debit_that_was_matched_before(self) -> None:
        matching = match([said("E2", 98_000, **self.BACK)], [], settled=[settled(self.PAYOUT)])
        assert matching.returned == (
            Returned(
                entry="E2",
                item="payout:1",
                settled_by="E0",
                amount_minor=98_000,
                reason="payout:1 was settled on 2026-11-09 and comes back.",
                difference=Difference(kind="fee", amount_minor=-2_000),
            ),
        )

    def test_part_of_it_is_a_break(self) -> None:
        assert told(match([said("E2", 50_000, **self.BACK)], [], settled=[settled(self.PAYOUT)])) == ["amount: E2"]

    def test_it_comes_back_once(self) -> None:
        entries = [said("E2", **self.BACK), said("E3", **self.BACK)]
        assert told(match(entries, [], settled=[settled(self.PAYOUT)])) == [
            "returned: E2 = payout:1 by E0",
            "missing_in_ledger: E3",
        ]

    def test_not_before_it_left(self) -> None:
        entries = [said("E2", **self.BACK)]
        assert told(match(entries, [], settled=[settled(self.PAYOUT, days=1)])) == ["missing_in_ledger: E2"]

    def test_of_a_payout_that_was_not_debited_is_nothing_certain(self) -> None:
        assert told(match([said("E2", **self.BACK)], [self.PAYOUT])) == [
            "missing_in_ledger: E2",
            "missing_in_bank: payout:1",
        ]

    def test_a_collection_is_taken_back_for_a_reason_only(self) -> None:
        before = [settled(due())]
        taken = said("E2", -100_000, remittance="PO-1001", is_reversal=True)
        assert told(match([taken], [], settled=before)) == ["returned: E2 = PO-1001 by E0"]
        assert told(match([said("E2", -100_000, remittance="PO-1001")], [], settled=before)) == [
            "missing_in_ledger: E2"
        ]

    def test_a_collection_of_a_closed_period_is_out_of_period(self) -> None:
        taken = said("E2", -100_000, remittance="PO-1001", is_reversal=True)
        assert told(match([taken], [], Policy(open_from=DAY), settled=[settled(due())])) == ["refund_out_of_period: E2"]

    def test_a_policy_may_want_a_person_to_look(self) -> None:
        policy = Policy(confirming=frozenset())
        assert told(match([said("E2", **self.BACK)], [], policy, settled=[settled(self.PAYOUT)])) == [
            "missing_in_ledger: E2"
        ]


class TestReferences:
    @pytest.mark.parametrize(
        "text", ["po 1001", "inv PO/1001, thanks", "/ROC/PO1001//URI/x", "EREF+PO-1001 SVWZ+goods"]
    )
    def test_a_reference_is_found_however_it_is_written(self, text: str) -> None:
        assert told(match([said(remittance=text)], [due()])) == ["reference: E1 = PO-1001"]

    @pytest.mark.parametrize("text", ["PO-10011", "PO-1001-2", "XPO-1001", "PO-100 1", "77/PO-1001A"])
    def test_what_only_contains_it_confirms_nothing(self, text: str) -> None:
        assert not match([said(remittance=text)], [due()]).matched

    def test_a_shorter_reference_is_not_found_in_a_longer_one(self) -> None:
        items = [due("PO-100"), due("PO-1001", 50_000)]
        assert not match([said(remittance="PO-1001")], items).matched

    def test_long_accounts_may_be_written_in_groups(self) -> None:
        items = [due("PO-1", 100_000, "IN12HDFC00012345")]
        assert told(match([said(remittance="IN12 HDFC 0001 2345")], items)) == ["reference: E1 = PO-1"]

    def test_a_slip_is_suggested_never_confirmed(self) -> None:
        item = due(names=("Acme GmbH",))
        for text in ("PO-1010", "PO-1002"):
            entry = said(remittance=text, counterparty="ACME")
            assert told(match([entry], [item])) in (
                ["suggested ambiguous: E1 = PO-1001 850"],
                ["suggested ambiguous: E1 = PO-1001 750"],
            )

    def test_a_slip_that_is_another_order_of_the_same_amount_keeps_both_open(self) -> None:
        items = [due("PO-1001"), due("PO-1002")]
        assert told(match([said(remittance="PO-1001")], items)) == [
            "suggested ambiguous: E1 = PO-1001 900; PO-1002 750"
        ]

    def test_unless_the_other_is_paid_too(self) -> None:
        entries = [said("E1", remittance="PO-1001"), said("E2", remittance="PO-1002")]
        assert told(match(entries, [due("PO-1001"), due("PO-1002")])) == [
            "reference: E1 = PO-1001",
            "reference: E2 = PO-1002",
        ]

    def test_or_is_not_due_for_long_or_the_name_tells_them_apart(self) -> None:
        assert told(match([said(remittance="PO-1001")], [due("PO-1001"), due("PO-1002", days=30)])) == [
            "reference: E1 = PO-1001",
            "missing_in_bank: PO-1002",
        ]
        items = [due("PO-1001", names=("Acme",)), due("PO-1002", names=("Borealis",))]
        assert told(match([said(remittance="PO-1001", counterparty="Acme Ltd.")], items)) == [
            "reference: E1 = PO-1001",
            "missing_in_bank: PO-1002",
        ]

    def test_a_doubt_runs_through_all_that_leans_on_it(self) -> None:
        entries = [said("E1", remittance="PO-1001"), said("E2", remittance="PO-1002")]
        items = [due("PO-1001"), due("PO-1002"), due("PO-1003")]
        assert not match(entries, items).matched

    def test_another_payers_order_of_the_same_amount_keeps_both_open(self) -> None:
        items = [due("PO-1001", names=("Acme",)), due("PO-7777", names=("Borealis",))]
        assert told(match([said(remittance="PO-1001", counterparty="BOREALIS")], items)) == [
            "suggested ambiguous: E1 = PO-1001 900; PO-7777 500"
        ]

    def test_less_a_fee_is_not_certain_beside_an_item_of_the_very_amount(self) -> None:
        items = [due("PO-1001", 102_000), due("PO-7777", 100_000)]
        assert told(match([said(remittance="PO-1001")], items)) == ["suggested fee: E1 = PO-1001 800; PO-7777 400"]

    def test_far_from_its_day_it_is_a_break_of_date(self) -> None:
        assert told(match([said(remittance="PO-1001", days=200)], [due()])) == ["suggested date: E1 = PO-1001 800"]

    def test_what_pays_again_by_another_amount_is_told(self) -> None:
        entries = [said("E1", remittance="PO-1001"), said("E2", 30_000, remittance="PO-1001")]
        assert told(match(entries, [due()])) == ["reference: E1 = PO-1001", "amount: E2"]

    def test_two_payments_of_one_order_are_one_too_many(self) -> None:
        entries = [said("E1", remittance="PO-1001"), said("E2", remittance="po 1001 again", days=3)]
        assert told(match(entries, [due()])) == ["reference: E1 = PO-1001", "duplicate: E2"]


class TestSeveral:
    def test_a_credit_for_all_that_it_names(self) -> None:
        items = [due("PO-1001"), due("PO-2002", 50_000)]
        assert told(match([said(amount_minor=150_000, remittance="PO-1001/PO-2002")], items)) == [
            "merged: E1 = PO-1001 PO-2002"
        ]

    def test_a_settlement_nets_what_it_holds(self) -> None:
        items = [due("PAY-1", 90_000, "po_123X"), due("REF-1", -10_000, "po_123X"), due("FEE-1", -500, "po_123X")]
        assert told(match([said(amount_minor=79_500, remittance="STRIPE po_123X")], items)) == [
            "merged: E1 = FEE-1 PAY-1 REF-1"
        ]

    def test_parts_that_sum_to_what_they_name(self) -> None:
        entries = [said("E1", 60_000, remittance="PO-1001"), said("E2", 40_000, remittance="PO-1001", days=4)]
        assert told(match(entries, [due()])) == ["split: E1 E2 = PO-1001"]

    def test_a_part_that_is_booked_twice(self) -> None:
        entries = [
            said("E1", 60_000, remittance="PO-1001"),
            said("E2", 40_000, remittance="PO-1001"),
            said("E3", 40_000, remittance="PO-1001", days=1),
        ]
        assert told(match(entries, [due()])) == ["split: E1 E2 = PO-1001", "duplicate: E3"]

    def test_several_for_several(self) -> None:
        items = [due("PO-1001", 100_000, "PO-1001", "VA-880001"), due("PO-2002", 50_000, "PO-2002", "VA-880001")]
        entries = [said("E1", 70_000, remittance="VA-880001"), said("E2", 80_000, remittance="VA880001")]
        assert told(match(entries, items)) == ["grouped: E1 E2 = PO-1001 PO-2002"]

    def test_one_of_several_by_its_amount(self) -> None:
        items = [due("PO-1001/1", 30_000, "PO-1001"), due("PO-1001/2", 70_000, "PO-1001", days=20)]
        assert told(match([said(amount_minor=30_000, remittance="PO-1001")], items)) == [
            "shared_reference: E1 = PO-1001/1",
            "missing_in_bank: PO-1001/2",
        ]

    def test_but_not_where_others_sum_to_it(self) -> None:
        items = [due(f"PO-{n}", n * 10_000, "VA-880001") for n in (1, 2, 3)]
        matching = match([said(amount_minor=30_000, remittance="VA-880001")], items)
        assert not matching.matched
        assert ("PO-1", "PO-2") in [candidate.items for candidate in matching.suggested[0].candidates]

    def test_nor_where_it_may_be_booked_twice(self) -> None:
        items = [due("PO-1001/1", 50_000, "PO-1001"), due("PO-1001/2", 50_000, "PO-1001")]
        twice = [said(entry, 50_000, remittance="PO-1001") for entry in ("E1", "E2")]
        assert not match(twice, items).matched
        assert not match(twice[:1], items[1:], settled=[settled(items[0])]).matched

    def test_nor_where_there_are_too_many_to_try(self) -> None:
        items = [due(f"PO-{n}", n * 1_000 + 1, "VA-880001") for n in range(1, 20)]
        assert not match([said(amount_minor=5_001, remittance="VA-880001")], items).matched

    def test_two_payments_by_one_virtual_account_are_nobodys_for_certain(self) -> None:
        items = [due("PO-1001", 100_000, "VA-880001"), due("PO-2002", 250_000, "VA-880001")]
        entries = [said("E1", remittance="VA-880001"), said("E2", remittance="VA-880001 more", days=2)]
        assert not match(entries, items).matched


class TestByAmount:
    def test_the_name_of_a_party_with_one_item_confirms(self) -> None:
        entry = said(counterparty="ACME TEXTILES", remittance="thanks", days=2)
        assert told(match([entry], [due(names=("Acme Textiles Pvt. Ltd.",))])) == ["name: E1 = PO-1001"]

    def test_amount_and_day_alone_suggest_unless_the_policy_says_more(self) -> None:
        assert told(match([said()], [due()])) == ["suggested ambiguous: E1 = PO-1001 400"]
        policy = Policy(confirming=Policy().confirming | {"amount_and_date"})
        assert told(match([said()], [due()], policy)) == ["amount_and_date: E1 = PO-1001"]

    @pytest.mark.parametrize(
        ("entries", "items", "before"),
        [
            ([said()], [due(), due("PO-7777")], []),
            ([said("E1"), said("E2")], [due()], []),
            ([said()], [due()], [settled(due("PO-7777"))]),
            ([said(remittance="PO-9999")], [due()], []),
            ([said(amount_minor=0)], [due(amount_minor=0)], []),
        ],
        ids=["two items", "two entries", "one settled lately", "another reference", "nothing"],
    )
    def test_never_where_there_are_two_or_something_else_is_named(
        self, entries: list[OpenEntry], items: list[OpenItem], before: list[SettledItem]
    ) -> None:
        policy = Policy(confirming=Policy().confirming | {"amount_and_date"})
        assert not match(entries, items, policy, settled=before).matched

    def test_a_party_with_two_items_is_not_known_by_its_name(self) -> None:
        items = [due(names=("Acme",)), due("PO-7777", 55_000, names=("ACME Ltd",))]
        assert not match([said(counterparty="Acme")], items).matched

    def test_late_beyond_the_window_is_suggested_with_its_date(self) -> None:
        assert told(match([said(counterparty="Acme", days=30)], [due(names=("Acme",))])) == [
            "suggested date: E1 = PO-1001 450"
        ]

    def test_a_fee_less_amount_with_the_name_is_suggested_as_a_fee(self) -> None:
        assert told(match([said(amount_minor=98_000, counterparty="Acme")], [due(names=("Acme",))])) == [
            "suggested fee: E1 = PO-1001 400"
        ]


class TestTheRest:
    @pytest.mark.parametrize("fields", [{"code": "NCHG"}, {"remittance": "Account fee, November"}])
    def test_what_the_bank_takes_for_itself_is_a_fee(self, fields: dict[str, Any]) -> None:
        assert told(match([said(amount_minor=-2_500, **fields)], [])) == ["fee: E1"]

    def test_what_nobody_expects_is_missing_in_the_ledger(self) -> None:
        assert told(match([said(remittance="rent")], [])) == ["missing_in_ledger: E1"]

    def test_what_does_not_come_is_awaited_while_it_may_and_then_missing(self) -> None:
        assert told(match([], [due()], as_of=DAY + timedelta(days=10))) == ["awaited: PO-1001"]
        assert told(match([], [due()], as_of=DAY + timedelta(days=11))) == ["missing_in_bank: PO-1001"]

    def test_a_currency_that_is_no_more_is_told_in_minor_units(self) -> None:
        matching = match([], [due(currency="DEM")])
        assert matching.unmatched[0].reason.startswith("100000 minor units of DEM were expected on 2026-11-10")

    def test_nothing_is_given_twice(self) -> None:
        with pytest.raises(ValueError, match="entry given twice: E1"):
            match([said(), said()], [])
        with pytest.raises(ValueError, match="item given twice: PO-1001"):
            match([], [due(), due()])

    def test_a_policy_names_rules_that_there_are(self) -> None:
        with pytest.raises(ValueError, match="no rules: luck"):
            Policy(confirming=frozenset({"luck"}))

    def test_reasons_hold_nothing_that_the_bank_wrote(self) -> None:
        secret: dict[str, Any] = {"counterparty": "Secret Name", "remittance": "secret text PO-1001 PO-7O7"}
        matching = match(
            [said("E1", **secret), said("E2", 90_000, **secret), said("E3", 7_000, counterparty="Secret Name")],
            [due(names=("Secret Name",)), due("PO-707", 7_000, names=("Secret Name",))],
        )
        reasons = [
            *(each.reason for each in matching.matched),
            *(each.reason for each in matching.unmatched),
            *(candidate.reason for each in matching.suggested for candidate in each.candidates),
        ]
        assert not [reason for reason in reasons if "ecret" in reason]
