"""What the float meter knows of trades, parties, payee accounts and payouts: their days, folded from the log."""

from bisect import bisect_left
from collections import defaultdict
from datetime import date
from operator import itemgetter

from msgspec import Struct, field

from domain.envelope import Recorded
from domain.party_events import (
    PartyErased,
    PartyProfileChanged,
    PartyRegistered,
    PartyReinstated,
    PartyScreened,
    PartySuspended,
)
from domain.payee_account import (
    PayeeCredited,
    PayeeDebited,
    PayeePaidOut,
    PayeeReclaimed,
    PayeeRepaid,
    PayeeReservationReleased,
    PayeeReserved,
    PayeeUnclaimed,
)
from domain.payout_events import (
    PayoutApproved,
    PayoutCancelled,
    PayoutDebited,
    PayoutDebitUndone,
    PayoutInstructed,
    PayoutPlanned,
    PayoutRejected,
    PayoutReturned,
    PayoutReturnUndone,
)
from domain.references import key_of, kind_of
from projections.float_trades import Trade, tell_proposal, tell_trade
from projections.float_waits import Spans

TOPICS = frozenset(
    {
        *("order.placed", "order.taken_over", "order.receipt_confirmed", "order.inspection_lapsed"),
        *("hold.payment_received", "hold.taken_over", "hold.disputed", "hold.undisputed", "hold.frozen"),
        *("hold.unfrozen", "hold.released", "hold.recovered", "hold.refunded", "hold.charged_back"),
        *("release.proposed", "release.rejected", "refund.proposed", "refund.rejected"),
        *("party.registered", "party.profile_changed", "party.suspended", "party.reinstated", "party.screened"),
        *("party.erased", "payee.credited", "payee.debited", "payee.repaid", "payee.unclaimed", "payee.reclaimed"),
        *("payee.reserved", "payee.reservation_released", "payee.paid_out"),
        *("payout.planned", "payout.approved", "payout.cancelled", "payout.instructed", "payout.rejected"),
        *("payout.debited", "payout.debit_undone", "payout.returned", "payout.return_undone"),
    }
)
"""What moves a day of the meter; of everything else the log holds nothing is read."""

ITEMS = (PayeeCredited, PayeeDebited, PayeeRepaid, PayeeUnclaimed, PayeeReclaimed, PayeeReservationReleased)
"""What makes an item of a payee account."""


class Person(Struct):
    """What kept a party from being paid. fields: what is known of it."""

    rulebook: str = ""
    fields: set[str] = field(default_factory=set)
    hits: set[str] = field(default_factory=set)
    is_suspended: bool = False
    blocked: Spans = field(default_factory=Spans)
    unknown: Spans = field(default_factory=lambda: Spans(date.min))
    """The days on which it wasn't known where the party is paid."""


class Item(Struct):
    """One time that a party came to be owed more or less, and by what."""

    number: int
    source: str
    amount_minor: int
    day: date


class Account(Struct):
    """A payee account: its items, which payouts took them, and what was available after each change, in minor units."""

    party: str
    currency: str
    number: int = 0
    """Of its last item, whether that counts or not."""
    items: list[Item] = field(default_factory=list)
    takings: list[tuple[int, str]] = field(default_factory=list)
    """The last item that a payout took, and the payout, in order."""
    available: list[tuple[date, int]] = field(default_factory=list)

    def payout_of(self, item: Item) -> str | None:
        """Return which payout took an item, if one did."""
        at = bisect_left(self.takings, item.number, key=itemgetter(0))
        return self.takings[at][1] if at < len(self.takings) else None

    def item_after(self, payout: str) -> Item | None:
        """Return the last item that is a payout's money come back, if it did."""
        back = (each for each in reversed(self.items) if each.source == payout and each.amount_minor > 0)
        return next(back, None)


class Course(Struct):
    """A payout's days. over_on: when it was cancelled, rejected or returned, nothing while it wasn't."""

    planned_on: date
    pay_on: date
    approved_on: date | None = None
    instructed_on: date | None = None
    amount_minor: int = 0
    debits: dict[str, tuple[date, int]] = field(default_factory=dict)
    over_on: date | None = None

    @property
    def debited_on(self) -> date | None:
        """Return when a statement showed the last of it gone, nothing while some isn't."""
        gone_minor = sum(minor for _, minor in self.debits.values())
        return max(day for day, _ in self.debits.values()) if self.debits and gone_minor == self.amount_minor else None


class Histories:
    """Everything that the meter knows, by reference or key, told the events of TOPICS in the order of the log."""

    def __init__(self) -> None:
        self.trades: dict[str, Trade] = defaultdict(Trade)
        self.persons: dict[str, Person] = defaultdict(Person)
        self.accounts: dict[str, Account] = {}
        self.payouts: dict[str, Course] = {}

    def tell(self, recorded: Recorded) -> None:
        """Take an event in."""
        reference, day = recorded.originator_id, recorded.state.occurred_at.date()
        match kind_of(reference):
            case "order" | "hold":
                tell_trade(self.trades[key_of(reference)], recorded, day)
            case "release" | "refund":
                tell_proposal(self.trades[key_of(reference)], recorded, day)
            case "party":
                _tell_person(self.persons[key_of(reference)], recorded, day)
            case "payee":
                _tell_account(self._account(reference), recorded, day)
            case _:
                self._tell_payout(recorded, day)

    def pass_over(self, recorded: Recorded) -> None:
        """Leave an event out that doesn't count; payouts take items by their numbers, so it has one all the same."""
        if isinstance(recorded.event, ITEMS):
            self._account(recorded.originator_id).number += 1

    def _account(self, reference: str) -> Account:
        party, _, currency = key_of(reference).rpartition("/")
        return self.accounts.setdefault(reference, Account(party, currency))

    def _tell_payout(self, recorded: Recorded, day: date) -> None:
        event = recorded.event
        if isinstance(event, PayoutPlanned):
            course = Course(day, event.pay_on, None if event.approvals else day, amount_minor=event.amount_minor)
            self.payouts[recorded.originator_id] = course
        elif recorded.originator_id in self.payouts:  # as of a day, a payout's beginning may not count yet
            _tell_course(self.payouts[recorded.originator_id], recorded, day)


def _tell_person(person: Person, recorded: Recorded, day: date) -> None:
    match event := recorded.event:
        case PartyRegistered():
            person.rulebook, person.fields = event.rulebook, set(event.profile)
        case PartyProfileChanged(field=name):
            person.fields.add(name)
        case PartyErased():
            person.fields.clear()
        case PartySuspended():
            person.is_suspended = True
        case PartyReinstated():
            person.is_suspended = False
        case PartyScreened(result="hit"):
            person.hits.add(event.list_name)
        case PartyScreened():
            person.hits.discard(event.list_name)
        case _:
            return
    person.blocked.turn(day, on=person.is_suspended or bool(person.hits))
    person.unknown.turn(day, on=not _is_payable(person.fields))


def _is_payable(fields: set[str]) -> bool:
    """Return whether it is known where a party is paid: whose account it is, and which."""
    return "account_name" in fields and ("iban" in fields or {"account_number", "agent"} <= fields)


def _tell_account(account: Account, recorded: Recorded, day: date) -> None:
    match event := recorded.event:
        case PayeeCredited(amount_minor=minor, source=source):
            _add(account, day, minor, source)
        case PayeeDebited(amount_minor=minor, source=source):
            _add(account, day, -minor, source)
        case PayeeRepaid(amount_minor=minor) | PayeeReclaimed(amount_minor=minor):
            _add(account, day, minor, "")
        case PayeeUnclaimed(amount_minor=minor):
            _add(account, day, -minor, "")
        case PayeeReservationReleased(payout=payout, amounts_minor=amounts):
            _add(account, day, sum(amounts.values()), payout)
        case PayeeReserved(payout=payout, amounts_minor=amounts, last_item=last_item):
            account.takings.append((last_item, payout))
            account.available.append((day, _available(account) - sum(amounts.values())))
        case PayeePaidOut():
            pass
        case _:
            raise TypeError(event)


def _add(account: Account, day: date, amount_minor: int, source: str) -> None:
    account.number += 1
    account.items.append(Item(account.number, source, amount_minor, day))
    account.available.append((day, _available(account) + amount_minor))


def _available(account: Account) -> int:
    return account.available[-1][1] if account.available else 0


def _tell_course(course: Course, recorded: Recorded, day: date) -> None:
    match event := recorded.event:
        case PayoutApproved(missing=0):
            course.approved_on = day
        case PayoutInstructed():
            course.instructed_on = day
        case PayoutDebited():
            course.debits[event.bank_entry] = (event.booked_on, event.amount_minor)
        case PayoutDebitUndone():
            course.debits.pop(event.bank_entry, None)
        case PayoutCancelled() | PayoutRejected():
            course.over_on = day
        case PayoutReturned(booked_on=booked_on):
            course.over_on = booked_on
        case PayoutReturnUndone():
            course.over_on = None
        case _:
            pass
