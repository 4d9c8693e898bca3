"""
The bank's side is what statements say, and what of it the ledger has agreed to: accounts, statements, entries, breaks.

Read from the log, with no table, so that it is there for every moment; the entries with their texts are lists of their
own. Amounts are minor units with the sign that they have at the bank: negative where money leaves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from msgspec import Struct, field

from domain.bank_account import BankAccountRegistered, BankAccountStatementRecorded
from domain.bank_entry import BankEntryMatched, BankEntryRecorded, BankEntryUnmatched, Target
from domain.break_events import BreakKind, BreakRaised, BreakReclassified, BreakResolved
from domain.envelope import Recorded
from domain.references import key_of, kind_of, open_item_id
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.topics import events_with_topics

TOPICS = frozenset(
    {
        *("bank_account.registered", "bank_account.statement_recorded"),
        *("bank_entry.recorded", "bank_entry.matched", "bank_entry.unmatched"),
        *("break.raised", "break.reclassified", "break.resolved"),
    }
)
MATCHES = ("bank_entry.matched", "bank_entry.unmatched")
WRITTEN_OFF = "open_item.written_off"
AT_BANK = ("bank:safeguarded", "bank:operator")

_DIRECT = """
    SELECT p.position, p.account, p.currency, p.amount_minor, e.posting_date, e.topic, e.originator_id, v.version
    FROM projections.balances b
    JOIN projections.journal_postings p ON p.book = b.book AND p.account = b.account AND p.currency = b.currency
    JOIN projections.journal_entries e ON e.book = p.book AND e.position = p.position
    JOIN ledger.events v ON v.book = p.book AND v.position = p.position
    WHERE b.book = %(book)s AND b.control = ANY(%(controls)s) AND e.topic <> ALL(%(matches)s)
    AND p.position <= %(up_to)s
    ORDER BY p.position, p.line
"""


class Statement(Struct, frozen=True, kw_only=True, gc=False):
    """What a statement says of itself, and the position of the event; see BankAccountStatementRecorded."""

    statement: str
    number: str
    from_on: date
    to_on: date
    opening_minor: int | None
    closing_minor: int | None
    difference_minor: int
    gap_minor: int
    position: int


class BankAccountSaid(Struct, kw_only=True):
    """An account at a bank, which account of the ledger it is, and its statements that have entries, by their names."""

    bank_account: str
    account: str
    currency: str
    statements: dict[str, Statement] = field(default_factory=dict)

    def last_by(self, day: date | None) -> Statement | None:
        """Return the last statement up to a day that says how it closes."""
        known = [
            each
            for each in self.statements.values()
            if each.closing_minor is not None and (day is None or each.to_on <= day)
        ]
        if not known:
            return None
        last_day = max(each.to_on for each in known)
        of_day = [each for each in known if each.to_on == last_day]
        openings = {each.opening_minor for each in of_day if each.from_on == each.to_on}
        ending = [each for each in of_day if each.closing_minor not in openings]
        return max(ending or of_day, key=lambda each: (each.from_on, each.position))

    def first(self) -> Statement | None:
        """Return the first statement that says how it opens."""
        known = [each for each in self.statements.values() if each.opening_minor is not None]
        if not known:
            return None
        first_day = min(each.from_on for each in known)
        of_day = [each for each in known if each.from_on == first_day]
        closings = {each.closing_minor for each in of_day if each.from_on == each.to_on}
        beginning = [each for each in of_day if each.opening_minor not in closings]
        return min(beginning or of_day, key=lambda each: (each.to_on, each.position))

    def unexplained_by(self, day: date) -> Iterator[tuple[Statement, int]]:
        """Yield the statements up to a day before which some is missing, or whose entries don't add up; by how much."""
        first = self.first()
        for each in self.statements.values():
            if each.to_on > day:
                continue
            gap_minor = 0 if each is first or self._follows(each) else each.gap_minor
            if gap_minor + each.difference_minor:
                yield each, gap_minor + each.difference_minor

    def _follows(self, statement: Statement) -> bool:
        """Return whether the statement before one is there by now, though it came after it."""
        return any(
            each.closing_minor == statement.opening_minor and each.to_on <= statement.from_on
            for each in self.statements.values()
            if each is not statement
        )


class Agreed(NamedTuple):
    """Some of an entry that the ledger had booked on the bank account itself: by which open item."""

    item: str
    amount_minor: int


class Posted(NamedTuple):
    """What a match, or its undoing, posted on the bank account: at a position, for a day."""

    position: int
    day: date
    amount_minor: int


class Entry(Struct, kw_only=True):
    """
    A line of a statement, by its key; match: by which it is matched, empty while it isn't; targets: to what.

    agreed: what of it the ledger had booked on the bank account itself; posted: all that matches posted there.
    """

    entry: str
    bank_account: str
    account: str
    currency: str
    amount_minor: int
    booked_on: date
    position: int
    match: str = ""
    targets: tuple[Target, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    posted: list[Posted] = field(default_factory=list)


class DirectPosting(NamedTuple):
    """What another event than a match posted on a bank account; item: the open item that it is, or gives up."""

    position: int
    account: str
    currency: str
    amount_minor: int
    day: date
    topic: str
    reference: str
    item: str


class OpenBreak(NamedTuple):
    """A break that nobody has closed yet, about a subject."""

    reference: str
    kind: BreakKind
    since: date
    currency: str
    amount_minor: int
    bank_account: str


class BankSide(Struct):
    """The bank's side of a book: accounts by their keys, entries by theirs, open breaks by their subjects."""

    accounts: dict[str, BankAccountSaid] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    breaks: dict[str, OpenBreak] = field(default_factory=dict)

    def agreed_by_item(self) -> dict[str, int]:
        """Return how much of each open item entries were matched to."""
        sums: dict[str, int] = defaultdict(int)
        for entry in self.entries.values():
            for agreed in entry.agreed:
                sums[agreed.item] += agreed.amount_minor
        return sums

    def break_about(self, subject: str) -> OpenBreak | None:
        """Return the open break about an entry, an open item or a payout, by its reference."""
        return self.breaks.get(subject)


def bank_side(connection: Connection, book: str, *, moment: Moment = NOW) -> BankSide:
    """
    Return what statements said, and how it was matched, up to a moment's position.

    Raises: LogCorrupt.
    """
    side = BankSide()
    subjects: dict[str, str] = {}
    for each in events_with_topics(connection, book, TOPICS, moment=Moment(moment.position)):
        if kind_of(each.originator_id) == "break":
            _tell_break(side, subjects, each)
        else:
            _tell(side, each)
    return side


def direct_postings(connection: Connection, book: str, *, moment: Moment = NOW) -> list[DirectPosting]:
    """Return what was posted on bank accounts otherwise than by matches, up to a moment's position, in that order."""
    asked = {"book": book, "controls": list(AT_BANK), "matches": list(MATCHES), "up_to": moment.position}
    return [_direct(*row) for row in connection.execute(_DIRECT, asked)]


def _direct(
    position: int, account: str, currency: str, amount_minor: int, day: date, topic: str, reference: str, version: int
) -> DirectPosting:
    item = reference if topic == WRITTEN_OFF else open_item_id(reference, version, account, currency)
    return DirectPosting(position, account, currency, amount_minor, day, topic, reference, item)


def _tell(side: BankSide, recorded: Recorded) -> None:
    name = key_of(recorded.originator_id)
    match event := recorded.event:
        case BankAccountRegistered():
            side.accounts[name] = BankAccountSaid(bank_account=name, account=event.account, currency=event.currency)
        case BankAccountStatementRecorded():
            if statement := _statement(event, recorded.position):
                side.accounts[name].statements[event.statement] = statement
        case BankEntryRecorded():
            side.entries[name] = Entry(
                entry=name,
                bank_account=event.bank_account,
                account=event.account,
                currency=event.currency,
                amount_minor=event.amount_minor,
                booked_on=event.booking_date,
                position=recorded.position,
            )
        case BankEntryMatched():
            _match(side.entries[name], event, recorded)
        case BankEntryUnmatched():
            entry = side.entries[name]
            _post(entry, event.amount_minor - _agreed_minor(entry.agreed), recorded, sign=-1)
            entry.match, entry.targets, entry.agreed = "", (), ()
        case _:
            raise TypeError(event)


def _match(entry: Entry, event: BankEntryMatched, recorded: Recorded) -> None:
    own = (each for each in event.targets if each.account == event.account)
    entry.match, entry.targets = event.match, event.targets
    entry.agreed = tuple(Agreed(each.item, each.amount_minor) for each in own)
    _post(entry, event.amount_minor - _agreed_minor(entry.agreed), recorded, sign=1)


def _post(entry: Entry, amount_minor: int, recorded: Recorded, *, sign: int) -> None:
    if amount_minor:
        entry.posted.append(Posted(recorded.position, recorded.state.posting_date, sign * amount_minor))


def _agreed_minor(agreed: Iterable[Agreed]) -> int:
    return sum(each.amount_minor for each in agreed)


def _statement(event: BankAccountStatementRecorded, position: int) -> Statement | None:
    if event.from_on is None or event.to_on is None:
        return None
    return Statement(
        statement=event.statement,
        number=event.number,
        from_on=event.from_on,
        to_on=event.to_on,
        opening_minor=event.opening_minor,
        closing_minor=event.closing_minor,
        difference_minor=event.difference_minor or 0,
        gap_minor=event.gap_minor or 0,
        position=position,
    )


def _tell_break(side: BankSide, subjects: dict[str, str], recorded: Recorded) -> None:
    reference = recorded.originator_id
    match event := recorded.event:
        case BreakRaised():
            subjects[reference] = event.subject
            side.breaks[event.subject] = OpenBreak(
                reference, event.kind, event.since, event.currency, event.amount_minor, event.bank_account
            )
        case BreakReclassified():
            subject = subjects[reference]
            if known := side.breaks.get(subject):
                side.breaks[subject] = known._replace(kind=event.kind, amount_minor=event.amount_minor)
        case BreakResolved():
            side.breaks.pop(subjects[reference], None)
        case _:
            raise TypeError(event)
