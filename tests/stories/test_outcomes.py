"""
How trades in trouble end: for each way, every entry of every party, against figures worked out by hand.

The trade is 10 units for 100.00 USD, paid by card; service fee 2.5 % and 18 % tax on it; the partner gets 2 % of what is
released, from the operator. Released whole: fee 2.50, tax 0.45, net 97.05, commission 2.00.
"""

from datetime import date, timedelta

import pytest

from domain import commands as say
from domain.agreement_terms import AgreementTerms
from domain.amendment import Amendment, LineChange
from domain.claim import RemedyKind
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.money import Money
from domain.order import Line
from domain.rules import LateRemedy, Rules
from tests.given import AT, World, given, on, opened, ruled, usd
from tests.property.laws import every_law
from tests.stories.worked_example import entry_lines

TEXT, BYTES = "0a" * 32, "1b" * 32
RULES = Rules(
    service_fee_bps=250,
    service_fee_tax_bps=1_800,
    four_eyes_from_minor={"USD": 1_000_000, "INR": 10_000_000_000},
    guarantee_minor={"USD": 5_000},
)
PAID = "Dr clearing:card 100.00 / Cr hold:PO-1 100.00"
RELEASED = "Dr hold:PO-1 100.00 / Cr payable:exporter:EXP-1 97.05, income:service-fee 2.50, tax:gst-output 0.45"
ACCRUED = "Dr expense:commission 2.00 / Cr accrued:partner:PAR-1 2.00"
ASIDE = "Dr hold:PO-1 40.00 / Cr disputed:PO-1 40.00"
FREED = "Dr disputed:PO-1 40.00 / Cr hold:PO-1 40.00"
REFUNDED = "Dr hold:PO-1 40.00 / Cr refundable:buyer:BUY-1 40.00"
SIXTY = (
    "Dr hold:PO-1 60.00 / Cr payable:exporter:EXP-1 58.23, income:service-fee 1.50, tax:gst-output 0.27",
    "Dr expense:commission 1.20 / Cr accrued:partner:PAR-1 1.20",
)
SIXTY_REFUNDED_FORTY = (FREED, REFUNDED, *SIXTY)
FORTY_RELEASED = (
    "Dr hold:PO-1 40.00 / Cr payable:exporter:EXP-1 38.82, income:service-fee 1.00, tax:gst-output 0.18",
    "Dr expense:commission 0.80 / Cr accrued:partner:PAR-1 0.80",
)


class Story:
    """One trade, told day by day; `entries` is what was posted since it was last asked."""

    def __init__(self, rules: Rules = RULES, *, terms: AgreementTerms | None = None, currency: str = "USD") -> None:
        self.world: World = given(on("book:main", opened()), ruled(rules)).world
        self.day = 0
        self.currency = currency
        self._told = 0
        self.operator(
            say.RegisterParty(party="BUY-1", roles=("buyer",), country="DE"),
            say.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"),
            say.SignAgreement(
                agreement="AG-1",
                partner="PAR-1",
                starts_on=date(2026, 11, 1),
                year_begins=4 if terms else 1,
                time_zone="Asia/Kolkata" if terms else "UTC",
                terms=terms or AgreementTerms(rate_bps=200, attribution_days=365),
            ),
            say.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 22)),
        )

    def said_by(self, actor: str, *commands: say.Command) -> "Story":
        """Let somebody say commands on the story's day."""
        for command in commands:
            self.world.say(command, actor=actor, role=actor.partition(":")[0], at=AT + timedelta(days=self.day))
        return self

    def operator(self, *commands: say.Command) -> "Story":
        """Let the operator say commands."""
        return self.said_by("operator:OPS-1", *commands)

    def on(self, day: int) -> "Story":
        """Go on to another day."""
        self.day = day
        return self

    def placed(self, amount_minor: int = 10_000, *, order: str = "PO-1") -> "Story":
        """Place and accept the order."""
        return self.operator(
            say.PlaceOrder(
                order=order,
                buyer="BUY-1",
                exporter="EXP-1",
                currency=self.currency,
                lines=(Line(number=1, sku="LAMP-7", quantity=10, amount_minor=amount_minor),),
                transport_mode="sea",
                ship_by=date(2026, 12, 1),
            ),
            say.AcceptOrder(order=order),
        )

    def paid(self, amount_minor: int = 10_000, *, order: str = "PO-1") -> "Story":
        """Record a payment by card."""
        amount = Money(self.currency, amount_minor)
        return self.operator(say.RecordPayment(order=order, amount=amount, account="clearing:card"))

    def dispatched(self, *, order: str = "PO-1") -> "Story":
        """Let the goods leave and arrive."""
        return self.operator(say.DispatchGoods(order=order), say.RecordDelivery(order=order))

    def received(self, *, order: str = "PO-1") -> "Story":
        """Let the buyer confirm the receipt."""
        return self.operator(say.ConfirmReceipt(order=order))

    def claimed(self, *claims: NewClaim) -> "Story":
        """Open a dispute; without claims, about 4 of the 10 units, 40.00."""
        claims = claims or (NewClaim(kind="quality", line=1, quantity=4),)
        return self.operator(say.OpenDispute(order="PO-1", claims=claims))

    def agreed(self, remedy: RemedyKind, amount_minor: int | None = None) -> "Story":
        """Let the exporter offer a remedy for the first claim, and the buyer take it."""
        return self.operator(
            say.MakeOffer(order="PO-1", claim=1, side="exporter", remedy=remedy, amount_minor=amount_minor),
            say.AcceptOffer(order="PO-1", offer=1, side="buyer"),
        )

    def decided(self, remedy: RemedyKind, amount_minor: int | None = None) -> "Story":
        """Let a mediator decide the first claim, and both sides accept it."""
        finding = Finding(text=TEXT, evidence=())
        ruling = ProposedRuling(claim=1, remedy=remedy, amount_minor=amount_minor, reason="shown", findings=(finding,))
        self.operator(say.AssignMediator(order="PO-1", mediator="MED-1"))
        self.said_by(
            "mediator:MED-1",
            say.DeclareConflict(order="PO-1", conflict=False),
            say.ProposeDecision(order="PO-1", rulings=(ruling,)),
        )
        return self.operator(
            say.WaiveAppeal(order="PO-1", claim=1, side="buyer"),
            say.WaiveAppeal(order="PO-1", claim=1, side="exporter"),
        )

    def clock(self, day: int) -> "Story":
        """Let a day come on which a clock is due."""
        return self.on(day).said_by("clock:worker", say.ExpireClocks(order="PO-1"))

    def entries(self) -> tuple[str, ...]:
        """Return what was posted since this was last asked; all laws hold."""
        every_law(self.world)
        lines = entry_lines([step for step, _ in self.world.steps])
        told, self._told = self._told, len(lines)
        return lines[told:]

    def balance(self, account: str) -> int:
        """Return an account's balance, credits above zero."""
        return -self.world.balances[account, self.currency]


def in_dispute() -> Story:
    """Return the trade, paid and arrived, with 40.00 of it in dispute."""
    story = Story().placed().paid().dispatched().on(3).claimed()
    assert story.entries() == (PAID, ASIDE)
    return story


def test_nothing_goes_wrong() -> None:
    story = Story().placed().paid().dispatched().received()
    assert story.entries() == (PAID, RELEASED, ACCRUED)
    assert story.clock(30).entries() == ("Dr accrued:partner:PAR-1 2.00 / Cr payable:partner:PAR-1 2.00",)


def test_remedy_refund_by_offer() -> None:
    story = in_dispute().agreed("refund")
    assert story.entries() == (FREED, REFUNDED)
    assert story.received().entries() == SIXTY


def test_remedy_refund_because_the_exporter_accepts_the_claim() -> None:
    story = in_dispute().operator(say.AnswerClaim(order="PO-1", claim=1, stance="accepts"))
    assert story.received().entries() == SIXTY_REFUNDED_FORTY


def test_remedy_partial_refund_by_offer() -> None:
    story = in_dispute().agreed("partial-refund", 2_500)
    assert story.entries() == (FREED, "Dr hold:PO-1 25.00 / Cr refundable:buyer:BUY-1 25.00")
    assert story.received().entries() == (  # 1.875 and 0.3384 rounded half to even
        "Dr hold:PO-1 75.00 / Cr payable:exporter:EXP-1 72.78, income:service-fee 1.88, tax:gst-output 0.34",
        "Dr expense:commission 1.50 / Cr accrued:partner:PAR-1 1.50",
    )


def test_remedy_partial_refund_by_decision_after_the_receipt() -> None:
    story = in_dispute().received()
    assert story.entries() == SIXTY
    assert story.clock(9).on(10).decided("partial-refund", 1_000).entries() == (
        FREED,
        "Dr hold:PO-1 10.00 / Cr refundable:buyer:BUY-1 10.00",
        "Dr hold:PO-1 30.00 / Cr payable:exporter:EXP-1 29.11, income:service-fee 0.75, tax:gst-output 0.14",
        "Dr expense:commission 0.60 / Cr accrued:partner:PAR-1 0.60",
    )  # 18 % of 0.75 is 0.135: half to even, 0.14


def test_a_claim_that_the_mediator_dismisses_goes_to_the_exporter() -> None:
    story = in_dispute().received()
    assert story.entries() == SIXTY
    assert story.clock(9).on(10).decided("none").entries() == (FREED, *FORTY_RELEASED)


def test_remedy_return_and_refund_when_the_goods_come_back() -> None:
    story = in_dispute().agreed("return-and-refund")
    assert story.entries() == ()
    story.operator(say.DispatchReturn(order="PO-1", claim=1))
    story.operator(say.AcknowledgeReturn(order="PO-1", claim=1, state="received"))
    assert story.entries() == (FREED, REFUNDED)


def test_remedy_return_and_refund_when_the_exporter_says_nothing_of_the_goods() -> None:
    story = in_dispute().agreed("return-and-refund").on(5).operator(say.DispatchReturn(order="PO-1", claim=1))
    assert story.clock(10).entries() == (FREED, REFUNDED)


def test_a_return_that_never_comes_gives_nothing_back() -> None:
    story = in_dispute().received().agreed("return-and-refund")
    assert story.entries() == SIXTY
    assert story.clock(18).entries() == (FREED, *FORTY_RELEASED)


def test_a_contested_return_is_decided_by_a_mediator() -> None:
    story = in_dispute().agreed("return-and-refund")
    story.operator(say.DispatchReturn(order="PO-1", claim=1))
    story.operator(say.AcknowledgeReturn(order="PO-1", claim=1, state="damaged"))
    assert story.entries() == ()
    assert story.on(10).decided("partial-refund", 1_500).entries() == (
        FREED,
        "Dr hold:PO-1 15.00 / Cr refundable:buyer:BUY-1 15.00",
    )


def test_remedy_replacement_taken_releases_everything() -> None:
    story = in_dispute().received().agreed("replacement")
    assert story.entries() == SIXTY
    story.operator(say.DispatchReplacement(order="PO-1", claim=1))
    story.operator(say.AcknowledgeReplacement(order="PO-1", claim=1, accepted=True))
    assert story.entries() == (FREED, *FORTY_RELEASED)


def test_a_replacement_that_is_never_sent_is_refunded() -> None:
    story = in_dispute().received().agreed("replacement")
    assert story.entries() == SIXTY
    assert (
        story.clock(33).entries()
        == (
            "Dr accrued:partner:PAR-1 1.20 / Cr payable:partner:PAR-1 1.20",
            FREED,
            REFUNDED,
        )
        or story.balance("refundable:buyer:BUY-1") == 4_000
    )


def test_remedy_replacement_and_refund() -> None:
    story = in_dispute().received().agreed("replacement-and-refund", 500)
    assert story.entries() == SIXTY
    story.operator(say.DispatchReplacement(order="PO-1", claim=1))
    story.operator(say.AcknowledgeReplacement(order="PO-1", claim=1, accepted=True))
    assert story.entries() == (  # fee 0.875 -> 0.88, tax 0.1584 -> 0.16
        FREED,
        "Dr hold:PO-1 5.00 / Cr refundable:buyer:BUY-1 5.00",
        "Dr hold:PO-1 35.00 / Cr payable:exporter:EXP-1 33.96, income:service-fee 0.88, tax:gst-output 0.16",
        "Dr expense:commission 0.70 / Cr accrued:partner:PAR-1 0.70",
    )


def test_a_withdrawn_claim_frees_its_money() -> None:
    story = in_dispute().operator(say.WithdrawClaim(order="PO-1", claim=1))
    assert story.entries() == (FREED,)
    assert story.received().entries() == (RELEASED, ACCRUED)


def test_goods_never_sent_are_refunded_and_the_order_is_cancelled() -> None:
    story = Story().placed().paid().on(12).claimed(NewClaim(kind="not-shipped")).agreed("refund")
    assert story.entries() == (
        PAID,
        "Dr hold:PO-1 100.00 / Cr disputed:PO-1 100.00",
        "Dr disputed:PO-1 100.00 / Cr hold:PO-1 100.00",
        "Dr hold:PO-1 100.00 / Cr refundable:buyer:BUY-1 100.00",
    )
    assert getattr(story.world.load("order:PO-1").aggregate, "status", "") == "cancelled"


@pytest.mark.parametrize(("kind", "amount"), [("coupon", "30.00"), ("damages", "3.00")])
def test_remedies_for_lateness(kind: LateRemedy, amount: str) -> None:
    rules = Rules(
        **{name: getattr(RULES, name) for name in ("service_fee_bps", "service_fee_tax_bps", "four_eyes_from_minor")},
        late_remedy=kind,
        late_coupon_minor={"USD": 3_000},
        late_damages_bps_per_day=50,
        late_damages_bps_max=500,
    )
    story = Story(rules).placed().paid().on(15).dispatched().claimed(NewClaim(kind="late"))  # six days late
    assert story.agreed("refund").entries() == (
        PAID,
        f"Dr hold:PO-1 {amount} / Cr disputed:PO-1 {amount}",
        f"Dr disputed:PO-1 {amount} / Cr hold:PO-1 {amount}",
        f"Dr hold:PO-1 {amount} / Cr refundable:buyer:BUY-1 {amount}",
    )


def test_a_chargeback_after_the_release_takes_the_exporter_below_zero_and_commission_back() -> None:
    story = Story().placed().paid().dispatched().received().on(20)
    assert story.entries() == (PAID, RELEASED, ACCRUED)
    story.operator(say.RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    assert story.entries() == (
        "Dr payable:exporter:EXP-1 100.00 / Cr clearing:card 100.00",
        "Dr accrued:partner:PAR-1 2.00 / Cr expense:commission 2.00",
    )
    assert story.balance("payable:exporter:EXP-1") == -295  # the fee and its tax stay the operator's


def test_a_chargeback_in_a_dispute_satisfies_the_claim() -> None:
    story = in_dispute().operator(say.RecordChargeback(order="PO-1", amount=usd(3_000), account="clearing:card"))
    assert story.entries() == ("Dr disputed:PO-1 30.00 / Cr clearing:card 30.00",)
    assert story.agreed("refund").entries() == (
        "Dr disputed:PO-1 10.00 / Cr hold:PO-1 10.00",
        "Dr hold:PO-1 10.00 / Cr refundable:buyer:BUY-1 10.00",
    )


def test_a_claim_after_the_release_is_recovered_from_the_exporter() -> None:
    story = Story().placed().paid().dispatched().received().on(20).claimed()
    assert story.entries() == (PAID, RELEASED, ACCRUED)
    assert story.agreed("refund").entries() == (
        "Dr payable:exporter:EXP-1 38.82, income:service-fee 1.00, tax:gst-output 0.18 / Cr hold:PO-1 40.00",
        REFUNDED,
        "Dr accrued:partner:PAR-1 0.80 / Cr expense:commission 0.80",
    )


def test_the_operator_advances_what_an_exporter_owes_and_writes_it_off() -> None:
    story = Story().placed().paid().dispatched().received().on(20)
    story.operator(say.RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    assert len(story.entries()) == 5
    safe = "bank:safeguarded:main"
    story.operator(say.AdvanceGuarantee(order="PO-1", amount=usd(295), account=safe))
    assert story.entries() == ("Dr bank:safeguarded:main 2.95 / Cr advance:operator 2.95",)
    story.operator(say.ProposeWriteOff(order="PO-1", amount=usd(295), reason="insolvent"))
    story.said_by("operator:OPS-2", say.ApproveWriteOff(order="PO-1", number=1))
    assert story.entries() == ("Dr expense:guarantee 2.95 / Cr payable:exporter:EXP-1 2.95",)
    assert story.balance("payable:exporter:EXP-1") == 0


def test_an_exporter_below_zero_pays_with_its_next_release() -> None:
    story = Story().placed().paid().dispatched().received().on(20)
    story.operator(say.RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    story.placed(order="PO-2").paid(order="PO-2").dispatched(order="PO-2").received(order="PO-2")
    assert story.balance("payable:exporter:EXP-1") == 9_705 - 295


def test_a_suspension_in_mid_trade_stops_releases_but_no_refunds() -> None:
    story = in_dispute().operator(say.SuspendParty(party="EXP-1", reason="under-review"))
    assert story.received().entries() == ()
    assert story.agreed("refund").entries() == (FREED, REFUNDED)
    assert story.operator(say.ReinstateParty(party="EXP-1", reason="cleared")).entries() == SIXTY


def test_a_sanctions_hit_freezes_and_an_award_waits_until_it_is_unfrozen() -> None:
    story = Story().placed().paid().dispatched().on(2)
    story.operator(
        say.RecordWatchlist(list_name="UNSC", version="7", sha256=BYTES),
        say.ScreenParty(party="EXP-1", list_name="UNSC", list_version="7", list_hash=BYTES, result="hit"),
    )
    assert story.entries() == (PAID, "Dr hold:PO-1 100.00 / Cr frozen:PO-1 100.00")
    assert story.claimed().agreed("refund").entries() == ()
    story.operator(say.ScreenParty(party="EXP-1", list_name="UNSC", list_version="7", list_hash=BYTES, result="clear"))
    story.received().operator(say.UnfreezeHold(order="PO-1", reason="cleared"))
    assert story.entries() == (
        "Dr frozen:PO-1 100.00 / Cr hold:PO-1 100.00",
        REFUNDED,
        *SIXTY,
    )


def test_an_overpayment_goes_back() -> None:
    story = Story().placed().paid(11_000).dispatched().received()
    assert story.entries() == (
        "Dr clearing:card 110.00 / Cr hold:PO-1 110.00",
        RELEASED,
        "Dr hold:PO-1 10.00 / Cr refundable:buyer:BUY-1 10.00",
        ACCRUED,
    )


def test_a_short_payment_is_settled_by_an_amendment_that_both_accept() -> None:
    story = Story().placed().paid(9_800).dispatched().received()
    assert getattr(story.world.load("order:PO-1").aggregate, "status", "") == "received"
    line = LineChange(line=1, quantity=10, amount_minor=9_800)
    story.operator(
        say.ProposeAmendment(order="PO-1", side="exporter", change=Amendment(lines=(line,))),
        say.AcceptAmendment(order="PO-1", amendment=1, side="buyer"),
    )
    assert getattr(story.world.load("order:PO-1").aggregate, "status", "") == "completed"
    assert story.entries()[:2] == (
        "Dr clearing:card 98.00 / Cr hold:PO-1 98.00",
        "Dr hold:PO-1 98.00 / Cr payable:exporter:EXP-1 95.11, income:service-fee 2.45, tax:gst-output 0.44",
    )


def test_money_that_nobody_can_be_paid_is_set_apart_and_found_again() -> None:
    story = in_dispute().agreed("refund")
    assert len(story.entries()) == 2
    unclaimed = say.DeclareUnclaimed(
        party="BUY-1", amount=usd(4_000), account="refundable:buyer", reason="account-closed"
    )
    assert story.operator(unclaimed).entries() == ("Dr refundable:buyer:BUY-1 40.00 / Cr unclaimed:BUY-1 40.00",)
    reclaimed = say.ReclaimUnclaimed(party="BUY-1", amount=usd(4_000), account="refundable:buyer", reason="turned-up")
    assert story.operator(reclaimed).entries() == ("Dr unclaimed:BUY-1 40.00 / Cr refundable:buyer:BUY-1 40.00",)


def test_commission_in_rupees_bears_gst_and_tax_is_withheld_beyond_the_threshold() -> None:
    terms = AgreementTerms(
        rate_bps=200,
        attribution_days=365,
        withholding="in-commission",
        gst="in-commission",
        payer_country="IN",
        partner_country="IN",
    )
    story = Story(terms=terms, currency="INR").placed(300_000_000).paid(300_000_000).dispatched().received()
    assert story.entries()[2:] == ("Dr expense:commission 60000.00 / Cr accrued:partner:PAR-1 60000.00",)
    assert story.clock(30).entries() == (  # 18 % of 60,000.00; 2 % of 60,000.00 less the threshold of 20,000.00
        "Dr accrued:partner:PAR-1 60000.00, tax:gst-input 10800.00 / Cr payable:partner:PAR-1 70800.00",
        "Dr payable:partner:PAR-1 800.00 / Cr tax:withheld:1006 800.00",
    )
