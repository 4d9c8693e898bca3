"""
Explanations are figures unfolded into what they are the sum of, at any moment: down to postings, events and rules.

An account is looked up in the journal's running sums and unfolds by year, month and day into its postings; the money of
a thing with a reference is read from what happened to it, whole. What is asked one level deep costs one level.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, get_args

from msgspec.structs import astuple

from domain.accounts import CHART, control_of
from domain.envelope import Recorded
from domain.errors import Malformed, NotFound
from domain.explanation import Explanation, Figure, Further
from domain.payee_account import PayeeControl
from domain.posting_rules import post
from domain.references import KEY, commission_id, guarantee_id, hold_id, key_of, kind_of
from projections.balances import Balance, balances_at
from projections.explained_accounts import LISTED_MAX, Account, Page
from projections.explained_postings import Sought, explain_postings
from projections.moment import Moment
from projections.posting_spans import days_written
from projections.projection import POSITION_MAX, Connection
from projections.timelines import events_of

PARTS_DEPTH, ACCOUNT_DEPTH, MONEY_DEPTH = 1, 2, 3
"""How deep a control account, an account, and the money of a thing unfold where nobody says; an order's one less."""

DEPTH_MAX = 6
"""The deepest that any figure goes: from a control account by account, year, month, day to the parts of a posting."""

PAYEE = "payee"
_REFERENCE = re.compile(rf"{KEY.pattern}(/[A-Za-z0-9]{{1,19}})?")


@dataclass(eq=False, kw_only=True)
class FigureNotFound(NotFound):
    """Nothing was ever posted there in this currency and these days, or nothing yet at the moment that was read."""

    code: ClassVar[str] = "figure.not_found"
    what: str


@dataclass(eq=False, kw_only=True)
class FigureMalformed(Malformed):
    """Not a figure that can be asked for."""

    code: ClassVar[str] = "figure.malformed"
    field: str
    problem: str


class FigureSought(NamedTuple):
    """
    Which figure is sought.

    what: an account as `payable:exporter:EXP-1`, a control account as `payable:exporter`, or a reference as
    `order:PO-1`, `release:PO-1/1`, `refund:PO-1/1`, `commission:PO-1`, `guarantee:PO-1`, `payee:EXP-1/USD`; currency:
    all if empty; within: a year, month or day of posting dates; after: the position, or of a control account the part,
    that the page before ended with; depth: how many levels of it, as many as are usual if nothing.
    """

    what: str
    currency: str = ""
    within: str = ""
    after: str = ""
    depth: int | None = None


class _Money(NamedTuple):
    """
    The money of a kind of thing: its stream, which of its events count, and its two sides, which sum to the same.

    Credits of some control accounts are on the side `became`; debits of all others on the side `came`.
    """

    stream: Callable[[str], str]
    came: str
    became: str
    controls: tuple[str, ...]
    names_itself: str = ""
    """The field in which an event names the thing, where not all events of the stream are about it."""


_KEPT = ("hold", "disputed", "frozen")
_MONEY: dict[str, _Money] = {
    "order": _Money(
        hold_id,
        "received, less what was charged back",
        "what became of it",
        (*_KEPT, "payable:exporter", "refundable:buyer", "income:service-fee", "tax:gst-output"),
    ),
    "release": _Money(
        hold_id,
        "released from the hold",
        "what became of it",
        ("payable:exporter", "income:service-fee", "tax:gst-output"),
        "release",
    ),
    "refund": _Money(hold_id, "taken for the refund", "refunded", ("refundable:buyer",), "refund"),
    "commission": _Money(
        commission_id, "borne", "for the partner", ("accrued:partner", "payable:partner", "tax:withheld")
    ),
    "guarantee": _Money(guarantee_id, "put in or lost", "lent or given up", ("advance:operator", "payable:exporter")),
}


def explain(connection: Connection, book: str, sought: FigureSought, moment: Moment) -> Explanation:
    """
    Return what a figure is the sum of, at a moment that the projections have come to.

    Raises, in this order: FigureMalformed (depth, within, what, after), AccountUnknown, FigureNotFound, LogCorrupt,
    FigureUnexplained.
    """
    if sought.depth is not None and not 0 <= sought.depth <= DEPTH_MAX:
        raise FigureMalformed(field="depth", problem=f"not between 0 and {DEPTH_MAX}")
    asked = _Asked(connection, book, sought, moment)
    figures = tuple(figure for figure in asked.figures() if sought.currency in {"", figure.currency})
    if not figures:
        raise FigureNotFound(what=sought.what)
    return Explanation(what=sought.what, position=moment.position, as_of=moment.as_of, figures=figures)


class _Asked:
    """One question about a figure."""

    def __init__(self, connection: Connection, book: str, sought: FigureSought, moment: Moment) -> None:
        self._connection = connection
        self._book = book
        self._sought = sought
        self._moment = moment
        self._days = days_written(sought.within) if sought.within else None
        if sought.within and not self._days:
            problem = f"not a year, month or day as 2026, 2026-11, 2026-11-22: {sought.within}"
            raise FigureMalformed(field="within", problem=problem)

    def figures(self) -> list[Figure]:
        """Return the figures that are meant: one in each currency, or the two sides of a thing's money."""
        what, kind = self._sought.what, kind_of(self._sought.what)
        if kind in _MONEY or kind == PAYEE:
            if not _REFERENCE.fullmatch(key_of(what)):
                raise FigureMalformed(field="what", problem=f"not a reference: {what[:80]}")
            self._need_whole(after=True)
            return self._payee() if kind == PAYEE else self._money(_MONEY[kind])
        control = CHART.get(what)
        if control and control.parted:
            self._need_whole()
            return self._parts()
        control_of(what)
        return self._account()

    def _need_whole(self, *, after: bool = False) -> None:
        for field, given in (("within", self._sought.within), ("after", self._sought.after if after else "")):
            if given:
                raise FigureMalformed(field=field, problem="only an account's postings are cut so")

    def _account(self) -> list[Figure]:
        after = self._sought.after
        one_day = self._days and self._days.first == self._days.last
        if after and not (one_day and after.isdecimal() and after.isascii() and int(after) <= POSITION_MAX):
            raise FigureMalformed(field="after", problem="not a position, or not within a day")
        depth = self._depth(ACCOUNT_DEPTH)
        page = Page(depth, self._days, int(after or 0))
        return [self._at(balance).explain(page) for balance in self._balances(self._sought.what)]

    def _payee(self) -> list[Figure]:
        party, _, currency = key_of(self._sought.what).partition("/")
        page = Page(self._depth(ACCOUNT_DEPTH) - 1)
        balances = [
            balance
            for control in get_args(PayeeControl)
            for balance in self._balances(f"{control}:{party}")
            if balance.currency == currency
        ]
        if not balances:
            return []
        children = tuple(self._at(balance).explain(page) for balance in balances) if page.depth >= 0 else ()
        return [
            Figure(
                kind="parts",
                label=self._sought.what,
                amount_minor=sum(balance.balance_minor for balance in balances),
                currency=currency,
                how="what the party may be paid in all, below zero what it owes",
                children=children,
            )
        ]

    def _parts(self) -> list[Figure]:
        by_currency: dict[str, list[Balance]] = {}
        for balance in self._balances(None):
            if control_of(balance.account).name == self._sought.what:
                by_currency.setdefault(balance.currency, []).append(balance)
        return [self._parts_in(currency, balances) for currency, balances in sorted(by_currency.items())]

    def _parts_in(self, currency: str, balances: Sequence[Balance]) -> Figure:
        """Return a control account in a currency: one page of its parts, those at zero left out."""
        moved = [balance for balance in balances if balance.balance_minor]
        after, depth = self._sought.after, self._depth(PARTS_DEPTH)
        before = [balance for balance in moved if after and balance.account <= after]
        listed = moved[len(before) :][:LISTED_MAX]
        rest = moved[len(before) + len(listed) :]
        figures = [self._at(balance).explain(Page(depth - 1)) for balance in listed] if depth else []
        if before and figures:
            figures.insert(0, self._together(f"up to {after}", before, after=""))
        if rest and figures:
            figures.append(self._together(f"after {listed[-1].account}", rest, after=listed[-1].account))
        return Figure(
            kind="parts",
            label=self._sought.what,
            amount_minor=sum(balance.balance_minor for balance in balances),
            currency=currency,
            how=f"{len(balances)} accounts, {len(balances) - len(moved)} of them at zero",
            children=tuple(figures),
        )

    def _together(self, label: str, balances: Sequence[Balance], *, after: str) -> Figure:
        currency = balances[0].currency
        return Figure(
            kind="rest",
            label=f"{len(balances)} accounts {label}",
            amount_minor=sum(balance.balance_minor for balance in balances),
            currency=currency,
            further=Further(
                what=self._sought.what,
                currency=currency,
                at_position=self._moment.position,
                as_of=self._moment.as_of,
                after=after,
            ),
        )

    def _money(self, money: _Money) -> list[Figure]:
        order, _, number = key_of(self._sought.what).partition("/")
        if number and not money.names_itself:
            return []
        happened = events_of(self._connection, self._book, [money.stream(order)], up_to=self._moment.position)
        counted = [each for each in happened if self._counts(each, money)]
        sides: dict[bool, list[Sought]] = {False: [], True: []}
        for each in counted:
            entry = post(each.originator_id, each.event, schema=each.state.schema)
            for account, currency, amount_minor in map(astuple, entry.postings if entry else ()):
                became = control_of(account).name in money.controls
                sign = -1 if became else 1
                sides[became].append(Sought(each.position, account, currency, amount_minor, sign))
        labels = {False: money.came, True: money.became}
        return [self._side(labels[became], sought) for became, sought in sides.items() if sought]

    def _counts(self, happened: Recorded, money: _Money) -> bool:
        as_of, what = self._moment.as_of, self._sought.what
        if as_of and happened.state.posting_date > as_of:
            return False
        named = str(getattr(happened.event, money.names_itself, "")) if money.names_itself else what
        return named == what or ("/" not in what and named.startswith(f"{what}/"))

    def _side(self, label: str, sought: Sequence[Sought]) -> Figure:
        """Return one side of a thing's money, by account, in the order in which they were first posted to."""
        depth = self._depth(MONEY_DEPTH - self._sought.what.startswith("order:"))
        accounts: dict[str, list[Sought]] = {}
        for each in sought:
            accounts.setdefault(each.account, []).append(each)
        explained, unfolded = depth > 1, depth >= MONEY_DEPTH
        found = explain_postings(self._connection, self._book, sought, unfolded=unfolded) if explained else []
        by_posting = dict(zip(sought, found, strict=True)) if explained else {}
        children = [
            Figure(
                kind="account",
                label=account,
                amount_minor=sum(each.sign * each.amount_minor for each in posted),
                currency=posted[0].currency,
                postings=len(posted),
                children=tuple(by_posting[each] for each in posted) if explained else (),
            )
            for account, posted in accounts.items()
        ]
        return Figure(
            kind="side",
            label=f"{self._sought.what}: {label}",
            amount_minor=sum(child.amount_minor for child in children),
            currency=sought[0].currency,
            postings=len(sought),
            children=tuple(children) if depth else (),
        )

    def _depth(self, usual: int) -> int:
        return usual if self._sought.depth is None else self._sought.depth

    def _balances(self, account: str | None) -> list[Balance]:
        found = balances_at(self._connection, self._book, self._moment, account=account)
        return [balance for balance in found if self._sought.currency in {"", balance.currency}]

    def _at(self, balance: Balance) -> Account:
        return Account(self._connection, self._book, balance, self._moment)
