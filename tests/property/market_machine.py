"""A machine that says every public command, by everybody, at any moment, beside the naive model."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Protocol, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from domain import commands
from domain.agreement_terms import AgreementTerms
from domain.commands import Command
from domain.money import Money
from domain.payee_account import PayeeControl
from domain.rules import Rules
from tests.given import AT
from tests.property import fitting
from tests.property.fitting import Fitting
from tests.property.model_state import ModelDispute
from tests.property.side_by_side import SIZES, SideBySide, sized
from tests.strategies import (
    ACCOUNT,
    AGREEMENT,
    CURRENCY,
    LIST,
    MEDIATORS,
    OPERATOR,
    OPERATORS,
    PARTIES,
    PARTNER,
    SAFEGUARDED,
    SHA256,
    VERSIONS,
    Said,
    agreement_terms,
    market_rules,
    market_sayings,
    place_orders,
    takeovers,
)

T = TypeVar("T")

ORDERS = ("PO-1", "PO-2", "PO-3")
OFTEN = ("PO-1", "PO-1", *ORDERS)
"""The first order has more happen to it, so that it comes to states that take long."""
ALIVE, ORDERS_MOST = 2, 8
"""How many trades should go on at once in a storm, and how many orders it places at most."""
INSTANTS = (timedelta(seconds=-1), timedelta(), timedelta(), timedelta(days=1))


class Pick(Protocol):
    """A way to choose one of some things."""

    def __call__(self, some: Sequence[T]) -> T:
        """Return one of them."""
        ...


class Drawn:
    """A way to choose that Hypothesis knows of, so that it can look for the simplest choices."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def __call__(self, some: Sequence[T]) -> T:
        """Return one of them."""
        return self._data.draw(st.sampled_from(some))


class Dice:
    """A way to choose that costs Hypothesis a single choice."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a story, not a secret

    def __call__(self, some: Sequence[T]) -> T:
        """Return one of them."""
        return self._random.choice(some)


class MarketMachine(SideBySide):
    """Orders placed and taken over, their disputes and deadlines, parties and lists, agreements and guarantees."""

    @initialize(
        rulebook=market_rules(),
        cast=st.sampled_from(("nobody", "registered", "screened", "screened", "screened")),
        agreed=st.none() | agreement_terms(),
        placed=st.tuples(*(place_orders(order) for order in ORDERS[:2])),
        taken_over=st.none() | takeovers(ORDERS[2], at=AT),
        seed=st.integers(0, 2**32 - 1),
        steps=st.integers(0, 60),
    )
    def open_market(
        self,
        *,
        rulebook: Rules,
        cast: str,
        agreed: AgreementTerms | None,
        placed: tuple[commands.PlaceOrder, ...],
        taken_over: commands.TakeOverOrder | None,
        seed: int,
        steps: int,
    ) -> None:
        """Publish rules, register and screen, agree on commission, place orders; let everybody begin to talk."""
        self.begin(rulebook)
        for command in (*_casting(cast, agreed), *placed, *((taken_over,) if taken_over else ())):
            self.say(command)
        self.storm(seed, steps)

    @rule(said=market_sayings(ORDERS))
    def say_anything(self, said: Said) -> None:
        """Let anybody say anything."""
        self.now += timedelta(days=said.days)
        self.say(said.command, said.voice)

    @rule(order=st.sampled_from(OFTEN), data=st.data(), times=st.integers(1, 4))
    def act(self, order: str, data: st.DataObject, times: int) -> None:
        """Let somebody say what fits how things stand."""
        for _ in range(times):
            drawn = Drawn(data)
            drawn(ACTIONS)(self, order, drawn)

    @rule(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 30))
    def storm(self, seed: int, steps: int) -> None:
        """Let everybody say what fits how things stand, one after another: many steps for one draw."""
        pick = Dice(seed)
        for _ in range(steps):
            pick(ACTIONS)(self, self.some_order(pick), pick)

    def some_order(self, pick: Pick) -> str:
        """Return an order that something may still happen to, mostly; place another one where there are too few."""
        alive = [key for key, known in self.model.orders.items() if not fitting.is_over(known)]
        if len(alive) < ALIVE and len(self.model.orders) < ORDERS_MOST:
            alive.append(f"PO-{len(self.model.orders) + 10}")
            placings = fitting.placings(alive[-1], self.model, self.now.date())
            self.say_one(pick, [*placings, *pick(((), (), tuple(fitting.takeovers(alive[-1], self.now))))])
        return pick((*alive, *alive, *self.model.orders, ORDERS[0]))

    def say_one(self, pick: Pick, fitting_now: Iterable[Fitting]) -> None:
        """Say one of some commands."""
        if some := list(fitting_now):
            command, voice = pick(some)
            self.say(command, voice)

    def dispute_of(self, order: str) -> ModelDispute | None:
        """Return an order's open dispute."""
        known = self.known(order)
        return known.dispute if known else None


def go_on(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let the trade take its ordinary course for some steps, so that it gets somewhere."""
    machine.go_on(order, pick(OPERATORS), pick((1, 3)))


def move_money(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Pay, freeze, unfreeze, refund, release, charge back, of what there is."""
    kinds = (machine.pay, machine.freeze, machine.unfreeze, machine.refund, machine.release, machine.charge_back)
    pick(kinds)(order, pick(OPERATORS), pick(SIZES))


def look_at_what_waits(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Decide on a release or refund that waits."""
    machine.look_at_what_waits(order, pick(OPERATORS), agree=pick((True, True, False)))


def cancel_or_lapse(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Call off what hasn't left; wait for what has."""
    machine.cancel_or_lapse(order, pick(OPERATORS))


def dispute(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Say something that fits an order's open dispute; open one where there is none."""
    known = machine.known(order)
    if known and known.dispute:
        machine.now += timedelta(days=pick((0, 0, 0, 3)))
        families = [some for what in fitting.DISPUTES if (some := list(what(order, known.dispute)))]
        machine.say_one(pick, pick(families))
    elif known and known.received:
        machine.say_one(pick, fitting.openings(order, known))
    else:
        machine.go_on(order, OPERATOR, 2)


def decide(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let a dispute go to a mediator and be decided, unless something stands in the way."""
    open_one = machine.dispute_of(order)
    if open_one is None:
        return
    if open_one.status == "negotiating":
        machine.now += timedelta(days=7)
        machine.say(commands.ExpireClocks(order=order))
    if not open_one.mediator:
        ruled_by = {name for claim in open_one.claims for name in claim.ruled_by}
        mediator = next(voice for voice in MEDIATORS if voice.actor.partition(":")[2] not in ruled_by)
        name, number = mediator.actor.partition(":")[2], open_one.number
        machine.say(commands.AssignMediator(order=order, dispute=number, mediator=name))
        machine.say(commands.DeclareConflict(order=order, dispute=number, conflict=False), mediator)
    for _ in range(2):
        machine.say_one(pick, (one for one in fitting.mediation(order, open_one) if _is_decision(one[0])))


def change_terms(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let a side ask for other terms, or more time, or decide on what was asked."""
    if known := machine.known(order):
        machine.say_one(pick, fitting.amendments(order, known))


def stop_or_go(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let a clock stand still, or run on."""
    if known := machine.known(order):
        machine.say_one(pick, fitting.pauses(order, known))


def wait(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let time pass until just before, at, or after the end of some clock."""
    known = machine.known(order)
    if known and known.clocks:
        soonest = min(known.clocks, key=lambda name: known.clocks[name].due)
        clock = known.clocks[pick((soonest, soonest, pick(sorted(known.clocks))))]
        machine.now = max(machine.now, clock.due + pick(INSTANTS))
    machine.say(commands.ExpireClocks(order=order))


def say_late(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Record the next of a trade's ordinary course some hours after it happened."""
    if known := machine.known(order):
        machine.say(fitting.ordinary(order, known), OPERATOR, at=machine.now - timedelta(hours=pick((1, 23))))


def stand_in(machine: MarketMachine, order: str, pick: Pick) -> None:
    """Let a bank take what an exporter got, and the operator put its own money in, take it out, give it up."""
    known = machine.known(order)
    if known is None or known.hold == "none":
        return
    if not (known.recovered or known.charged_to_exporter) and known.released:
        amount = sized(known.released + known.held + known.disputed + known.frozen, pick(("half", "all")))
        machine.say(commands.RecordChargeback(order=order, amount=amount, account=ACCOUNT))
    for _ in range(2):
        machine.say_one(pick, fitting.guarantees(order, known))


def pay_back(machine: MarketMachine, _order: str, pick: Pick) -> None:
    """Let a party pay what it owes, or what it is owed be set aside, or be paid after all."""
    party, part = pick((*PARTIES, PARTNER)), pick(get_args(PayeeControl))
    minor = machine.world.balances.get((f"{part}:{party}", CURRENCY), 0)
    amount = Money(CURRENCY, max(1, abs(minor)))
    kept_minor = machine.model.unclaimed.get((party, part), 0)
    if minor > 0:
        machine.say(commands.RecordRepayment(party=party, amount=amount, owed_on=part, account=SAFEGUARDED))
    elif kept_minor:
        kept = Money(CURRENCY, kept_minor)
        machine.say(commands.ReclaimUnclaimed(party=party, amount=kept, account=part, reason="back"))
    else:
        machine.say(commands.DeclareUnclaimed(party=party, amount=amount, account=part, reason="gone"))


def judge(machine: MarketMachine, _order: str, pick: Pick) -> None:
    """Suspend a party, find it on a list, keep or forget what is known of it; or let it trade again."""
    party = pick(PARTIES)
    if known := machine.model.parties.get(party):
        machine.say_one(pick, fitting.standings(party, known, machine.model.lists[LIST]))
    else:
        machine.say(commands.RegisterParty(party=party, roles=("buyer", "exporter"), country="IN"))


def keep_house(machine: MarketMachine, _order: str, pick: Pick) -> None:
    """Change an agreement, a list, the rules to come."""
    machine.say_one(pick, fitting.house_keeping(machine.model, machine.now.date()))


ACTIONS: tuple[Callable[[MarketMachine, str, Pick], None], ...] = (
    *(dispute,) * 9,
    *(decide, go_on, move_money, wait, look_at_what_waits, change_terms) * 2,
    cancel_or_lapse,
    stop_or_go,
    say_late,
    stand_in,
    pay_back,
    judge,
    keep_house,
)
"""What may be done at any moment; disputes take longest to get anywhere."""


def _casting(cast: str, agreed: AgreementTerms | None) -> Iterable[Command]:
    yield commands.RecordWatchlist(list_name=LIST, version=VERSIONS[0], sha256=SHA256)
    if agreed:
        yield commands.SignAgreement(agreement=AGREEMENT, partner=PARTNER, starts_on=date(2026, 1, 1), terms=agreed)
    for party in PARTIES if cast != "nobody" else ():
        yield commands.RegisterParty(party=party, roles=("buyer", "exporter"), country="IN")
        if agreed:
            yield commands.ReferExporter(party=party, agreement=AGREEMENT, starts_on=AT.date())
        if cast == "screened":
            looked_up = {"party": party, "list_name": LIST, "list_version": VERSIONS[0], "list_hash": SHA256}
            yield commands.ScreenParty(**looked_up, result="clear")


def _is_decision(command: Command) -> bool:
    return isinstance(command, commands.ProposeDecision | commands.ApproveDecision)
