"""An item of a payee account is one reason why the party is owed more or less; a payout takes items by number."""

from collections.abc import Mapping

from msgspec import Struct

from domain.aggregate import Event
from domain.payee_account import (
    PayeeControl,
    PayeeCredited,
    PayeeDebited,
    PayeeReclaimed,
    PayeeRepaid,
    PayeeReservationReleased,
    PayeeUnclaimed,
)


class PayeeItem(Struct, frozen=True, gc=False):
    """
    What an event made of a payee account.

    source: what it is because of, as `release:PO-1/1`; a reference or code that whoever paid gave, empty for none;
    amounts_minor: by control account, credits above zero.
    """

    source: str
    amounts_minor: Mapping[PayeeControl, int]

    @property
    def amount_minor(self) -> int:
        """Return by how much the party is owed more."""
        return sum(self.amounts_minor.values())


def item_of(event: Event) -> PayeeItem | None:
    """Return the item that an event of a payee account is, nothing for one that only sets money apart or pays it."""
    match event:
        case PayeeCredited():
            return PayeeItem(event.source, {event.account: event.amount_minor})
        case PayeeDebited():
            return PayeeItem(event.source, {event.account: -event.amount_minor})
        case PayeeRepaid():
            return PayeeItem(event.reference, {event.owed_on: event.amount_minor})
        case PayeeUnclaimed():
            return PayeeItem(event.reason, {event.account: -event.amount_minor})
        case PayeeReclaimed():
            return PayeeItem(event.reason, {event.account: event.amount_minor})
        case PayeeReservationReleased():
            return PayeeItem(event.payout, event.amounts_minor)
        case _:
            return None
