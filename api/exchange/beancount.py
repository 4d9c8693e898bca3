"""
Beancount is a program of plain-text accounting, which checks every balance that a journal claims.

An account's name there begins with one of five roots, and its components with a capital letter or a digit, of letters,
digits and hyphens. `beancount_name` says how ours are called there.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import ClassVar

from api.exchange.plain_text_journal import AccountBalance, OpenedAccount
from domain.accounts import CHART, ControlAccount, Kind, control_of
from domain.money import to_major
from projections.journal import PostedEntry

ROOTS: dict[Kind, str] = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expenses"}
ESCAPES = {".": "--p", "_": "--u", "-": "--h"}
LOWER_CASE = "--l"

_ESCAPED = re.compile(r"[._]|-(?=[._-])")


class Beancount:
    """A journal as beancount writes it."""

    suffix: ClassVar[str] = ".beancount"

    def conventions(self, title: str, currencies: Sequence[str]) -> str:
        """Return the title and the currencies, and that no difference is small enough to be tolerated."""
        options = [("title", title), ("tolerance_multiplier", "0"), *(("operating_currency", c) for c in currencies)]
        return "".join(f'option "{name}" "{value}"\n' for name, value in options)

    def include(self, file: str) -> str:
        """Return the line that reads another file."""
        return f'include "{file}"\n'

    def account(self, opened: OpenedAccount) -> str:
        """Return the account's opening, with our name for it."""
        constrained = f"{beancount_name(opened.name)} {','.join(opened.currencies)}".rstrip()
        return f'{opened.opened_on} open {constrained}\n  account: "{opened.name}"\n'

    def entry(self, entry: PostedEntry) -> str:
        """Return the entry under its event's topic, position and reference."""
        postings = "".join(
            f"  {beancount_name(posted.account)}  {to_major(posted.amount_minor, posted.currency)} {posted.currency}\n"
            for posted in entry.postings
        )
        metadata = f'  position: {entry.position}\n  reference: "{entry.originator_id}"\n'
        return f'{entry.posting_date} * "{entry.topic}"\n{metadata}{postings}'

    def balance(self, balance: AccountBalance) -> str:
        """Return the claim as of the next day's beginning."""
        amount = f"{to_major(balance.balance_minor, balance.currency)} {balance.currency}"
        return f"{balance.day + timedelta(days=1)} balance {beancount_name(balance.account)}  {amount}\n"


@lru_cache(maxsize=65_536)
def beancount_name(account: str) -> str:
    """
    Return an account's name in beancount: no two accounts share one, and what it came from can be read out of it.

    The control account stands below the root of its kind, `payable:exporter` as `Liabilities:Payable:Exporter`; a part
    below that, with `--p` for a point, `--u` for an underscore, `--h` for a hyphen before one of these or another
    hyphen, and `--l` behind it where its first letter, here a capital, is a small one.

    Raises: AccountUnknown.
    """
    control = CHART.get(account) or control_of(account)
    if account == control.name:
        return _control_name(control)
    part = _ESCAPED.sub(lambda met: ESCAPES[met[0]], account.rpartition(":")[2])
    return f"{_control_name(control)}:{_capital(part)}{LOWER_CASE if part[0].islower() else ''}"


def _control_name(control: ControlAccount) -> str:
    components = control.name.removeprefix(f"{control.kind}:").split(":")
    return ":".join((ROOTS[control.kind], *map(_capital, components)))


def _capital(component: str) -> str:
    return component[0].upper() + component[1:]
