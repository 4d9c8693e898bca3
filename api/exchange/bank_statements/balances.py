"""
How statements follow on one another: pages are one statement, and where one ends the next begins.

Nothing is joined on a bank's word alone: a page follows where its opening balance is the closing one of the page
before.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

import msgspec
from msgspec import Struct

from api.exchange.bank_statements.statement import BankStatement


class Gap(Struct, frozen=True, kw_only=True):
    """
    Two statements of one account that don't follow on one another: something between them is missing, or is twice.

    closing_minor: of `after`, the number of the earlier statement; opening_minor: of `before`, that of the later one.
    """

    account: str
    currency: str
    after: str
    before: str
    closing_minor: int
    opening_minor: int

    @property
    def missing_minor(self) -> int:
        """Return what must have been booked between them."""
        return self.opening_minor - self.closing_minor


def joined(statements: Sequence[BankStatement]) -> tuple[BankStatement, ...]:
    """Return a file's statements in which those pages are one that follow on one another, wherever they stand in it."""
    chains: list[list[BankStatement]] = []
    for statement in sorted(statements, key=lambda each: each.page):
        chain = next((each for each in reversed(chains) if _is_next(each[-1], statement)), None)
        if chain is None:
            chains.append([statement])
        else:
            chain.append(statement)
    order = {id(statement): place for place, statement in enumerate(statements)}
    return tuple(map(_one, sorted(chains, key=lambda chain: order[id(chain[0])])))


def gaps_between(statements: Iterable[BankStatement]) -> list[Gap]:
    """Return where a closing balance isn't the opening one of the account's next statement, by the balances' days."""
    accounts: dict[tuple[str, str], list[BankStatement]] = {}
    for statement in statements:
        if statement.opening_minor is not None and statement.closing_minor is not None:
            accounts.setdefault((statement.account, statement.currency), []).append(statement)
    gaps = []
    for (account, currency), of_account in accounts.items():
        for earlier, later in pairwise(sorted(of_account, key=_first_day)):
            if earlier.closing_minor != later.opening_minor:
                gaps.append(_gap(account, currency, earlier, later))
    return gaps


def _gap(account: str, currency: str, earlier: BankStatement, later: BankStatement) -> Gap:
    return Gap(
        account=account,
        currency=currency,
        after=earlier.number,
        before=later.number,
        closing_minor=earlier.closing_minor or 0,
        opening_minor=later.opening_minor or 0,
    )


def _first_day(statement: BankStatement) -> tuple[date, date, int]:
    days = [entry.booking_date for entry in statement.entries]
    closed = statement.closed_on or max(days, default=date.min)
    return closed, statement.opened_on or min(days, default=date.min), statement.page


def _is_next(page: BankStatement, after: BankStatement) -> bool:
    if (page.account, page.currency, _number(page)) != (after.account, after.currency, _number(after)):
        return False
    if page.closing_minor is None or page.closing_minor != after.opening_minor:
        return False
    return after.page == page.page + 1 if page.page else page.closes_midway and after.opens_midway


def _number(statement: BankStatement) -> str:
    return statement.number.partition("/")[0].strip()


def _one(pages: Sequence[BankStatement]) -> BankStatement:
    if len(pages) == 1:
        return pages[0]
    last = pages[-1]
    return msgspec.structs.replace(
        pages[0],
        closing_minor=last.closing_minor,
        closed_on=last.closed_on,
        closes_midway=last.closes_midway,
        entries=tuple(entry for page in pages for entry in page.entries),
        pending=tuple(entry for page in pages for entry in page.pending),
        problems=tuple(problem for page in pages for problem in page.problems),
        pages=sum(page.pages for page in pages),
    )
