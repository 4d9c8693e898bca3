"""How the naive model keeps time: which deadlines run as things stand, and what silence brings about."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from tests.property.model_orders import INSPECTION_DAYS, Orders
from tests.property.model_parties import DAY
from tests.property.model_state import ModelClock, ModelDispute, ModelOrder, Who

SATURDAY = 5


class Running(NamedTuple):
    """A clock that should run, and when it ends if it begins now."""

    name: str
    due: datetime
    decides: bool
    about: int = 0


class Clocks(Orders):
    """What the model does with time."""

    def pass_clocks(self, key: str, order: ModelOrder, at: datetime) -> bool:
        """Let what is due by an instant pass, the earliest first; return whether anything was."""
        passed = False
        while due := [(clock.due, name) for name, clock in order.clocks.items() if _is_due(clock, at)]:
            instant, name = min(due)
            passed = True
            clock = order.clocks.pop(name)
            who = Who(f"clock:{name.split('/')[0]}", "clock", instant)
            self._fall_silent(order, name, clock, who)
            self.rest(key, order, who)
        return passed

    def rest(self, key: str, order: ModelOrder, who: Who) -> None:
        """Do what follows from how things stand: complete, close, earn, start and stop clocks."""
        if order.status == "received" and order.received >= order.total and order.is_settled:
            order.status = "completed"
        never_sent = order.status == "accepted" and order.conceded >= order.received > 0
        if never_sent and order.is_settled and not order.dispute and order.disputes:
            order.status = "cancelled"
        over = order.status == "cancelled" or (order.status == "completed" and order.claims_ended)
        if over and order.hold == "open" and order.is_settled and not order.dispute:
            order.hold = "closed"
            self.close_trade(key, order, who)
        if order.claims_ended and not order.dispute:
            self.earn(order)
        self._keep(order, who.at)

    def let_inspection_end_here(self, order: ModelOrder, who: Who) -> None:
        """Let an inspection that ended before the order was taken over end within a day."""
        clock = order.clocks.get("inspection")
        while clock and clock.due <= who.at:
            clock.due += DAY

    def _keep(self, order: ModelOrder, at: datetime) -> None:
        wanted = {clock.name: clock for clock in self._of_order(order, at)}
        for dispute in order.disputes:
            if dispute.status != "settled":
                wanted |= {clock.name: clock for clock in self._of_dispute(dispute, at)}
        for name in set(order.clocks) - set(wanted):
            del order.clocks[name]
        for name in set(wanted) - set(order.clocks):
            order.clocks[name] = ModelClock(wanted[name].due, wanted[name].decides, wanted[name].about)

    def _of_order(self, order: ModelOrder, at: datetime) -> Iterator[Running]:
        rules = self.rules
        if order.status == "placed" and rules.acceptance_days:
            yield Running("acceptance", at + rules.acceptance_days * DAY, decides=True)
        if order.status in {"accepted", "part_dispatched"}:
            end = datetime.combine(order.ship_by + DAY, time(), UTC)
            yield Running(f"ship-by/{order.ship_by}", end, decides=False)
        if order.status in {"dispatched", "delivered"} and order.inspected_from:
            days = INSPECTION_DAYS[order.mode] + sum(order.extended.values())
            yield Running("inspection", order.inspected_from + days * DAY, decides=True)
        if order.received_at and not order.claims_ended:
            yield Running("claims", order.received_at + rules.claim_days * DAY, decides=True)
        for number in order.refunds:
            yield Running(f"refund-start/{number}", _working_days(at, rules.refund_start_working_days), decides=False)
        if rules.payment_days and order.hold == "open" and order.status != "completed":
            for number in _unpaid(order):
                yield Running(f"payment/{number}", at + rules.payment_days * DAY, decides=False)

    def _of_dispute(self, dispute: ModelDispute, at: datetime) -> Iterator[Running]:
        rules, n = self.rules, dispute.number
        open_claims = [claim for claim in dispute.claims if claim.status == "open"]
        undecided = [claim for claim in dispute.claims if claim.status in {"open", "appealed"}]
        if dispute.status == "negotiating" and open_claims:
            yield Running(f"escalation/{n}", at + (rules.automatic_escalation_day - 1) * DAY, decides=True, about=n)
            if not all(claim.answered for claim in open_claims):
                yield Running(f"answer/{n}", at + rules.negotiation_days * DAY, decides=False, about=n)
        if dispute.status == "escalated" and undecided:
            if not dispute.declared:
                due = _working_days(at, rules.mediator_working_days)
                yield Running(f"mediation/{n}", due, decides=False, about=n)
            elif not dispute.pending:
                yield Running(f"review/{n}", _working_days(at, rules.review_working_days), decides=False, about=n)
        for number in dispute.offers:
            yield Running(f"offer/{n}/{number}", at + rules.offer_days * DAY, decides=True, about=n)
        for number, request in enumerate(dispute.requests, start=1):
            answered = any(piece.request == number for piece in dispute.evidence)
            if dispute.claim(request.claim) in undecided and not (request.over or answered):
                yield Running(f"evidence/{n}/{number}", at + rules.evidence_days * DAY, decides=True, about=n)
        for decision in {claim.decision for claim in dispute.claims if claim.status == "ruled"}:
            yield Running(f"appeal/{n}/{decision}", at + rules.appeal_days * DAY, decides=True, about=n)
        yield from self._of_goods(dispute, at)

    def _of_goods(self, dispute: ModelDispute, at: datetime) -> Iterator[Running]:
        days = {"returning": self.rules.return_days, "replacing": self.rules.replacement_days}
        names = {"returning": "return", "replacing": "replacement"}
        for number, claim in enumerate(dispute.claims, start=1):
            if claim.status not in names:
                continue
            name, due = names[claim.status], at + days[claim.status] * DAY
            if number in dispute.travelling:
                name, due = f"{name}-acknowledgement", at + self.rules.acknowledgement_days * DAY
            yield Running(f"{name}/{dispute.number}/{number}", due, decides=True, about=dispute.number)

    def _fall_silent(self, order: ModelOrder, name: str, clock: ModelClock, who: Who) -> None:
        kind = name.split("/", maxsplit=1)[0]
        match kind:
            case "inspection":
                order.lapsed = True
                self.receive(order, who)
            case "acceptance":
                self.cancel(order, who)
            case "claims":
                order.claims_ended = True
            case _:
                dispute, number = order.disputes[clock.about - 1], int(name.rsplit("/", maxsplit=1)[-1])
                self._fall_silent_in_dispute(order, dispute, kind, number, who)

    def _fall_silent_in_dispute(
        self, order: ModelOrder, dispute: ModelDispute, kind: str, number: int, who: Who
    ) -> None:
        match kind:
            case "escalation":
                dispute.status = "escalated"
            case "evidence":
                dispute.requests[number - 1].over = True
            case "offer":
                del dispute.offers[number]
            case "appeal":
                claims = [n for n, claim in enumerate(dispute.claims, start=1) if claim.decision == number]
                self.finalise(order, dispute, claims, who)
            case "return" | "replacement":
                lapsed = ("none", 0) if kind == "return" else ("refund", dispute.claim(number).amount)
                self.remedy(dispute, number, lapsed)
                self.carry_out(order, dispute, [number], who)
            case "return-acknowledgement" | "replacement-acknowledgement":
                self.arrive(order, dispute, number, who, fine=True)
            case _:
                raise AssertionError(kind)


def _is_due(clock: ModelClock, at: datetime) -> bool:
    return clock.decides and clock.paused is None and clock.due <= at


def _unpaid(order: ModelOrder) -> Iterator[int]:
    if order.status in {"placed", "cancelled"}:
        return
    begun = {"acceptance": True, "dispatch": order.dispatches > 0, "delivery": bool(order.delivered)}
    for number, ((minor, trigger), paid) in enumerate(zip(order.steps, order.paid, strict=True), start=1):
        if begun[trigger] and paid < minor:
            yield number


def _working_days(at: datetime, days: int) -> datetime:
    day = at.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return datetime.combine(day + DAY, time(), UTC)
