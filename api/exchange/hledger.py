"""Hledger is a program of plain-text accounting; accounts have the names there that they have here."""

from collections.abc import Sequence
from typing import ClassVar

from api.exchange.plain_text_journal import AccountBalance, OpenedAccount
from domain.accounts import CHART, Kind, control_of
from domain.money import exponent_of, to_major
from projections.journal import PostedEntry

TYPES: dict[Kind, str] = {"asset": "A", "liability": "L", "income": "R", "expense": "X"}


class Hledger:
    """A journal as hledger writes it."""

    suffix: ClassVar[str] = ".journal"

    def conventions(self, title: str, currencies: Sequence[str]) -> str:
        """Return the title, and how many decimals each currency has."""
        return "".join((f"; {title}\n", *(f"commodity {_sample(currency)} {currency}\n" for currency in currencies)))

    def include(self, file: str) -> str:
        """Return the line that reads another file."""
        return f"include {file}\n"

    def account(self, opened: OpenedAccount) -> str:
        """Return the account's declaration, with its type."""
        control = CHART.get(opened.name) or control_of(opened.name)
        return f"account {opened.name}  ; type:{TYPES[control.kind]}\n"

    def entry(self, entry: PostedEntry) -> str:
        """Return the entry under its event's topic, position and reference."""
        postings = "".join(
            f"    {posted.account}  {to_major(posted.amount_minor, posted.currency)} {posted.currency}\n"
            for posted in entry.postings
        )
        tags = f"position:{entry.position}, reference:{entry.originator_id}"
        return f"{entry.posting_date} * {entry.topic}  ; {tags}\n{postings}"

    def balance(self, balance: AccountBalance) -> str:
        """Return the claim as an entry of nothing, on the day."""
        parted = balance.account in CHART and CHART[balance.account].parted
        claimed = f"{to_major(balance.balance_minor, balance.currency)} {balance.currency}"
        posting = f"    {balance.account}  0 {balance.currency} {'=*' if parted else '='} {claimed}\n"
        return f"{balance.day} * balance\n{posting}\n"


def _sample(currency: str) -> str:
    """Return an amount that shows the decimals of a currency; hledger wants a point also where there are none."""
    return to_major(1000 * 10 ** exponent_of(currency), currency) + ("" if exponent_of(currency) else ".")
