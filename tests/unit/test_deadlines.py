"""Deadlines: how long each is, what silence does at its end, and that a late worker, or none, decides nothing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from domain import commands
from domain.amendment import Amendment, LineChange
from domain.catalogue import evolve
from domain.clock import ClockExpired, ClockKind, ClockNotDue
from domain.commands import Command
from domain.deadlines import DEADLINES
from domain.dispute_events import (
    DisputeEscalated,
    DisputeEvidenceClosed,
    DisputeOfferExpired,
    DisputeReplacementAcknowledged,
    DisputeReplacementLapsed,
    DisputeReturnAcknowledged,
    DisputeReturnLapsed,
    DisputeRulingsFinal,
)
from domain.dispute_refusals import (
    DisputeAlreadyEscalated,
    DisputeIsSettled,
    DisputeTooLate,
    OfferNotFound,
)
from domain.errors import LedgerError
from domain.order import (
    ExtensionExceeded,
    InspectionRunning,
    LineQuantity,
    OrderCancelled,
    OrderClaimsEnded,
    OrderInspectionExtended,
    OrderInspectionLapsed,
    OrderNotInState,
    PaymentStep,
)
from domain.release import ReleaseProposed
from domain.side import Side
from tests.disputes import (
    ACCEPT,
    ASSIGN,
    CONFIRM,
    DECLARE,
    DELIVER,
    DISPATCH,
    DISPUTE,
    ESCALATE,
    EXPIRE,
    MEDIATOR,
    PLACE,
    accept,
    claim,
    day,
    decide,
    just_before,
    offer,
    pay,
    running,
    shipped,
    shipped_and_claimed,
    submit,
)
from tests.given import FOUR_EYES, HOLD, ORDER, RULES, Given, World, delivered, given, on, ruled, usd

PATIENT = replace(RULES, acceptance_days=5, payment_days=9)
"""Rules under which nothing waits for ever: RULES by default never let an unaccepted order lapse."""

LAPSE = commands.LapseInspection(order="PO-1")
REQUEST = commands.RequestEvidence(order="PO-1", claim=1, of="buyer", what="packing-list")
SEND_BACK = commands.DispatchReturn(order="PO-1", claim=1)
RECEIVED_BACK = commands.AcknowledgeReturn(order="PO-1", claim=1, state="received")
REPLACE = commands.DispatchReplacement(order="PO-1", claim=1)
TAKEN = commands.AcknowledgeReplacement(order="PO-1", claim=1, accepted=True)
APPEAL = commands.AppealRuling(order="PO-1", claim=1, side="buyer", evidence=1)
AGREE = commands.AcceptAmendment(order="PO-1", amendment=1, side="exporter")
WITHDRAW = commands.WithdrawClaim(order="PO-1", claim=1)


def extend(side: Side, days: int | None = None) -> commands.ExtendInspection:
    return commands.ExtendInspection(order="PO-1", side=side, days=days)


def amend(quantity: int) -> commands.ProposeAmendment:
    """Return the buyer's wish for so many pieces at 10.00 USD each."""
    change = Amendment(lines=(LineChange(line=1, quantity=quantity, amount_minor=1_000 * quantity),))
    return commands.ProposeAmendment(order="PO-1", side="buyer", change=change)


def payments(world: World) -> set[str]:
    return {name for name in running(world) if name.startswith("payment/")}


def mediators(world: World) -> set[str]:
    return {name for name in running(world) if name.startswith(("mediation/", "review/"))}


def placed() -> Given:
    return given(ruled(PATIENT)).said(PLACE)


def part_shipped() -> Given:
    """Return a book in which six of the ten pieces of PO-1 left on day 0."""
    some = commands.DispatchGoods(order="PO-1", lines=(LineQuantity(line=1, quantity=6),))
    return given(ruled(RULES)).said(PLACE, ACCEPT, some)


def received() -> Given:
    return shipped().said(CONFIRM)


def offered() -> Given:
    return shipped_and_claimed().said(offer("refund"), at=day(1))


def mediating() -> Given:
    return shipped_and_claimed().said(ESCALATE, ASSIGN, at=day(3)).said(DECLARE, actor=MEDIATOR, at=day(3))


def asked() -> Given:
    return mediating().said(REQUEST, actor=MEDIATOR, at=day(4))


def ruled_on() -> Given:
    return mediating().said(decide(), actor=MEDIATOR, at=day(4))


def appealable() -> Given:
    return ruled_on().said(submit(), at=day(5))


def returning() -> Given:
    return shipped_and_claimed().said(offer("return-and-refund"), accept())


def sent_back() -> Given:
    return returning().said(SEND_BACK, at=day(2))


def replacing() -> Given:
    return shipped_and_claimed().said(offer("replacement"), accept())


def replaced() -> Given:
    return replacing().said(REPLACE, at=day(2))


SILENCES: dict[str, tuple[Callable[[], Given], int, str]] = {
    "acceptance": (placed, 5, "acceptance"),
    "inspection": (shipped, 45, "inspection"),
    "claims": (received, 30, "claims"),
    "escalation": (shipped_and_claimed, 6, "escalation/1"),
    "offer": (offered, 11, "offer/1/1"),
    "evidence": (asked, 9, "evidence/1/1"),
    "appeal": (ruled_on, 34, "appeal/1/1"),
    "return": (returning, 15, "return/1/1"),
    "return-acknowledgement": (sent_back, 7, "return-acknowledgement/1/1"),
    "replacement": (replacing, 30, "replacement/1/1"),
    "replacement-acknowledgement": (replaced, 7, "replacement-acknowledgement/1/1"),
}
"""By kind, every clock that decides: how it comes to run, on which day it ends, and what it is called."""

each_silence = pytest.mark.parametrize(("story", "days", "name"), SILENCES.values(), ids=SILENCES)


def clocks_passed(world: World) -> dict[str, datetime]:
    """Return the clocks that passed, in order, and when."""
    steps = [step for step, _ in world.steps]
    return {step.event.clock: step.occurred_at for step in steps if isinstance(step.event, ClockExpired)}


def aggregates(world: World) -> dict[str, Any]:
    return {reference: loaded.aggregate for reference, loaded in world.aggregates.items()}


class TestTable:
    def test_every_kind_of_clock_has_a_length_and_somebodys_silence(self) -> None:
        assert set(DEADLINES) == set(get_args(ClockKind))

    def test_every_clock_that_decides_is_told_below(self) -> None:
        assert set(SILENCES) == {kind for kind, deadline in DEADLINES.items() if deadline.effect == "decides"}

    @pytest.mark.parametrize(("mode", "days"), [("express", 15), ("air", 15), ("land", 30), ("sea", 45), ("post", 60)])
    def test_an_inspection_is_as_long_as_the_transport_asks_for(self, mode: Any, days: int) -> None:
        story = given(ruled()).said(replace(PLACE, transport_mode=mode), ACCEPT, DISPATCH)
        assert running(story.world) == {"inspection": day(days)}

    def test_working_days_end_with_the_day_and_pass_over_weekends(self) -> None:
        """Day 3 is a Wednesday: two working days end with Friday; day 5 a Friday: they end with Tuesday."""
        assert day(3).strftime("%A") == "Wednesday"
        story = shipped_and_claimed().said(ESCALATE, at=day(3))
        assert running(story.world)["mediation/1"] == datetime(2026, 11, 28, tzinfo=UTC)
        story = shipped_and_claimed().said(ESCALATE, at=day(5))
        assert running(story.world)["mediation/1"] == datetime(2026, 12, 2, tzinfo=UTC)

    def test_days_are_counted_where_the_rules_count_them(self) -> None:
        """The clocks of Berlin are put forward on 28 March 2027: the same hour there is an hour earlier in UTC."""
        rules = replace(RULES, time_zone="Europe/Berlin")
        story = given(ruled(rules)).said(PLACE, ACCEPT).said(DISPATCH, at=datetime(2027, 3, 1, 12, tzinfo=UTC))
        assert running(story.world) == {"inspection": datetime(2027, 4, 15, 11, tzinfo=UTC)}

    def test_a_ship_by_day_ends_where_the_rules_count_days(self) -> None:
        story = given(ruled(replace(RULES, time_zone="Asia/Kolkata"))).said(PLACE, ACCEPT)
        assert running(story.world) == {"ship-by/2026-12-01": datetime(2026, 12, 1, 18, 30, tzinfo=UTC)}

    def test_an_orders_rules_are_those_it_was_placed_under(self) -> None:
        quick = replace(RULES, claim_days=3)
        assert running(shipped(rules=quick).said(CONFIRM).world) == {"claims": day(3)}

    def test_without_a_length_an_unaccepted_order_and_a_late_payment_wait_for_ever(self) -> None:
        story = given(ruled()).said(PLACE)
        assert running(story.world) == {}
        assert set(running(story.said(ACCEPT).world)) == {"ship-by/2026-12-01"}


class TestReminding:
    def test_a_payment_is_overdue_from_so_many_days_after_its_trigger_until_it_is_whole(self) -> None:
        story = placed().said(ACCEPT, at=day(2))
        assert running(story.world)["payment/1"] == day(11)
        assert "payment/1" in running(story.said(pay(9_999), at=day(3)).world)
        assert "payment/1" not in running(story.said(pay(1), at=day(4)).world)

    def test_a_later_step_is_due_when_its_trigger_has_come(self) -> None:
        steps = (
            PaymentStep(name="deposit", amount_minor=3_000),
            PaymentStep(name="balance", amount_minor=5_000, trigger="dispatch"),
            PaymentStep(name="rest", amount_minor=2_000, trigger="delivery"),
        )
        story = given(ruled(PATIENT)).said(replace(PLACE, steps=steps), ACCEPT)
        assert payments(story.world) == {"payment/1"}
        assert payments(story.said(DISPATCH).world) == {"payment/1", "payment/2"}
        assert payments(story.said(DELIVER).world) == {"payment/1", "payment/2", "payment/3"}
        assert payments(story.said(pay(3_000), pay(2_000, step=3)).world) == {"payment/2"}

    def test_a_refund_that_waits_is_to_be_started_within_seven_working_days(self) -> None:
        story = shipped(rules=FOUR_EYES).said(commands.ProposeRefund(order="PO-1", amount=usd(1), reason="goodwill"))
        assert running(story.world)["refund-start/1"] == datetime(2026, 12, 2, tzinfo=UTC)
        approve = commands.ApproveRefund(order="PO-1", number=1)
        assert "refund-start/1" not in running(story.said(approve, actor="operator:second").world)

    def test_the_exporter_is_reminded_to_answer_until_every_open_claim_has_one(self) -> None:
        story = shipped_and_claimed(1_000, 2_000)
        contests = commands.AnswerClaim(order="PO-1", claim=1, stance="contests")
        assert running(story.world)["answer/1"] == day(3)
        assert "answer/1" in running(story.said(contests).world)
        assert "answer/1" not in running(story.said(replace(contests, claim=2)).world)

    def test_a_mediator_is_reminded_to_declare_and_then_to_decide(self) -> None:
        story = shipped_and_claimed().said(ESCALATE, at=day(3))
        assert mediators(story.world) == {"mediation/1"}
        assert mediators(story.said(ASSIGN, at=day(3)).world) == {"mediation/1"}
        assert mediators(story.said(DECLARE, actor=MEDIATOR, at=day(3)).world) == {"review/1"}
        assert mediators(story.said(decide(), actor=MEDIATOR, at=day(3)).world) == set()

    def test_while_a_second_mediator_thinks_the_first_is_not_reminded(self) -> None:
        story = shipped_and_claimed(rules=FOUR_EYES).said(ESCALATE, ASSIGN, at=day(3))
        story.said(DECLARE, decide(), actor=MEDIATOR, at=day(3))
        assert mediators(story.world) == set()
        back = commands.ReturnDecision(order="PO-1", decision=1, reason="unclear")
        assert mediators(story.said(back, actor="mediator:MED-2", at=day(4)).world) == {"review/1"}

    def test_a_dispute_in_which_only_goods_are_awaited_reminds_no_mediator(self) -> None:
        assert set(running(returning().world)) == {"inspection", "return/1/1"}


class TestSilence:
    @each_silence
    def test_until_its_last_instant_a_clock_runs_and_from_then_on_it_has_passed(
        self, story: Callable[[], Given], days: int, name: str
    ) -> None:
        before = story()
        assert running(before.world)[name] == day(days)
        for asked_at, passed in [(just_before(day(days)), False), (day(days), True)]:
            asked_again = story()
            with suppress(ClockNotDue):
                asked_again.said(EXPIRE, at=asked_at)
            assert (name in clocks_passed(asked_again.world)) is passed

    @each_silence
    def test_whoever_asks_later_finds_what_was_true_at_the_instant(
        self, story: Callable[[], Given], days: int, name: str
    ) -> None:
        in_time, late = story(), story()
        in_time.said(EXPIRE, at=day(days))
        late.said(EXPIRE, at=day(days) + timedelta(hours=7))
        assert aggregates(in_time.world) == aggregates(late.world), name

    def test_an_unaccepted_order_is_declined(self) -> None:
        placed().when(EXPIRE, at=day(5)).then(on(ORDER, OrderCancelled(reason="not-accepted")))

    def test_a_silent_buyer_has_accepted_the_goods_and_the_exporter_is_paid(self) -> None:
        shipped().when(EXPIRE, at=day(45)).leaves(ORDER, receipt="lapsed", received_at=day(45)).posts(
            hold=10_000, exporter=-9_705, fee=-250, tax=-45
        )

    def test_after_the_claim_window_nothing_is_claimed_and_the_hold_closes(self) -> None:
        then = received().when(EXPIRE, at=day(30))
        then.then_topics("OrderClaimsEnded", "HoldClosed").leaves(ORDER, claims_ended=True)
        assert then.told[0].event == OrderClaimsEnded(ended_at=day(30))

    def test_a_dispute_that_nobody_settles_goes_to_a_mediator(self) -> None:
        shipped_and_claimed().when(EXPIRE, at=day(6)).then(on(DISPUTE, DisputeEscalated(by="clock")))

    def test_an_offer_that_nobody_answers_is_off_the_table(self) -> None:
        then = offered().said(EXPIRE, at=day(6)).when(EXPIRE, at=day(11))
        then.then(on(DISPUTE, DisputeOfferExpired(offer=1))).leaves(DISPUTE, offers=())

    def test_a_request_that_nobody_answers_is_over(self) -> None:
        asked().when(EXPIRE, at=day(9)).then(on(DISPUTE, DisputeEvidenceClosed(request=1)))

    def test_a_decision_that_nobody_appeals_is_carried_out(self) -> None:
        then = ruled_on().when(EXPIRE, at=day(34))
        assert then.told[0].event == DisputeRulingsFinal(claims=(1,))
        then.leaves(DISPUTE, status="settled", paid_minor=4_000).posts(disputed=4_000, buyer=-4_000)

    def test_goods_that_are_not_sent_back_are_not_refunded(self) -> None:
        then = returning().when(EXPIRE, at=day(15))
        assert then.told[0].event == DisputeReturnLapsed(claim=1)
        then.leaves(DISPUTE, status="settled", paid_minor=0).posts(disputed=4_000, hold=-4_000)

    def test_goods_that_the_exporter_says_nothing_about_came_back_as_agreed(self) -> None:
        then = sent_back().when(EXPIRE, at=day(7))
        assert then.told[0].event == DisputeReturnAcknowledged(claim=1, state="received")
        then.leaves(DISPUTE, paid_minor=4_000).posts(disputed=4_000, buyer=-4_000)

    def test_a_replacement_that_is_not_sent_becomes_a_refund_of_what_was_claimed(self) -> None:
        then = replacing().when(EXPIRE, at=day(30))
        (lapsed,) = [step.event for step in then.told if isinstance(step.event, DisputeReplacementLapsed)]
        assert (lapsed.remedy.kind, lapsed.remedy.amount_minor) == ("refund", 4_000)
        then.leaves(DISPUTE, paid_minor=4_000).posts(disputed=4_000, buyer=-4_000)

    def test_a_replacement_that_the_buyer_says_nothing_about_is_taken(self) -> None:
        then = replaced().when(EXPIRE, at=day(7))
        assert then.told[0].event == DisputeReplacementAcknowledged(claim=1, accepted=True)
        then.leaves(DISPUTE, status="settled", paid_minor=0).posts(disputed=4_000, hold=-4_000)

    def test_what_follows_from_a_clock_follows_in_its_name(self) -> None:
        steps = shipped().when(EXPIRE, at=day(46)).steps
        (proposed,) = [step.event for step in steps if isinstance(step.event, ReleaseProposed)]
        assert proposed.proposed_by == "clock:inspection"


class TestRacing:
    """A party's word just before the end counts; from the end on, silence has had its consequence, and only that."""

    @pytest.mark.parametrize(
        ("story", "days", "command", "actor", "refusal"),
        [
            (placed, 5, ACCEPT, "exporter:EXP-1", OrderNotInState),
            (shipped, 45, CONFIRM, "buyer:BUY-1", OrderNotInState),
            (shipped, 45, extend("buyer"), "buyer:BUY-1", OrderNotInState),
            (shipped_and_claimed, 6, ESCALATE, "buyer:BUY-1", DisputeAlreadyEscalated),
            (offered, 11, accept(), "buyer:BUY-1", OfferNotFound),
            (appealable, 34, APPEAL, "buyer:BUY-1", DisputeIsSettled),
            (ruled_on, 34, WITHDRAW, "buyer:BUY-1", DisputeIsSettled),
            (returning, 15, SEND_BACK, "buyer:BUY-1", DisputeIsSettled),
            (sent_back, 7, replace(RECEIVED_BACK, state="damaged"), "exporter:EXP-1", DisputeIsSettled),
            (replacing, 30, REPLACE, "exporter:EXP-1", DisputeIsSettled),
            (replaced, 7, replace(TAKEN, accepted=False), "buyer:BUY-1", DisputeIsSettled),
        ],
    )
    def test_a_word_in_time_counts_and_a_late_one_is_refused(
        self,
        story: Callable[[], Given],
        days: int,
        command: Command,
        actor: str,
        refusal: type[LedgerError],
    ) -> None:
        due = day(days)
        in_time = story()
        in_time.said(command, actor=actor, at=just_before(due))
        assert due not in running(in_time.world).values(), "nothing waits for it any more"
        late = story()
        late.when(command, actor=actor, at=due).refused(refusal)
        late.said(EXPIRE, at=due).when(command, actor=actor, at=due).refused(refusal)

    def test_a_claim_in_time_goes_on_after_the_window_and_a_late_one_is_none(self) -> None:
        received().when(claim(), at=day(30)).refused(DisputeTooLate)
        in_time = received().said(claim(), at=just_before(day(30))).said(EXPIRE, at=day(30))
        in_time.when(WITHDRAW, at=day(31)).leaves(ORDER, claims_ended=True).leaves(HOLD, status="closed")

    def test_a_claim_as_the_inspection_ends_is_of_goods_already_paid_for(self) -> None:
        """The buyer claims at the very instant: the release comes first, and the claim takes the money back."""
        story = shipped()
        story.when(claim(), at=day(45)).leaves(ORDER, status="completed").leaves(HOLD, disputed_minor=0).posts(
            hold=10_000, exporter=-9_705, fee=-250, tax=-45
        )
        in_time = shipped().said(claim(), at=just_before(day(45)))
        in_time.when(EXPIRE, at=day(45)).leaves(HOLD, disputed_minor=4_000).posts(
            hold=6_000, exporter=-5_823, fee=-150, tax=-27
        )

    def test_lapsing_by_hand_at_the_instant_is_what_the_clock_does(self) -> None:
        by_hand, by_clock = shipped(), shipped()
        by_hand.when(LAPSE, at=just_before(day(45))).refused(InspectionRunning, ends_at=day(45))
        by_hand.said(LAPSE, at=day(45))
        by_clock.said(EXPIRE, at=day(45))
        assert aggregates(by_hand.world) == aggregates(by_clock.world)

    def test_a_paused_inspection_does_not_lapse_by_hand_either(self) -> None:
        pause = commands.PauseClock(order="PO-1", clock="inspection", reason="strike")
        shipped().said(pause, at=day(40)).when(LAPSE, at=day(60)).refused(InspectionRunning)

    def test_what_is_said_late_about_an_earlier_day_finds_the_trade_as_it_is(self) -> None:
        """The buyer confirmed on day 44, which is said on day 46: silence on day 45 has counted already."""
        story = shipped().said(EXPIRE, at=day(46))
        story.when(CONFIRM, at=day(44)).refused(OrderNotInState, status="completed")


class TestCatchingUp:
    """A worker that slept lets clocks pass late, in order, each at its own instant: the book is the same."""

    STORY: Sequence[tuple[Command, str, int]] = (
        (claim(1_000, 2_000), "buyer:BUY-1", 1),
        (offer("partial-refund", 500), "exporter:EXP-1", 2),
        (offer("replacement", number=2), "exporter:EXP-1", 2),
        (accept(2), "buyer:BUY-1", 3),
    )

    def told(self) -> Given:
        story = shipped()
        for command, actor, days in self.STORY:
            story.said(command, actor=actor, at=day(days))
        return story

    def test_a_backlog_passes_in_order_of_its_instants(self) -> None:
        backlog = self.told().said(EXPIRE, at=day(100))
        assert list(clocks_passed(backlog.world).items()) == [
            ("escalation/1", day(7)),
            ("offer/1/1", day(12)),
            ("replacement/1/2", day(33)),
            ("inspection", day(45)),
            ("claims", day(75)),
        ]

    def test_a_command_after_a_backlog_finds_what_a_punctual_worker_left(self) -> None:
        punctual, asleep = self.told(), self.told()
        for days in range(4, 81):
            with suppress(ClockNotDue):
                punctual.said(EXPIRE, at=day(days))
        message = commands.PostMessage(order="PO-1", text="ab" * 32)
        punctual.said(message, at=day(80))
        asleep.said(message, at=day(80))
        assert aggregates(punctual.world) == aggregates(asleep.world)
        assert [step for step, _ in punctual.world.steps] == [step for step, _ in asleep.world.steps]

    def test_a_backlog_replays_as_it_passed(self) -> None:
        world = self.told().said(EXPIRE, at=day(100)).world
        replayed: dict[str, Any] = {}
        for step, _ in world.steps:
            before = replayed.get(step.reference)
            replayed[step.reference] = evolve(before, step.event, step.reference, step.occurred_at)
        assert replayed == aggregates(world)

    def test_a_refused_command_lets_no_clock_pass(self) -> None:
        story = self.told()
        story.when(replace(accept(1), offer=9), at=day(80)).refused(OfferNotFound)
        assert "escalation/1" in running(story.world)

    def test_what_one_clock_starts_may_pass_in_the_same_breath(self) -> None:
        then = shipped().when(EXPIRE, at=day(75)).leaves(HOLD, status="closed")
        assert list(clocks_passed(then.world)) == ["inspection", "claims"]

    def test_nothing_passes_twice(self) -> None:
        story = self.told().said(EXPIRE, at=day(50)).said(EXPIRE, at=day(100))
        passed = [step for step, _ in story.world.steps if isinstance(step.event, ClockExpired)]
        assert len(passed) == len(clocks_passed(story.world)) == 5


class TestMoreTime:
    def test_a_side_gives_the_buyer_more_time_once(self) -> None:
        story = shipped()
        story.when(extend("buyer"), at=day(3)).with_clocks().then_topics("OrderInspectionExtended", "ClockExtended")
        assert running(story.world) == {"inspection": day(60)}
        story.when(extend("buyer"), at=day(4)).refused(ExtensionExceeded, order=ORDER, days=15, days_max=0)

    def test_an_extension_says_by_whom_and_until_when(self) -> None:
        shipped().when(extend("exporter", 4)).then(
            on(ORDER, OrderInspectionExtended(by="exporter", days=4, ends_at=day(49)))
        )

    def test_both_sides_together_give_no_more_than_the_cap(self) -> None:
        tight = replace(RULES, extension_days=15, extension_days_max=20)
        story = shipped(rules=tight).said(extend("buyer"))
        story.when(extend("exporter")).refused(ExtensionExceeded, days=15, days_max=5)
        story.when(extend("exporter", 5)).leaves(ORDER, extended_days={"buyer": 15, "exporter": 5})

    @pytest.mark.parametrize("days", [0, -1, 16])
    def test_an_extension_is_of_a_day_or_more_up_to_what_a_side_may_give(self, days: int) -> None:
        shipped().when(extend("buyer", days)).refused(ExtensionExceeded, days=days, days_max=15)

    def test_silence_is_counted_from_the_extended_end(self) -> None:
        story = shipped().said(extend("buyer")).said(extend("exporter"))
        story.when(EXPIRE, at=just_before(day(75))).refused(ClockNotDue, next_due_at=day(75))
        story.when(EXPIRE, at=day(75)).leaves(ORDER, receipt="lapsed", received_at=day(75))

    def test_goods_that_leave_after_an_amendment_are_inspected_for_as_long_with_what_was_given(self) -> None:
        story = shipped().said(extend("buyer"), at=day(2)).said(amend(12), AGREE, at=day(3))
        assert "inspection" not in running(story.world)
        story.said(DISPATCH, at=day(4))
        assert running(story.world) == {"inspection": day(4 + 45 + 15)}
        story.when(EXPIRE, at=day(64)).leaves(ORDER, receipt="lapsed", received_at=day(64))

    def test_goods_that_an_amendment_makes_whole_are_inspected_from_its_acceptance_on(self) -> None:
        story = part_shipped().said(amend(6), at=day(50)).said(AGREE, at=day(60))
        assert running(story.world) == {"inspection": day(60 + 45)}
        story.when(EXPIRE, at=just_before(day(105))).refused(ClockNotDue, next_due_at=day(105))
        story.when(EXPIRE, at=day(105)).leaves(ORDER, receipt="lapsed", received_at=day(105))

    def test_an_acceptance_told_late_takes_nothing_from_the_time_after_the_dispatch(self) -> None:
        """It was agreed before the goods left, and is told after."""
        story = part_shipped().said(amend(6), AGREE, at=day(-3))
        assert running(story.world) == {"inspection": day(45)}

    def test_an_inspection_that_an_amendment_ended_begins_anew_when_another_takes_it_back(self) -> None:
        story = shipped().said(extend("exporter"), at=day(2)).said(amend(12), AGREE, at=day(3))
        assert "inspection" not in running(story.world)
        story.said(amend(10), replace(AGREE, amendment=2), at=day(70))
        assert running(story.world) == {"inspection": day(70 + 45 + 15)}

    def test_an_amendment_that_leaves_the_goods_as_they_are_leaves_the_inspection_as_it_runs(self) -> None:
        cheaper = Amendment(lines=(LineChange(line=1, quantity=10, amount_minor=9_000),))
        story = shipped(0).said(replace(amend(10), change=cheaper), AGREE, at=day(3))
        assert running(story.world) == {"inspection": day(45)}

    def test_an_order_older_than_its_clocks_lapses_at_the_same_instant(self) -> None:
        """Its dispatch stands in the log, but no clock that it started."""
        old = given(*delivered(0)).said(extend("buyer", 2))
        assert running(old.world) == {}
        old.when(LAPSE, at=just_before(day(47))).refused(InspectionRunning, ends_at=day(47))
        old.when(LAPSE, at=day(47)).then(on(ORDER, OrderInspectionLapsed(ended_at=day(47))))
