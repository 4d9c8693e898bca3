"""What commands about a dispute's decisions, their appeals and its goods are refused for."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, TypedDict, Unpack

from msgspec.structs import replace

from domain.claim import ClaimStatus, Remedy, RemedyExceedsClaim, RemedyKind, RemedyMalformed
from domain.commands import (
    AcknowledgeReplacement,
    AcknowledgeReturn,
    AppealRuling,
    ApproveDecision,
    DispatchReplacement,
    DispatchReturn,
    GiveDecision,
    ProposeDecision,
    ReturnDecision,
    WaiveAppeal,
)
from domain.commitment import CommitmentMalformed
from domain.dispute import ProposedRuling
from domain.dispute_events import (
    DisputeAppealed,
    DisputeAppealWaived,
    DisputeClaimSettled,
    DisputeDecided,
    DisputeDecisionProposed,
    DisputeEscalated,
    DisputeMediatorAssigned,
    DisputeMediatorDeclared,
    DisputeMediatorRecused,
    DisputeReplacementDispatched,
    DisputeReturnDispatched,
    Finding,
    Ruling,
)
from domain.dispute_refusals import (
    AppealAlreadyMade,
    AppealAlreadyWaived,
    AppealWithoutNewEvidence,
    ApproverIsMediator,
    ClaimNotFound,
    ClaimNotInState,
    DecisionMalformed,
    DecisionNotPending,
    DecisionPending,
    DisputeIsSettled,
    DisputeNotEscalated,
    EvidenceOutsideSet,
    MediatorDecidedBefore,
    MediatorDiffers,
    MediatorIsParty,
    MediatorUndeclared,
    MediatorWasRecused,
    ReplacementNotOnItsWay,
    ReturnNotOnItsWay,
)
from domain.hold import CurrencyDiffers
from domain.references import ReferenceMalformed
from domain.side import SideForbidden
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.disputes import (
    DISPUTE,
    ESCALATED,
    MEDIATOR,
    SECOND_MEDIATOR,
    SETTLED,
    TEXT,
    accept,
    disputed,
    mediated,
    offer,
    ruling,
    submit,
)
from tests.given import Given, Happened, given, on

CLAIMED = (2_000, 2_000, 2_000)
FINDINGS = (Finding(text=TEXT, evidence=()),)
ALL_OF_IT = Remedy(kind="refund", amount_minor=2_000)
NOWHERE = {"claim": 9}
PROSE = {"reason": "because of that"}
NO_CLAIM = "a claim that isn't there is in no state"


def over(number: int = 1) -> tuple[Happened, ...]:
    """Return how a claim ended with nothing for the buyer."""
    settled = DisputeClaimSettled(
        claim=number,
        kind="none",
        awarded_minor=0,
        paid_minor=0,
        charged_back_minor=0,
        frozen_minor=0,
        unpaid_minor=0,
    )
    return on(DISPUTE, settled)


def rulings(*claims: int) -> tuple[Ruling, ...]:
    """Return how a decision gives back all that these claims are for."""
    return tuple(Ruling(claim=one, remedy=ALL_OF_IT, reason="defects-shown", findings=FINDINGS) for one in claims)


def given_out(*claims: int, by: str = "MED-1", decision: int = 1) -> tuple[Happened, ...]:
    """Return how a decision of these claims was given."""
    return on(DISPUTE, DisputeDecided(decision=decision, rulings=rulings(*claims), mediator=by, evidence_up_to=0))


def written(*, by: str = "MED-1") -> tuple[Happened, ...]:
    """Return how a mediator decided the appeal of the first two claims; a second one hasn't agreed yet."""
    proposed = DisputeDecisionProposed(
        decision=2,
        mediator=by,
        rulings=rulings(1, 2),
        appeal=True,
        evidence=(),
        evidence_sha256="5e" * 32,
        at_stake_minor=4_000,
    )
    return on(DISPUTE, proposed)


def appealed(*, before: str = "MED-3", left: str = "MED-4", by: str = "MED-1") -> tuple[tuple[Happened, ...], ...]:
    """
    Return how of three claims the buyer appealed two.

    before: who had decided those; left: a mediator who left the dispute meanwhile; by: its mediator now.
    """
    return (
        *disputed(*CLAIMED),
        ESCALATED,
        given_out(1, 2, by=before),
        on(DISPUTE, *(DisputeAppealed(claim=number, by="buyer", evidence=0) for number in (1, 2))),
        on(DISPUTE, DisputeMediatorAssigned(mediator=left), DisputeMediatorRecused(mediator=left, reason="on-leave")),
        on(DISPUTE, DisputeMediatorAssigned(mediator=by), DisputeMediatorDeclared(mediator=by, conflict=False)),
    )


def waiting(*, before: str = "MED-3", left: str = "MED-4", by: str = "MED-1") -> Given:
    """Return a book in which the decision of those appeals waits for a second mediator."""
    return given(*appealed(before=before, left=left, by=by), written(by=by))


class Wrong(TypedDict, total=False):
    """What may be wrong with a decision of the claims 1 and 2, by its parts."""

    text: str
    evidence: tuple[int, ...]
    remedy: RemedyKind
    minor: int
    """These four are of the first ruling."""
    reason: str
    findings: tuple[Finding, ...]
    """These two are of the second."""
    ahead: tuple[int, ...]
    again: tuple[int, ...]
    more: tuple[int, ...]
    """Claims that are ruled on besides, before those two and after them."""


def deciding(**wrong: Unpack[Wrong]) -> Mapping[str, Any]:
    """Return what a decision says."""
    finding = Finding(text=wrong.get("text", TEXT), evidence=wrong.get("evidence", ()))
    first = ProposedRuling(
        claim=1,
        remedy=wrong.get("remedy", "refund"),
        amount_minor=wrong.get("minor", 2_000),
        reason="defects-shown",
        findings=(finding,),
    )
    second = replace(
        ruling(2, "none"),
        reason=wrong.get("reason", "defects-shown"),
        findings=wrong.get("findings", FINDINGS),
    )
    ahead = (ruling(number, "none") for number in wrong.get("ahead", ()))
    behind = (ruling(number, "none") for number in (*wrong.get("again", ()), *wrong.get("more", ())))
    return {"rulings": (*ahead, first, second, *behind)}


WRONG: dict[int, Wrong] = {
    1: {"text": "the box was empty"},
    3: {"again": (2,)},
    4: {"reason": "because of that"},
    5: {"findings": ()},
    11: {"ahead": (9,)},
    13: {"more": (3,)},
    15: {"remedy": "none"},
    16: {"minor": 2_001},
    17: {"evidence": (7,)},
}
"""What is wrong with a decision itself, by the places of its causes."""

SECOND = (
    Cause(DisputeIsSettled, after=(*SETTLED, *written())),
    Cause(DecisionNotPending, says={"decision": 1}),
    Cause(ApproverIsMediator, actor=MEDIATOR),
    Cause(MediatorIsParty, actor="mediator:BUY-1"),
    Cause(MediatorWasRecused, actor="mediator:MED-4"),
    Cause(MediatorDecidedBefore, actor="mediator:MED-3"),
)
"""What is wrong with whoever looks at a decision as the second mediator."""


def second_in_two_ways(mediator: int) -> Mapping[tuple[int, int], Attempt]:
    """Return how one person is two of these: its mediator (the place of that cause), party, recused, before."""
    party, recused, before = mediator + 1, mediator + 2, mediator + 3
    return {
        (mediator, party): Attempt(story=waiting(by="BUY-1"), actor="mediator:BUY-1"),
        (mediator, recused): Attempt(story=waiting(left="MED-1"), actor=MEDIATOR),
        (mediator, before): Attempt(story=waiting(before="MED-1"), actor=MEDIATOR),
        (party, recused): Attempt(story=waiting(left="BUY-1"), actor="mediator:BUY-1"),
        (party, before): Attempt(story=waiting(before="BUY-1"), actor="mediator:BUY-1"),
        (recused, before): Attempt(story=waiting(before="MED-4"), actor="mediator:MED-4"),
    }


def promised(remedy: RemedyKind) -> Given:
    """Return a book in which the buyer has taken the exporter's offer for the first of three claims."""
    return given(*disputed(*CLAIMED)).said(offer(remedy), accept())


DECIDED = (*mediated(*CLAIMED), given_out(1))
AGAIN = (*on(DISPUTE, DisputeAppealed(claim=1, by="exporter", evidence=0)), *given_out(1, by="MED-2", decision=2))
WAIVED = on(DISPUTE, DisputeAppealWaived(claim=1, by="buyer"))
SENT_BACK = on(DISPUTE, DisputeReturnDispatched(claim=1))
REPLACED = on(DISPUTE, DisputeReplacementDispatched(claim=1))


def claim_causes(role: str, needed: ClaimStatus) -> Iterable[Cause]:
    """
    Return what every command about a claim is refused for that one side says.

    role: the other side; needed: the state in which the claim has to be.
    """
    return (
        Cause(SideForbidden, role=role),
        Cause(AggregateNotFound, gone=DISPUTE),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(ClaimNotFound, says=NOWHERE),
        Cause(ClaimNotInState, after=over(), naming={"needed": (needed,)}),
    )


DECISIONS = (
    Refused(
        ProposeDecision(order="PO-1", **deciding()),
        given(*appealed()),
        Cause(CommitmentMalformed, says=deciding(**WRONG[1])),
        Cause(AggregateNotFound, gone=DISPUTE),
        Cause(DecisionMalformed, says=deciding(**WRONG[3]), naming={"field": "rulings"}),
        Cause(ReferenceMalformed, says=deciding(**WRONG[4])),
        Cause(DecisionMalformed, says=deciding(**WRONG[5]), naming={"field": "rulings.findings"}),
        Cause(DisputeIsSettled, after=SETTLED),
        Cause(DecisionPending, after=written()),
        Cause(DisputeNotEscalated, without=(DisputeEscalated, DisputeDecided, DisputeAppealed)),
        Cause(MediatorDiffers, actor=SECOND_MEDIATOR),
        Cause(MediatorUndeclared, without=(DisputeMediatorDeclared,)),
        Cause(ClaimNotFound, says=deciding(**WRONG[11])),
        Cause(ClaimNotInState, after=over(2), naming={"needed": ("open", "appealed")}),
        Cause(ClaimNotInState, says=deciding(**WRONG[13]), naming={"needed": ("appealed",)}),
        Cause(MediatorDecidedBefore, story=given(*appealed(before="MED-1"))),
        Cause(RemedyMalformed, says=deciding(**WRONG[15])),
        Cause(RemedyExceedsClaim, says=deciding(**WRONG[16])),
        Cause(EvidenceOutsideSet, says=deciding(**WRONG[17])),
        Cause(CurrencyDiffers, says={"currency": "EUR"}),
        actor=MEDIATOR,
        together={
            (one, other): Attempt(says=deciding(**(WRONG[one] | WRONG[other]))) for one, other in combinations(WRONG, 2)
        },
        apart={
            (8, 13): "an appeal escalates",
            (8, 14): "an appeal escalates",
        },
    ),
    Refused(
        ApproveDecision(order="PO-1", decision=2),
        waiting(),
        Cause(AggregateNotFound, gone=DISPUTE),
        *SECOND,
        actor=SECOND_MEDIATOR,
        together=second_in_two_ways(4),
    ),
    Refused(
        ReturnDecision(order="PO-1", decision=2, reason="findings-unclear"),
        waiting(),
        Cause(AggregateNotFound, gone=DISPUTE),
        Cause(ReferenceMalformed, says=PROSE),
        *SECOND,
        actor=SECOND_MEDIATOR,
        together=second_in_two_ways(5),
    ),
    Refused(
        GiveDecision(order="PO-1", decision=2),
        waiting(),
        Cause(AggregateNotFound, gone=DISPUTE),
        Cause(DecisionNotPending, says={"decision": 1}),
    ),
    Refused(
        AppealRuling(order="PO-1", claim=1, side="buyer", evidence=1),
        given(*DECIDED).said(submit()),
        *claim_causes("exporter", "ruled"),
        Cause(AppealAlreadyMade, after=AGAIN),
        Cause(AppealAlreadyWaived, after=WAIVED),
        Cause(AppealWithoutNewEvidence, says={"evidence": 2}),
        together={
            (3, 6): Attempt(after=(*AGAIN, *SETTLED)),
            (5, 6): Attempt(after=(*AGAIN, *over())),
        },
        apart={(4, 5): NO_CLAIM, (4, 6): NO_CLAIM, (4, 7): NO_CLAIM},
    ),
    Refused(
        WaiveAppeal(order="PO-1", claim=1, side="buyer"),
        given(*DECIDED),
        *claim_causes("exporter", "ruled"),
        Cause(AppealAlreadyWaived, after=WAIVED),
        apart={(4, 5): NO_CLAIM, (4, 6): NO_CLAIM},
    ),
    Refused(
        DispatchReturn(order="PO-1", claim=1),
        promised("return-and-refund"),
        *claim_causes("exporter", "returning"),
        Cause(ReturnNotOnItsWay, after=SENT_BACK),
        apart={(4, 5): NO_CLAIM, (4, 6): NO_CLAIM},
    ),
    Refused(
        AcknowledgeReturn(order="PO-1", claim=1, state="received"),
        promised("return-and-refund").said(DispatchReturn(order="PO-1", claim=1)),
        *claim_causes("buyer", "returning"),
        Cause(ReturnNotOnItsWay, without=(DisputeReturnDispatched,)),
        apart={(4, 5): NO_CLAIM},
    ),
    Refused(
        DispatchReplacement(order="PO-1", claim=1),
        promised("replacement"),
        *claim_causes("buyer", "replacing"),
        Cause(ReplacementNotOnItsWay, after=REPLACED),
        apart={(4, 5): NO_CLAIM, (4, 6): NO_CLAIM},
    ),
    Refused(
        AcknowledgeReplacement(order="PO-1", claim=1, accepted=True),
        promised("replacement").said(DispatchReplacement(order="PO-1", claim=1)),
        *claim_causes("exporter", "replacing"),
        Cause(ReplacementNotOnItsWay, without=(DisputeReplacementDispatched,)),
        apart={(4, 5): NO_CLAIM},
    ),
)
