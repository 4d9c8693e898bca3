"""Hold: money received, frozen, taken back by a bank and closed; what leaves it is told in release and refund."""

import pytest
from msgspec.structs import replace

from domain.aggregate import Event
from domain.commands import (
    CancelOrder,
    CloseHold,
    ConfirmReceipt,
    FreezeHold,
    ProposeRefund,
    RecordChargeback,
    RecordPayment,
    UnfreezeHold,
)
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.handlers.holds import ClaimWindowOpen
from domain.hold import (
    AccountMalformed,
    CurrencyDiffers,
    FrozenExceeded,
    Hold,
    HoldChargedBack,
    HoldClosed,
    HoldDisputed,
    HoldExceeded,
    HoldFrozen,
    HoldHasNone,
    HoldIsClosed,
    HoldNotEmpty,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
    RecoveryExceeded,
)
from domain.money import MINOR_MAX, AmountOutOfRange, Money
from domain.order import OrderCancelled, OrderCompleted, OrderNotInState, OrderReceiptConfirmed, PaymentStep
from domain.payee_account import PayeeDebited
from domain.proposal import Breakdown
from domain.references import DisputeId, ReferenceMalformed, RefundId, ReleaseId
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound
from tests.disputes import DISPUTE, day, disputed, shipped
from tests.given import (
    EXPORTER_PAYEE,
    HOLD,
    ORDER,
    Then,
    agreed,
    delivered,
    folded,
    frozen,
    given,
    on,
    paid,
    received,
    usd,
)

RELEASE, REFUND = ReleaseId("release:PO-1/1"), RefundId("refund:PO-1/1")
CLAIMED = DisputeId(DISPUTE)
CLOSED = on(HOLD, HoldClosed())


def pay(money: Money, *, step: int = 1, account: str = "clearing:card", reference: str = "") -> RecordPayment:
    return RecordPayment(order="PO-1", step=step, amount=money, account=account, reference=reference)


def freeze(money: Money | None = None) -> FreezeHold:
    return FreezeHold(order="PO-1", amount=money, reason="suspected-fraud")


def unfreeze(money: Money | None = None) -> UnfreezeHold:
    return UnfreezeHold(order="PO-1", amount=money, reason="cleared")


def charge_back(money: Money) -> RecordChargeback:
    return RecordChargeback(order="PO-1", amount=money, account="clearing:card")


def charged_back(
    *,
    held_minor: int = 0,
    frozen_minor: int = 0,
    exporter_minor: int = 0,
    buyer_minor: int = 0,
    disputed_minor: int = 0,
) -> HoldChargedBack:
    return HoldChargedBack(
        exporter="EXP-1",
        buyer="BUY-1",
        currency="USD",
        account="clearing:card",
        held_minor=held_minor,
        frozen_minor=frozen_minor,
        exporter_minor=exporter_minor,
        buyer_minor=buyer_minor,
        disputed_minor=disputed_minor,
    )


def released(gross_minor: int, *, fee_minor: int = 0, tax_minor: int = 0) -> HoldReleased:
    return HoldReleased(
        release=RELEASE,
        exporter="EXP-1",
        currency="USD",
        gross_minor=gross_minor,
        fee_minor=fee_minor,
        tax_minor=tax_minor,
        net_minor=gross_minor - fee_minor - tax_minor,
    )


def hold_of(*events: Event) -> Hold:
    opened = [happened.event for happened in agreed()[2]]
    made = folded(HOLD, *opened, *events)
    assert isinstance(made, Hold)
    return made


class TestSettingAside:
    def test_disputed_money_is_held_no_more_until_it_is_undisputed(self) -> None:
        aside = hold_of(received(100), HoldDisputed(dispute=CLAIMED, amount_minor=60, currency="USD"))
        assert (aside.held_minor, aside.disputed_minor) == (40, 60)
        freed = HoldUndisputed(dispute=CLAIMED, amount_minor=60, conceded_minor=10, currency="USD")
        assert aside.undispute(60, conceded_minor=10, dispute=CLAIMED) == freed
        after = hold_of(received(100), HoldDisputed(dispute=CLAIMED, amount_minor=60, currency="USD"), freed)
        assert (after.held_minor, after.disputed_minor, after.conceded_minor) == (100, 0, 10)

    def test_setting_aside_checks_amount_then_state_then_what_is_held(self) -> None:
        with pytest.raises(AmountOutOfRange):
            hold_of(HoldClosed()).dispute(0, dispute=CLAIMED)
        with pytest.raises(HoldIsClosed):
            hold_of(HoldClosed()).dispute(1, dispute=CLAIMED)
        with pytest.raises(HoldExceeded):
            hold_of(received(100), frozen(1)).dispute(100, dispute=CLAIMED)

    def test_a_hold_closes_without_disputed_money(self) -> None:
        aside = hold_of(received(100), HoldDisputed(dispute=CLAIMED, amount_minor=100, currency="USD"))
        with pytest.raises(HoldNotEmpty) as refused:
            aside.close()
        assert refused.value.details() == {"hold": HOLD, "held_minor": 0, "disputed_minor": 100, "frozen_minor": 0}

    def test_the_bank_takes_disputed_then_held_then_frozen_money(self) -> None:
        aside = hold_of(received(100), frozen(20), HoldDisputed(dispute=CLAIMED, amount_minor=30, currency="USD"))
        taken = aside.charge_back(usd(90), account="clearing:card")
        assert taken == charged_back(disputed_minor=30, held_minor=50, frozen_minor=10)
        assert taken.taken_minor == 90


class TestReceiving:
    def test_a_payment_is_held(self) -> None:
        given(*agreed()).when(pay(usd(10_000))).then(on(HOLD, received(10_000))).leaves(
            HOLD, held_minor=10_000, received_minor=10_000, paid_by_step=(10_000,)
        )

    def test_a_step_may_be_paid_in_several_payments_and_by_too_much(self) -> None:
        steps = (PaymentStep(name="a", amount_minor=4_000), PaymentStep(name="b", amount_minor=6_000))
        before = given(*agreed(steps=steps)).said(pay(usd(1_000)), pay(usd(9_000)))
        before.when(pay(usd(1), step=2)).leaves(HOLD, held_minor=10_001, paid_by_step=(10_000, 1))

    @pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
    def test_a_payment_is_of_something_within_range(self, minor: int) -> None:
        given(*agreed()).when(pay(usd(minor))).refused(AmountOutOfRange, amount_minor=minor)

    def test_all_payments_together_are_within_range(self) -> None:
        given(*paid(MINOR_MAX)).when(pay(usd(1))).refused(AmountOutOfRange, amount_minor=MINOR_MAX + 1)

    @pytest.mark.parametrize("account", ["hold:PO-1", "bank:operator:hdfc", "clearing", "", "x" * 1_000])
    def test_money_arrives_where_money_can_be(self, account: str) -> None:
        given(*agreed()).when(pay(usd(1), account=account)).refused(AccountMalformed, account=account[:80])

    def test_nothing_is_converted_silently(self) -> None:
        given(*agreed()).when(pay(Money("EUR", 1))).refused(CurrencyDiffers, hold=HOLD, currency="EUR", needed="USD")

    def test_a_closed_hold_takes_no_money(self) -> None:
        given(*agreed(), CLOSED).when(pay(usd(1))).refused(HoldIsClosed, hold=HOLD)

    def test_a_payment_may_carry_the_banks_name_for_it(self) -> None:
        then = given(*agreed()).when(pay(usd(1), reference="UTR-2026.7"))
        then.then(on(HOLD, replace(received(1), reference="UTR-2026.7")))

    def test_the_banks_name_for_a_payment_is_a_key(self) -> None:
        given(*agreed()).when(pay(usd(1), reference="paid by Ann")).refused(ReferenceMalformed, field="reference")


class TestFreezing:
    def test_frozen_money_is_held_no_more(self) -> None:
        given(*paid()).when(freeze(usd(4_000))).then(on(HOLD, frozen(4_000))).leaves(
            HOLD, held_minor=6_000, frozen_minor=4_000
        )

    def test_without_an_amount_all_is_frozen(self) -> None:
        given(*paid()).when(freeze()).then(on(HOLD, frozen(10_000))).leaves(HOLD, held_minor=0, frozen_minor=10_000)

    def test_more_than_is_held_is_not_frozen(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(freeze(usd(6_001))).refused(
            HoldExceeded, hold=HOLD, requested_minor=6_001, held_minor=6_000
        )

    @pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
    def test_a_freeze_is_of_something_within_range(self, minor: int) -> None:
        given(*paid()).when(freeze(usd(minor))).refused(AmountOutOfRange, amount_minor=minor)

    def test_all_of_nothing_is_not_frozen(self) -> None:
        given(*agreed()).when(freeze()).refused(HoldHasNone, hold=HOLD)

    def test_a_closed_hold_freezes_nothing(self) -> None:
        given(*agreed(), CLOSED).when(freeze(usd(1))).refused(HoldIsClosed, hold=HOLD)


class TestUnfreezing:
    def test_unfrozen_money_is_held_again(self) -> None:
        unfrozen = HoldUnfrozen(amount_minor=1_000, currency="USD", reason="cleared")
        given(*paid(), on(HOLD, frozen(4_000))).when(unfreeze(usd(1_000))).then(on(HOLD, unfrozen)).leaves(
            HOLD, held_minor=7_000, frozen_minor=3_000
        )

    def test_without_an_amount_all_is_unfrozen(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(unfreeze()).leaves(HOLD, held_minor=10_000, frozen_minor=0)

    def test_more_than_is_frozen_is_not_unfrozen(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(unfreeze(usd(4_001))).refused(
            FrozenExceeded, hold=HOLD, requested_minor=4_001, frozen_minor=4_000
        )

    def test_all_of_nothing_is_not_unfrozen(self) -> None:
        given(*paid()).when(unfreeze()).refused(HoldHasNone, hold=HOLD)


class TestChargingBack:
    def test_the_bank_takes_held_money_first(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(charge_back(usd(5_000))).then(
            on(HOLD, charged_back(held_minor=5_000))
        ).leaves(HOLD, held_minor=1_000, frozen_minor=4_000, charged_back_minor=5_000)

    def test_then_frozen_money(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(charge_back(usd(7_000))).then(
            on(HOLD, charged_back(held_minor=6_000, frozen_minor=1_000))
        ).leaves(HOLD, held_minor=0, frozen_minor=3_000, charged_back_minor=7_000)

    def test_and_the_rest_is_owed_by_the_exporter(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(charge_back(usd(10_500))).then(
            on(HOLD, charged_back(held_minor=6_000, frozen_minor=4_000, exporter_minor=500)),
            on(EXPORTER_PAYEE, PayeeDebited(amount_minor=500, source=HOLD, account="payable:exporter")),
        ).leaves(HOLD, charged_back_minor=10_000, charged_to_exporter_minor=500).leaves(
            EXPORTER_PAYEE, balance_minor=-500
        )

    def test_a_closed_hold_does_not_refuse_a_fact(self) -> None:
        given(*agreed(), CLOSED).when(charge_back(usd(1))).leaves(HOLD, status="closed", charged_to_exporter_minor=1)

    def test_what_was_charged_to_the_exporter_is_not_recovered_from_it_again(self) -> None:
        hold = hold_of(received(100), released(100), charged_back(exporter_minor=70))
        assert hold.recoverable_minor == 30
        assert hold_of(received(100), released(100), charged_back(exporter_minor=170)).recoverable_minor == 0

    @pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
    def test_a_chargeback_is_of_something_within_range(self, minor: int) -> None:
        given(*paid()).when(charge_back(usd(minor))).refused(AmountOutOfRange, amount_minor=minor)


class TestClosing:
    CLOSE = CloseHold(order="PO-1")

    def test_an_empty_hold_of_a_finished_order_closes(self) -> None:
        completed = on(ORDER, OrderReceiptConfirmed(), OrderCompleted())
        given(*delivered(0), completed).when(self.CLOSE).then(CLOSED).leaves(HOLD, status="closed")
        given(*agreed(), on(ORDER, OrderCancelled(reason="late"))).when(self.CLOSE).then(CLOSED)

    def test_a_hold_of_a_running_order_stays_open(self) -> None:
        given(*agreed()).when(self.CLOSE).refused(
            OrderNotInState, order=ORDER, status="accepted", needed=("completed", "cancelled")
        )

    def test_an_order_that_may_yet_be_accepted_is_not_asked_for_its_hold(self) -> None:
        history = agreed()
        given(history[0], history[1][:1]).when(self.CLOSE).refused(OrderNotInState, status="placed")

    @pytest.mark.parametrize(("held_minor", "frozen_minor"), [(10_000, 0), (0, 10_000), (6_000, 4_000)])
    def test_a_hold_closes_at_zero(self, held_minor: int, frozen_minor: int) -> None:
        kept = on(HOLD, *([frozen(frozen_minor)] if frozen_minor else []))
        given(*paid(), kept, on(ORDER, OrderCancelled(reason="late"))).when(self.CLOSE).refused(
            HoldNotEmpty, hold=HOLD, held_minor=held_minor, frozen_minor=frozen_minor
        )

    def test_while_the_buyer_may_claim_or_does_a_hold_stays_open(self) -> None:
        received_whole = shipped(0).said(ConfirmReceipt(order="PO-1"))
        received_whole.world.happen(on(ORDER, OrderCompleted())[0])
        received_whole.when(self.CLOSE).refused(ClaimWindowOpen, order="PO-1", ends_at=day(30))
        given(*disputed(), on(ORDER, OrderCancelled(reason="late"))).when(self.CLOSE).refused(
            DisputeAlreadyOpen, dispute=DISPUTE
        )

    def test_an_order_cancelled_before_acceptance_has_no_hold_to_close(self) -> None:
        history = agreed()
        cancelled = on(ORDER, OrderCancelled(reason="late"))
        given(history[0], history[1][:1], cancelled).when(self.CLOSE).refused(AggregateNotFound, kind="hold")


class TestPayingOut:
    BREAKDOWN = Breakdown(gross_minor=100, fee_minor=2, tax_minor=1)

    def test_a_release_takes_the_gross_out_of_the_hold(self) -> None:
        hold = hold_of(received(100))
        assert hold.release(self.BREAKDOWN, release=RELEASE) == released(100, fee_minor=2, tax_minor=1)
        assert hold_of(received(100), released(100, fee_minor=2, tax_minor=1)).released == self.BREAKDOWN

    def test_neither_release_nor_refund_takes_more_than_is_held_nor_what_is_frozen(self) -> None:
        hold = hold_of(received(100), frozen(1))
        with pytest.raises(HoldExceeded) as refused:
            hold.release(self.BREAKDOWN, release=RELEASE)
        assert refused.value.details() == {"hold": HOLD, "requested_minor": 100, "held_minor": 99}
        with pytest.raises(HoldExceeded):
            hold.refund(100, refund=REFUND)

    def test_paying_out_checks_amount_then_state_then_what_is_held(self) -> None:
        closed = hold_of(HoldClosed())
        with pytest.raises(AmountOutOfRange):
            closed.check_releasable(0)
        with pytest.raises(HoldIsClosed):
            closed.check_releasable(1)
        with pytest.raises(HoldIsClosed):
            closed.refund(1, refund=REFUND)

    def test_nothing_is_recovered_while_enough_is_held(self) -> None:
        hold = hold_of(received(200), released(100, fee_minor=2, tax_minor=1))
        assert hold.recovery_for(100) == Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)

    def test_what_is_missing_is_recovered_with_fee_and_tax_in_proportion(self) -> None:
        hold = hold_of(received(10_000), released(10_000, fee_minor=250, tax_minor=45))
        assert hold.recovery_for(4_000) == Breakdown(gross_minor=4_000, fee_minor=100, tax_minor=18)

    def test_recovering_all_of_a_release_returns_all_of_its_fee_and_tax(self) -> None:
        hold = hold_of(received(9_999), released(9_999, fee_minor=250, tax_minor=45))
        first = hold.recovery_for(3_333)
        after = hold_of(
            received(9_999), released(9_999, fee_minor=250, tax_minor=45), hold.recover(first, refund=REFUND)
        )
        rest = after.recovery_for(9_999)
        assert rest.gross_minor == 6_666
        assert (first.fee_minor + rest.fee_minor, first.tax_minor + rest.tax_minor) == (250, 45)

    def test_more_than_was_released_and_is_held_is_not_recovered(self) -> None:
        hold = hold_of(received(200), released(100))
        with pytest.raises(RecoveryExceeded) as refused:
            hold.recovery_for(201)
        assert refused.value.details() == {"hold": HOLD, "requested_minor": 101, "recoverable_minor": 100}

    def test_recovering_checks_amount_then_state_then_what_was_released(self) -> None:
        closed = hold_of(HoldClosed())
        with pytest.raises(AmountOutOfRange):
            closed.recovery_for(0)
        with pytest.raises(HoldIsClosed):
            closed.recovery_for(1)
        with pytest.raises(RecoveryExceeded):
            hold_of().recovery_for(1)

    def test_recovered_money_is_held_until_it_is_refunded(self) -> None:
        recovered = HoldRecovered(
            refund=REFUND, exporter="EXP-1", currency="USD", gross_minor=40, fee_minor=0, tax_minor=0, net_minor=40
        )
        hold = hold_of(received(100), released(100), recovered)
        assert (hold.held_minor, hold.recoverable_minor) == (40, 60)
        refunded = HoldRefunded(refund=REFUND, buyer="BUY-1", currency="USD", amount_minor=40)
        assert hold.refund(40, refund=REFUND) == refunded
        after = hold_of(received(100), released(100), recovered, refunded)
        assert (after.held_minor, after.refunded_minor) == (0, 40)

    def test_money_of_a_hold_is_in_its_currency(self) -> None:
        with pytest.raises(CurrencyDiffers):
            hold_of().minor_of(Money("EUR", 1))
        assert hold_of().minor_of(usd(7)) == 7


def test_freezing_and_unfreezing_are_each_others_inverse() -> None:
    thawed = HoldUnfrozen(amount_minor=40, currency="USD", reason="cleared")
    iced = HoldFrozen(amount_minor=40, currency="USD", reason="suspected-fraud")
    assert hold_of(received(100), iced, thawed) == hold_of(received(100))


class TestChargingBackWhatWasRefunded:
    def test_the_bank_gives_back_what_we_owed_the_buyer_so_we_owe_it_no_more(self) -> None:
        refunded_once = given(*paid()).said(CancelOrder(order="PO-1", reason="late"))
        assert -refunded_once.world.balances["refundable:buyer:BUY-1", "USD"] == 10_000
        charged = refunded_once.said(RecordChargeback(order="PO-1", amount=usd(4_000), account="clearing:card"))
        assert -charged.world.balances["refundable:buyer:BUY-1", "USD"] == 6_000
        assert charged.world.balances["payable:exporter:EXP-1", "USD"] == 0

    def test_what_goes_beyond_all_that_was_received_the_exporter_owes(self) -> None:
        refunded_once = given(*paid()).said(CancelOrder(order="PO-1", reason="late"))
        charged = refunded_once.said(RecordChargeback(order="PO-1", amount=usd(10_500), account="clearing:card"))
        assert charged.world.balances["refundable:buyer:BUY-1", "USD"] == 0
        assert charged.world.balances["payable:exporter:EXP-1", "USD"] == 500


class TestRecoveringBesideRounding:
    def test_a_recovery_never_pays_the_exporter_whatever_was_rounded_before(self) -> None:
        rules = Rules(service_fee_bps=250, service_fee_tax_bps=1_800, four_eyes_where_unlisted=False)
        story = given(*delivered(0, rules=rules)).said(ConfirmReceipt(order="PO-1"))
        for _ in range(100):
            story.said(RecordPayment(order="PO-1", amount=usd(20), account="clearing:card"))
        story.said(ProposeRefund(order="PO-1", amount=usd(2_000), reason="x"))
        story.said(RecordPayment(order="PO-1", amount=usd(8_000), account="clearing:card"))
        (recovered,) = self.recoveries(story.when(ProposeRefund(order="PO-1", amount=usd(1), reason="x")))
        assert min(recovered.net_minor, recovered.fee_minor, recovered.tax_minor) >= 0

    def test_recovering_minor_unit_by_minor_unit_gives_back_exactly_what_was_taken(self) -> None:
        rules = Rules(service_fee_bps=5_000, service_fee_tax_bps=5_000, four_eyes_where_unlisted=False)
        story = given(*delivered(100, rules=rules)).said(ConfirmReceipt(order="PO-1"))
        for _ in range(100):
            (recovered,) = self.recoveries(story.when(ProposeRefund(order="PO-1", amount=usd(1), reason="x")))
            assert min(recovered.net_minor, recovered.fee_minor, recovered.tax_minor) >= 0
        hold = story.world.load(HOLD).aggregate
        assert isinstance(hold, Hold)
        assert hold.recovered == hold.released

    @staticmethod
    def recoveries(then: Then) -> list[HoldRecovered]:
        return [step.event for step in then.steps if isinstance(step.event, HoldRecovered)]
