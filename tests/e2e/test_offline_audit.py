"""The auditor's way: files and a key are handed over, and `verify --from-export` needs nothing else on the machine."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.command_line import CORRUPT, DONE, REFUSED, WRONG_USAGE, Ran, Run, in_its_own_process


class Handed(NamedTuple):
    """What the operator handed over."""

    folder: Path
    key: str
    size: int
    balances: Path


@pytest.fixture
def handed(founded: Run, tmp_path: Path) -> Handed:
    founded("place", "PO-1", "--buyer", "B", "--exporter", "E", "--line", "A:1:10.00", "--ship-by", "2027-01-31")
    founded("accept", "PO-1")
    founded("pay", "PO-1", "10.00", "USD")
    key = founded("log", "key", "new").out.strip()
    report = founded("log", "publish", str(tmp_path / "log"), "--json").json
    balances = tmp_path / "balances.json"
    balances.write_text(founded("balances", "--json").out, encoding="utf-8")
    return Handed(tmp_path / "log", key, report["size"], balances)


@pytest.fixture
def verify(handed: Handed) -> Callable[..., Ran]:
    """Return the auditor's program: it has no database, no ledger's home, and writes nothing."""
    environment = {
        "PATH": os.environ["PATH"],
        "LEDGER_DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "LEDGER_HOME": "/nonexistent",
    }
    said = ("verify", "--from-export", str(handed.folder), "--checkpoint", str(handed.folder / "checkpoint"))

    def run(*arguments: str) -> Ran:
        return in_its_own_process(*said, *arguments, environment=environment, patience_seconds=60)

    return run


def test_a_log_is_published_and_audited_where_there_is_no_ledger(
    founded: Run, handed: Handed, verify: Callable[..., Ran]
) -> None:
    told = verify("--key", handed.key, "--balances", str(handed.balances), "--json")
    assert (told.status, told.json["ok"], told.json["size"], told.json["accounts"]) == (DONE, True, handed.size, 2)
    assert told.json["trial_balance"] == [{"currency": "USD", "debit_minor": 1_000, "credit_minor": 1_000}]
    said = verify("--key", handed.key)
    assert (said.status, said.err) == (DONE, "")
    assert said.out.rstrip().endswith(f"{handed.size} events, root {told.json['root']}: all as signed, and sound")
    assert told.json["root"] == founded("verify", "--json").json["root"]
    assert verify("--key", handed.key, "--no-replay").out.rstrip().endswith("all as signed; not replayed")


def test_all_keys_may_be_given_at_once(founded: Run, handed: Handed, tmp_path: Path) -> None:
    founded("log", "key", "rotate")
    founded("log", "publish", str(handed.folder))
    keys = tmp_path / "keys.json"
    keys.write_text(founded("log", "key", "show", "--json").out, encoding="utf-8")
    said = ("verify", "--from-export", str(handed.folder), "--checkpoint", str(handed.folder / "checkpoint"))
    assert founded(*said, "--keys", str(keys)).status == DONE
    assert founded(*said, "--key", handed.key).status == REFUSED, "the old key alone hasn't signed this checkpoint"


def test_what_differs_is_named_with_the_status_of_verify(handed: Handed, verify: Callable[..., Ran]) -> None:
    balances = json.loads(handed.balances.read_text(encoding="utf-8"))
    balances[0]["balance_minor"] += 1
    handed.balances.write_text(json.dumps(balances), encoding="utf-8")
    told = verify("--key", handed.key, "--balances", str(handed.balances))
    assert told.status == REFUSED
    assert "not as signed: in=balances what=clearing:bank-transfer/USD: given 1001, derived 1000" in told.err
    (bundle,) = (handed.folder / "tile/entries/000.p").iterdir()
    bundle.write_bytes(bundle.read_bytes().replace(b'"role":"operator"', b'"role":"Operator"', 1))
    told = verify("--key", handed.key)
    assert told.status == CORRUPT
    assert "not as signed: in=log position=1 originator_id=book:main what=" in told.err


def test_what_is_left_out_or_does_not_belong_is_told(founded: Run, handed: Handed) -> None:
    export, note = str(handed.folder), str(handed.folder / "checkpoint")
    for arguments, told in (
        (("--from-export", export, "--checkpoint", note), "audit.log_key_needed"),
        (("--from-export", export, "--key", handed.key), "needs a --checkpoint"),
        (("--from-export", export, "--checkpoint", note, "--key", "a+b+c"), "key.malformed"),
        (("--from-export", export, "--checkpoint", note, "--engine", "duckdb"), "without --engine"),
        (("--key", handed.key), "are for --from-export"),
        (("--from-export", export, "--checkpoint", note, "--key", handed.key, "--balances", note), "balances --json"),
    ):
        ran = founded("verify", *arguments)
        assert ran.status == WRONG_USAGE, arguments
        assert told in " ".join(ran.err.replace("│", " ").split()), arguments


def test_publishing_again_says_what_is_new(founded: Run, handed: Handed) -> None:
    said = founded("log", "publish", str(handed.folder)).out
    assert f": {handed.size} events of " in said
    assert "0 of them new: 0 tiles and 0 entry bundles" in said
    assert founded("log", "publish", str(handed.balances.parent)).status == WRONG_USAGE
