"""
The proof of holds: per currency, what the orders say is held equals what the books say is owed for it, and is covered.

Held money over all orders equals the hold accounts, frozen money the frozen accounts; and safeguarded cash plus
clearing covers every client liability, a payee below zero counting as zero. Source: shared design, section 3.
"""

from collections import defaultdict

from msgspec import Struct

from domain.accounts import control_of
from projections.balances import all_balances
from projections.projection import Connection

CLIENT_LIABILITIES = (
    "hold",
    "disputed",
    "frozen",
    "payable:exporter",
    "payable:partner",
    "refundable:buyer",
    "suspense",
    "unclaimed",
    "payout:in-transit",
)
CLIENT_ASSETS = ("bank:safeguarded", "clearing")
NOT_YET_SWEPT = ("income:service-fee", "tax:gst-output")

_HELD_BY_ORDERS = """
    SELECT currency, sum(held_minor), sum(frozen_minor) FROM projections.orders WHERE book = %s GROUP BY currency
"""


class CurrencyProof(Struct, frozen=True, kw_only=True):
    """
    The proof in one currency, in minor units.

    orders_held, orders_frozen: over the orders; accounts_held, accounts_frozen: in the books; assets: safeguarded cash
    and clearing; liabilities: to clients; receivables: what payees owe; not_yet_swept: the operator's fees and taxes
    among the assets.
    """

    currency: str
    orders_held_minor: int
    accounts_held_minor: int
    orders_frozen_minor: int
    accounts_frozen_minor: int
    assets_minor: int
    liabilities_minor: int
    receivables_minor: int
    not_yet_swept_minor: int

    @property
    def agrees(self) -> bool:
        """Return whether orders and accounts say the same."""
        return (self.orders_held_minor, self.orders_frozen_minor) == (
            self.accounts_held_minor,
            self.accounts_frozen_minor,
        )

    @property
    def covered(self) -> bool:
        """Return whether the assets and what payees owe cover the liabilities."""
        return self.assets_minor + self.receivables_minor >= self.liabilities_minor


def proof_of_holds(connection: Connection, book: str) -> list[CurrencyProof]:
    """Return the proof for every currency of a book, as its projections stand."""
    by_orders = {currency: (held, frozen) for currency, held, frozen in connection.execute(_HELD_BY_ORDERS, (book,))}
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for balance in all_balances(connection, book):
        control = control_of(balance.account).name
        owed = balance.balance_minor < 0 and control.startswith("payable:")
        sums[balance.currency]["receivables" if owed else control] += (
            abs(balance.balance_minor) if owed else balance.balance_minor
        )
    return [_proof(currency, sums[currency], by_orders.get(currency, (0, 0))) for currency in sorted(sums)]


def _proof(currency: str, sums: dict[str, int], by_orders: tuple[int, int]) -> CurrencyProof:
    return CurrencyProof(
        currency=currency,
        orders_held_minor=int(by_orders[0]),
        accounts_held_minor=sums["hold"],
        orders_frozen_minor=int(by_orders[1]),
        accounts_frozen_minor=sums["frozen"],
        assets_minor=sum(sums[control] for control in CLIENT_ASSETS),
        liabilities_minor=sum(sums[control] for control in CLIENT_LIABILITIES),
        receivables_minor=sums["receivables"],
        not_yet_swept_minor=sum(sums[control] for control in NOT_YET_SWEPT),
    )
