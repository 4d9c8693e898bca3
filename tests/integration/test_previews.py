"""Previews against a real log: what was shown is what executing records, or nothing is, because something moved."""

from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from domain import commands
from domain.commands import PublicCommand
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.foresight import entries_of
from domain.money import Money
from domain.posting_rules import post
from domain.references import order_id
from ledger.outcomes import Accepted, EntriesDiffer, VersionDiffers
from ledger.pool import Connection, open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.previews import CANDIDATES_MAX, Candidate, Foreseen, PreviewMalformed, PreviewNotFound, Previews
from tests.books import Book, LogRow, checked_log, count_outcomes, whole_trade

MEDIATOR = "mediator:MED-1"
TEXT = "ab" * 32

_names = count(1)


@pytest.fixture(scope="module")
def pool(postgres: EmbeddedPostgres, template: str) -> Iterator[ConnectionPool[Connection]]:
    """Make one database for the tests of this file: each of them has a book of its own in it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE previewed TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("previewed"), connections_max=4) as opened:
            yield opened
        connection.execute("DROP DATABASE previewed WITH (FORCE)")


@pytest.fixture
def book(pool: ConnectionPool[Connection]) -> Iterator[Book]:
    """Open a book of the test's own, on a clock that it moves."""
    with Book.opened(pool, name=f"previewed-{next(_names)}") as opened:
        yield opened


def log_of(book: Book) -> list[LogRow]:
    return checked_log(book.pool, book.name)


def mediated(book: Book, order: str = "PO-1") -> None:
    """Let MED-1 decide a claim of 40.00 about an order of 100.00 that is paid and dispatched."""
    for command in whole_trade(order)[:-2]:
        book.say(command)
    book.say(commands.OpenDispute(order=order, claims=(NewClaim(kind="quality", amount_minor=4_000),)))
    book.clock.move(days=4)
    book.say(commands.EscalateDispute(order=order, side="buyer"))
    book.say(commands.AssignMediator(order=order, mediator="MED-1"))
    book.say(commands.DeclareConflict(order=order, conflict=False), actor=MEDIATOR)


def decision(amount_minor: int = 3_000, *, order: str = "PO-1") -> commands.ProposeDecision:
    finding = Finding(text=TEXT, evidence=())
    ruling = ProposedRuling(
        claim=1, remedy="partial-refund", amount_minor=amount_minor, reason="defects", findings=(finding,)
    )
    return commands.ProposeDecision(order=order, rulings=(ruling,))


def offer(amount_minor: int = 3_000) -> commands.MakeOffer:
    return commands.MakeOffer(
        order="PO-1", claim=1, side="exporter", remedy="partial-refund", amount_minor=amount_minor
    )


def by_mediator(command: PublicCommand, name: str = "it") -> Candidate:
    return Candidate(name=name, command=command, actor=MEDIATOR, role="mediator")


def previews(book: Book) -> Previews:
    return Previews(book.pool, book.name)


def seen(book: Book, *candidates: Candidate, preview: str = "P-1") -> list[Foreseen]:
    return previews(book).make(preview, candidates or [by_mediator(decision())], at=book.clock.now)


def execute(book: Book, candidate: int = 1, *, preview: str = "P-1", command_id: str = "execute") -> Accepted:
    submission = previews(book).submission(preview, candidate, command_id=command_id, principal="tests")
    outcome = book.writer.submit(submission).result(timeout=30)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def test_executing_makes_exactly_the_entries_that_were_shown(book: Book) -> None:
    mediated(book)
    book.say(commands.MakeOffer(order="PO-1", claim=1, side="exporter", remedy="refund"))
    (foreseen,) = seen(book, by_mediator(commands.AcceptOffer(order="PO-1", offer=1, side="buyer")))
    shown = entries_of(foreseen.future.now)
    assert {step.reference for step, _ in shown} == {"hold:PO-1"}
    recorded = execute(book).events
    made = [(each.originator_id, entry) for each in recorded if (entry := post(each.originator_id, each.event))]
    assert made == [(step.reference, entry) for step, entry in shown]
    assert recorded[0].topic == "dispute.offer_accepted"
    log_of(book)


def test_executing_records_the_very_events_that_were_foreseen(book: Book) -> None:
    mediated(book)
    (foreseen,) = seen(book)
    recorded = execute(book).events
    assert [(each.originator_id, each.event) for each in recorded] == [
        (step.reference, step.event) for step in foreseen.future.now
    ]
    assert {each.state.actor for each in recorded} == {MEDIATOR}


def test_what_was_foreseen_for_later_is_what_comes_when_nobody_objects(book: Book) -> None:
    mediated(book)
    (foreseen,) = seen(book)
    execute(book)
    shown = [(step.reference, entry) for step, entry in entries_of(foreseen.future.later)]
    book.clock.move(days=200)
    expired = book.say(commands.ExpireClocks(order="PO-1")).events
    made = [(each.originator_id, entry) for each in expired if (entry := post(each.originator_id, each.event))]
    assert made == shown
    assert [(each.state.occurred_at, each.topic) for each in expired][-1] == (
        foreseen.future.later[-1].occurred_at,
        "hold.closed",
    )


def test_a_preview_writes_nothing_to_the_log(book: Book) -> None:
    mediated(book)
    before, outcomes = log_of(book), count_outcomes(book.pool, book.name)
    seen(book, by_mediator(decision(1_000)), by_mediator(decision(2_000)), by_mediator(offer()))
    assert log_of(book) == before
    assert count_outcomes(book.pool, book.name) == outcomes


MOVES: dict[str, commands.Command] = {
    "the dispute": commands.MakeOffer(order="PO-1", claim=1, side="buyer", remedy="refund"),
    "a claim": commands.WithdrawClaim(order="PO-1", claim=1),
    "the goods": commands.RecordDelivery(order="PO-1"),
    "the money": commands.RecordPayment(order="PO-1", amount=Money("USD", 1), account="clearing:card"),
    "the money's freedom": commands.FreezeHold(order="PO-1", reason="under-review"),
    "a clock": commands.PauseClock(order="PO-1", clock="review/1", reason="holiday"),
}


@pytest.mark.parametrize("moved", MOVES)
def test_anything_that_moves_in_the_trade_meanwhile_refuses(book: Book, moved: str) -> None:
    mediated(book)
    seen(book)
    book.say(MOVES[moved])
    log = log_of(book)
    with pytest.raises(VersionDiffers):
        execute(book)
    assert log_of(book) == log


def test_a_clock_that_passed_meanwhile_refuses_though_nobody_has_said_so(book: Book) -> None:
    mediated(book)
    book.say(commands.MakeOffer(order="PO-1", claim=1, side="buyer", remedy="refund"))
    seen(book)
    book.clock.move(days=11)
    log = log_of(book)
    with pytest.raises(EntriesDiffer):
        execute(book)
    assert log_of(book) == log


def test_another_trade_of_the_same_exporter_refuses_nothing(book: Book) -> None:
    mediated(book)
    book.say(commands.MakeOffer(order="PO-1", claim=1, side="exporter", remedy="refund"))
    seen(book, by_mediator(commands.AcceptOffer(order="PO-1", offer=1, side="buyer")))
    book.trade("PO-2")
    book.say(commands.ProposeRefund(order="PO-2", amount=Money("USD", 500), reason="goodwill"))
    assert "hold.refunded" in [each.topic for each in execute(book).events]


def test_time_that_passes_refuses_nothing(book: Book) -> None:
    mediated(book)
    seen(book)
    book.clock.move(hours=20)
    execute(book)


def test_executing_again_answers_as_the_first_time_and_another_candidate_is_too_late(book: Book) -> None:
    mediated(book)
    seen(book, by_mediator(decision(1_000)), by_mediator(decision(2_000)))
    first = execute(book, 2)
    again = execute(book, 2)
    assert (again.repeated, again.first_position) == (True, first.first_position)
    with pytest.raises(VersionDiffers):
        execute(book, 1, command_id="another")


def test_only_what_could_be_carried_out_is_kept(book: Book) -> None:
    mediated(book)
    rules = book.ledger.cache.find("rulebook:standard/1")
    assert rules is not None
    assert rules.aggregate is not None
    fine = by_mediator(decision(), "fine")
    refused = by_mediator(decision(5_000), "more than claimed")
    other_rules = Candidate(
        name="other rules",
        command=decision(),
        actor=MEDIATOR,
        role="mediator",
        instead={"rulebook:standard/1": rules.aggregate},
    )
    foreseen = seen(book, refused, other_rules, fine)
    assert [each.candidate.name for each in foreseen] == ["more than claimed", "other rules", "fine"]
    assert [each.future.refusal is None for each in foreseen] == [False, True, True]
    assert previews(book).executable("P-1") == [3]
    for number in (1, 2, 4):
        with pytest.raises(PreviewNotFound):
            execute(book, number)
    with pytest.raises(PreviewNotFound):
        execute(book, preview="P-2")
    execute(book, 3)


@pytest.mark.parametrize(
    "candidates",
    [
        list,
        lambda: [by_mediator(decision())] * (CANDIDATES_MAX + 1),
        lambda: [by_mediator(commands.RecordWatchlist(list_name="UNSC", version="v1", sha256=TEXT))],
    ],
    ids=["none", "too many", "about no order"],
)
def test_a_preview_looks_at_some_commands_about_orders(book: Book, candidates: Callable[[], list[Candidate]]) -> None:
    with pytest.raises(PreviewMalformed):
        previews(book).make("P-1", candidates(), at=book.clock.now)


def test_candidates_are_looked_at_side_by_side_as_the_book_stands_at_one_moment(book: Book) -> None:
    mediated(book)
    foreseen = seen(book, *(by_mediator(decision(minor)) for minor in (1_000, 2_000, 3_000)))
    refunded = [
        -posting.amount_minor
        for each in foreseen
        for _, entry in entries_of(each.future.later)
        for posting in entry.postings
        if posting.account == "refundable:buyer:BUY-1"
    ]
    assert refunded == [1_000, 2_000, 3_000]
    assert len({each.future.read[order_id("PO-1")] for each in foreseen}) == 1


def test_a_preview_is_of_its_book(book: Book) -> None:
    mediated(book)
    seen(book)
    with pytest.raises(PreviewNotFound):
        Previews(book.pool, "other").submission("P-1", 1, command_id="x", principal="tests")


def test_any_preview_may_be_deleted(book: Book) -> None:
    mediated(book)
    seen(book)
    with book.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.previews WHERE book = %s", (book.name,))
    with pytest.raises(PreviewNotFound):
        execute(book)
