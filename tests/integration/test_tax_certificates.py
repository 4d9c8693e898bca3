"""Tax certificates: both sets of codes by the day of deduction, what is given back under its own, from events alone."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from msgspec.structs import replace

from api.exchange.tax_certificates_csv import COLUMNS, tax_certificates_csv
from api.exchange.tax_certificates_pdf import tax_certificates_pdf
from domain import commands
from domain.agreement_terms import AgreementTerms
from domain.fiscal_quarter import quarter_of
from domain.money import Money
from domain.order import Line
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from projections.balances import all_balances
from projections.commissions import CommissionsSought, search_commissions
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.runner import Runner
from projections.withheld_tax import TaxCertificate, TaxLine, tax_certificates
from tests.books import RULES, Book
from tests.troubles import OTHER_PARTNER, PARTNER, troubled_book

LAST, FIRST, SECOND = "2025-26-Q4", "2026-27-Q1", "2026-27-Q2"
RULEBOOK = "rupees/1"
REMITTED_MINOR = 100_000
TERMS = AgreementTerms(
    rate_bps=200,
    attribution_days=3_650,
    withholding="in-commission",
    gst="in-commission",
    payer_country="IN",
    partner_country="IN",
)


@pytest.fixture(scope="module")
def across(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    """Yield a book whose commission is earned on both sides of 1 April 2026, and partly taken back after it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE tax_codes TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("tax_codes"), connections_max=4) as pool:
            book = Book(pool)
            try:
                _play(book)
                Runner(pool, book.name).catch_up()
                yield book
            finally:
                book.writer.close()
        connection.execute("DROP DATABASE tax_codes WITH (FORCE)")


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="tax_troubles") as book:
        yield book


@pytest.fixture
def connection(across: Book) -> Iterator[Connection]:
    with across.pool.connection() as opened:
        yield opened


def _play(book: Book) -> None:
    book.clock.now = datetime(2026, 2, 1, 9, tzinfo=UTC)
    book.say(commands.OpenBook(book=book.name, identity="0" * 32, log_origin="ledger.example/main"))
    rules = replace(RULES, four_eyes_from_minor={"INR": 10**12})
    book.say(commands.DraftRulebook(rulebook=RULEBOOK, rules=rules))
    book.say(commands.ApproveRulebook(rulebook=RULEBOOK), actor="operator:second")
    book.say(commands.PublishRulebook(rulebook=RULEBOOK))
    book.say(commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN", rulebook=RULEBOOK))
    signed = commands.SignAgreement(
        agreement="AG-1",
        partner="PAR-1",
        starts_on=date(2025, 4, 1),
        year_begins=4,
        time_zone="Asia/Kolkata",
        terms=TERMS,
    )
    book.say(signed)
    book.say(commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2025, 6, 1)))
    _confirm(book, "PO-OLD", datetime(2026, 2, 20, 9, tzinfo=UTC))
    _confirm(book, "PO-NEW", datetime(2026, 3, 10, 9, tzinfo=UTC))
    book.clock.now = datetime(2026, 5, 10, 9, tzinfo=UTC)
    for order in ("PO-OLD", "PO-NEW"):
        book.say(commands.ExpireClocks(order=order))
    tenth = Money("INR", 40_000_000)
    book.say(commands.RecordChargeback(order="PO-OLD", amount=tenth, account="clearing:card"))
    book.clock.now = datetime(2026, 7, 10, 9, tzinfo=UTC)
    book.say(commands.RecordChargeback(order="PO-NEW", amount=tenth, account="clearing:card"))
    _remit(book, date(2026, 7, 10))


def _remit(book: Book, day: date) -> None:
    """Pay the authority what stands under the new code."""
    planned = commands.PlanRemittance(
        payout="TDS-1",
        amount=Money("INR", REMITTED_MINOR),
        pays_from="bank:safeguarded:hdfc",
        tax="tax:withheld:1006",
        pay_on=day,
        available_minor=REMITTED_MINOR,
    )
    told = commands.InstructPayouts(
        file="FILE-1",
        format="pain.001.001.09",
        pays_from="bank:safeguarded:hdfc",
        currency="INR",
        pay_on=day,
        sha256="ab" * 32,
        payouts=(commands.InstructedPayout(payout="TDS-1"),),
    )
    book.say(planned)
    book.say(commands.ApprovePayout(payout="TDS-1"), actor="operator:second")
    book.say(told)


def _confirm(book: Book, order: str, at: datetime) -> None:
    """Let an order of 4,000,000.00 INR be delivered and taken, so that 80,000.00 of commission is earned in a month."""
    book.clock.now = at
    placed = commands.PlaceOrder(
        order=order,
        buyer="BUY-1",
        exporter="EXP-1",
        currency="INR",
        lines=(Line(number=1, sku="SKU-1", quantity=10, amount_minor=400_000_000),),
        transport_mode="sea",
        ship_by=date(2027, 1, 1),
        rulebook=RULEBOOK,
    )
    paid = commands.RecordPayment(order=order, amount=Money("INR", 400_000_000), account="clearing:card")
    for command in (
        placed,
        commands.AcceptOrder(order=order),
        paid,
        commands.DispatchGoods(order=order),
        commands.RecordDelivery(order=order),
        commands.ConfirmReceipt(order=order),
    ):
        book.say(command)


def certificate(connection: Connection, quarter: str, *, moment: Moment = NOW) -> TaxCertificate:
    (found,) = tax_certificates(connection, "main", quarter_of(quarter), partner="PAR-1", moment=moment)
    return found


def of(lines: tuple[TaxLine, ...], tax: str) -> list[tuple[object, ...]]:
    return [
        (line.kind, line.order, line.code, line.rate_bps, line.base_minor, line.tax_minor)
        for line in lines
        if line.levy == tax
    ]


def test_deduction_up_to_31_march_stands_under_the_old_section_and_code(connection: Connection) -> None:
    found = certificate(connection, LAST)
    (line,) = [line for line in found.lines if line.levy == "withheld"]
    assert (line.code, line.section) == ("194H", "Income-tax Act 1961, s.194H")
    assert line.on == line.deducted_on <= date(2026, 3, 31)
    assert (line.base_minor, line.rate_bps, line.tax_minor) == (6_000_000, 200, 120_000), "above 20,000.00 INR"


def test_later_deduction_stands_under_the_new_code_and_what_is_given_back_under_its_own(connection: Connection) -> None:
    found = certificate(connection, FIRST)
    assert of(found.lines, "withheld") == [
        ("deducted", "PO-NEW", "1006", 200, 6_000_000, 120_000),
        ("given_back", "PO-OLD", "194H", 200, -600_000, -12_000),
    ]
    back = next(line for line in found.lines if line.kind == "given_back" and line.levy == "withheld")
    assert back.deducted_on <= date(2026, 3, 31) < back.on
    withheld = {total.code: total for total in found.totals if total.levy == "withheld"}
    assert {code: total.net_minor for code, total in withheld.items()} == {"1006": 120_000, "194H": -12_000}
    assert (withheld["194H"].deducted_minor, withheld["194H"].base_back_minor) == (0, -600_000)
    assert withheld["1006"].section == "Income-tax Act 2025, s.393(1) Table Sl. 1(ii)"


def test_gst_stands_by_treatment_with_its_credit_notes(connection: Connection) -> None:
    forward = ("forward", 1_800)
    assert of(certificate(connection, LAST).lines, "gst") == [("deducted", "PO-OLD", *forward, 8_000_000, 1_440_000)]
    assert of(certificate(connection, FIRST).lines, "gst") == [
        ("deducted", "PO-NEW", *forward, 8_000_000, 1_440_000),
        ("given_back", "PO-OLD", *forward, -800_000, -144_000),
    ]
    assert of(certificate(connection, SECOND).lines, "gst") == [("given_back", "PO-NEW", *forward, -800_000, -144_000)]


def test_quarters_sum_to_what_the_accounts_and_the_commissions_say(connection: Connection) -> None:
    lines = [line for name in (LAST, FIRST, SECOND) for line in certificate(connection, name).lines]
    by_code: Counter[str] = Counter()
    for line in lines:
        if line.levy == "withheld":
            by_code[f"tax:withheld:{line.code}"] += line.tax_minor
    stood = {
        balance.account: balance.balance_minor
        for balance in all_balances(connection, "main")
        if balance.account.startswith("tax:withheld:")
    }
    by_code["tax:withheld:1006"] -= REMITTED_MINOR
    assert by_code == stood
    by_code["tax:withheld:1006"] += REMITTED_MINOR
    rows = search_commissions(connection, "main", CommissionsSought(partner="PAR-1"))
    assert sum(line.tax_minor for line in lines if line.levy == "gst") == sum(row.gst_minor for row in rows)
    assert sum(by_code.values()) == sum(row.withheld_minor for row in rows)


def test_every_line_names_the_event_that_it_comes_of(connection: Connection) -> None:
    query = "SELECT originator_id, topic FROM ledger.events WHERE book = 'main' AND position = %s"
    topics: set[str] = set()
    for name in (LAST, FIRST, SECOND):
        for line in certificate(connection, name).lines:
            ((reference, topic),) = connection.execute(query, (line.position,))
            assert reference == line.reference == f"commission:{line.order}"
            topics.add(topic)
    assert topics == {"commission.earned", "commission.tax_withheld", "commission.clawed_back"}


def test_moment_cuts_what_was_not_known_or_posted_yet(connection: Connection) -> None:
    whole = certificate(connection, FIRST)
    back = next(line for line in whole.lines if line.kind == "given_back")
    before = certificate(connection, FIRST, moment=Moment(back.position - 1))
    assert {line.kind for line in before.lines} == {"deducted"}
    posted = certificate(connection, FIRST, moment=Moment(as_of=date(2026, 4, 30)))
    assert {line.order for line in posted.lines} == {"PO-NEW"}
    assert not tax_certificates(connection, "main", quarter_of(FIRST), moment=Moment(position=1))


def test_quarter_of_calendar_years_and_strangers_have_their_own(connection: Connection) -> None:
    calendar = quarter_of("2026-Q1", year_begins=1)
    (found,) = tax_certificates(connection, "main", calendar, partner="PAR-1")
    assert found.lines == certificate(connection, LAST).lines
    assert not tax_certificates(connection, "main", quarter_of(FIRST), partner="PAR-404")
    assert not tax_certificates(connection, "main", quarter_of("2030-31-Q1"))


def test_what_was_remitted_under_a_code_is_told_with_the_quarter(connection: Connection) -> None:
    assert certificate(connection, LAST).remittances == (), "nothing was, under the old code"
    (remitted,) = certificate(connection, FIRST).remittances
    assert (remitted.payout, remitted.code, remitted.amount_minor) == ("TDS-1", "1006", REMITTED_MINOR)
    assert certificate(connection, FIRST, moment=Moment(remitted.position - 1)).remittances == ()
    assert certificate(connection, FIRST, moment=Moment(as_of=date(2026, 7, 9))).remittances == ()


def test_csv_has_a_row_for_each_line_in_major_units(connection: Connection) -> None:
    found = [certificate(connection, name) for name in (LAST, FIRST)]
    rows = list(csv.DictReader(io.StringIO(tax_certificates_csv(found).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(each.lines) for each in found)
    assert {(row["code"], row["base"], row["tax"]) for row in rows if row["levy"] == "withheld"} == {
        ("194H", "60000.00", "1200.00"),
        ("1006", "60000.00", "1200.00"),
        ("194H", "-6000.00", "-120.00"),
    }


def test_pdf_is_the_same_file_each_time_and_has_pages_for_each(connection: Connection) -> None:
    found = [certificate(connection, name) for name in (LAST, FIRST)]
    printed = tax_certificates_pdf(found, book="main")
    assert printed.startswith(b"%PDF-")
    assert printed == tax_certificates_pdf(found, book="main")
    assert printed.count(b"/Type /Page\n") == 2
    long = replace(found[0], lines=found[0].lines * 200)
    assert tax_certificates_pdf([long], book="main").count(b"/Type /Page\n") > 2
    assert tax_certificates_pdf([], book="main").startswith(b"%PDF-")


def test_partners_of_a_troubled_book_have_certificates_of_their_own(troubled: Book) -> None:
    with troubled.pool.connection() as connection:
        found = tax_certificates(connection, "main", quarter_of("2026-27-Q4"))
    assert {(each.partner, each.payer, each.currency) for each in found} == {(PARTNER, "operator", "INR")}
    assert OTHER_PARTNER not in {each.partner for each in found}, "its exporter bears no table of tax"
    (certificate,) = found
    assert {(total.levy, total.net_minor) for total in certificate.totals} == {("withheld", 36_000), ("gst", 648_000)}
