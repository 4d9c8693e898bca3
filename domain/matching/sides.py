"""The two sides of a reconciliation: what the bank says, and what the ledger expects or has found before."""

from datetime import date

from msgspec import Struct


class OpenEntry(Struct, frozen=True, kw_only=True, gc=False):
    """
    One line of a bank statement that nothing is matched with yet.

    entry: its reference; account, currency: whose statement it stands on; amount_minor: in minor units, below zero when
    it leaves; references: what the holder or who paid call it; bank_reference: what the bank calls it, which is another
    for a line that it books twice; remittance: the text of who paid; counterparty: who paid or was paid, as the bank
    writes it; code: how the bank calls its kind; is_reversal, return_reason: whether the bank takes something back, and
    why.
    """

    entry: str
    account: str
    currency: str
    amount_minor: int
    value_date: date
    booking_date: date
    end_to_end_id: str = ""
    references: tuple[str, ...] = ()
    bank_reference: str = ""
    remittance: str = ""
    counterparty: str = ""
    code: str = ""
    is_reversal: bool = False
    return_reason: str = ""


class OpenItem(Struct, frozen=True, kw_only=True, gc=False):
    """
    One movement that the ledger expects at a bank.

    item: its reference; kind: collection, payout, expected, transfer, posting and so on, for readers; account: on which
    it will appear, nothing where that's open; amount_minor: in minor units with the sign that it has at the bank;
    references: all that it may be named by there: order, payout, virtual account, the provider's reference, its
    settlement, the message that instructed it; names: of the other party; trade: which trade's money it is, if one's.

    A reference that several items share names all of them: a settlement's, a message's, a buyer's virtual account.
    """

    item: str
    kind: str
    currency: str
    amount_minor: int
    expected_on: date
    account: str = ""
    references: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    trade: str = ""


class SettledItem(Struct, frozen=True, kw_only=True, gc=False):
    """What was matched before, with which entry and on which day: what may come back, or be booked twice."""

    item: OpenItem
    entry: str
    settled_on: date
