"""Journal: an entry that is unbalanced, unknown or out of range can't be constructed."""

import pytest

from domain.accounts import AccountUnknown
from domain.journal import Entry, EntryUnbalanced, Posting, entry
from domain.money import MINOR_MAX, AmountOutOfRange


def test_an_entry_debits_above_zero_and_credits_below() -> None:
    assert entry("USD", debit={"clearing:card": 100}, credit={"hold:PO-1": 100}) == Entry(
        (Posting("clearing:card", "USD", 100), Posting("hold:PO-1", "USD", -100))
    )


def test_an_account_with_nothing_to_post_is_left_out() -> None:
    made = entry("USD", debit={"hold:PO-1": 5, "frozen:PO-1": 0}, credit={"clearing:card": 5, "tax:gst-output": 0})
    assert [posting.account for posting in made.postings] == ["hold:PO-1", "clearing:card"]


def test_debits_that_differ_from_credits_make_no_entry() -> None:
    with pytest.raises(EntryUnbalanced) as refused:
        entry("USD", debit={"clearing:card": 100}, credit={"hold:PO-1": 99})
    assert (refused.value.currency, refused.value.difference_minor) == ("USD", 1)


def test_one_currency_does_not_balance_another() -> None:
    with pytest.raises(EntryUnbalanced):
        Entry((Posting("clearing:card", "USD", 100), Posting("hold:PO-1", "EUR", -100)))


def test_every_currency_of_an_entry_balances_for_itself() -> None:
    postings = tuple(
        Posting(account, currency, amount_minor)
        for currency, size in (("USD", 100), ("JPY", 7))
        for account, amount_minor in (("clearing:card", size), ("hold:PO-1", -size))
    )
    assert Entry(postings).postings == postings


def test_an_account_outside_the_chart_makes_no_entry() -> None:
    with pytest.raises(AccountUnknown):
        entry("USD", debit={"petty-cash": 100}, credit={"hold:PO-1": 100})


def test_an_amount_out_of_range_makes_no_entry() -> None:
    with pytest.raises(AmountOutOfRange):
        entry("USD", debit={"clearing:card": MINOR_MAX + 1}, credit={"hold:PO-1": MINOR_MAX + 1})


def test_an_entry_checks_account_then_amount_then_balance() -> None:
    with pytest.raises(AccountUnknown):
        Entry((Posting("petty-cash", "USD", MINOR_MAX + 1),))
    with pytest.raises(AmountOutOfRange):
        Entry((Posting("clearing:card", "USD", MINOR_MAX + 1),))
    with pytest.raises(EntryUnbalanced):
        Entry((Posting("clearing:card", "USD", MINOR_MAX),))
