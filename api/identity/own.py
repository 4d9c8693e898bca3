"""
What is somebody's own is what their party trades, is paid or has agreed; of everything else there is nothing for them.

A thing that is a stranger's is refused by the very answer that a thing gets that doesn't exist, before anything else is
looked at: nobody can tell the two apart.
"""

from collections.abc import Callable, Mapping

from api.agreements import AgreementNotFound
from api.composition import OpenedBook
from api.disputes import DisputeNotFound
from api.identity.caller import Caller
from api.identity.permissions import Own
from api.orders import OrderNotFound
from api.parties import PartyNotFound
from api.payouts.showing import PayoutNotFound
from api.resources.order_commissions import CommissionNotFound
from domain.accounts import AccountUnknown, control_of
from domain.errors import NotFound
from domain.references import KEY, key_of, kind_of, receivable_id, remittance_id
from domain.unit_of_work import AggregateNotFound
from projections.explanations import FigureNotFound
from projections.ownership import find_earner, find_exporter, find_partner, find_payee, find_sides
from projections.statements import AccountNeverPosted

OWN_ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "buyer": ("refundable:buyer", "unclaimed"),
    "exporter": ("payable:exporter", "unclaimed"),
    "partner": ("accrued:partner", "payable:partner", "unclaimed"),
}
"""By role, the control accounts of which the part that is named after a party is its own."""

ORDER_ACCOUNTS = frozenset({"hold", "disputed", "frozen"})
"""Control accounts whose parts are named after orders."""

ORDER_FIGURES = {"buyer": frozenset({"order", "release", "refund"})}
ORDER_FIGURES["exporter"] = ORDER_FIGURES["buyer"] | {"guarantee"}

PERSONAL = frozenset(name for names in OWN_ACCOUNTS.values() for name in names)


def check_own(caller: Caller, by: Own, in_path: Mapping[str, str], book: OpenedBook) -> None:
    """
    Check that what a request's path names is the caller's party's. A path that can't be meant is left to its route.

    Raises, where it is a stranger's or isn't there: OrderNotFound, DisputeNotFound, AggregateNotFound, PartyNotFound,
    AgreementNotFound, CommissionNotFound, AccountNeverPosted or FigureNotFound.
    """
    match by:
        case "list":
            return
        case "account":
            _check(owns_account(caller, book, in_path["account"]), lambda: _never_posted(in_path["account"]))
        case "figure":
            _check(_owns_figure(caller, book, in_path["what"]), lambda: FigureNotFound(what=in_path["what"]))
        case "party" | "payee":
            _check(in_path["party"] == caller.party, lambda: _absent(by, in_path))
        case "receivable":
            _check(_exports(caller, book, receivable_id(in_path[by])), lambda: _absent(by, in_path))
        case "remittance":
            _check(_exports(caller, book, remittance_id(in_path[by])), lambda: _absent(by, in_path))
        case "payout":
            _check(_is_paid(caller, book, in_path["payout"]), lambda: _absent(by, in_path))
        case "agreement":
            _check(_has_agreed(caller, book, in_path["agreement"]), lambda: _absent(by, in_path))
        case "commission":
            _check(_earns(caller, book, in_path["order"]), lambda: _absent(by, in_path))
        case _:
            _check(trades(caller, book, in_path["order"]), lambda: _absent(by, in_path))


def own_accounts(caller: Caller) -> list[str]:
    """Return the accounts that are named after the caller's party, in the order of their names."""
    return [f"{control}:{caller.party}" for control in OWN_ACCOUNTS[caller.role]]


def owns_account(caller: Caller, book: OpenedBook, account: str) -> bool:
    """
    Return whether an account is the caller's party's, or of an order that it trades.

    Raises: AccountUnknown.
    """
    control = control_of(account).name
    if control in ORDER_ACCOUNTS:
        return trades(caller, book, account.removeprefix(f"{control}:"))
    return account in own_accounts(caller)


def trades(caller: Caller, book: OpenedBook, order: str) -> bool:
    """Return whether the caller's party is an order's side of their role; True where it can't be an order's key."""
    if not KEY.fullmatch(order):
        return True
    with book.pool.connection() as connection:
        sides = find_sides(connection, book.name, order)
    return sides is not None and getattr(sides, caller.role, None) == caller.party


def is_shown(caller: Caller, account: str) -> bool:
    """Return whether an account that was posted to together with their own may be named to the caller."""
    control, _, part = account.rpartition(":")
    return control not in PERSONAL or part == caller.party


def _owns_figure(caller: Caller, book: OpenedBook, what: str) -> bool:
    kind, key = kind_of(what), key_of(what)
    if kind == "payee":
        return key.partition("/")[0] == caller.party
    if kind in ORDER_FIGURES.get(caller.role, ()):
        order = key.partition("/")[0]
        return KEY.fullmatch(order) is not None and trades(caller, book, order)
    try:
        return owns_account(caller, book, what)
    except AccountUnknown:
        return False


def _has_agreed(caller: Caller, book: OpenedBook, agreement: str) -> bool:
    if not KEY.fullmatch(agreement):
        return True
    with book.pool.connection() as connection:
        return find_partner(connection, book.name, agreement) == caller.party


def _is_paid(caller: Caller, book: OpenedBook, payout: str) -> bool:
    if not KEY.fullmatch(payout):
        return True
    with book.pool.connection() as connection:
        return find_payee(connection, book.name, payout) == caller.party


def _earns(caller: Caller, book: OpenedBook, order: str) -> bool:
    if not KEY.fullmatch(order):
        return True
    with book.pool.connection() as connection:
        return find_earner(connection, book.name, order) == caller.party


def _exports(caller: Caller, book: OpenedBook, reference: str) -> bool:
    if not KEY.fullmatch(key_of(reference)):
        return True
    with book.pool.connection() as connection:
        return find_exporter(connection, book.name, reference) == caller.party


def _check(is_own: bool, refusal: Callable[[], NotFound]) -> None:  # noqa: FBT001 - what is checked
    if not is_own:
        raise refusal()


def _never_posted(account: str) -> NotFound:
    return AccountNeverPosted(account=account, currency=None, position=0)


def _absent(by: Own, in_path: Mapping[str, str]) -> NotFound:
    match by:
        case "order":
            return OrderNotFound(order=in_path["order"])
        case "dispute":
            number = in_path.get("number") or in_path["dispute"]
            return DisputeNotFound(dispute=f"{in_path['order']}/{number}")
        case "trade":
            return AggregateNotFound(kind="order", key=in_path["order"])
        case "guarantee" | "hold":
            return AggregateNotFound(kind=by, key=in_path["order"])
        case "receivable" | "remittance":
            return AggregateNotFound(kind=by, key=in_path[by])
        case "commission":
            return CommissionNotFound(order=in_path["order"])
        case "party":
            return PartyNotFound(party=in_path["party"])
        case "payout":
            return PayoutNotFound(payout=in_path["payout"])
        case "payee":
            return AggregateNotFound(kind="payee", key=f"{in_path['party']}/{in_path['currency']}")
        case _:
            return AgreementNotFound(agreement=in_path["agreement"])
