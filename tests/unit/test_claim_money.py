"""Claim money: set aside while claims are open, given back as their remedies say, and the rest goes its way."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from domain import commands
from domain.claim import ClaimAmount, RemedyKind
from domain.commands import Command
from domain.dispute_events import (
    DisputeAwardPaid,
    DisputeChargedBack,
    DisputeClaimSettled,
    DisputeMoneySetAside,
)
from domain.dispute_refusals import ClaimsExceedPayment, DisputeAlreadyOpen
from domain.handlers.holds import ClaimWindowOpen
from domain.hold import Hold, HoldChargedBack, HoldDisputed, HoldExceeded, HoldUndisputed
from domain.order import OrderReceiptConfirmed
from domain.payee_account import PayeeAccount
from domain.references import DisputeId
from domain.refund import RefundProposed
from domain.release import ReleaseRejected
from tests.disputes import (
    CONFIRM,
    DISPUTE,
    EXPIRE,
    MEDIATOR,
    accept,
    charge_back,
    claim,
    day,
    decide,
    decided,
    dispute_in,
    disputed,
    offer,
    pay,
    ruling,
    shipped,
)
from tests.given import (
    BUYER_PAYEE,
    EXPORTER_PAYEE,
    FOUR_EYES,
    HOLD,
    ORDER,
    REFUNDS,
    RELEASES,
    SECOND,
    Given,
    Then,
    World,
    delivered,
    given,
    on,
    paid,
    usd,
)

WAIVE = tuple(commands.WaiveAppeal(order="PO-1", claim=1, side=side) for side in ("buyer", "exporter"))
BACK = (
    commands.DispatchReturn(order="PO-1", claim=1),
    commands.AcknowledgeReturn(order="PO-1", claim=1, state="received"),
)
REPLACED = (
    commands.DispatchReplacement(order="PO-1", claim=1),
    commands.AcknowledgeReplacement(order="PO-1", claim=1, accepted=True),
)
ACCEPTS = commands.AnswerClaim(order="PO-1", claim=1, stance="accepts")
WITHDRAW = commands.WithdrawClaim(order="PO-1", claim=1)
FREEZE = commands.FreezeHold(order="PO-1", reason="suspected-fraud")
UNFREEZE = commands.UnfreezeHold(order="PO-1", reason="cleared")
CANCEL = commands.CancelOrder(order="PO-1", reason="out-of-stock")
BOTH = decide(ruling(1, "refund"), ruling(2, "refund"))

REMEDIES: list[tuple[RemedyKind, int | None, Sequence[Command], int, tuple[int, int, int]]] = [
    ("none", None, (), 0, (9_705, 250, 45)),
    ("refund", None, (), 4_000, (5_823, 150, 27)),
    ("partial-refund", 1_500, (), 1_500, (8_250, 212, 38)),
    ("return-and-refund", None, BACK, 4_000, (5_823, 150, 27)),
    ("return-and-refund", 1_500, BACK, 1_500, (8_250, 212, 38)),
    ("replacement", None, REPLACED, 0, (9_705, 250, 45)),
    ("replacement-and-refund", 1_500, REPLACED, 1_500, (8_250, 212, 38)),
]
"""
Of a claim of 40.00: the remedy, what makes it good beside money, what goes back, and how the rest of 100.00 falls apart
for the exporter: net, fee of 2.5 %, tax of 18 % on it. Of 85.00 the fee is 2.125, to the even 2.12, and its tax 0.3816.
"""

each_remedy = pytest.mark.parametrize(("kind", "minor", "goods", "back_minor", "released"), REMEDIES)


NAME = DisputeId(DISPUTE)


def hold_in(world: World) -> Hold:
    hold = world.load(HOLD).aggregate
    assert isinstance(hold, Hold)
    return hold


def balance(world: World, payee: str) -> int:
    account = world.load(payee).aggregate
    return account.balance_minor if isinstance(account, PayeeAccount) else 0


def settlements(then: Then) -> list[DisputeClaimSettled]:
    return [step.event for step in then.told if isinstance(step.event, DisputeClaimSettled)]


def settled(number: int, *, awarded: int, paid: int = 0, bank: int = 0, frozen: int = 0) -> DisputeClaimSettled:
    return DisputeClaimSettled(
        claim=number,
        kind="refund",
        awarded_minor=awarded,
        paid_minor=paid,
        charged_back_minor=bank,
        frozen_minor=frozen,
        unpaid_minor=awarded - paid - bank - frozen,
    )


class TestRemedies:
    @each_remedy
    def test_an_agreed_remedy_is_carried_out_and_the_rest_is_the_exporters(
        self, kind: RemedyKind, minor: int | None, goods: Sequence[Command], back_minor: int, released: tuple[int, ...]
    ) -> None:
        story = given(*disputed()).said(offer(kind, minor), accept(), *goods)
        self.check(story, back_minor, released)

    @each_remedy
    def test_a_decided_remedy_is_carried_out_and_the_rest_is_the_exporters(
        self, kind: RemedyKind, minor: int | None, goods: Sequence[Command], back_minor: int, released: tuple[int, ...]
    ) -> None:
        story = decided(rulings=(ruling(1, kind, minor),)).said(*WAIVE, *goods)
        self.check(story, back_minor, released)

    def check(self, story: Given, back_minor: int, released: tuple[int, ...]) -> None:
        assert dispute_in(story.world).status == "settled"
        assert dispute_in(story.world).paid_minor == back_minor
        before = hold_in(story.world)
        assert (before.held_minor, before.disputed_minor) == (10_000 - back_minor, 0)
        assert (before.refunded_minor, before.conceded_minor) == (back_minor, back_minor)
        net_minor, fee_minor, tax_minor = released
        story.when(CONFIRM).leaves(ORDER, status="completed").posts(
            hold=10_000 - back_minor, exporter=-net_minor, fee=-fee_minor, tax=-tax_minor
        )
        assert balance(story.world, BUYER_PAYEE) == back_minor

    def test_an_accepted_claim_is_refunded_whole(self) -> None:
        given(*disputed()).when(ACCEPTS).then_topics(
            "DisputeAnswered",
            "HoldUndisputed",
            "DisputeClaimSettled",
            "RefundProposed",
            "DisputeSettled",
            "RefundApproved",
            "RefundExecuted",
            "HoldRefunded",
            "PayeeCredited",
        ).posts(disputed=4_000, buyer=-4_000)

    def test_a_disputes_refund_needs_no_second_person_whatever_the_threshold(self) -> None:
        story = given(*disputed(rules=FOUR_EYES))
        story.when(ACCEPTS).leaves(REFUNDS, pending=()).leaves(BUYER_PAYEE, balance_minor=4_000)

    def test_a_disputes_refund_is_proposed_and_approved_in_its_name(self) -> None:
        steps = given(*disputed()).when(ACCEPTS).told
        (proposed,) = [step.event for step in steps if isinstance(step.event, RefundProposed)]
        assert (proposed.proposed_by, proposed.reason) == (DISPUTE, "disputed")


class TestSettingAside:
    def test_what_is_undisputed_is_released_at_once_and_the_rest_when_its_own_conditions_are_met(self) -> None:
        story = given(*disputed())
        story.when(CONFIRM).leaves(ORDER, status="received").posts(hold=6_000, exporter=-5_823, fee=-150, tax=-27)
        story.when(WITHDRAW).leaves(ORDER, status="completed").posts(disputed=4_000, exporter=-3_882, fee=-100, tax=-18)

    def test_money_that_comes_in_serves_open_claims_before_anybody_is_paid(self) -> None:
        story = given(*delivered(6_000), on(ORDER, OrderReceiptConfirmed())).said(FREEZE, claim(5_000, 1_000))
        story.when(pay(4_000)).then_topics("HoldPaymentReceived", "DisputeMoneySetAside", "HoldDisputed").posts(
            card=4_000, disputed=-4_000
        )
        assert [one.set_aside_minor for one in dispute_in(story.world).claims] == [4_000, 0]
        then = story.when(UNFREEZE)
        assert then.told[1].event == DisputeMoneySetAside(
            amounts=(ClaimAmount(claim=1, amount_minor=1_000), ClaimAmount(claim=2, amount_minor=1_000))
        )
        then.leaves(HOLD, disputed_minor=6_000, held_minor=0).posts(
            frozen=6_000, disputed=-2_000, exporter=-3_882, fee=-100, tax=-18
        )

    def test_money_freed_by_one_claim_serves_another_that_lacks_it(self) -> None:
        story = given(*delivered()).said(commands.FreezeHold(order="PO-1", amount=usd(5_000), reason="fraud"))
        story.said(claim(5_000, 5_000))
        assert [one.set_aside_minor for one in dispute_in(story.world).claims] == [5_000, 0]
        story.said(CONFIRM).when(WITHDRAW).leaves(HOLD, held_minor=0, disputed_minor=5_000).posts()
        assert dispute_in(story.world).claims[1].set_aside_minor == 5_000

    def test_a_release_that_waits_gives_way_and_what_stays_due_is_proposed_anew(self) -> None:
        story = given(*delivered(rules=FOUR_EYES)).said(CONFIRM)
        then = story.when(claim(4_000))
        rejected = ReleaseRejected(number=1, rejected_by=DISPUTE, reason="disputed")
        assert [step.event for step in then.told if isinstance(step.event, ReleaseRejected)] == [rejected]
        then.posts(hold=4_000, disputed=-4_000)
        release = commands.ApproveRelease(order="PO-1", number=2)
        story.when(release, actor=SECOND).posts(hold=6_000, exporter=-5_823, fee=-150, tax=-27)

    def test_a_release_that_waits_beside_enough_money_stays(self) -> None:
        story = given(*delivered(rules=FOUR_EYES)).said(CONFIRM).said(pay(4_000))
        overpaid = commands.RejectRefund(order="PO-1", number=1, reason="clerical")
        story.said(overpaid, actor=SECOND)
        story.when(claim(4_000)).then_topics("DisputeOpened", "DisputeMoneySetAside", "HoldDisputed").leaves(
            RELEASES, proposed=1
        )

    def test_money_promised_to_a_refund_is_set_aside_once_that_is_rejected(self) -> None:
        goodwill = commands.ProposeRefund(order="PO-1", amount=usd(10_000), reason="goodwill")
        story = given(*delivered(rules=FOUR_EYES)).said(goodwill)
        story.when(claim()).then_topics("DisputeOpened")
        rejects = commands.RejectRefund(order="PO-1", number=1, reason="disputed")
        story.when(rejects, actor=SECOND).leaves(HOLD, disputed_minor=4_000).posts(hold=4_000, disputed=-4_000)

    def test_no_more_than_what_is_held_can_be_set_aside(self) -> None:
        hold = hold_in(given(*paid(3_000)).world)
        assert hold.dispute(3_000, dispute=NAME) == HoldDisputed(dispute=NAME, amount_minor=3_000, currency="USD")
        with pytest.raises(HoldExceeded):
            hold.dispute(3_001, dispute=NAME)

    def test_disputed_money_is_neither_frozen_nor_released_nor_refunded(self) -> None:
        story = given(*disputed(10_000)).said(CONFIRM)
        story.when(commands.FreezeHold(order="PO-1", amount=usd(1), reason="fraud")).refused(HoldExceeded, held_minor=0)
        assert balance(story.world, EXPORTER_PAYEE) == 0


class TestRecovering:
    def test_what_was_released_is_recovered_from_the_exporter_with_fee_and_tax(self) -> None:
        story = given(*delivered()).said(CONFIRM, claim())
        story.when(ACCEPTS).posts(exporter=3_882, fee=100, tax=18, buyer=-4_000)
        assert balance(story.world, EXPORTER_PAYEE) == 9_705 - 3_882
        assert hold_in(story.world).conceded_minor == 0, "it comes out of what was the exporter's"

    def test_the_exporter_may_come_to_owe_it(self) -> None:
        """97.05 was paid, the bank took 90.00, and 9.71 of 10.00 is theirs to give back (0.25 fee, 0.04 tax)."""
        story = given(*delivered()).said(CONFIRM, charge_back(9_000), claim(1_000))
        story.when(ACCEPTS).posts(exporter=971, fee=25, tax=4, buyer=-1_000)
        assert balance(story.world, EXPORTER_PAYEE) == 9_705 - 9_000 - 971 == -266

    def test_what_is_set_aside_is_used_before_the_exporter_is_asked(self) -> None:
        story = given(*delivered(7_000)).said(CONFIRM, claim(4_000), pay(3_000))
        story.when(ACCEPTS).posts(disputed=3_000, exporter=970, fee=25, tax=5, buyer=-4_000)
        assert hold_in(story.world).conceded_minor == 3_000

    def test_claims_that_become_final_together_are_paid_in_one_refund(self) -> None:
        """70.00 were released, and 30.00 that came later are set aside for the first of two claims."""
        story = given(*delivered(7_000)).said(CONFIRM, claim(3_000, 3_000), pay(3_000))
        story.said(commands.EscalateDispute(order="PO-1", side="buyer"), at=day(3))
        story.said(commands.AssignMediator(order="PO-1", mediator="MED-1"), at=day(3))
        story.said(commands.DeclareConflict(order="PO-1", conflict=False), BOTH, actor=MEDIATOR, at=day(3))
        then = story.when(EXPIRE, at=day(33))
        assert settlements(then) == [settled(1, awarded=3_000, paid=3_000), settled(2, awarded=3_000, paid=3_000)]
        then.posts(disputed=3_000, exporter=2_911, fee=75, tax=14, buyer=-6_000)

    def test_what_is_neither_there_nor_recoverable_stays_unpaid(self) -> None:
        goodwill = commands.ProposeRefund(order="PO-1", amount=usd(8_000), reason="goodwill")
        story = given(*delivered()).said(CONFIRM, claim(5_000), goodwill)
        then = story.when(ACCEPTS)
        assert settlements(then) == [settled(1, awarded=5_000, paid=2_000)]
        assert settlements(then)[0].unpaid_minor == 3_000
        then.leaves(EXPORTER_PAYEE, balance_minor=0).leaves(DISPUTE, status="settled")


class TestChargingBack:
    def test_the_bank_takes_what_is_set_aside_first_and_the_claim_is_satisfied_by_so_much(self) -> None:
        story = given(*disputed())
        then = story.when(charge_back(1_500))
        assert [step.event for step in then.told] == [
            HoldChargedBack(
                exporter="EXP-1",
                buyer="BUY-1",
                currency="USD",
                account="clearing:card",
                held_minor=0,
                frozen_minor=0,
                exporter_minor=0,
                buyer_minor=0,
                disputed_minor=1_500,
            ),
            DisputeChargedBack(
                amounts=(ClaimAmount(claim=1, amount_minor=1_500),),
                set_aside=(ClaimAmount(claim=1, amount_minor=2_500),),
            ),
        ]
        then.posts(card=-1_500, disputed=1_500)
        paid_out = story.when(ACCEPTS)
        assert settlements(paid_out) == [settled(1, awarded=4_000, paid=2_500, bank=1_500)]
        paid_out.posts(disputed=2_500, buyer=-2_500)

    def test_beyond_what_is_set_aside_it_takes_what_is_held(self) -> None:
        story = given(*disputed())
        story.when(charge_back(5_000)).posts(card=-5_000, disputed=4_000, hold=1_000)
        assert settlements(story.when(ACCEPTS)) == [settled(1, awarded=4_000, bank=4_000)]
        assert hold_in(story.world).conceded_minor == 0

    def test_one_claims_loss_is_not_anothers(self) -> None:
        """The bank took 60.00 of 100.00 set aside for two claims: what is left is the second's, and stays aside."""
        story = given(*disputed(5_000, 5_000)).said(CONFIRM).said(charge_back(6_000))
        assert [(c.charged_back_minor, c.set_aside_minor) for c in dispute_in(story.world).claims] == [
            (5_000, 0),
            (1_000, 4_000),
        ]
        first = story.when(ACCEPTS).leaves(HOLD, disputed_minor=4_000).posts()
        assert settlements(first) == [settled(1, awarded=5_000, bank=5_000)]
        story.when(replace(ACCEPTS, claim=2)).posts(disputed=4_000, buyer=-4_000)

    def test_a_claim_the_bank_satisfied_wants_nothing_set_aside_any_more(self) -> None:
        story = given(*disputed(10_000)).said(charge_back(10_000))
        story.when(pay(4_000)).then_topics("HoldPaymentReceived").leaves(HOLD, held_minor=4_000)

    def test_a_rejected_claim_of_which_the_bank_took_some_costs_the_exporter_that(self) -> None:
        story = decided(rulings=(ruling(1, "none"),)).said(charge_back(1_500), *WAIVE)
        story.when(CONFIRM).posts(hold=8_500, exporter=-8_250, fee=-212, tax=-38)

    def test_of_released_money_it_satisfies_the_claim_at_the_exporters_cost(self) -> None:
        story = given(*delivered()).said(CONFIRM, claim())
        story.when(charge_back(2_500)).posts(card=-2_500, exporter=2_500)
        then = story.when(ACCEPTS)
        assert settlements(then) == [settled(1, awarded=4_000, paid=1_500, bank=2_500)]
        then.posts(exporter=1_456, fee=37, tax=7, buyer=-1_500)

    def test_of_a_cancelled_order_under_dispute_it_is_a_fact_that_nothing_refuses(self) -> None:
        story = given(*paid(rules=FOUR_EYES)).said(CANCEL, claim(10_000))
        story.said(commands.RejectRefund(order="PO-1", number=1, reason="disputed"), actor=SECOND)
        story.when(charge_back(10_000)).leaves(HOLD, status="open", disputed_minor=0)
        story.when(WITHDRAW).leaves(HOLD, status="closed")


class TestFreezing:
    def test_what_is_frozen_is_conceded_and_paid_once_it_is_unfrozen(self) -> None:
        story = given(*delivered()).said(FREEZE, claim())
        conceded = story.when(ACCEPTS)
        assert settlements(conceded) == [settled(1, awarded=4_000, frozen=4_000)]
        conceded.leaves(HOLD, conceded_minor=4_000, frozen_minor=10_000).leaves(DISPUTE, status="settled").posts()
        then = story.when(UNFREEZE)
        assert then.told[1].event == DisputeAwardPaid(amounts=(ClaimAmount(claim=1, amount_minor=4_000),))
        then.posts(frozen=10_000, hold=-6_000, buyer=-4_000)

    def test_the_buyer_is_paid_before_an_exporter_who_is_still_owed_more(self) -> None:
        """Of 100.00 only 60.00 were paid: the exporter is owed 80.00, but 20.00 of what is there are the buyer's."""
        story = given(*delivered(6_000)).said(FREEZE, claim(2_000), ACCEPTS, CONFIRM)
        story.when(UNFREEZE).posts(frozen=6_000, buyer=-2_000, exporter=-3_882, fee=-100, tax=-18)

    def test_what_is_unfrozen_in_parts_is_paid_in_parts(self) -> None:
        story = given(*delivered()).said(FREEZE, claim(), ACCEPTS)
        part = commands.UnfreezeHold(order="PO-1", amount=usd(1_500), reason="cleared")
        story.when(part).posts(frozen=1_500, buyer=-1_500)
        story.when(UNFREEZE).posts(frozen=8_500, hold=-6_000, buyer=-2_500)

    def test_what_is_set_aside_is_paid_first_and_only_the_rest_waits(self) -> None:
        story = given(*delivered()).said(commands.FreezeHold(order="PO-1", amount=usd(7_000), reason="fraud"))
        story.said(claim(4_000))
        then = story.when(ACCEPTS)
        assert settlements(then) == [settled(1, awarded=4_000, paid=3_000, frozen=1_000)]
        then.posts(disputed=3_000, buyer=-3_000)

    def test_what_is_given_of_frozen_money_is_given_once(self) -> None:
        """Half of it is frozen, half released: the second claim's 40.00 are 10.00 of the one and 30.00 of the other."""
        story = given(*delivered()).said(commands.FreezeHold(order="PO-1", amount=usd(5_000), reason="fraud"))
        story.said(CONFIRM, claim(4_000, 4_000), ACCEPTS)
        then = story.when(replace(ACCEPTS, claim=2))
        assert settlements(then) == [settled(2, awarded=4_000, paid=3_000, frozen=1_000)]
        then.posts(exporter=2_912, fee=75, tax=13, buyer=-3_000)
        story.when(UNFREEZE).posts(frozen=5_000, buyer=-5_000)

    def test_while_nothing_is_unfrozen_no_award_is_paid(self) -> None:
        pay_awards = commands.PayAwards(order="PO-1")
        given(*delivered()).said(FREEZE, claim(), ACCEPTS).when(pay_awards).then()
        given(*disputed()).said(ACCEPTS).when(pay_awards).then()

    def test_frozen_money_that_was_given_is_not_claimed_again(self) -> None:
        story = given(*paid()).said(FREEZE, claim(6_000), ACCEPTS)
        story.when(claim(4_001)).refused(ClaimsExceedPayment, claimed_minor=4_001, paid_minor=4_000)

    def test_an_order_with_another_open_dispute_is_not_cancelled_by_what_is_given_back(self) -> None:
        story = given(*paid()).said(commands.FreezeHold(order="PO-1", amount=usd(6_000), reason="fraud"))
        story.said(claim(10_000), ACCEPTS, pay(1_000), claim(1_000))
        story.when(UNFREEZE).leaves(ORDER, status="accepted").posts(frozen=6_000, buyer=-6_000)


class TestEnding:
    def test_an_order_that_was_never_sent_is_cancelled_once_all_is_given_back(self) -> None:
        story = given(*paid()).said(claim(10_000))
        then = story.when(ACCEPTS).leaves(ORDER, status="cancelled").leaves(HOLD, status="closed")
        then.posts(disputed=10_000, buyer=-10_000)

    def test_an_order_that_keeps_some_of_its_money_goes_on(self) -> None:
        story = given(*paid()).said(claim(9_999))
        story.when(ACCEPTS).leaves(ORDER, status="accepted").leaves(HOLD, held_minor=1)

    def test_goods_that_were_sent_make_an_order_that_is_not_cancelled(self) -> None:
        given(*disputed(10_000)).when(ACCEPTS).leaves(ORDER, status="delivered").leaves(HOLD, held_minor=0)

    def test_a_received_order_whose_money_all_went_back_is_complete(self) -> None:
        story = given(*disputed(10_000)).said(CONFIRM)
        story.when(ACCEPTS).leaves(ORDER, status="completed")

    def test_the_hold_stays_open_for_claims_until_their_time_is_over_and_their_dispute_settled(self) -> None:
        story = shipped().said(CONFIRM)
        close = commands.CloseHold(order="PO-1")
        story.when(close, at=day(29)).refused(ClaimWindowOpen, order="PO-1", ends_at=day(30))
        story.said(claim(), at=day(29)).said(EXPIRE, at=day(31))
        story.when(close, at=day(31)).refused(DisputeAlreadyOpen)
        story.when(ACCEPTS, at=day(32)).leaves(HOLD, status="closed")

    def test_a_refund_that_waited_longer_than_the_claims_keeps_the_hold_open_until_it_is_rejected(self) -> None:
        story = shipped(rules=FOUR_EYES).said(CONFIRM)
        story.said(commands.ApproveRelease(order="PO-1", number=1), actor=SECOND)
        story.said(commands.ProposeRefund(order="PO-1", amount=usd(1_000), reason="goodwill"))
        story.when(EXPIRE, at=day(30)).leaves(ORDER, claims_ended=True).leaves(HOLD, status="open")
        rejects = commands.RejectRefund(order="PO-1", number=1, reason="unfounded")
        story.when(rejects, actor=SECOND, at=day(31)).leaves(HOLD, status="closed")

    def test_an_order_under_dispute_is_not_called_off(self) -> None:
        given(*paid()).said(claim()).when(CANCEL).refused(DisputeAlreadyOpen, dispute=DISPUTE)

    def test_what_was_given_back_is_never_the_exporters(self) -> None:
        undisputed = HoldUndisputed(dispute=NAME, amount_minor=4_000, conceded_minor=1_500, currency="USD")
        hold = hold_in(given(*disputed(), on(HOLD, undisputed)).world)
        assert (hold.held_minor, hold.disputed_minor, hold.conceded_minor) == (10_000, 0, 1_500)

    def test_two_disputes_one_after_the_other_share_the_orders_money(self) -> None:
        story = given(*disputed()).said(ACCEPTS, claim(6_000))
        story.when(replace(ACCEPTS, dispute=2)).leaves(HOLD, refunded_minor=10_000, conceded_minor=10_000).posts(
            disputed=6_000, buyer=-6_000
        )
