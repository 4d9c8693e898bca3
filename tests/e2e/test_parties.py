"""Parties over HTTP and on the command line: registered, referred, screened, suspended, paid again, and forgotten."""

import hashlib
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.commands.command_table import PARTY_COMMANDS
from api.composition import House
from api.sweeping import sweep
from domain.rules import Rules
from ledger.confidential import Swept
from tests.books import checked_log
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, paid, placed, problem

HASH = "a1" * 32
NAME, ADDRESS = "Ravindra Exports Pvt Ltd", "14 Fort Road, Kochi"


@pytest.fixture
def ledger(founded: Run) -> Run:
    return founded


def registered(party: str = "EXP-1", *roles: str, **profile: str) -> dict[str, object]:
    return {"party": party, "roles": roles or ("exporter",), "country": "IN", "profile": profile}


def screened(result: str = "clear", version: str = "v1") -> dict[str, object]:
    return {"list_name": "UNSC", "list_version": version, "list_hash": HASH, "result": result}


def listed(version: str = "v1") -> dict[str, object]:
    return {"list_name": "UNSC", "version": version, "sha256": HASH}


def topics(outcome: dict[str, Any]) -> list[str]:
    return [event["topic"] for event in outcome["events"]]


class TestHttp:
    def test_a_name_in_clear_is_kept_aside_and_shown_only_when_asked_for(self, client: Client, house: House) -> None:
        said = client.done("parties", registered(name=NAME, address=ADDRESS))
        (event,) = said["events"]
        assert sorted(event["event"]["profile"]) == ["address", "name"]
        assert NAME not in json.dumps(said)
        assert not [row for row in checked_log(house.pool) if NAME.encode() in row.state]
        shown = client.get("parties/EXP-1").json()
        assert (shown["profile"], shown["values"]) == (event["event"]["profile"], None)
        assert client.get("parties/EXP-1", reveal=True).json()["values"] == {"name": NAME, "address": ADDRESS}

    def test_a_retry_is_the_same_registration_and_another_name_under_its_key_is_not(self, client: Client) -> None:
        first = client.post("parties", registered(name=NAME), key="once")
        again = client.post("parties", registered(name=NAME), key="once")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["events"] == again.json()["events"]
        problem(client.post("parties", registered(name="Other"), key="once"), 422, "command.id_reused")

    def test_a_name_that_was_refused_once_may_be_said_again_under_its_key(self, client: Client) -> None:
        wrong = registered(name=NAME) | {"country": "UK"}
        problem(client.post("parties", wrong, key="twice"), 400, "country.unknown")
        assert client.post("parties", registered(name="Ravindra"), key="twice").status_code == 201
        assert client.get("parties/EXP-1", reveal=True).json()["values"] == {"name": "Ravindra"}

    def test_a_profile_is_changed_and_the_value_before_is_kept_until_the_party_is_forgotten(
        self, client: Client, house: House
    ) -> None:
        before = client.done("parties", registered(name=NAME))["events"][0]["event"]["profile"]["name"]
        client.done("parties/EXP-1/change", {"field": "name", "value": "Ravindra Global"})
        assert client.get("parties/EXP-1", reveal=True).json()["values"] == {"name": "Ravindra Global"}
        assert house.book("main").confidential.find(before) == NAME.encode()

    def test_a_forgotten_partys_values_are_gone_and_everything_still_verifies(
        self, client: Client, house: House
    ) -> None:
        commitment = client.done("parties", registered(name=NAME))["events"][0]["event"]["profile"]["name"]
        log = checked_log(house.pool)
        assert topics(client.done("parties/EXP-1/forget")) == ["party.erased"]
        assert house.book("main").confidential.find(commitment) is None
        shown = client.get("parties/EXP-1", reveal=True).json()
        assert (shown["is_forgotten"], shown["profile"], shown["values"]) == (True, {}, {})
        assert checked_log(house.pool)[: len(log)] == log
        problem(client.post("parties/EXP-1/forget"), 409, "party.forgotten")

    def test_a_party_that_may_not_be_forgotten_keeps_its_values(self, client: Client) -> None:
        client.done("parties", registered(name=NAME))
        client.done("parties/EXP-1/place-legal-hold", {"reason": "CS-114"})
        details = problem(client.post("parties/EXP-1/forget"), 409, "party.under_legal_hold")
        assert details["reasons"] == ["CS-114"]
        assert client.get("parties/EXP-1", reveal=True).json()["values"] == {"name": NAME}
        client.done("parties/EXP-1/lift-legal-hold", {"reason": "CS-114"})
        client.done("parties/EXP-1/forget")

    def test_what_a_process_that_died_left_behind_is_swept(self, client: Client, house: House) -> None:
        client.done("parties", registered(name=NAME))
        with house.pool.connection() as connection:
            row = connection.execute("SELECT * FROM ledger.confidential").fetchone()
        client.done("parties/EXP-1/forget")
        assert row is not None
        with house.pool.connection() as connection:
            connection.execute(f"INSERT INTO ledger.confidential VALUES ({', '.join(['%s'] * len(row))})", row)
        assert sweep(house) == {"main": Swept(erased=1, orphans=0)}
        assert sweep(house) == {}

    def test_a_hit_freezes_and_reinstatement_pays_what_became_due(self, client: Client) -> None:
        client.done("parties", registered())
        client.done("watchlists", listed())
        client.done("orders", placed(steps=[]))
        client.done("orders/PO-1/accept")
        assert client.get("parties/EXP-1").json()["open_trades"] == 1
        client.done("orders/PO-1/pay", paid(30_000))
        assert topics(client.done("parties/EXP-1/screen", screened("hit"))) == ["party.screened", "hold.frozen"]
        problem(client.post("orders", placed("PO-2")), 409, "party.sanctioned")
        client.done("parties/EXP-1/suspend", {"reason": "under-review"})
        client.done("parties/EXP-1/screen", screened())
        client.done("orders/PO-1/unfreeze", {"reason": "another-person"})
        for verb in ("dispatch", "deliver", "confirm"):
            client.done(f"orders/PO-1/{verb}")
        reinstated = topics(client.done("parties/EXP-1/reinstate", {"reason": "cleared"}))
        assert reinstated[:2] == ["party.reinstated", "release.proposed"]
        assert "hold.released" in reinstated

    def test_parties_that_are_to_be_screened_again_are_listed(self, client: Client) -> None:
        for party in ("EXP-1", "EXP-2"):
            client.done("parties", registered(party))
        client.done("watchlists", listed())
        client.done("parties/EXP-1/screen", screened())
        assert [row["party"] for row in client.rows("parties", stale=True)] == ["EXP-2"]
        client.done("watchlists", listed("v2"))
        assert [row["outdated"] for row in client.rows("parties", stale=True)] == [["UNSC"], ["UNSC"]]
        details = problem(client.post("parties/EXP-1/screen", screened()), 409, "watchlist.screening_outdated")
        assert details["current_version"] == "v2"
        assert client.rows("watchlists") == [{"list_name": "UNSC", "version": "v2", "sha256": HASH}]

    @pytest.mark.parametrize("verb", PARTY_COMMANDS)
    def test_nobody_is_told_of_a_party_that_there_is_not(self, client: Client, verb: str) -> None:
        bodies: dict[str, dict[str, object]] = {
            "change": {"field": "name", "value": NAME},
            "refer": {"agreement": "A-1", "starts_on": "2026-11-01"},
            "screen": screened(),
            "forget": {},
        }
        body = bodies.get(verb, {"reason": "code"})
        problem(client.post(f"parties/EXP-9/{verb}", body), 404, "reference.not_found")

    def test_what_cannot_be_meant_is_refused_before_anything_is_kept(self, client: Client, house: House) -> None:
        problem(client.get("parties/EXP-9"), 404, "party.not_found")
        problem(client.post("parties", registered() | {"roles": ["king"]}), 400, "request.body_malformed")
        problem(client.post("parties", registered(name=NAME), key="a key"), 400, "request.header_malformed")
        problem(client.post("parties", registered("EXP 1", name=NAME)), 400, "reference.malformed")
        problem(client.post("parties", registered(name="x" * 65_537)), 400, "confidential.too_long")
        with house.pool.connection() as connection:
            assert connection.execute("SELECT FROM ledger.confidential").rowcount == 0

    def test_registered_parties_only_is_a_rule(self, client: Client) -> None:
        rules = {name: getattr(Rules(), name) for name in ("claim_days",)} | {"registered_parties_only": True}
        client.done("rulebooks", {"rulebook": "strict/1", "rules": rules}, ledger_actor="operator:first")
        client.done("rulebooks/strict/1/approve", ledger_actor="operator:second")
        client.done("rulebooks/strict/1/publish")
        order = placed(rulebook="strict/1")
        assert problem(client.post("orders", order), 409, "party.not_registered") == {"party": "BUY-1"}
        client.done("parties", registered("BUY-1", "exporter"))
        assert problem(client.post("orders", order), 409, "party.lacks_role")["role"] == "buyer"
        client.done("parties", registered("EXP-1"))
        assert problem(client.post("orders", placed(buyer="EXP-1")), 400, "party.same") == {"party": "EXP-1"}


class TestCommandLine:
    def test_a_party_is_registered_shown_screened_and_forgotten(self, ledger: Run, tmp_path: Path) -> None:
        file = tmp_path / "unsc.xml"
        file.write_bytes(b"<CONSOLIDATED_LIST/>")
        who = ("--role", "exporter", "--role", "buyer", "--country", "IN", "--name", NAME, "--address", ADDRESS)
        ran = ledger("party", "register", "EXP-1", *who, "--json")
        assert ran.status == DONE, ran
        assert ran.json["events"][0]["event"]["roles"] == ["exporter", "buyer"]
        assert NAME not in ran.out
        assert ledger("watchlist", "record", "UNSC", "v1", "--file", str(file)).status == DONE
        assert [row["party"] for row in ledger("parties", "--stale", "--json").json] == ["EXP-1"]
        clear = ("party", "screen", "EXP-1", "UNSC", "v1", "--result", "clear")
        assert ledger(*clear, "--sha256", HASH).status == REFUSED
        assert ledger(*clear, "--file", str(file)).status == DONE
        assert ledger("parties", "--stale", "--json").json == []
        shown = ledger("party", "show", "EXP-1", "--reveal", "--json").json
        assert shown["values"] == {"name": NAME, "address": ADDRESS}
        assert shown["screenings"]["UNSC"]["list_hash"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert "2 values erased" in ledger("party", "forget", "EXP-1").out
        assert ledger("party", "show", "EXP-1", "--reveal", "--json").json["values"] == {}
        assert ledger("verify").status == DONE

    def test_forgetting_again_under_its_id_erases_what_the_first_time_left(self, ledger: Run, database: str) -> None:
        ledger("party", "register", "EXP-1", "--role", "exporter", "--country", "IN", "--name", NAME)
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT * FROM ledger.confidential").fetchone()
            assert row is not None
        assert "1 values erased" in ledger("party", "forget", "EXP-1", "--id", "f-1").out
        with psycopg.connect(database) as connection:
            connection.execute(f"INSERT INTO ledger.confidential VALUES ({', '.join(['%s'] * len(row))})", row)
        assert "1 values erased" in ledger("party", "forget", "EXP-1", "--id", "f-1").out
        assert ledger("party", "sweep", "--json").json == {"erased": 0, "orphans": 0}
        assert "0 values of forgotten parties" in ledger("party", "sweep").out

    def test_people_read_tables(self, ledger: Run) -> None:
        ledger("party", "register", "EXP-1", "--role", "exporter", "--country", "IN", "--name", NAME)
        ledger("watchlist", "record", "UNSC", "v1", "--sha256", HASH)
        ledger("party", "screen", "EXP-1", "UNSC", "v1", "--sha256", HASH, "--result", "hit")
        ledger("party", "suspend", "EXP-1")
        ledger("party", "legal-hold", "EXP-1", "--reason", "CS-114")
        assert "suspended, on UNSC" in ledger("parties").out
        assert HASH in ledger("watchlist", "list").out
        hidden, revealed = ledger("party", "show", "EXP-1").out, ledger("party", "show", "EXP-1", "--reveal").out
        assert NAME not in hidden
        for told in (NAME, "v1: hit", "CS-114", "suspended, on UNSC", "standard/1"):
            assert told in revealed
        assert ledger("party", "legal-hold", "EXP-1", "--reason", "CS-114", "--lift").status == DONE
        assert ledger("party", "reinstate", "EXP-1").status == DONE
        assert ledger("party", "change", "EXP-1", "address", ADDRESS).status == DONE
        assert ledger("watchlist", "list", "--json").json[0]["version"] == "v1"

    @pytest.mark.parametrize(
        ("arguments", "status", "code"),
        [
            (("party", "register", "EXP-1", "--role", "king", "--country", "IN"), WRONG_USAGE, "party.malformed"),
            (("party", "register", "EXP-1", "--role", "buyer", "--country", "UK"), WRONG_USAGE, "country.unknown"),
            (("party", "show", "EXP-9"), REFUSED, "party.not_found"),
            (("party", "suspend", "EXP-9"), REFUSED, "reference.not_found"),
            (("party", "forget", "EXP-9"), REFUSED, "reference.not_found"),
            (("party", "refer", "EXP-9", "--agreement", "A", "--starts-on", "2026-11-01"), REFUSED, "reference.not"),
            (("watchlist", "record", "UNSC", "v1"), WRONG_USAGE, "party.malformed"),
            (("party", "screen", "EXP-1", "UNSC", "v1", "--sha256", HASH, "--result", "x"), WRONG_USAGE, "party.mal"),
        ],
    )
    def test_what_is_wrong_is_one_line(self, ledger: Run, arguments: tuple[str, ...], status: int, code: str) -> None:
        ran = ledger(*arguments)
        assert (ran.status, ran.out) == (status, ""), ran
        assert len(ran.err.splitlines()) == 1
        assert ran.err.startswith(code)
