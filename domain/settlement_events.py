"""What can happen to a payment provider's settlement: recorded, its lines explained, and that taken back."""

from datetime import date
from typing import Literal

from msgspec import Struct

from domain.aggregate import Event
from domain.commitment import Commitment

LineKind = Literal["payment", "refund", "chargeback", "fee", "adjustment"]


class SettledLine(Struct, frozen=True, kw_only=True, gc=False):
    """
    One line of a settlement, in minor units of its currency.

    number: from 1, in the order of the file; line: of the file; gross_minor: what the buyer paid, below zero for what
    goes back; fee_minor, tax_minor: what the provider took, the tax on it apart; net_minor: as the provider says it.
    reference: the order's key, or whatever the marketplace gave; payment_reference: the provider's; both empty where
    they are no keys.
    """

    number: int
    line: int
    kind: LineKind
    reference: str = ""
    payment_reference: str = ""
    occurred_on: date | None = None
    gross_minor: int
    fee_minor: int = 0
    tax_minor: int = 0
    net_minor: int


class LineTarget(Struct, frozen=True, kw_only=True, gc=False):
    """
    What some of a line is: a posting on the provider's account, a payout, or a booking.

    line: by its number, 0 for what the settlement differs by; item: its reference, empty for a booking; account: of the
    ledger; amount_minor: the part of the line, below zero for what goes back.
    """

    line: int
    item: str = ""
    account: str
    amount_minor: int


class SettlementRecorded(Event, frozen=True, kw_only=True):
    """
    A provider said what it pays out, and of what that is made.

    reference: by which the bank shows it; account: where the provider's money stands; paid_into: where what it pays out
    waits for the bank; tax_account: where the tax on its fee goes; mapping: by which the file was read; lines: how many
    there are; unread: how many couldn't be read; detail: stands for which and why. In minor units: gross: of all lines
    but fees; fee, tax: what the provider took in all; net: what it pays out; difference: what net, fee and tax come to
    less gross, which is nothing where the file is right.
    """

    currency: str
    settled_on: date | None
    reference: str
    account: str
    paid_into: str
    tax_account: str
    mapping: str
    file_sha256: str
    lines: int
    unread: int
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    difference_minor: int
    detail: Commitment


class SettlementLinesRecorded(Event, frozen=True, kw_only=True):
    """Some of its lines; `detail` stands for what the provider wrote beside the numbers."""

    lines: tuple[SettledLine, ...]
    detail: Commitment


class SettlementLinesCleared(Event, frozen=True, kw_only=True):
    """
    It is known what some lines are, all of each. amount_minor: what they come to; rule: which one said so, or
    `person`; reason: a sentence without personal data.
    """

    account: str
    currency: str
    amount_minor: int
    targets: tuple[LineTarget, ...]
    rule: str
    reason: str
    cleared_by: str


class SettlementLinesReopened(Event, frozen=True, kw_only=True):
    """Some lines weren't that after all. `reason`: a code."""

    account: str
    currency: str
    amount_minor: int
    targets: tuple[LineTarget, ...]
    reason: str
    reopened_by: str


SettlementEvent = SettlementRecorded | SettlementLinesRecorded | SettlementLinesCleared | SettlementLinesReopened
