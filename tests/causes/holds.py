"""What commands about an order's money are refused for."""

from domain.clock import ClockStarted
from domain.commands import CloseHold, FreezeHold, RecordChargeback, RecordPayment, UnfreezeHold
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.handlers.holds import ClaimWindowOpen, ProposalsPending
from domain.hold import (
    AccountMalformed,
    CurrencyDiffers,
    FrozenExceeded,
    HoldClosed,
    HoldExceeded,
    HoldFrozen,
    HoldHasNone,
    HoldIsClosed,
    HoldNotEmpty,
)
from domain.money import MINOR_MAX, AmountOutOfRange, Money
from domain.order import OrderAccepted, OrderCancelled, OrderCancelledAlready, OrderNotInState, PaymentStepNotFound
from domain.references import ReferenceMalformed
from domain.refund import RefundProposed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import CLOCKS, DISPUTE, day, made
from tests.given import HOLD, OPERATOR, ORDER, REFUNDS, agreed, frozen, given, on, paid, received, usd

EUR = {"amount": Money("EUR", 1)}
NOTHING = {"amount": usd(0)}
EUR_NOTHING = Attempt(says={"amount": Money("EUR", 0)})
OUT_OF_RANGE = Attempt(says={"amount": usd(MINOR_MAX + 1)})
PETTY_CASH = {"account": "petty cash"}
PROSE = {"reason": "because of fraud"}
OF_REASON = {"field": "reason"}
CLOSED = on(HOLD, HoldClosed())
CANCELLED = on(ORDER, OrderCancelled(reason="no-stock"))
REFUND_WAITS = on(
    REFUNDS,
    RefundProposed(
        number=1,
        currency="USD",
        amount_minor=100,
        recovered_minor=0,
        recovered_fee_minor=0,
        recovered_tax_minor=0,
        reason="defective",
        proposed_by=OPERATOR,
    ),
)
CLAIMS_RUN = on(
    CLOCKS,
    ClockStarted(
        clock="claims",
        kind="claims",
        about=ORDER,
        cause="order.receipt_confirmed",
        silence_of="buyer",
        effect="decides",
        days=30,
        counted="days",
        time_zone="UTC",
        holidays_of="",
        due_at=day(30),
    ),
)

HOLDS = (
    Refused(
        RecordPayment(order="PO-1", amount=usd(10_000), account="clearing:card"),
        given(*agreed()),
        Cause(AggregateNotFound, gone=ORDER),
        Cause(OrderCancelledAlready, after=CANCELLED),
        Cause(OrderNotInState, without=(OrderAccepted,)),
        Cause(PaymentStepNotFound, says={"step": 2}),
        Cause(AmountOutOfRange, says={"amount": usd(MINOR_MAX + 1)}, naming={"amount_minor": MINOR_MAX + 1}),
        Cause(AccountMalformed, says=PETTY_CASH),
        Cause(ReferenceMalformed, says={"reference": "no key"}),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AmountOutOfRange, after=on(HOLD, received(MINOR_MAX)), naming={"amount_minor": MINOR_MAX + 10_000}),
        together={(5, 9): Attempt(says={"amount": Money("EUR", MINOR_MAX + 1)})},
    ),
    Refused(
        FreezeHold(order="PO-1", amount=usd(100), reason="suspected-fraud"),
        given(*paid()),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(HoldHasNone, says={"amount": None}, story=given(*agreed())),
        Cause(HoldExceeded, says={"amount": usd(10_001)}),
        together={
            (2, 4): EUR_NOTHING,
            (2, 7): Attempt(says={"amount": Money("EUR", 10_001)}),
            (4, 7): OUT_OF_RANGE,
        },
        apart={
            (2, 6): "nothing is asked for in particular",
            (4, 6): "nothing is asked for in particular",
            (6, 7): "an amount is either said or not",
        },
    ),
    Refused(
        UnfreezeHold(order="PO-1", amount=usd(100), reason="cleared"),
        given(*paid(), on(HOLD, frozen(4_000))),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(HoldHasNone, says={"amount": None}, without=(HoldFrozen,)),
        Cause(FrozenExceeded, says={"amount": usd(4_001)}),
        together={
            (2, 4): EUR_NOTHING,
            (2, 6): Attempt(says={"amount": Money("EUR", 4_001)}),
            (4, 6): OUT_OF_RANGE,
        },
        apart={
            (2, 5): "nothing is asked for in particular",
            (4, 5): "nothing is asked for in particular",
            (5, 6): "an amount is either said or not",
        },
    ),
    Refused(
        RecordChargeback(order="PO-1", amount=usd(100), account="clearing:card"),
        given(*paid()),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(AccountMalformed, says=PETTY_CASH),
        Cause(CurrencyDiffers, says=EUR),
        together={(2, 4): EUR_NOTHING},
    ),
    Refused(
        CloseHold(order="PO-1"),
        given(*agreed(), CANCELLED),
        Cause(AggregateNotFound, gone=ORDER, naming={"kind": "order"}),
        Cause(OrderNotInState, without=(OrderCancelled,)),
        Cause(DisputeAlreadyOpen, after=on(DISPUTE, made())),
        Cause(ClaimWindowOpen, after=CLAIMS_RUN),
        Cause(AggregateNotFound, gone=HOLD, naming={"kind": "hold"}),
        Cause(ProposalsPending, after=REFUND_WAITS),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(HoldNotEmpty, after=on(HOLD, received(1))),
        together={(1, 5): Attempt(story=given())},
    ),
)
