"""Settings: what the surroundings may say, and what is refused because it can't be meant."""

from pathlib import Path

import pytest

from api.settings import SettingMalformed, Settings, SettingsMalformed
from domain.errors import Malformed
from ledger.proof.keyring import Keys
from ledger.proof.policy import Policy


def test_without_a_word_data_lives_in_the_users_home_and_the_server_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/users/somebody")
    home = Path("/users/somebody/.local/share/trade-ledger")
    assert Settings.from_environment({}) == Settings(home=home, keys=Keys(home / "keys"))


def test_everything_may_be_said() -> None:
    said = Settings.from_environment(
        {
            "LEDGER_HOME": "/data/ledger",
            "LEDGER_DATABASE_URL": "postgresql://me@db/ledger",
            "LEDGER_PGBOUNCER": "yes",
            "LEDGER_PG_BIN": "/opt/pg/bin",
            "LEDGER_PG_USER": "postgres",
            "LEDGER_KEYS": "/keys",
            "LEDGER_SIGNING_KEY": "PRIVATE+KEY+it",
            "PATH": "/bin",
        }
    )
    assert said == Settings(
        home=Path("/data/ledger"),
        database_url="postgresql://me@db/ledger",
        through_pgbouncer=True,
        server_binaries=Path("/opt/pg/bin"),
        server_account="postgres",
        keys=Keys(Path("/keys"), environment_key="PRIVATE+KEY+it"),
    )
    assert "PRIVATE" not in repr(said)


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


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ({"LEDGER_SIGNING_PROGRAM": "/nowhere/program"}, "LEDGER_SIGNING_PROGRAM"),
        ({"LEDGER_SIGNING_PROGRAM": "/bin/sh", "LEDGER_SIGNING_KEY": "PRIVATE+KEY+it"}, "LEDGER_SIGNING_PROGRAM"),
        ({"LEDGER_WITNESS_POLICY": "/nowhere/policy"}, "LEDGER_WITNESS_POLICY"),
        ({"LEDGER_WITNESS_POLICY": "/dev/null"}, "LEDGER_WITNESS_POLICY"),
    ],
)
def test_what_signs_and_who_cosigns_is_refused_where_it_makes_no_sense(said: dict[str, str], setting: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment(said)
    assert refused.value.setting == setting
    assert "PRIVATE" not in str(refused.value)


def test_a_witness_policy_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("quorum none\n")
    assert Settings.from_environment({"LEDGER_WITNESS_POLICY": str(tmp_path / "policy")}).witness_policy == Policy()


OF_ISSUER = {
    "LEDGER_TOKEN_ISSUER": "https://issuer.example",
    "LEDGER_TOKEN_AUDIENCE": "trade-ledger",
    "LEDGER_TOKEN_JWKS": "https://issuer.example/jwks.json",
}


def test_tokens_are_of_this_machine_or_of_the_issuer_that_is_said() -> None:
    assert Settings.from_environment({}).token_issuer == ""
    said = Settings.from_environment(OF_ISSUER)
    assert (said.token_issuer, said.token_audience, said.token_keys) == tuple(OF_ISSUER.values())


@pytest.mark.parametrize("absent", OF_ISSUER)
def test_issuer_is_said_whole_or_not_at_all(absent: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment({name: value for name, value in OF_ISSUER.items() if name != absent})
    assert refused.value.setting == absent


@pytest.mark.parametrize("where", ["http://issuer.example/jwks", "https://", "http://127.0.0.1.example/", "/no/file"])
def test_keys_come_by_https_or_from_this_machine(where: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment(OF_ISSUER | {"LEDGER_TOKEN_JWKS": where})
    assert refused.value.setting == "LEDGER_TOKEN_JWKS"


def test_file_of_keys_has_some(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(b'{"keys": []}')
    with pytest.raises(SettingMalformed):
        Settings.from_environment(OF_ISSUER | {"LEDGER_TOKEN_JWKS": str(file)})


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "LEDGER_DATABASE_URL": "mysql://user:password@db/x",
        "LEDGER_PGBOUNCER": "maybe",
        "LEDGER_TOKEN_ISSUER": "https://issuer.example",
        "LEDGER_TIME_EVERY": "0",
        "LEDGER_LOG_LEVEL": "loud",
        "LEDGER_METRICS_PORT": "65536",
    }
    with pytest.raises(SettingsMalformed) as refused:
        Settings.from_environment(wrong)
    told = [fault.setting for fault in refused.value.faults]
    assert told == [
        "LEDGER_DATABASE_URL",
        "LEDGER_PGBOUNCER",
        "LEDGER_TOKEN_AUDIENCE",
        "LEDGER_TOKEN_JWKS",
        "LEDGER_TIME_EVERY",
        "LEDGER_LOG_LEVEL",
        "LEDGER_METRICS_PORT",
    ]
    assert all(fault.problem for fault in refused.value.faults)
    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("LEDGER_LOG_LEVEL", "INFO"),
        ("LEDGER_LOG_FORMAT", "text"),
        ("LEDGER_METRICS_HOST", "a host"),
        ("LEDGER_METRICS_PORT", "0"),
        ("LEDGER_METRICS_PORT", "9" * 5_000),
        ("LEDGER_METRICS_PORT", "\u0661\u0662\u0663"),
        ("LEDGER_TRACES", "true"),
    ],
)
def test_what_is_said_of_operation_is_refused_by_name(setting: str, said: str) -> None:
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment({setting: said})
    assert refused.value.setting == setting


def test_operation_is_set_in_words() -> None:
    said = Settings.from_environment(
        {
            "LEDGER_LOG_LEVEL": "debug",
            "LEDGER_LOG_FORMAT": "console",
            "LEDGER_METRICS_HOST": "::1",
            "LEDGER_METRICS_PORT": "9464",
            "LEDGER_TRACES": "yes",
        }
    )
    assert (said.log_level, said.log_format) == ("debug", "console")
    assert (said.metrics_host, said.metrics_port, said.traces) == ("::1", 9464, True)
