"""The float meter: how long money stayed, what it waited for, to the day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from domain import commands
from domain.commands import Command
from domain.commands.disputes import NewClaim
from domain.commands.parties import ReinstateParty, SuspendParty
from domain.commands.payouts import ApprovePayout, CancelPayout, PlanPayout, RejectPayout
from domain.commands.reconciliation import UndoMatch
from domain.money import Money
from domain.payee_account import PayeeCredited
from ledger.outcomes import Accepted
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from projections.float_waits import WaitedFor
from projections.floats import FloatRow, FloatsSought, FloatTotal, float_totals, search_floats
from projections.moment import Moment
from projections.topics import events_with_topics
from tests.books import RULES, Book, pay, whole_trade
from tests.treasury import BUYERS, Treasury, paid
from tests.troubles import troubled_book

BEGINS = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
A_DAY = timedelta(days=1)
NET_MINOR = 9_705
"""Of 100.00: less a fee of 2.50 and 0.45 of tax on it."""


@pytest.fixture
def treasury(pool: ConnectionPool[Connection]) -> Iterator[Treasury]:
    with Book.opened(pool) as book:
        book.clock.now = BEGINS
        treasury = Treasury(book)
        treasury.open_accounts()
        yield treasury


def days(count: int) -> date:
    """Return the day so many days after the first."""
    return BEGINS.date() + count * A_DAY


def go_to(treasury: Treasury, count: int) -> None:
    treasury.book.clock.now = BEGINS + count * A_DAY


def read(treasury: Treasury, at: int, *, up_to: Moment | None = None, **sought: object) -> list[FloatRow]:
    with treasury.book.pool.connection() as connection:
        asked = FloatsSought(**sought)  # type: ignore[arg-type]
        return search_floats(connection, treasury.book.name, asked, at=days(at), moment=up_to or Moment())


def waited(row: FloatRow) -> dict[WaitedFor, int]:
    told = {each.waited_for: each.days for each in row.waited}
    assert sum(told.values()) == row.days
    assert row.minor_days == row.amount_minor * row.days
    return told


def publish(treasury: Treasury, name: str, **rules: object) -> None:
    treasury.book.say(commands.DraftRulebook(rulebook=name, rules=replace(RULES, **rules)))
    treasury.book.say(commands.ApproveRulebook(rulebook=name), actor="operator:second")
    treasury.book.say(commands.PublishRulebook(rulebook=name))


def test_money_waits_for_planning_approval_the_file_and_the_bank_in_turn(treasury: Treasury) -> None:
    treasury.details("EXP-1")
    treasury.book.trade("PO-1", amount_minor=2_000_000)  # above the threshold: two people
    (row,) = read(treasury, 3)
    assert (row.part, row.payee, row.waits_for, row.credited_on) == ("release:PO-1/1", "EXP-1", "approval", None)
    assert waited(row) == {"approval": 3}
    go_to(treasury, 3)
    treasury.book.say(commands.ApproveRelease(order="PO-1", number=1), actor="operator:second")
    go_to(treasury, 5)
    treasury.plan("P-1")
    go_to(treasury, 9)
    treasury.book.say(ApprovePayout(payout="P-1"), actor="operator:second")
    (row,) = read(treasury, 10)
    assert row.waits_for == "instruction"
    go_to(treasury, 10)
    treasury.instruct("P-1", "EXP-1", pay_on=days(5))
    (entry,) = treasury.statement("hdfc", days(12), -1_941_000)
    (row,) = read(treasury, 12)
    assert row.waits_for == "bank"
    treasury.match("M-1", entry, paid("P-1", 1_941_000))
    (row,) = read(treasury, 40)
    assert (row.amount_minor, row.due_on, row.paid_on, row.waits_for) == (1_941_000, days(0), days(12), None)
    assert waited(row) == {"approval": 3 + 4, "planning": 2, "instruction": 1, "bank": 2}
    assert read(treasury, 40, over_days=12) == []
    assert read(treasury, 40, over_days=11, state="paid", exporter="EXP-1", waited_for="bank") == [row]
    assert read(treasury, 40, state="waiting") == read(treasury, 40, exporter="EXP-2") == []


def test_what_has_gone_back_waits_on_until_it_is_paid_at_last(treasury: Treasury) -> None:
    treasury.details("EXP-1")
    treasury.book.trade("PO-1")
    treasury.plan("P-1")
    go_to(treasury, 1)
    treasury.book.say(CancelPayout(payout="P-1", reason="wrong-account"))
    go_to(treasury, 2)
    treasury.plan("P-2")
    treasury.instruct("P-2", "EXP-1")
    go_to(treasury, 4)
    treasury.book.say(RejectPayout(payout="P-2", reason="AC04"))
    go_to(treasury, 5)
    treasury.plan("P-3")
    treasury.instruct("P-3", "EXP-1")
    gone, back = treasury.statement("hdfc", days(6), -NET_MINOR, NET_MINOR)
    treasury.match("M-1", gone, paid("P-3", NET_MINOR))
    (row,) = read(treasury, 8)
    assert (row.payout, row.paid_on) == ("P-3", days(6))
    go_to(treasury, 8)
    treasury.match("M-2", back, paid("P-3", -NET_MINOR))
    (row,) = read(treasury, 9)
    assert (row.payout, row.paid_on, row.waits_for) == ("P-3", None, "planning")
    go_to(treasury, 10)
    treasury.plan("P-4")
    treasury.instruct("P-4", "EXP-1")
    (entry,) = treasury.statement("hdfc", days(11), -NET_MINOR)
    treasury.match("M-3", entry, paid("P-4", NET_MINOR))
    (row,) = read(treasury, 99)
    assert (row.payout, row.paid_on, row.waits_for) == ("P-4", days(11), None)
    assert waited(row) == {"instruction": 1, "planning": 1 + 1 + 2, "bank": 2 + 3 + 1}


def test_payout_for_a_later_day_waits_for_that_day(treasury: Treasury) -> None:
    treasury.details("EXP-1")
    treasury.book.trade("PO-1")
    plan = PlanPayout(payout="P-1", party="EXP-1", currency="USD", pays_from=BUYERS, pay_on=days(4))
    treasury.book.say(plan)
    (row,) = read(treasury, 3)
    assert (row.waits_for, waited(row)) == ("schedule", {"schedule": 3})
    (row,) = read(treasury, 6)
    assert (row.waits_for, waited(row)) == ("instruction", {"schedule": 4, "instruction": 2})


def test_money_that_comes_after_the_goods_is_due_when_it_comes(treasury: Treasury) -> None:
    book = treasury.book
    placed, accepted, _, *rest = whole_trade("PO-1")
    for command in (placed, accepted, pay("PO-1", 4_000), *rest):
        book.say(command)
    go_to(treasury, 5)
    book.say(pay("PO-1", 6_000))
    rows = {row.part: (row.due_on, row.days) for row in read(treasury, 9)}
    assert rows == {"release:PO-1/1": (days(0), 9), "release:PO-1/2": (days(5), 4)}


def test_return_that_was_none_is_paid_as_before(treasury: Treasury) -> None:
    treasury.book.trade("PO-1")
    treasury.plan("P-1")
    treasury.instruct("P-1", "EXP-1")
    gone, back = treasury.statement("hdfc", days(1), -NET_MINOR, NET_MINOR)
    treasury.match("M-1", gone, paid("P-1", NET_MINOR))
    before = read(treasury, 9)
    treasury.match("M-2", back, paid("P-1", -NET_MINOR))
    (row,) = read(treasury, 9)
    assert row.paid_on is None
    treasury.book.say(UndoMatch(match="M-2", reason="another"))
    assert read(treasury, 9) == before
    assert before[0].paid_on == days(1)


def test_suspension_holds_up_what_nobody_may_propose(treasury: Treasury) -> None:
    book = treasury.book
    treasury.details("EXP-1")
    for command in whole_trade("PO-1")[:-1]:
        book.say(command)
    book.say(SuspendParty(party="EXP-1", reason="under-review"))
    book.say(commands.ConfirmReceipt(order="PO-1"))
    go_to(treasury, 3)
    (row,) = read(treasury, 3)
    assert (row.part, row.amount_minor, row.waits_for) == ("hold:PO-1", 10_000, "suspension")
    assert waited(row) == {"suspension": 3}
    book.say(ReinstateParty(party="EXP-1", reason="cleared"))
    (row,) = read(treasury, 5, order="PO-1")
    assert row.due_on == days(0)
    assert waited(row)["suspension"] == 3


def test_minimum_and_schedule_are_told_as_the_rulebook_says(treasury: Treasury) -> None:
    publish(treasury, "standard/2", payout_schedule="weekly", payout_day=3, payout_minimum_minor={"USD": NET_MINOR + 1})
    treasury.book.say(commands.RegisterParty(party="EXP-1", roles=("exporter",), country="IN", rulebook="standard/2"))
    treasury.book.trade("PO-1")
    (row,) = read(treasury, 2)
    assert (row.waits_for, waited(row)) == ("minimum", {"minimum": 2})
    go_to(treasury, 3)  # a Thursday; payouts are made on Wednesdays
    treasury.book.trade("PO-2")
    first, second = read(treasury, 4)
    assert (first.waits_for, waited(first)) == ("schedule", {"minimum": 3, "schedule": 1})
    assert (second.waits_for, waited(second)) == ("schedule", {"schedule": 1})
    first, second = read(treasury, 12)
    assert waited(first) == {"minimum": 3, "schedule": 6, "planning": 3}
    assert waited(second) == {"schedule": 6, "planning": 3}
    go_to(treasury, 9)
    treasury.plan("P-1")
    first, _ = read(treasury, 12)
    assert (first.waits_for, waited(first)) == ("bank-details", {"minimum": 3, "schedule": 6, "bank-details": 3})
    totals = float_totals(read(treasury, 12))
    assert totals[0] == FloatTotal(
        currency="USD",
        waited_for="schedule",
        parts=2,
        amount_minor=2 * NET_MINOR,
        days=12,
        days_max=6,
        minor_days=12 * NET_MINOR,
    )
    assert {total.waited_for: total.days for total in totals} == {"schedule": 12, "minimum": 3, "bank-details": 6}


def test_moment_shows_the_meter_as_it_was(treasury: Treasury) -> None:
    treasury.book.trade("PO-1")
    then = read(treasury, 2)
    with treasury.book.pool.connection() as connection:
        row = connection.execute("SELECT size FROM ledger.log_head").fetchone()
    assert row is not None
    treasury.plan("P-1")
    treasury.instruct("P-1", "EXP-1")
    assert read(treasury, 2) != then
    assert read(treasury, 2, up_to=Moment(row[0])) == then


def test_claim_and_freeze_hold_up_what_is_left_of_a_received_order(treasury: Treasury) -> None:
    book = treasury.book
    for command in whole_trade("PO-1")[:-1]:
        book.say(command)
    claim = NewClaim(kind="quality", line=1, quantity=2)  # of ten
    book.say(commands.OpenDispute(order="PO-1", claims=(claim,)))
    book.say(commands.FreezeHold(order="PO-1", amount=Money("USD", 3_000), reason="by-order-of-court"))
    book.say(commands.ConfirmReceipt(order="PO-1"))
    rows = {row.part: row for row in read(treasury, 4)}
    assert set(rows) == {"release:PO-1/1", "hold:PO-1"}
    assert rows["release:PO-1/1"].amount_minor == 5_000 - 125 - 22
    assert (rows["hold:PO-1"].amount_minor, rows["hold:PO-1"].waits_for) == (5_000, "dispute")
    assert waited(rows["hold:PO-1"]) == {"dispute": 4}


def test_debt_eats_what_would_be_paid(treasury: Treasury) -> None:
    book = treasury.book
    book.trade("PO-1")
    go_to(treasury, 2)
    book.say(commands.ProposeRefund(order="PO-1", amount=Money("USD", 10_000), reason="goodwill"))
    rows = {row.part: row for row in read(treasury, 5)}
    assert (rows["release:PO-1/1"].waits_for, waited(rows["release:PO-1/1"])) == ("debt", {"planning": 2, "debt": 3})
    refund = rows["refund:PO-1/1"]
    assert (refund.payee, refund.amount_minor, refund.waits_for) == ("BUY-1", 10_000, "planning")
    assert waited(refund) == {"planning": 3}


def say_of(treasury: Treasury, day: int, *said: Command) -> None:
    """Say what took place on a day, whenever that is said."""
    for command in said:
        submission = replace(treasury.book.submission(command), occurred_at=BEGINS + day * A_DAY)
        assert isinstance(treasury.book.writer.submit(submission).result(timeout=30), Accepted)


def trade_on(treasury: Treasury, order: str, day: int) -> None:
    say_of(treasury, day, *whole_trade(order))


def test_as_of_a_day_what_is_posted_later_moves_no_item_into_another_payout(treasury: Treasury) -> None:
    """What took place before is said after, so that items don't stand in the order of their days."""
    go_to(treasury, 3)
    trade_on(treasury, "PO-LATER", 3)
    trade_on(treasury, "PO-1", 1)
    treasury.plan("P-1")
    trade_on(treasury, "PO-2", 2)
    rows = {row.order: row.payout for row in read(treasury, 4, up_to=Moment(as_of=days(2)))}
    assert rows == {"PO-1": "", "PO-2": ""}, "the payout is of the day after"
    present = {row.order: row.payout for row in read(treasury, 4)}
    assert present == {"PO-LATER": "P-1", "PO-1": "P-1", "PO-2": ""}
    assert {row.order: row.payout for row in read(treasury, 4, up_to=Moment(as_of=days(3)))} == present
    go_to(treasury, 5)
    trade_on(treasury, "PO-LATE", 5)
    trade_on(treasury, "PO-3", 3)
    then = {row.order: row.payout for row in read(treasury, 6, up_to=Moment(as_of=days(3)))}
    assert then == present | {"PO-3": ""}
    plan = PlanPayout(payout="P-2", party="EXP-1", currency="USD", pays_from=BUYERS, pay_on=days(3))
    say_of(treasury, 3, plan)
    trade_on(treasury, "PO-4", 3)
    then = {row.order: row.payout for row in read(treasury, 6, up_to=Moment(as_of=days(3)))}
    assert then == present | {"PO-2": "P-2", "PO-3": "P-2", "PO-4": ""}


def test_every_release_and_refund_of_a_troubled_book_is_told_once_to_the_day(
    postgres: EmbeddedPostgres, template: str
) -> None:
    with troubled_book(postgres, template, database="floats_troubled") as book:
        at = book.clock.now.date() + 400 * A_DAY
        with book.pool.connection() as connection:
            rows = search_floats(connection, book.name, FloatsSought(), at=at)
            owed = [
                each.event
                for each in events_with_topics(connection, book.name, ["payee.credited"])
                if isinstance(each.event, PayeeCredited)
            ]
    credited = [row for row in rows if row.credited_on]
    assert sorted((row.part, row.amount_minor) for row in credited) == sorted(
        (each.source, each.amount_minor)
        for each in owed
        if each.source.partition(":")[0] in {"release", "refund", "commission"}
    )
    assert len({(row.part, row.payee) for row in rows}) == len({row.part for row in rows}) > 5
    for row in rows:
        waited(row)
        assert row.exporter
        assert row.paid_on is None
        assert (at - row.due_on).days == row.days > 0
        assert all(each.days > 0 for each in row.waited)
        assert row.waits_for is not None
