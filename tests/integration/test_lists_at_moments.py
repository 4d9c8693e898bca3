"""Orders, disputes, deadlines and commissions at any moment are those of a ledger that was replayed only so far."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from api.composition import OpenedBook
from api.disputes import DisputeNotFound, get_dispute
from api.parties import all_parties
from api.rulebooks import all_rulebooks
from domain import commands
from domain.commands import AcceptOrder
from domain.envelope import Recorded
from domain.references import kind_of
from ledger.outcomes import Accepted
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from projections.balances import balances_at
from projections.commissions import CommissionsSought, borne_by_operator, search_commissions
from projections.deadlines import DeadlinesSought, search_deadlines
from projections.disputes import DisputesSought, Stage, search_disputes
from projections.journal import entries_between
from projections.log import read_log
from projections.moment import NOW, Moment
from projections.orders import OrdersSought, find_order, search_orders
from projections.projection import POSITION_MAX
from projections.proof_of_holds import proof_of_holds
from projections.runner import Runner
from projections.streams import aggregate_of, log_between, references_of
from projections.timelines import count_disputes, timeline_of, timeline_of_dispute
from tests.books import Book, pay, place_order
from tests.read_side import copied, cut
from tests.troubles import troubled_book

ORDERS = [f"PO-{letter}" for letter in "ABCDEFGHI"]
DISPUTES = ["PO-A/1", "PO-B/1", "PO-D/1", "PO-D/2", "PO-F/1"]
DISPUTES_SOUGHT: list[tuple[DisputesSought, Stage, int | None, int]] = [
    (DisputesSought(), "all", None, 0),
    (DisputesSought(), "open", 2, 1),
    (DisputesSought(order="PO-D"), "settled", None, 0),
    (DisputesSought(must_act="exporter"), "negotiating", None, 0),
    (DisputesSought(mediator="MED-1"), "all", None, 0),
]
LATE = ["LATE-1", "LATE-2"]
CUTS = 12
MOMENTS = 40
SEED = 4


def everything(connection: Connection, book: str, moment: Moment) -> dict[str, Any]:
    """Return all that the read side shows of a book at a moment."""
    page = search_orders(connection, book, limit=4, moment=moment)
    before = page[-1].position if page else POSITION_MAX
    return {
        "order": [find_order(connection, book, order, moment=moment) for order in (*ORDERS, "PO-404")],
        "orders": search_orders(connection, book, moment=moment),
        "pages": [page, search_orders(connection, book, limit=4, before=before, moment=moment)],
        "orders sought": [
            search_orders(connection, book, sought, moment=moment)
            for sought in (
                OrdersSought(reference="PO-"),
                OrdersSought(exporter="EXP-T", status="received"),
                OrdersSought(buyer="BUY-1"),
                OrdersSought(status="accepted"),
            )
        ],
        "disputes": [
            search_disputes(connection, book, sought, stage=stage, limit=limit, skip=skip, moment=moment)
            for sought, stage, limit, skip in DISPUTES_SOUGHT
        ],
        "deadlines": [
            search_deadlines(connection, book, sought, limit=limit, moment=moment)
            for sought, limit in (
                (DeadlinesSought(), None),
                (DeadlinesSought(order="PO-B"), 1),
                (DeadlinesSought(paused=True), None),
                (DeadlinesSought(kind="ship-by", silence_of="exporter"), None),
            )
        ],
        "commissions": [
            search_commissions(connection, book, sought, moment=moment)
            for sought in (CommissionsSought(), CommissionsSought(exporter="EXP-U"), CommissionsSought(currency="INR"))
        ],
        "borne": borne_by_operator(connection, book, moment=moment),
        "proof": proof_of_holds(connection, book, moment=moment),
        "timelines": [timeline_of(connection, book, order, moment=moment) for order in ORDERS],
        "dispute timelines": [
            timeline_of_dispute(connection, book, f"dispute:{dispute}", moment=moment) for dispute in DISPUTES
        ],
        "dispute counts": [count_disputes(connection, book, order, moment=moment) for order in ORDERS],
        "things": {
            reference: aggregate_of(connection, book, reference, moment=moment)
            for kind in ("rulebook", "agreement", "party", "payee", "dispute", "order", "hold", "clock")
            for reference in references_of(connection, book, kind, moment=moment)
        },
        "rulebooks": all_rulebooks(connection, book, moment=moment),
        "parties": all_parties(connection, book, moment=moment),
        "journal": entries_between(connection, book, after=5, limit=50, moment=moment),
        "log": log_between(connection, book, after=5, limit=50, moment=moment),
    }


def dispute_views(book: Book, name: str, moment: Moment) -> list[Any]:
    """Return every dispute as its mediator reads it, and each order's latest; nothing where there is none."""
    opened = OpenedBook(book.pool, name)
    found: list[Any] = []
    for reference in (*DISPUTES, *ORDERS):
        order, _, number = reference.partition("/")
        try:
            found.append(get_dispute(opened, order, int(number) if number else None, moment=moment))
        except DisputeNotFound:
            found.append(None)
    return found


@pytest.fixture(scope="module")
def book(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    """Yield a book of troubles over a year, and of facts that the ledger learns of long after they happened."""
    with troubled_book(postgres, template, database="lists_at_moments") as opened:
        opened.clock.move(days=30)
        for order in LATE:
            for days, command in (
                (20, place_order(order)),
                (25, AcceptOrder(order=order)),
                (10, pay(order, 4_000)),
                (40, pay(order, 1_000)),
                (15, commands.DispatchGoods(order=order)),
                (3, pay(order, 500)),
            ):
                _say(opened, command, days_ago=days)
        _say(opened, commands.AcceptAmendment(order="PO-C", side="exporter", amendment=4), days_ago=200)
        _say(opened, commands.AcceptOffer(order="PO-B", offer=2, side="buyer"), days_ago=200)
        Runner(opened.pool, opened.name).catch_up()
        yield opened


def _say(book: Book, command: commands.Command, *, days_ago: int) -> None:
    submission = book.submission(command)
    at = book.clock() - timedelta(days=days_ago)
    outcome = book.writer.submit(replace(submission, occurred_at=at)).result(timeout=30)
    assert isinstance(outcome, Accepted), outcome


@pytest.fixture(scope="module")
def log(book: Book) -> list[Recorded]:
    """Return the whole log."""
    with book.pool.connection() as connection:
        return [each for events in read_log(connection, book.name, up_to=POSITION_MAX) for each in events.recorded]


@pytest.fixture
def moments(log: Sequence[Recorded]) -> list[Moment]:
    """Return moments by day: of the whole log, and of parts of it, from before the first day to after the last."""
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    days = sorted({each.state.posting_date for each in log})
    days = [days[0] - timedelta(days=1), *days, date.max]
    parts = [Moment(dice.randrange(len(log)), dice.choice(days)) for _ in range(MOMENTS)]
    return [*(Moment(len(log), day) for day in days), *parts]


def test_the_book_learns_of_things_out_of_order(log: Sequence[Recorded]) -> None:
    latest: dict[str, date] = {}
    late: Counter[str] = Counter()
    for each in log:
        day = each.state.posting_date
        late[kind_of(each.originator_id)] += day < latest.get(each.originator_id, day)
        latest[each.originator_id] = max(day, latest.get(each.originator_id, day))
    assert min(late[kind] for kind in ("order", "hold", "dispute", "clock")) > 0


def test_at_every_position_the_read_side_is_that_of_a_log_that_ends_there(book: Book, log: Sequence[Recorded]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    head = len(log)
    for position in [0, 1, *dice.sample(range(2, head), CUTS), head]:
        copy = copied(book.pool, book.name)
        cut(book.pool, copy, position)
        Runner(book.pool, copy).catch_up()
        with book.pool.connection() as connection:
            replayed = everything(connection, copy, NOW)
            assert everything(connection, book.name, Moment(position)) == replayed, position
        assert dispute_views(book, book.name, Moment(position)) == dispute_views(book, copy, NOW), position


def test_as_of_the_last_day_everything_counts(book: Book, log: Sequence[Recorded]) -> None:
    with book.pool.connection() as connection:
        for position in (len(log) // 2, len(log)):
            by_day, by_position = (everything(connection, book.name, Moment(position, day)) for day in (date.max, None))
            assert by_day == by_position
    last_day = Moment(len(log), date.max)
    assert dispute_views(book, book.name, last_day) == dispute_views(book, book.name, NOW)


def test_as_of_a_day_the_orders_hold_what_their_accounts_say(book: Book, moments: Sequence[Moment]) -> None:
    with book.pool.connection() as connection:
        for moment in moments:
            proofs = proof_of_holds(connection, book.name, moment=moment)
            assert all(proof.agrees for proof in proofs), moment
            balances = {(one.account, one.currency): one for one in balances_at(connection, book.name, moment)}
            for row in search_orders(connection, book.name, limit=1_000, moment=moment):
                for part in ("hold", "disputed", "frozen"):
                    balance = balances.get((f"{part}:{row.order}", row.currency))
                    held_minor = getattr(row, "held_minor" if part == "hold" else f"{part}_minor")
                    assert held_minor == (balance.balance_minor if balance else 0), (moment, row.order, part)


def test_as_of_a_day_commissions_are_what_the_partners_accounts_say(book: Book, moments: Sequence[Moment]) -> None:
    with book.pool.connection() as connection:
        for moment in moments:
            sums: Counter[tuple[str, str]] = Counter()
            for row in search_commissions(connection, book.name, CommissionsSought(), moment=moment):
                assert moment.as_of is None or row.month <= moment.as_of
                sums[f"accrued:partner:{row.partner}", row.currency] += row.unearned_minor
                sums[f"payable:partner:{row.partner}", row.currency] += row.due_minor
            partners = {
                (one.account, one.currency): one.balance_minor
                for one in balances_at(connection, book.name, moment)
                if ":partner:" in one.account and one.balance_minor
            }
            assert partners == {key: minor for key, minor in sums.items() if minor}, moment


def test_as_of_a_day_a_history_is_what_is_posted_up_to_it(
    book: Book, log: Sequence[Recorded], moments: Sequence[Moment]
) -> None:
    with book.pool.connection() as connection:
        for moment in moments:
            counts = [each for each in log if each.position <= moment.position and _posted_by(each, moment)]
            assert log_between(connection, book.name, after=0, limit=10_000, moment=moment) == counts
            paged: list[Recorded] = []
            while page := log_between(
                connection, book.name, after=paged[-1].position if paged else 0, limit=40, moment=moment
            ):
                paged += page
            assert paged == counts
            for order in (*ORDERS, *LATE):
                of_order = [each for each in timeline_of(connection, book.name, order) if each in counts]
                assert timeline_of(connection, book.name, order, moment=moment) == of_order
            shown = entries_between(connection, book.name, after=0, limit=10_000, moment=moment)
            entries = entries_between(connection, book.name, after=0, limit=10_000)
            kept = {each.position for each in counts}
            assert shown == [entry for entry in entries if entry.position in kept]


def test_as_of_a_day_what_had_not_begun_is_not_there(
    book: Book, log: Sequence[Recorded], moments: Sequence[Moment]
) -> None:
    with book.pool.connection() as connection:
        for moment in moments:
            counts = [each for each in log if each.position <= moment.position and _posted_by(each, moment)]
            begun = {each.originator_id for each in counts if each.originator_version == 1}
            rows = search_orders(connection, book.name, limit=1_000, moment=moment)
            assert {f"order:{row.order}" for row in rows} == {thing for thing in begun if kind_of(thing) == "order"}
            assert rows == sorted(rows, key=lambda row: -row.position)
            disputes = search_disputes(connection, book.name, DisputesSought(), stage="all", moment=moment)
            found = {f"dispute:{row.order}/{row.number}" for row in disputes}
            assert found == {thing for thing in begun if kind_of(thing) == "dispute"}
            for row in disputes:
                view = get_dispute(OpenedBook(book.pool, book.name), row.order, row.number, moment=moment)
                assert (view.status, view.mediator, view.paid_minor) == (row.status, row.mediator, row.paid_minor)
                assert view.set_aside_minor == row.set_aside_minor
                running = [clock for clock in view.clocks if clock.paused_at is None]
                assert row.clock == (running[0].clock if running else None)
            clocks = search_deadlines(connection, book.name, DeadlinesSought(), moment=moment)
            started = {(each.originator_id, each.event.clock) for each in counts if each.topic == "clock.started"}  # type: ignore[attr-defined]
            assert {(f"clock:{row.order}", row.clock) for row in clocks} <= started


def _posted_by(recorded: Recorded, moment: Moment) -> bool:
    return moment.as_of is None or recorded.state.posting_date <= moment.as_of


def test_a_late_fact_is_known_from_its_recording_and_true_from_its_day(book: Book, log: Sequence[Recorded]) -> None:
    """LATE-1 was accepted before the day it was placed, and 10.00 came in earlier still."""
    of_order = [each for each in log if each.originator_id in {"order:LATE-1", "hold:LATE-1"}]
    payments = [each for each in of_order if each.topic == "hold.payment_received"]
    placed_on = of_order[0].state.posting_date
    with book.pool.connection() as connection:

        def received(moment: Moment) -> int | None:
            row = find_order(connection, book.name, "LATE-1", moment=moment)
            return row.received_minor if row else None

        assert [received(Moment(payment.position)) for payment in payments] == [4_000, 5_000, 5_500]
        assert received(Moment(len(log), placed_on - timedelta(days=1))) is None
        assert received(Moment(len(log), placed_on)) == 1_000
        assert received(Moment(payments[0].position, placed_on)) == 0
        row = find_order(connection, book.name, "LATE-1", moment=Moment(len(log), placed_on))
        assert row is not None
        assert row.status == "accepted"


def test_an_event_without_what_it_needs_does_not_count(book: Book, log: Sequence[Recorded]) -> None:
    """PO-C's last amendment was accepted, as its exporter said later, before the day on which it was proposed."""
    (accepted,) = [each for each in log if each.topic == "order.amendment_accepted"][-1:]
    (proposed,) = [each for each in log if each.topic == "order.amendment_proposed"][-1:]
    assert accepted.originator_id == proposed.originator_id == "order:PO-C"
    assert accepted.state.posting_date < proposed.state.posting_date
    with book.pool.connection() as connection:
        for day, ship_by in (
            (accepted.state.posting_date, None),
            (proposed.state.posting_date, date(2028, 1, 1)),
        ):
            row = find_order(connection, book.name, "PO-C", moment=Moment(len(log), day))
            assert (row.ship_by if row else None) == ship_by
