"""Exports for tests: shipments and remittances of two exporters over two quarters, some matched, certified, closed."""

from datetime import date

from msgspec.structs import replace

from domain import commands
from domain.money import Money
from domain.receivable_events import Invoice
from tests.books import Book

INVOICE = Invoice(number="EXP/1", issued_on=date(2026, 9, 1), amount_minor=10_000)
BILL = commands.RecordReceivable(
    receivable="SB-1",
    exporter="EXP-1",
    currency="USD",
    invoices=(INVOICE,),
    shipped_on=date(2026, 9, 10),
    customs_value=Money("INR", 835_000),
)
MONEY = commands.RecordRemittance(
    remittance="IRM-1",
    exporter="EXP-1",
    amount=Money("USD", 15_000),
    received_on=date(2026, 10, 1),
    purpose="P0102",
)


def usd(minor: int) -> Money:
    """Return US dollars."""
    return Money("USD", minor)


def play_exports(book: Book) -> None:
    """Say everything, from the book's present day on, over some months."""
    others = (
        replace(BILL, receivable="SB-2"),
        replace(BILL, receivable="SB-3", settled_in="INR"),
        replace(BILL, receivable="SB-9", exporter="EXP-9"),
    )
    for said in (BILL, *others, MONEY, replace(MONEY, remittance="IRM-9", exporter="EXP-9")):
        book.say(said)
    book.say(commands.AllocateRemittance(receivable="SB-1", remittance="IRM-1", amount=usd(9_000)))
    book.clock.move(days=40)
    book.say(commands.DeductFromReceivable(receivable="SB-1", reason="bank-charges", amount=usd(1_000)))
    book.say(commands.DeductFromReceivable(receivable="SB-2", reason="freight", amount=usd(500)))
    book.say(commands.AllocateRemittance(receivable="SB-2", remittance="IRM-1", amount=usd(6_000)))
    book.say(commands.FreeRemittance(receivable="SB-2", realisation=1, reason="another-bill"))
    book.say(commands.AllocateRemittance(receivable="SB-3", remittance="IRM-1", amount=usd(2_000)))
    certified_on = book.clock.now.date()
    book.say(commands.CertifyRealisation(receivable="SB-1", certificate="BRC-1", certified_on=certified_on))
    book.say(commands.CloseReceivable(receivable="SB-1", by="declaration"))
    book.clock.move(days=60)
    book.say(commands.WithdrawDeduction(receivable="SB-2", deduction=1, reason="counted-twice"))
    book.say(commands.ExtendRealisation(receivable="SB-3", due_on=date(2029, 12, 31), reference="AD/EXT/3"))
    book.say(replace(BILL, receivable="SB-4", shipped_on=book.clock.now.date()))
