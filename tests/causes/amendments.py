"""What commands that change what was agreed are refused for."""

from datetime import timedelta
from itertools import combinations

from domain.amendment import (
    Amendment,
    AmendmentBelowPerformed,
    AmendmentNotFound,
    AmendmentOwn,
    AmendmentPending,
    LineChange,
    OrderAmendmentProposed,
)
from domain.commands import AcceptAmendment, DeclineAmendment, EndClaims, ExtendInspection, ProposeAmendment
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.hold import CurrencyDiffers
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.order import (
    ExtensionExceeded,
    LineNotFound,
    OrderCancelled,
    OrderCancelledAlready,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderNotInState,
    OrderReceiptConfirmed,
    OrderTermsMalformed,
)
from domain.references import ReferenceMalformed
from domain.side import SideForbidden
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import CONFIRM, DISPUTE, made
from tests.given import HOLD, ORDER, Given, Happened, agreed, delivered, given, line, on, received, terms

SHIP_BY = terms().ship_by
CANCELLED = on(ORDER, OrderCancelled(reason="no-stock"))
COMPLETED = on(ORDER, OrderCompleted())
DISPUTED = on(DISPUTE, made())
UNRECEIVED = ("accepted", "part_dispatched", "dispatched", "delivered")
NOT_OPEN = {"needed": (*UNRECEIVED, "received")}
NOT_UNRECEIVED = {"needed": UNRECEIVED}
LATER = Amendment(ship_by=SHIP_BY + timedelta(days=1))


def changed(number: int, *, quantity: int = 10, amount_minor: int = 10_000) -> Amendment:
    """Return a change of one line, which is otherwise as it was agreed."""
    return Amendment(lines=(LineChange(line=number, quantity=quantity, amount_minor=amount_minor),))


def both(one: Amendment, other: Amendment) -> Amendment:
    """Return two changes in one."""
    return Amendment(
        lines=one.lines + other.lines,
        step_amounts_minor=one.step_amounts_minor or other.step_amounts_minor,
        deliver_by=one.deliver_by or other.deliver_by,
    )


def bought(*later: Happened) -> Given:
    """Return a book in which six lines for 100.00 USD each were received, and 590.00 USD paid and released."""
    goods = on(
        ORDER,
        OrderDispatched(dispatch=1, lines=None, all_dispatched=True),
        OrderDelivered(dispatch=1, all_delivered=True),
    )
    agreement = agreed(*(line(number) for number in range(1, 7)))
    book = given(*agreement, on(HOLD, received(59_000)), goods).said(CONFIRM)
    for happened in later:
        book.world.happen(happened)
    return book


def proposed(change: Amendment = LATER, *, total_minor: int = 60_000) -> tuple[Happened, ...]:
    """Return how the buyer asked for a change of that order."""
    return on(ORDER, OrderAmendmentProposed(amendment=1, by="buyer", change=change, total_minor=total_minor))


LESS, MORE, CHEAPER = changed(4, quantity=9), changed(5, quantity=11), changed(6, amount_minor=1)
WRONG = {
    6: both(changed(1), changed(1)),
    7: changed(1, quantity=0),
    8: changed(2, amount_minor=0),
    9: Amendment(step_amounts_minor=(-1,)),
    13: changed(9),
    14: changed(3, amount_minor=MINOR_MAX),
    15: LESS,
    16: MORE,
    17: CHEAPER,
    18: Amendment(step_amounts_minor=(1,)),
    19: Amendment(deliver_by=SHIP_BY - timedelta(days=1)),
}
"""Changes that can't be, by the place of what is wrong with them."""

AMENDMENTS = (
    Refused(
        ProposeAmendment(order="PO-1", side="buyer", change=LATER),
        bought(),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(DisputeAlreadyOpen, after=DISPUTED),
        Cause(CurrencyDiffers, says={"currency": "EUR"}),
        Cause(OrderTermsMalformed, says={"change": Amendment()}, naming={"field": "change"}),
        Cause(OrderTermsMalformed, says={"change": WRONG[6]}, naming={"field": "lines"}),
        Cause(OrderTermsMalformed, says={"change": WRONG[7]}, naming={"field": "lines.quantity"}),
        Cause(AmountOutOfRange, says={"change": WRONG[8]}, naming={"amount_minor": 0}),
        Cause(AmountOutOfRange, says={"change": WRONG[9]}, naming={"amount_minor": -1}),
        Cause(OrderCancelledAlready, after=CANCELLED),
        Cause(OrderNotInState, after=COMPLETED, naming=NOT_OPEN),
        Cause(AmendmentPending, after=proposed()),
        Cause(LineNotFound, says={"change": WRONG[13]}),
        Cause(AmountOutOfRange, says={"change": WRONG[14]}, naming={"amount_minor": MINOR_MAX + 50_000}),
        Cause(AmendmentBelowPerformed, says={"change": WRONG[15]}, naming={"field": "lines.4.quantity"}),
        Cause(OrderNotInState, says={"change": WRONG[16]}, naming=NOT_UNRECEIVED),
        Cause(AmendmentBelowPerformed, says={"change": WRONG[17]}, naming={"field": "total_minor"}),
        Cause(OrderTermsMalformed, says={"change": WRONG[18]}, naming={"field": "step_amounts_minor"}),
        Cause(OrderTermsMalformed, says={"change": WRONG[19]}, naming={"field": "deliver_by"}),
        together={
            (10, 11): Attempt(after=CANCELLED),
            **{
                (earlier, later): Attempt(says={"change": both(WRONG[earlier], WRONG[later])})
                for earlier, later in combinations(WRONG, 2)
                if (earlier, later) != (14, 17)
            },
        },
        apart={
            (14, 17): "a total is either too high or too low",
            **{(5, place): "where nothing changes, no change is wrong" for place in WRONG},
        },
    ),
    Refused(
        AcceptAmendment(order="PO-1", side="exporter", amendment=1),
        bought(*proposed()),
        Cause(SideForbidden, role="buyer"),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(DisputeAlreadyOpen, after=DISPUTED),
        Cause(AmendmentNotFound, says={"amendment": 2}),
        Cause(AmendmentOwn, says={"side": "buyer"}),
        Cause(OrderCancelledAlready, after=CANCELLED),
        Cause(OrderNotInState, after=COMPLETED, naming=NOT_OPEN),
        Cause(AmendmentBelowPerformed, after=proposed(LESS), naming={"field": "lines.4.quantity"}),
        Cause(OrderNotInState, after=proposed(MORE), naming=NOT_UNRECEIVED),
        Cause(AmendmentBelowPerformed, after=proposed(CHEAPER, total_minor=50_001), naming={"field": "total_minor"}),
        together={
            (1, 5): Attempt(role="exporter", says={"side": "buyer"}),
            (6, 7): Attempt(after=CANCELLED),
            (8, 9): Attempt(after=proposed(both(LESS, MORE))),
            (8, 10): Attempt(after=proposed(both(LESS, CHEAPER), total_minor=50_001)),
            (9, 10): Attempt(after=proposed(both(MORE, CHEAPER), total_minor=50_001)),
        },
    ),
    Refused(
        DeclineAmendment(order="PO-1", side="exporter", amendment=1, reason="too-late"),
        bought(*proposed()),
        Cause(SideForbidden, role="buyer"),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(ReferenceMalformed, says={"reason": "it is too late"}),
        Cause(AmendmentNotFound, says={"amendment": 2}),
    ),
    Refused(
        ExtendInspection(order="PO-1", side="buyer"),
        given(*delivered()),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderNotInState, after=on(ORDER, OrderReceiptConfirmed())),
        Cause(ExtensionExceeded, says={"days": 16}),
    ),
    Refused(
        EndClaims(order="PO-1"),
        given(*delivered(), on(ORDER, OrderReceiptConfirmed())),
        Cause(AggregateNotFound, gone=ORDER),
    ),
)
