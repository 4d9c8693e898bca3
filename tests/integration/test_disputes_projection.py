"""Disputes: the work list says who must act, and a dispute read from the log is whole, with its evidence and clocks."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.composition import OpenedBook
from api.disputes import DisputeNotFound, dispute_sought, get_dispute
from api.views import event_text
from domain import commands
from domain.claim import Remedy
from domain.commands.disputes import NewClaim
from domain.dispute import Dispute, ProposedRuling
from domain.dispute_events import Finding
from domain.hold import Hold
from domain.references import ReferenceMalformed, kind_of, order_of_dispute
from ledger.outcomes import CommandKey
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from ledger.reads import Reader
from projections.disputes import DisputeRow, DisputesSought, Stage, search_disputes
from projections.runner import Runner
from projections.streams import aggregate_of, references_of
from projections.timelines import count_disputes, timeline_of, timeline_of_dispute
from tests.books import Book, read_log
from tests.read_side import differences
from tests.troubles import LARGE_MINOR, SHA256, WORDS, troubled_book

FIRST_DAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)
READER = Reader("mediator:MED-1", "mediator")


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="disputes") as book:
        yield book


@pytest.fixture
def connection(troubled: Book) -> Iterator[Connection]:
    with troubled.pool.connection() as opened:
        yield opened


@pytest.fixture
def opened(troubled: Book) -> OpenedBook:
    return OpenedBook(troubled.pool, "main")


def listed(connection: Connection, stage: Stage = "all", **wanted: Any) -> list[DisputeRow]:
    return search_disputes(connection, "main", DisputesSought(**wanted), stage=stage)


def names(rows: list[DisputeRow]) -> list[str]:
    return [f"{row.order}/{row.number}" for row in rows]


# The work list.


def test_rows_are_the_disputes_of_the_log(connection: Connection) -> None:
    rows = {f"dispute:{row.order}/{row.number}": row for row in listed(connection)}
    assert set(rows) == set(references_of(connection, "main", "dispute"))
    for reference, row in rows.items():
        dispute = aggregate_of(connection, "main", reference)
        hold = aggregate_of(connection, "main", f"hold:{order_of_dispute(reference)}")
        assert isinstance(dispute, Dispute)
        assert isinstance(hold, Hold)
        assert (row.buyer, row.exporter, row.currency) == (dispute.buyer, dispute.exporter, dispute.currency)
        assert (row.status, row.opened_at) == (dispute.status, dispute.opened_at)
        assert (row.claims, row.open_claims) == (len(dispute.claims), len(dispute.open_claims))
        assert row.claimed_minor == sum(claim.amount_minor for claim in dispute.claims)
        assert row.paid_minor == dispute.paid_minor
        assert row.set_aside_minor == hold.disputed_minor
        assert (row.settled_at is None) == (dispute.status != "settled")
    assert sum(row.set_aside_minor for row in rows.values()) == 20_000 + LARGE_MINOR


def test_list_begins_with_what_is_most_urgent_and_leaves_out_what_is_settled(connection: Connection) -> None:
    urgent, second = listed(connection, "open")
    assert names([urgent, second]) == ["PO-B/1", "PO-F/1"]
    assert (urgent.must_act, urgent.clock, urgent.due_at) == ("exporter", "answer/1", FIRST_DAY + timedelta(days=3))
    assert (second.must_act, second.clock, second.pending_decision) == ("exporter", "evidence/1/1", 1)


def test_settled_dispute_waits_for_nobody_and_keeps_its_last_mediator(connection: Connection) -> None:
    settled = {f"{row.order}/{row.number}": row for row in listed(connection, "settled")}
    assert set(settled) == {"PO-A/1", "PO-D/1", "PO-D/2"}
    assert {row.must_act for row in settled.values()} == {None}
    decided = settled["PO-A/1"]
    assert (decided.mediator, decided.paid_minor, decided.set_aside_minor) == ("MED-2", 18_000, 0)
    assert decided.escalated_at == FIRST_DAY + timedelta(days=6)
    assert decided.settled_at == FIRST_DAY + timedelta(days=37)
    assert settled["PO-D/1"].escalated_at is None


def test_disputes_are_found_by_stage_order_party_mediator_and_who_must_act(connection: Connection) -> None:
    assert names(listed(connection, "negotiating")) == ["PO-B/1"]
    assert names(listed(connection, "escalated")) == ["PO-F/1"]
    assert names(listed(connection, order="PO-D")) == ["PO-D/1", "PO-D/2"]
    assert names(listed(connection, mediator="MED-3")) == ["PO-F/1"]
    assert names(listed(connection, must_act="exporter")) == ["PO-B/1", "PO-F/1"]
    assert names(listed(connection, must_act="mediator")) == []
    assert len(listed(connection, buyer="BUY-T", exporter="EXP-T")) == 5
    assert listed(connection, exporter="EXP-U") == []


def test_dispute_is_overdue_once_its_next_clock_has_come_to_its_end(connection: Connection) -> None:
    due_at = FIRST_DAY + timedelta(days=3)
    assert listed(connection, overdue_at=due_at - A_MOMENT) == []
    assert names(listed(connection, overdue_at=due_at)) == ["PO-B/1"]


def test_pages_of_disputes_give_each_once(connection: Connection) -> None:
    paged: list[str] = []
    while page := search_disputes(connection, "main", DisputesSought(), stage="all", limit=2, skip=len(paged)):
        paged += names(page)
    assert paged == names(listed(connection))


def test_dispute_without_a_running_clock_comes_last_and_a_paused_one_is_nobodys_turn(book: Book) -> None:
    runner = Runner(book.pool, book.name)
    for order in ("PO-1", "PO-2"):
        book.trade(order)
        book.say(commands.OpenDispute(order=order, claims=(NewClaim(kind="quality", line=1, quantity=1),)))
    for clock in ("answer/1", "escalation/1"):
        book.say(commands.PauseClock(order="PO-1", clock=clock, reason="strike"))
    runner.catch_up()
    with book.pool.connection() as connection:
        rows = listed(connection)
    assert [(f"{row.order}/{row.number}", row.must_act) for row in rows] == [("PO-2/1", "exporter"), ("PO-1/1", None)]
    assert differences(book.pool, book.name) == []


# One dispute, read from the log.


def test_claims_show_how_each_came_to_its_end(opened: OpenedBook) -> None:
    view = get_dispute(opened, "PO-A", 1)
    first, second = view.claims
    assert (first.kind, first.line, first.quantity, first.amount_minor) == ("quality", 1, 200, 20_000)
    assert (first.status, first.stance, first.answer, first.paid_minor) == ("settled", "contests", WORDS, 15_000)
    assert first.remedy == Remedy(kind="partial-refund", amount_minor=15_000)
    assert (second.stance, second.appealed_by, second.paid_minor) == ("", "buyer", 3_000)
    assert (view.claimed_minor, view.set_aside_minor, view.paid_minor) == (25_000, 0, 18_000)
    assert (view.status, view.escalated_by, view.mediator, view.clocks) == ("settled", "clock", "MED-2", [])


def test_decisions_show_findings_citations_and_a_seal_that_anybody_can_compute_again(opened: OpenedBook) -> None:
    first, appeal = get_dispute(opened, "PO-A", 1).decisions
    assert (first.mediator, first.state, first.appeal, first.evidence) == ("MED-1", "given", False, (1,))
    assert (appeal.mediator, appeal.state, appeal.appeal, appeal.evidence) == ("MED-2", "given", True, (2,))
    assert first.approved_by == "rulebook:troubled/1"
    assert [finding.evidence for ruling in first.rulings for finding in ruling.findings] == [(1,), ()]
    sealed = json.dumps([[1, 1, "buyer", SHA256, 10]], separators=(",", ":")).encode()
    assert first.evidence_sha256 == hashlib.sha256(sealed).hexdigest()


def test_evidence_says_whose_it_is_and_whether_it_came_late(opened: OpenedBook) -> None:
    pieces = get_dispute(opened, "PO-A", 1).evidence
    assert [(piece.number, piece.claim, piece.by, piece.late) for piece in pieces] == [
        (1, 1, "buyer", False),
        (2, 2, "buyer", True),
    ]
    assert {(piece.sha256, piece.media_type, piece.size_bytes, piece.name) for piece in pieces} == {
        (SHA256, "image/jpeg", 10, WORDS)
    }


def test_open_dispute_shows_offers_messages_clocks_and_what_is_set_aside(opened: OpenedBook) -> None:
    view = get_dispute(opened, "PO-B")
    assert [(offer.number, offer.by, offer.state) for offer in view.offers] == [
        (1, "exporter", "off-the-table"),
        (2, "exporter", "open"),
    ]
    assert [(message.number, message.text) for message in view.messages] == [(1, WORDS)]
    assert [(clock.clock, clock.paused_at is None) for clock in view.clocks] == [
        ("answer/1", True),
        ("escalation/1", True),
        ("offer/1/2", False),
    ]
    assert (view.claimed_minor, view.set_aside_minor) == (50_000, 20_000)
    assert view.claims[0].charged_back_minor == 30_000


def test_decision_that_waits_and_evidence_that_is_awaited_are_shown(opened: OpenedBook) -> None:
    view = get_dispute(opened, "PO-F", 1)
    (decision,) = view.decisions
    assert (decision.state, decision.approved_by, decision.given_at) == ("pending", "", None)
    assert decision.at_stake_minor == LARGE_MINOR
    (request,) = view.requests
    assert (request.of, request.what, request.answered, request.over) == ("exporter", "packing-list", False, False)


def test_offers_tell_what_became_of_them(book: Book) -> None:
    book.trade("PO-1")
    claims = tuple(NewClaim(kind="quality", line=1, quantity=1) for _ in range(3))
    book.say(commands.OpenDispute(order="PO-1", claims=claims))
    for claim in (1, 2, 3):
        book.say(commands.MakeOffer(order="PO-1", claim=claim, side="exporter", remedy="refund"))
    book.say(commands.AcceptOffer(order="PO-1", offer=1, side="buyer"))
    book.say(commands.DeclineOffer(order="PO-1", offer=2, side="buyer", reason="too-little"))
    book.clock.move(days=11)
    book.say(commands.ExpireClocks(order="PO-1"))
    view = get_dispute(OpenedBook(book.pool, book.name), "PO-1")
    assert [offer.state for offer in view.offers] == ["accepted", "declined", "expired"]


def test_returned_decision_and_one_that_was_overtaken_are_told_apart(book: Book) -> None:
    book.trade("PO-1", amount_minor=2_000_000)
    book.say(commands.ApproveRelease(order="PO-1", number=1), actor="operator:second")
    book.say(commands.OpenDispute(order="PO-1", claims=(NewClaim(kind="quality", line=1),)))
    book.clock.move(days=3)
    book.say(commands.EscalateDispute(order="PO-1", side="buyer"))
    book.say(commands.AssignMediator(order="PO-1", mediator="MED-1"))
    book.say(commands.DeclareConflict(order="PO-1", conflict=False), actor="mediator:MED-1")
    finding = Finding(text=WORDS, evidence=())
    ruling = ProposedRuling(claim=1, remedy="none", amount_minor=None, reason="as-shown", findings=(finding,))
    book.say(commands.ProposeDecision(order="PO-1", rulings=(ruling,)), actor="mediator:MED-1")
    book.say(commands.ReturnDecision(order="PO-1", decision=1, reason="unclear"), actor="mediator:MED-2")
    book.say(commands.ProposeDecision(order="PO-1", rulings=(ruling,)), actor="mediator:MED-1")
    book.say(commands.WithdrawClaim(order="PO-1", claim=1))
    view = get_dispute(OpenedBook(book.pool, book.name), "PO-1")
    assert [decision.state for decision in view.decisions] == ["returned", "overtaken"]


def test_order_stands_for_its_latest_dispute(opened: OpenedBook) -> None:
    assert get_dispute(opened, "PO-D").dispute == "PO-D/2"
    assert get_dispute(opened, "PO-D", 1).dispute == "PO-D/1"


@pytest.mark.parametrize(("order", "number"), [("PO-404", None), ("PO-E", None), ("PO-A", 2), ("PO-A", 0)])
def test_dispute_that_there_is_not_is_named(opened: OpenedBook, order: str, number: int | None) -> None:
    with pytest.raises(DisputeNotFound) as missing:
        get_dispute(opened, order, number)
    assert missing.value.dispute == (order if number is None else f"{order}/{number}")


def test_texts_are_in_clear_only_where_they_are_asked_for_and_null_once_erased(book: Book) -> None:
    opened = OpenedBook(book.pool, book.name)
    text = opened.confidential.keep(CommandKey("tests", "m-1"), owner="BUY-1", field="text", value=b"Half is broken.")
    book.trade("PO-1")
    book.say(commands.OpenDispute(order="PO-1", claims=(NewClaim(kind="damaged", line=1),)))
    book.say(commands.PostMessage(order="PO-1", text=text))
    assert get_dispute(opened, "PO-1").texts is None
    assert get_dispute(opened, "PO-1", reader=READER).texts == {text: "Half is broken."}
    with book.pool.connection() as connection:
        connection.execute("DELETE FROM ledger.confidential WHERE owner = 'BUY-1'")
    assert get_dispute(opened, "PO-1", reader=READER).texts == {text: None}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("PO-1", ("PO-1", None)), ("PO-1/2", ("PO-1", 2)), ("dispute:PO-1/10", ("PO-1", 10))],
)
def test_dispute_is_called_by_its_order_and_number(said: str, meant: tuple[str, int | None]) -> None:
    assert dispute_sought(said) == meant


@pytest.mark.parametrize("said", ["", "PO 1/1", "PO-1/", "PO-1/x", "PO-1/1/2", "PO-1/-1", "PO-1/²", "/1"])
def test_what_cannot_be_a_dispute_is_told(said: str) -> None:
    with pytest.raises(ReferenceMalformed):
        dispute_sought(said)


# Timelines.


def test_timeline_of_an_order_is_everything_that_the_log_holds_of_it(troubled: Book, connection: Connection) -> None:
    for order in ("PO-A", "PO-D", "PO-G"):
        kept = [row.position for row in read_log(troubled.pool) if order_named_by(row.originator_id) == order]
        assert [step.position for step in timeline_of(connection, "main", order)] == kept
    kinds = {kind_of(step.originator_id) for step in timeline_of(connection, "main", "PO-D")}
    assert kinds == {"order", "hold", "release", "refund", "clock", "dispute", "commission"}


def order_named_by(reference: str) -> str:
    return reference.partition(":")[2].partition("/")[0]


def test_timeline_of_a_dispute_is_its_own_with_its_clocks_and_its_money(connection: Connection) -> None:
    first = timeline_of_dispute(connection, "main", "dispute:PO-D/1")
    second = timeline_of_dispute(connection, "main", "dispute:PO-D/2")
    assert Counter(step.topic for step in first) == {
        "dispute.opened": 1,
        "dispute.money_set_aside": 1,
        "hold.disputed": 1,
        "clock.started": 2,
        "dispute.claim_withdrawn": 1,
        "hold.undisputed": 1,
        "dispute.claim_settled": 1,
        "dispute.settled": 1,
        "clock.stopped": 2,
    }
    assert {"refund.proposed", "hold.recovered", "hold.refunded", "refund.executed"} <= {s.topic for s in second}
    assert not {step.position for step in first} & {step.position for step in second}
    about_first = [step for step in timeline_of(connection, "main", "PO-D") if step.originator_id == "dispute:PO-D/1"]
    assert {step.position for step in about_first} <= {step.position for step in first}


def test_disputes_of_an_order_are_counted(connection: Connection) -> None:
    counted = {order: count_disputes(connection, "main", order) for order in ("PO-A", "PO-D", "PO-E", "PO-404")}
    assert counted == {"PO-A": 1, "PO-D": 2, "PO-E": 0, "PO-404": 0}


def test_events_are_told_in_words_with_amounts_in_major_units(connection: Connection) -> None:
    told = {
        step.topic: event_text(step.event, "USD") for step in timeline_of_dispute(connection, "main", "dispute:PO-B/1")
    }
    assert told["dispute.offer_made"] == ("offer 2, claim 1, by exporter, remedy (kind partial-refund, amount 200.00)")
    assert told["hold.disputed"] == "dispute dispute:PO-B/1, amount 500.00"
    assert told["clock.paused"] == "clock offer/1/2, reason holiday"
    assert told["dispute.message_posted"] == "message 1, by operator, text abababababab.."
    assert told["dispute.charged_back"].startswith("amounts (claim 1, amount 300.00)")
