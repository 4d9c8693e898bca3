"""The bank beside the ledger: statements taken in once, matched by rule, undone, explained, verified."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

import pytest
from msgspec.structs import replace

from api.composition import OpenedBook, World
from api.reconciling.accounts import BankAccountAmbiguous, BankAccountNotFound
from api.reconciling.break_views import BreakNotFound, get_break, list_breaks
from api.reconciling.import_statement import (
    Imported,
    Importing,
    StatementOfTheDay,
    Taking,
    import_file,
    read_file,
)
from api.reconciling.matching_said import OpenItemNotFound, completed
from api.reconciling.run import ReconciliationReport, Running, reconcile
from domain import commands
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.hold import Hold
from domain.order import PaymentStep
from ledger.reads import Reader
from projections.balances import all_balances
from projections.breaks import BreaksSought
from projections.open_reconciliation import (
    EntriesSought,
    ItemsSought,
    all_bank_accounts,
    search_entries,
    search_items,
    search_matches,
    statements_of,
)
from projections.runner import Runner
from projections.streams import aggregate_of
from tests.bank_files import NUMBER, Line, camt053, mt940
from tests.books import Book, Salts, pay, place_order
from tests.read_side import copied, differences, dump
from tests.tampering import tampering

BANK = "bank:safeguarded:hdfc"
Render = Callable[[Sequence[Line]], bytes]
FIRST = (Line(10_000, "PAYMENT PO-1001", payer="BUYER ONE"), Line(-1_500, "FEE", code="NCHG"), Line(700, "UNKNOWN"))
WITH_IDS = tuple(line._replace(end_to_end_id=f"E2E-{number}") for number, line in enumerate(FIRST))


class House:
    """A book with an account at a bank, and its API's view of it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.opened = OpenedBook(book.pool, book.name, world=World(clock=book.clock, salts=Salts()))
        self.register("hdfc", NUMBER)

    def register(self, key: str, number: str, *, currency: str = "USD", account: str = BANK) -> None:
        """Register an account at a bank."""
        self.book.say(
            commands.RegisterBankAccount(
                bank_account=key, account=account, currency=currency, identifiers=(number,), name="Escrow"
            )
        )

    def take(self, content: bytes, *, account: str | None = None) -> list[Imported]:
        """Take a file in."""
        importing = Importing(self.opened, "finance:FIN-1", "finance")
        return import_file(read_file(content, name="statement"), importing, bank_account=account)

    def reconcile(self, *, dry_run: bool = False, account: str | None = None) -> ReconciliationReport:
        """Run the engine."""
        return reconcile(Running(self.opened), bank_account=account, dry_run=dry_run)

    def order(self, order: str, *, amount_minor: int = 10_000) -> None:
        """Let an order be placed and accepted."""
        self.book.say(place_order(order, amount_minor=amount_minor))
        self.book.say(commands.AcceptOrder(order=order))

    def balances(self, currency: str = "USD") -> dict[str, int]:
        """Return what stands on the accounts, debits above zero, without empty ones."""
        Runner(self.book.pool, "main").catch_up()
        with self.book.pool.connection() as connection:
            rows = all_balances(connection, "main")
        return {row.account: row.balance_minor for row in rows if row.balance_minor and row.currency == currency}

    def head(self) -> int:
        """Return how many events there are."""
        return Runner(self.book.pool, "main").head()

    def kinds(self) -> Counter[str]:
        """Return how many open breaks there are of each kind."""
        return Counter(view.kind for view in self.breaks())

    def breaks(self, **sought: object) -> list:  # type: ignore[type-arg]
        """Return breaks."""
        Runner(self.book.pool, "main").catch_up()
        with self.book.pool.connection() as connection:
            return list_breaks(connection, "main", BreaksSought(**sought), today=date(2026, 11, 22))  # type: ignore[arg-type]

    def entry(self, amount_minor: int) -> str:
        """Return the key of the one line of an amount."""
        with self.book.pool.connection() as connection:
            (found,) = [
                row for row in search_entries(connection, "main", EntriesSought()) if row.amount_minor == amount_minor
            ]
        return found.entry


@pytest.fixture
def house(book: Book) -> Iterator[House]:
    made = House(book)
    yield made
    made.opened.close()
    Runner(book.pool, "main").catch_up()
    assert differences(book.pool, "main") == []


class TestImport:
    def test_lines_are_recorded_once_however_often_the_file_comes(self, house: House) -> None:
        (first,) = house.take(mt940(FIRST))
        assert (first.recorded, first.new, first.known, first.bank_account) == (True, 3, 0, "hdfc")
        head = house.head()
        (again,) = house.take(mt940(FIRST))
        assert (again.recorded, again.new, again.known) == (False, 0, 3)
        assert house.head() == head

    @pytest.mark.parametrize("first", [mt940, camt053])
    @pytest.mark.parametrize("second", [mt940, camt053])
    def test_another_format_with_more_in_it_changes_nothing(self, house: House, first: Render, second: Render) -> None:
        house.take(first(FIRST))
        head = house.head()
        (again,) = house.take(second(WITH_IDS))
        assert (again.new, house.head()) == (0, head)

    def test_pieces_of_what_is_known_change_nothing(self, house: House) -> None:
        house.take(mt940(FIRST))
        head = house.head()
        house.take(mt940(FIRST[:1], closing_minor=9_200))
        house.take(camt053(FIRST[1:], opening_minor=10_000))
        assert house.head() == head

    def test_pieces_come_to_the_whole(self, house: House) -> None:
        house.take(mt940(FIRST[:1], closing_minor=9_200))
        assert house.kinds() == {"unbalanced_statement": 1}
        house.take(mt940(FIRST[1:], closing_minor=9_200))
        assert house.kinds() == {}
        head = house.head()
        (whole,) = house.take(camt053(FIRST))
        assert (whole.new, house.head()) == (0, head)
        with house.book.pool.connection() as connection:
            (statement,) = statements_of(connection, "main")
        assert (statement.entries, statement.difference_minor) == (3, 0)

    def test_two_payments_alike_in_one_statement_are_two(self, house: House) -> None:
        (both,) = house.take(mt940([Line(500, "SAME"), Line(500, "SAME")]))
        assert both.new == 2
        (again,) = house.take(camt053([Line(500, "SAME"), Line(500, "SAME")]))
        assert again.new == 0

    def test_what_does_not_add_up_is_a_break_and_no_error(self, house: House) -> None:
        (odd,) = house.take(mt940(FIRST, closing_minor=9_000))
        assert odd.read.difference_minor == -200
        (view,) = house.breaks()
        assert (view.kind, view.amount_minor, view.bank_account) == ("unbalanced_statement", -200, "hdfc")

    def test_a_statement_that_is_missing_is_a_break_until_it_comes(self, house: House) -> None:
        day = timedelta(days=1)
        later = [Line(300, day=date(2026, 11, 20) + 2 * day)]
        house.take(mt940(FIRST))
        (after,) = house.take(mt940(later, opening_minor=9_700))
        assert after.gap_minor == 500
        assert house.kinds() == {"gap": 1}
        house.take(mt940([Line(500, day=date(2026, 11, 20) + day)], opening_minor=9_200))
        assert house.kinds() == {}

    def test_a_file_of_an_unknown_account_records_nothing_and_says_how_to_register_it(self, house: House) -> None:
        head = house.head()
        with pytest.raises(BankAccountNotFound, match="bank-account register") as refused:
            house.take(mt940(FIRST, account="999/1"))
        assert refused.value.named == "999/1"
        with pytest.raises(BankAccountNotFound):
            house.take(mt940(FIRST, currency="EUR"))
        assert house.head() == head

    def test_an_account_called_as_another_is_named_by_its_key(self, house: House) -> None:
        house.register("other", NUMBER, account="bank:operator:main")
        with pytest.raises(BankAccountAmbiguous):
            house.take(mt940(FIRST))
        (taken,) = house.take(mt940(FIRST), account="other")
        assert taken.bank_account == "other"

    def test_a_report_during_the_day_is_not_recorded(self, house: House) -> None:
        during = camt053(FIRST).replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt")
        during = during.replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>")
        with pytest.raises(StatementOfTheDay):
            house.take(during)

    def test_an_advice_then_its_statement_records_each_line_once_and_the_balances(self, house: House) -> None:
        advice = camt053(FIRST).replace(b"camt.053", b"camt.054")
        start, end = advice.index(b"<Bal>"), advice.rindex(b"</Bal>") + len(b"</Bal>")
        house.take(advice[:start] + advice[end:])
        (statement,) = house.take(camt053(FIRST))
        assert (statement.recorded, statement.new) == (True, 0)
        head = house.head()
        house.take(camt053(FIRST))
        assert house.head() == head

    def test_what_was_left_half_done_is_finished(self, house: House) -> None:
        content = mt940([Line(100 + number, f"LINE {number}") for number in range(250)])
        file = read_file(content, name="statement")
        house.opened.runner.catch_up()
        with house.book.pool.connection() as connection:
            (account,) = all_bank_accounts(connection, "main")
        died = Taking(Importing(house.opened, "finance:FIN-2", "finance"), account, file.statements[0], file)
        for submission in islice(died.submissions(died.plan()), 2):
            house.opened.writer.submit(submission).result(timeout=30)
        (rest,) = house.take(content)
        assert (rest.new, rest.known, house.kinds()) == (150, 100, {})
        (again,) = house.take(content)
        assert again.new == 0

    def test_what_the_bank_wrote_stands_beside_the_log_not_in_it(self, house: House) -> None:
        house.take(mt940(FIRST))
        with house.book.pool.connection() as connection:
            found = connection.execute(
                "SELECT count(*) FROM ledger.events WHERE position('BUYER ONE'::bytea IN state) > 0"
            ).fetchone()
        assert found == (0,)


class TestRun:
    def test_a_payment_by_transfer_is_recorded_and_matched_and_the_rest_is_said(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST))
        report = house.reconcile()
        assert report.matched == {"reference": 1}
        assert house.kinds() == {"fee": 1, "missing_in_ledger": 1}
        assert house.balances() == {BANK: 10_000, "hold:PO-1001": 10_000}

    def test_a_second_run_changes_nothing(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST))
        house.reconcile()
        head = house.head()
        again = house.reconcile()
        assert (again.matched, again.raised, again.reclassified, house.head()) == ({}, 0, 0, head)

    def test_a_dry_run_records_nothing(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST))
        head = house.head()
        report = house.reconcile(dry_run=True)
        assert (report.matched, report.dry_run, house.head()) == ({"reference": 1}, True, head)

    def test_what_a_provider_collected_arrives_less_its_fee(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(9_800, "PAYMENT PO-1001")]))
        assert house.reconcile().matched == {"reference_less_fee": 1}
        assert house.balances() == {BANK: 9_800, "expense:bank-charges": 200, "hold:PO-1001": 10_000}

    def test_one_transfer_for_two_orders(self, house: House) -> None:
        house.order("PO-1001")
        house.order("PO-1002", amount_minor=4_000)
        house.take(mt940([Line(14_000, "PO-1001 AND PO-1002")]))
        assert house.reconcile().matched == {"merged": 1}
        assert house.balances() == {BANK: 14_000, "hold:PO-1001": 10_000, "hold:PO-1002": 4_000}

    def test_one_posting_in_two_transfers(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(4_000, "PO-1001"), Line(6_000, "PO-1001")]))
        assert house.reconcile().matched == {"split": 2}
        assert house.balances() == {BANK: 10_000, "hold:PO-1001": 10_000}

    def test_what_the_bank_should_have_shown_by_now_is_missing(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(1, day=date(2026, 11, 25))]))
        assert house.reconcile().awaited == 1
        house.take(mt940([Line(2, day=date(2026, 12, 20))], opening_minor=1))
        house.reconcile()
        assert house.kinds()["missing_in_bank"] == 1

    def test_a_bank_that_says_that_nothing_was_booked_has_spoken(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(1, day=date(2026, 11, 25))]))
        quiet = mt940([], opening_minor=1).replace(b"261120", b"261220")
        (said,) = house.take(quiet)
        assert said.recorded
        house.reconcile()
        assert house.kinds()["missing_in_bank"] == 1

    def test_a_refused_match_is_a_break_with_its_reason(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST[:1]))
        house.opened.runner.catch_up()
        house.book.say(commands.CancelOrder(order="PO-1001", reason="no-stock"))
        assert house.reconcile().matched == {}
        assert sum(house.kinds().values()) == 1

    def test_lines_of_one_account_alone(self, house: House) -> None:
        house.register("second", "777", account="bank:safeguarded:second")
        house.take(mt940(FIRST))
        house.take(mt940([Line(55, "X")], account="777"))
        report = house.reconcile(account="second")
        assert (report.entries, report.raised) == (1, 1)


class TestPeople:
    def test_undone_and_made_anew_and_the_rule_keeps_its_hands_off(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST[:1]))
        house.reconcile()
        with house.book.pool.connection() as connection:
            (made,) = search_matches(connection, "main")
        house.book.say(commands.UndoMatch(match=made.match, reason="wrong-order"))
        assert house.balances() == {"clearing:bank-transfer": 10_000, "hold:PO-1001": 10_000}
        again = house.reconcile()
        assert (again.matched, again.undone, house.kinds()["ambiguous"]) == ({}, 1, 1)
        assert house.reconcile().raised == 0
        with house.book.pool.connection() as connection:
            (item,) = search_items(connection, "main", ItemsSought(is_open=True))
        target = SaidTarget(item=item.item, amount_minor=10_000)
        said = MatchBankEntries(match="m-1", entries=(MatchedEntry(entry=house.entry(10_000), targets=(target,)),))
        house.book.say(completed(house.opened, said))
        assert house.balances() == {BANK: 10_000, "hold:PO-1001": 10_000}
        with house.book.pool.connection() as connection:
            latest, first = search_matches(connection, "main")
        assert (first.undone_for, latest.undone_by, house.kinds()) == ("wrong-order", "", {})

    def test_payments_in_steps_are_recorded_step_by_step(self, house: House) -> None:
        steps = (
            PaymentStep(name="deposit", amount_minor=3_000),
            PaymentStep(name="balance", amount_minor=7_000, trigger="dispatch"),
        )
        house.book.say(replace(place_order("PO-1001"), steps=steps))
        house.book.say(commands.AcceptOrder(order="PO-1001"))
        house.take(mt940([Line(3_000, "PO-1001")]))
        assert house.reconcile().matched == {"reference": 1}
        house.take(mt940([Line(7_000, "PO-1001 BALANCE")], opening_minor=3_000))
        assert house.reconcile().matched == {"reference": 1}
        house.opened.runner.catch_up()
        with house.book.pool.connection() as connection:
            held = aggregate_of(connection, "main", "hold:PO-1001")
        assert isinstance(held, Hold)
        assert held.paid_by_step == (3_000, 7_000)

    def test_a_person_matches_what_no_rule_does(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(9_000, "SOMETHING")]))
        house.reconcile()
        assert sum(house.kinds().values()) == 1
        with house.book.pool.connection() as connection:
            (item,) = search_items(connection, "main", ItemsSought(is_open=True))
        said = MatchBankEntries(
            match="m-1",
            entries=(
                MatchedEntry(
                    entry=house.entry(9_000),
                    targets=(
                        SaidTarget(item=item.item, amount_minor=10_000, of_minor=1),
                        SaidTarget(account="expense:payment-fees", amount_minor=-1_000),
                    ),
                ),
            ),
        )
        house.book.say(completed(house.opened, said))
        assert house.kinds() == {}
        assert house.balances() == {BANK: 9_000, "expense:payment-fees": 1_000, "hold:PO-1001": 10_000}

    def test_what_was_never_posted_is_not_found(self, house: House) -> None:
        target = SaidTarget(item="open_item:hold:PO-9@1/clearing:card/USD", amount_minor=1)
        said = MatchBankEntries(match="m-1", entries=(MatchedEntry(entry="a" * 32, targets=(target,)),))
        with pytest.raises(OpenItemNotFound):
            completed(house.opened, said)

    def test_two_people_write_off_what_stays(self, house: House) -> None:
        house.take(mt940(FIRST[2:]))
        house.reconcile()
        (view,) = house.breaks()
        house.book.say(commands.ProposeBreakWriteOff(break_key=view.break_key, reason="too-small"))
        alone = house.book.writer.submit(
            house.book.submission(commands.ApproveBreakWriteOff(break_key=view.break_key, number=1))
        )
        with pytest.raises(Exception, match="approver_is_proposer"):
            alone.result(timeout=30)
        house.book.say(commands.ApproveBreakWriteOff(break_key=view.break_key, number=1), actor="operator:second")
        assert house.kinds() == {}
        assert house.balances() == {BANK: 700, "expense:write-offs": -700}

    def test_a_break_tells_its_age_owner_comments_and_in_clear_what_the_bank_wrote(self, house: House) -> None:
        house.take(mt940([Line(700, "UNKNOWN", payer="SOMEBODY")]))
        house.reconcile()
        (view,) = house.breaks()
        assert (view.age_days, view.age, view.owner) == (2, "0-2", None)
        house.book.say(commands.AssignBreak(break_key=view.break_key, owner="FIN-2"))
        Runner(house.book.pool, "main").catch_up()
        today = date(2026, 11, 30)
        hidden = get_break(house.opened, view.break_key, today=today)
        assert (hidden.owner, hidden.age, hidden.bank_says) == ("FIN-2", "8-30", None)
        shown = get_break(house.opened, view.break_key, today=today, reader=Reader("finance:FIN-2", "finance", ""))
        assert shown.bank_says
        assert shown.bank_says["counterparty"] == "SOMEBODY"
        with pytest.raises(BreakNotFound):
            get_break(house.opened, "nothing", today=today)

    def test_a_match_in_a_closed_month_is_posted_on_its_first_open_day(self, house: House) -> None:
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(10_000, "PO-1001", day=date(2026, 11, 21))]))
        house.book.clock.move(days=20)
        house.book.say(commands.ClosePeriod(period="2026-11"))
        house.reconcile()
        with house.book.pool.connection() as connection:
            days = connection.execute(
                "SELECT posting_date FROM projections.journal_entries WHERE topic = 'bank_entry.matched'"
            ).fetchall()
        assert days == [(date(2026, 12, 1),)]


class TestProjection:
    def test_any_batch_sizes_give_the_same_rows(self, house: House) -> None:
        house.order("PO-1001")
        house.take(mt940(FIRST))
        house.reconcile()
        with house.book.pool.connection() as connection:
            (made,) = [row for row in search_matches(connection, "main") if row.rule == "reference"]
        house.book.say(commands.UndoMatch(match=made.match, reason="wrong-order"))
        Runner(house.book.pool, "main").catch_up()
        whole = dump(house.book.pool, "main")
        for size in (1, 3, 7):
            copy = copied(house.book.pool, "main")
            Runner(house.book.pool, copy, batch_events_max=size).catch_up()
            mine = dump(house.book.pool, copy)
            for table in ("reconciliation_entries", "reconciliation_items", "reconciliation_matches", "breaks"):
                assert mine[table] == whole[table], (size, table)

    def test_a_posting_taken_for_one_of_another_amount_is_found(self, book: Book) -> None:
        house = House(book)
        house.order("PO-1001")
        house.book.say(pay("PO-1001"))
        house.take(mt940([Line(9_000, "X")]))
        target = SaidTarget(item="open_item:hold:PO-1001@2/clearing:card/USD", amount_minor=9_000, of_minor=9_000)
        house.book.say(
            MatchBankEntries(match="m", entries=(MatchedEntry(entry=house.entry(9_000), targets=(target,)),))
        )
        never = replace(target, item="open_item:hold:PO-9@2/clearing:card/USD", amount_minor=5, of_minor=5)
        house.take(mt940([Line(5, "Y")], opening_minor=9_000))
        Runner(book.pool, "main").catch_up()
        (found,) = differences(book.pool, "main")
        assert (found.key, found.stored, found.derived) == (target.item, "settled as 9000", "posted 10000")
        house.book.say(MatchBankEntries(match="n", entries=(MatchedEntry(entry=house.entry(5), targets=(never,)),)))
        Runner(book.pool, "main").catch_up()
        assert differences(book.pool, "main")
        house.opened.close()

    def test_rows_that_somebody_changed_are_found(self, house: House) -> None:
        house.take(mt940(FIRST))
        house.reconcile()
        copy = copied(house.book.pool, "main")
        Runner(house.book.pool, copy).catch_up()
        for table, change in (
            ("reconciliation_entries", "amount_minor = amount_minor + 1"),
            ("reconciliation_statements", "closing_minor = 0"),
            ("reconciliation_accounts", "name = 'mine'"),
            ("breaks", "how = 'match'"),
        ):
            with tampering(house.book.pool) as connection:
                connection.execute(f"UPDATE projections.{table} SET {change} WHERE book = %s", (copy,))
            assert differences(house.book.pool, copy), table
            Runner(house.book.pool, copy).rebuild()
            assert differences(house.book.pool, copy) == []
