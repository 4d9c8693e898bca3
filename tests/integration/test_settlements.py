"""Providers' settlements: recorded once, split into what their lines are, and paid into the bank to the minor unit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from api.exchange.settlement_files.mapping import load_settlement_mapping
from api.exchange.settlement_files.reading import read_settlements
from api.reconciling.import_settlements import ImportedSettlement, Importing, import_settlements
from api.second_engine.verification import verify_by_second_engine
from domain import commands
from domain.commands.settlements import ClearedPart
from domain.money import Money
from ledger.outcomes import Rejected
from projections.runner import Runner
from projections.settlements import SettlementLineRow, lines_of, search_settlements
from tests.bank_files import Line, mt940
from tests.books import Book
from tests.integration.test_reconciliation import BANK, House
from tests.provider_files import Paid, own_mapping, own_style, stripe
from tests.read_side import copied, differences, dump

PROVIDER = "clearing:stripe"
ORDERS = (("PO-1", 10_000, "ch_1"), ("PO-2", 5_000, "ch_2"), ("PO-3", 7_000, "ch_3"))
LINES = (
    Paid("PO-1", 10_000, 320, payment="ch_1"),
    Paid("PO-2", 5_000, 175, payment="ch_2"),
    Paid("PO-3", 7_000, 233, payment="ch_3"),
    Paid("PO-2", -5_000, 1_500, kind="chargeback", payment="dp_1"),
    Paid("", -200, kind="fee", payment="fee_1"),
)
NET = sum(line.net_minor for line in LINES)
FEES = 320 + 175 + 233 + 1_500 + 200
REOPEN = commands.ReopenSettlementLines(provider="stripe", settlement="po_1", lines=(1,), reason="wrong-order")
NOT_OPEN = "settlement.line_not_open"


def clearing(*parts: ClearedPart) -> commands.ClearSettlementLines:
    """Return what says what lines of the first settlement are."""
    return commands.ClearSettlementLines(provider="stripe", settlement="po_1", parts=parts)


class Shop(House):
    """A book whose buyers pay by card, through a provider."""

    def sell(self, *orders: tuple[str, int, str]) -> None:
        """Let orders be placed, accepted and paid on the provider's account."""
        for order, minor, payment in orders:
            self.order(order, amount_minor=minor)
            self.pay(order, minor, payment)

    def pay(self, order: str, minor: int, payment: str, *, account: str = PROVIDER) -> None:
        """Let a buyer pay."""
        amount = Money("USD", minor)
        self.book.say(commands.RecordPayment(order=order, amount=amount, account=account, reference=payment))

    def charge_back(self, order: str, minor: int) -> None:
        """Let a buyer's bank take money back from the provider."""
        self.book.say(commands.RecordChargeback(order=order, amount=Money("USD", minor), account=PROVIDER))

    def settle(self, content: bytes, mapping: str = "stripe-balance") -> list[ImportedSettlement]:
        """Take a provider's file in."""
        found = load_settlement_mapping(mapping)
        importing = Importing(self.opened, "finance:FIN-1", "finance")
        return import_settlements(read_settlements(content, found), found, importing)

    def lines(self, settlement: str = "stripe/po_1", **sought: bool) -> list[SettlementLineRow]:
        """Return lines of a settlement."""
        Runner(self.book.pool, "main").catch_up()
        with self.book.pool.connection() as connection:
            return lines_of(connection, "main", settlement, **sought)

    def clear(self, *parts: ClearedPart) -> None:
        """Say what lines are."""
        self.book.say(clearing(*parts))

    def refused(self, command: commands.Command) -> str:
        """Return the code with which a command is refused."""
        answer = self.book.ask(command)
        assert isinstance(answer, Rejected), answer
        return answer.code

    def reopen(self, *lines: int) -> None:
        """Take back what lines are."""
        self.book.say(replace(REOPEN, lines=lines))


@pytest.fixture
def shop(book: Book) -> Iterator[Shop]:
    made = Shop(book)
    yield made
    made.opened.close()
    Runner(book.pool, "main").catch_up()
    assert differences(book.pool, "main") == []


def sold(shop: Shop) -> Shop:
    shop.sell(*ORDERS)
    shop.charge_back("PO-2", 5_000)
    return shop


class TestEndToEnd:
    @pytest.mark.parametrize("style", ["stripe-balance", "own"])
    def test_a_lump_is_split_and_is_at_the_bank_to_the_minor_unit(self, shop: Shop, style: str, tmp_path: Path) -> None:
        sold(shop)
        mapping = own_mapping(tmp_path) if style == "own" else style
        content = own_style(LINES) if style == "own" else stripe(LINES)
        (taken,) = shop.settle(content, mapping)
        assert (taken.recorded, taken.settlement, taken.open_lines) == (True, "stripe/po_1", 0)
        balances = shop.balances()
        assert PROVIDER not in balances
        assert balances["clearing:stripe.settled"] == NET
        assert balances["expense:payment-fees"] == FEES
        shop.take(mt940([Line(NET, "UTR123" if style == "own" else "PAYOUT PO_1", payer="STRIPE PAYMENTS")]))
        report = shop.reconcile()
        assert report.matched == {"reference": 1}
        assert shop.kinds() == {}
        balances = shop.balances()
        assert balances[BANK] == NET
        assert not [account for account in balances if account.startswith("clearing")]
        head = shop.head()
        again = shop.settle(content, mapping)
        assert [(each.recorded, each.differs) for each in again] == [(False, False)]
        report = shop.reconcile()
        assert (report.settlement_lines, report.raised, shop.head()) == (0, 0, head)

    def test_the_same_settlement_in_another_file_has_no_second_effect(self, shop: Shop, tmp_path: Path) -> None:
        sold(shop)
        shop.settle(stripe(LINES))
        head = shop.head()
        (same,) = shop.settle(own_style(LINES), own_mapping(tmp_path))
        assert (same.recorded, same.differs, shop.head()) == (False, False, head)
        (other,) = shop.settle(stripe(LINES[:2]))
        assert (other.recorded, other.differs, shop.head()) == (False, True, head)

    def test_the_tax_on_the_fee_goes_where_the_mapping_says(self, shop: Shop, tmp_path: Path) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        shop.settle(own_style([Paid("PO-1", 10_000, 200, payment="ch_1", tax_minor=36)]), own_mapping(tmp_path))
        balances = shop.balances()
        assert (balances["expense:payment-fees"], balances["tax:gst-input"]) == (200, 36)
        assert balances["clearing:stripe.settled"] == 9_764

    def test_a_credit_that_names_nothing_is_suggested_to_a_person(self, shop: Shop) -> None:
        shop.sell(*ORDERS)
        shop.settle(stripe(LINES[:3]))
        net_minor = sum(line.net_minor for line in LINES[:3])
        shop.take(mt940([Line(net_minor, "TRANSFER", payer="SOMEBODY")]))
        shop.reconcile()
        (found,) = shop.breaks()
        assert found.kind == "ambiguous"
        (candidate,) = found.candidates
        assert candidate.items == (shop_item(shop),)

    def test_a_settlement_of_nothing_but_refunds_is_taken_from_the_bank(self, shop: Shop) -> None:
        shop.sell(("PO-2", 5_000, "ch_2"))
        shop.settle(stripe([Paid("PO-2", 5_000, payment="ch_2")]))
        shop.charge_back("PO-2", 5_000)
        shop.settle(stripe([LINES[3]], payout="po_2"))
        shop.take(mt940([Line(5_000, "PO_1"), Line(-6_500, "PO_2")], opening_minor=10_000))
        assert shop.reconcile().matched == {"reference": 2}
        assert shop.balances()[BANK] == -1_500


def shop_item(shop: Shop) -> str:
    with shop.book.pool.connection() as connection:
        (row,) = search_settlements(connection, "main")
    return row.item


class TestBreaks:
    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            (Paid("PO-9", 100, payment="ch_9"), "missing_in_ledger"),
            (Paid("PO-1", 9_900, payment="ch_1"), "amount"),
            (Paid("PO-1", -300, kind="refund", payment="re_1"), "missing_in_ledger"),
            (Paid("", 55, kind="adjustment", payment="adj_1"), "missing_in_ledger"),
        ],
    )
    def test_what_contradicts_the_ledger_is_a_break_of_its_kind(self, shop: Shop, line: Paid, kind: str) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        (taken,) = shop.settle(stripe([line]))
        assert (taken.recorded, taken.open_lines) == (True, 1)
        (found,) = shop.breaks()
        assert (found.kind, found.amount_minor, found.subject) == (
            kind,
            line.gross_minor,
            "settlement_line:stripe/po_1/1",
        )
        head = shop.head()
        shop.reconcile()
        assert shop.head() == head

    def test_a_refund_of_another_month_waits_for_a_person(self, shop: Shop) -> None:
        shop.sell(("PO-2", 5_000, "ch_2"))
        shop.charge_back("PO-2", 5_000)
        early = LINES[3]._replace(day=LINES[3].day.replace(month=10))
        shop.settle(stripe([LINES[1], early]))
        (found,) = shop.breaks()
        assert (found.kind, found.amount_minor) == ("refund_out_of_period", -5_000)
        ((item,),) = [each.items for each in found.candidates]
        shop.clear(ClearedPart(line=2, item=item, amount_minor=-5_000, of_minor=-5_000))
        assert shop.kinds() == {}
        assert PROVIDER not in shop.balances()

    def test_a_payment_settled_twice_is_a_duplicate(self, shop: Shop) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        shop.settle(stripe([LINES[0]]))
        shop.settle(stripe([LINES[0]], payout="po_2"))
        assert shop.kinds() == {"duplicate": 1}

    def test_a_payment_on_another_account_or_in_another_currency_is_told(self, shop: Shop) -> None:
        shop.order("PO-1")
        shop.pay("PO-1", 10_000, "ch_1", account="clearing:card")
        shop.settle(stripe([LINES[0]]))
        assert shop.kinds() == {"wrong_account": 1}

    def test_a_payment_that_the_ledger_learns_of_later_explains_the_line(self, shop: Shop) -> None:
        shop.settle(stripe([LINES[0]]))
        assert shop.kinds() == {"missing_in_ledger": 1}
        assert shop.balances()[PROVIDER] == -10_000
        shop.sell(ORDERS[0])
        report = shop.reconcile()
        assert report.settlement_lines == 1
        assert shop.kinds() == {}
        assert PROVIDER not in shop.balances()

    def test_several_payments_of_an_order_are_what_several_lines_come_to(self, shop: Shop) -> None:
        shop.order("PO-1")
        shop.pay("PO-1", 6_000, "")
        shop.pay("PO-1", 4_000, "")
        shop.settle(stripe([Paid("PO-1", 3_000), Paid("PO-1", 7_000)]))
        assert shop.kinds() == {}
        assert shop.lines(is_open=True) == []

    def test_what_does_not_come_out_is_recorded_as_it_is_and_is_a_break(self, shop: Shop) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        (taken,) = shop.settle(stripe([LINES[0]], paid_minor=9_600))
        assert (taken.recorded, taken.read.balanced, taken.open_lines) == (True, False, 1)
        (found,) = shop.breaks()
        assert (found.kind, found.amount_minor) == ("amount", -80)
        assert shop.balances()["clearing:stripe.settled"] == 9_600
        shop.book.say(commands.ProposeBreakWriteOff(break_key=found.break_key, reason="too-small"))
        shop.book.say(commands.ApproveBreakWriteOff(break_key=found.break_key, number=1), actor="finance:FIN-2")
        assert shop.kinds() == {}
        balances = shop.balances()
        assert (balances["expense:write-offs"], balances.get(PROVIDER)) == (80, None)

    def test_a_line_that_cant_be_read_is_kept_with_its_reason(self, shop: Shop) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        odd = "po_1,2026-11-20 00:00:00,txn,2026-11-19 10:00:00,surprise,usd,1.00,0.00,1.00,x,y,z"
        (taken,) = shop.settle(stripe([LINES[0]], paid_minor=9_780, more=[odd]))
        assert [problem.line for problem in taken.read.problems] == [4]
        with shop.book.pool.connection() as connection:
            (row,) = search_settlements(connection, "main")
        assert (row.lines, row.unread, row.difference_minor) == (1, 1, 100)
        kept = shop.opened.confidential.find(row.detail)
        assert kept is not None
        assert b"surprise" in kept
        assert b'"line":4' in kept

    def test_what_the_provider_wrote_stands_in_no_event(self, shop: Shop) -> None:
        shop.settle(stripe([LINES[0]]))
        with shop.book.pool.connection() as connection:
            states = connection.execute("SELECT convert_from(state, 'UTF8') FROM ledger.events").fetchall()
        assert not [state for (state,) in states if "A line" in state]

    def test_lines_that_are_not_paid_out_yet_are_not_recorded(self, shop: Shop) -> None:
        head = shop.head()
        (waiting, *_) = shop.settle(stripe([LINES[0]], payout=""))
        assert (waiting.recorded, waiting.settlement, shop.head()) == (False, "", head)

    def test_a_name_that_is_no_key_is_refused_and_the_rest_goes_on(self, shop: Shop) -> None:
        both = stripe([LINES[0]], payout="po 1") + stripe([LINES[0]], payout="po_2").split(b"\n", 1)[1]
        odd, even = shop.settle(both)
        assert (odd.refused, odd.recorded) == ("reference.malformed", False)
        assert even.recorded


class TestUndoing:
    def test_what_a_person_takes_back_is_open_and_no_rule_says_it_again(self, shop: Shop) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        shop.settle(stripe([LINES[0]]))
        before = shop.balances()
        shop.reopen(1)
        assert shop.balances() == before
        report = shop.reconcile()
        assert (report.settlement_lines, shop.kinds()) == (0, {"ambiguous": 1})
        (line,) = shop.lines()
        assert (line.targets, line.was_reopened) == ("", True)
        assert shop.refused(REOPEN) == "settlement.line_not_cleared"

    def test_it_can_be_said_anew_and_closes_the_break(self, shop: Shop) -> None:
        shop.sell(("PO-1", 10_000, "ch_1"))
        shop.settle(stripe([LINES[0]]))
        shop.reopen(1)
        shop.reconcile()
        shop.clear(ClearedPart(line=1, account="suspense:stripe", amount_minor=10_000))
        assert shop.kinds() == {}
        assert shop.balances()["suspense:stripe"] == 10_000
        assert shop.balances()[PROVIDER] == 10_000
        assert shop.refused(clearing(ClearedPart(line=1, account="suspense:stripe", amount_minor=10_000))) == NOT_OPEN
        shop.reopen(1)
        assert "suspense:stripe" not in shop.balances()

    def test_a_line_is_explained_wholly_or_not_at_all(self, shop: Shop) -> None:
        shop.settle(stripe([LINES[0]]))
        said = clearing(ClearedPart(line=1, account="suspense:stripe", amount_minor=9_999))
        assert shop.refused(said) == "settlement.targets_differ"


def test_two_thousand_lines_are_one_open_item(shop: Shop) -> None:
    orders = [(f"PO-{number}", 1_000 + number, f"ch_{number}") for number in range(250)]
    shop.sell(*orders)
    paid = [Paid(order, minor, 30, payment=payment) for order, minor, payment in orders]
    adjustments = [Paid("", 1, kind="adjustment", payment=f"adj_{number}") for number in range(1_750)]
    (taken,) = shop.settle(stripe([*paid, *adjustments]))
    assert (taken.recorded, taken.open_lines) == (True, 1_750)
    assert shop.kinds() == {"missing_in_ledger": 1_750}
    booked = [ClearedPart(line=number, account="expense:payment-fees", amount_minor=1) for number in range(251, 751)]
    shop.clear(*booked)
    assert shop.kinds() == {"missing_in_ledger": 1_250}
    assert shop.balances()[PROVIDER] == -1_250


def test_one_event_at_a_time_is_folded_as_many_are(shop: Shop) -> None:
    sold(shop)
    shop.settle(stripe(LINES))
    shop.reopen(1)
    Runner(shop.book.pool, "main").catch_up()
    copy = copied(shop.book.pool, "main")
    Runner(shop.book.pool, copy, batch_events_max=1).catch_up()
    folded = dump(shop.book.pool, copy)
    whole = dump(shop.book.pool, "main")
    for table in ("settlements", "settlements_lines", "reconciliation_items"):
        assert folded[table] == whole[table]


def test_both_engines_agree_on_lines_that_post_nothing(shop: Shop) -> None:
    sold(shop)
    shop.settle(stripe(LINES))
    report = verify_by_second_engine(shop.opened)
    assert (report.ok, report.first_difference) == (True, None)
