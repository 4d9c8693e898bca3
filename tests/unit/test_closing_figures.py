"""A closing's figures: control accounts that balance, and a hash over bytes that anybody can write down."""

import hashlib
import random

from hypothesis import given
from hypothesis import strategies as st

from domain.closing_figures import BalanceLine, canonical_listing, figures_of, unbalanced

BALANCES = [
    BalanceLine("hold:PO-2", "USD", -70_00),
    BalanceLine("clearing:card", "USD", 100_00),
    BalanceLine("hold:PO-10", "USD", -30_00),
    BalanceLine("hold:PO-1", "USD", 0),
    BalanceLine("clearing:card", "JPY", 900),
    BalanceLine("income:service-fee", "JPY", -900),
]


def test_the_listing_is_what_the_sort_command_makes() -> None:
    assert canonical_listing(BALANCES) == (
        b"clearing:card\tJPY\t900\n"
        b"clearing:card\tUSD\t10000\n"
        b"hold:PO-10\tUSD\t-3000\n"
        b"hold:PO-2\tUSD\t-7000\n"
        b"income:service-fee\tJPY\t-900\n"
    )


def test_figures_are_control_accounts_and_the_hash_of_the_listing() -> None:
    figures = figures_of(BALANCES)
    assert figures.trial_balance == (
        BalanceLine("clearing", "JPY", 900),
        BalanceLine("clearing", "USD", 100_00),
        BalanceLine("hold", "USD", -100_00),
        BalanceLine("income:service-fee", "JPY", -900),
    )
    assert figures.accounts == 5
    assert figures.accounts_sha256 == hashlib.sha256(canonical_listing(BALANCES)).hexdigest()
    assert not unbalanced(figures.trial_balance)


def test_a_book_without_balances_has_the_hash_of_nothing() -> None:
    figures = figures_of([BalanceLine("hold:PO-1", "USD", 0)])
    assert (figures.trial_balance, figures.accounts) == ((), 0)
    assert figures.accounts_sha256 == hashlib.sha256(b"").hexdigest()


def test_a_control_account_at_zero_has_no_line_but_its_parts_count() -> None:
    figures = figures_of([BalanceLine("hold:PO-1", "USD", 5), BalanceLine("hold:PO-2", "USD", -5)])
    assert (figures.trial_balance, figures.accounts) == ((), 2)


def test_what_does_not_balance_is_told_by_currency() -> None:
    assert unbalanced([*BALANCES, BalanceLine("clearing:card", "EUR", -3)]) == {"EUR": -3}


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["hold:PO-1", "hold:A", "clearing:x", "frozen:PO-1"]), st.sampled_from(["USD", "JPY"])
        ),
        st.integers(-(2**53), 2**53),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_order_makes_no_difference_and_any_other_balance_does(
    balances: dict[tuple[str, str], int], shuffling: random.Random
) -> None:
    lines = [BalanceLine(*key, minor) for key, minor in balances.items()]
    shuffled = list(lines)
    shuffling.shuffle(shuffled)
    assert figures_of(shuffled) == figures_of(lines)
    first = lines[0]
    other = [BalanceLine(first.account, first.currency, first.balance_minor + 1), *lines[1:]]
    assert figures_of(other).accounts_sha256 != figures_of(lines).accounts_sha256
