"""
The operator's own money among buyers', and taxes that it owes: how much of them may be moved.

Three things bound a sweep of fees out of a safeguarded account: what was earned in fees, with the tax on them, less
what was swept already; what buyers' assets exceed what is owed to clients by; and what the account holds. Of each,
what is planned but not told to the bank yet is taken off, since the books don't show it.
Tax that was remitted from the operator's own account had been swept before, so it is added to what was earned.
"""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from domain.accounts import control_of
from domain.payout import OWN_TRANSFERS
from projections.balances import Balance, all_balances
from projections.payout_sums import OwnPayout, on_the_way_from, own_payouts
from projections.projection import Connection
from projections.proof_of_holds import CLIENT_ASSETS, CLIENT_LIABILITIES

EARNED = ("income:service-fee", "tax:gst-output")
_SAFEGUARDED, _OPERATOR = "bank:safeguarded", "bank:operator"


class Sweepable(Struct, frozen=True, kw_only=True):
    """
    What may be swept out of an account in a currency, in minor units, and the three things that bound it.

    earned: fees and the tax on them that weren't swept; surplus: of assets over what is owed to clients; held: on the
    account, less what is on its way from it; planned: what is planned and the bank isn't told of, of the surplus.
    """

    account: str
    currency: str
    earned_minor: int
    surplus_minor: int
    held_minor: int
    planned_minor: int

    @property
    def available_minor(self) -> int:
        """Return what may be swept."""
        return max(0, min(self.earned_minor, self.surplus_minor, self.held_minor))


class Remittable(Struct, frozen=True, kw_only=True):
    """What may be remitted of a tax in a currency, in minor units: what stands there, less what is planned."""

    tax: str
    currency: str
    owed_minor: int
    planned_minor: int

    @property
    def available_minor(self) -> int:
        """Return what may be remitted."""
        return max(0, self.owed_minor - self.planned_minor)


def sweepable_from(connection: Connection, book: str, account: str) -> list[Sweepable]:
    """Return what may be swept out of a safeguarded account, by currency, as the balances have come to."""
    moves, leaving = own_payouts(connection, book), on_the_way_from(connection, book, account)
    by_currency: dict[str, list[Balance]] = defaultdict(list)
    for balance in all_balances(connection, book):
        by_currency[balance.currency].append(balance)
    return [
        _sweepable(account, currency, balances, moves, leaving_minor=leaving.get(currency, 0))
        for currency, balances in sorted(by_currency.items())
    ]


def remittable_of(connection: Connection, book: str, tax: str) -> list[Remittable]:
    """Return what may be remitted of a tax, by currency, as the balances have come to."""
    moves = own_payouts(connection, book)
    return [
        Remittable(
            tax=tax,
            currency=balance.currency,
            owed_minor=balance.balance_minor,
            planned_minor=_sum(each for each in moves if each.pays_to == tax and _waits(each, balance.currency)),
        )
        for balance in all_balances(connection, book)
        if balance.account == tax
    ]


def _sweepable(
    account: str, currency: str, balances: list[Balance], moves: list[OwnPayout], *, leaving_minor: int
) -> Sweepable:
    mine = [each for each in moves if each.currency == currency]
    planned_minor = _sum(each for each in mine if _waits(each, currency) and _lowers_surplus(each))
    swept_minor = _sum(each for each in mine if each.kind == "sweep")
    remitted_minor = _sum(
        each
        for each in mine
        if each.pays_to in EARNED and each.stage == "told" and each.pays_from.startswith(_OPERATOR)
    )
    earned_minor = sum(each.balance_minor for each in balances if each.account in EARNED)
    held_minor = sum(each.balance_minor for each in balances if each.account == account)
    return Sweepable(
        account=account,
        currency=currency,
        earned_minor=earned_minor + remitted_minor - swept_minor,
        surplus_minor=_surplus(balances) - planned_minor,
        held_minor=held_minor - leaving_minor,
        planned_minor=planned_minor,
    )


def _surplus(balances: Iterable[Balance]) -> int:
    """Return by how much buyers' assets exceed what is owed to clients; what payees owe is no asset."""
    surplus_minor = 0
    for balance in balances:
        control = control_of(balance.account).name
        if control in CLIENT_ASSETS and balance.account != OWN_TRANSFERS:
            surplus_minor += balance.balance_minor
        elif control in CLIENT_LIABILITIES:
            surplus_minor -= max(0, balance.balance_minor)
    return surplus_minor


def _lowers_surplus(each: OwnPayout) -> bool:
    """Return whether buyers' assets get less by it, but not what is owed to clients."""
    is_clients = bool(each.pays_to) and control_of(each.pays_to).name in CLIENT_LIABILITIES
    return each.pays_from.startswith(_SAFEGUARDED) and not is_clients


def _waits(each: OwnPayout, currency: str) -> bool:
    return each.stage == "waits" and each.currency == currency


def _sum(moves: Iterable[OwnPayout]) -> int:
    return sum(each.amount_minor for each in moves)
