"""Commission in a real book, through the writer, the log and the projections."""

from datetime import date

from domain import commands
from domain.money import Money
from projections.balances import all_balances
from projections.log import read_log
from projections.runner import PROJECTIONS, Runner
from tests.agreements import agreed_terms
from tests.books import Book, checked_log, whole_trade

CLAIM_DAYS = 30
OF_COMMISSION = {"expense:commission", "accrued:partner:PAR-1", "payable:partner:PAR-1"}


def test_commission_is_accrued_clawed_back_and_earned_in_a_real_book(book: Book) -> None:
    for command in (
        commands.SignAgreement(agreement="AG-1", partner="PAR-1", starts_on=date(2026, 1, 1), terms=agreed_terms()),
        commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN"),
        commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 1)),
        *whole_trade("PO-1"),
        commands.ProposeRefund(order="PO-1", amount=Money("USD", 2_500), reason="defective"),
    ):
        book.say(command)
    book.clock.move(days=CLAIM_DAYS + 1)
    book.say(commands.ExpireClocks(order="PO-1"))

    topics = [row.topic for row in checked_log(book.pool) if row.topic.startswith(("agreement.", "commission."))]
    assert topics == [
        "agreement.signed",
        "commission.accrued",
        "agreement.counted",
        "commission.clawed_back",
        "agreement.counted",
        "commission.earned",
        "agreement.counted",
    ]
    assert balances_in(book) == {"expense:commission": 150, "payable:partner:PAR-1": 150}


def balances_in(book: Book) -> dict[str, int]:
    """Return the accounts of commission that don't stand at nothing, from projections that equal the log."""
    runner = Runner(book.pool, book.name)
    position = runner.step()
    with book.pool.connection() as connection:
        for projection in PROJECTIONS:
            log = read_log(connection, book.name, up_to=position)
            assert projection.difference(connection, book.name, log) is None
        rows = all_balances(connection, book.name)
    return {row.account: row.balance_minor for row in rows if row.balance_minor and row.account in OF_COMMISSION}
