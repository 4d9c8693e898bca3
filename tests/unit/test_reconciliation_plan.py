"""What the engine's outcome means for the ledger: every entry is wholly said, nothing is lost, nothing is invented."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.bank_statements.statement import EntryPart, StatementEntry
from api.reconciling.accounts import BankAccountAmbiguous, BankAccountNotFound, account_meant
from api.reconciling.break_views import AGEING_DAYS, age_of, ages, days_of_age
from api.reconciling.details import detail_of
from api.reconciling.open_sides import Sides
from api.reconciling.plan import match_key, plan_of
from domain.commands.reconciliation import SaidTarget
from domain.matching import Candidate as Found
from domain.matching import Difference, Matched, Matching, OpenItem, Policy, Returned, Share, Suggested, Unmatched
from ledger.confidential import VALUE_BYTES_MAX
from projections.reconciliation_rows import BankAccountRow, BankEntryRow, OpenItemRow

DAY = date(2026, 11, 20)


def entry(name: str, minor: int) -> BankEntryRow:
    return BankEntryRow(
        entry=name,
        bank_account="hdfc",
        account="bank:safeguarded:hdfc",
        currency="USD",
        amount_minor=minor,
        value_date=DAY,
        booking_date=DAY,
        ordinal=1,
        statement="s",
        code="",
        is_reversal=False,
        detail="",
        match="",
        targets="",
        recorded=1,
        position=1,
    )


def item(name: str, minor: int) -> OpenItemRow:
    return OpenItemRow(
        item=name,
        account="clearing:card",
        currency="USD",
        of_minor=minor,
        settled_minor=0,
        said_minor=None,
        originator="hold:PO-1",
        topic="hold.payment_received",
        reference="",
        posted_on=DAY,
        posted=1,
        position=1,
    )


def account(key: str, *identifiers: str, currency: str = "USD") -> BankAccountRow:
    return BankAccountRow(
        bank_account=key,
        account=f"bank:safeguarded:{key}",
        currency=currency,
        identifiers=list(identifiers),
        name=key,
        bic="",
        country="",
        position=1,
    )


def sides(entries: dict[str, int], items: dict[str, int], *, told: date | None = DAY) -> Sides:
    return Sides(
        entries=[],
        expected=[
            OpenItem(item=name, kind="collection", currency="USD", amount_minor=minor, expected_on=DAY)
            for name, minor in items.items()
        ],
        settled=[],
        rows={name: entry(name, minor) for name, minor in entries.items()},
        items={name: item(name, minor) for name, minor in items.items()},
        details={},
        accounts=[account("hdfc")],
        told_until={"bank:safeguarded:hdfc": told} if told else {},
        steps={"hold:PO-2": 2},
    )


def outcome(
    *, matched: tuple[Matched, ...] = (), returned: tuple[Returned, ...] = (), unmatched: tuple[Unmatched, ...] = ()
) -> Matching:
    return Matching(matched=matched, returned=returned, suggested=(), unmatched=unmatched, awaited=())


def matched(entries: dict[str, int], items: dict[str, int], *, fee_minor: int = 0) -> Matched:
    return Matched(
        rule="grouped",
        entries=tuple(Share(name, minor) for name, minor in entries.items()),
        items=tuple(Share(name, minor) for name, minor in items.items()),
        reason="their sums agree",
        difference=Difference(kind="fee", amount_minor=fee_minor) if fee_minor else None,
    )


@given(
    parts=st.lists(st.integers(1, 1_000), min_size=1, max_size=20),
    cuts=st.lists(st.integers(1, 1_000), min_size=1, max_size=20),
    fee_minor=st.integers(0, 50),
    sign=st.sampled_from([1, -1]),
)
def test_every_entry_is_wholly_said_and_every_item_wholly_settled(
    parts: list[int], cuts: list[int], fee_minor: int, sign: int
) -> None:
    """Entries of whatever cut, items of whatever cut, with one sum: the last of the smaller side makes up for it."""
    low, high = sum(parts), sum(cuts)
    (parts if low < high else cuts)[-1] += abs(high - low)
    items = {f"item-{number}": sign * minor for number, minor in enumerate(parts)}
    entries = {f"e-{number}": sign * minor for number, minor in enumerate(cuts)}
    last = f"e-{len(cuts) - 1}"
    entries[last] -= sign * fee_minor
    said = matched(entries, items, fee_minor=-sign * fee_minor)
    plan = plan_of(outcome(matched=(said,)), sides(entries, items), Policy())
    assert not plan.found
    (made,) = plan.matches
    settled: dict[str, int] = {}
    for each in made.command.entries:
        assert sum(target.amount_minor for target in each.targets) == entries[each.entry]
        for target in each.targets:
            settled[target.item] = settled.get(target.item, 0) + target.amount_minor
            assert target.of_minor == items.get(target.item, 0)
    assert settled.pop("", 0) == -sign * fee_minor
    assert settled == items


def test_what_is_of_one_amount_belongs_together() -> None:
    entries, items = {"a": 500, "b": 343, "c": 57}, {"i": 400, "j": 343, "k": 157}
    said = plan_of(outcome(matched=(matched(entries, items),)), sides(entries, items), Policy()).matches[0].command
    assert [[(target.item, target.amount_minor) for target in each.targets] for each in said.entries] == [
        [("i", 400), ("k", 100)],
        [("j", 343)],
        [("k", 57)],
    ]


def test_entries_that_go_both_ways_are_left_to_a_person() -> None:
    entries, items = {"a": 500, "b": -200}, {"i": 300}
    plan = plan_of(outcome(matched=(matched(entries, items),)), sides(entries, items), Policy())
    assert not plan.matches
    assert {each.subject for each in plan.found} == {"bank_entry:a", "bank_entry:b"}
    assert {each.kind for each in plan.found} == {"ambiguous"}
    assert plan.found[0].candidates[0].items == ("i",)


def test_a_return_less_a_fee_pays_the_whole_back() -> None:
    said = Returned(
        entry="a",
        item="payout:P-1",
        settled_by="b",
        amount_minor=980,
        reason="its id came before",
        difference=Difference(kind="fee", amount_minor=-20),
    )
    plan = plan_of(outcome(returned=(said,)), sides({"a": 980}, {}), Policy())
    (made,) = plan.matches
    assert made.command.entries[0].targets == (
        SaidTarget(item="payout:P-1", amount_minor=1_000),
        SaidTarget(account="expense:bank-charges", amount_minor=-20),
    )


def test_what_comes_back_of_no_payout_is_for_a_person() -> None:
    said = Returned(entry="a", item="open_item:x", settled_by="b", amount_minor=-980, reason="its id came before")
    plan = plan_of(outcome(returned=(said,)), sides({"a": -980}, {}), Policy())
    assert not plan.matches
    assert plan.found[0].candidates[0].items == ("open_item:x",)


@pytest.mark.parametrize(("told", "said"), [(None, 0), (DAY, 0), (date(2026, 12, 20), 1)])
def test_an_item_is_missing_once_its_bank_has_spoken_of_days_after_it(told: date | None, said: int) -> None:
    missing = Unmatched(kind="missing_in_bank", reason="nothing of it", item="i")
    plan = plan_of(outcome(unmatched=(missing,)), sides({}, {"i": 500}, told=told), Policy())
    assert (len(plan.found), plan.awaited) == (said, 1 - said)


def test_suggestions_are_cut_to_what_a_break_keeps() -> None:
    many = tuple(
        Found(items=tuple(f"i-{number}" for number in range(30)), score=500, reason="long" * 100, difference_minor=1)
        for _ in range(9)
    )
    suggested = Suggested(entry="a", kind="ambiguous", candidates=many, reason="two\nlines")
    matching = Matching(matched=(), returned=(), suggested=(suggested,), unmatched=(), awaited=())
    (found,) = plan_of(matching, sides({"a": 1}, {}), Policy()).found
    assert (len(found.candidates), len(found.candidates[0].items), len(found.candidates[0].reason)) == (5, 20, 300)
    assert found.reason == "two lines"


def test_a_match_found_again_has_the_same_name_whatever_the_order() -> None:
    assert match_key(["a", "b"], ["i", "j"]) == match_key(["b", "a"], ["j", "i"])
    assert match_key(["a"], ["i"]) != match_key(["a"], ["j"])
    assert match_key(["a", "i"], []) != match_key(["a"], ["i"])
    recorded = "open_item:hold:PO-1@3/clearing:bank-transfer/USD"
    assert match_key(["a"], ["hold:PO-1"]) == match_key(["a"], [recorded])
    assert match_key(["a"], ["hold:PO-1"]) != match_key(["a"], [recorded.replace("bank-transfer", "card")])


def test_a_payment_is_for_the_step_that_comes_next() -> None:
    said = matched({"a": 500}, {"hold:PO-2": 500})
    (made,) = plan_of(outcome(matched=(said,)), sides({"a": 500}, {}), Policy()).matches
    assert made.command.entries[0].targets == (SaidTarget(item="hold:PO-2", amount_minor=500, step=2),)


class TestAccounts:
    def test_an_account_is_found_by_what_its_bank_calls_it(self) -> None:
        known = [account("one", "GB33BUKB20201555555555"), account("two", "20041000/123456"), account("v", "8877*")]
        for named, key in (
            ("GB33 BUKB 2020 1555 5555 55", "one"),
            ("gb33bukb20201555555555", "one"),
            ("20041000/123456USD", "two"),
            ("887700012", "v"),
        ):
            assert account_meant(known, named=named, currency="USD").bank_account == key, named

    def test_another_currency_is_another_account(self) -> None:
        known = [account("one", "123"), account("two", "123", currency="EUR")]
        assert account_meant(known, named="123", currency="EUR").bank_account == "two"
        with pytest.raises(BankAccountNotFound):
            account_meant(known, named="123", currency="GBP")

    def test_one_of_several_is_named_by_its_key(self) -> None:
        known = [account("one", "123"), account("two", "123")]
        with pytest.raises(BankAccountAmbiguous):
            account_meant(known, named="123", currency="USD")
        assert account_meant(known, named="", currency="USD", key="two").bank_account == "two"

    def test_no_name_is_nobodys(self) -> None:
        with pytest.raises(BankAccountNotFound):
            account_meant([account("one", "123")], named="", currency="USD")


def test_ages_are_without_gaps_and_days_of_an_age_have_it() -> None:
    today = date(2026, 11, 22)
    for days in range(AGEING_DAYS[-1] + 10):
        assert age_of(days) in ages()
        first, last = days_of_age(age_of(days), today)
        since = date.fromordinal(today.toordinal() - days)
        assert first is None or first <= since
        assert last is not None
        assert since <= last


def test_a_line_with_more_in_it_than_is_kept_keeps_all_but_its_parts() -> None:
    parts = tuple(EntryPart(amount_minor=1, remittance="x" * 100) for _ in range(1_000))
    line = StatementEntry(
        amount_minor=1_000, value_date=DAY, booking_date=DAY, reference="R", end_to_end_id="", parts=parts, sha256="ab"
    )
    kept = detail_of(line)
    assert len(kept) <= VALUE_BYTES_MAX
    assert b'"sha256":"ab"' in kept
