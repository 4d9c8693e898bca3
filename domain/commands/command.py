"""A command is an intent to change the ledger, said by a person, a clock or an import."""

from collections.abc import Sequence

from msgspec import Struct

from domain.references import clocks_id, dispute_id, hold_id, order_id, refunds_id, releases_id


class Command(Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True, gc=False):
    """
    An intent to change the ledger.

    What is left at its default isn't encoded, so a field added later doesn't change what an old command's hash is over.
    """

    def said(self) -> "Command":
        """Return what the request's hash is over: a later release must find the same bytes in the same intent."""
        return self

    def subjects(self) -> Sequence[str]:
        """Return references of the aggregates that deciding this will surely read, to be read in one go."""
        return ()


class OrderCommand(Command, frozen=True, kw_only=True):
    """An intent about one order and its money."""

    order: str

    def subjects(self) -> Sequence[str]:
        """Return the order, its hold, what waits to be paid out of it, its clocks, and its first dispute."""
        return (
            order_id(self.order),
            hold_id(self.order),
            releases_id(self.order),
            refunds_id(self.order),
            clocks_id(self.order),
            dispute_id(self.order, 1),
        )
