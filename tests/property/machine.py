"""A machine that says any public command at any moment, and holds domain and naive model side by side."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain import commands
from domain.commands import Command
from domain.errors import LedgerError
from domain.hold import Hold
from domain.money import Money
from domain.order import Order
from domain.proposal import Proposals
from domain.references import hold_id, order_id, refunds_id, releases_id
from domain.rulebook import Rules
from tests.given import AT, given, ruled
from tests.property import laws
from tests.property.model import Model, ModelOrder
from tests.strategies import ACCOUNT, ACTORS, CURRENCY, ORDERS, Said, place_orders, rules, sayings

orders = st.sampled_from((ORDERS[0], ORDERS[0], *ORDERS))
"""The first order has more happen to it, so that it comes to states that take long."""
actors = st.sampled_from(ACTORS)
sizes = st.sampled_from(("one", "half", "all", "all", "too much"))


def sized(whole_minor: int, size: str) -> Money:
    """Return a whole amount, or nearly."""
    minor = {"one": 1, "half": whole_minor // 2, "all": whole_minor, "too much": whole_minor + 1}[size]
    return Money(CURRENCY, minor)


class TradeMachine(RuleBasedStateMachine):
    """Two orders of a few parties under one rulebook, a clock, and everybody talking at once."""

    @initialize(
        rulebook=rules(),
        first=place_orders(ORDERS[0]),
        second=place_orders(ORDERS[1]),
        begun=st.sampled_from((0, 2, 3, 5, 5)),
    )
    def open_book(self, rulebook: Rules, first: commands.PlaceOrder, second: commands.PlaceOrder, begun: int) -> None:
        """Publish a rulebook, place both orders, and let the first take its course until something else happens."""
        unlisted = 1 if rulebook.four_eyes_where_unlisted else None
        self.world = given(ruled(rulebook)).world
        self.model = Model(threshold=rulebook.four_eyes_from_minor.get(CURRENCY, unlisted))
        self.now = AT
        for command in (first, second):
            self.say(Said(command, ACTORS[0], 0))
        self.go_on(ORDERS[0], ACTORS[0], begun)

    @rule(said=sayings())
    def anything(self, said: Said) -> None:
        """Let anybody say anything."""
        self.say(said)

    @rule(order=orders, actor=actors, steps=st.integers(1, 5))
    def go_on(self, order: str, actor: str, steps: int) -> None:
        """Let the trade take its ordinary course for some steps, so that it gets somewhere."""
        for _ in range(steps):
            self.say(Said(self.next_of(order), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def pay(self, order: str, actor: str, size: str) -> None:
        """Pay what is missing, or as much as it all costs, or nearly."""
        known = self.model.orders[order]
        amount = sized(max(0, known.total - known.received) or known.total, size)
        self.say(Said(commands.RecordPayment(order=order, amount=amount, account=ACCOUNT), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def freeze(self, order: str, actor: str, size: str) -> None:
        """Freeze what is held, or nearly."""
        amount = sized(self.model.orders[order].held, size)
        self.say(Said(commands.FreezeHold(order=order, amount=amount, reason="late"), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def unfreeze(self, order: str, actor: str, size: str) -> None:
        """Unfreeze what is frozen, or nearly."""
        amount = sized(self.model.orders[order].frozen, size)
        self.say(Said(commands.UnfreezeHold(order=order, amount=amount, reason="late"), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def charge_back(self, order: str, actor: str, size: str) -> None:
        """Let a bank take all there is, or what was released, or nearly."""
        known = self.model.orders[order]
        amount = sized(known.held + known.frozen or known.released, size)
        self.say(Said(commands.RecordChargeback(order=order, amount=amount, account=ACCOUNT), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def refund(self, order: str, actor: str, size: str) -> None:
        """Propose to give back all that can be, or nearly."""
        known = self.model.orders[order]
        amount = sized(known.held + known.recoverable, size)
        self.say(Said(commands.ProposeRefund(order=order, amount=amount, reason="late"), actor, 0))

    @rule(order=orders, actor=actors, size=sizes)
    def release(self, order: str, actor: str, size: str) -> None:
        """Propose to release all that is due, or nearly."""
        amount = sized(self.model.orders[order].due, size)
        self.say(Said(commands.ProposeRelease(order=order, amount=amount), actor, 0))

    @rule(order=orders, actor=actors)
    def cancel_or_lapse(self, order: str, actor: str) -> None:
        """Call off what hasn't left; wait for what has."""
        if self.model.orders[order].dispatches:
            self.say(Said(commands.LapseInspection(order=order), actor, 46))
        else:
            self.say(Said(commands.CancelOrder(order=order, reason="late"), actor, 0))

    @rule(order=orders, actor=actors, agree=st.booleans())
    def look_at_what_waits(self, order: str, actor: str, *, agree: bool) -> None:
        """Let somebody, and then a second person, decide on whatever has waited longest."""
        known = self.model.orders[order]
        for waiting, approve, reject in (
            (known.releases, commands.ApproveRelease, commands.RejectRelease),
            (known.refunds, commands.ApproveRefund, commands.RejectRefund),
        ):
            if waiting:
                number = min(waiting)
                second = next(actor for actor in ACTORS if actor != waiting[number].proposer)
                decision = (
                    approve(order=order, number=number) if agree else reject(order=order, number=number, reason="x")
                )
                self.say(Said(decision, actor, 0))
                self.say(Said(decision, second, 0))
                return

    @invariant()
    def laws_hold(self) -> None:
        """Hold the whole book against every law."""
        laws.every_law(self.world)

    @invariant()
    def model_agrees(self) -> None:
        """Hold every order against the model's integers."""
        for key, known in self.model.orders.items():
            order = self.world.load(order_id(key)).aggregate
            assert isinstance(order, Order)
            assert (order.status, list(order.undispatched)) == (known.status, known.left)
            assert (order.dispatches, set(order.delivered)) == (known.dispatches, known.delivered)
            assert order.total_minor == known.total
            self.money_agrees(key, known)

    def money_agrees(self, key: str, known: ModelOrder) -> None:
        """Hold an order's money, and what waits of it, against the model's integers."""
        hold = self.world.load(hold_id(key)).aggregate
        if known.hold == "none":
            assert hold is None
            return
        assert isinstance(hold, Hold)
        assert {
            "hold": hold.status,
            "received": hold.received_minor,
            "held": hold.held_minor,
            "frozen": hold.frozen_minor,
            "released": hold.released.gross_minor,
            "recovered": hold.recovered.gross_minor,
            "refunded": hold.refunded_minor,
            "charged_back": hold.charged_back_minor,
            "charged_to_exporter": hold.charged_to_exporter_minor,
            "charged_to_buyer": hold.charged_to_buyer_minor,
        } == {name: getattr(known, name) for name in MONEY}
        for reference, waiting in ((releases_id(key), known.releases), (refunds_id(key), known.refunds)):
            proposals = self.world.load(reference).aggregate
            assert proposals is None or isinstance(proposals, Proposals)
            pending = {one.number: one.amount_minor for one in proposals.pending} if proposals else {}
            assert pending == {number: one.amount for number, one in waiting.items()}

    def teardown(self) -> None:
        """Replay the whole log at the end."""
        if hasattr(self, "world"):
            laws.the_log_replays(self.world)

    def say(self, said: Said) -> None:
        """Say a command to both; they accept or refuse it alike, and a refusal leaves no trace."""
        self.now += timedelta(days=said.days)
        before = (dict(self.world.aggregates), len(self.world.steps), dict(self.world.balances))
        try:
            steps = self.world.say(said.command, actor=said.actor, at=self.now)
            laws.every_entry_sums_to_zero(steps)
            laws.no_event_moves_less_than_nothing(steps)
            happened, refusal = True, None
        except LedgerError as refused:
            happened, refusal = False, refused
            assert (self.world.aggregates, len(self.world.steps), dict(self.world.balances)) == before
        expected = self.model.say(said.command, said.actor, self.now, happened=happened)
        assert happened == expected, refusal or "the model refuses this"

    def next_of(self, order: str) -> Command:
        """Return what would ordinarily be said next about an order."""
        known = self.model.orders[order]
        match known.status:
            case "placed":
                return commands.AcceptOrder(order=order)
            case "accepted" if known.received < known.total:
                missing = Money(CURRENCY, known.total - known.received)
                return commands.RecordPayment(order=order, amount=missing, account=ACCOUNT)
            case "accepted" | "part_dispatched":
                return commands.DispatchGoods(order=order)
            case "dispatched":
                return commands.RecordDelivery(order=order)
            case _:
                return commands.ConfirmReceipt(order=order)


MONEY = (
    "hold",
    "received",
    "held",
    "frozen",
    "released",
    "recovered",
    "refunded",
    "charged_back",
    "charged_to_exporter",
    "charged_to_buyer",
)
