"""A simulated amendment is a change of an order that one side asks for, and what the other says to it."""

from datetime import timedelta

from api.simulation import odds
from api.simulation.stage import Stage, Story
from domain import commands
from domain.amendment import Amendment, LineChange
from domain.money import share_so_far, split
from domain.order import Line
from domain.side import BUYER, EXPORTER, Side, other


class SimulatedAmendment:
    """How two sides come to change what they agreed, or don't."""

    def __init__(self, order: str, *, stage: Stage) -> None:
        self._order = order
        self._stage = stage
        self._dice = stage.dice

    def story(self) -> Story:
        """Ask for another quantity, or another day, before anything is dispatched."""
        yield self._stage.hours((4, 72))
        by: Side = BUYER if self._dice.chance(odds.AMENDED_BY_BUYER) else EXPORTER
        change = self._other_quantity() if self._dice.chance(odds.AMENDED_QUANTITIES) else self._later()
        if not self._propose(change, by=by):
            yield from self._answer(by)

    def cut(self, amount_minor: int) -> Story:
        """Forgo so much of the price, as the exporter, which the buyer accepts."""
        lines = self._stage.order(self._order).lines
        dearest = max(lines, key=lambda line: line.amount_minor)
        if dearest.amount_minor <= amount_minor:
            return
        less = LineChange(
            line=dearest.number, quantity=dearest.quantity, amount_minor=dearest.amount_minor - amount_minor
        )
        if not self._propose(self._with_steps(less), by=EXPORTER):
            yield self._stage.hours((2, 48))
            self._say_accepted(BUYER)

    def _answer(self, by: Side) -> Story:
        yield self._stage.hours((2, 90))
        if self._dice.chance(odds.AMENDED_OWN):
            self._say_accepted(by)
        end = self._dice.pick(odds.AMENDMENT_ENDS)
        if end == "accepted":
            self._say_accepted(other(by))
        elif end != "left":
            side, reason = (by, "not-needed") if end == "taken-back" else (other(by), "too-late")
            decline = commands.DeclineAmendment(order=self._order, amendment=self._number, side=side, reason=reason)
            self._stage.say(decline, self._stage.speaker(self._order, side))

    def _other_quantity(self) -> Amendment:
        line = self._dice.one_of(self._stage.order(self._order).lines)
        return self._with_steps(self._times(line, self._dice.whole(odds.AMENDED_PERCENT)))

    def _with_steps(self, change: LineChange) -> Amendment:
        """Return a change of one line, with every payment step in proportion."""
        order = self._stage.order(self._order)
        total_minor = order.total_minor - order.lines[change.line - 1].amount_minor + change.amount_minor
        steps = split(total_minor, [step.amount_minor for step in order.terms.steps])
        return Amendment(lines=(change,), step_amounts_minor=steps)

    def _times(self, line: Line, percent: int) -> LineChange:
        quantity = max(1, line.quantity * percent // 100)
        amount_minor = max(1, share_so_far(line.amount_minor, done=quantity, whole=line.quantity))
        return LineChange(line=line.number, quantity=quantity, amount_minor=amount_minor)

    def _later(self) -> Amendment:
        terms = self._stage.order(self._order).terms
        more = timedelta(days=self._dice.whole((4, 21)))
        return Amendment(ship_by=terms.ship_by + more, deliver_by=terms.deliver_by + more if terms.deliver_by else None)

    def _propose(self, change: Amendment, *, by: Side) -> str:
        propose = commands.ProposeAmendment(order=self._order, side=by, change=change)
        return self._stage.say(propose, self._stage.speaker(self._order, by))

    def _say_accepted(self, side: Side) -> None:
        accept = commands.AcceptAmendment(order=self._order, amendment=self._number, side=side)
        self._stage.say(accept, self._stage.speaker(self._order, side))

    @property
    def _number(self) -> int:
        return self._stage.order(self._order).amendments
