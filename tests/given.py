"""
Given what happened, when somebody says a command, then this happens or it is refused: the language of domain tests.

    given(*agreed(), on(HOLD, received(10_000))).when(ConfirmReceipt(order="PO-1")).refused(OrderNotInState)

State is built from events with the catalogue's own `evolve`; a World keeps them as the log would, with their entries.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Self

from domain import book, hold, order, rulebook
from domain.aggregate import Aggregate, Event
from domain.catalogue import evolve
from domain.commands import Command
from domain.errors import LedgerError
from domain.handlers import decide
from domain.journal import Entry
from domain.money import Money
from domain.order import Line, PaymentStep, Terms
from domain.party_events import PartyRegistered, PartyScreened, Role, ScreeningResult
from domain.posting_rules import post
from domain.references import RulebookId, key_of, kind_of
from domain.rules import Rules
from domain.unit_of_work import Loaded, Step, UnitOfWork

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
OPERATOR = "operator:first"
SECOND = "operator:second"

BOOK, RULEBOOK, ORDER, HOLD = "book:main", "rulebook:standard/1", "order:PO-1", "hold:PO-1"
RELEASES, REFUNDS = "release:PO-1", "refund:PO-1"
BUYER, EXPORTER, WATCHLIST = "party:BUY-1", "party:EXP-1", "watchlist:UNSC"
BUYER_PAYEE, EXPORTER_PAYEE = "payee:BUY-1/USD", "payee:EXP-1/USD"

RULES = Rules(service_fee_bps=250, service_fee_tax_bps=1_800, four_eyes_from_minor={"USD": 1_000_000})
ACCOUNTS = {
    "card": "clearing:card",
    "hold": "hold:PO-1",
    "disputed": "disputed:PO-1",
    "frozen": "frozen:PO-1",
    "exporter": "payable:exporter:EXP-1",
    "buyer": "refundable:buyer:BUY-1",
    "fee": "income:service-fee",
    "tax": "tax:gst-output",
}
"""The accounts that PO-1 moves money between, by the words for them here."""

FOUR_EYES = Rules(service_fee_bps=250, service_fee_tax_bps=1_800)
"""The same rules, but a second person looks at every amount."""


class Happened(NamedTuple):
    """An event and what it happened to."""

    reference: str
    event: Event


def on(reference: str, *events: Event) -> tuple[Happened, ...]:
    """Return events as happenings to one aggregate."""
    return tuple(Happened(reference, event) for event in events)


class World:
    """One book in memory: its events in order, its aggregates as they stand, its accounts as the events post."""

    def __init__(self) -> None:
        self.steps: list[tuple[Step, datetime]] = []
        self.aggregates: dict[str, Loaded] = {}
        self.balances: defaultdict[tuple[str, str], int] = defaultdict(int)
        """By account and currency, debits above zero."""

    def load(self, reference: str) -> Loaded:
        """Return an aggregate as it stands."""
        return self.aggregates.get(reference, Loaded(None, 0))

    def happen(self, happened: Happened, *, at: datetime = AT) -> None:
        """Let an event happen without a command."""
        aggregate, version = self.load(happened.reference)
        after = evolve(aggregate, happened.event, happened.reference, at)
        self._keep([Step(happened.reference, version + 1, happened.event, "", at)], at)
        self.aggregates[happened.reference] = Loaded(after, version + 1)

    def say(self, command: Command, *, actor: str = OPERATOR, at: datetime = AT, role: str = "operator") -> list[Step]:
        """Decide a command and keep what it makes; a refusal keeps nothing."""
        uow = UnitOfWork(self.load, actor=actor, occurred_at=at, role=role, book=key_of(BOOK))
        decide(command, uow)
        self._keep(uow.steps, at)
        self.aggregates.update(uow.changed)
        return uow.steps

    def _keep(self, steps: Iterable[Step], at: datetime) -> None:
        kept = [(step, _posted(step)) for step in steps]
        for step, entry in kept:
            self.steps.append((step, at))
            for posting in entry.postings if entry else ():
                self.balances[posting.account, posting.currency] += posting.amount_minor


def _posted(step: Step) -> Entry | None:
    try:
        return post(step.reference, step.event)
    except LedgerError as defect:
        raise AssertionError(f"decided, but can't be posted: {step.event}") from defect


class Then:
    """What became of a command; its clocks, which nearly everything starts or stops, are told only if asked for."""

    def __init__(self, world: World, steps: list[Step], refusal: LedgerError | None, *, unchanged: bool) -> None:
        self.world = world
        self.steps = steps
        self._refusal = refusal
        self._unchanged = unchanged
        self._with_clocks = False

    @property
    def told(self) -> list[Step]:
        """Return what happened, without clocks unless they are asked for."""
        return [step for step in self.steps if self._with_clocks or kind_of(step.reference) != "clock"]

    def with_clocks(self) -> Self:
        """Let what is expected from here on tell of clocks as well."""
        self._with_clocks = True
        return self

    def then(self, *expected: tuple[Happened, ...]) -> Self:
        """Expect exactly these events, in this order."""
        assert self._refusal is None, self._refusal
        assert [Happened(step.reference, step.event) for step in self.told] == [
            happened for history in expected for happened in history
        ]
        return self

    def then_topics(self, *expected: str) -> Self:
        """Expect events of these classes, in this order."""
        assert self._refusal is None, self._refusal
        assert tuple(type(step.event).__name__ for step in self.told) == expected
        return self

    def posts(self, **amounts_minor: int) -> Self:
        """Expect what the accounts of `ACCOUNTS` changed by in all, debits above zero; the others not at all."""
        assert self._refusal is None, self._refusal
        posted: defaultdict[str, int] = defaultdict(int)
        for step in self.steps:
            entry = post(step.reference, step.event)
            for posting in entry.postings if entry else ():
                posted[posting.account] += posting.amount_minor
        expected = {ACCOUNTS[name]: minor for name, minor in amounts_minor.items()}
        assert {account: minor for account, minor in posted.items() if minor} == expected
        return self

    def leaves(self, reference: str, **fields: Any) -> Self:
        """Expect an aggregate to stand like this."""
        assert self._refusal is None, self._refusal
        aggregate = self.world.load(reference).aggregate
        assert {name: getattr(aggregate, name) for name in fields} == fields
        return self

    def refused(self, error: type[LedgerError], **attributes: Any) -> Self:
        """Expect a refusal of exactly this class with these attributes, which leaves no trace."""
        assert type(self._refusal) is error, (self._refusal, self.steps)
        assert {name: getattr(self._refusal, name) for name in attributes} == attributes
        assert self._unchanged, "a refusal left a trace"
        return self


class Given:
    """A book in which something happened."""

    def __init__(self, world: World) -> None:
        self.world = world

    def said(self, *commands: Command, actor: str = OPERATOR, at: datetime = AT, role: str = "operator") -> Self:
        """Let commands be accepted first, where writing out what they make would hide the point."""
        for command in commands:
            self.world.say(command, actor=actor, at=at, role=role)
        return self

    def when(self, command: Command, *, actor: str = OPERATOR, at: datetime = AT, role: str = "operator") -> Then:
        """Decide a command."""
        before, kept = dict(self.world.aggregates), list(self.world.steps)
        refusal, steps = None, []
        try:
            steps = self.world.say(command, actor=actor, at=at, role=role)
        except LedgerError as refused:
            refusal = refused
        unchanged = self.world.aggregates == before and self.world.steps == kept
        return Then(self.world, steps, refusal, unchanged=unchanged)


def given(*histories: tuple[Happened, ...], at: datetime = AT) -> Given:
    """Return a book in which these events happened, in this order."""
    world = World()
    for happened in (one for history in histories for one in history):
        world.happen(happened, at=at)
    return Given(world)


def usd(minor: int) -> Money:
    """Return an amount of the currency that every example trade is in."""
    return Money("USD", minor)


def opened() -> book.BookOpened:
    """Return the beginning of a book."""
    return book.BookOpened(
        identity="0" * 32,
        log_origin="ledger.example/main",
        leaf_format=book.LEAF_FORMAT,
        chart=book.CHART,
        functional_currency="USD",
        time_zone="UTC",
    )


def ruled(rules: Rules = RULES) -> tuple[Happened, ...]:
    """Return how the rulebook `standard/1` came into force."""
    return on(
        RULEBOOK,
        rulebook.RulebookDrafted(rules=rules, drafted_by=OPERATOR),
        rulebook.RulebookApproved(approved_by=SECOND),
        rulebook.RulebookPublished(),
    )


def line(number: int = 1, *, quantity: int = 10, amount_minor: int = 10_000) -> Line:
    """Return a line of an order."""
    return Line(number=number, sku=f"SKU-{number}", quantity=quantity, amount_minor=amount_minor)


def terms(*steps: PaymentStep) -> Terms:
    """Return terms by sea under `standard/1`, in USD."""
    return Terms(
        currency="USD",
        steps=steps,
        transport_mode="sea",
        ship_by=date(2026, 12, 1),
        rulebook=RulebookId(RULEBOOK),
    )


def placed(*lines: Line, steps: tuple[PaymentStep, ...] = ()) -> order.OrderPlaced:
    """Return an order of BUY-1 from EXP-1; without lines, one of 10 pieces for 100.00 USD."""
    lines = lines or (line(),)
    total_minor = sum(one.amount_minor for one in lines)
    return order.OrderPlaced(
        buyer="BUY-1",
        exporter="EXP-1",
        terms=terms(*(steps or (PaymentStep(name="whole", amount_minor=total_minor),))),
        total_minor=total_minor,
        line_count=len(lines),
        lines=lines,
    )


def agreed(*lines: Line, rules: Rules = RULES, steps: tuple[PaymentStep, ...] = ()) -> tuple[tuple[Happened, ...], ...]:
    """Return how the order PO-1 came to be placed and accepted, and its hold opened."""
    order_placed = placed(*lines, steps=steps)
    return (
        ruled(rules),
        on(ORDER, order_placed, order.OrderAccepted()),
        on(
            HOLD,
            hold.HoldOpened(buyer="BUY-1", exporter="EXP-1", currency="USD", steps=len(order_placed.terms.steps)),
        ),
    )


def received(amount_minor: int, *, step: int = 1) -> hold.HoldPaymentReceived:
    """Return a payment by card."""
    return hold.HoldPaymentReceived(step=step, amount_minor=amount_minor, currency="USD", account="clearing:card")


def paid(amount_minor: int = 10_000, *, rules: Rules = RULES) -> tuple[tuple[Happened, ...], ...]:
    """Return how PO-1 (100.00 USD) was agreed and this much of it paid."""
    return (*agreed(rules=rules), on(HOLD, received(amount_minor)))


def delivered(amount_minor: int = 10_000, *, rules: Rules = RULES) -> tuple[tuple[Happened, ...], ...]:
    """Return how PO-1 was paid, dispatched whole and delivered."""
    goods = on(
        ORDER,
        order.OrderDispatched(dispatch=1, lines=None, all_dispatched=True),
        order.OrderDelivered(dispatch=1, all_delivered=True),
    )
    return (*(paid(amount_minor, rules=rules) if amount_minor else agreed(rules=rules)), goods)


def registered(*roles: Role) -> PartyRegistered:
    """Return a registration in India, as an exporter where no role is named."""
    return PartyRegistered(roles=roles or ("exporter",), country="IN", rulebook=RulebookId(RULEBOOK), profile={})


def screened(result: ScreeningResult = "clear", *, version: str = "v1", after_hit: bool = False) -> PartyScreened:
    """Return a screening under a version of the list UNSC."""
    return PartyScreened(
        list_name="UNSC",
        list_version=version,
        list_hash="a1" * 32,
        result=result,
        after_hit=after_hit,
        screened_by=OPERATOR,
    )


def frozen(amount_minor: int) -> hold.HoldFrozen:
    """Return a freeze."""
    return hold.HoldFrozen(amount_minor=amount_minor, currency="USD", reason="suspected-fraud")


def folded(reference: str, *events: Event, at: datetime = AT) -> Aggregate:
    """Return an aggregate folded from events."""
    world = World()
    for event in events:
        world.happen(Happened(reference, event), at=at)
    aggregate = world.load(reference).aggregate
    assert aggregate is not None
    return aggregate
