"""What commands about releases and refunds are refused for."""

from domain.commands import (
    ApproveRefund,
    ApproveRelease,
    ExecuteRefund,
    ExecuteRelease,
    ProposeRefund,
    ProposeRelease,
    RejectRefund,
    RejectRelease,
)
from domain.handlers.proposals import ReleaseNotDue
from domain.hold import CurrencyDiffers, HoldClosed, HoldExceeded, HoldIsClosed, HoldReleased, RecoveryExceeded
from domain.money import MINOR_MAX, AmountOutOfRange, Money
from domain.order import OrderReceiptConfirmed
from domain.party_events import PartySuspended
from domain.party_refusals import PartyIsSuspended, PartySanctioned
from domain.proposal import ApproverIsProposer, ProposalAlreadyApproved, ProposalNotApproved, ProposalNotFound
from domain.references import ReferenceMalformed, ReleaseId
from domain.refund import RefundApproved, RefundBreakdownChanged, RefundProposed
from domain.release import ReleaseApproved, ReleaseProposed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import (
    EXPORTER,
    FOUR_EYES,
    HOLD,
    OPERATOR,
    ORDER,
    REFUNDS,
    RELEASES,
    SECOND,
    delivered,
    frozen,
    given,
    on,
    paid,
    registered,
    screened,
    usd,
)

EUR = {"amount": Money("EUR", 1)}
NOTHING = {"amount": usd(0)}
EUR_NOTHING = Attempt(says={"amount": Money("EUR", 0)})
PROSE = {"reason": "he lied"}
OF_REASON = {"field": "reason"}
ANOTHER = {"number": 2}
CLOSED = on(HOLD, HoldClosed())
SUSPENDED = on(EXPORTER, PartySuspended(reason="under-review"))
SANCTIONED = on(EXPORTER, screened("hit"))
RELEASE_PROPOSED = on(
    RELEASES,
    ReleaseProposed(
        number=1,
        currency="USD",
        gross_minor=10_000,
        fee_minor=250,
        tax_minor=45,
        net_minor=9_705,
        proposed_by=OPERATOR,
    ),
)
RELEASE_APPROVED = on(RELEASES, ReleaseApproved(number=1, approved_by=SECOND, by_rule=False))
REFUND_PROPOSED = on(
    REFUNDS,
    RefundProposed(
        number=1,
        currency="USD",
        amount_minor=4_000,
        recovered_minor=0,
        recovered_fee_minor=0,
        recovered_tax_minor=0,
        reason="defective",
        proposed_by=OPERATOR,
    ),
)
REFUND_APPROVED = on(REFUNDS, RefundApproved(number=1, approved_by=SECOND, by_rule=False))

RECEIVED = (*delivered(rules=FOUR_EYES), on(ORDER, OrderReceiptConfirmed()), on(EXPORTER, registered()))
"""PO-1 is received from a registered exporter, under rules that let two people look at everything."""
RELEASE_WAITS = (*RECEIVED, RELEASE_PROPOSED)
REFUND_WAITS = (*paid(rules=FOUR_EYES), REFUND_PROPOSED)


def released(gross_minor: int) -> HoldReleased:
    """Return a release of PO-1 without a fee."""
    return HoldReleased(
        release=ReleaseId("release:PO-1/1"),
        exporter="EXP-1",
        currency="USD",
        gross_minor=gross_minor,
        fee_minor=0,
        tax_minor=0,
        net_minor=gross_minor,
    )


SHORT = on(HOLD, frozen(7_000))
"""Of the 100.00 that are held, 30.00 are left, and nothing can be recovered."""
MOVED = on(HOLD, released(7_000))
"""Of the 100.00 that are held, 30.00 are left, and the rest can be recovered."""
SHORT_AND_MOVED = Attempt(after=on(HOLD, released(500), frozen(9_000)))

PROPOSALS = (
    Refused(
        ProposeRelease(order="PO-1", amount=usd(4_000)),
        given(*RECEIVED),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(PartyIsSuspended, after=SUSPENDED, naming={"party": "EXP-1"}),
        Cause(PartySanctioned, after=SANCTIONED, naming={"party": "EXP-1"}),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(ReleaseNotDue, after=RELEASE_PROPOSED),
        Cause(HoldIsClosed, after=CLOSED),
        together={(4, 5): EUR_NOTHING},
    ),
    Refused(
        ApproveRelease(order="PO-1", number=1),
        given(*RELEASE_WAITS),
        Cause(AggregateNotFound, gone=RELEASES),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalAlreadyApproved, after=RELEASE_APPROVED),
        Cause(ApproverIsProposer, actor=OPERATOR),
        Cause(PartyIsSuspended, after=SUSPENDED),
        Cause(PartySanctioned, after=SANCTIONED),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(HoldExceeded, after=on(HOLD, frozen(1))),
        actor=SECOND,
    ),
    Refused(
        RejectRelease(order="PO-1", number=1, reason="under-review"),
        given(*RELEASE_WAITS),
        Cause(AggregateNotFound, gone=RELEASES),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalAlreadyApproved, after=RELEASE_APPROVED),
        Cause(ApproverIsProposer, actor=OPERATOR),
        actor=SECOND,
    ),
    Refused(
        ExecuteRelease(order="PO-1", number=1),
        given(*RELEASE_WAITS, RELEASE_APPROVED),
        Cause(AggregateNotFound, gone=RELEASES),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalNotApproved, without=(ReleaseApproved,)),
        Cause(PartyIsSuspended, after=SUSPENDED),
        Cause(PartySanctioned, after=SANCTIONED),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(HoldExceeded, after=on(HOLD, frozen(1))),
    ),
    Refused(
        ProposeRefund(order="PO-1", amount=usd(4_000), reason="defective"),
        given(*paid()),
        Cause(AggregateNotFound, gone=HOLD),
        Cause(CurrencyDiffers, says=EUR),
        Cause(AmountOutOfRange, says=NOTHING),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(RecoveryExceeded, says={"amount": usd(10_001)}),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        together={
            (2, 3): EUR_NOTHING,
            (2, 5): Attempt(says={"amount": Money("EUR", 10_001)}),
            (3, 5): Attempt(says={"amount": usd(MINOR_MAX + 1)}),
        },
    ),
    Refused(
        ApproveRefund(order="PO-1", number=1),
        given(*REFUND_WAITS),
        Cause(AggregateNotFound, gone=REFUNDS),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalAlreadyApproved, after=REFUND_APPROVED),
        Cause(ApproverIsProposer, actor=OPERATOR),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(RecoveryExceeded, after=SHORT),
        Cause(RefundBreakdownChanged, after=MOVED),
        actor=SECOND,
        together={(6, 7): SHORT_AND_MOVED},
    ),
    Refused(
        RejectRefund(order="PO-1", number=1, reason="no-evidence"),
        given(*REFUND_WAITS),
        Cause(AggregateNotFound, gone=REFUNDS),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalAlreadyApproved, after=REFUND_APPROVED),
        Cause(ApproverIsProposer, actor=OPERATOR),
        actor=SECOND,
    ),
    Refused(
        ExecuteRefund(order="PO-1", number=1),
        given(*REFUND_WAITS, REFUND_APPROVED),
        Cause(AggregateNotFound, gone=REFUNDS),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ProposalNotApproved, without=(RefundApproved,)),
        Cause(HoldIsClosed, after=CLOSED),
        Cause(RecoveryExceeded, after=SHORT),
        Cause(RefundBreakdownChanged, after=MOVED),
        together={(5, 6): SHORT_AND_MOVED},
    ),
)
