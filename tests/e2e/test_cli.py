"""The command line as people and programs use it: its verbs, JSON, exit statuses, and one line of what is wrong."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from tests.command_line import CORRUPT, DONE, REFUSED, WRONG_USAGE, Ran, Run, in_its_own_process, on_book
from tests.tampering import as_superuser, tampering

PATIENCE_SECONDS = 120

_books = count(1)


@pytest.fixture
def dsn(shared_database: str) -> str:
    """Return the database of this file's tests: each of them has a book of its own in it."""
    return shared_database


@pytest.fixture
def ledger(trade_ledger: Run) -> Run:
    """Return the program on a book of the test's own."""
    return on_book(trade_ledger, f"book-{next(_books)}")


PLACED = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2026-12-01")


def place(ledger: Run, order: str = "PO-1", *more: str) -> Ran:
    ran = ledger("place", order, "--line", "SKU-1:10:300.00", *PLACED, "--json", *more)
    assert ran.status == DONE, ran
    return ran


def whole_trade(ledger: Run, order: str = "PO-1") -> None:
    place(ledger, order)
    for verb in (
        ("accept", order),
        ("pay", order, "300.00", "USD"),
        ("dispatch", order),
        ("deliver", order),
        ("confirm", order),
    ):
        assert ledger(*verb).status == DONE


def one_line(ran: Ran, status: int, begins: str) -> str:
    """Check that a command said one line of what is wrong, and nothing else; return the line."""
    assert (ran.status, ran.out) == (status, ""), ran
    (line,) = ran.err.splitlines()
    assert line.startswith(begins), line
    return line


# The real program, on data of its own.


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Make a home that the server's account may reach, and that nobody uses in the end."""
    folder = Path(tempfile.mkdtemp(prefix="home-"))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder)


def program(home: Path, *arguments: str, **environment: str) -> Ran:
    kept = {name: value for name, value in os.environ.items() if name != "LEDGER_DATABASE_URL"}
    surroundings = kept | {"LEDGER_HOME": str(home)} | environment
    return in_its_own_process(*arguments, environment=surroundings, patience_seconds=PATIENCE_SECONDS)


def test_program_records_a_whole_trade_with_nothing_installed_and_nothing_running(home: Path) -> None:
    def done(*arguments: str) -> Ran:
        ran = program(home, *arguments)
        assert (ran.status, ran.err) == (DONE, ""), ran
        return ran

    assert done("migrate").out == "book main is ready, 4 events\n"
    with EmbeddedPostgres(home):
        first = done("place", "PO-1", "--line", "SKU-1:10:300.00", *PLACED, "--json").json
        assert (first["first_position"], first["position"], first["repeated"]) == (5, 5, False)
        done("accept", "PO-1")
        done("pay", "PO-1", "300.00", "USD", "--account", "clearing:card")
        done("dispatch", "PO-1")
        done("deliver", "PO-1")
        last = done("confirm", "PO-1", "--json").json
        assert last["events"][-1]["topic"] == "order.completed"
        assert done("order", "PO-1", "--json").json["status"] == "completed"
        assert [step["topic"] for step in done("timeline", "PO-1", "--json").json][-1] == "order.completed"
        assert {row["account"]: row["balance_minor"] for row in done("balances", "--json").json} == {
            "clearing:card": 30_000,
            "hold:PO-1": 0,
            "payable:exporter:EXP-1": 30_000,
        }
        assert done("trial-balance", "--json").json[0] == {
            "account": "clearing",
            "currency": "USD",
            "debit_minor": 30_000,
            "credit_minor": 0,
        }
        assert [entry["topic"] for entry in done("journal", "--json").json] == [
            "hold.payment_received",
            "hold.released",
        ]
        assert len(done("events", "--json").json) == last["position"]
    assert program(home, "rebuild").status == DONE
    assert done("verify", "--json").json["ok"] is True


def test_demo_twice_changes_nothing_the_second_time(home: Path) -> None:
    played_as = ("demo", "--trades", "40", "--no-serve", "--book", "demo")
    with EmbeddedPostgres(home):
        first = program(home, *played_as, "--json")
        balances = program(home, "balances", "--book", "demo", "--json").json
        again = program(home, *played_as, "--json")
        assert (first.status, again.status) == (DONE, DONE)
        played, repeated = first.json["simulation"], again.json["simulation"]
        assert (played["trades"], played["events"] > 300, played["accepted"] > 100) == (40, True, True)
        assert (repeated["trades"], repeated["events"], repeated["accepted"]) == (0, 0, 0)
        assert repeated["commands"] == played["commands"]
        asked_anew = sum(repeated["failed"].values()) + sum(repeated["refused"].values())
        assert asked_anew == sum(played["failed"].values())
        assert first.json["proof_of_holds"] == again.json["proof_of_holds"]
        assert len({proof["currency"] for proof in first.json["proof_of_holds"]}) > 1
        assert first.json["timeline"] == again.json["timeline"]
        assert program(home, "balances", "--book", "demo", "--json").json == balances
        assert program(home, "verify", "--book", "demo", "--json").json["ok"] is True
        shown = program(home, *played_as, COLUMNS="200")
    assert shown.status == DONE
    assert all(title in shown.out for title in ("Trial balance", "Proof of holds", "Timeline of", " 0 accepted"))
    assert "NO" not in shown.out.split("Proof of holds")[1].split("Timeline of")[0].split()


# What programs read.


def test_accepted_command_says_what_happened(ledger: Run) -> None:
    said = place(ledger, "PO-1", "--at", "2026-03-01T12:00:00", "--actor", "buyer:BUY-1", "--role", "buyer").json
    assert set(said) == {"first_position", "position", "repeated", "events"}
    (event,) = said["events"]
    assert (event["topic"], event["actor"], event["role"]) == ("order.placed", "buyer:BUY-1", "buyer")
    assert event["occurred_at"] == "2026-03-01T12:00:00Z"


def test_repeated_id_changes_nothing_and_another_body_is_refused(ledger: Run) -> None:
    first = place(ledger, "PO-1", "--id", "once").json
    assert place(ledger, "PO-1", "--id", "once").json == first | {"repeated": True}
    reused = ledger("accept", "PO-1", "--id", "once")
    one_line(reused, REFUSED, "command.id_reused: command_id=once")


def test_refused_command_is_a_problem_with_exit_status_one(ledger: Run) -> None:
    place(ledger)
    refused = ledger("pay", "PO-1", "1", "USD", "--json")
    assert (refused.status, refused.json["code"], refused.err) == (REFUSED, "order.not_in_state", "")
    assert set(refused.json) == {"type", "title", "status", "code", "retryable", "details", "faults", "rule", "request"}
    assert (refused.json["faults"], refused.json["rule"], refused.json["request"]) == ([], None, "")
    one_line(ledger("pay", "PO-1", "1", "USD"), REFUSED, "order.not_in_state: order=order:PO-1 status=placed")


def test_steps_partial_dispatches_and_cancellation(ledger: Run) -> None:
    steps = ("--step", "deposit:90.00", "--step", "balance:210.00")
    assert place(ledger, "PO-1", *steps).json["events"][0]["event"]["terms"]["steps"] == [
        {"name": "deposit", "amount_minor": 9_000, "trigger": "acceptance"},
        {"name": "balance", "amount_minor": 21_000, "trigger": "acceptance"},
    ]
    ledger("accept", "PO-1")
    assert ledger("pay", "PO-1", "210", "USD", "--step", "2").status == DONE
    place(ledger, "PO-2")
    ledger("accept", "PO-2")
    ledger("pay", "PO-2", "300", "USD")
    assert ledger("cancel", "PO-2", "--reason", "sold-out").status == DONE
    assert ledger("order", "PO-2", "--json").json["refunded_minor"] == 30_000
    assert ledger("dispatch", "PO-1", "--line", "1:4").status == DONE
    assert ledger("order", "PO-1", "--json").json["status"] == "part_dispatched"
    assert ledger("deliver", "PO-1", "--dispatch", "1").status == DONE
    assert ledger("orders", "--status", "cancelled", "--json").json[0]["order"] == "PO-2"


def test_money_in_trouble(ledger: Run) -> None:
    place(ledger)
    for verb in (
        ("accept", "PO-1"),
        ("pay", "PO-1", "300", "USD"),
        ("freeze", "PO-1"),
        ("unfreeze", "PO-1"),
        ("refund", "PO-1", "100.00", "USD"),
        ("charge-back", "PO-1", "50.00", "USD", "--account", "clearing:bank-transfer"),
    ):
        assert ledger(*verb).status == DONE
    row = ledger("order", "PO-1", "--json").json
    assert (row["held_minor"], row["refunded_minor"], row["charged_back_minor"]) == (15_000, 10_000, 5_000)


def test_release_of_much_money_waits_for_a_second_person(ledger: Run) -> None:
    ledger("place", "PO-1", "--line", "SKU-1:1:50000.00", *PLACED)
    for verb in (("accept", "PO-1"), ("pay", "PO-1", "50000", "USD"), ("dispatch", "PO-1"), ("confirm", "PO-1")):
        assert ledger(*verb).status == DONE
    assert ledger("order", "PO-1", "--json").json["released_minor"] == 0
    one_line(ledger("approve-release", "PO-1", "1"), REFUSED, "proposal.approver_is_proposer")
    assert ledger("approve-release", "PO-1", "1", "--actor", "operator:second").status == DONE
    assert ledger("order", "PO-1", "--json").json["released_minor"] == 5_000_000


def test_json_of_balances_and_trial_balance_is_what_others_rely_on(ledger: Run) -> None:
    whole_trade(ledger)
    balances = ledger("balances", "--json").json
    assert all(set(row) == {"account", "currency", "balance_minor"} for row in balances)
    assert {"account": "payable:exporter:EXP-1", "currency": "USD", "balance_minor": 30_000} in balances
    control, detail = ledger("trial-balance", "--json").json, ledger("trial-balance", "--detail", "--json").json
    for row in (*control, *detail):
        assert set(row) == {"account", "currency", "debit_minor", "credit_minor"}
    assert [row["account"] for row in control] == ["clearing", "hold", "payable:exporter"]
    assert [row["account"] for row in detail] == ["clearing:bank-transfer", "hold:PO-1", "payable:exporter:EXP-1"]
    assert sum(row["debit_minor"] - row["credit_minor"] for row in control) == 0


def test_json_of_verify_is_what_others_rely_on(ledger: Run) -> None:
    whole_trade(ledger)
    ran = ledger("verify", "--json")
    assert (ran.status, ran.err) == (DONE, "")
    beside = {"behind", "proof", "guards", "table_changes"}
    assert set(ran.json) == {"size", "root", "ok", "first_difference"} | beside
    assert (ran.json["ok"], ran.json["first_difference"], len(ran.json["root"])) == (True, None, 64)
    assert ledger("verify").out.startswith(f"book book-{next(_books) - 1}: {ran.json['size']} events, root ")


def test_journal_and_events_are_read_on_from_a_position(ledger: Run) -> None:
    whole_trade(ledger)
    events = ledger("events", "--json").json
    assert [event["position"] for event in events] == [*range(1, len(events) + 1)]
    assert ledger("events", "--after", "5", "--limit", "2", "--json").json == events[5:7]
    journal = ledger("journal", "--json").json
    assert ledger("journal", "--after", str(journal[0]["position"]), "--json").json == journal[1:]
    assert ledger("events", "--after", str(2**62), "--json").json == []


def test_people_read_tables(ledger: Run) -> None:
    whole_trade(ledger)
    shown = {
        "order PO-1": "completed",
        "orders": "PO-1",
        "timeline PO-1": "Dr clearing:bank",
        "balances": "300.00",
        "trial-balance": "payable:exporter",
        "journal": "300.00",
        "events": "order.completed",
        "rebuild": "all projections of book",
    }
    for command, said in shown.items():
        ran = ledger(*command.split())
        assert ran.status == DONE
        assert said in ran.out


# What is wrong, in one line.


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        ("pay PO-1 300.001 USD", WRONG_USAGE, "money.amount_too_fine: amount=300.001 currency=USD decimals_max=2"),
        ("pay PO-1 10.5 JPY", WRONG_USAGE, "money.amount_too_fine: amount=10.5 currency=JPY decimals_max=0"),
        ("pay PO-1 1e3 USD", WRONG_USAGE, "money.amount_unreadable: amount=1e3"),
        ("pay PO-1 1,000 USD", WRONG_USAGE, "money.amount_unreadable: amount=1,000"),
        ("pay PO-1 99999999999999999 USD", WRONG_USAGE, "money.amount_out_of_range: amount_minor=9999999999999999900"),
        ("pay PO-1 5 XXX", WRONG_USAGE, "money.currency_unknown: currency=XXX"),
        ("place PO-2 --line A:1", WRONG_USAGE, "order.terms_malformed: field=line problem=not of the shape"),
        ("place PO-2 --line A:x:5", WRONG_USAGE, "order.terms_malformed: field=line problem=not a whole number: x"),
        ("place PO-2 --line A:1:5 --step all", WRONG_USAGE, "order.terms_malformed: field=step problem=not of the"),
        ("place PO-2 --line A:1:5 --step all:6", WRONG_USAGE, "order.terms_malformed: field=terms.steps problem="),
        (
            "place PO-2 --line A:1:5 --mode camel",
            WRONG_USAGE,
            "order.terms_malformed: field=order problem=Invalid enum",
        ),
        ("place PO/2 --line A:1:5", WRONG_USAGE, "reference.malformed: field=order value=PO/2"),
        ("place PO-2 --line A:0:5", WRONG_USAGE, "order.terms_malformed: field=lines.quantity problem=line 1: below 1"),
        ("place PO-2 --line A:1:0", WRONG_USAGE, "money.amount_out_of_range: amount_minor=0"),
        ("place PO-1 --line A:1:5", REFUSED, "order.already_placed: order=order:PO-1"),
        ("place PO-2 --line A:1:5 --rulebook none/1", REFUSED, "reference.not_found: kind=rulebook key=none/1"),
        ("place PO-2 --line A:1:5 --at 2999-01-01", WRONG_USAGE, "command.occurred_in_future: occurred_at=2999-01-01"),
        ("place PO-2 --line A:1:5 --id a\tb", WRONG_USAGE, "submission.malformed: field=command_id problem=1 to 255"),
        ("accept PO-404", REFUSED, "reference.not_found: kind=order key=PO-404"),
        ("order PO-404", REFUSED, "order.not_found: order=PO-404"),
        ("timeline PO-404", REFUSED, "order.not_found: order=PO-404"),
        ("dispatch PO-1 --line 1", WRONG_USAGE, "order.terms_malformed: field=line problem=not of the shape"),
        ("accept PO\udcff", WRONG_USAGE, "argument.unreadable: argument='PO\\udcff'"),
        ("order PO\udcff", WRONG_USAGE, "argument.unreadable: argument='PO\\udcff'"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_field_or_the_rule(
    ledger: Run, arguments: str, status: int, line: str
) -> None:
    place(ledger, "PO-1")
    parties = PLACED if arguments.startswith("place") else ()
    one_line(ledger(*arguments.split(" "), *parties), status, line)


@pytest.mark.parametrize("verb", ["order", "timeline", "accept"])
def test_program_that_asks_for_json_reads_problems_as_json(ledger: Run, verb: str) -> None:
    place(ledger, "PO-1")
    ran = ledger(verb, "PO-404", "--json")
    assert (ran.status, ran.err, ran.json["status"]) == (REFUSED, "", 404)
    assert ran.json["code"] in {"order.not_found", "reference.not_found"}


@pytest.mark.parametrize(
    "arguments",
    [
        "nonsense",
        "place PO-1",
        "pay PO-1",
        "rebuild nonsense",
        "events --after -1",
        "events --limit 0",
        "journal --after -1",
        "journal --limit -5",
        f"events --after {2**63}",
        "demo --trades 0 --no-serve",
        "serve --port 0",
        "serve --workers 0",
        "place PO-1 --line A:1:5 --buyer B --exporter E --ship-by soon",
    ],
)
def test_wrong_usage_has_its_own_exit_status(ledger: Run, arguments: str) -> None:
    ran = ledger(*arguments.split())
    assert (ran.status, ran.out) == (WRONG_USAGE, "")
    assert ran.err.startswith("Usage: ")


def test_program_without_a_verb_shows_its_verbs(trade_ledger: Run) -> None:
    ran = trade_ledger()
    assert ran.status == WRONG_USAGE
    verbs = "demo import place accept pay dispatch deliver confirm cancel order timeline balances trial-balance journal"
    for verb in f"{verbs} events rebuild migrate verify serve".split():
        assert f"\n│ {verb} " in ran.out + ran.err


@pytest.mark.parametrize(
    ("setting", "value", "status", "line"),
    [
        ("LEDGER_DATABASE_URL", "mysql://x", WRONG_USAGE, "setting.malformed: setting=LEDGER_DATABASE_URL"),
        ("LEDGER_PGBOUNCER", "maybe", WRONG_USAGE, "setting.malformed: setting=LEDGER_PGBOUNCER"),
        ("LEDGER_DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/x", REFUSED, "database.migration_failed: said="),
    ],
)
def test_setting_that_cannot_be_meant_is_named(
    ledger: Run, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, status: int, line: str
) -> None:
    monkeypatch.setenv(setting, value)
    ran = ledger("balances")
    assert "hush" not in one_line(ran, status, line)


def test_home_that_cannot_be_made_is_one_line(ledger: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("LEDGER_DATABASE_URL")
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "file" / "home"))
    one_line(ledger("balances"), REFUSED, "postgres.unusable_directory: path=")


def test_lost_database_is_one_line(ledger: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_the_connection(recorder: BookRecorder) -> None:
        with as_superuser(recorder.pool) as connection:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(BookRecorder, "max_notification_id", lose_the_connection)
    one_line(ledger("accept", "PO-1"), REFUSED, "database.absent: attempts=1")


def test_corrupt_log_has_its_own_exit_status(ledger: Run, dsn: str) -> None:
    place(ledger)
    book = ledger("migrate").out.split()[1]
    with open_pool(dsn, connections_max=1) as pool, tampering(pool) as connection:
        connection.execute("DELETE FROM ledger.events WHERE book = %s AND position = 3", (book,))
    one_line(ledger("events"), CORRUPT, f"log corrupt: book={book} position=3: missing")
    one_line(ledger("rebuild"), CORRUPT, f"log corrupt: book={book} position=3: missing")
    assert ledger("verify", "--json").status == CORRUPT


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 - it is refused
def test_server_listens_to_this_machine_only(ledger: Run, host: str) -> None:
    one_line(ledger("serve", "--host", host), WRONG_USAGE, f"host {host}: without LEDGER_TOKEN_ISSUER")


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_port_that_is_taken_is_named_before_anything_is_done(ledger: Run, verb: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(ledger(verb, "--port", str(port)), REFUSED, "server.address_not_free: host=127.0.0.1")
    assert f"port={port}" in line
    one_line(ledger("events"), REFUSED, "book.not_found: book=")
