"""The drill of `trade-ledger backup` and `restore`, as somebody types it whose database is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.composition import utc_now
from ledger.backup import MANIFEST, sha256_of
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run

ORDER = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--line", "WIDGET:1000:1000.00", "--ship-by", "2027-01-31")


@pytest.fixture
def backup(founded: Run, tmp_path: Path) -> Path:
    """Return a backup of a book that is signed up to its last event, an order's."""
    assert founded("log", "key", "new").status == DONE
    assert founded("place", "PO-1", *ORDER).status == DONE
    assert founded("log", "checkpoint").status == DONE
    assert founded("backup", str(tmp_path / "backup")).status == DONE
    return tmp_path / "backup"


def test_what_is_backed_up_comes_back_into_an_empty_database_and_nowhere_else(
    backup: Path, founded: Run, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = founded("restore", str(backup), "--json")
    assert (there.status, there.json["code"]) == (REFUSED, "backup.database_not_empty")
    shown = founded("balances", "--json").json
    root = founded("verify", "--json").json["root"]
    monkeypatch.setenv("LEDGER_DATABASE_URL", new_database())
    restored = founded("restore", str(backup))
    assert restored.status == DONE
    assert root in restored.out
    assert "all as recorded" in restored.out
    assert "log reopen" not in restored.out
    assert founded("balances", "--json").json == shown
    assert founded("log", "checkpoint").status == DONE


def test_a_book_that_comes_back_without_what_was_signed_is_reopened(
    backup: Path, founded: Run, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = founded("verify", "--json").json["size"]
    monkeypatch.setenv("LEDGER_DATABASE_URL", new_database())
    restored = founded("restore", str(backup), "--to-position", str(size - 1), "--json")
    assert restored.status == DONE
    (book,) = restored.json["books"]
    assert (book["restored"]["size"], book["restored"]["lost"], book["signed_size"]) == (size - 1, 1, size)
    behind = founded("log", "checkpoint")
    assert (behind.status, behind.err.split(":")[0]) == (REFUSED, "log.restored_behind")
    reopened = founded("log", "reopen", "--reason", "disk-lost", "--json").json
    assert (reopened["signed_size"], reopened["restored_size"]) == (size, size - 1)
    assert founded("log", "checkpoint").out.splitlines()[:2] == [reopened["new_origin"], str(size)]
    assert founded("verify", "--json").json["ok"]


def test_the_last_that_was_signed_is_known_from_the_keys_where_the_backup_is_older(
    backup: Path, founded: Run, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert founded("place", "PO-2", *ORDER).status == DONE
    assert founded("log", "checkpoint").status == DONE
    monkeypatch.setenv("LEDGER_DATABASE_URL", new_database())
    restored = founded("restore", str(backup))
    assert restored.status == DONE
    assert "say trade-ledger log reopen --book main" in restored.out


def test_a_backup_says_what_to_keep_elsewhere(founded: Run, tmp_path: Path) -> None:
    made = founded("backup", str(tmp_path / "one"), "--json").json
    assert made["digest"] == sha256_of(tmp_path / "one" / MANIFEST)
    assert [book["book"] for book in made["books"]] == ["main"]
    again = founded("backup", str(tmp_path / "one"), "--json")
    assert (again.status, again.json["code"]) == (WRONG_USAGE, "export.unwritable")


@pytest.mark.parametrize(
    "options",
    [
        ("--to-position", "0"),
        ("--to-time", "2026-11-01T12:00:00"),
        ("--to-time", "yesterday"),
        ("--to-time", "2026-11-01T12:00:00Z", "--to-position", "3"),
    ],
)
def test_a_point_in_time_that_cannot_be_meant_is_refused(
    trade_ledger: Run, tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert trade_ledger("restore", str(tmp_path), *options).status == WRONG_USAGE


def test_every_book_comes_back_as_of_a_time(
    backup: Path, founded: Run, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", new_database())
    now = utc_now().isoformat()
    restored = founded("restore", str(backup), "--to-time", now, "--json")
    assert (restored.status, restored.json["books"][0]["restored"]["lost"]) == (DONE, 0)
