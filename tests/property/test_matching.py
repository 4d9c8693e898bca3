"""Laws of matching: nothing is lost, order makes no difference, sums agree, and nothing false is ever confirmed."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.matching import RULES, OpenEntry, OpenItem, Policy, SettledItem, match
from domain.matching.spelling import slips_between, slips_of
from tests.matching_laws import check_laws, wrong
from tests.noisy_payments import Payments, Terms, invented

DAYS = st.integers(0, 20).map(lambda day: date(2026, 10, 1) + timedelta(days=day))
ACCOUNTS = st.sampled_from(("bank:safeguarded:hdfc", "bank:safeguarded:sbi"))
CURRENCIES = st.sampled_from(("USD", "USD", "INR"))
AMOUNTS = st.sampled_from((-100_000, -98_000, -50_000, 0, 50_000, 98_000, 100_000, 150_000))
REFERENCES = st.sampled_from(("PO-1001", "PO-1010", "PO-10011", "VA-880001", "2026-10-07/1", "2026-10-07/11"))
NAMES = st.sampled_from(("", "Acme Textiles GmbH", "ACME TEXTILES", "Borealis Castings", "Bör"))
TEXTS = st.lists(
    st.one_of(
        REFERENCES, st.sampled_from(("po 1001", "PO1010,", "thanks", "PO-1001-2", "PO-1O01", "charges", "株式会社"))
    ),
    max_size=4,
).map(" ".join)


@st.composite
def open_entries(draw: Callable[..., object]) -> list[OpenEntry]:
    return draw(  # type: ignore[return-value]
        st.lists(
            st.builds(
                OpenEntry,
                entry=st.uuids().map(str),
                account=ACCOUNTS,
                currency=CURRENCIES,
                amount_minor=AMOUNTS,
                value_date=DAYS,
                booking_date=DAYS,
                end_to_end_id=st.one_of(st.just(""), REFERENCES),
                references=st.lists(REFERENCES, max_size=2).map(tuple),
                remittance=TEXTS,
                counterparty=NAMES,
                code=st.sampled_from(("", "NCHG", "NTRF")),
                is_reversal=st.booleans(),
                return_reason=st.sampled_from(("", "AC04")),
            ),
            max_size=12,
            unique_by=lambda entry: entry.entry,
        )
    )


def items() -> st.SearchStrategy[OpenItem]:
    return st.builds(
        OpenItem,
        item=st.uuids().map(str),
        kind=st.sampled_from(("collection", "payout")),
        account=st.one_of(st.just(""), ACCOUNTS),
        currency=CURRENCIES,
        amount_minor=AMOUNTS,
        expected_on=DAYS,
        references=st.lists(REFERENCES, max_size=3).map(tuple),
        names=st.lists(NAMES, max_size=2).map(tuple),
    )


def open_items() -> st.SearchStrategy[list[OpenItem]]:
    return st.lists(items(), max_size=12, unique_by=lambda item: item.item)


def settled_items() -> st.SearchStrategy[list[SettledItem]]:
    return st.lists(
        st.builds(SettledItem, item=items(), entry=st.uuids().map(str), settled_on=DAYS),
        max_size=4,
        unique_by=lambda each: each.item.item,
    )


def policies() -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        confirming=st.one_of(
            st.just(Policy().confirming), st.frozensets(st.sampled_from([rule.name for rule in RULES]))
        ),
        rounding_minor=st.sampled_from((0, 1)),
        days_after=st.sampled_from((0, 10)),
        named_days_after=st.sampled_from((3, 180)),
        subset_items_max=st.sampled_from((2, 10)),
        score_min=st.sampled_from((1, 400, 901)),
        open_from=st.sampled_from((date.min, date(2026, 10, 10))),
    )


def _invented(seed: int, terms: Terms) -> Payments:
    return invented(Random(seed), terms)  # noqa: S311 - the same for a seed


@settings(max_examples=300)
@given(open_entries(), open_items(), settled_items(), policies(), st.one_of(st.none(), DAYS), st.randoms())
def test_nothing_is_lost_sums_agree_and_order_makes_no_difference(
    entries: list[OpenEntry],
    items: list[OpenItem],
    settled: list[SettledItem],
    policy: Policy,
    as_of: date | None,
    random: Random,
) -> None:
    matching = match(entries, items, policy, settled=settled, as_of=as_of)
    check_laws(matching, entries, items, settled)
    for shuffled in (entries, items, settled):
        random.shuffle(shuffled)
    assert match(entries, items, policy, settled=settled, as_of=as_of) == matching


@settings(max_examples=300)
@given(
    st.integers(0, 2**32),
    st.builds(
        Terms,
        count=st.integers(1, 60),
        noise_times=st.sampled_from((1, 4, 7)),
        amounts_minor=st.sampled_from(
            ((), (100_000,), (100_000, 102_000, 200_000), (50_000, 100_000, 150_000, 300_000))
        ),
        buyers=st.sampled_from((1, 2, 5, 30)),
        virtual_accounts_bps=st.sampled_from((0, 3_000, 10_000)),
        payouts_bps=st.sampled_from((0, 3_000)),
        days=st.sampled_from((3, 28)),
        named=st.booleans(),
    ),
)
def test_nothing_false_is_ever_confirmed(seed: int, terms: Terms) -> None:
    payments = _invented(seed, terms)
    matching = match(payments.entries, payments.items)
    check_laws(matching, payments.entries, payments.items)
    assert not wrong(matching, payments)


@settings(max_examples=100)
@given(
    st.integers(0, 2**32),
    st.integers(2, 60),
    st.sampled_from(((), (100_000,), (100_000, 102_000, 104_000, 200_000))),
)
def test_who_quotes_another_buyers_order_pays_nothing_of_it(
    seed: int, count: int, amounts_minor: tuple[int, ...]
) -> None:
    terms = Terms(count=count, noise_times=7, amounts_minor=amounts_minor, buyers=10_000, misquoted=True)
    payments = _invented(seed, terms)
    assert not wrong(match(payments.entries, payments.items), payments)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_matched_before_is_not_matched_with_something_else_when_it_comes_again(seed: int) -> None:
    payments = _invented(seed, Terms(count=200, buyers=10, amounts_minor=(100_000, 150_000, 275_000)))
    before = match(payments.entries, payments.items)
    by_entry = {entry.entry: entry for entry in payments.entries}
    by_item = {item.item: item for item in payments.items}
    settled = [
        SettledItem(item=by_item[share.reference], entry=first, settled_on=by_entry[first].value_date)
        for matched in before.matched
        for first in (matched.entries[0].reference,)
        for share in matched.items
    ]
    done = {share.reference for matched in before.matched for share in matched.items}
    left = [item for item in payments.items if item.item not in done]
    again = match(payments.entries, left, settled=settled)
    assert not {share.reference for matched in again.matched for share in matched.entries} & {
        share.reference for matched in before.matched for share in matched.entries
    }


@given(st.text("PO019", min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_what_one_slip_makes_is_one_slip_away(reference: str, random: Random) -> None:
    slips = sorted(set(slips_of(reference)) - {reference})
    slip = random.choice(slips)
    assert slips_between(reference, slip) == 1
    assert slips_between(slip, reference) == 1
