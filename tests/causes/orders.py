"""What commands about an order are refused for."""

from datetime import timedelta

from msgspec.structs import replace

from domain.clock import ClockPaused, ClockStarted
from domain.commands import (
    AcceptOrder,
    CancelOrder,
    CompleteOrder,
    ConfirmReceipt,
    DispatchGoods,
    LapseInspection,
    LapseInspectionByClock,
    RecordDelivery,
)
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.order import (
    LINES_MAX,
    DispatchAlreadyDelivered,
    DispatchExceedsOrder,
    DispatchNotFound,
    InspectionRunning,
    LineNotFound,
    LineQuantity,
    OrderAccepted,
    OrderAlreadyDispatched,
    OrderAlreadyPlaced,
    OrderCancelled,
    OrderCancelledAlready,
    OrderDelivered,
    OrderDispatched,
    OrderNotInState,
    OrderReceiptConfirmed,
    OrderTermsMalformed,
    PaymentStep,
)
from domain.party_events import PartyErased, PartySuspended
from domain.party_refusals import (
    PartiesSame,
    PartyForgotten,
    PartyIsSuspended,
    PartyLacksRole,
    PartyNotRegistered,
    PartyNotScreened,
    PartySanctioned,
)
from domain.references import ReferenceMalformed
from domain.rulebook import RulebookNotInForce, RulebookNotInState, RulebookPublished
from domain.unit_of_work import AggregateNotFound
from domain.watchlist import WatchlistChanged
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import CLOCKS, DISPUTE, PLACE, day, made
from tests.given import (
    BUYER,
    EXPORTER,
    OPERATOR,
    ORDER,
    RULEBOOK,
    RULES,
    WATCHLIST,
    Given,
    agreed,
    delivered,
    given,
    line,
    on,
    paid,
    placed,
    registered,
    ruled,
    screened,
)

BUY, EXP = {"party": "BUY-1"}, {"party": "EXP-1"}
KEY = "no key"
STRICT = replace(RULES, registered_parties_only=True, screening_lists=("UNSC",))
ERASED = PartyErased(erased_by=OPERATOR, fields=())
SUSPENDED = PartySuspended(reason="warned")
HIT, OUTDATED = screened("hit"), screened(version="v0")

CANCELLED = on(ORDER, OrderCancelled(reason="no-stock"))
DISPATCHED = on(ORDER, OrderDispatched(dispatch=1, lines=None, all_dispatched=True))
RECEIVED = on(ORDER, OrderReceiptConfirmed())
PAUSED = on(
    CLOCKS,
    ClockStarted(
        clock="inspection",
        kind="inspection",
        about=ORDER,
        cause="order.dispatched",
        silence_of="buyer",
        effect="decides",
        days=50,
        counted="days",
        time_zone="UTC",
        holidays_of="",
        due_at=day(50),
    ),
    ClockPaused(clock="inspection", reason="holiday"),
)
"""An inspection of 50 days, longer than that of the rules, that stands still."""


def ready(*, without: tuple[str, ...] = ()) -> Given:
    """Return a book of two parties, registered and screened, and rules that ask for both; or without some of that."""
    histories = (
        ruled(STRICT),
        on(WATCHLIST, WatchlistChanged(version="v1", sha256="a1" * 32, recorded_by=OPERATOR)),
        on(BUYER, registered("buyer"), screened()),
        on(EXPORTER, registered("exporter"), screened()),
    )
    return given(*(history for history in histories if history[0].reference not in without))


def lines(*quantities: tuple[int, int]) -> dict[str, tuple[LineQuantity, ...]]:
    """Return how a dispatch says so much of these lines."""
    return {"lines": tuple(LineQuantity(line=number, quantity=quantity) for number, quantity in quantities)}


def step(amount_minor: int, *, name: str = "whole") -> PaymentStep:
    """Return a payment step."""
    return PaymentStep(name=name, amount_minor=amount_minor)


ORDERS = (
    Refused(
        PLACE,
        ready(),
        Cause(ReferenceMalformed, says={"order": KEY}, naming={"field": "order"}),
        Cause(ReferenceMalformed, says={"buyer": KEY}, naming={"field": "buyer"}),
        Cause(ReferenceMalformed, says={"exporter": KEY}, naming={"field": "exporter"}),
        Cause(CurrencyUnknown, says={"currency": "XAU"}),
        Cause(OrderTermsMalformed, says={"lines": ()}, naming={"field": "lines"}),
        Cause(OrderTermsMalformed, says={"lines": (line(quantity=0),)}, naming={"field": "lines.quantity"}),
        Cause(AmountOutOfRange, says={"lines": (line(amount_minor=0),)}, naming={"amount_minor": 0}),
        Cause(
            AmountOutOfRange,
            says={"lines": (line(1, amount_minor=MINOR_MAX), line(2, amount_minor=1))},
            naming={"amount_minor": MINOR_MAX + 1},
        ),
        Cause(ReferenceMalformed, says={"steps": (step(10_000, name=KEY),)}, naming={"field": "terms.steps.name"}),
        Cause(AmountOutOfRange, says={"steps": (step(10_001), step(-1))}, naming={"amount_minor": -1}),
        Cause(OrderTermsMalformed, says={"steps": (step(1),)}, naming={"field": "terms.steps"}),
        Cause(
            OrderTermsMalformed, says={"deliver_by": PLACE.ship_by - timedelta(days=1)}, naming={"field": "deliver_by"}
        ),
        Cause(OrderAlreadyPlaced, after=on(ORDER, placed())),
        Cause(AggregateNotFound, gone=RULEBOOK, naming={"kind": "rulebook"}),
        Cause(RulebookNotInState, without=(RulebookPublished,)),
        Cause(RulebookNotInForce, after=on(RULEBOOK, RulebookPublished(effective_from=day(1).date()))),
        Cause(PartiesSame, says={"exporter": "BUY-1"}),
        Cause(PartyNotRegistered, gone=BUYER, naming=BUY),
        Cause(PartyLacksRole, after=on(BUYER, registered("mediator"), screened()), naming=BUY),
        Cause(PartyForgotten, after=on(BUYER, ERASED), naming=BUY),
        Cause(PartyIsSuspended, after=on(BUYER, SUSPENDED), naming=BUY),
        Cause(PartySanctioned, after=on(BUYER, HIT), naming=BUY),
        Cause(AggregateNotFound, gone=WATCHLIST, naming={"kind": "watchlist"}),
        Cause(PartyNotScreened, after=on(BUYER, OUTDATED), naming=BUY),
        Cause(PartyNotRegistered, gone=EXPORTER, naming=EXP),
        Cause(PartyLacksRole, after=on(EXPORTER, registered("mediator"), screened()), naming=EXP),
        Cause(PartyForgotten, after=on(EXPORTER, ERASED), naming=EXP),
        Cause(PartyIsSuspended, after=on(EXPORTER, SUSPENDED), naming=EXP),
        Cause(PartySanctioned, after=on(EXPORTER, HIT), naming=EXP),
        Cause(PartyNotScreened, after=on(EXPORTER, OUTDATED), naming=EXP),
        together={
            (2, 17): Attempt(says={"buyer": KEY, "exporter": KEY}),
            (5, 6): Attempt(says={"lines": (line(quantity=0),) * (LINES_MAX + 1)}),
            (5, 7): Attempt(says={"lines": (line(amount_minor=0),) * (LINES_MAX + 1)}),
            (5, 8): Attempt(says={"lines": (line(amount_minor=MINOR_MAX),) * (LINES_MAX + 1)}),
            (6, 7): Attempt(says={"lines": (line(quantity=0, amount_minor=0),)}),
            (6, 8): Attempt(says={"lines": (line(1, quantity=0, amount_minor=MINOR_MAX), line(2, amount_minor=1))}),
            (7, 8): Attempt(
                says={"lines": (line(1, amount_minor=0), line(2, amount_minor=MINOR_MAX), line(3, amount_minor=1))}
            ),
            (9, 10): Attempt(says={"steps": (step(-1, name=KEY),)}),
            (9, 11): Attempt(says={"steps": (step(1, name=KEY),)}),
            (10, 11): Attempt(says={"steps": (step(-1),)}),
            (14, 18): Attempt(story=ready(without=(RULEBOOK, BUYER))),
            (14, 23): Attempt(story=ready(without=(RULEBOOK, WATCHLIST))),
            (14, 25): Attempt(story=ready(without=(RULEBOOK, EXPORTER))),
            (18, 23): Attempt(story=ready(without=(BUYER, WATCHLIST))),
            (18, 25): Attempt(story=ready(without=(BUYER, EXPORTER))),
            (22, 24): Attempt(after=on(BUYER, screened("hit", version="v0"))),
            (23, 25): Attempt(story=ready(without=(WATCHLIST, EXPORTER))),
            (29, 30): Attempt(after=on(EXPORTER, screened("hit", version="v0"))),
        },
        apart={
            (3, 17): "the buyer's key is malformed too, and told first",
            (15, 16): "only what is published has a first day",
        },
    ),
    Refused(
        AcceptOrder(order="PO-1"),
        given(ruled(), on(ORDER, placed()), on(BUYER, registered("buyer")), on(EXPORTER, registered("exporter"))),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderNotInState, after=on(ORDER, OrderAccepted())),
        Cause(PartyForgotten, after=on(BUYER, ERASED), naming=BUY),
        Cause(PartyIsSuspended, after=on(BUYER, SUSPENDED), naming=BUY),
        Cause(PartySanctioned, after=on(BUYER, HIT), naming=BUY),
        Cause(PartyForgotten, after=on(EXPORTER, ERASED), naming=EXP),
        Cause(PartyIsSuspended, after=on(EXPORTER, SUSPENDED), naming=EXP),
        Cause(PartySanctioned, after=on(EXPORTER, HIT), naming=EXP),
    ),
    Refused(
        CancelOrder(order="PO-1", reason="no-stock"),
        given(*paid()),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(ReferenceMalformed, says={"reason": "they have no stock"}),
        Cause(OrderCancelledAlready, after=CANCELLED),
        Cause(OrderAlreadyDispatched, after=DISPATCHED),
        Cause(DisputeAlreadyOpen, after=on(DISPUTE, made())),
        together={(3, 4): Attempt(after=DISPATCHED + CANCELLED)},
    ),
    Refused(
        DispatchGoods(order="PO-1"),
        given(*agreed(line(1), line(2))),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderCancelledAlready, after=CANCELLED),
        Cause(OrderNotInState, without=(OrderAccepted,)),
        Cause(OrderTermsMalformed, says=lines((1, 1), (1, 1)), naming={"field": "lines"}),
        Cause(OrderTermsMalformed, says=lines((1, 0)), naming={"field": "lines.quantity"}),
        Cause(LineNotFound, says=lines((3, 1))),
        Cause(DispatchExceedsOrder, says=lines((1, 11))),
        together={
            (4, 5): Attempt(says=lines((1, 0), (1, 0))),
            (4, 6): Attempt(says=lines((3, 1), (3, 1))),
            (4, 7): Attempt(says=lines((1, 11), (1, 11))),
            (5, 6): Attempt(says=lines((3, 0))),
            (5, 7): Attempt(says=lines((1, 11), (2, 0))),
            (6, 7): Attempt(says=lines((3, 1), (1, 11))),
        },
    ),
    Refused(
        RecordDelivery(order="PO-1"),
        given(*agreed(), DISPATCHED),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(DispatchNotFound, says={"dispatch": 2}),
        Cause(DispatchAlreadyDelivered, after=on(ORDER, OrderDelivered(dispatch=1, all_delivered=True))),
    ),
    Refused(
        ConfirmReceipt(order="PO-1"),
        given(*delivered()),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderNotInState, after=RECEIVED),
    ),
    Refused(
        LapseInspection(order="PO-1"),
        given(*delivered()),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(InspectionRunning, after=PAUSED, naming={"ends_at": day(50)}),
        Cause(OrderNotInState, after=RECEIVED),
        Cause(InspectionRunning, at=day(44), naming={"ends_at": day(45)}),
        at=day(45),
    ),
    Refused(
        LapseInspectionByClock(order="PO-1"),
        given(*delivered()),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderNotInState, after=RECEIVED),
    ),
    Refused(
        CompleteOrder(order="PO-1"),
        given(*delivered(), RECEIVED),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderNotInState, without=(OrderReceiptConfirmed,)),
    ),
)
