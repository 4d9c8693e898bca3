"""Clock: it runs from a cause to an instant, stands still and runs on, stops or passes once, and is kept by what is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.aggregate import Event, HistoryBroken
from domain.catalogue import evolve
from domain.clock import (
    Clock,
    ClockExpired,
    ClockExtended,
    ClockNotDue,
    ClockNotPausable,
    ClockNotRunning,
    ClockPaused,
    ClockResumed,
    Clocks,
    ClockStarted,
    ClockStopped,
)
from domain.commands import DispatchGoods, ExtendClock, PauseClock, ResumeClock, WithdrawClaim
from domain.order import LineQuantity, OrderDispatched
from tests.disputes import (
    ACCEPT,
    CLOCKS,
    CONFIRM,
    DELIVER,
    DISPATCH,
    EXPIRE,
    PLACE,
    claim,
    day,
    just_before,
    offer,
    pay,
    running,
    shipped,
)
from tests.given import AT, ORDER, folded, given, on, ruled

DUE = day(45)
"""When the inspection of goods ends that went by sea on day 0."""
STARTED = ClockStarted(
    clock="inspection",
    kind="inspection",
    about=ORDER,
    cause="order.dispatched",
    silence_of="buyer",
    effect="decides",
    days=45,
    counted="days",
    time_zone="UTC",
    holidays_of="",
    due_at=DUE,
)
EXPIRED = ClockExpired(clock="inspection", kind="inspection", about=ORDER, silence_of="buyer", due_at=DUE)
RUNNING = Clock(name="inspection", kind="inspection", about=ORDER, silence_of="buyer", effect="decides", due_at=DUE)
PAUSE = PauseClock(order="PO-1", clock="inspection", reason="holiday-of-party")
RESUME = ResumeClock(order="PO-1", clock="inspection", reason="back")


def clocks(*events: Event) -> Clocks:
    made = folded(CLOCKS, STARTED, *events)
    assert isinstance(made, Clocks)
    return made


class TestRunning:
    def test_a_clock_runs_from_its_cause_to_the_instant_that_the_rules_give(self) -> None:
        given(ruled()).said(PLACE, ACCEPT, pay()).when(DISPATCH).with_clocks().then(
            on(ORDER, OrderDispatched(dispatch=1, lines=None, all_dispatched=True)),
            on(CLOCKS, ClockStopped(clock="ship-by/2026-12-01", because="order.dispatched"), STARTED),
        )

    def test_what_runs_is_known_by_name(self) -> None:
        assert clocks().get("inspection") == RUNNING
        assert clocks().find("claims") is None
        with pytest.raises(ClockNotRunning) as refused:
            clocks().get("claims")
        assert refused.value.details() == {"clocks": CLOCKS, "clock": "claims"}

    def test_what_stopped_or_passed_runs_no_more(self) -> None:
        assert clocks(ClockStopped(clock="inspection", because="order.receipt_confirmed")).running == ()
        assert clocks(EXPIRED).running == ()

    def test_a_clock_is_stopped_once(self) -> None:
        stopped = clocks(ClockStopped(clock="inspection", because="order.receipt_confirmed"))
        with pytest.raises(ClockNotRunning):
            stopped.stop("inspection", because="order.cancelled")

    def test_the_next_to_pass_is_the_earliest_that_decides(self) -> None:
        offers = shipped().said(claim(), offer("refund"))
        found = offers.world.load(CLOCKS).aggregate
        assert isinstance(found, Clocks)
        assert found.next_due is not None
        assert found.next_due.name == "escalation/1", "due on day 6; the answer is due on day 3, but only reminds"

    def test_of_two_due_at_one_instant_the_first_by_name_passes_first(self) -> None:
        two = clocks(replace(STARTED, clock="claims", kind="claims"))
        assert two.next_due is not None
        assert two.next_due.name == "claims"

    def test_where_none_decides_none_is_next(self) -> None:
        assert clocks(ClockPaused(clock="inspection", reason="x")).next_due is None

    def test_only_a_start_begins_a_trades_clocks(self) -> None:
        for event in (EXPIRED, ClockPaused(clock="inspection", reason="x"), ClockStopped(clock="a", because="x")):
            with pytest.raises(HistoryBroken):
                evolve(None, event, CLOCKS, AT)


class TestPassing:
    def test_a_clock_passes_at_its_own_instant_in_its_own_name_whenever_it_is_asked(self) -> None:
        then = shipped().when(EXPIRE, at=day(60)).with_clocks()
        assert then.told[0].event == EXPIRED
        assert {step.occurred_at for step in then.told} == {DUE}
        assert then.told[0].policy == "expire_due_clocks"

    def test_asking_before_one_is_due_says_when_the_next_is(self) -> None:
        shipped().when(EXPIRE, at=just_before(DUE)).refused(ClockNotDue, clocks=CLOCKS, next_due_at=DUE)

    def test_asking_where_nothing_runs_says_so(self) -> None:
        given(ruled()).said(PLACE).when(EXPIRE).refused(ClockNotDue, clocks=CLOCKS, next_due_at=None)

    def test_a_clock_passes_once(self) -> None:
        story = shipped().said(EXPIRE, at=DUE)
        story.when(EXPIRE, at=DUE).refused(ClockNotDue, next_due_at=DUE + timedelta(days=30))

    def test_a_clock_that_reminds_stays_overdue(self) -> None:
        story = given(ruled()).said(PLACE, ACCEPT)
        story.when(EXPIRE, at=day(90)).refused(ClockNotDue, next_due_at=None)
        assert running(story.world) == {"ship-by/2026-12-01": day(10).replace(hour=0)}


class TestStandingStill:
    def test_a_paused_clock_does_not_pass(self) -> None:
        story = shipped().said(PAUSE, at=day(40))
        story.when(EXPIRE, at=day(60)).refused(ClockNotDue, next_due_at=None)

    def test_it_runs_on_later_by_as_long_as_it_stood_still(self) -> None:
        story = shipped().said(PAUSE, at=day(40))
        story.when(RESUME, at=day(47)).with_clocks().then(
            on(CLOCKS, ClockResumed(clock="inspection", reason="back", due_at=day(52)))
        )
        story.when(EXPIRE, at=just_before(day(52))).refused(ClockNotDue, next_due_at=day(52))
        story.when(EXPIRE, at=day(52)).leaves(ORDER, receipt="lapsed", received_at=day(52))

    def test_it_stands_still_again_for_as_long_again(self) -> None:
        story = shipped().said(PAUSE, at=day(40)).said(RESUME, at=day(42))
        story.said(PAUSE, at=day(44)).said(RESUME, at=day(47))
        assert running(story.world) == {"inspection": day(50)}

    def test_an_end_recorded_before_the_pause_takes_nothing_off(self) -> None:
        story = shipped().said(PAUSE, at=day(40))
        story.when(RESUME, at=day(39)).with_clocks().then(
            on(CLOCKS, ClockResumed(clock="inspection", reason="back", due_at=DUE))
        )

    def test_a_paused_clock_still_stops_when_it_has_nothing_to_wait_for(self) -> None:
        story = shipped().said(PAUSE).said(CONFIRM, at=day(1))
        assert "inspection" not in running(story.world)

    def test_pausing_says_so(self) -> None:
        shipped().when(PAUSE).with_clocks().then(on(CLOCKS, ClockPaused(clock="inspection", reason="holiday-of-party")))

    def test_one_pauses_what_runs_and_resumes_what_is_paused(self) -> None:
        shipped().when(RESUME).refused(ClockNotPausable, clocks=CLOCKS, clock="inspection", paused=False)
        shipped().said(PAUSE).when(PAUSE).refused(ClockNotPausable, clocks=CLOCKS, clock="inspection", paused=True)


class TestMovingOut:
    def test_a_clock_is_moved_out_by_days(self) -> None:
        extend = ExtendClock(order="PO-1", clock="inspection", days=15)
        shipped().when(extend).with_clocks().then(
            on(CLOCKS, ClockExtended(clock="inspection", days=15, due_at=day(60)))
        )

    def test_a_clock_that_does_not_run_is_not_moved_and_refuses_nothing(self) -> None:
        given(ruled()).said(PLACE).when(ExtendClock(order="PO-1", clock="inspection", days=15)).with_clocks().then()
        with pytest.raises(ClockNotRunning):
            clocks().extend("claims", days=1)

    def test_a_paused_clock_is_moved_out_and_runs_on_from_there(self) -> None:
        extend = ExtendClock(order="PO-1", clock="inspection", days=15)
        story = shipped().said(PAUSE, at=day(40)).said(extend, at=day(41)).said(RESUME, at=day(42))
        assert running(story.world) == {"inspection": day(62)}


class TestBeingKept:
    def test_what_happens_to_an_order_starts_and_stops_its_clocks(self) -> None:
        story = given(ruled()).said(PLACE)
        assert running(story.world) == {}
        assert set(running(story.said(ACCEPT).world)) == {"ship-by/2026-12-01"}
        part = DispatchGoods(order="PO-1", lines=(LineQuantity(line=1, quantity=4),))
        assert set(running(story.said(part).world)) == {"ship-by/2026-12-01"}
        assert running(story.said(DISPATCH, at=day(2)).world) == {"inspection": day(47)}
        assert running(story.said(DELIVER, at=day(9)).world) == {"inspection": day(47)}
        assert running(story.said(CONFIRM, at=day(10)).world) == {"claims": day(40)}

    def test_what_stays_as_it_was_leaves_the_clocks_alone(self) -> None:
        shipped().when(DELIVER).with_clocks().then_topics("OrderDelivered")

    def test_a_disputes_clocks_are_its_own_and_all_stop_with_it(self) -> None:
        story = shipped().said(claim())
        assert running(story.world) == {"inspection": DUE, "escalation/1": day(6), "answer/1": day(3)}
        assert running(story.said(offer("refund")).world)["offer/1/1"] == day(10)
        assert running(story.said(WithdrawClaim(order="PO-1", claim=1)).world) == {"inspection": DUE}
