"""A payee account is what one party may be paid in one currency; below zero it is what the party owes."""

from datetime import datetime

from msgspec.structs import replace

from domain.aggregate import Aggregate, Event
from domain.references import key_of


class PayeeCredited(Event, frozen=True, kw_only=True):
    """The party is owed more, because of `source`."""

    amount_minor: int
    source: str


class PayeeDebited(Event, frozen=True, kw_only=True):
    """The party is owed less, because of `source`; it may come to owe money itself."""

    amount_minor: int
    source: str


PayeeEvent = PayeeCredited | PayeeDebited


class PayeeAccount(Aggregate, frozen=True, kw_only=True):
    """What one party may be paid: the sum of its payable and refundable ledger accounts in this currency."""

    party: str
    currency: str
    balance_minor: int = 0


def evolve(payee: PayeeAccount | None, event: PayeeEvent, reference: str, _at: datetime) -> PayeeAccount:
    """Apply an event of a payee account; the first one opens it."""
    account = payee or _empty(reference)
    match event:
        case PayeeCredited():
            return replace(account, balance_minor=account.balance_minor + event.amount_minor)
        case PayeeDebited():
            return replace(account, balance_minor=account.balance_minor - event.amount_minor)


def _empty(reference: str) -> PayeeAccount:
    party, _, currency = key_of(reference).rpartition("/")
    return PayeeAccount(reference=reference, party=party, currency=currency)
