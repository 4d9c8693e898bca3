"""
The chart of accounts: every account's name, and on which side it normally stands.

An account is a control account's name and, where the control account has parts, the part's key:
`payable:exporter:EXP-7` is the part of `payable:exporter` that concerns EXP-7. Every account exists once per currency.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from msgspec import Struct

from domain.errors import Malformed
from domain.references import KEY

Kind = Literal["asset", "liability", "income", "expense"]


class ControlAccount(Struct, frozen=True):
    """A line of the trial balance. `parted`: whether postings go to its parts, as one per order or party."""

    name: str
    kind: Kind
    parted: bool
    meaning: str

    @property
    def sign(self) -> int:
        """Return +1 if the account normally stands in debit, -1 if in credit."""
        return 1 if self.kind in {"asset", "expense"} else -1


CHART: dict[str, ControlAccount] = {
    account.name: account
    for account in (
        ControlAccount("bank:safeguarded", "asset", parted=True, meaning="buyers' money at a bank"),
        ControlAccount("bank:operator", "asset", parted=True, meaning="the operator's own money at a bank"),
        ControlAccount("clearing", "asset", parted=True, meaning="collected by a provider, not on a statement yet"),
        ControlAccount("hold", "liability", parted=True, meaning="a buyer's money under assurance"),
        ControlAccount("disputed", "liability", parted=True, meaning="the part of it that a claim is about"),
        ControlAccount("frozen", "liability", parted=True, meaning="the part of it that may not move"),
        ControlAccount(
            "payable:exporter", "liability", parted=True, meaning="due to an exporter; below zero owed by it"
        ),
        ControlAccount("payable:partner", "liability", parted=True, meaning="due to a partner; below zero owed by it"),
        ControlAccount("refundable:buyer", "liability", parted=True, meaning="due back to a buyer"),
        ControlAccount("accrued:partner", "liability", parted=True, meaning="commission accrued, not earned yet"),
        ControlAccount(
            "payout:in-transit", "liability", parted=False, meaning="instructed, not debited by the bank yet"
        ),
        ControlAccount("suspense", "liability", parted=True, meaning="received from nobody knows whom"),
        ControlAccount("unclaimed", "liability", parted=True, meaning="long unpayable"),
        ControlAccount("tax:withheld", "liability", parted=True, meaning="withheld from payees for the authority"),
        ControlAccount("tax:gst-output", "liability", parted=False, meaning="tax on the operator's fees"),
        ControlAccount("tax:gst-input", "asset", parted=False, meaning="tax the operator may reclaim"),
        ControlAccount("tax:gst-reverse", "liability", parted=False, meaning="tax owed by reverse charge"),
        ControlAccount("income:service-fee", "income", parted=False, meaning="what the operator earns on releases"),
        ControlAccount("expense:commission", "expense", parted=False, meaning="commission that the operator bears"),
        ControlAccount("expense:payment-fees", "expense", parted=False, meaning="providers' fees"),
        ControlAccount("expense:bank-charges", "expense", parted=False, meaning="banks' charges"),
        ControlAccount("expense:guarantee", "expense", parted=False, meaning="paid in an exporter's stead and lost"),
        ControlAccount("expense:write-offs", "expense", parted=False, meaning="differences with a bank, given up"),
        ControlAccount(
            "advance:operator", "liability", parted=False, meaning="the operator's money lent to buyers' side"
        ),
        ControlAccount("fx:position", "asset", parted=False, meaning="open position in a currency"),
        ControlAccount("fx:gain-loss", "income", parted=False, meaning="gains, and losses below zero"),
    )
}


@dataclass(eq=False, kw_only=True)
class AccountUnknown(Malformed):
    """Not an account of the chart."""

    code: ClassVar[str] = "account.unknown"
    account: str


@dataclass(eq=False, kw_only=True)
class AccountUnfit(Malformed):
    """An account of the chart, but not of the kind that this may stand on."""

    code: ClassVar[str] = "account.unfit"
    account: str
    needed: tuple[str, ...]


@lru_cache(maxsize=65_536)
def control_of(account: str) -> ControlAccount:
    """
    Return the control account that an account belongs to.

    Raises: AccountUnknown.
    """
    if (whole := CHART.get(account)) and not whole.parted:
        return whole
    name, _, part = account.rpartition(":")
    control = CHART.get(name)
    if control is None or not control.parted or not KEY.fullmatch(part):
        raise AccountUnknown(account=account)
    return control


def check_control(account: str, controls: Collection[str]) -> None:
    """
    Check that an account belongs to one of some control accounts.

    Raises, in this order: AccountUnknown, AccountUnfit.
    """
    if control_of(account).name not in controls:
        raise AccountUnfit(account=account, needed=tuple(controls))
