"""Payouts on a real book: planned, approved, told to a bank in files, answered, reissued; and what the books say."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from api.composition import OpenedBook, World
from api.exchange.credit_transfers.instructed import read_instructed
from api.exchange.payout_advice_csv import payout_advice_csv
from api.exchange.payout_advice_pdf import payout_advice_pdf
from api.payouts.advices import Advice, advice_of
from api.payouts.answering import counted, take_answer
from api.payouts.bank_details import PayoutDebtorUnknown
from api.payouts.file_making import PayoutFileUnmakeable, content_of
from api.payouts.followed import PaidThrough, followed
from api.payouts.instructing import InstructAsked, InstructRun, finish_leftovers, instruct
from api.payouts.own_moves import MoveAsked, plan_remittance, plan_sweep
from api.payouts.planning import PlanAsked, PlanRun, plan_payouts
from api.payouts.saying import say_all
from api.payouts.showing import PayoutFileNotFound, PayoutNotFound, get_payout
from api.streams.sight import Sight
from api.streams.told import Teller
from domain import commands
from domain.money import Money
from domain.takeover import OpeningBalance
from ledger.outcomes import Accepted
from ledger.reads import Reader
from projections.four_eyes import FourEyesSought, search_four_eyes
from projections.log import read_events
from projections.moment import Moment
from projections.payees import payees_to_settle
from projections.payouts import PayoutRow, PayoutsSought, Stage, search_payout_files, search_payouts
from tests.books import Book
from tests.credit_transfers import faults_of
from tests.payouts import (
    APPROVER,
    BANK,
    DAY,
    EUROPEAN,
    INDIAN,
    OWN_BANK,
    PLANNER,
    Said,
    change,
    open_account,
    register,
    status_file,
)
from tests.read_side import differences

ASKED = PlanAsked(pays_from=BANK, pay_on=DAY)
TELL = InstructAsked(pays_from=BANK, pay_on=DAY)
READER = Reader("finance:first", "finance")


@pytest.fixture
def opened(book: Book) -> Iterator[OpenedBook]:
    """Open the test's book as a process of the house does, on the test's clock."""
    house_book = OpenedBook(book.pool, book.name, world=World(clock=book.clock))
    yield house_book
    house_book.close()


@pytest.fixture
def owed(book: Book, opened: OpenedBook) -> OpenedBook:
    """Return the book when EXP-1 is owed 97.05 USD for PO-1, with its bank account in France."""
    register(opened, "EXP-1", EUROPEAN)
    open_account(opened)
    book.trade("PO-1")
    return opened


def approve_all(book: OpenedBook) -> None:
    said = [commands.ApprovePayout(payout=row.payout) for row in payouts(book, "waiting")]
    assert all(isinstance(outcome, Accepted) for outcome in say_all(book, said, APPROVER))


def payouts(book: OpenedBook, stage: Stage = "all", *, moment: Moment | None = None) -> list[PayoutRow]:
    book.runner.catch_up()
    with book.pool.connection() as connection:
        return search_payouts(connection, book.name, PayoutsSought(), stage=stage, moment=moment or Moment())


def planned(book: OpenedBook, asked: PlanAsked = ASKED) -> PlanRun:
    return plan_payouts(book, asked, PLANNER)


def told(book: OpenedBook, folder: Path) -> InstructRun:
    return instruct(book, TELL, PLANNER, folder)


def balance(book: OpenedBook, account: str, currency: str = "USD") -> int:
    book.runner.catch_up()
    with book.pool.connection() as connection:
        row = connection.execute(
            "SELECT balance_minor FROM projections.balances WHERE book = %s AND account = %s AND currency = %s",
            (book.name, account, currency),
        ).fetchone()
    return int(row[0]) if row else 0


def test_from_plan_to_file(owed: OpenedBook, tmp_path: Path, shared_data: Path) -> None:
    run = planned(owed)
    assert [(each.payout, each.party, each.amount_minor) for each in run.planned] == [("2026-11-23-1", "EXP-1", 9_705)]
    written = told(owed, tmp_path)
    (file,) = written.files
    assert (file.file, file.payouts, file.amount_minor) == ("main-20261123-1", 1, 9_705)
    content = Path(file.path).read_bytes()
    assert faults_of(content, "pain.001.001.09", shared_data / "schemas") == []
    instructed = read_instructed(content)
    assert [(each.payout, each.amount) for each in instructed.payouts] == [("2026-11-23-1", Money("USD", 9_705))]
    assert Path(file.path).stat().st_mode & 0o777 == 0o600
    assert balance(owed, "payout:in-transit") == -9_705
    assert balance(owed, "payable:exporter:EXP-1") == 0
    assert not differences(owed.pool, owed.name)


def test_a_dry_run_plans_nothing(owed: OpenedBook) -> None:
    run = plan_payouts(owed, ASKED, PLANNER, dry_run=True)
    assert [each.amount_minor for each in run.planned] == [9_705]
    assert payouts(owed) == []


def test_a_second_run_finds_nothing_left(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    assert planned(owed) == PlanRun(pays_from=BANK, pay_on=DAY, dry_run=False, planned=[], carried_forward=[])
    told(owed, tmp_path)
    assert told(owed, tmp_path) == InstructRun(files=[], left_out=[])


def test_who_owes_is_told_as_carried_forward(book: Book, owed: OpenedBook) -> None:
    book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 5_000), reason="goods-faulty"))
    planned(owed, replace(ASKED, party="BUY-1"))
    book.say(commands.RecordChargeback(order="PO-1", amount=Money("USD", 5_000), account="clearing:card"))
    run = planned(owed)
    assert {each.party: each.available_minor for each in run.carried_forward if each.available_minor < 0}
    assert all(each.amount_minor > 0 for each in run.planned)
    assert not differences(owed.pool, owed.name)


def test_four_eyes_stand_before_the_file(book: Book, owed: OpenedBook, tmp_path: Path) -> None:
    for order in ("PO-2", "PO-3"):
        book.trade(order, amount_minor=600_000)
    assert [each.approvals for each in planned(owed).planned] == [1]
    assert told(owed, tmp_path).files == []
    alone = say_all(owed, [commands.ApprovePayout(payout="2026-11-23-1")], PLANNER)
    assert [getattr(each, "code", "") for each in alone] == ["payout.approver_known"]
    approve_all(owed)
    assert len(told(owed, tmp_path).files) == 1


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_payout_is_told_to_its_payee_and_to_nobody_else(owed: OpenedBook, *, asked_first: bool) -> None:
    planned(owed)
    said = say_all(owed, [commands.CancelPayout(payout="2026-11-23-1", reason="typo")], PLANNER)
    (cancelled,) = [outcome.events[0] for outcome in said if isinstance(outcome, Accepted)]
    with owed.pool.connection() as connection:
        events = read_events(connection, owed.name, after=0, limit=1_000)
        teller = Teller(owed.name)
        if events and asked_first:
            teller.told(connection, events.recorded)
        (told,) = teller.told(connection, [cancelled])
    seen = {(role, who): Sight(role, who).sees(told) for role in ("exporter", "buyer") for who in ("EXP-1", "BUY-1")}
    assert {who for (_, who), sees in seen.items() if sees} == {"EXP-1"}
    assert told.parties == {"EXP-1"}


def test_four_eyes_tell_who_agreed_and_what_was_overtaken(book: Book, owed: OpenedBook) -> None:
    for order in ("PO-2", "PO-3"):
        book.trade(order, amount_minor=600_000)
    planned(owed)

    def stands() -> list[tuple[str, str, bool | None]]:
        owed.runner.catch_up()
        with owed.pool.connection() as connection:
            rows = search_four_eyes(connection, owed.name, FourEyesSought(what="payout"))
        return [(row.proposal, row.stands, row.two_people) for row in rows]

    assert stands() == [("payout:2026-11-23-1", "waiting", None)]
    assert say_all(owed, [commands.CancelPayout(payout="2026-11-23-1", reason="typo")], PLANNER)
    planned(owed)
    approve_all(owed)
    assert stands() == [("payout:2026-11-23-2", "approved", True), ("payout:2026-11-23-1", "overtaken", None)]


def test_who_has_no_bank_details_is_left_out_and_told(book: Book, opened: OpenedBook, tmp_path: Path) -> None:
    open_account(opened)
    book.trade("PO-1")
    planned(opened)
    run = told(opened, tmp_path)
    assert (run.files, [each.code for each in run.left_out]) == ([], ["payout.no_bank_details"])
    register(opened, "EXP-1", {"account_name": "Jaipur Textiles", "account_number": "501000123"})
    assert [each.reason for each in told(opened, tmp_path).left_out] == ["agent: the bank, by BIC or IFSC"]
    change(opened, "EXP-1", "agent", "HDFC0001234")
    assert len(told(opened, tmp_path).files) == 1


def test_details_that_no_bank_can_take_leave_only_that_payout_out(book: Book, owed: OpenedBook, tmp_path: Path) -> None:
    register(owed, "BUY-1", {"account_name": "Buyer", "iban": "DE00"}, roles=("buyer",))
    book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 1_000), reason="goods-faulty"))
    planned(owed)
    run = told(owed, tmp_path)
    assert [file.payouts for file in run.files] == [1]
    assert [(each.party, each.code) for each in run.left_out] == [("BUY-1", "payout.unwritable")]


def test_without_a_registered_account_nothing_is_told_to_anybody(
    book: Book, opened: OpenedBook, tmp_path: Path
) -> None:
    book.trade("PO-1")
    planned(opened)
    with pytest.raises(PayoutDebtorUnknown):
        told(opened, tmp_path)
    assert list(tmp_path.glob("*.xml")) == []


def test_a_party_suspended_meanwhile_is_left_out_and_the_others_are_paid(
    book: Book, owed: OpenedBook, tmp_path: Path
) -> None:
    register(owed, "BUY-1", EUROPEAN, roles=("buyer",))
    book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 1_000), reason="goods-faulty"))
    planned(owed)
    book.say(commands.SuspendParty(party="EXP-1", reason="under-review"))
    run = told(owed, tmp_path)
    assert [file.payouts for file in run.files] == [1]
    assert [(each.party, each.code) for each in run.left_out] == [("EXP-1", "party.suspended")]


def test_a_file_is_made_again_byte_for_byte_whatever_changed_since(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    (file,) = told(owed, tmp_path).files
    change(owed, "EXP-1", "account_name", "Somebody Else")
    assert content_of(owed, file.file, READER) == Path(file.path).read_bytes()
    with pytest.raises(PayoutFileNotFound):
        content_of(owed, "main-20261123-9", READER)


def test_a_file_of_erased_details_is_not_made_again_otherwise(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    (file,) = told(owed, tmp_path).files
    with owed.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.confidential WHERE book = %s AND field = 'iban'", (owed.name,))
    with pytest.raises(PayoutFileUnmakeable):
        content_of(owed, file.file, READER)


def test_what_somebody_died_over_is_finished_or_removed(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    (file,) = told(owed, tmp_path).files
    Path(file.path).rename(tmp_path / f".{file.file}.xml.part")
    (tmp_path / ".main-20261123-77.xml.part").write_bytes(b"never recorded")
    assert finish_leftovers(owed, tmp_path) == [file.file]
    assert sorted(each.name for each in tmp_path.glob("*") if each.suffix == ".xml") == [f"{file.file}.xml"]
    assert not list(tmp_path.glob(".*.part"))


def test_reading_bank_details_is_recorded(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    told(owed, tmp_path)
    with owed.pool.connection() as connection:
        rows = connection.execute(
            "SELECT reference, field, why FROM ledger.reads WHERE book = %s ORDER BY field", (owed.name,)
        ).fetchall()
    assert rows == [
        ("party:EXP-1", "profile.account_name", "payout-file"),
        ("party:EXP-1", "profile.iban", "payout-file"),
    ]


class TestAnswers:
    """What a bank says of a file."""

    @pytest.fixture
    def instructed(self, owed: OpenedBook, tmp_path: Path) -> OpenedBook:
        planned(owed)
        told(owed, tmp_path)
        return owed

    def test_acceptance_is_recorded_once(self, instructed: OpenedBook) -> None:
        answer = status_file("main-20261123-1", [Said("2026-11-23-1", "ACSP")])
        (first,), (second,) = (take_answer(instructed, answer, "a.xml", PLANNER) for _ in range(2))
        assert (counted(first), counted(second)) == ({"accepted": 1}, {"known": 1})
        assert [row.status for row in payouts(instructed)] == ["accepted"]

    def test_of_the_whole_file_holds_for_each(self, instructed: OpenedBook) -> None:
        (run,) = take_answer(instructed, status_file("main-20261123-1", [], whole="RJCT"), "a.xml", PLANNER)
        assert counted(run) == {"rejected": 1}
        assert [(row.status, row.reason) for row in payouts(instructed)] == [("rejected", "NARR")]

    def test_a_rejected_payout_is_owed_again_and_reissued_to_corrected_details(
        self, instructed: OpenedBook, tmp_path: Path
    ) -> None:
        answer = status_file("main-20261123-1", [Said("2026-11-23-1", "RJCT", "AC04")])
        (run,) = take_answer(instructed, answer, "a.xml", PLANNER)
        assert [(each.became, each.code) for each in run.answers] == [("rejected", "RJCT")]
        assert balance(instructed, "payout:in-transit") == 0
        change(instructed, "EXP-1", "iban", "AE070331234567890123456")
        again = planned(instructed, replace(ASKED, party="EXP-1", reissues="2026-11-23-1"))
        assert [each.amount_minor for each in again.planned] == [9_705]
        (file,) = told(instructed, tmp_path).files
        assert b"AE070331234567890123456" in Path(file.path).read_bytes()
        before, after = payouts(instructed)
        assert (before.reissued_as, after.reissues) == ("2026-11-23-2", "2026-11-23-1")
        assert not differences(instructed.pool, instructed.name)

    def test_what_is_unknown_is_told_and_changes_nothing(self, instructed: OpenedBook) -> None:
        stranger = status_file("main-20261123-1", [Said("2026-11-23-9", "RJCT", "AC04")])
        (run,) = take_answer(instructed, stranger, "a.xml", PLANNER)
        assert [each.problem for each in run.problems] == ["the payment 2026-11-23-9 isn't in the file"]
        (other,) = take_answer(instructed, status_file("never", [Said("x", "RJCT")]), "b.xml", PLANNER)
        assert other.problems
        assert [row.status for row in payouts(instructed)] == ["instructed"]


def test_a_payout_unfolds_to_items_that_come_to_it(book: Book, owed: OpenedBook) -> None:
    book.trade("PO-2", amount_minor=20_000)
    book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 1_000), reason="goods-faulty"))
    planned(owed, replace(ASKED, party="EXP-1"))
    owed.runner.catch_up()
    with owed.pool.connection() as connection:
        view = get_payout(connection, owed.name, "2026-11-23-1")
    assert [(each.source, each.amount_minor) for each in view.made_of] == [
        ("release:PO-1/1", 9_705),
        ("release:PO-2/1", 19_410),
        ("refund:PO-1/1", -971),
    ]
    assert sum(each.amount_minor for each in view.made_of) == sum(part.amount_minor for part in view.parts)
    assert view.amount_minor == 28_144
    with owed.pool.connection() as connection, pytest.raises(PayoutNotFound):
        get_payout(connection, owed.name, "2026-11-23-2")


def test_fees_are_swept_once_and_no_more_than_there_is(book: Book, owed: OpenedBook, tmp_path: Path) -> None:
    asked = MoveAsked(pays_from=BANK, pays_to=OWN_BANK, pay_on=DAY)
    nothing = plan_sweep(owed, asked, PLANNER)
    assert [(each.earned_minor, each.surplus_minor, each.available_minor) for each in nothing.sweepable] == [
        (295, 295, 0)
    ], "the money is with the provider still"
    book.say(opening_balances())
    run = plan_sweep(owed, asked, PLANNER)
    assert [(each.amount_minor, each.refusal) for each in run.moves] == [(295, "")]
    assert plan_sweep(owed, asked, PLANNER).moves == []
    too_much = plan_sweep(owed, replace(asked, amount=Money("USD", 1)), PLANNER)
    assert [each.refusal for each in too_much.moves] == ["payout.exceeds_available"]
    open_account(owed, OWN_BANK, iban="FR1420041010050500013M02606")
    approve_all(owed)
    (file,) = told(owed, tmp_path).files
    assert file.amount_minor == 295
    assert balance(owed, "clearing:own-transfers") == 295
    assert not differences(owed.pool, owed.name)


def opening_balances() -> commands.RecordOpeningBalances:
    """Return what another system had: 500.00 USD of clients' money at the bank."""
    return commands.RecordOpeningBalances(
        source="legacy",
        source_sha256="5c" * 32,
        as_of=DAY - timedelta(days=2),
        balances=(
            OpeningBalance(account=BANK, currency="USD", amount_minor=50_000),
            OpeningBalance(account="payable:exporter:EXP-9", currency="USD", amount_minor=-50_000),
        ),
    )


def test_tax_is_remitted_once(owed: OpenedBook) -> None:
    asked = MoveAsked(pays_from=OWN_BANK, pays_to="tax:gst-output", pay_on=DAY)
    assert [(each.amount_minor, each.refusal) for each in plan_remittance(owed, asked, PLANNER).moves] == [(45, "")]
    assert plan_remittance(owed, asked, PLANNER).moves == []


def test_payouts_at_a_moment_are_as_they_stood(owed: OpenedBook, tmp_path: Path) -> None:
    planned(owed)
    then = Moment(owed.runner.head())
    told(owed, tmp_path)
    assert [row.status for row in payouts(owed, moment=then)] == ["approved"]
    assert payouts(owed, "in-transit", moment=then) == []
    with owed.pool.connection() as connection:
        assert search_payout_files(connection, owed.name, moment=then) == []
        assert len(search_payout_files(connection, owed.name)) == 1


def test_payee_accounts_are_told_as_they_stand(owed: OpenedBook) -> None:
    owed.runner.catch_up()
    with owed.pool.connection() as connection:
        (row,) = payees_to_settle(connection, owed.name)
    assert (row.party, row.available_minor, row.items, row.taken) == ("EXP-1", 9_705, 1, 0)


def test_names_without_latin_letters_leave_the_payout_out(book: Book, opened: OpenedBook, tmp_path: Path) -> None:
    register(opened, "EXP-1", INDIAN | {"account_name": "天津纺织"})
    open_account(opened)
    book.trade("PO-1")
    planned(opened)
    assert [each.code for each in told(opened, tmp_path).left_out] == ["payout.unwritable"]


def test_files_are_xml_of_the_version_that_is_asked_for(owed: OpenedBook, tmp_path: Path, shared_data: Path) -> None:
    planned(owed)
    (file,) = instruct(owed, replace(TELL, format="pain.001.001.03"), PLANNER, tmp_path).files
    content = Path(file.path).read_bytes()
    assert etree.QName(etree.fromstring(content)).namespace == "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
    assert faults_of(content, "pain.001.001.03", shared_data / "schemas") == []
    assert content_of(owed, file.file, READER) == content


class TestAdvice:
    """What payees are told of payouts."""

    def test_it_tells_gross_fee_and_tax_of_each_order_and_comes_to_the_payout(
        self, book: Book, owed: OpenedBook
    ) -> None:
        book.trade("PO-2", amount_minor=20_000)
        book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 1_000), reason="goods-faulty"))
        planned(owed, replace(ASKED, party="EXP-1"))
        told = advice(owed, "2026-11-23-1")
        assert [(line.order, line.gross_minor, line.fee_minor, line.tax_minor) for line in told.lines] == [
            ("PO-1", 10_000, -250, -45),
            ("PO-2", 20_000, -500, -90),
            ("PO-1", -1_000, 25, 4),
        ]
        assert sum(line.net_minor for line in told.lines) == told.amount_minor == 28_144
        assert told.gross_minor + told.fee_minor + told.tax_minor + told.commission_minor == told.amount_minor

    def test_what_came_back_is_told_order_by_order_again(self, owed: OpenedBook) -> None:
        planned(owed)
        assert say_all(owed, [commands.CancelPayout(payout="2026-11-23-1", reason="typo")], PLANNER)
        planned(owed)
        (line,) = advice(owed, "2026-11-23-2").lines
        assert (line.order, line.gross_minor, line.net_minor) == ("PO-1", 10_000, 9_705)

    def test_as_csv_and_pdf_it_is_the_same_file_each_time(self, owed: OpenedBook) -> None:
        planned(owed)
        told = advice(owed, "2026-11-23-1")
        rows = payout_advice_csv([told]).decode().splitlines()
        assert rows[1].split(",")[9:14] == ["100.00", "-2.50", "-0.45", "0.00", "97.05"]
        assert rows[2].split(",")[3] == "total"
        assert len(rows) == 3
        assert payout_advice_pdf([told], book="main") == payout_advice_pdf([told], book="main")
        assert payout_advice_pdf([told], book="main").startswith(b"%PDF-")


class TestFollowed:
    """Money of a release, followed to the payouts that took it."""

    def test_what_no_payout_took_yet_is_in_none(self, owed: OpenedBook) -> None:
        assert through(owed, "release:PO-1/1") == []

    def test_other_money_of_the_same_payout_is_told_apart(self, book: Book, owed: OpenedBook) -> None:
        book.trade("PO-2", amount_minor=20_000)
        planned(owed)
        (first,) = through(owed, "release:PO-1/1")
        (second,) = through(owed, "release:PO-2/1")
        assert (first.payout, first.amount_minor, second.amount_minor) == (second.payout, 9_705, 19_410)
        assert first.payout_minor == second.payout_minor == 29_115

    def test_it_goes_on_where_a_payout_failed_and_shows_each_as_it_stood(self, owed: OpenedBook) -> None:
        planned(owed)
        before = last_position(owed)
        assert say_all(owed, [commands.CancelPayout(payout="2026-11-23-1", reason="typo")], PLANNER)
        assert [each.status for each in through(owed, "release:PO-1/1")] == ["cancelled"]
        planned(owed)
        assert [(each.payout, each.status, each.amount_minor) for each in through(owed, "release:PO-1/1")] == [
            ("2026-11-23-1", "cancelled", 9_705),
            ("2026-11-23-2", "approved", 9_705),
        ]
        (then,) = through(owed, "release:PO-1/1", moment=Moment(before))
        assert (then.payout, then.status) == ("2026-11-23-1", "approved")


def through(book: OpenedBook, source: str, *, moment: Moment | None = None) -> list[PaidThrough]:
    with book.pool.connection() as connection:
        return followed(connection, book.name, "EXP-1", "USD", {source}, moment=moment or Moment())


def last_position(book: OpenedBook) -> int:
    with book.pool.connection() as connection:
        events = read_events(connection, book.name, after=0, limit=10_000)
    assert events
    return events.last_position


def advice(book: OpenedBook, payout: str) -> Advice:
    book.runner.catch_up()
    with book.pool.connection() as connection:
        return advice_of(connection, book.name, payout)
