"""Accounts: the chart, and which control account an account belongs to."""

import pytest

from domain.accounts import CHART, AccountUnfit, AccountUnknown, check_control, control_of


@pytest.mark.parametrize(
    ("account", "control"),
    [
        ("hold:PO-1001", "hold"),
        ("frozen:PO-1001", "frozen"),
        ("payable:exporter:EXP-7", "payable:exporter"),
        ("refundable:buyer:BUY-1", "refundable:buyer"),
        ("bank:safeguarded:hdfc", "bank:safeguarded"),
        ("clearing:card", "clearing"),
        ("income:service-fee", "income:service-fee"),
        ("tax:gst-output", "tax:gst-output"),
        ("payout:in-transit", "payout:in-transit"),
    ],
)
def test_an_account_belongs_to_its_control_account(account: str, control: str) -> None:
    assert control_of(account).name == control


@pytest.mark.parametrize(
    "account",
    [
        "",
        "hold",
        "hold:",
        "hold:a b",
        "hold:PO-1/2",
        "hold:PO:1",
        "payable",
        "payable:EXP-1",
        "payable:exporter",
        "income:service-fee:x",
        "tax:gst-output:x",
        "petty-cash",
        "Hold:PO-1",
    ],
)
def test_what_is_not_in_the_chart_is_unknown(account: str) -> None:
    with pytest.raises(AccountUnknown) as refused:
        control_of(account)
    assert refused.value.account == account


def test_money_that_may_stand_on_some_accounts_is_refused_on_others() -> None:
    check_control("clearing:card", ("clearing", "bank:safeguarded"))
    with pytest.raises(AccountUnfit) as refused:
        check_control("suspense:unidentified", ("clearing", "bank:safeguarded"))
    assert refused.value.needed == ("clearing", "bank:safeguarded")
    with pytest.raises(AccountUnknown):
        check_control("petty-cash", ())


def test_assets_and_expenses_stand_in_debit_and_the_rest_in_credit() -> None:
    assert {account.kind: account.sign for account in CHART.values()} == {
        "asset": 1,
        "expense": 1,
        "liability": -1,
        "income": -1,
    }


def test_every_control_account_is_listed_under_its_name_and_says_what_it_is() -> None:
    assert all(name == account.name and account.meaning for name, account in CHART.items())


def test_no_control_account_could_be_read_as_a_part_of_another() -> None:
    assert not [name for name in CHART if (head := name.rpartition(":")[0]) in CHART and CHART[head].parted]
