"""Dispute: claims are made, answered, negotiated, decided and appealed, each in its turn and by whom it concerns."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain import commands
from domain.claim import ClaimMade, Remedy, RemedyKind, ReturnedState
from domain.commands.disputes import NewClaim
from domain.commitment import CommitmentMalformed
from domain.dispute_events import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeAppealed,
    DisputeAppealWaived,
    DisputeClaimSettled,
    DisputeClaimWithdrawn,
    DisputeDecided,
    DisputeDecisionApproved,
    DisputeDecisionProposed,
    DisputeDecisionReturned,
    DisputeEscalated,
    DisputeMediatorAssigned,
    DisputeMediatorDeclared,
    DisputeMediatorRecused,
    DisputeMessagePosted,
    DisputeOfferAccepted,
    DisputeOfferDeclined,
    DisputeOfferMade,
    DisputeOpened,
    DisputeReplacementAcknowledged,
    DisputeReplacementDispatched,
    DisputeReturnAcknowledged,
    DisputeReturnDispatched,
    DisputeSettled,
    Finding,
    Ruling,
)
from domain.dispute_refusals import (
    AppealAlreadyMade,
    AppealAlreadyWaived,
    AppealWithoutNewEvidence,
    ApproverIsMediator,
    ClaimMalformed,
    ClaimNotFound,
    ClaimNotInState,
    ClaimsExceedPayment,
    DecisionMalformed,
    DecisionNotPending,
    DisputeAlreadyOpen,
    DisputeTooEarly,
    DisputeTooLate,
    EscalationTooEarly,
    EvidenceOutsideSet,
    EvidenceRequestNotFound,
    MediatorDecidedBefore,
    MediatorDiffers,
    MediatorIsParty,
    MediatorWasRecused,
    OfferNotFound,
    ReplacementNotOnItsWay,
    ReturnNotOnItsWay,
)
from domain.evidence import seal
from domain.hold import HoldClosed, HoldIsClosed
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.order import (
    LineNotFound,
    OrderClaimsEnded,
    OrderLatenessFound,
    OrderReceiptConfirmed,
)
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound
from tests.disputes import (
    ASSIGN,
    ASSIGNED,
    DECLARE,
    DISPUTE,
    ESCALATE,
    ESCALATED,
    MEDIATOR,
    SECOND_MEDIATOR,
    SETTLED,
    TEXT,
    THIRD_MEDIATOR,
    accept,
    claim,
    day,
    decide,
    decided,
    dispute_in,
    disputed,
    just_before,
    made,
    mediated,
    offer,
    ruling,
    submit,
)
from tests.given import (
    AT,
    FOUR_EYES,
    HOLD,
    ORDER,
    RULEBOOK,
    RULES,
    Given,
    agreed,
    delivered,
    given,
    line,
    on,
    paid,
    placed,
    received,
    usd,
)

CLAIMS_ENDED = on(ORDER, OrderReceiptConfirmed(), OrderClaimsEnded(ended_at=AT))
CLOSED = on(HOLD, HoldClosed())
SHA = "ef" * 32
REFUND = Remedy(kind="refund", amount_minor=4_000)
ALL_OF_IT = Ruling(claim=1, remedy=REFUND, reason="defects-shown", findings=(Finding(text=TEXT, evidence=()),))
WAIVE = commands.WaiveAppeal(order="PO-1", claim=1, side="buyer")
APPROVE = commands.ApproveDecision(order="PO-1", decision=1)
SEND_BACK = commands.ReturnDecision(order="PO-1", decision=1, reason="findings-unclear")
RECUSE = commands.RecuseMediator(order="PO-1", reason="on-leave")
REQUEST = commands.RequestEvidence(order="PO-1", claim=1, of="buyer", what="packing-list")
MESSAGE = commands.PostMessage(order="PO-1", text=TEXT)
SEND_GOODS_BACK = commands.DispatchReturn(order="PO-1", claim=1)
REPLACE = commands.DispatchReplacement(order="PO-1", claim=1)


def opening(*claims: NewClaim) -> commands.OpenDispute:
    return commands.OpenDispute(order="PO-1", claims=claims)


def quality(minor: int | None = 4_000, **fields: Any) -> NewClaim:
    return NewClaim(kind="quality", amount_minor=minor, **fields)


def answer(stance: str = "contests", *, number: int = 1, comment: str = "") -> commands.AnswerClaim:
    return commands.AnswerClaim(
        order="PO-1", claim=number, stance="accepts" if stance == "accepts" else "contests", comment=comment
    )


def withdraw(number: int = 1) -> commands.WithdrawClaim:
    return commands.WithdrawClaim(order="PO-1", claim=number)


def decline(number: int = 1, *, reason: str = "too-little") -> commands.DeclineOffer:
    return commands.DeclineOffer(order="PO-1", offer=number, side="buyer", reason=reason)


def assign(mediator: str) -> commands.AssignMediator:
    return commands.AssignMediator(order="PO-1", mediator=mediator)


def appeal(number: int = 1, *, evidence: int = 1) -> commands.AppealRuling:
    return commands.AppealRuling(order="PO-1", claim=number, side="buyer", evidence=evidence)


def acknowledge_return(state: ReturnedState = "received", *, number: int = 1) -> commands.AcknowledgeReturn:
    return commands.AcknowledgeReturn(order="PO-1", claim=number, state=state)


def acknowledge_replacement(*, accepted: bool = True, number: int = 1) -> commands.AcknowledgeReplacement:
    return commands.AcknowledgeReplacement(order="PO-1", claim=number, accepted=accepted)


def settled() -> Given:
    """Return a book in which a dispute of two claims is over."""
    return given(*disputed(1_000, 3_000), SETTLED)


def waiting(*amounts_minor: int) -> Given:
    """Return a book in which MED-1 has written a decision of the first claim that waits for a second mediator."""
    return given(*mediated(*amounts_minor, rules=FOUR_EYES)).said(decide(), actor=MEDIATOR)


def appealed(*amounts_minor: int) -> Given:
    """Return a book in which the buyer has appealed the decision of the first claim, on new evidence."""
    return decided(*amounts_minor).said(submit(sha256=SHA), appeal())


def on_appeal(*amounts_minor: int) -> Given:
    """Return the same once MED-2 is the dispute's mediator."""
    return appealed(*amounts_minor).said(assign("MED-2")).said(DECLARE, actor=SECOND_MEDIATOR)


def promised(remedy: RemedyKind, *amounts_minor: int) -> Given:
    """Return a book in which the exporter has offered a remedy for the first claim, and the buyer has taken it."""
    return given(*disputed(*amounts_minor)).said(offer(remedy), accept())


class TestOpening:
    def test_claims_are_made_and_what_is_held_is_set_aside_for_them(self) -> None:
        given(*delivered()).when(claim(1_000, 3_000)).then(
            on(DISPUTE, made(1_000, 3_000)), *disputed(1_000, 3_000)[-2:]
        ).leaves(HOLD, held_minor=6_000, disputed_minor=4_000).posts(hold=4_000, disputed=-4_000)

    def test_without_an_amount_a_claim_is_for_what_the_goods_cost(self) -> None:
        story = given(*delivered()).said(opening(quality(None, line=1, quantity=3)))
        (claimed,) = dispute_in(story.world).claims
        assert (claimed.line, claimed.quantity, claimed.amount_minor) == (1, 3, 3_000)

    def test_without_a_quantity_a_claim_is_about_all_of_its_line(self) -> None:
        story = given(*delivered()).said(opening(quality(None, line=1)))
        (claimed,) = dispute_in(story.world).claims
        assert (claimed.quantity, claimed.amount_minor) == (10, 10_000)

    def test_a_share_of_a_line_is_rounded_half_to_even(self) -> None:
        goods = line(quantity=4, amount_minor=10_002)
        story = given(*agreed(goods), on(HOLD, received(10_002))).said(opening(quality(None, line=1, quantity=1)))
        (claimed,) = dispute_in(story.world).claims
        assert claimed.amount_minor == 2_500

    def test_only_what_is_held_can_be_set_aside(self) -> None:
        story = given(*delivered(3_000)).said(commands.FreezeHold(order="PO-1", reason="fraud"))
        story.when(claim(3_000)).then(on(DISPUTE, made(3_000))).leaves(HOLD, disputed_minor=0, frozen_minor=3_000)

    def test_the_next_dispute_of_an_order_has_the_next_number(self) -> None:
        story = given(*disputed()).said(withdraw())
        then = story.when(claim(500))
        assert then.told[0].reference == "dispute:PO-1/2"
        assert isinstance(then.told[0].event, DisputeOpened)

    def test_an_amount_is_within_range(self) -> None:
        for minor in (0, -1, MINOR_MAX + 1):
            given(*delivered()).when(opening(quality(minor))).refused(AmountOutOfRange, amount_minor=minor)

    def test_a_comment_is_a_commitment(self) -> None:
        given(*delivered()).when(opening(quality(comment="it broke"))).refused(
            CommitmentMalformed, field="claims.comment"
        )

    @pytest.mark.parametrize("count", [0, 51])
    def test_a_dispute_has_1_to_50_claims(self, count: int) -> None:
        given(*delivered()).when(opening(*[quality(1)] * count)).refused(ClaimMalformed, claim=0, field="claims")

    def test_fifty_claims_are_made_at_once(self) -> None:
        given(*delivered()).when(claim(*[10] * 50)).leaves(HOLD, disputed_minor=500)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            (quality(quantity=1), "quantity"),
            (quality(line=1, quantity=0), "quantity"),
            (quality(line=1, quantity=11), "quantity"),
            (quality(3_001, line=1, quantity=3), "amount_minor"),
            (quality(10_001), "amount_minor"),
            (NewClaim(kind="late"), "kind"),
        ],
    )
    def test_a_claim_agrees_with_itself_and_the_order(self, wrong: NewClaim, field: str) -> None:
        given(*delivered()).when(opening(quality(1), wrong)).refused(ClaimMalformed, claim=2, field=field)

    def test_a_claim_names_a_line_of_the_order(self) -> None:
        given(*delivered()).when(opening(quality(line=2))).refused(LineNotFound, order=ORDER, line=2)

    def test_before_money_is_received_an_order_is_cancelled_not_disputed(self) -> None:
        given(*agreed()).when(claim()).refused(DisputeTooEarly, order="PO-1")

    def test_when_the_time_for_claims_is_over_nothing_is_claimed(self) -> None:
        given(*delivered(), CLAIMS_ENDED).when(claim()).refused(DisputeTooLate, order="PO-1")

    def test_about_a_trade_whose_money_is_closed_nothing_is_claimed(self) -> None:
        given(*delivered(), CLOSED).when(claim()).refused(HoldIsClosed, hold=HOLD)

    def test_an_order_has_one_open_dispute_with_all_its_claims(self) -> None:
        given(*disputed()).when(claim()).refused(DisputeAlreadyOpen, dispute=DISPUTE)

    def test_no_more_is_claimed_than_was_paid_and_not_given_back(self) -> None:
        given(*delivered(6_000)).when(claim(3_000, 3_001)).refused(
            ClaimsExceedPayment, order="PO-1", claimed_minor=6_001, paid_minor=6_000
        )
        refund = commands.ProposeRefund(order="PO-1", amount=usd(1_000), reason="goodwill")
        given(*delivered()).said(refund).when(claim(9_001)).refused(ClaimsExceedPayment, paid_minor=9_000)

    def test_of_two_claims_that_are_wrong_the_first_is_told(self) -> None:
        late, nowhere = NewClaim(kind="late"), quality(line=9)
        given().when(opening(quality(quantity=0), quality(0))).refused(ClaimMalformed, claim=1, field="quantity")
        given(*delivered()).when(opening(late, nowhere)).refused(ClaimMalformed, claim=1, field="kind")

    def test_what_was_released_can_be_claimed_back(self) -> None:
        given(*delivered()).said(commands.ConfirmReceipt(order="PO-1")).when(claim(10_000)).then(
            on(DISPUTE, made(10_000))
        ).posts()


class TestLateGoods:
    LATE = on(ORDER, OrderLatenessFound(dispatch=1, of="dispatch", due_on=AT.date(), days_late=6))

    def claimed(self, rules: Rules, *, quantity: int | None = None, minor: int | None = None) -> Given:
        about = 0 if quantity is None else 1
        late = NewClaim(kind="late", line=about, quantity=quantity, amount_minor=minor)
        return given(*delivered(rules=rules), self.LATE).said(opening(late))

    def test_damages_are_a_share_for_each_day(self) -> None:
        rules = replace(RULES, late_remedy="damages", late_damages_bps_per_day=50, late_damages_bps_max=500)
        (late,) = dispute_in(self.claimed(rules).world).claims
        assert late.amount_minor == 300, "6 days of 0.5 % of 100.00"

    def test_damages_are_capped(self) -> None:
        rules = replace(RULES, late_remedy="damages", late_damages_bps_per_day=200, late_damages_bps_max=500)
        (late,) = dispute_in(self.claimed(rules, quantity=4).world).claims
        assert late.amount_minor == 200, "5 % of 4 pieces at 10.00, not 12 %"

    def test_a_coupon_is_worth_its_cap_but_no_more_than_the_goods(self) -> None:
        rules = replace(RULES, late_remedy="coupon", late_coupon_minor={"USD": 1_500})
        assert dispute_in(self.claimed(rules).world).claims[0].amount_minor == 1_500
        assert dispute_in(self.claimed(rules, quantity=1).world).claims[0].amount_minor == 1_000

    def test_where_the_rules_give_nothing_the_buyer_names_what_it_cost_them(self) -> None:
        late = opening(NewClaim(kind="late"))
        given(*delivered(), self.LATE).when(late).refused(ClaimMalformed, claim=1, field="amount_minor")
        assert dispute_in(self.claimed(RULES, minor=700).world).claims[0].amount_minor == 700

    def test_a_claim_says_how_late_the_goods_were(self) -> None:
        (opened,) = [
            step.event
            for step, _ in self.claimed(RULES, minor=700).world.steps
            if isinstance(step.event, DisputeOpened)
        ]
        assert opened.claims == (
            ClaimMade(number=1, kind="late", line=0, quantity=0, amount_minor=700, days_late=6, comment=""),
        )

    def test_goods_that_were_never_sent_are_late_from_the_ship_by_day_on(self) -> None:
        late = opening(NewClaim(kind="late", amount_minor=1))
        overdue = placed().terms.ship_by.toordinal() - AT.date().toordinal() + 1
        story = given(*paid())
        story.when(late, at=day(overdue - 1)).refused(ClaimMalformed, field="kind")
        story.when(late, at=day(overdue)).leaves(HOLD, disputed_minor=1)


class TestAnswering:
    def test_the_exporter_contests(self) -> None:
        contested = on(DISPUTE, DisputeAnswered(claim=1, stance="contests", comment=TEXT))
        given(*disputed()).when(answer(comment=TEXT)).then(contested)

    def test_a_claim_is_contested_and_accepted_afterwards(self) -> None:
        given(*disputed()).said(answer()).when(answer("accepts")).leaves(DISPUTE, status="settled", paid_minor=4_000)

    def test_a_decided_claim_is_not_answered_any_more(self) -> None:
        decided().when(answer()).refused(ClaimNotInState, dispute=DISPUTE, claim=1, status="ruled", needed=("open",))

    @pytest.mark.parametrize("number", [0, -1, 2])
    def test_an_answer_is_to_a_claim_of_the_dispute(self, number: int) -> None:
        given(*disputed()).when(answer(number=number)).refused(ClaimNotFound, dispute=DISPUTE, claim=number)


class TestWithdrawing:
    def test_a_claim_is_taken_back_and_its_money_freed(self) -> None:
        given(*disputed(1_000, 3_000)).when(withdraw()).then_topics(
            "DisputeClaimWithdrawn", "HoldUndisputed", "DisputeClaimSettled"
        ).posts(hold=-1_000, disputed=1_000)

    @pytest.mark.parametrize("story", [decided, appealed, lambda: promised("return-and-refund")])
    def test_a_claim_may_be_taken_back_until_it_is_over(self, story: Any) -> None:
        story().when(withdraw()).leaves(DISPUTE, status="settled", paid_minor=0).leaves(HOLD, disputed_minor=0)


class TestWriting:
    def test_whoever_takes_part_writes(self) -> None:
        posted = on(DISPUTE, DisputeMessagePosted(message=1, by="exporter", text=TEXT))
        given(*disputed()).when(MESSAGE, role="exporter").then(posted).leaves(DISPUTE, messages=1)


class TestOffering:
    def test_an_offer_is_on_the_table(self) -> None:
        remedy = Remedy(kind="partial-refund", amount_minor=1_500)
        given(*disputed()).when(offer("partial-refund", 1_500)).then(
            on(DISPUTE, DisputeOfferMade(offer=1, claim=1, by="exporter", remedy=remedy))
        )

    def test_a_new_offer_takes_the_place_of_ones_own_and_not_of_the_others(self) -> None:
        story = given(*disputed()).said(offer("partial-refund", 1_000), offer("refund", side="buyer"))
        story.said(offer("partial-refund", 2_000))
        assert [one.number for one in dispute_in(story.world).offers] == [2, 3]
        story.when(accept(1)).refused(OfferNotFound, dispute=DISPUTE, offer=1)

    def test_an_offer_for_another_claim_stands_beside_it(self) -> None:
        story = given(*disputed(2_000, 2_000)).said(offer("refund"), offer("refund", number=2))
        assert [one.claim for one in dispute_in(story.world).offers] == [1, 2]

    def test_the_other_side_takes_an_offer_and_it_is_carried_out(self) -> None:
        remedy = Remedy(kind="partial-refund", amount_minor=1_500)
        then = given(*disputed()).said(offer("partial-refund", 1_500)).when(accept())
        assert then.told[0].event == DisputeOfferAccepted(offer=1, claim=1, by="buyer", remedy=remedy)
        then.leaves(DISPUTE, status="settled", paid_minor=1_500).posts(disputed=4_000, hold=-2_500, buyer=-1_500)

    def test_the_buyers_own_offer_is_taken_by_the_exporter(self) -> None:
        story = given(*disputed()).said(offer("partial-refund", 3_000, side="buyer"))
        story.when(accept(side="exporter")).leaves(DISPUTE, paid_minor=3_000)

    def test_an_offer_is_left_or_taken_back(self) -> None:
        declined = on(DISPUTE, DisputeOfferDeclined(offer=1, by="buyer", reason="too-little"))
        given(*disputed()).said(offer("refund")).when(decline()).then(declined).leaves(DISPUTE, offers=())
        own = given(*disputed()).said(offer("refund", side="buyer"))
        own.when(decline()).leaves(DISPUTE, offers=())

    def test_a_claim_with_its_remedy_has_no_offers_any_more(self) -> None:
        story = promised("return-and-refund")
        assert dispute_in(story.world).offers == ()
        story.when(offer("refund")).refused(ClaimNotInState, status="returning")

    def test_a_decided_claim_may_still_be_agreed_about(self) -> None:
        story = decided(rulings=(ruling(1, "none"),)).said(offer("partial-refund", 500))
        story.when(accept()).leaves(DISPUTE, status="settled", paid_minor=500)

    def test_an_offer_overtakes_a_decision_that_waits(self) -> None:
        story = waiting(2_000, 2_000).said(offer("refund"))
        story.when(accept()).leaves(DISPUTE, pending=None, status="escalated", paid_minor=2_000)
        story.when(APPROVE, actor=SECOND_MEDIATOR).refused(DecisionNotPending, dispute=DISPUTE, decision=1)

    def test_an_agreement_about_another_claim_leaves_a_waiting_decision_alone(self) -> None:
        story = waiting(2_000, 2_000).said(offer("refund", number=2), accept())
        story.when(APPROVE, actor=SECOND_MEDIATOR).then_topics("DisputeDecisionApproved", "DisputeDecided")


class TestHandingInEvidence:
    def test_an_answer_is_to_an_open_request_about_the_claim_and_to_the_side(self) -> None:
        asked = given(*mediated(2_000, 2_000)).said(REQUEST, actor=MEDIATOR)
        asked.when(submit(2, request=1)).refused(EvidenceRequestNotFound, dispute=DISPUTE, request=1)
        asked.when(submit(1, "exporter", request=1)).refused(EvidenceRequestNotFound)
        asked.when(submit(1, request=2)).refused(EvidenceRequestNotFound, request=2)
        asked.when(submit(1, request=-1)).refused(EvidenceRequestNotFound, request=-1)


class TestEscalating:
    def test_from_the_fourth_day_on_a_side_may_ask_for_a_mediator(self) -> None:
        story = given(*disputed())
        story.when(ESCALATE, at=just_before(day(3))).refused(EscalationTooEarly, dispute=DISPUTE, from_at=day(3))
        story.when(ESCALATE, at=day(3)).then(ESCALATED).leaves(DISPUTE, status="escalated")

    def test_either_side_may(self) -> None:
        exporters = commands.EscalateDispute(order="PO-1", side="exporter")
        given(*disputed()).when(exporters, at=day(3)).then(on(DISPUTE, DisputeEscalated(by="exporter")))

    def test_the_clock_does_whenever_it_ends(self) -> None:
        by_clock = commands.EscalateByClock(order="PO-1")
        given(*disputed()).when(by_clock).then(on(DISPUTE, DisputeEscalated(by="clock")))


class TestMediators:
    def test_a_mediator_is_assigned_and_declares(self) -> None:
        story = given(*disputed(), ESCALATED)
        story.when(ASSIGN).then(ASSIGNED).leaves(DISPUTE, mediator="MED-1", mediator_declared=False)
        story.when(DECLARE, actor=MEDIATOR).then(
            on(DISPUTE, DisputeMediatorDeclared(mediator="MED-1", conflict=False))
        ).leaves(DISPUTE, mediator_declared=True)

    def test_whom_something_ties_to_a_party_leaves_and_does_not_come_back(self) -> None:
        story = given(*disputed(), ESCALATED, ASSIGNED)
        tied = commands.DeclareConflict(order="PO-1", conflict=True)
        story.when(tied, actor=MEDIATOR).leaves(DISPUTE, mediator="", recused=frozenset({"MED-1"}))
        story.when(ASSIGN).refused(MediatorWasRecused, dispute=DISPUTE, mediator="MED-1")
        story.when(assign("MED-2")).then(on(DISPUTE, DisputeMediatorAssigned(mediator="MED-2")))

    def test_a_mediator_leaves_with_what_they_had_written(self) -> None:
        story = waiting()
        story.when(RECUSE).then(on(DISPUTE, DisputeMediatorRecused(mediator="MED-1", reason="on-leave"))).leaves(
            DISPUTE, mediator="", pending=None, recused=frozenset({"MED-1"})
        )
        story.when(assign("MED-2")).leaves(DISPUTE, mediator="MED-2", mediator_declared=False)

    @pytest.mark.parametrize("party", ["BUY-1", "EXP-1"])
    def test_nobody_decides_a_dispute_of_their_own(self, party: str) -> None:
        given(*disputed(), ESCALATED).when(assign(party)).refused(MediatorIsParty, dispute=DISPUTE, mediator=party)
        waiting().when(APPROVE, actor=f"mediator:{party}").refused(MediatorIsParty)

    @pytest.mark.parametrize("actor", [MEDIATOR, "mediator:"])
    def test_where_nobody_is_assigned_nobody_declares_not_even_nobody(self, actor: str) -> None:
        given(*disputed(), ESCALATED).when(DECLARE, actor=actor).refused(MediatorDiffers, actor=actor, mediator="")

    def test_who_decided_and_left_is_refused_for_having_left(self) -> None:
        story = decided().said(RECUSE).said(submit(sha256=SHA), appeal())
        story.when(ASSIGN).refused(MediatorWasRecused, mediator="MED-1")


class TestDeciding:
    def test_below_the_threshold_a_decision_is_given_at_once(self) -> None:
        given(*mediated()).when(decide(), actor=MEDIATOR).then(
            on(
                DISPUTE,
                DisputeDecisionProposed(
                    decision=1,
                    mediator="MED-1",
                    rulings=(ALL_OF_IT,),
                    appeal=False,
                    evidence=(),
                    evidence_sha256=seal(()),
                    at_stake_minor=4_000,
                ),
                DisputeDecisionApproved(decision=1, approved_by=RULEBOOK, by_rule=True),
                DisputeDecided(decision=1, rulings=(ALL_OF_IT,), mediator="MED-1", evidence_up_to=0),
            )
        ).posts()

    def test_from_the_threshold_on_it_waits_for_a_second_mediator(self) -> None:
        rules = replace(RULES, four_eyes_from_minor={"USD": 4_000})
        given(*mediated(rules=rules)).when(decide(), actor=MEDIATOR).then_topics("DisputeDecisionProposed")
        rules = replace(RULES, four_eyes_from_minor={"USD": 4_001})
        given(*mediated(rules=rules)).when(decide(), actor=MEDIATOR).then_topics(
            "DisputeDecisionProposed", "DisputeDecisionApproved", "DisputeDecided"
        )

    def test_what_is_at_stake_is_what_is_claimed_not_what_is_awarded(self) -> None:
        rules = replace(RULES, four_eyes_from_minor={"USD": 4_000})
        nothing = decide(ruling(1, "none"))
        given(*mediated(rules=rules)).when(nothing, actor=MEDIATOR).then_topics("DisputeDecisionProposed")

    def test_a_second_mediator_gives_it_by_agreeing(self) -> None:
        waiting().when(APPROVE, actor=SECOND_MEDIATOR).then(
            on(
                DISPUTE,
                DisputeDecisionApproved(decision=1, approved_by=SECOND_MEDIATOR, by_rule=False),
                DisputeDecided(decision=1, rulings=(ALL_OF_IT,), mediator="MED-1", evidence_up_to=0),
            )
        )

    def test_the_mediator_is_no_second_one_under_whatever_role(self) -> None:
        for actor in (MEDIATOR, "operator:MED-1"):
            waiting().when(APPROVE, actor=actor).refused(ApproverIsMediator, dispute=DISPUTE, actor=actor)

    def test_a_second_mediator_sends_it_back_and_the_claim_is_undecided_again(self) -> None:
        story = waiting()
        story.when(SEND_BACK, actor=SECOND_MEDIATOR).then(
            on(
                DISPUTE,
                DisputeDecisionReturned(decision=1, returned_by=SECOND_MEDIATOR, reason="findings-unclear"),
            )
        ).leaves(DISPUTE, pending=None)
        story.when(decide(), actor=MEDIATOR).leaves(DISPUTE, decisions=2)

    def test_claims_are_decided_one_by_one_or_together(self) -> None:
        story = decided(2_000, 2_000)
        assert [one.status for one in dispute_in(story.world).claims] == ["ruled", "open"]
        story.said(decide(ruling(2, "none")), actor=MEDIATOR)
        assert [one.decision for one in dispute_in(story.world).claims] == [1, 2]

    def test_a_finding_cites_evidence_of_the_set_about_its_claim(self) -> None:
        story = given(*mediated(2_000, 2_000)).said(submit(2))
        for number in (0, 1, 2):
            story.when(decide(ruling(1, "refund", evidence=(number,))), actor=MEDIATOR).refused(
                EvidenceOutsideSet, dispute=DISPUTE, claim=1, evidence=number
            )

    def test_late_evidence_is_not_cited(self) -> None:
        story = waiting().said(submit()).said(SEND_BACK, actor=SECOND_MEDIATOR)
        story.when(decide(ruling(1, "refund", evidence=(1,))), actor=MEDIATOR).refused(EvidenceOutsideSet, evidence=1)

    def test_a_decision_rules_on_some_claims_each_once_and_gives_reasons(self) -> None:
        story = given(*mediated())
        story.when(commands.ProposeDecision(order="PO-1", rulings=()), actor=MEDIATOR).refused(
            DecisionMalformed, field="rulings"
        )
        story.when(decide(ruling(1, "none"), ruling(1, "none")), actor=MEDIATOR).refused(
            DecisionMalformed, field="rulings"
        )
        unreasoned = replace(ruling(1, "none"), findings=())
        story.when(decide(unreasoned), actor=MEDIATOR).refused(DecisionMalformed, field="rulings.findings")

    def test_what_was_not_approved_is_not_given(self) -> None:
        give = commands.GiveDecision(order="PO-1", decision=1)
        given(*delivered()).when(give).refused(AggregateNotFound)
        given(*mediated()).when(give).refused(DecisionNotPending)


class TestAppealing:
    def test_an_appeal_needs_evidence_that_was_not_there_when_it_was_decided(self) -> None:
        story = given(*mediated()).said(submit()).said(decide(), actor=MEDIATOR)
        story.when(appeal(evidence=1)).refused(AppealWithoutNewEvidence, dispute=DISPUTE, claim=1, evidence=1)
        story.said(submit(sha256=SHA)).when(appeal(evidence=2)).then(
            on(DISPUTE, DisputeAppealed(claim=1, by="buyer", evidence=2))
        ).leaves(DISPUTE, mediator="", status="escalated")

    def test_new_evidence_is_about_the_claim_and_from_who_appeals(self) -> None:
        story = decided(2_000, 2_000).said(submit(2), submit(1, "exporter"))
        for number in (0, 1, 2, 3):
            story.when(appeal(evidence=number)).refused(AppealWithoutNewEvidence, evidence=number)

    def test_where_the_rules_ask_for_none_none_is_needed(self) -> None:
        rules = replace(RULES, appeal_needs_new_evidence=False)
        decided(rules=rules).when(appeal(evidence=0)).then_topics("DisputeAppealed")

    def test_evidence_handed_in_while_the_decision_waited_is_new(self) -> None:
        story = waiting().said(submit()).said(APPROVE, actor=SECOND_MEDIATOR)
        story.when(appeal(evidence=1)).then_topics("DisputeAppealed")

    def test_another_mediator_decides_an_appeal_for_good(self) -> None:
        nothing = replace(ALL_OF_IT, remedy=Remedy(kind="none", amount_minor=0))
        steps = on_appeal().when(decide(ruling(1, "none")), actor=SECOND_MEDIATOR).told
        assert [step.event for step in steps if isinstance(step.event, DisputeAppealDecided)] == [
            DisputeAppealDecided(decision=2, rulings=(nothing,), mediator="MED-2")
        ]
        assert isinstance(steps[-1].event, DisputeSettled)

    def test_an_appeal_considers_what_came_too_late_for_the_first_decision(self) -> None:
        cited = decide(ruling(1, "refund", evidence=(1,)))
        steps = on_appeal().when(cited, actor=SECOND_MEDIATOR).told
        (proposed,) = [step.event for step in steps if isinstance(step.event, DisputeDecisionProposed)]
        assert (proposed.appeal, proposed.evidence) == (True, (1,))

    def test_a_claim_is_appealed_once(self) -> None:
        promise = decide(ruling(1, "replacement"))
        story = on_appeal().said(promise, actor=SECOND_MEDIATOR)
        story.said(REPLACE, acknowledge_replacement(accepted=False)).said(promise, actor=SECOND_MEDIATOR)
        story.said(submit(sha256=SHA)).when(appeal(evidence=2)).refused(AppealAlreadyMade, dispute=DISPUTE, claim=1)

    def test_who_accepted_a_decision_does_not_appeal_it(self) -> None:
        story = decided().said(submit(), WAIVE)
        story.when(appeal()).refused(AppealAlreadyWaived, dispute=DISPUTE, claim=1, side="buyer")
        story.when(WAIVE).refused(AppealAlreadyWaived)

    def test_the_other_side_may_appeal_all_the_same(self) -> None:
        story = decided().said(submit(1, "exporter"), WAIVE)
        theirs = commands.AppealRuling(order="PO-1", claim=1, side="exporter", evidence=1)
        story.when(theirs).then(on(DISPUTE, DisputeAppealed(claim=1, by="exporter", evidence=1)))

    def test_once_both_accept_a_decision_it_is_carried_out(self) -> None:
        story = decided()
        story.when(WAIVE).then(on(DISPUTE, DisputeAppealWaived(claim=1, by="buyer")))
        story.when(replace(WAIVE, side="exporter")).leaves(DISPUTE, status="settled", paid_minor=4_000).posts(
            disputed=4_000, buyer=-4_000
        )

    def test_a_claim_decided_anew_may_be_accepted_and_appealed_anew(self) -> None:
        promise = decide(ruling(1, "replacement"))
        story = decided(rulings=promise.rulings).said(WAIVE, replace(WAIVE, side="exporter"))
        story.said(REPLACE, acknowledge_replacement(accepted=False)).said(decide(), actor=MEDIATOR)
        story.when(WAIVE).then(on(DISPUTE, DisputeAppealWaived(claim=1, by="buyer")))

    def test_an_appeal_of_one_claim_leaves_the_others_as_they_are(self) -> None:
        both = decided(2_000, 2_000, rulings=(ruling(1, "refund"), ruling(2, "refund"))).said(submit(), appeal())
        assert [one.status for one in dispute_in(both.world).claims] == ["appealed", "ruled"]

    def test_an_open_claim_is_not_decided_beside_an_appealed_one_and_so_for_good(self) -> None:
        both = decide(ruling(1, "refund"), ruling(2, "refund"))
        on_appeal(2_000, 2_000).when(both, actor=SECOND_MEDIATOR).refused(
            ClaimNotInState, claim=2, status="open", needed=("appealed",)
        )

    def test_who_decided_a_claim_does_not_decide_its_appeal(self) -> None:
        """MED-1 is the mediator of an open claim, and may not touch the one appealed meanwhile."""
        story = decided(2_000, 2_000).said(submit(), appeal())
        story.when(ASSIGN).refused(MediatorDecidedBefore, claim=1)
        story.said(assign("MED-2")).said(DECLARE, actor=SECOND_MEDIATOR)
        story.said(decide(ruling(2, "none")), actor=SECOND_MEDIATOR)
        story.said(submit(2), appeal(2, evidence=2), assign("MED-3")).said(DECLARE, actor=THIRD_MEDIATOR)
        story.when(decide(ruling(1, "none"), ruling(2, "none")), actor=THIRD_MEDIATOR).leaves(DISPUTE, status="settled")


class TestGoods:
    def test_goods_go_back_and_the_buyer_is_paid_once_they_have_arrived(self) -> None:
        story = promised("return-and-refund")
        story.when(SEND_GOODS_BACK).then(on(DISPUTE, DisputeReturnDispatched(claim=1))).posts()
        story.when(acknowledge_return()).leaves(DISPUTE, status="settled", paid_minor=4_000).posts(
            disputed=4_000, buyer=-4_000
        )

    @pytest.mark.parametrize("state", ["not-received", "damaged", "empty-or-different", "missing-items"])
    def test_in_any_other_state_a_mediator_decides(self, state: ReturnedState) -> None:
        story = promised("return-and-refund").said(SEND_GOODS_BACK)
        story.when(acknowledge_return(state)).then(on(DISPUTE, DisputeReturnAcknowledged(claim=1, state=state))).leaves(
            DISPUTE, status="escalated", paid_minor=0
        ).posts()
        (claimed,) = dispute_in(story.world).claims
        assert (claimed.status, claimed.remedy) == ("open", None)
        story.said(ASSIGN).said(DECLARE, actor=MEDIATOR).said(decide(), actor=MEDIATOR)
        assert dispute_in(story.world).claims[0].status == "ruled"

    def test_a_replacement_settles_a_claim_without_money(self) -> None:
        story = promised("replacement")
        story.when(REPLACE).then(on(DISPUTE, DisputeReplacementDispatched(claim=1)))
        story.when(acknowledge_replacement()).then_topics(
            "DisputeReplacementAcknowledged", "HoldUndisputed", "DisputeClaimSettled", "DisputeSettled"
        ).posts(hold=-4_000, disputed=4_000)

    def test_a_replacement_with_a_refund_pays_once_it_is_taken(self) -> None:
        story = given(*disputed()).said(offer("replacement-and-refund", 500), accept(), REPLACE)
        story.when(acknowledge_replacement()).posts(disputed=4_000, hold=-3_500, buyer=-500)

    def test_a_replacement_that_is_refused_is_a_mediators_matter(self) -> None:
        story = promised("replacement").said(REPLACE)
        story.when(acknowledge_replacement(accepted=False)).then(
            on(DISPUTE, DisputeReplacementAcknowledged(claim=1, accepted=False))
        ).leaves(DISPUTE, status="escalated")

    def test_goods_are_sent_once_and_acknowledged_once_they_are_on_their_way(self) -> None:
        back, there = promised("return-and-refund"), promised("replacement")
        back.when(acknowledge_return()).refused(ReturnNotOnItsWay, dispute=DISPUTE, claim=1, dispatched=False)
        there.when(acknowledge_replacement()).refused(
            ReplacementNotOnItsWay, dispute=DISPUTE, claim=1, dispatched=False
        )
        back.said(SEND_GOODS_BACK).when(SEND_GOODS_BACK).refused(ReturnNotOnItsWay, dispatched=True)
        there.said(REPLACE).when(REPLACE).refused(ReplacementNotOnItsWay, dispatched=True)


class TestSettling:
    def test_a_dispute_is_over_with_its_last_claim_and_once(self) -> None:
        both = decide(ruling(1, "refund"), ruling(2, "refund"))
        story = given(*mediated(1_000, 3_000)).said(both, actor=MEDIATOR)
        topics = [type(step.event) for step in story.when(commands.ExpireClocks(order="PO-1"), at=day(30)).told]
        assert (topics.count(DisputeClaimSettled), topics.count(DisputeSettled)) == (2, 1)

    def test_a_settled_dispute_has_neither_mediator_nor_offers(self) -> None:
        story = given(*mediated(1_000, 3_000)).said(offer("refund", number=2), withdraw(1), withdraw(2))
        assert dispute_in(story.world).status == "settled"
        assert (dispute_in(story.world).mediator, dispute_in(story.world).offers) == ("", ())

    def test_withdrawing_says_so(self) -> None:
        then = given(*disputed()).when(withdraw())
        assert then.told[0].event == DisputeClaimWithdrawn(claim=1)

    def test_what_is_not_merely_decided_any_more_does_not_become_final(self) -> None:
        finalise = commands.FinaliseRulings(order="PO-1", claims=(1,))
        for story in (given(*disputed()), appealed(), promised("replacement")):
            story.when(finalise).then()
