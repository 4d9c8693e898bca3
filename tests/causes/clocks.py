"""What commands about a trade's clocks are refused for."""

from domain.clock import ClockNotDue, ClockNotPausable, ClockNotRunning, ClockPaused
from domain.commands import ExpireClocks, KeepClocks, PauseClock, ResumeClock
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests import disputes
from tests.causes.cause import Cause, Refused
from tests.disputes import DISPUTE, day, just_before, shipped
from tests.given import ORDER, on

DUE = day(45)
"""When the inspection of goods ends that were shipped on day 0."""
PROSE = {"reason": "she asked"}
PAUSE = PauseClock(order="PO-1", clock="inspection", reason="holiday")

CLOCKS = (
    Refused(
        ExpireClocks(order="PO-1"),
        shipped(),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(ClockNotDue, at=just_before(DUE)),
        at=DUE,
    ),
    Refused(
        PAUSE,
        shipped(),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(ClockNotRunning, says={"clock": "claims"}),
        Cause(ClockNotPausable, after=on(disputes.CLOCKS, ClockPaused(clock="inspection", reason="holiday"))),
    ),
    Refused(
        ResumeClock(order="PO-1", clock="inspection", reason="back"),
        shipped().said(PAUSE),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(ClockNotRunning, says={"clock": "claims"}),
        Cause(ClockNotPausable, without=(ClockPaused,)),
    ),
    Refused(
        KeepClocks(order="PO-1", about=ORDER, cause="order.dispatched"),
        shipped(),
        Cause(AggregateNotFound, gone=ORDER, naming={"kind": "order"}),
        Cause(AggregateNotFound, says={"about": DISPUTE}, naming={"kind": "dispute"}),
    ),
)
