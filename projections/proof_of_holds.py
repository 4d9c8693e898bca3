"""
The proof of holds: per currency, what the orders say is held equals what the books say is owed for it, and is covered.

Held, disputed and frozen money over all orders equal the accounts of each; and safeguarded cash plus clearing covers
every client liability, a payee below zero counting as zero. Commission that the operator bears is paid from its own
cash, so buyers' money needn't cover it. Source: shared design, section 3.
"""

from collections import defaultdict

from msgspec import Struct

from domain.accounts import control_of
from projections.balances import balances_at
from projections.commissions import borne_by_operator
from projections.moment import NOW, Moment
from projections.orders import Held, held_at
from projections.projection import Connection

CLIENT_LIABILITIES = (
    "hold",
    "disputed",
    "frozen",
    "payable:exporter",
    "payable:partner",
    "accrued:partner",
    "tax:withheld",
    "refundable:buyer",
    "suspense",
    "unclaimed",
    "payout:in-transit",
)
CLIENT_ASSETS = ("bank:safeguarded", "clearing")
NOT_YET_SWEPT = ("income:service-fee", "tax:gst-output")


class CurrencyProof(Struct, frozen=True, kw_only=True):
    """
    The proof in one currency, in minor units.

    orders_held, orders_disputed, orders_frozen: over the orders; accounts_held, accounts_disputed, accounts_frozen: in
    the books; assets: safeguarded cash and clearing; liabilities: to clients, and the tax withheld from them;
    receivables: what payees owe; operators_commission: the part of the liabilities that the operator's own cash pays;
    not_yet_swept: the operator's fees and taxes among the assets.
    """

    currency: str
    orders_held_minor: int
    accounts_held_minor: int
    orders_disputed_minor: int
    accounts_disputed_minor: int
    orders_frozen_minor: int
    accounts_frozen_minor: int
    assets_minor: int
    liabilities_minor: int
    receivables_minor: int
    operators_commission_minor: int
    not_yet_swept_minor: int

    @property
    def agrees(self) -> bool:
        """Return whether orders and accounts say the same."""
        by_orders = (self.orders_held_minor, self.orders_disputed_minor, self.orders_frozen_minor)
        return by_orders == (self.accounts_held_minor, self.accounts_disputed_minor, self.accounts_frozen_minor)

    @property
    def covered(self) -> bool:
        """Return whether the assets, what payees owe and what the operator pays itself cover the liabilities."""
        covering_minor = self.assets_minor + self.receivables_minor + self.operators_commission_minor
        return covering_minor >= self.liabilities_minor


def proof_of_holds(connection: Connection, book: str, *, moment: Moment = NOW) -> list[CurrencyProof]:
    """
    Return the proof for every currency of a book, as it was at a moment.

    At a position that takes reading the histories of the holds that changed since; as of a day, of all.
    """
    by_orders = held_at(connection, book, moment)
    borne_minor = borne_by_operator(connection, book, moment=moment)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for balance in balances_at(connection, book, moment):
        control = control_of(balance.account).name
        owed = balance.balance_minor < 0 and control.startswith("payable:")
        sums[balance.currency]["receivables" if owed else control] += (
            abs(balance.balance_minor) if owed else balance.balance_minor
        )
    return [
        _proof(currency, sums[currency], by_orders.get(currency, Held(0, 0, 0)), borne_minor.get(currency, 0))
        for currency in sorted(sums)
    ]


def _proof(currency: str, sums: dict[str, int], by_orders: Held, borne_minor: int) -> CurrencyProof:
    return CurrencyProof(
        currency=currency,
        orders_held_minor=by_orders.held_minor,
        accounts_held_minor=sums["hold"],
        orders_disputed_minor=by_orders.disputed_minor,
        accounts_disputed_minor=sums["disputed"],
        orders_frozen_minor=by_orders.frozen_minor,
        accounts_frozen_minor=sums["frozen"],
        assets_minor=sum(sums[control] for control in CLIENT_ASSETS),
        liabilities_minor=sum(sums[control] for control in CLIENT_LIABILITIES),
        receivables_minor=sums["receivables"],
        operators_commission_minor=borne_minor,
        not_yet_swept_minor=sum(sums[control] for control in NOT_YET_SWEPT),
    )
