"""Orders, ledger and bank beside each other: every difference has its lines, and the bank's closing is proved."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from domain.commands.holds import RecordPayment
from domain.commands.payouts import RejectPayout
from domain.commands.reconciliation import ApproveBreakWriteOff, ProposeBreakWriteOff, RaiseBreaks, UndoMatch
from domain.reconciliation_break import Found, break_id
from domain.references import bank_entry_id
from ledger.pool import Connection
from projections.bank_proof import BankProofs, bank_proofs
from projections.moment import Moment
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.three_way import ThreeWay, ThreeWaySought, three_way
from tests.books import Book, pay, place_order, whole_trade
from tests.treasury import BUYERS, OWN, Treasury, booked, collected, paid

BEGINS = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST = BEGINS.date()
A_DAY = timedelta(days=1)
NET_MINOR, FEE_MINOR = 9_705, 295
"""Of 100.00, with the tax on the fee."""


@pytest.fixture
def treasury(pool: ConnectionPool[Connection]) -> Iterator[Treasury]:
    with Book.opened(pool) as book:
        book.clock.now = BEGINS
        treasury = Treasury(book)
        treasury.open_accounts()
        yield treasury


def day(count: int) -> date:
    return FIRST + count * A_DAY


def viewed(treasury: Treasury, *, last: int = 30, by_day: bool = True, moment: Moment | None = None) -> ThreeWay:
    """Return the view of a month; the sums of its lines are checked against what its rows say."""
    treasury.runner()
    sought = ThreeWaySought(first_day=FIRST, last_day=day(last), by_day=by_day)
    with treasury.book.pool.connection() as connection:
        found = three_way(connection, "main", sought, moment=moment or Moment())
    for row in found.rows:
        lines = [
            line for line in found.lines if line.currency == row.currency and row.first_day <= line.day <= row.last_day
        ]
        assert row.unexplained_minor == 0
        assert row.lines == len(lines)
        assert row.difference_minor == row.bank_minor - row.platform_minor == sum(line.amount_minor for line in lines)
        in_between_minor = -row.in_clearing_minor - row.in_transit_minor + row.between_minor
        assert row.difference_minor == row.not_in_platform_minor + in_between_minor
    return found


def proved(treasury: Treasury, *, by: date | None = None, moment: Moment | None = None) -> BankProofs:
    treasury.runner()
    with treasury.book.pool.connection() as connection:
        found = bank_proofs(connection, "main", moment=moment or Moment(as_of=by))
    for each in found.accounts:
        own = [line for line in found.lines if (line.account, line.currency) == (each.account, each.currency)]
        assert each.lines == len(own)
        assert each.explained_minor == sum(line.amount_minor for line in own)
    return found


def of_holds(treasury: Treasury) -> CurrencyProof:
    treasury.runner()
    with treasury.book.pool.connection() as connection:
        (proof,) = proof_of_holds(connection, "main")
    assert proof.agrees
    return proof


def test_each_difference_has_its_line_from_payment_to_payout(treasury: Treasury) -> None:
    treasury.details("EXP-1")
    treasury.book.trade("PO-1")
    (row,) = viewed(treasury).rows
    assert (row.platform_minor, row.ledger_minor, row.bank_minor) == (10_000, 10_000, 0)
    assert (row.in_clearing_minor, row.difference_minor) == (10_000, -10_000)
    assert {flow.kind: flow.amount_minor for flow in row.flows} == {"received": 10_000, "released": 10_000}

    came, charge = treasury.statement("hdfc", day(1), 10_000, -50)
    (_, row) = viewed(treasury).rows
    assert (row.bank_minor, row.entries, row.between_minor) == (9_950, 2, 9_950)
    found = proved(treasury)
    account = next(each for each in found.accounts if each.account == BUYERS)
    assert (account.closing_minor, account.ledger_minor, account.agrees) == (9_950, 0, False)
    assert (account.explained_minor, account.unexplained_minor) == (9_950, 0)
    assert {(line.kind, line.reference) for line in found.lines} == {
        ("unmatched", bank_entry_id(came)),
        ("unmatched", bank_entry_id(charge)),
    }

    treasury.book.clock.now = BEGINS + 2 * A_DAY
    treasury.match("M-1", came, collected("PO-1", 10_000))
    treasury.match("M-2", charge, booked(-50))
    rows = viewed(treasury).rows
    assert [(row.first_day, row.difference_minor) for row in rows] == [
        (day(0), -10_000),
        (day(1), 9_950),
        (day(2), 0),  # what was booked on the day before is posted, and explained by its match
    ]
    (row,) = viewed(treasury, by_day=False).rows
    assert (row.not_in_platform_minor, row.in_clearing_minor, row.between_minor) == (-50, 0, 0)
    assert next(each for each in proved(treasury).accounts if each.account == BUYERS).agrees
    assert [line.kind for line in proved(treasury, by=day(1)).lines] == ["another-day", "another-day"]

    treasury.plan("P-1")
    treasury.instruct("P-1", "EXP-1")
    (row,) = viewed(treasury, by_day=False).rows
    assert (row.in_transit_minor, row.platform_minor) == (-NET_MINOR, 10_000 - NET_MINOR)
    (gone,) = treasury.statement("hdfc", day(2), -NET_MINOR)
    treasury.match("M-3", gone, paid("P-1", NET_MINOR))
    (row,) = viewed(treasury, by_day=False).rows
    assert (row.in_transit_minor, row.between_minor, row.difference_minor) == (0, 0, -50)
    assert next(each for each in proved(treasury).accounts if each.account == BUYERS).closing_minor == 245
    treasury.book.say(UndoMatch(match="M-3", reason="another"))
    assert [line.kind for line in proved(treasury).lines] == ["unmatched"]
    assert viewed(treasury).rows


def test_what_the_ledger_booked_at_the_bank_itself_is_agreed_to_or_stays_a_line(treasury: Treasury) -> None:
    book = treasury.book
    for command in (place_order("PO-1"), *whole_trade("PO-2")[:2]):
        book.say(command)
    book.say(whole_trade("PO-1")[1])
    first = pay("PO-1", 4_000)
    for order, command in (("PO-1", first), ("PO-2", pay("PO-2", 6_000))):
        book.say(type(command)(order=order, amount=command.amount, account=BUYERS))
    assert [(line.kind, line.amount_minor) for line in proved(treasury).lines] == [
        ("not-on-statement", -4_000),
        ("not-on-statement", -6_000),
    ]
    (came,) = treasury.statement("hdfc", day(3), 4_000)
    treasury.match("M-1", came, collected("PO-1", 4_000, account=BUYERS))
    found = proved(treasury)
    account = next(each for each in found.accounts if each.account == BUYERS)
    assert (account.closing_minor, account.ledger_minor, account.unexplained_minor) == (4_000, 10_000, 0)
    assert [line.amount_minor for line in found.lines] == [-6_000]
    assert [(row.first_day, row.between_minor) for row in viewed(treasury).rows] == [(day(0), -10_000), (day(3), 4_000)]
    (row,) = viewed(treasury, by_day=False).rows
    assert row.between_minor == -6_000
    (cover,) = found.covers
    assert (cover.bank_minor, cover.liabilities_minor, cover.covered) == (4_000, 10_000, False)


def test_opening_gap_and_sum_of_a_statement_are_lines_of_their_own(treasury: Treasury) -> None:
    treasury.statement("hdfc", day(0), 100, opening_minor=1_000)
    treasury.statement("hdfc", day(2), 50, opening_minor=1_300, closing_minor=1_357)
    found = proved(treasury)
    account = next(each for each in found.accounts if each.account == BUYERS)
    assert (account.closing_minor, account.unexplained_minor) == (1_357, 0)
    assert [(line.kind, line.amount_minor, line.broken_as) for line in found.lines] == [
        ("opening", 1_000, ""),
        ("unmatched", 100, ""),
        ("statement", 207, "unbalanced_statement"),
        ("unmatched", 50, ""),
    ]
    treasury.statement("hdfc", day(1), 200, opening_minor=1_100, closing_minor=1_300)
    assert [line.amount_minor for line in proved(treasury).lines if line.kind == "statement"] == [7]
    assert {each.unexplained_minor for each in proved(treasury).accounts if each.account == BUYERS} == {0}
    early = next(each for each in proved(treasury, by=day(1)).accounts if each.account == BUYERS)
    assert (early.closing_minor, early.closings[0].on) == (1_300, day(1))


def test_what_was_swept_and_remitted_is_not_yet_swept_no_more(treasury: Treasury) -> None:
    treasury.book.trade("PO-1")
    (came,) = treasury.statement("hdfc", day(0), 10_000)
    treasury.match("M-1", came, collected("PO-1", 10_000))
    assert of_holds(treasury).not_yet_swept_minor == FEE_MINOR
    treasury.sweep("S-1", 200)
    assert of_holds(treasury).not_yet_swept_minor == FEE_MINOR
    treasury.instruct("S-1")
    proof = of_holds(treasury)
    assert (proof.not_yet_swept_minor, proof.covered) == (FEE_MINOR - 200, True)
    (left,) = treasury.statement("hdfc", day(0), -200)
    treasury.match("M-2", left, paid("S-1", 200))
    (arrived,) = treasury.statement("main", day(1), 200)
    proof = of_holds(treasury)
    assert (proof.not_yet_swept_minor, proof.assets_minor, proof.covered) == (FEE_MINOR - 200, 9_800, True)
    version = 4  # of the payout: planned, approved, instructed; the third posted
    target = collected("PO-1", 200).__class__(
        item=f"open_item:payout:S-1@{version - 1}/clearing:own-transfers/USD", amount_minor=200, of_minor=200
    )
    treasury.match("M-3", arrived, target)
    assert of_holds(treasury) == proof
    assert all(each.agrees for each in proved(treasury).accounts)

    treasury.remit("T-1", 30, pays_from=BUYERS)
    treasury.instruct("T-1")
    assert of_holds(treasury).not_yet_swept_minor == FEE_MINOR - 230
    treasury.remit("T-2", 15, pays_from=OWN)
    treasury.instruct("T-2", pays_from=OWN)
    proof = of_holds(treasury)
    assert (proof.not_yet_swept_minor, proof.operators_commission_minor, proof.covered) == (FEE_MINOR - 230, 15, True)
    (tax,) = treasury.statement("main", day(2), -15)
    treasury.match("M-4", tax, paid("T-2", 15))
    proof = of_holds(treasury)
    assert (proof.not_yet_swept_minor, proof.operators_commission_minor) == (FEE_MINOR - 230, 0)
    treasury.book.say(RejectPayout(payout="T-1", reason="AC04"))
    assert of_holds(treasury).not_yet_swept_minor == FEE_MINOR - 200


def test_what_is_with_a_provider_or_in_transit_tells_its_open_item_and_its_break(treasury: Treasury) -> None:
    treasury.book.trade("PO-1")
    treasury.plan("P-1")
    treasury.instruct("P-1", "EXP-1")
    item = collected("PO-1", 10_000).item
    found = tuple(
        Found(
            subject=subject,
            kind="missing_in_bank",
            currency="USD",
            amount_minor=amount_minor,
            of_minor=of_minor,
            since=FIRST,
            reason="no statement shows it",
        )
        for subject, amount_minor, of_minor in ((item, 10_000, 10_000), ("payout:P-1", -NET_MINOR, 0))
    )
    treasury.book.say(RaiseBreaks(found=found))
    told = {line.reference: (line.side, line.item, line.broken_as) for line in viewed(treasury).lines}
    assert told == {
        "hold:PO-1": ("in-clearing", item, "missing_in_bank"),
        "payout:P-1": ("in-transit", "", "missing_in_bank"),
    }


def paid_into_the_bank(treasury: Treasury, amount_minor: int) -> str:
    """Let a buyer's payment be booked on the bank account itself; return its open item."""
    for command in (*whole_trade("PO-1")[:2], pay("PO-1", amount_minor)):
        treasury.book.say(replace(command, account=BUYERS) if isinstance(command, RecordPayment) else command)
    return collected("PO-1", amount_minor, account=BUYERS).item


def test_undoing_what_the_ledger_agreed_to_makes_two_lines_again(treasury: Treasury) -> None:
    paid_into_the_bank(treasury, 4_000)
    (came,) = treasury.statement("hdfc", day(1), 4_000)
    treasury.match("M-1", came, collected("PO-1", 4_000, account=BUYERS))
    assert proved(treasury).lines == []
    treasury.book.say(UndoMatch(match="M-1", reason="another"))
    found = proved(treasury)
    assert [(line.kind, line.amount_minor) for line in found.lines] == [
        ("not-on-statement", -4_000),
        ("unmatched", 4_000),
    ]
    assert next(each for each in found.accounts if each.account == BUYERS).unexplained_minor == 0
    assert viewed(treasury).rows
    treasury.match("M-2", came, collected("PO-1", 4_000, account=BUYERS))
    assert proved(treasury).lines == []


def test_what_was_given_up_is_no_line_any_more(treasury: Treasury) -> None:
    item = paid_into_the_bank(treasury, 4_000)
    (came,) = treasury.statement("hdfc", day(1), 3_990)
    treasury.match("M-1", came, replace(collected("PO-1", 4_000, account=BUYERS), amount_minor=3_990))
    assert [line.amount_minor for line in proved(treasury).lines] == [-10]
    found = Found(
        subject=item,
        kind="amount",
        currency="USD",
        amount_minor=10,
        of_minor=4_000,
        since=FIRST,
        reason="the rest never came",
    )
    treasury.book.say(RaiseBreaks(found=(found,)))
    key = break_id(item).partition(":")[2]
    assert [line.broken for line in proved(treasury).lines] == [break_id(item)]
    treasury.book.clock.move(days=2)
    treasury.book.say(ProposeBreakWriteOff(break_key=key, reason="too-little"))
    treasury.book.say(ApproveBreakWriteOff(break_key=key, number=1), actor="operator:second")
    found_after = proved(treasury)
    assert found_after.lines == []
    assert next(each for each in found_after.accounts if each.account == BUYERS).agrees
    assert [line.amount_minor for line in proved(treasury, by=day(1)).lines] == [-10], "given up two days later"
    (row,) = viewed(treasury, by_day=False).rows
    assert (row.not_in_platform_minor, row.between_minor) == (-10, 0)


def test_of_one_day_the_statement_that_another_goes_on_from_isnt_the_last(treasury: Treasury) -> None:
    treasury.statement("hdfc", day(0), 30, opening_minor=150)
    treasury.statement("hdfc", day(0), 50, opening_minor=100)
    account = next(each for each in proved(treasury).accounts if each.account == BUYERS)
    assert (account.closing_minor, account.unexplained_minor) == (180, 0)
    assert [line.amount_minor for line in proved(treasury).lines if line.kind == "opening"] == [100]


def test_view_and_proof_are_had_as_they_were_at_a_position(treasury: Treasury) -> None:
    treasury.book.trade("PO-1")
    (came,) = treasury.statement("hdfc", day(0), 10_000)
    then = Moment(treasury.runner().head())
    before = (viewed(treasury), proved(treasury))
    treasury.match("M-1", came, collected("PO-1", 10_000))
    assert (viewed(treasury), proved(treasury)) != before
    assert (viewed(treasury, moment=then), proved(treasury, moment=then)) == before


def test_what_nobody_can_explain_is_told(treasury: Treasury) -> None:
    """A posting changed behind the ledger's back is in no event, so it is left over."""
    treasury.book.trade("PO-1")
    (came,) = treasury.statement("hdfc", day(0), 10_000)
    treasury.match("M-1", came, collected("PO-1", 10_000))
    treasury.runner()
    with treasury.book.pool.connection() as connection:
        connection.execute(
            "UPDATE projections.balances SET balance_minor = balance_minor + 1 WHERE account = %s", (BUYERS,)
        )
        (account, *_) = [each for each in bank_proofs(connection, "main").accounts if each.account == BUYERS]
        assert (account.unexplained_minor, account.agrees) == (-1, False)
        connection.execute(
            "UPDATE projections.journal_postings"
            " SET amount_minor = amount_minor + CASE account WHEN %s THEN 1 ELSE -1 END"
            " WHERE position = (SELECT position FROM projections.journal_entries WHERE topic = 'bank_entry.matched')",
            (BUYERS,),
        )
        (row,) = three_way(connection, "main", ThreeWaySought(first_day=FIRST, last_day=FIRST)).rows
        assert row.unexplained_minor == -1
        connection.rollback()
