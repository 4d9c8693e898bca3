"""
What is told is an event and whom it is about: the order whose trade it belongs to with its sides, or another party.

Whom an order is between, and with whom an agreement is, was said once by its first event, and is remembered here.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from api.views import event_view
from domain.agreement import AgreementSigned
from domain.envelope import Recorded
from domain.order import OrderPlaced
from domain.payout_events import PayoutPlanned
from domain.references import agreement_id, key_of, kind_of, order_about, order_id
from domain.takeover import OrderTakenOver
from projections.ownership import Owner, Payee, Sides, find_owners
from projections.projection import Connection

OF_TRADE = frozenset({"order", "hold", "release", "refund", "clock", "dispute", "commission", "guarantee"})
"""Kinds of things that belong to an order."""

REMEMBERED_MAX = 100_000


class Told:
    """
    An event as it is told. order: of whose trade it is, empty for none; partner: of the agreement that it is about.

    sides: of that order; nothing where no order began it. payee: whom a payout is to. frame: how it is sent, once
    somebody made that.
    """

    def __init__(
        self, recorded: Recorded, *, order: str = "", sides: Sides | None = None, partner: str = "", payee: str = ""
    ) -> None:
        self.recorded = recorded
        self.order = order
        self.sides = sides
        self.partner = partner
        self.payee = payee
        self.frame = b""

    @property
    def position(self) -> int:
        """Return where it stands in the log."""
        return self.recorded.position

    @property
    def parties(self) -> frozenset[str]:
        """Return the keys of the parties that it is about."""
        kind, key = kind_of(self.recorded.originator_id), key_of(self.recorded.originator_id)
        if kind in {"party", "payee"}:
            return frozenset({key.partition("/")[0]})
        return frozenset(filter(None, (*(self.sides or ()), self.partner, self.payee)))

    @cached_property
    def data(self) -> bytes:
        """Return it as `GET /events` shows it, in JSON."""
        return msgspec.json.encode(event_view(self.recorded))


class Teller:
    """Who says whom the events of one book are about. It isn't for several threads at once."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._owners: dict[str, Owner] = {}

    def told(self, connection: Connection, events: Sequence[Recorded]) -> list[Told]:
        """
        Return events of the book with whom they are about.

        Raises: LogCorrupt.
        """
        if len(self._owners) > REMEMBERED_MAX:
            self._owners.clear()
        self._learn(events)
        unknown = {owned for each in events if (owned := _owned(each)) and owned not in self._owners}
        if unknown:
            self._owners |= find_owners(connection, self._book, unknown)
        return [self._with_owner(each) for each in events]

    def _learn(self, events: Iterable[Recorded]) -> None:
        for each in events:
            if isinstance(each.event, OrderPlaced | OrderTakenOver):
                self._owners[each.originator_id] = Sides(each.event.buyer, each.event.exporter)
            elif isinstance(each.event, PayoutPlanned):
                self._owners[each.originator_id] = Payee(each.event.party)
            elif isinstance(each.event, AgreementSigned):
                self._owners[each.originator_id] = each.event.partner

    def _with_owner(self, recorded: Recorded) -> Told:
        owned = _owned(recorded)
        owner = self._owners.get(owned)
        if isinstance(owner, str):
            return Told(recorded, partner=owner)
        if isinstance(owner, Payee):
            return Told(recorded, payee=owner.party)
        return Told(recorded, order=key_of(owned), sides=owner)


def _owned(recorded: Recorded) -> str:
    """Return the reference of the order, payout or agreement that an event is about, empty for none."""
    kind = kind_of(recorded.originator_id)
    if kind in OF_TRADE:
        return order_id(order_about(recorded.originator_id))
    if kind == "payout":
        return recorded.originator_id
    return agreement_id(key_of(recorded.originator_id)) if kind == "agreement" else ""
