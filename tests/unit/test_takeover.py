"""Takeover: balances and open orders that another system knew until now."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from domain.accounts import AccountUnfit
from domain.clock import Clocks, ClockStarted
from domain.commands import (
    CancelOrder,
    Command,
    ConfirmReceipt,
    DispatchGoods,
    LapseInspection,
    PlaceOrder,
    ProposeRefund,
    RecordDelivery,
    RecordOpeningBalances,
    RecordPayment,
    TakeOverOrder,
)
from domain.hold import Hold
from domain.opening_balances import BALANCES_PER_EVENT_MAX
from domain.order import InspectionRunning, Order, OrderAlreadyPlaced, PaymentStep
from domain.party import Party
from domain.payee_account import PayeeAccount, PayeeCredited, PayeeDebited
from domain.posting_rules import post
from domain.proposal import Breakdown
from domain.references import takeover_id
from domain.rulebook import RulebookNotInState
from domain.takeover import (
    Balance,
    HoldTakenOver,
    OpeningBalance,
    OrderTakenOver,
    Takeover,
    TakeoverAlreadyRecorded,
    TakeoverBalancesRecorded,
    TakeoverMalformed,
    TakeoverUnbalanced,
)
from domain.unit_of_work import AggregateNotFound
from tests.given import (
    AT,
    BUYER,
    BUYER_PAYEE,
    EXPORTER,
    EXPORTER_PAYEE,
    HOLD,
    ORDER,
    RULEBOOK,
    Given,
    folded,
    given,
    line,
    on,
    placed,
    registered,
    ruled,
    screened,
    terms,
    usd,
)

SOURCE = "legacy-2026"
TAKEOVER = takeover_id(SOURCE)
SHA256 = "5c" * 32
BANK = "bank:safeguarded:hdfc"
PLACED_AT, DISPATCHED_AT = datetime(2026, 10, 1, 9, tzinfo=UTC), datetime(2026, 11, 2, 15, tzinfo=UTC)
YESTERDAY = date(2026, 11, 21)


def stood(account: str, amount_minor: int, currency: str = "USD") -> OpeningBalance:
    return OpeningBalance(account=account, amount_minor=amount_minor, currency=currency)


BALANCES = (
    stood(BANK, 1_000),
    stood("payable:exporter:EXP-1", -700),
    stood("refundable:buyer:BUY-1", -400),
    stood("payable:partner:PAR-1", 100),
)


def balances(*stand: OpeningBalance, source: str = SOURCE, sha256: str = SHA256) -> RecordOpeningBalances:
    return RecordOpeningBalances(source=source, source_sha256=sha256, as_of=YESTERDAY, balances=stand or BALANCES)


def recorded(currency: str, *stand: Balance) -> TakeoverBalancesRecorded:
    return TakeoverBalancesRecorded(
        source=SOURCE, source_sha256=SHA256, as_of=YESTERDAY, currency=currency, balances=stand
    )


ACCEPTED = TakeOverOrder(
    order="PO-1",
    source=SOURCE,
    source_reference="ORD/2026/77",
    buyer="BUY-1",
    exporter="EXP-1",
    currency="USD",
    lines=(line(1, quantity=6, amount_minor=6_000), line(2, quantity=4, amount_minor=4_000)),
    steps=(PaymentStep(name="deposit", amount_minor=3_000), PaymentStep(name="balance", amount_minor=7_000)),
    transport_mode="sea",
    ship_by=date(2026, 12, 1),
    status="accepted",
    placed_at=PLACED_AT,
    received_minor=(3_000, 0),
    held_minor=3_000,
    account=BANK,
)
PART_DISPATCHED = replace(ACCEPTED, status="part_dispatched", undispatched=(6, 1), dispatched_at=DISPATCHED_AT)
DISPATCHED = replace(ACCEPTED, status="dispatched", dispatched_at=DISPATCHED_AT)
DELIVERED = replace(
    DISPATCHED,
    status="delivered",
    received_minor=(3_000, 7_000),
    held_minor=7_500,
    released_gross_minor=2_000,
    released_fee_minor=50,
    released_tax_minor=9,
    refunded_minor=500,
)

ORDER_TAKEN = OrderTakenOver(
    source=SOURCE,
    source_reference="ORD/2026/77",
    buyer="BUY-1",
    exporter="EXP-1",
    terms=terms(*ACCEPTED.steps),
    total_minor=10_000,
    lines=ACCEPTED.lines,
    status="accepted",
    undispatched=(6, 4),
    placed_at=PLACED_AT,
    dispatched_at=None,
)
HOLD_TAKEN = HoldTakenOver(
    source=SOURCE,
    source_reference="ORD/2026/77",
    buyer="BUY-1",
    exporter="EXP-1",
    currency="USD",
    received_minor=(3_000, 0),
    held_minor=3_000,
    released_gross_minor=0,
    released_fee_minor=0,
    released_tax_minor=0,
    refunded_minor=0,
    account=BANK,
)


def taken(command: TakeOverOrder = ACCEPTED) -> Given:
    """Return a book into which an order was taken over."""
    return given(ruled()).said(command)


class TestBalances:
    def test_what_stood_on_the_accounts_stands_on_them_here(self) -> None:
        then = given().when(balances())
        assert then.steps[0].event == recorded(
            "USD", *(Balance(account=each.account, amount_minor=each.amount_minor) for each in BALANCES)
        )
        assert {account: amount for (account, _), amount in then.world.balances.items()} == {
            each.account: each.amount_minor for each in BALANCES
        }
        then.leaves(TAKEOVER, currencies=frozenset({"USD"}))

    def test_payees_may_be_paid_what_was_due_to_them_and_owe_what_they_owed(self) -> None:
        then = given().when(balances())
        assert [(step.reference, step.event) for step in then.steps][1:] == [
            (EXPORTER_PAYEE, PayeeCredited(amount_minor=700, source=TAKEOVER, account="payable:exporter")),
            (BUYER_PAYEE, PayeeCredited(amount_minor=400, source=TAKEOVER, account="refundable:buyer")),
            ("payee:PAR-1/USD", PayeeDebited(amount_minor=100, source=TAKEOVER, account="payable:partner")),
        ]

    def test_every_currency_is_an_event_of_its_own(self) -> None:
        then = given().when(
            balances(stood(BANK, 10), stood(BANK, 5, "JPY"), stood("suspense:x", -5, "JPY"), stood("suspense:x", -10))
        )
        then.then(
            on(
                TAKEOVER,
                recorded(
                    "USD", Balance(account=BANK, amount_minor=10), Balance(account="suspense:x", amount_minor=-10)
                ),
                recorded("JPY", Balance(account=BANK, amount_minor=5), Balance(account="suspense:x", amount_minor=-5)),
            )
        )

    def test_many_accounts_are_several_events_and_nothing_stays_in_suspense(self) -> None:
        count = 2 * BALANCES_PER_EVENT_MAX + 1
        due = [stood(f"payable:exporter:EXP-{number}", -1) for number in range(count - 1)]
        then = given().when(balances(stood(BANK, count - 1), *due))
        events = [step.event for step in then.steps if isinstance(step.event, TakeoverBalancesRecorded)]
        assert [len(event.balances) for event in events] == [251, 251, 2]
        assert all(sum(balance.amount_minor for balance in event.balances) == 0 for event in events)
        assert then.world.balances[f"suspense:{SOURCE}", "USD"] == 0
        payees = [world for world in then.world.aggregates.values() if isinstance(world.aggregate, PayeeAccount)]
        assert len(payees) == count - 1

    def test_balances_that_do_not_sum_to_zero_are_refused(self) -> None:
        given().when(balances(stood(BANK, 10), stood("suspense:x", -9))).refused(
            TakeoverUnbalanced, currency="USD", difference_minor=1
        )
        given().when(balances(stood(BANK, 10), stood("suspense:x", -10, "JPY"))).refused(TakeoverUnbalanced)

    @pytest.mark.parametrize(
        "account", ["hold:PO-1", "disputed:PO-1", "frozen:PO-1", "accrued:partner:PAR-1", "payout:in-transit"]
    )
    def test_what_orders_commissions_and_payouts_explain_is_no_bare_balance(self, account: str) -> None:
        then = given().when(balances(stood(BANK, 1), stood(account, -1)))
        then.refused(AccountUnfit, account=account)

    def test_a_source_is_taken_over_once(self) -> None:
        given().said(balances()).when(balances(stood(BANK, 1), stood("suspense:x", -1))).refused(
            TakeoverAlreadyRecorded, takeover=TAKEOVER
        )
        given().said(balances()).when(balances(source="legacy-2025")).leaves(
            "takeover:legacy-2025", currencies=frozenset({"USD"})
        )

    def test_takeovers_add_up_their_currencies(self) -> None:
        assert folded(TAKEOVER, recorded("USD"), recorded("JPY"), recorded("USD")) == Takeover(
            reference=TAKEOVER, currencies=frozenset({"USD", "JPY"})
        )


class TestOrder:
    def test_an_order_goes_on_here_and_its_money_is_held(self) -> None:
        then = given(ruled()).when(ACCEPTED)
        happened = [(step.reference, step.event) for step in then.steps]
        assert happened[:2] == [(ORDER, ORDER_TAKEN), (HOLD, HOLD_TAKEN)]
        assert [type(event) for _, event in happened[2:]] == [ClockStarted]
        assert then.world.balances[BANK, "USD"] == 3_000
        assert then.world.balances["hold:PO-1", "USD"] == -3_000

    def test_it_stands_as_if_it_had_been_lived_here(self) -> None:
        assert folded(ORDER, ORDER_TAKEN) == Order(
            reference=ORDER,
            buyer="BUY-1",
            exporter="EXP-1",
            terms=ORDER_TAKEN.terms,
            total_minor=10_000,
            lines=ACCEPTED.lines,
            undispatched=(6, 4),
            status="accepted",
            placed_at=PLACED_AT,
        )

    def test_what_was_dispatched_elsewhere_is_one_dispatch(self) -> None:
        taken(PART_DISPATCHED).when(RecordDelivery(order="PO-1")).leaves(
            ORDER, status="part_dispatched", undispatched=(6, 1), dispatches=1, delivered=frozenset({1})
        )
        taken(DISPATCHED).when(RecordDelivery(order="PO-1")).leaves(
            ORDER, status="delivered", undispatched=(0, 0), last_dispatched_at=DISPATCHED_AT
        )

    def test_what_was_left_is_dispatched_here(self) -> None:
        taken(PART_DISPATCHED).when(DispatchGoods(order="PO-1")).leaves(ORDER, status="dispatched", dispatches=2)

    def test_the_money_is_what_it_had_become(self) -> None:
        then = given(ruled()).when(DELIVERED).leaves(ORDER, status="delivered", delivered=frozenset({1}))
        assert then.world.load(HOLD).aggregate == Hold(
            reference=HOLD,
            buyer="BUY-1",
            exporter="EXP-1",
            currency="USD",
            received_minor=10_000,
            held_minor=7_500,
            released=Breakdown(gross_minor=2_000, fee_minor=50, tax_minor=9),
            refunded_minor=500,
            paid_by_step=(3_000, 7_000),
        )
        assert then.world.balances["hold:PO-1", "USD"] == -7_500

    def test_an_order_without_held_money_posts_nothing(self) -> None:
        unpaid = replace(ACCEPTED, received_minor=(0, 0), held_minor=0, account="")
        then = given(ruled()).when(unpaid).leaves(HOLD, held_minor=0)
        assert not then.world.balances
        assert post(HOLD, then.steps[1].event) is None

    def test_the_exporter_is_paid_what_is_left_when_the_goods_are_received(self) -> None:
        then = taken(DELIVERED).when(ConfirmReceipt(order="PO-1"))
        then.leaves(HOLD, held_minor=0, released=Breakdown(gross_minor=9_500, fee_minor=238, tax_minor=43))

    def test_the_buyer_pays_the_rest_and_gets_back_what_was_released_elsewhere(self) -> None:
        taken().when(RecordPayment(order="PO-1", step=2, amount=usd(7_000), account=BANK)).leaves(
            HOLD, held_minor=10_000, paid_by_step=(3_000, 7_000)
        )
        taken(DELIVERED).when(ProposeRefund(order="PO-1", amount=usd(8_500), reason="defective")).leaves(
            HOLD, held_minor=0, recovered=Breakdown(gross_minor=1_000, fee_minor=25, tax_minor=4)
        )

    def test_it_may_be_cancelled_where_nothing_was_dispatched(self) -> None:
        taken().when(CancelOrder(order="PO-1", reason="out-of-stock")).leaves(BUYER_PAYEE, balance_minor=3_000)

    def test_without_steps_the_whole_is_one_payment(self) -> None:
        whole = replace(ACCEPTED, steps=(), received_minor=(3_000,))
        then = given(ruled()).when(whole).leaves(HOLD, paid_by_step=(3_000,))
        order = then.world.load(ORDER).aggregate
        assert isinstance(order, Order)
        assert order.terms.steps == (PaymentStep(name="whole", amount_minor=10_000),)

    def test_goods_that_left_too_late_elsewhere_are_late_here(self) -> None:
        late = replace(DISPATCHED, ship_by=date(2026, 10, 30))
        taken(late).when(RecordDelivery(order="PO-1")).leaves(ORDER, days_late=3)
        taken(DISPATCHED).when(RecordDelivery(order="PO-1")).leaves(ORDER, days_late=0)

    def test_the_time_to_inspect_goes_on(self) -> None:
        book = taken(DISPATCHED)
        ends_at = DISPATCHED_AT + timedelta(days=45)
        book.when(LapseInspection(order="PO-1"), at=ends_at - timedelta(seconds=1)).refused(InspectionRunning)
        then = book.when(LapseInspection(order="PO-1"), at=ends_at)
        then.leaves(ORDER, receipt="lapsed", received_at=ends_at)

    def test_the_time_to_inspect_that_ended_elsewhere_ends_here_within_a_day(self) -> None:
        book = taken(replace(DISPATCHED, placed_at=PLACED_AT - timedelta(90), dispatched_at=AT - timedelta(60)))
        clocks = book.world.load("clock:PO-1").aggregate
        assert isinstance(clocks, Clocks)
        assert AT < clocks.get("inspection").due_at <= AT + timedelta(days=1)
        then = book.when(LapseInspection(order="PO-1"), at=AT + timedelta(days=1))
        then.leaves(ORDER, receipt="lapsed").leaves(HOLD, held_minor=0)
        assert all(step.occurred_at >= AT for step in then.steps)

    def test_money_of_a_party_on_a_sanctions_list_is_frozen(self) -> None:
        sanctioned = on(BUYER, registered("buyer"), screened("hit"))
        given(ruled(), sanctioned).when(ACCEPTED).leaves(HOLD, held_minor=0, frozen_minor=3_000)
        unpaid = replace(ACCEPTED, received_minor=(0, 0), held_minor=0, account="")
        given(ruled(), sanctioned).when(unpaid).leaves(HOLD, held_minor=0, frozen_minor=0)
        given(ruled(), on(BUYER, registered("buyer"))).when(ACCEPTED).leaves(HOLD, held_minor=3_000)

    def test_it_is_an_open_trade_of_registered_parties(self) -> None:
        then = given(ruled(), on(EXPORTER, registered())).when(ACCEPTED)
        exporter = then.world.load(EXPORTER).aggregate
        assert isinstance(exporter, Party)
        assert list(exporter.open_trades) == ["PO-1"]

    def test_an_order_is_taken_over_once_and_not_placed_again(self) -> None:
        taken().when(ACCEPTED).refused(OrderAlreadyPlaced, order=ORDER)
        given(ruled(), on(ORDER, placed())).when(ACCEPTED).refused(OrderAlreadyPlaced)
        again = PlaceOrder(
            order="PO-1",
            buyer="BUY-1",
            exporter="EXP-1",
            currency="USD",
            lines=ACCEPTED.lines,
            transport_mode="sea",
            ship_by=ACCEPTED.ship_by,
        )
        taken().when(again).refused(OrderAlreadyPlaced)

    def test_its_rulebook_is_in_force(self) -> None:
        given().when(ACCEPTED).refused(AggregateNotFound, kind="rulebook", key="standard/1")
        given(ruled()[:1]).when(ACCEPTED).refused(RulebookNotInState, rulebook=RULEBOOK)

    @pytest.mark.parametrize(
        ("command", "field"),
        [
            (replace(ACCEPTED, source_reference="ORD\n77"), "source_reference"),
            (replace(ACCEPTED, lines=tuple(line(number, amount_minor=1) for number in range(1, 252))), "lines"),
            (replace(ACCEPTED, placed_at=datetime(2026, 10, 1, 9)), "placed_at"),  # noqa: DTZ001 - has no time zone
            (replace(ACCEPTED, placed_at=AT + timedelta(seconds=1)), "placed_at"),
            (replace(ACCEPTED, placed_at=datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))), "placed_at"),
            (replace(ACCEPTED, dispatched_at=DISPATCHED_AT), "dispatched_at"),
            (replace(DISPATCHED, dispatched_at=None), "dispatched_at"),
            (replace(DISPATCHED, dispatched_at=PLACED_AT - timedelta(seconds=1)), "dispatched_at"),
            (replace(DISPATCHED, dispatched_at=AT + timedelta(seconds=1)), "dispatched_at"),
            (replace(DISPATCHED, undispatched=(0, 0)), "undispatched"),
            (replace(PART_DISPATCHED, undispatched=(6,)), "undispatched"),
            (replace(PART_DISPATCHED, undispatched=(7, 0)), "undispatched"),
            (replace(PART_DISPATCHED, undispatched=(-1, 4)), "undispatched"),
            (replace(PART_DISPATCHED, undispatched=(6, 4)), "undispatched"),
            (replace(PART_DISPATCHED, undispatched=(0, 0)), "undispatched"),
            (replace(ACCEPTED, received_minor=(3_000,)), "received_minor"),
            (replace(ACCEPTED, received_minor=(4_000, -1_000)), "received_minor"),
            (replace(ACCEPTED, refunded_minor=-1, held_minor=3_001), "refunded_minor"),
            (replace(ACCEPTED, released_fee_minor=1), "released_minor"),
            (replace(ACCEPTED, released_gross_minor=5, released_tax_minor=-1), "released_minor"),
            (replace(DELIVERED, received_minor=(20_000, 0), released_gross_minor=10_001), "released_minor"),
            (replace(ACCEPTED, held_minor=2_999), "held_minor"),
            (replace(ACCEPTED, refunded_minor=3_001, held_minor=-1), "held_minor"),
            (replace(ACCEPTED, received_minor=(0, 0), held_minor=0), "account"),
        ],
    )
    def test_fields_that_contradict_each_other_are_named(self, command: Command, field: str) -> None:
        given(ruled()).when(command).refused(TakeoverMalformed, field=field)
