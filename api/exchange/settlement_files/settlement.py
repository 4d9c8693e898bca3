"""A settlement as read: what a payment provider pays out in one sum, and every line that the sum is made of."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

import msgspec
from msgspec import Struct

from api.exchange.bank_statements.statement import Problem
from domain.errors import Malformed

Kind = Literal["payment", "refund", "chargeback", "fee", "adjustment"]


@dataclass(eq=False, kw_only=True)
class SettlementUnreadable(Malformed):
    """The file hasn't the columns that the mapping names."""

    code: ClassVar[str] = "settlement.file_unreadable"
    file: str
    problem: str


class SettlementLine(Struct, frozen=True, kw_only=True):
    """
    One line of a settlement.

    gross_minor: what the buyer paid, below zero for what goes back; fee_minor and tax_minor: what the provider took,
    the tax on its fee apart, below zero for what it gave back; net_minor: gross less both. reference: the order's or
    whatever the marketplace gave; payment_reference: the provider's. line: of the file; sha256: of its bytes.
    """

    kind: Kind
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    reference: str = ""
    payment_reference: str = ""
    occurred_on: date | None = None
    description: str = ""
    line: int = 0
    sha256: str = ""

    @property
    def difference_minor(self) -> int:
        """Return net less what gross, fee and tax come to."""
        return self.net_minor - (self.gross_minor - self.fee_minor - self.tax_minor)


class Settlement(Struct, frozen=True, kw_only=True):
    """
    One payout of a provider, in one currency.

    reference: the provider's for the payout, empty for lines that aren't paid out yet; bank_reference: the one that the
    bank shows; net_minor: what is paid out, as the file says it, nothing where it only lists the lines.
    """

    provider: str
    reference: str
    currency: str
    settled_on: date | None = None
    bank_reference: str = ""
    net_minor: int | None = None
    lines: tuple[SettlementLine, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def lines_minor(self) -> int:
        """Return what the lines come to."""
        return sum(line.net_minor for line in self.lines)

    @property
    def difference_minor(self) -> int | None:
        """Return what is paid out less what the lines come to; nothing where the file doesn't say what is."""
        return None if self.net_minor is None else self.net_minor - self.lines_minor

    @property
    def balanced(self) -> bool | None:
        """Return whether each line and their sum come to what is paid out; nothing where the file doesn't say it."""
        if any(line.difference_minor for line in self.lines) or self.problems:
            return False
        return None if self.net_minor is None else self.difference_minor == 0

    def by_kind(self) -> dict[str, int]:
        """Return what the lines of each kind come to, net."""
        sums: Counter[str] = Counter()
        for line in self.lines:
            sums[line.kind] += line.net_minor
        return dict(sorted(sums.items()))


class SettlementFile(Struct, frozen=True, kw_only=True):
    """A provider's file. sha256: of its bytes; problems: of the file as a whole, that lose no line."""

    provider: str
    sha256: str
    settlements: tuple[Settlement, ...]
    problems: tuple[Problem, ...] = ()


def told(settlement: Settlement) -> dict[str, object]:
    """Return a settlement as a program reads it."""
    fields: dict[str, object] = msgspec.to_builtins(settlement)
    first = ("provider", "reference", "bank_reference", "currency", "settled_on", "net_minor")
    sums = {
        "lines_minor": settlement.lines_minor,
        "balanced": settlement.balanced,
        "by_kind_minor": settlement.by_kind(),
    }
    return {name: fields.pop(name) for name in first} | sums | fields
