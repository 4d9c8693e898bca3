"""
An open item is a posting on a bank or clearing account that no line of a bank's statement shows yet, or not all of it.

It is named after the event that posted it, by its aggregate and version, the account and the currency, as
`open_item:hold:PO-1@3/clearing:card/USD`.
It begins with the first match that settles some of it; until then the journal alone knows it. Its whole is therefore
said by who reads the journal, as a sealed period's figures are, and `verify` compares it with the log.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Aggregate, Event, begun
from domain.errors import Malformed, Refused
from domain.money import ranged

AT_BANK_SOON = ("clearing", "bank:safeguarded", "bank:operator")
"""Where what is posted shows on a statement sooner or later."""

_NAME = re.compile(r"open_item:[a-z_-]+:[!-~]+@[1-9][0-9]*/([!-.0-~]+)/([A-Z]{3})")


class OpenItemSettled(Event, frozen=True, kw_only=True):
    """
    Some of the posting, or all, was found on a statement.

    of_minor: the whole posting as it will show at the bank, negative where it leaves; amount_minor: of this match, with
    the same sign.
    """

    account: str
    currency: str
    of_minor: int
    amount_minor: int
    match: str


class OpenItemUnsettled(Event, frozen=True, kw_only=True):
    """It wasn't that line of a statement after all."""

    account: str
    currency: str
    amount_minor: int
    match: str


class OpenItemWrittenOff(Event, frozen=True, kw_only=True):
    """Two people agreed that the rest will never show on a statement, and the operator has lost, or won, it."""

    account: str
    currency: str
    of_minor: int
    amount_minor: int
    by: str
    """The break that was written off, and the number of its proposal, as `bank_entry.4f1c/1`."""


OpenItemEvent = OpenItemSettled | OpenItemUnsettled | OpenItemWrittenOff


@dataclass(eq=False, kw_only=True)
class OpenItemMalformed(Malformed):
    """Not the name of a posting: open_item, what posted it with its version, a bank or clearing account, a currency."""

    code: ClassVar[str] = "item.malformed"
    item: str


@dataclass(eq=False, kw_only=True)
class OpenItemDiffers(Refused):
    """The posting is in another currency, or was of another amount when some of it was settled before."""

    code: ClassVar[str] = "item.differs"
    item: str
    currency: str
    of_minor: int


@dataclass(eq=False, kw_only=True)
class OpenItemExceeded(Refused):
    """More would be settled than is open, or money the other way round."""

    code: ClassVar[str] = "item.exceeded"
    item: str
    requested_minor: int
    open_minor: int


@dataclass(eq=False, kw_only=True)
class OpenItemNotSettled(Refused):
    """This match settled nothing of it."""

    code: ClassVar[str] = "item.not_settled"
    item: str
    match: str


class OpenItem(Aggregate, frozen=True, kw_only=True):
    """
    A posting as far as it was found at the bank.

    of_minor: the whole; by: how much each match, or a write-off, settled; all in minor units with one sign.
    """

    account: str
    currency: str
    of_minor: int
    by: Mapping[str, int] = {}

    @property
    def open_minor(self) -> int:
        """Return what no statement shows yet."""
        return self.of_minor - sum(self.by.values())

    def settle(self, amount_minor: int, *, currency: str, of_minor: int, match: str) -> OpenItemSettled:
        """
        Settle some of it, or all.

        Raises, in this order: AmountOutOfRange, OpenItemDiffers, OpenItemExceeded.
        """
        self._check(amount_minor, currency=currency, of_minor=of_minor)
        return OpenItemSettled(
            account=self.account, currency=currency, of_minor=of_minor, amount_minor=amount_minor, match=match
        )

    def write_off(self, amount_minor: int, *, currency: str, of_minor: int, by: str) -> OpenItemWrittenOff:
        """
        Give the rest, or some of it, up.

        Raises, in this order: AmountOutOfRange, OpenItemDiffers, OpenItemExceeded.
        """
        self._check(amount_minor, currency=currency, of_minor=of_minor)
        return OpenItemWrittenOff(
            account=self.account, currency=currency, of_minor=of_minor, amount_minor=amount_minor, by=by
        )

    def unsettle(self, *, match: str) -> OpenItemUnsettled:
        """
        Take back what a match settled.

        Raises: OpenItemNotSettled.
        """
        if match not in self.by:
            raise OpenItemNotSettled(item=self.reference, match=match)
        return OpenItemUnsettled(account=self.account, currency=self.currency, amount_minor=self.by[match], match=match)

    def _check(self, amount_minor: int, *, currency: str, of_minor: int) -> None:
        ranged(of_minor)
        if (self.currency, self.of_minor) != (currency, of_minor):
            raise OpenItemDiffers(item=self.reference, currency=self.currency, of_minor=self.of_minor)
        open_minor = self.open_minor
        same_way = (amount_minor > 0) == (of_minor > 0)
        if not (same_way and abs(amount_minor) <= abs(open_minor)):
            raise OpenItemExceeded(item=self.reference, requested_minor=amount_minor, open_minor=open_minor)


def begin(item: str, *, of_minor: int) -> OpenItem:
    """
    Return an open item of which nothing was settled yet.

    Raises, in this order: OpenItemMalformed, AccountUnknown, AccountUnfit.
    """
    account = account_of(item)
    return OpenItem(reference=item, account=account, currency=item.rpartition("/")[2], of_minor=of_minor)


def account_of(item: str) -> str:
    """
    Return the account that an open item was posted on.

    Raises, in this order: OpenItemMalformed, AccountUnknown, AccountUnfit.
    """
    named = _NAME.fullmatch(item)
    if named is None:
        raise OpenItemMalformed(item=item[:200])
    check_control(named[1], AT_BANK_SOON)
    return named[1]


def evolve(item: OpenItem | None, event: OpenItemEvent, reference: str, _at: datetime) -> OpenItem:
    """Apply an event of an open item; the first settlement begins it."""
    match event:
        case OpenItemSettled() | OpenItemWrittenOff():
            before = item or OpenItem(
                reference=reference, account=event.account, currency=event.currency, of_minor=event.of_minor
            )
            by = event.match if isinstance(event, OpenItemSettled) else event.by
            return replace(before, by={**before.by, by: event.amount_minor})
        case OpenItemUnsettled():
            before = begun(item)
            return replace(before, by={by: minor for by, minor in before.by.items() if by != event.match})
