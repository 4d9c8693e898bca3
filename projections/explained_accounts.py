"""
Explained accounts are balances unfolded by year, month and day of posting date, into their postings.

Looked up in the journal's running sums, so that a year of a busy account costs no more than a day of a quiet one.
"""

from datetime import date
from typing import NamedTuple

from domain.accounts import control_of
from domain.explanation import Figure, FigureKind, FigureUnexplained, Further
from projections.balances import Balance
from projections.explained_postings import explain_postings, sought_on
from projections.moment import Moment
from projections.posting_spans import COUNTED_MAX, Days, Posted, PostedAccount, PostedSpan, parts_of
from projections.projection import Connection

LISTED_MAX = 50
"""So many postings, or accounts, are shown one by one; more of them together."""

_NEVER = Days(date.min, date.min)


class Page(NamedTuple):
    """Which part of an account's postings is looked at: of some days, after a position, and how many levels deep."""

    depth: int
    days: Days | None = None
    after: int = 0


class Account:
    """One account in one currency at a moment, to be unfolded."""

    def __init__(self, connection: Connection, book: str, balance: Balance, moment: Moment) -> None:
        self._connection = connection
        self._book = book
        self._moment = moment
        self._balance = balance
        self._sign = control_of(balance.account).sign
        self._posted = PostedAccount(connection, book, balance.account, balance.currency, moment.position)

    def explain(self, page: Page) -> Figure:
        """
        Return the balance, or what was posted in the days that are looked at, and what it is the sum of.

        Raises, in this order: FigureUnexplained, LogCorrupt.
        """
        span = self._span(page.days)
        if page.days is None and self._shown(span) != self._balance.balance_minor:
            raise FigureUnexplained(
                figure=self._balance.account,
                amount_minor=self._balance.balance_minor,
                explained_minor=str(self._shown(span)),
            )
        within = label_of(page.days) if page.days else ""
        label = f"{self._balance.account} in {within}" if within else self._balance.account
        return self._figure("account", label, span, self.further(within=within), page)

    def further(self, *, within: str = "", after: str = "") -> Further:
        """Return what to ask to see more of the account at the same moment."""
        return Further(
            what=self._balance.account,
            currency=self._balance.currency,
            at_position=self._moment.position,
            as_of=self._moment.as_of,
            within=within,
            after=after,
        )

    def _span(self, days: Days | None) -> PostedSpan:
        there = self._posted.days()
        if there is None:
            return PostedSpan(_NEVER, 0, 0)
        last = min(filter(None, (there.last, self._moment.as_of, days.last if days else None)))
        seen = Days(max(there.first, days.first) if days else there.first, last)
        found = self._posted.spans([seen]) if seen.first <= seen.last else []
        return found[0] if found else PostedSpan(seen, 0, 0)

    def _figure(self, kind: FigureKind, label: str, span: PostedSpan, further: Further, page: Page) -> Figure:
        children = self._children(span, page) if page.depth and span.postings else ()
        return Figure(
            kind=kind,
            label=label,
            amount_minor=self._shown(span),
            currency=self._balance.currency,
            postings=min(span.postings, COUNTED_MAX),
            more=span.more,
            further=further if span.postings and not children else None,
            children=children,
        )

    def _children(self, span: PostedSpan, page: Page) -> tuple[Figure, ...]:
        if span.days.first == span.days.last:
            return self._of_day(span, page)
        if span.postings <= LISTED_MAX:
            return self._listed(self._posted.postings(span.days, after=0, limit=LISTED_MAX), page.depth)
        deeper = Page(page.depth - 1)
        parts = [part for part in self._posted.spans(parts_of(span.days)) if part.postings]
        labels = [label_of(part.days) for part in parts]
        return tuple(
            self._figure("span", label, part, self.further(within=label), deeper)
            for label, part in zip(labels, parts, strict=True)
        )

    def _of_day(self, span: PostedSpan, page: Page) -> tuple[Figure, ...]:
        """Return one page of a day's postings, and what came before it and comes after it together."""
        found = self._posted.postings(span.days, after=page.after, limit=LISTED_MAX + 1)
        cut = found[LISTED_MAX].position if len(found) > LISTED_MAX else None
        listed = [posted for posted in found if posted.position != cut][:LISTED_MAX]
        before = self._posted.up_to(page.after, span.days) if page.after else PostedSpan(span.days, 0, 0)
        rest_minor = span.amount_minor - before.amount_minor - sum(posted.amount_minor for posted in listed)
        day = label_of(span.days)
        figures = list(self._listed(listed, page.depth))
        if before.postings:
            figures.insert(0, self._rest(f"up to position {page.after}", before, self.further(within=day)))
        if len(found) > len(listed):
            left = PostedSpan(span.days, rest_minor, span.postings - before.postings - len(listed))
            further = self.further(within=day, after=str(listed[-1].position))
            figures.append(self._rest(f"after position {listed[-1].position}", left, further, more=span.more))
        return tuple(figures)

    def _listed(self, listed: list[Posted], depth: int) -> tuple[Figure, ...]:
        account, currency = self._balance.account, self._balance.currency
        sought = [sought_on(posted.position, account, currency, posted.amount_minor) for posted in listed]
        return tuple(explain_postings(self._connection, self._book, sought, unfolded=depth > 1))

    def _rest(self, label: str, span: PostedSpan, further: Further, *, more: bool = False) -> Figure:
        return Figure(
            kind="rest",
            label=f"postings {label}",
            amount_minor=self._shown(span),
            currency=self._balance.currency,
            postings=max(1, min(span.postings, COUNTED_MAX)),
            more=more or span.more,
            further=further,
        )

    def _shown(self, span: PostedSpan) -> int:
        return self._sign * span.amount_minor


def label_of(days: Days) -> str:
    """Return some days as people write the shortest of a day, a month or a year that they lie in."""
    first, last = days
    if first == last:
        return first.isoformat()
    return f"{first:%Y-%m}" if (first.year, first.month) == (last.year, last.month) else f"{first:%Y}"
