"""Real order files through the command line: in at one end, balances that an independent sum confirms at the other."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.pool import open_pool
from projections.journal import Journal
from projections.log import read_events
from projections.proof_of_holds import proof_of_holds
from projections.runner import Runner
from tests.independent.order_totals import dataco_totals, online_retail_totals

ROOT = Path(__file__).parents[2]
Totals = Callable[[str], dict[str, Any]]

DATACO = pytest.param("dataco", "dataco_orders.csv.gz", dataco_totals, id="dataco", marks=pytest.mark.soak)
ONLINE_RETAIL = pytest.param(
    "online_retail", "online_retail.csv.gz", online_retail_totals, id="online_retail", marks=pytest.mark.soak
)


class Cli:
    def __init__(self, database: str, home: Path) -> None:
        self.environment = {**os.environ, "LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(home)}

    def run(self, *arguments: str) -> Any:
        program = Path(sys.executable).parent / "trade-ledger"
        run = subprocess.run(
            [program, *arguments, "--json"], env=self.environment, cwd=ROOT, capture_output=True, check=False, text=True
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def fails(self, *arguments: str) -> int:
        program = Path(sys.executable).parent / "trade-ledger"
        return subprocess.run([program, *arguments], env=self.environment, capture_output=True, check=False).returncode


@pytest.fixture
def cli(database: str, tmp_path: Path) -> Cli:
    return Cli(database, tmp_path)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("mapping", "file", "totals"), [DATACO, ONLINE_RETAIL])
def test_imported_money_equals_an_independent_sum_and_a_second_import_changes_nothing(
    cli: Cli, database: str, shared_data: Path, mapping: str, file: str, totals: Totals
) -> None:
    path = shared_data / "orders" / file
    expected = totals(str(path))
    arguments = ("import", str(path), "--mapping", mapping, "--book", "real")

    first = cli.run(*arguments)
    assert (first["rows_read"], first["rows_rejected"]) == (expected["rows_read"], expected["rows_rejected"])
    assert first["rows_accepted"] == first["rows_read"] - first["rows_rejected"]
    assert first["commands_unchanged"] == 0

    assert _money(cli) == {
        "clearing": expected["received_minor"],
        "hold": expected["held_minor"],
        "frozen": expected["frozen_minor"],
        "payable:exporter": expected["released_minor"] - expected["recovered_minor"],
        "refundable:buyer": expected["refunded_minor"],
    }
    assert _proven(database) == [(expected["currency"], True, True)]
    verified = cli.run("verify", "--book", "real")
    assert verified["ok"], verified

    second = cli.run(*arguments)
    assert (second["commands_accepted"], second["commands_unchanged"]) == (0, first["commands_accepted"])
    assert {name: second[name] for name in ("rows_read", "rows_accepted", "rows_rejected")} == {
        name: first[name] for name in ("rows_read", "rows_accepted", "rows_rejected")
    }
    assert cli.run("verify", "--book", "real")["root"] == verified["root"]


def test_a_dry_run_says_what_an_import_would_and_records_nothing(cli: Cli, shared_data: Path) -> None:
    path = shared_data / "orders" / "dataco_orders.csv.gz"
    report = cli.run("import", str(path), "--mapping", "dataco", "--book", "dry", "--dry-run")
    assert report["rows_accepted"] == report["rows_read"] == dataco_totals(str(path))["rows_read"]
    assert cli.fails("events", "--book", "dry") == 1


@pytest.mark.soak
def test_the_proof_of_holds_holds_at_every_hundredth_position_of_an_imported_book(
    cli: Cli, database: str, shared_data: Path
) -> None:
    path = shared_data / "orders" / "dataco_orders.csv.gz"
    cli.run("import", str(path), "--mapping", "dataco", "--book", "real")
    with open_pool(database, connections_max=2) as pool:
        _forget_projections(database)
        runner = Runner(pool, "real", batch_events_max=100)
        head = runner.head()
        while runner.step() < head:
            with pool.connection() as connection:
                assert all(proof.agrees and proof.covered for proof in proof_of_holds(connection, "real"))
        with pool.connection() as connection:
            assert read_events(connection, "real", after=head, limit=1) is None


def _forget_projections(database: str) -> None:
    with psycopg.connect(database) as connection:
        for table in ("positions", *Journal.tables, "balances", "orders"):
            connection.execute(f"DELETE FROM projections.{table}")


def _money(cli: Cli) -> dict[str, int]:
    lines = cli.run("trial-balance", "--book", "real")
    assert sum(line["debit_minor"] for line in lines) == sum(line["credit_minor"] for line in lines)
    signs = {"clearing": 1}
    return {
        line["account"]: signs.get(line["account"], -1) * (line["debit_minor"] - line["credit_minor"]) for line in lines
    } | dict.fromkeys({"hold", "frozen", "refundable:buyer"} - {line["account"] for line in lines}, 0)


def _proven(database: str) -> list[tuple[str, bool, bool]]:
    with psycopg.connect(database) as connection:
        return [(proof.currency, proof.agrees, proof.covered) for proof in proof_of_holds(connection, "real")]
