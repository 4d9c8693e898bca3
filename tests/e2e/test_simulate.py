"""`trade-ledger simulate` as people and programs use it: the same log for a seed, and books that prove themselves."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import DONE, WRONG_USAGE, Ran, Run, in_its_own_process

PATIENCE_SECONDS = 240


@pytest.fixture
def program(tmp_path: Path) -> Run:
    """Return the program, run as a process of its own on a database that is named."""

    def run(dsn: str, *arguments: str) -> Ran:
        named = {"LEDGER_DATABASE_URL": dsn, "LEDGER_HOME": str(tmp_path), "COLUMNS": "160"}
        return in_its_own_process(*arguments, environment=os.environ | named, patience_seconds=PATIENCE_SECONDS)

    return run


def test_a_seed_gives_the_same_root_in_two_databases(program: Run, new_database: Callable[[], str]) -> None:
    said = ("simulate", "--trades", "60", "--seed", "3", "--book", "B", "--json")
    one, other = program(new_database(), *said), program(new_database(), *said)
    assert (one.status, other.status) == (DONE, DONE)
    assert one.json == other.json
    assert len(one.json["root"]) == 64


def test_a_simulation_proves_its_books_and_is_as_recorded(program: Run, database: str) -> None:
    played = program(database, "simulate", "--trades", "60", "--book", "B", "--json").json
    assert played["ok"] is True
    periods = program(database, "period", "list", "--book", "B", "--json").json
    assert {period["state"] for period in periods} == {"sealed"}
    seals = [closing["seal"] for period in periods for closing in period["closings"] if closing["seal"]]
    assert played["simulation"]["events"] == sum(played["simulation"]["topics"].values())
    assert played["size"] == played["simulation"]["events"] + len(seals)
    assert played["simulation"]["trades"] == played["simulation"]["topics"]["order.placed"] == 60
    assert set(played["trial_balance"].values()) == {0}
    assert {proof["currency"] for proof in played["proof_of_holds"]} == set(played["trial_balance"])
    verified = program(database, "verify", "--book", "B", "--json").json
    assert (verified["ok"], verified["size"], verified["root"]) == (True, played["size"], played["root"])


def test_people_read_the_counts_the_proof_and_the_root(program: Run, database: str) -> None:
    shown = program(database, "simulate", "--trades", "20", "--seed", "5", "--book", "B")
    assert shown.status == DONE
    assert "trial balance zero in every currency" in shown.out
    assert "Proof of holds" in shown.out
    assert all(topic in shown.out for topic in ("order.placed", "clock.expired", "party.screened", "hold.released"))
    again = program(database, "simulate", "--trades", "20", "--seed", "5", "--book", "B", "--json").json
    assert again["root"] in shown.out
    assert (again["simulation"]["events"], again["simulation"]["accepted"]) == (0, 0)


def test_no_trades_are_no_simulation(program: Run, database: str) -> None:
    assert program(database, "simulate", "--trades", "0").status == WRONG_USAGE
