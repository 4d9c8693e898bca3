"""What commands about a dispute are refused for, from its opening to its mediator; what is decided is in decisions."""

from itertools import combinations
from typing import Any

from msgspec.structs import replace

from domain.claim import Remedy, RemedyExceedsClaim, RemedyMalformed
from domain.commands import (
    AcceptOffer,
    AnswerClaim,
    AssignMediator,
    DeclareConflict,
    DeclineOffer,
    EscalateByClock,
    EscalateDispute,
    ExpireOffer,
    MakeOffer,
    OpenDispute,
    PostMessage,
    RecuseMediator,
    RequestEvidence,
    SubmitEvidence,
    WithdrawClaim,
)
from domain.commands.disputes import NewClaim
from domain.commitment import CommitmentMalformed
from domain.dispute_events import (
    DisputeAppealed,
    DisputeClaimSettled,
    DisputeDecided,
    DisputeEscalated,
    DisputeMediatorAssigned,
    DisputeMediatorDeclared,
    DisputeMediatorRecused,
    DisputeOfferMade,
    Ruling,
)
from domain.dispute_refusals import (
    ClaimMalformed,
    ClaimNotFound,
    ClaimNotInState,
    ClaimsExceedPayment,
    DisputeAlreadyEscalated,
    DisputeAlreadyOpen,
    DisputeIsSettled,
    DisputeNotEscalated,
    DisputeTooEarly,
    DisputeTooLate,
    EscalationTooEarly,
    EvidenceRequestNotFound,
    MediatorAlreadyAssigned,
    MediatorDecidedBefore,
    MediatorDiffers,
    MediatorIsParty,
    MediatorUndeclared,
    MediatorWasRecused,
    OfferNotFound,
    OfferOwn,
)
from domain.evidence import EvidenceMalformed
from domain.hold import CurrencyDiffers, HoldClosed, HoldIsClosed, HoldPaymentReceived
from domain.money import AmountOutOfRange
from domain.order import LineNotFound, OrderClaimsEnded
from domain.references import ReferenceMalformed
from domain.side import SideForbidden
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import (
    BYTES,
    DISPUTE,
    ESCALATED,
    MEDIATOR,
    SECOND_MEDIATOR,
    SETTLED,
    TEXT,
    day,
    disputed,
    made,
    mediated,
)
from tests.given import AT, HOLD, ORDER, Happened, delivered, given, on

NO_DISPUTE = {"kind": "dispute", "key": "PO-1/1"}
PROSE = {"reason": "because of it"}
OTHER = {"claim": 9}
OTHER_OFFER = {"offer": 9}
NO_SUCH_CLAIM = "a claim that isn't there is in no state"
NO_SUCH_OFFER = "an offer that isn't there is nobody's own"
NO_SUCH_KEY = "nobody who takes part has such a key"

CLAIM = NewClaim(kind="quality", amount_minor=4_000)
LARGE = NewClaim(kind="quality", amount_minor=6_000)
WRONG: dict[int, dict[str, Any]] = {
    3: {"comment": "it broke"},
    4: {"amount_minor": 0},
    5: {"quantity": 0},
    11: {"line": 9},
    12: {"kind": "late"},
}
"""What is wrong with one claim, by the place of the cause."""
TOO_MANY, TOO_MUCH = 2, 13
"""The places of what is wrong with all claims together."""

OFFERED = on(
    DISPUTE,
    DisputeOfferMade(offer=1, claim=1, by="exporter", remedy=Remedy(kind="partial-refund", amount_minor=1_500)),
)
CLAIM_SETTLED = on(
    DISPUTE,
    DisputeClaimSettled(
        claim=1, kind="none", awarded_minor=0, paid_minor=0, charged_back_minor=0, frozen_minor=0, unpaid_minor=0
    ),
)


def opening(*places: int) -> Attempt:
    """Return claims that are wrong in all these ways."""
    wrong = {field: value for place in places for field, value in WRONG.get(place, {}).items()}
    claims = (replace(CLAIM, **wrong), *((LARGE, LARGE) if TOO_MUCH in places else ()))
    return Attempt(says={"claims": claims * (51 if TOO_MANY in places else 1)})


def assigned(mediator: str) -> tuple[Happened, ...]:
    """Return how the dispute was given to a mediator."""
    return on(DISPUTE, DisputeMediatorAssigned(mediator=mediator))


def recused(mediator: str) -> tuple[Happened, ...]:
    """Return how somebody became the dispute's mediator and left it."""
    return (*assigned(mediator), *on(DISPUTE, DisputeMediatorRecused(mediator=mediator, reason="on-leave")))


def appealed(mediator: str) -> tuple[Happened, ...]:
    """Return how the first claim was decided by a mediator, and appealed."""
    nothing = Ruling(claim=1, remedy=Remedy(kind="none", amount_minor=0), reason="no-defects", findings=())
    return on(
        DISPUTE,
        DisputeDecided(decision=1, rulings=(nothing,), mediator=mediator, evidence_up_to=0),
        DisputeAppealed(claim=1, by="buyer", evidence=1),
    )


DISPUTES = (
    Refused(
        OpenDispute(order="PO-1", claims=(CLAIM,)),
        given(*delivered()),
        Cause(SideForbidden, role="exporter"),
        Cause(ClaimMalformed, says=opening(2).says, naming={"claim": 0, "field": "claims"}),
        Cause(CommitmentMalformed, says=opening(3).says, naming={"field": "claims.comment"}),
        Cause(AmountOutOfRange, says=opening(4).says),
        Cause(ClaimMalformed, says=opening(5).says, naming={"claim": 1, "field": "quantity"}),
        Cause(AggregateNotFound, gone=HOLD, naming={"kind": "hold"}),
        Cause(DisputeTooEarly, without=(HoldPaymentReceived,)),
        Cause(DisputeTooLate, after=on(ORDER, OrderClaimsEnded(ended_at=AT))),
        Cause(HoldIsClosed, after=on(HOLD, HoldClosed())),
        Cause(DisputeAlreadyOpen, after=on(DISPUTE, made())),
        Cause(LineNotFound, says=opening(11).says),
        Cause(ClaimMalformed, says=opening(12).says, naming={"claim": 1, "field": "kind"}),
        Cause(ClaimsExceedPayment, says=opening(13).says),
        Cause(CurrencyDiffers, says={"currency": "EUR"}),
        together={pair: opening(*pair) for pair in combinations((TOO_MANY, *WRONG, TOO_MUCH), 2)},
    ),
    Refused(
        AnswerClaim(order="PO-1", claim=1, stance="contests", comment=TEXT),
        given(*disputed()),
        Cause(SideForbidden, role="buyer"),
        Cause(CommitmentMalformed, says={"comment": "not so"}, naming={"field": "comment"}),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED, naming={"dispute": DISPUTE}),
        Cause(ClaimNotFound, says=OTHER),
        Cause(ClaimNotInState, after=CLAIM_SETTLED),
        apart={(5, 6): NO_SUCH_CLAIM},
    ),
    Refused(
        WithdrawClaim(order="PO-1", claim=1),
        given(*disputed()),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says=OTHER),
        Cause(ClaimNotInState, after=CLAIM_SETTLED),
        apart={(4, 5): NO_SUCH_CLAIM},
    ),
    Refused(
        SubmitEvidence(
            order="PO-1", claim=1, side="buyer", sha256=BYTES, media_type="image/jpeg", size_bytes=2_048, name=TEXT
        ),
        given(*disputed()),
        Cause(SideForbidden, role="exporter"),
        Cause(CommitmentMalformed, says={"name": "photo.jpg"}, naming={"field": "name"}),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(EvidenceMalformed, says={"sha256": "photo"}, naming={"field": "sha256"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says=OTHER),
        Cause(ClaimNotInState, after=CLAIM_SETTLED),
        Cause(EvidenceRequestNotFound, says={"request": 9}),
        apart={(6, 7): NO_SUCH_CLAIM},
    ),
    Refused(
        PostMessage(order="PO-1", text=TEXT),
        given(*disputed()),
        Cause(CommitmentMalformed, says={"text": "hello"}, naming={"field": "text", "value": "hello"}),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
    ),
    Refused(
        MakeOffer(order="PO-1", claim=1, side="exporter", remedy="partial-refund", amount_minor=1_500),
        given(*disputed()),
        Cause(SideForbidden, role="buyer"),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says=OTHER),
        Cause(ClaimNotInState, after=CLAIM_SETTLED),
        Cause(RemedyMalformed, says={"remedy": "none"}),
        Cause(RemedyExceedsClaim, says={"amount_minor": 5_000}),
        Cause(CurrencyDiffers, says={"currency": "EUR"}),
        apart={(4, 5): NO_SUCH_CLAIM},
    ),
    Refused(
        AcceptOffer(order="PO-1", offer=1, side="buyer"),
        given(*disputed(), OFFERED),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(OfferNotFound, says=OTHER_OFFER),
        Cause(OfferOwn, says={"side": "exporter"}, naming={"dispute": DISPUTE, "offer": 1, "side": "exporter"}),
        together={
            (1, 5): Attempt(says={"side": "exporter"}, role="buyer"),
            (3, 5): Attempt(says={"side": "exporter"}, after=(*SETTLED, *OFFERED)),
        },
        apart={(4, 5): NO_SUCH_OFFER},
    ),
    Refused(
        DeclineOffer(order="PO-1", offer=1, side="buyer", reason="too-little"),
        given(*disputed(), OFFERED),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(ReferenceMalformed, says=PROSE, naming={"field": "reason"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(OfferNotFound, says=OTHER_OFFER),
    ),
    Refused(
        EscalateDispute(order="PO-1", side="buyer"),
        given(*disputed()),
        Cause(SideForbidden, role="exporter"),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(DisputeAlreadyEscalated, after=ESCALATED, naming={"dispute": DISPUTE}),
        Cause(EscalationTooEarly, at=AT),
        at=day(3),
        together={(3, 4): Attempt(after=(*ESCALATED, *SETTLED))},
    ),
    Refused(
        AssignMediator(order="PO-1", mediator="MED-1"),
        given(*disputed(), ESCALATED),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(ReferenceMalformed, says={"mediator": "Ms. Mediator"}, naming={"field": "mediator"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(DisputeNotEscalated, without=(DisputeEscalated,)),
        Cause(MediatorAlreadyAssigned, after=assigned("MED-2"), naming={"dispute": DISPUTE, "mediator": "MED-2"}),
        Cause(MediatorIsParty, says={"mediator": "BUY-1"}),
        Cause(MediatorWasRecused, after=recused("MED-1")),
        Cause(MediatorDecidedBefore, after=appealed("MED-1")),
        together={
            (3, 8): Attempt(after=(*appealed("MED-1"), *SETTLED)),
            (5, 7): Attempt(after=(*recused("MED-1"), *assigned("MED-2"))),
            (5, 8): Attempt(after=(*appealed("MED-1"), *assigned("MED-2"))),
            (6, 7): Attempt(says={"mediator": "BUY-1"}, after=recused("BUY-1")),
            (6, 8): Attempt(says={"mediator": "BUY-1"}, after=appealed("BUY-1")),
        },
        apart={
            (2, 6): NO_SUCH_KEY,
            (2, 7): NO_SUCH_KEY,
            (2, 8): NO_SUCH_KEY,
            (4, 8): "an appeal escalates",
        },
    ),
    Refused(
        DeclareConflict(order="PO-1", conflict=False),
        given(*disputed(), ESCALATED, assigned("MED-1")),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(DisputeNotEscalated, without=(DisputeEscalated,)),
        Cause(MediatorDiffers, actor=SECOND_MEDIATOR),
        actor=MEDIATOR,
    ),
    Refused(
        RecuseMediator(order="PO-1", reason="on-leave"),
        given(*mediated()),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(ReferenceMalformed, says=PROSE, naming={"field": "reason"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(MediatorDiffers, without=(DisputeMediatorAssigned,)),
    ),
    Refused(
        RequestEvidence(order="PO-1", claim=1, of="buyer", what="packing-list"),
        given(*mediated()),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(ReferenceMalformed, says={"what": "the packing list"}, naming={"field": "what"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says=OTHER),
        Cause(ClaimNotInState, after=CLAIM_SETTLED, naming={"needed": ("open", "appealed")}),
        Cause(DisputeNotEscalated, without=(DisputeEscalated,)),
        Cause(MediatorDiffers, actor=SECOND_MEDIATOR, naming={"actor": SECOND_MEDIATOR, "mediator": "MED-1"}),
        Cause(MediatorUndeclared, without=(DisputeMediatorDeclared,), naming={"mediator": "MED-1"}),
        actor=MEDIATOR,
        together={(3, 8): Attempt(after=(*SETTLED, *assigned("MED-1")))},
        apart={(4, 5): NO_SUCH_CLAIM},
    ),
    Refused(
        EscalateByClock(order="PO-1"),
        given(*disputed()),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(DisputeAlreadyEscalated, after=ESCALATED),
        together={(2, 3): Attempt(after=(*ESCALATED, *SETTLED))},
        actor="clock:escalation",
        role="clock",
    ),
    Refused(
        ExpireOffer(order="PO-1", offer=1),
        given(*disputed(), OFFERED),
        Cause(AggregateNotFound, gone=DISPUTE, naming=NO_DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(OfferNotFound, says=OTHER_OFFER),
        actor="clock:offer",
        role="clock",
    ),
)
