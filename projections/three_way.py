"""
The three-way view: what the orders say that moved, what the ledger posted, and what banks booked; per day and currency.

The platform's figures come from the amounts of orders' and payouts' events, the ledger's from the journal's tables, the
bank's from the entries of statements, and what explains a difference from single events: so what these leave over is
unexplained, and zero. All amounts are minor units, above zero where money comes in. A day is the posting date of an
event, and the day on which a bank booked.

bank - platform = not in platform - in clearing - in transit + between bank and ledger + unexplained
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.days import UNCOUNTABLE, is_countable
from domain.payout import IN_TRANSIT
from domain.references import open_item_id
from projections.bank_lines import BankLine, Placed, bank_lines
from projections.bank_side import AT_BANK, MATCHES, BankSide, Entry, OpenBreak, bank_side, direct_postings
from projections.moment import NOW, Moment, MomentMalformed
from projections.projection import Connection
from projections.three_way_flows import CLEARING, CROSSING, PERIMETER, TOPICS, FlowKind, flow_of
from projections.topics import events_with_topics

DAYS_SHOWN = 30

_POSTED = """
    SELECT p.position, p.posting_date, e.topic, e.originator_id, v.version, p.currency,
        coalesce(min(p.account) FILTER (WHERE b.control = %(clearing)s), ''),
        coalesce(sum(p.amount_minor) FILTER (WHERE b.control = ANY(%(banks)s)), 0)::int8,
        coalesce(sum(p.amount_minor) FILTER (WHERE b.control = %(clearing)s), 0)::int8,
        coalesce(sum(p.amount_minor) FILTER (WHERE b.control = %(in_transit)s), 0)::int8
    FROM projections.balances b
    JOIN projections.journal_postings p ON p.book = b.book AND p.account = b.account AND p.currency = b.currency
    JOIN projections.journal_entries e ON e.book = p.book AND e.position = p.position
    JOIN ledger.events v ON v.book = p.book AND v.position = p.position
    WHERE b.book = %(book)s AND b.control = ANY(%(perimeter)s) AND p.position <= %(up_to)s
    AND p.posting_date BETWEEN %(first)s AND %(last)s AND (%(currency)s::text IS NULL OR b.currency = %(currency)s)
    GROUP BY p.position, p.posting_date, e.topic, e.originator_id, v.version, p.currency
    ORDER BY p.position, p.currency
"""

Side = Literal["not-in-platform", "in-clearing", "in-transit", "bank"]


class Flow(Struct, frozen=True, kw_only=True, gc=False):
    """What the platform says of one kind of event: how many, and how much they moved."""

    kind: FlowKind
    events: int
    amount_minor: int


class ThreeWayRow(Struct, frozen=True, kw_only=True):
    """
    A day in one currency, or several days as one; see the equation above.

    flows: what the orders say; platform: what of it came in or went out; ledger: what the journal moved on the bank,
    clearing and in-transit accounts together; ledger_bank: on the bank accounts alone; bank, entries: what banks
    booked; not_in_platform: what only the ledger knows; in_clearing, in_transit: by how much more, or less, providers
    hold and is on its way; between: by the lines between bank and ledger; unexplained: what is left over in either
    comparison, zero.
    """

    first_day: date
    last_day: date
    currency: str
    flows: tuple[Flow, ...]
    platform_minor: int
    ledger_minor: int
    ledger_bank_minor: int
    bank_minor: int
    entries: int
    difference_minor: int
    not_in_platform_minor: int
    in_clearing_minor: int
    in_transit_minor: int
    between_minor: int
    unexplained_minor: int
    lines: int


class ThreeWayLine(Struct, frozen=True, kw_only=True, gc=False):
    """
    One thing by which bank and platform differ, in minor units: what all lines of a row sum to is its difference.

    kind: the event's topic, or the reason of a line between bank and ledger; reference: what it happened to; item: the
    open item that it is with a provider, empty for others; position: in the log; broken, broken_as: the open break
    about it, both empty where nobody raised one.
    """

    day: date
    currency: str
    side: Side
    kind: str
    amount_minor: int
    reference: str
    item: str = ""
    position: int
    broken: str = ""
    broken_as: str = ""


class ThreeWay(Struct, frozen=True, kw_only=True):
    """The rows of a view, and all lines that explain them."""

    rows: list[ThreeWayRow]
    lines: list[ThreeWayLine]


class ThreeWaySought(Struct, frozen=True, kw_only=True):
    """Which days, both included, in which currency; by_day: whether each day is compared, or all of them as one."""

    first_day: date
    last_day: date
    currency: str | None = None
    by_day: bool = True

    def place(self, day: date) -> date | None:
        """Return the first day of the row in which a day is, nothing outside."""
        if not self.first_day <= day <= self.last_day:
            return None
        return day if self.by_day else self.first_day


def days_sought(
    first_day: date | None, last_day: date | None, *, today: date, currency: str | None = None, by_day: bool = True
) -> ThreeWaySought:
    """
    Return the days from one to another, up to today and from 30 days before the last where none is said.

    Raises: MomentMalformed.
    """
    for field, day in (("from", first_day), ("to", last_day)):
        if not is_countable(day):
            raise MomentMalformed(field=field, problem=UNCOUNTABLE)
    last_day = last_day or today
    first_day = first_day or last_day - timedelta(days=DAYS_SHOWN)
    return ThreeWaySought(first_day=first_day, last_day=last_day, currency=currency, by_day=by_day)


def three_way(connection: Connection, book: str, sought: ThreeWaySought, *, moment: Moment = NOW) -> ThreeWay:
    """
    Return the view of some days as it was at a moment, as of a day up to it: a row for each in which anything moved.

    Raises: LogCorrupt.
    """
    if moment.as_of is not None:
        sought = replace(sought, last_day=min(sought.last_day, moment.as_of))
    compared: dict[tuple[date, str], _Compared] = defaultdict(_Compared)
    for each in events_with_topics(connection, book, TOPICS, moment=moment):
        if (at := sought.place(each.state.posting_date)) is not None and (moved := flow_of(each.event)):
            compared[at, moved.currency].flow(moved.kind, moved.amount_minor)
    side = bank_side(connection, book, moment=moment)
    for posted in _posted(connection, book, sought, moment):
        compared[sought.place(posted.day) or posted.day, posted.currency].post(posted, side)
    for entry in side.entries.values():
        if (at := sought.place(entry.booked_on)) is not None:
            compared[at, entry.currency].book(entry)
    for at, line in _between(connection, book, side, sought, moment):
        compared[at, line.currency].lines.append(_line(line, at if sought.by_day else line.day))
    asked = sorted(key for key in compared if sought.currency in {None, key[1]})
    rows = [compared[key].row(key[0], sought.last_day if not sought.by_day else key[0], key[1]) for key in asked]
    lines = [line for key in asked for line in sorted(compared[key].lines, key=_order)]
    return ThreeWay(rows=rows, lines=lines)


class _Posted(Struct):
    """What one event moved on the bank, clearing and in-transit accounts, debits above zero; clearing: on which."""

    position: int
    day: date
    topic: str
    reference: str
    version: int
    currency: str
    clearing: str
    bank_minor: int
    clearing_minor: int
    transit_minor: int

    @property
    def sum_minor(self) -> int:
        return self.bank_minor + self.clearing_minor + self.transit_minor

    @property
    def item(self) -> str:
        """Return the open item that it is with a provider; a match makes none."""
        is_item = self.clearing_minor and self.topic not in MATCHES
        return open_item_id(self.reference, self.version, self.clearing, self.currency) if is_item else ""


class _Compared:
    """One row being compared."""

    def __init__(self) -> None:
        self.lines: list[ThreeWayLine] = []
        self._flows: dict[FlowKind, list[int]] = defaultdict(list)
        self._posted_minor = 0
        self._posted_at_bank_minor = 0
        self._booked: list[int] = []

    def flow(self, kind: FlowKind, amount_minor: int) -> None:
        """Take what the platform says in."""
        self._flows[kind].append(amount_minor)

    def post(self, posted: _Posted, side: BankSide) -> None:
        """Take what the journal says in, and what of it explains something."""
        self._posted_minor += posted.sum_minor
        self._posted_at_bank_minor += posted.bank_minor
        if posted.topic not in TOPICS:
            self._explain(posted, "not-in-platform", posted.sum_minor)
        self._explain(posted, "in-clearing", -posted.clearing_minor, side.break_about(posted.item), item=posted.item)
        self._explain(posted, "in-transit", -posted.transit_minor, side.break_about(posted.reference))

    def book(self, entry: Entry) -> None:
        """Take an entry of a statement in."""
        self._booked.append(entry.amount_minor)

    def row(self, first_day: date, last_day: date, currency: str) -> ThreeWayRow:
        """Return the row."""
        platform_minor = sum(sum(minors) for kind, minors in self._flows.items() if kind in CROSSING)
        bank_minor = sum(self._booked)
        explained = {side: self._sum(side) for side in ("not-in-platform", "in-clearing", "in-transit", "bank")}
        difference_minor = bank_minor - platform_minor
        return ThreeWayRow(
            first_day=first_day,
            last_day=last_day,
            currency=currency,
            flows=tuple(
                Flow(kind=kind, events=len(minors), amount_minor=sum(minors))
                for kind, minors in sorted(self._flows.items())
            ),
            platform_minor=platform_minor,
            ledger_minor=self._posted_minor,
            ledger_bank_minor=self._posted_at_bank_minor,
            bank_minor=bank_minor,
            entries=len(self._booked),
            difference_minor=difference_minor,
            not_in_platform_minor=explained["not-in-platform"],
            in_clearing_minor=-explained["in-clearing"],
            in_transit_minor=-explained["in-transit"],
            between_minor=explained["bank"],
            unexplained_minor=difference_minor - sum(explained.values()),
            lines=len(self.lines),
        )

    def _explain(
        self, posted: _Posted, side: Side, amount_minor: int, known: OpenBreak | None = None, *, item: str = ""
    ) -> None:
        if amount_minor:
            line = ThreeWayLine(
                day=posted.day,
                currency=posted.currency,
                side=side,
                kind=posted.topic,
                amount_minor=amount_minor,
                reference=posted.reference,
                item=item,
                position=posted.position,
                broken=known.reference if known else "",
                broken_as=known.kind if known else "",
            )
            self.lines.append(line)

    def _sum(self, side: str) -> int:
        return sum(line.amount_minor for line in self.lines if line.side == side)


def _posted(connection: Connection, book: str, sought: ThreeWaySought, moment: Moment) -> Iterator[_Posted]:
    asked = {
        "book": book,
        "banks": list(AT_BANK),
        "clearing": CLEARING,
        "in_transit": IN_TRANSIT,
        "perimeter": list(PERIMETER),
        "up_to": moment.position,
        "first": sought.first_day,
        "last": sought.last_day,
        "currency": sought.currency,
    }
    return (_Posted(*row) for row in connection.execute(_POSTED, asked))


def _between(
    connection: Connection, book: str, side: BankSide, sought: ThreeWaySought, moment: Moment
) -> Iterator[Placed[date]]:
    direct = direct_postings(connection, book, moment=moment)
    return bank_lines(side, direct, on_statement=lambda entry: sought.place(entry.booked_on), in_ledger=sought.place)


def _line(line: BankLine, day: date) -> ThreeWayLine:
    return ThreeWayLine(
        day=day,
        currency=line.currency,
        side="bank",
        kind=line.kind,
        amount_minor=line.amount_minor,
        reference=line.reference,
        position=line.position,
        broken=line.broken,
        broken_as=line.broken_as,
    )


def _order(line: ThreeWayLine) -> tuple[str, str, int, str]:
    return (line.side, line.kind, line.position, line.reference)
