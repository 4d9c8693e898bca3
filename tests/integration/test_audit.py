"""Audit trail of a real book: every list is what the log says, and nobody can change what was tried or read."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from domain import commands
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.errors import Forbidden
from domain.money import Money
from domain.proposal import ApproverIsProposer
from ledger.outcomes import Rejected, SubmissionMalformed
from ledger.pool import Connection
from ledger.postgres import EmbeddedPostgres
from ledger.reads import Reader, Reading, Reads
from projections.attempts import AttemptsSought, CursorMalformed, search_attempts
from projections.audit import AuditRow, AuditSought, references_about, search_audit
from projections.four_eyes import FourEyesRow, FourEyesSought, search_four_eyes
from projections.projection import POSITION_MAX
from projections.readings import ReadingsSought, search_readings, with_evidence
from projections.runner import Runner
from tests.books import Book, count_outcomes, place_order, read_log, whole_trade
from tests.read_side import differences
from tests.tampering import as_superuser, tampering
from tests.troubles import LARGE_MINOR, SHA256, WORDS, troubled_book

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
READER = Reader("auditor:AUD-1", "auditor", "case-7")
ALL = POSITION_MAX


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="audited") as book:
        yield book


@pytest.fixture(scope="module")
def naive(troubled: Book) -> list[dict[str, Any]]:
    """Return the envelopes of the log as plain JSON, with where each event stands."""
    return [
        {"position": row.position, "topic": row.topic, "object": row.originator_id, **msgspec.json.decode(row.state)}
        for row in read_log(troubled.pool)
    ]


@pytest.fixture
def connection(troubled: Book) -> Iterator[Connection]:
    with troubled.pool.connection() as opened:
        yield opened


def listed(connection: Connection, **wanted: Any) -> list[AuditRow]:
    return search_audit(connection, "main", AuditSought(**wanted), limit=ALL)


def commands_of(naive: list[dict[str, Any]], fits: Callable[[dict[str, Any]], bool]) -> list[tuple[str, str]]:
    """Return the commands of which an event fits, the last first."""
    return list(dict.fromkeys((each["principal"], each["command_id"]) for each in reversed(naive) if fits(each)))


def keys(rows: list[AuditRow]) -> list[tuple[str, str]]:
    return [(row.principal, row.command_id) for row in rows]


# Who did what.


def test_rows_share_the_log_out_among_them_and_say_what_its_envelopes_say(
    connection: Connection, naive: list[dict[str, Any]]
) -> None:
    rows = listed(connection)[::-1]
    steps = [(row, step) for row in rows for step in row.steps]
    assert [step.position for _, step in steps] == [each["position"] for each in naive]
    for (row, step), each in zip(steps, naive, strict=True):
        assert (row.actor, row.role, row.principal) == (each["actor"], each["role"], each["principal"])
        assert row.command_id == each["command_id"]
        assert (step.topic, step.object, step.policy) == (each["topic"], each["object"], each["policy"])
        assert row.first_position <= step.position <= row.last_position
    assert len(rows) == len({(each["principal"], each["command_id"]) for each in naive}) > 80


def test_row_names_its_command_and_when_it_took_place(connection: Connection) -> None:
    named = {row.command: row for row in listed(connection)}
    assert {"OpenBook", "PlaceOrder", "ProposeDecision", "ExpireClocks", "ReferExporter"} <= set(named)
    expired = named["ExpireClocks"]
    assert all(step.policy for step in expired.steps)
    assert expired.occurred_at == expired.steps[0].occurred_at < expired.recorded_at
    placed = named["PlaceOrder"]
    assert (placed.steps[0].topic, placed.steps[0].policy, placed.occurred_at) == (
        "order.placed",
        "",
        placed.recorded_at,
    )


@pytest.mark.parametrize("field", ["actor", "role", "principal"])
def test_commands_are_found_by_who_said_them(connection: Connection, naive: list[dict[str, Any]], field: str) -> None:
    values = {each[field] for each in naive}
    for value in values:
        found = keys(listed(connection, **{field: value}))
        assert found == commands_of(naive, lambda each, value=value: each[field] == value)  # type: ignore[misc]
    assert listed(connection, **{field: "nobody"}) == []
    assert field != "actor" or len(values) > 4


def test_commands_are_found_by_their_name_and_id(connection: Connection) -> None:
    placed = listed(connection, command="PlaceOrder")
    assert {row.steps[0].topic for row in placed} == {"order.placed"}
    assert len(placed) == 9
    one = placed[0]
    assert listed(connection, command_id=one.command_id) == [one]
    assert listed(connection, command_id=one.command_id, principal="somebody-else") == []


def test_commands_are_found_by_what_they_made_happen_and_by_what_followed(
    connection: Connection, naive: list[dict[str, Any]]
) -> None:
    for topic in {each["topic"] for each in naive}:

        def made(each: dict[str, Any], topic: str = topic) -> bool:
            return bool(each["topic"] == topic)

        assert keys(listed(connection, topic=topic)) == commands_of(naive, made)
        by_command = keys(listed(connection, topic=topic, made_by="command"))
        assert by_command == commands_of(naive, lambda each: made(each) and not each["policy"])
        by_policy = keys(listed(connection, topic=topic, made_by="policy"))
        assert by_policy == commands_of(naive, lambda each: made(each) and bool(each["policy"]))
    assert keys(listed(connection, made_by="policy")) == commands_of(naive, lambda each: bool(each["policy"]))
    assert keys(listed(connection, made_by="command")) == commands_of(naive, lambda each: not each["policy"])


def test_object_means_itself_and_an_order_means_everything_of_its_trade(
    connection: Connection, naive: list[dict[str, Any]]
) -> None:
    for reference in ("party:EXP-T", "dispute:PO-A/1", "payee:EXP-T/USD", "agreement:AG-T", "hold:PO-404"):
        found = keys(listed(connection, object=reference))
        assert found == commands_of(naive, lambda each, of=reference: each["object"] == of)  # type: ignore[misc]

    def of_trade(each: dict[str, Any]) -> bool:
        _, _, key = each["object"].partition(":")
        return bool(key == "PO-A" or key.startswith("PO-A/"))

    whole = keys(listed(connection, object="PO-A"))
    assert whole == keys(listed(connection, object="order:PO-A")) == commands_of(naive, of_trade)
    assert len(whole) > 10


def test_commands_are_found_by_when_they_were_recorded(connection: Connection) -> None:
    rows = listed(connection)
    instants = sorted({row.recorded_at for row in rows})
    assert len(instants) > 4
    a_moment = timedelta(microseconds=1)
    for since, until in ((instants[1], instants[3]), (instants[2], instants[2])):
        between = [row for row in rows if since <= row.recorded_at <= until]
        assert between
        assert listed(connection, since=since, until=until) == between
        assert listed(connection, since=since - a_moment, until=until + a_moment) == between
    assert listed(connection, since=instants[-1] + a_moment) == []
    assert listed(connection, until=instants[0] - a_moment) == []


def test_commands_are_found_by_any_of_their_positions(connection: Connection) -> None:
    long = max(listed(connection), key=lambda row: row.last_position - row.first_position)
    for position in range(long.first_position, long.last_position + 1):
        assert listed(connection, positions=(position, position)) == [long]


def test_pages_follow_on_each_other_without_gap_or_repetition(connection: Connection) -> None:
    whole, paged, before = listed(connection, role="operator"), list[AuditRow](), POSITION_MAX
    while page := search_audit(connection, "main", AuditSought(role="operator"), before=before, limit=7):
        paged += page
        before = page[-1].first_position
    assert paged == whole


def test_command_across_batches_is_one_row(troubled: Book, connection: Connection) -> None:
    whole = listed(connection)
    runner = Runner(troubled.pool, "main", batch_events_max=1)
    with troubled.pool.connection() as resetting:
        resetting.execute("DELETE FROM projections.audit WHERE book = 'main'")
        resetting.execute("DELETE FROM projections.four_eyes WHERE book = 'main'")
        resetting.execute("DELETE FROM projections.positions WHERE projection IN ('audit', 'four_eyes')")
    connection.rollback()
    runner.catch_up()
    assert listed(connection) == whole
    connection.rollback()
    assert differences(troubled.pool, "main") == []


# Four eyes.


def proposals(connection: Connection, book: str = "main", **wanted: Any) -> dict[str, FourEyesRow]:
    rows = search_four_eyes(connection, book, FourEyesSought(**wanted), limit=ALL)
    assert [row.position for row in rows] == sorted((row.position for row in rows), reverse=True)
    return {row.proposal: row for row in rows}


def test_every_proposal_of_the_log_is_there_with_how_it_ended(
    connection: Connection, naive: list[dict[str, Any]]
) -> None:
    rows = proposals(connection, by_rule=True)
    made = Counter(each["topic"] for each in naive)
    kinds = Counter(row.what for row in rows.values())
    assert kinds["release"] == made["release.proposed"] > 2
    assert kinds["refund"] == made["refund.proposed"] > 2
    assert kinds["rulebook"] == made["rulebook.drafted"] == 2
    assert kinds["decision"] == made["dispute.decision_proposed"] == 3
    by_position = {each["position"]: each for each in naive}
    for row in rows.values():
        assert by_position[row.position]["object"] == row.reference
        if row.decided_position is not None:
            decision = by_position[row.decided_position]
            assert (decision["object"], decision["policy"]) == (row.reference, row.policy)
            assert row.stands in {"approved", "rejected"}
            assert row.two_people is (None if row.policy else True)
    assert {row.policy for row in rows.values()} > {"", None}


def test_pairs_are_who_proposed_and_who_decided(connection: Connection) -> None:
    rows = proposals(connection)
    rulebook = rows["rulebook:troubled/1"]
    assert (rulebook.proposed_by, rulebook.stands, rulebook.decided_by) == (
        "operator:first",
        "approved",
        "operator:second",
    )
    assert (rulebook.amount_minor, rulebook.currency, rulebook.two_people) == (None, None, True)
    waiting = rows["decision:PO-F/1/1"]
    assert (waiting.reference, waiting.proposed_by, waiting.stands) == ("dispute:PO-F/1", "MED-3", "waiting")
    assert (waiting.amount_minor, waiting.currency) == (LARGE_MINOR, "USD")
    assert (waiting.decided_by, waiting.decided_at, waiting.two_people) == (None, None, None)


def test_proposals_are_found(connection: Connection) -> None:
    everything = proposals(connection, by_rule=True)
    assert set(proposals(connection, what="rulebook")) == {"rulebook:standard/1", "rulebook:troubled/1"}
    assert set(proposals(connection, actor="operator:second")) == {"rulebook:standard/1", "rulebook:troubled/1"}
    for mediator in ("mediator:MED-3", "MED-3"):
        assert set(proposals(connection, actor=mediator)) == {"decision:PO-F/1/1"}
    assert set(proposals(connection, stands="waiting")) == {
        name for name, row in everything.items() if row.decided_position is None
    }
    of_trade = references_about(connection, "main", "PO-A")
    assert set(proposals(connection, references=of_trade, by_rule=True)) == {
        name for name in everything if "PO-A" in name
    }
    first, *_, last = sorted(row.position for row in everything.values())
    assert len(proposals(connection, by_rule=True, positions=(first + 1, last - 1))) == len(everything) - 2
    assert proposals(connection, alone=True) == {}


@pytest.fixture
def decided(book: Book) -> Book:
    """Return a book in which releases, a refund and a write-off went through two people or didn't."""
    for order in ("PO-1", "PO-2", "PO-3"):
        for command in whole_trade(order, amount_minor=LARGE_MINOR):
            book.say(command, actor="buyer:BUY-1" if isinstance(command, commands.ConfirmReceipt) else "operator:first")
    book.say(commands.ApproveRelease(order="PO-1", number=1), actor="finance:ann")
    book.say(commands.RejectRelease(order="PO-2", number=1, reason="not-yet"), actor="finance:bob")
    book.say(commands.ProposeRefund(order="PO-2", amount=Money("USD", LARGE_MINOR), reason="late"))
    book.say(commands.ApproveRefund(order="PO-2", number=1), actor="finance:ann")
    return book


@pytest.fixture
def of_decided(decided: Book) -> Iterator[Connection]:
    Runner(decided.pool, decided.name).catch_up()
    with decided.pool.connection() as opened:
        yield opened


def test_approved_rejected_and_waiting_proposals_are_told_apart(of_decided: Connection) -> None:
    rows = proposals(of_decided)
    told = {name: (row.stands, row.proposed_by, row.decided_by, row.amount_minor) for name, row in rows.items()}
    del told["rulebook:standard/1"]
    assert told == {
        "release:PO-1/1": ("approved", "buyer:BUY-1", "finance:ann", LARGE_MINOR),
        "release:PO-2/1": ("rejected", "buyer:BUY-1", "finance:bob", LARGE_MINOR),
        "release:PO-3/1": ("waiting", "buyer:BUY-1", None, LARGE_MINOR),
        "refund:PO-2/1": ("approved", "operator:first", "finance:ann", LARGE_MINOR),
    }


def test_one_person_in_two_roles_is_refused_and_would_be_named(decided: Book) -> None:
    with pytest.raises(ApproverIsProposer):
        decided.say(commands.ApproveRelease(order="PO-3", number=1), actor="finance:BUY-1")
    Runner(decided.pool, decided.name).catch_up()
    with decided.pool.connection() as connection:
        assert proposals(connection, alone=True) == {}
        connection.execute(
            "UPDATE projections.four_eyes SET decided_by = 'finance:BUY-1' WHERE proposal = 'release:PO-1/1'"
        )
        (row,) = proposals(connection, alone=True).values()
        connection.rollback()
    assert (row.proposal, row.proposed_by, row.decided_by) == ("release:PO-1/1", "buyer:BUY-1", "finance:BUY-1")
    assert row.two_people is False


def test_decision_whose_dispute_went_on_without_it_is_overtaken(book: Book) -> None:
    for command in whole_trade("PO-1", amount_minor=LARGE_MINOR)[:-1]:
        book.say(command)
    book.say(commands.OpenDispute(order="PO-1", claims=(NewClaim(kind="quality", line=1),)))
    book.clock.move(days=3)
    book.say(commands.EscalateDispute(order="PO-1", side="buyer"))
    book.say(commands.AssignMediator(order="PO-1", mediator="MED-1"))
    book.say(commands.DeclareConflict(order="PO-1", conflict=False), actor="mediator:MED-1")
    ruling = ProposedRuling(
        claim=1, remedy="refund", amount_minor=None, reason="shown", findings=(Finding(text=WORDS, evidence=()),)
    )
    book.say(commands.ProposeDecision(order="PO-1", rulings=(ruling,)), actor="mediator:MED-1")
    Runner(book.pool, book.name).catch_up()
    with book.pool.connection() as connection:
        assert proposals(connection)["decision:PO-1/1/1"].stands == "waiting"
    book.say(commands.WithdrawClaim(order="PO-1", claim=1))
    Runner(book.pool, book.name).catch_up()
    with book.pool.connection() as connection:
        assert set(proposals(connection, stands="overtaken")) == {"decision:PO-1/1/1"}


# What didn't happen.


def attempts(book: Book, **wanted: Any) -> list[tuple[str, str | None, str]]:
    with book.pool.connection() as connection:
        rows = search_attempts(connection, book.name, AttemptsSought(**wanted))
    return [(row.category, row.actor, row.code) for row in rows]


@pytest.fixture
def tried(decided: Book) -> Book:
    """Return the book after attempts: to approve one's own, to pay twice over, and to draft again."""
    decided.say(commands.ProposeRefund(order="PO-3", amount=Money("USD", LARGE_MINOR), reason="late"))
    decided.clock.move(seconds=1)
    with pytest.raises(Forbidden):
        decided.ask(commands.ApproveRefund(order="PO-3", number=1), command_id="own")
    decided.clock.move(seconds=1)
    assert isinstance(decided.ask(commands.AcceptOrder(order="PO-3"), actor="exporter:EXP-1"), Rejected)
    return decided


def test_refused_and_forbidden_attempts_are_told_with_who_what_and_why(tried: Book) -> None:
    with tried.pool.connection() as connection:
        refused, forbidden = search_attempts(connection, tried.name, AttemptsSought())
    assert (refused.category, refused.actor, refused.role) == ("refused", "exporter:EXP-1", "operator")
    assert (refused.command, refused.object) == ("AcceptOrder", "order:PO-3")
    assert refused.details["order"] == "order:PO-3"
    assert refused.recorded_at == tried.clock.now
    assert (forbidden.category, forbidden.actor, forbidden.command_id) == ("forbidden", "operator:first", "own")
    assert (forbidden.command, forbidden.object) == ("ApproveRefund", "order:PO-3")
    assert (forbidden.code, forbidden.details["number"]) == ("proposal.approver_is_proposer", 1)


def test_what_is_forbidden_is_no_outcome_and_may_be_tried_again(tried: Book) -> None:
    before = count_outcomes(tried.pool)
    with pytest.raises(Forbidden):
        tried.ask(commands.ApproveRefund(order="PO-3", number=1), command_id="own")
    assert count_outcomes(tried.pool) == before
    assert [code for _, _, code in attempts(tried)].count("proposal.approver_is_proposer") == 2
    tried.say(commands.ApproveRefund(order="PO-3", number=1), actor="finance:ann", command_id="own")


def test_neighbours_of_what_is_forbidden_are_recorded_in_the_same_batch(tried: Book) -> None:
    said = [
        tried.submission(place_order("PO-8")),
        tried.submission(commands.ApproveRefund(order="PO-3", number=1)),
        tried.submission(place_order("PO-9")),
    ]
    first, forbidden, last = tried.ledger.process(said)
    assert isinstance(forbidden, Forbidden)
    assert not isinstance(first, Exception)
    assert not isinstance(last, Exception)
    assert len(attempts(tried, category="forbidden")) == 2


def test_attempts_are_found(tried: Book) -> None:
    own = ("forbidden", "operator:first", "proposal.approver_is_proposer")
    again = ("refused", "exporter:EXP-1", "order.not_in_state")
    assert attempts(tried) == [again, own]
    assert attempts(tried, category="forbidden") == attempts(tried, actor="operator:first") == [own]
    assert attempts(tried, code=own[2]) == attempts(tried, command="ApproveRefund") == [own]
    assert attempts(tried, command_id="own") == [own]
    assert attempts(tried, references=["order:PO-3"]) == [again, own]
    assert attempts(tried, references=["order:PO-1"]) == attempts(tried, role="auditor") == []
    assert attempts(tried, principal="tests") == [again, own]
    now = tried.clock.now
    assert attempts(tried, since=now) == [again]
    assert attempts(tried, until=now - timedelta(microseconds=1)) == [own]


def test_pages_of_attempts_of_one_instant_follow_on_each_other(tried: Book) -> None:
    for _ in range(6):
        tried.ask(commands.AcceptOrder(order="PO-3"))
        with pytest.raises(Forbidden):
            tried.ask(commands.ApproveRefund(order="PO-3", number=1))
    with tried.pool.connection() as connection:
        whole = search_attempts(connection, "main", AttemptsSought())
        paged, before = list[Any](), ""
        while page := search_attempts(connection, "main", AttemptsSought(), before=before, limit=3):
            paged += page
            before = page[-1].cursor
    assert paged == whole
    assert len({row.cursor for row in whole}) == len(whole) == 14


@pytest.mark.parametrize("cursor", ["x", "é", "bnVsbA==", "WyIyMDI2LTExLTAxVDAwOjAwOjAwWiIsIC0xLCAiIiwgIiJd"])
def test_cursor_that_is_none_is_malformed(book: Book, cursor: str) -> None:
    with book.pool.connection() as connection, pytest.raises(CursorMalformed):
        search_attempts(connection, "main", AttemptsSought(), before=cursor)


def test_refusal_from_before_outcomes_said_who_is_still_told(tried: Book) -> None:
    with tampering(tried.pool) as connection:
        connection.execute("UPDATE ledger.outcomes SET actor = NULL, role = NULL, command = NULL, object = NULL")
    assert attempts(tried, category="refused") == [("refused", None, attempts(tried)[0][2])]


def test_outcomes_name_the_command_and_refused_ones_say_who_said_it_about_what(tried: Book) -> None:
    query = """
        SELECT actor, role, command, object FROM ledger.outcomes
        WHERE command IN ('ApproveRelease', 'DraftRulebook') OR refusal IS NOT NULL ORDER BY command
    """
    with tried.pool.connection() as connection:
        assert connection.execute(query).fetchall() == [
            ("exporter:EXP-1", "operator", "AcceptOrder", "order:PO-3"),
            (None, None, "ApproveRelease", None),
            (None, None, "DraftRulebook", None),
        ]


def test_name_that_nothing_can_have_harms_no_neighbour(book: Book) -> None:
    """What was tried is kept as text, in which the database takes no NUL."""
    strange = commands.AnswerClaim(order="PO-1\0", claim=1, stance="accepts")
    long = commands.ApproveRulebook(rulebook="standard/" + "9" * 1_000)
    answers = book.ledger.process(
        [book.submission(strange), book.submission(long), book.submission(place_order("PO-1"))]
    )
    assert [isinstance(answer, Exception) for answer in answers] == [True, True, False]
    assert book.submission(strange).attempt.object == ""
    assert len(book.submission(long).attempt.object) == 200


# Who saw what.


@pytest.fixture
def reads(pool: ConnectionPool[Connection]) -> Reads:
    return Reads(pool, "main", clock=lambda: AT)


COMMENT = Reading("value", "claims.1.comment", "ab" * 32)
DOCUMENT = Reading("evidence", "", SHA256)


def test_readings_are_found_by_who_read_and_by_what_was_read(reads: Reads, pool: ConnectionPool[Connection]) -> None:
    reads.record(READER, "dispute:PO-1/1", [COMMENT, COMMENT._replace(field="messages.1.text")])
    reads.record(Reader("mediator:MED-1", "mediator"), f"evidence:{SHA256}", [DOCUMENT])
    reads.record(READER, "party:EXP-1", [])
    with pool.connection() as connection:

        def found(**wanted: Any) -> list[tuple[str, str]]:
            rows = search_readings(connection, "main", ReadingsSought(**wanted))
            return [(row.actor, row.field or row.what) for row in rows]

        mediator, auditor = ("mediator:MED-1", "evidence"), ("auditor:AUD-1", "claims.1.comment")
        second = ("auditor:AUD-1", "messages.1.text")
        assert found() == [mediator, second, auditor]
        assert found(actor="mediator:MED-1") == found(role="mediator") == [mediator]
        assert found(references=["dispute:PO-1/1"]) == [second, auditor]
        assert found(since=AT, until=AT) == [mediator, second, auditor]
        assert found(since=AT + timedelta(microseconds=1)) == found(until=AT - timedelta(microseconds=1)) == []
        assert search_readings(connection, "other", ReadingsSought()) == []
        newest, *older = search_readings(connection, "main", ReadingsSought())
        assert search_readings(connection, "main", ReadingsSought(), before=newest.number) == older
        assert (older[0].why, older[0].digest, older[0].read_at) == ("case-7", "ab" * 32, AT)


def test_reads_of_a_trade_are_those_of_its_disputes_and_of_their_evidence(
    troubled: Book, connection: Connection
) -> None:
    about = with_evidence(connection, "main", references_about(connection, "main", "PO-A"))
    assert {"order:PO-A", "dispute:PO-A/1", f"evidence:{SHA256}"} <= set(about)
    Reads(troubled.pool, "main", clock=troubled.clock).record(READER, f"evidence:{SHA256}", [DOCUMENT])
    assert [row.what for row in search_readings(connection, "main", ReadingsSought(references=about))] == ["evidence"]


@pytest.mark.parametrize(
    ("reader", "field"),
    [
        (Reader("", "auditor"), "actor"),
        (Reader("auditor:A B", "auditor"), "actor"),
        (Reader("auditor:A", "\0"), "role"),
        (Reader("auditor:A", "auditor", "because I can"), "why"),
    ],
)
def test_reader_that_is_none_is_malformed_even_where_there_is_nothing_to_see(
    reads: Reads, reader: Reader, field: str
) -> None:
    with pytest.raises(SubmissionMalformed) as malformed:
        reads.record(reader, "party:EXP-1", [])
    assert malformed.value.field == field


@pytest.mark.parametrize("table", ["ledger.reads", "ledger.forbidden", "ledger.outcomes"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_what_was_tried_or_read(tried: Book, table: str, change: str) -> None:
    Reads(tried.pool, "main", clock=tried.clock).record(READER, "dispute:PO-1/1", [COMMENT])
    with (
        as_superuser(tried.pool) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=f"{table} is append-only"),
        connection.transaction(),
    ):
        connection.execute(change.format(table).encode())
