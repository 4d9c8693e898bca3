"""Payouts as the API and the command line show them: how far each has come, and the items that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import asdict

from domain.envelope import Recorded
from domain.errors import NotFound
from domain.payee_items import item_of
from domain.payout import Payout
from domain.payout_events import PayoutKind, PayoutPart
from domain.payout_refusals import PayoutStatus
from domain.references import KEY, payee_id, payout_id
from projections.moment import NOW, Moment
from projections.payouts import PayoutFileRow, PayoutRow, PayoutsSought, search_payout_files, search_payouts
from projections.projection import Connection
from projections.streams import aggregate_of, stream_of


@dataclass(eq=False, kw_only=True)
class PayoutNotFound(NotFound):
    """No payout has this key, or none had yet at the position that was read."""

    code: ClassVar[str] = "payout.not_found"
    payout: str


@dataclass(eq=False, kw_only=True)
class PayoutFileNotFound(NotFound):
    """No file of this message id was made, or none had been yet at the position that was read."""

    code: ClassVar[str] = "payout.file_not_found"
    file: str


class PayoutItem(Struct, frozen=True, kw_only=True):
    """
    What a payout is made of, in minor units of its currency: why, and on which account.

    number: of the item of the payee account; below zero it lowers the payout; position: of the event that made it.
    """

    number: int
    source: str
    account: str
    amount_minor: int
    currency: str
    topic: str
    position: int
    occurred_at: datetime


class PayoutView(Struct, frozen=True, kw_only=True):
    """
    A payout with what it takes from which account, and the items that it is made of; in minor units of its currency.

    What the fields mean, see the row of the list. made_of: the items of the payee account, none of a sweep or a
    remittance; they come to the amount, as the parts do.
    """

    payout: str
    kind: PayoutKind
    party: str
    currency: str
    amount_minor: int
    status: PayoutStatus
    pays_from: str
    pays_to: str
    pay_on: date
    approvals: int
    approved_by: list[str]
    planned_by: str
    planned_at: datetime
    file: str
    instructed_at: datetime | None
    debited_minor: int
    debited_on: date | None
    returned_on: date | None
    reason: str
    reissues: str
    reissued_as: str
    parts: list[PayoutPart]
    made_of: list[PayoutItem]


class PayoutFileView(Struct, frozen=True, kw_only=True):
    """
    A file that told a bank of payouts, in minor units.

    file: its message id; pays_from: the debtor's account; sha256: of its bytes, hexadecimal.
    """

    file: str
    format: str
    pays_from: str
    pay_on: date
    currency: str
    payouts: int
    amount_minor: int
    sha256: str
    written_by: str
    written_at: datetime


_SHARED = frozenset(PayoutView.__struct_fields__) - {"parts", "made_of"}


def get_payout(connection: Connection, book: str, payout: str, *, moment: Moment = NOW) -> PayoutView:
    """
    Return a payout as it stood at a moment.

    Raises: PayoutNotFound.
    """
    row = get_row(connection, book, payout, moment=moment)
    known = aggregate_of(connection, book, payout_id(payout), moment=moment)
    parts = list(known.parts) if isinstance(known, Payout) else []
    fields: dict[str, Any] = {name: value for name, value in asdict(row).items() if name in _SHARED}
    return PayoutView(**fields, parts=parts, made_of=items_of(connection, book, row))


def get_file(connection: Connection, book: str, file: str, *, moment: Moment = NOW) -> PayoutFileView:
    """
    Return a file of payouts that had been written at a moment's position.

    Raises: PayoutFileNotFound.
    """
    found = search_payout_files(connection, book, file=file, moment=moment) if KEY.fullmatch(file) else []
    if not found:
        raise PayoutFileNotFound(file=file[:80])
    return file_view(found[0])


def file_view(row: PayoutFileRow) -> PayoutFileView:
    """Return a file as it is shown."""
    return PayoutFileView(**{name: getattr(row, name) for name in PayoutFileView.__struct_fields__})


def get_row(connection: Connection, book: str, payout: str, *, moment: Moment = NOW) -> PayoutRow:
    """
    Return a payout without its items.

    Raises: PayoutNotFound.
    """
    sought = PayoutsSought(keys=[payout]) if KEY.fullmatch(payout) else None
    rows = search_payouts(connection, book, sought, moment=moment) if sought else []
    if not rows:
        raise PayoutNotFound(payout=payout[:80])
    return rows[0]


def items_of(connection: Connection, book: str, payout: PayoutRow) -> list[PayoutItem]:
    """Return the items of a payout, in their order; an item that is on several accounts stands there for each."""
    if payout.kind != "payee":
        return []
    history = stream_of(connection, book, payee_id(payout.party, payout.currency), moment=Moment(payout.planned))
    return _items(history, payout)


def _items(history: Sequence[Recorded], payout: PayoutRow) -> list[PayoutItem]:
    found: list[PayoutItem] = []
    number = 0
    for each in history:
        item = item_of(each.event)
        if item is None:
            continue
        number += 1
        if payout.first_item <= number <= payout.last_item:
            found += [
                PayoutItem(
                    number=number,
                    source=item.source,
                    account=f"{control}:{payout.party}",
                    amount_minor=amount_minor,
                    currency=payout.currency,
                    topic=each.topic,
                    position=each.position,
                    occurred_at=each.state.occurred_at,
                )
                for control, amount_minor in item.amounts_minor.items()
            ]
    return found
