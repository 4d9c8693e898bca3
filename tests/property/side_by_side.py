"""Domain and naive model side by side: whatever is said is said to both, and held against each other and the laws."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import currently_in_test_context, note
from hypothesis.stateful import RuleBasedStateMachine

from domain import commands
from domain.commands import Command
from domain.errors import LedgerError
from domain.money import Money
from domain.rules import Rules
from tests.given import AT, World
from tests.property import laws
from tests.property.comparison import agree
from tests.property.fitting import ordinary
from tests.property.model import Model
from tests.property.model_money import Books
from tests.property.model_state import ModelOrder, Who
from tests.strategies import ACCOUNT, CURRENCY, OPERATOR, OPERATORS, RULEBOOK, SECOND, Voice

SIZES = ("one", "half", "half", "all", "all", "too much")


def sized(whole_minor: int, size: str) -> Money:
    """Return a whole amount, or nearly."""
    minor = {"one": 1, "half": whole_minor // 2, "all": whole_minor, "too much": whole_minor + 1}[size]
    return Money(CURRENCY, minor)


class SideBySide(RuleBasedStateMachine):
    """A book, the model of it, and the time; and what may be said of any order that was placed."""

    accepted: ClassVar[Counter[str]] = Counter()
    """How often each command was, over all runs."""

    def begin(self, rulebook: Rules) -> None:
        """Open a book and publish a rulebook, here and in the model."""
        self.world, self.model, self.now = World(), Model(rulebook), AT
        self.say(commands.OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main"))
        self.say(commands.DraftRulebook(rulebook=RULEBOOK, rules=rulebook))
        self.say(commands.ApproveRulebook(rulebook=RULEBOOK), SECOND)
        self.say(commands.PublishRulebook(rulebook=RULEBOOK))

    def go_on(self, order: str, voice: Voice, steps: int) -> None:
        """Let the trade take its ordinary course for some steps, so that it gets somewhere."""
        for _ in range(steps):
            known = self.known(order)
            if known is None or not self.say(ordinary(order, known), voice):
                return

    def pay(self, order: str, voice: Voice, size: str) -> None:
        """Pay what is missing, or as much as it all costs, or nearly."""
        if known := self.known(order):
            amount = sized(max(0, known.total - known.received) or known.total, size)
            self.say(commands.RecordPayment(order=order, amount=amount, account=ACCOUNT), voice)

    def freeze(self, order: str, voice: Voice, size: str) -> None:
        """Freeze what is held, or nearly."""
        if known := self.known(order):
            self.say(commands.FreezeHold(order=order, amount=sized(known.held, size), reason="late"), voice)

    def unfreeze(self, order: str, voice: Voice, size: str) -> None:
        """Unfreeze what is frozen, or nearly."""
        if known := self.known(order):
            self.say(commands.UnfreezeHold(order=order, amount=sized(known.frozen, size), reason="late"), voice)

    def charge_back(self, order: str, voice: Voice, size: str) -> None:
        """Let a bank take all there is, or what was released, or nearly."""
        if known := self.known(order):
            amount = sized(known.disputed + known.held + known.frozen or known.released, size)
            self.say(commands.RecordChargeback(order=order, amount=amount, account=ACCOUNT), voice)

    def refund(self, order: str, voice: Voice, size: str) -> None:
        """Propose to give back all that can be, or nearly."""
        if known := self.known(order):
            amount = sized(known.held + known.recoverable, size)
            self.say(commands.ProposeRefund(order=order, amount=amount, reason="late"), voice)

    def release(self, order: str, voice: Voice, size: str) -> None:
        """Propose to release all that is due, or nearly."""
        if known := self.known(order):
            self.say(commands.ProposeRelease(order=order, amount=sized(known.due, size)), voice)

    def cancel_or_lapse(self, order: str, voice: Voice) -> None:
        """Call off what hasn't left; wait for what has."""
        known = self.known(order)
        if known and known.dispatches:
            self.now += timedelta(days=46)
            self.say(commands.LapseInspection(order=order), voice)
        else:
            self.say(commands.CancelOrder(order=order, reason="late"), voice)

    def look_at_what_waits(self, order: str, voice: Voice, *, agree: bool) -> None:
        """Let somebody, and then a second person, decide on whatever has waited longest."""
        known = self.known(order)
        for waiting, approve, reject in (
            (
                (known.releases, commands.ApproveRelease, commands.RejectRelease),
                (known.refunds, commands.ApproveRefund, commands.RejectRefund),
            )
            if known
            else ()
        ):
            if waiting:
                number = min(waiting)
                second = next(other for other in OPERATORS if other.actor != waiting[number].proposer)
                decision = (
                    approve(order=order, number=number) if agree else reject(order=order, number=number, reason="x")
                )
                self.say(decision, voice)
                self.say(decision, second)
                return

    def teardown(self) -> None:
        """Replay the whole log at the end."""
        if hasattr(self, "world"):
            laws.the_log_replays(self.world)

    def known(self, order: str) -> ModelOrder | None:
        """Return what the model knows of an order that was placed."""
        return self.model.orders.get(order)

    def say(self, command: Command, voice: Voice = OPERATOR, *, at: datetime | None = None) -> bool:
        """Say a command to both, which accept it, or refuse it without a trace; return whether they accept."""
        at = at or self.now
        if currently_in_test_context():
            note(f"{at:%Y-%m-%d %H:%M:%S} {voice.actor}: {command}")
        before = (dict(self.world.aggregates), len(self.world.steps), dict(self.world.balances))
        books = self._books_once_clocks_passed(command, at)
        refusal: LedgerError | None = None
        try:
            steps = self.world.say(command, actor=voice.actor, at=at, role=voice.role)
            laws.every_step_is_sound(self.world, command, steps, at)
            self.accepted[type(command).__name__] += 1
        except LedgerError as refused:
            refusal = refused
            assert (self.world.aggregates, len(self.world.steps), dict(self.world.balances)) == before
        expected = self.model.say(command, Who(voice.actor, voice.role, at), happened=refusal is None, books=books)
        assert (refusal is None) == (expected is None), refusal or "the model refuses this"
        if refusal and expected and expected.category:
            assert isinstance(refusal, expected.category), (refusal, expected)
        self.check()
        return refusal is None

    def _books_once_clocks_passed(self, command: Command, at: datetime) -> Books:
        """Return what the accounts say once a trade's due clocks have passed: before a command about it is decided."""
        scratch = World()
        scratch.aggregates.update(self.world.aggregates)
        scratch.balances.update(self.world.balances)
        if isinstance(command, commands.GuaranteeCommand):
            with suppress(LedgerError):
                scratch.say(commands.ExpireClocks(order=command.order), at=at)
        return dict(scratch.balances)

    def check(self) -> None:
        """Hold the whole book against every law, and against the model."""
        laws.every_law(self.world)
        agree(self.world, self.model)
