"""
Troubles for tests: a book in which orders are amended, disputed, charged back, and bring commission, over a year.

PO-A: two claims, decided, one appealed, settled. PO-B: an offer on the table, its clock paused, and a chargeback. PO-C:
amended until its status changed back and forth. PO-D: a dispute withdrawn, then another about released money. PO-E:
placed, and never accepted. PO-F: a decision waits for a second mediator. PO-G: commission earned, tax withheld, and
some of it taken back. PO-H: commission that the exporter pays. PO-I: frozen, and half unfrozen.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import psycopg
from msgspec.structs import replace

from domain import commands
from domain.agreement_terms import AgreementTerms
from domain.amendment import Amendment, LineChange
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.money import Money
from domain.order import Line, LineQuantity, PaymentStep
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from projections.runner import Runner
from tests.books import RULES, Book

RULEBOOK = "troubled/1"
PARTNER, OTHER_PARTNER = "PAR-T", "PAR-U"
WORDS, SHA256 = "ab" * 32, "5e" * 32
"""A commitment, and the hash of a document."""

LARGE_MINOR = 1_500_000
"""So much at stake that a second mediator looks at the decision."""

TAXED_MINOR = 200_000_000
"""In INR: so much that 2 % of it pass the threshold of withholding."""


@contextmanager
def troubled_book(postgres: EmbeddedPostgres, template: str, *, database: str) -> Iterator[Book]:
    """Yield the book `main` with all troubles in it and its read side caught up, in a database of its own."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn(database), connections_max=4) as pool, Book.opened(pool) as book:
            play_troubles(book)
            Runner(pool, book.name).catch_up()
            yield book
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def play_troubles(book: Book) -> None:
    """Say everything, from the book's present day on."""
    _agree(book)
    _sell(book, "PO-A")
    _claim(book, "PO-A", NewClaim(kind="quality", line=1, quantity=200), NewClaim(kind="damaged", amount_minor=5_000))
    _sell(book, "PO-B")
    _offer_and_charge_back(book)
    _amend(book)
    book.say(_order("PO-E"))
    _decide_and_appeal(book)
    _withdraw_and_recover(book)
    _earn_and_claw_back(book)
    _freeze(book)
    _sell(book, "PO-F", amount_minor=LARGE_MINOR)
    _wait_for_a_second_mediator(book)


def _all(book: Book, *said: commands.Command, actor: str = "operator:first") -> None:
    for command in said:
        book.say(command, actor=actor)


def _agree(book: Book) -> None:
    large = {"USD": 1_000_000, "INR": 10 * TAXED_MINOR}
    book.say(commands.DraftRulebook(rulebook=RULEBOOK, rules=replace(RULES, four_eyes_from_minor=large)))
    book.say(commands.ApproveRulebook(rulebook=RULEBOOK), actor="operator:second")
    book.say(commands.PublishRulebook(rulebook=RULEBOOK))
    _refer(book, "EXP-T", PARTNER, "AG-T", _TAXED)
    _refer(book, "EXP-U", OTHER_PARTNER, "AG-U", AgreementTerms(rate_bps=300, attribution_days=365, payer="exporter"))


_TAXED = AgreementTerms(
    rate_bps=200,
    attribution_days=365,
    withholding="in-commission",
    gst="in-commission",
    payer_country="IN",
    partner_country="IN",
)


def _refer(book: Book, exporter: str, partner: str, agreement: str, terms: AgreementTerms) -> None:
    signed = commands.SignAgreement(
        agreement=agreement,
        partner=partner,
        starts_on=date(2026, 4, 1),
        year_begins=4,
        time_zone="Asia/Kolkata",
        terms=terms,
    )
    register = commands.RegisterParty(party=exporter, roles=("exporter",), country="IN", rulebook=RULEBOOK)
    _all(book, register, signed)
    book.say(commands.ReferExporter(party=exporter, agreement=agreement, starts_on=date(2026, 6, 1)))


def _order(
    order: str, *, exporter: str = "EXP-T", amount_minor: int = 100_000, currency: str = "USD"
) -> commands.PlaceOrder:
    return commands.PlaceOrder(
        order=order,
        buyer="BUY-T",
        exporter=exporter,
        currency=currency,
        lines=(Line(number=1, sku="SKU-1", quantity=1_000, amount_minor=amount_minor),),
        steps=(
            PaymentStep(name="deposit", amount_minor=amount_minor // 4),
            PaymentStep(name="balance", amount_minor=amount_minor - amount_minor // 4, trigger="dispatch"),
        ),
        transport_mode="sea",
        ship_by=date(2027, 12, 1),
        rulebook=RULEBOOK,
    )


def _sell(
    book: Book, order: str, *, exporter: str = "EXP-T", amount_minor: int = 100_000, currency: str = "USD"
) -> None:
    placed = _order(order, exporter=exporter, amount_minor=amount_minor, currency=currency)
    deposit, balance = (Money(currency, step.amount_minor) for step in placed.steps)
    _all(
        book,
        placed,
        commands.AcceptOrder(order=order),
        commands.RecordPayment(order=order, amount=deposit, account="clearing:card"),
        commands.DispatchGoods(order=order),
        commands.RecordPayment(order=order, step=2, amount=balance, account="clearing:card"),
        commands.RecordDelivery(order=order),
    )


def _claim(book: Book, order: str, *claims: NewClaim) -> None:
    answer = commands.AnswerClaim(order=order, claim=1, stance="contests", comment=WORDS)
    _all(book, commands.OpenDispute(order=order, claims=claims), answer, _evidence(order, claim=1))


def _evidence(order: str, *, claim: int) -> commands.SubmitEvidence:
    return commands.SubmitEvidence(
        order=order, claim=claim, side="buyer", sha256=SHA256, media_type="image/jpeg", size_bytes=10, name=WORDS
    )


def _offer_and_charge_back(book: Book) -> None:
    _all(
        book,
        commands.OpenDispute(order="PO-B", claims=(NewClaim(kind="damaged", line=1, quantity=500),)),
        commands.MakeOffer(order="PO-B", claim=1, side="exporter", remedy="partial-refund", amount_minor=10_000),
        commands.MakeOffer(order="PO-B", claim=1, side="exporter", remedy="partial-refund", amount_minor=20_000),
        commands.PostMessage(order="PO-B", text=WORDS),
        commands.PauseClock(order="PO-B", clock="offer/1/2", reason="holiday"),
        commands.RecordChargeback(order="PO-B", amount=Money("USD", 30_000), account="clearing:card"),
    )


def _amend(book: Book) -> None:
    _all(
        book,
        _order("PO-C"),
        commands.AcceptOrder(order="PO-C"),
        commands.DispatchGoods(order="PO-C", lines=(LineQuantity(line=1, quantity=400),)),
        *_amendment(1, Amendment(lines=(LineChange(line=1, quantity=400, amount_minor=40_000),))),
        *_amendment(2, Amendment(lines=(LineChange(line=1, quantity=500, amount_minor=50_000),))),
        *_amendment(3, Amendment(ship_by=date(2027, 12, 24))),
        commands.ProposeAmendment(order="PO-C", side="buyer", change=Amendment(ship_by=date(2028, 1, 1))),
    )


def _amendment(number: int, change: Amendment) -> Sequence[commands.Command]:
    return (
        commands.ProposeAmendment(order="PO-C", side="buyer", change=change),
        commands.AcceptAmendment(order="PO-C", side="exporter", amendment=number),
    )


def _decide_and_appeal(book: Book) -> None:
    book.clock.move(days=7)
    book.say(commands.ExpireClocks(order="PO-A"))
    _mediate(book, "PO-A", "MED-1")
    _decide(book, "PO-A", "MED-1", _ruling(1, 15_000, rests_on=1), _ruling(2, 0))
    _all(
        book,
        _evidence("PO-A", claim=2),
        commands.AppealRuling(order="PO-A", claim=2, side="buyer", evidence=2),
    )
    _mediate(book, "PO-A", "MED-2")
    book.clock.move(days=30)
    book.say(commands.ExpireClocks(order="PO-A"))
    _decide(book, "PO-A", "MED-2", _ruling(2, 3_000, rests_on=2))


def _mediate(book: Book, order: str, mediator: str) -> None:
    book.say(commands.AssignMediator(order=order, mediator=mediator))
    book.say(commands.DeclareConflict(order=order, conflict=False), actor=f"mediator:{mediator}")


def _decide(book: Book, order: str, mediator: str, *rulings: ProposedRuling) -> None:
    book.say(commands.ProposeDecision(order=order, rulings=rulings), actor=f"mediator:{mediator}")


def _ruling(claim: int, amount_minor: int, *, rests_on: int = 0) -> ProposedRuling:
    finding = Finding(text=WORDS, evidence=(rests_on,) if rests_on else ())
    return ProposedRuling(
        claim=claim,
        remedy="partial-refund" if amount_minor else "none",
        amount_minor=amount_minor,
        reason="as-shown",
        findings=(finding,),
    )


def _withdraw_and_recover(book: Book) -> None:
    _sell(book, "PO-D")
    _all(
        book,
        commands.OpenDispute(order="PO-D", claims=(NewClaim(kind="other", amount_minor=1_000),)),
        commands.WithdrawClaim(order="PO-D", claim=1),
        commands.ConfirmReceipt(order="PO-D"),
        commands.OpenDispute(order="PO-D", claims=(NewClaim(kind="quality", line=1, quantity=100),)),
        commands.AnswerClaim(order="PO-D", dispute=2, claim=1, stance="accepts"),
    )


def _earn_and_claw_back(book: Book) -> None:
    _sell(book, "PO-G", amount_minor=TAXED_MINOR, currency="INR")
    _sell(book, "PO-H", exporter="EXP-U")
    _all(book, commands.ConfirmReceipt(order="PO-G"), commands.ConfirmReceipt(order="PO-H"))
    book.clock.move(days=60)
    _all(book, commands.ExpireClocks(order="PO-G"), commands.ExpireClocks(order="PO-H"))
    book.clock.move(days=20)
    taken = Money("INR", TAXED_MINOR // 10)
    book.say(commands.RecordChargeback(order="PO-G", amount=taken, account="clearing:card"))


def _freeze(book: Book) -> None:
    _sell(book, "PO-I")
    _all(
        book,
        commands.FreezeHold(order="PO-I", amount=Money("USD", 10_000), reason="warned"),
        commands.UnfreezeHold(order="PO-I", amount=Money("USD", 5_000), reason="cleared"),
    )


def _wait_for_a_second_mediator(book: Book) -> None:
    _claim(book, "PO-F", NewClaim(kind="not-as-described", line=1))
    book.clock.move(days=3)
    book.say(commands.EscalateDispute(order="PO-F", side="buyer"))
    _mediate(book, "PO-F", "MED-3")
    asked = commands.RequestEvidence(order="PO-F", claim=1, of="exporter", what="packing-list")
    book.say(asked, actor="mediator:MED-3")
    _decide(book, "PO-F", "MED-3", _ruling(1, 500_000, rests_on=1))
