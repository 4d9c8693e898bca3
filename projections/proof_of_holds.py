"""
The proof of holds: per currency, what the orders say is held equals what the books say is owed for it, and is covered.

Held, disputed and frozen money over all orders equal the accounts of each; and safeguarded cash plus clearing covers
every client liability, a payee below zero counting as zero. Commission that the operator bears is paid from its own
cash, so buyers' money needn't cover it until that happened. What was swept is on its way to the operator, and no asset
of clients any more. Source: shared design, section 3.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from domain.accounts import control_of
from domain.payout import OWN_TRANSFERS
from projections.balances import Balance, balances_at
from projections.commissions import borne_by_operator
from projections.moment import NOW, Moment
from projections.orders import Held, held_at
from projections.payouts import PayoutRow, PayoutsSought, search_payouts
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
OPERATORS = "bank:operator"


class CurrencyProof(Struct, frozen=True, kw_only=True):
    """
    The proof in one currency, in minor units.

    orders_held, orders_disputed, orders_frozen: over the orders; accounts_held, accounts_disputed, accounts_frozen: in
    the books; assets: safeguarded cash and clearing; liabilities: to clients, and the tax withheld from them;
    receivables: what payees owe; operators_commission: the part of the liabilities that the operator's own cash pays,
    less what it did pay; not_yet_swept: the operator's fees and the tax on them among the assets, less what was swept
    or remitted from there: below zero, more was than there is.
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
    balances = balances_at(connection, book, moment)
    borne_minor = borne_by_operator(connection, book, moment=moment)
    moved = _moved_by_operator(connection, book, balances, moment)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for balance in balances:
        if balance.account == OWN_TRANSFERS:
            continue
        control = control_of(balance.account).name
        owed = balance.balance_minor < 0 and control.startswith("payable:")
        sums[balance.currency]["receivables" if owed else control] += (
            abs(balance.balance_minor) if owed else balance.balance_minor
        )
    return [
        _proof(
            currency,
            sums[currency],
            by_orders.get(currency, Held(0, 0, 0)),
            borne_minor=borne_minor.get(currency, 0) - moved[currency].paid_minor,
            swept_minor=moved[currency].swept_minor,
        )
        for currency in sorted(sums)
    ]


class _Moved(Struct):
    """
    What the operator moved, in minor units.

    swept: to its own accounts, or out of buyers' for another tax of its own; less what it remitted from its own
    accounts of the tax on its fees, which was swept before. paid: from its own accounts of what buyers' money would
    have paid, as commissions and taxes withheld from them; less what is on its way from there of taxes of its own,
    since that stands in transit among the liabilities.
    """

    swept_minor: int = 0
    paid_minor: int = 0


def _moved_by_operator(
    connection: Connection, book: str, balances: Sequence[Balance], moment: Moment
) -> dict[str, _Moved]:
    own = sorted({each.account for each in balances if control_of(each.account).name == OPERATORS})
    sought = [PayoutsSought(kind="sweep"), PayoutsSought(kind="remittance")]
    sought += [PayoutsSought(kind="payee", account=account) for account in own]
    moved: dict[str, _Moved] = defaultdict(_Moved)
    for each in sought:
        for payout in search_payouts(connection, book, each, moment=moment):
            _move(moved[payout.currency], payout)
    return moved


def _move(moved: _Moved, payout: PayoutRow) -> None:
    if payout.status not in {"instructed", "accepted", "debited"}:
        return
    is_operators = control_of(payout.pays_from).name == OPERATORS
    is_its_tax = payout.kind == "remittance" and control_of(payout.pays_to).name not in CLIENT_LIABILITIES
    if payout.kind == "sweep":
        moved.swept_minor += payout.amount_minor
    elif is_operators:
        moved.paid_minor += payout.debited_minor
        if is_its_tax:
            moved.paid_minor -= payout.amount_minor
            moved.swept_minor -= payout.amount_minor if payout.pays_to in NOT_YET_SWEPT else 0
    elif is_its_tax and payout.pays_to not in NOT_YET_SWEPT:
        moved.swept_minor += payout.amount_minor


def _proof(
    currency: str, sums: dict[str, int], by_orders: Held, *, borne_minor: int, swept_minor: int
) -> CurrencyProof:
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
        not_yet_swept_minor=sum(sums[control] for control in NOT_YET_SWEPT) - swept_minor,
    )
