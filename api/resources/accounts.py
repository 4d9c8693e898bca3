"""Accounts as the API shows them: what each is for, on which side it stands, what is on it."""

from collections.abc import Iterable

from msgspec import Struct

from domain.accounts import CHART, Kind, control_of
from projections.balances import Balance


class AccountRow(Struct, frozen=True, kw_only=True):
    """An account in a currency. control: its line of the chart; balance: on its normal side."""

    account: str
    control: str
    kind: Kind
    currency: str
    balance_minor: int


class AccountBalance(Struct, frozen=True, kw_only=True):
    """What is on an account in one currency, on its normal side, in minor units."""

    currency: str
    balance_minor: int


class AccountView(Struct, frozen=True, kw_only=True):
    """An account with all its currencies. meaning: what the control account is for."""

    account: str
    control: str
    kind: Kind
    meaning: str
    balances: list[AccountBalance]


def account_row(balance: Balance) -> AccountRow:
    """Return a balance as a row of the list of accounts."""
    control = control_of(balance.account)
    return AccountRow(
        account=balance.account,
        control=control.name,
        kind=control.kind,
        currency=balance.currency,
        balance_minor=balance.balance_minor,
    )


def account_view(account: str, balances: Iterable[Balance]) -> AccountView:
    """
    Return an account with its balances.

    Raises: AccountUnknown.
    """
    control = CHART[control_of(account).name]
    return AccountView(
        account=account,
        control=control.name,
        kind=control.kind,
        meaning=control.meaning,
        balances=[AccountBalance(currency=each.currency, balance_minor=each.balance_minor) for each in balances],
    )
