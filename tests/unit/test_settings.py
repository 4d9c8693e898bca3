"""Settings: what the surroundings may say, and what is refused because it can't be meant."""

from pathlib import Path

import pytest

from api.settings import SettingMalformed, Settings
from domain.errors import Malformed


def test_without_a_word_data_lives_in_the_users_home_and_the_server_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/users/somebody")
    assert Settings.from_environment({}) == Settings(home=Path("/users/somebody/.local/share/trade-ledger"))


def test_everything_may_be_said() -> None:
    said = Settings.from_environment(
        {
            "LEDGER_HOME": "/data/ledger",
            "LEDGER_DATABASE_URL": "postgresql://me@db/ledger",
            "LEDGER_PGBOUNCER": "yes",
            "LEDGER_PG_BIN": "/opt/pg/bin",
            "LEDGER_PG_USER": "postgres",
            "PATH": "/bin",
        }
    )
    assert said == Settings(
        home=Path("/data/ledger"),
        database_url="postgresql://me@db/ledger",
        through_pgbouncer=True,
        server_binaries=Path("/opt/pg/bin"),
        server_account="postgres",
    )


def test_what_is_said_empty_is_not_said() -> None:
    names = ("LEDGER_HOME", "LEDGER_DATABASE_URL", "LEDGER_PG_BIN", "LEDGER_PG_USER")
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings.from_environment({})


def test_home_is_absolute_wherever_the_program_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/users/somebody")
    assert Settings.from_environment({"LEDGER_HOME": "./.data"}).home == tmp_path / ".data"
    assert Settings.from_environment({"LEDGER_HOME": "~/ledger"}).home == Path("/users/somebody/ledger")


def test_surroundings_are_the_process_s_own_where_none_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_HOME", "/data/of-the-environment")
    assert Settings.from_environment().home == Path("/data/of-the-environment")


@pytest.mark.parametrize("url", ["postgresql://me@db/ledger", "postgres://db/ledger?host=/run", "postgresql:///x"])
def test_database_may_be_any_postgresql(url: str) -> None:
    assert Settings.from_environment({"LEDGER_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize("url", ["mysql://db/x", "db", " postgresql://db", "dbname=x", "https://db"])
def test_database_of_another_kind_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment({"LEDGER_DATABASE_URL": url})
    assert refused.value.setting == "LEDGER_DATABASE_URL"
    assert url not in str(refused.value), "it may carry a password"


@pytest.mark.parametrize(("said", "through"), [("yes", True), ("no", False)])
def test_pgbouncer_is_yes_or_no(said: str, *, through: bool) -> None:
    assert Settings.from_environment({"LEDGER_PGBOUNCER": said}).through_pgbouncer is through


@pytest.mark.parametrize("said", ["", "true", "1", "YES", "off"])
def test_pgbouncer_is_nothing_else(said: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment({"LEDGER_PGBOUNCER": said})
    assert refused.value.details() == {"setting": "LEDGER_PGBOUNCER", "problem": "neither yes nor no"}
    assert isinstance(refused.value, Malformed)
