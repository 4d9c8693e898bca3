"""What the bank keeps between two days: its accounts, what is to be booked, what it was told, and what is true."""

from datetime import date
from typing import Literal

from msgspec import Struct, field

Role = Literal["payment", "copy", "return", "unknown", "reversal", "own"]
"""A payment, the same booked once more, one that comes back, money of a stranger, a copy taken back, a credit between
two accounts of one holder."""


class Account(Struct):
    """
    An account of the bank's.

    number: an IBAN; balance_minor: what is booked; closed: how many statements were made.
    """

    number: str
    currency: str
    owner: str
    bic: str = ""
    balance_minor: int = 0
    closed: int = 0


class Transfer(Struct, frozen=True, kw_only=True):
    """
    Money on its way to an account here.

    payment: as who sends it calls it; reference: what it is for; channel: `transfer`, or the provider that collected
    it; payer: who pays; is_plain: whether no noise happens to it.
    """

    payment: str
    account: str
    currency: str
    amount_minor: int
    on: date
    payer: str
    payer_account: str
    reference: str
    channel: str = "transfer"
    is_plain: bool = False


class Instruction(Struct, frozen=True, kw_only=True):
    """A payment that an account holder orders in a pain.001; message: its id; message_name: as pain.001.001.09."""

    end_to_end_id: str
    instruction_id: str
    account: str
    currency: str
    amount_minor: int
    on: date
    creditor: str
    creditor_account: str
    text: str
    message: str
    message_name: str
    batch: str


class Line(Struct, frozen=True, kw_only=True):
    """
    A line of an account's book; amount_minor: below zero when it leaves.

    number: the bank's reference for it; noise, role, about: what it really is, and of which payments or payouts.
    """

    number: str
    account: str
    currency: str
    amount_minor: int
    booked_on: date
    valued_on: date
    end_to_end_id: str = ""
    instruction_id: str = ""
    text: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    return_reason: str = ""
    is_reversal: bool = False
    code: str = "RCDT"
    noise: str = "exact"
    role: Role = "payment"
    about: tuple[str, ...] = ()


class Missing(Struct, frozen=True, kw_only=True):
    """A payment that was never booked: what would have been, and what ordered it, if an account holder did."""

    line: Line
    instruction: Instruction | None = None


class Kept(Struct):
    """Everything; day: the next one to be closed; runs: how often the bank was started, so that each draws anew."""

    day: date
    accounts: dict[str, Account] = field(default_factory=dict)
    due: list[Line] = field(default_factory=list)
    missing: dict[str, Missing] = field(default_factory=dict)
    copies: dict[str, Line] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    booked: int = 0
    answered: int = 0
    runs: int = 0
