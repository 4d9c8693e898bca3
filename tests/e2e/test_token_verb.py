"""`trade-ledger token`: who gets which token, and what can't be one."""

from pathlib import Path

import jwt
import msgspec
import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.tokens import Issuer, published


def said(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token.strip(), options={"verify_signature": False})
    return claims


@pytest.fixture
def dsn() -> str:
    """Return the DSN of no database: the verb needs none."""
    return "postgresql://127.0.0.1:1/none"


def test_token_says_what_was_asked_for(trade_ledger: Run, tmp_path: Path) -> None:
    ran = trade_ledger("token", "--role", "buyer", "--party", "BUY-1", "--book", "a", "--book", "b", "--minutes", "5")
    assert (ran.status, ran.err) == (DONE, "")
    claims = said(ran.out)
    assert {name: claims[name] for name in ("sub", "role", "party", "books")} == {
        "sub": "buyer:BUY-1",
        "role": "buyer",
        "party": "BUY-1",
        "books": ["a", "b"],
    }
    assert isinstance(claims["exp"], int)
    assert isinstance(claims["iat"], int)
    assert claims["exp"] - claims["iat"] == 300
    assert (tmp_path / "keys" / "tokens" / "token.key").stat().st_mode & 0o777 == 0o600
    clerk = said(trade_ledger("token", "--role", "finance", "--actor", "finance:FIN-1").out)
    assert (clerk["sub"], clerk["books"], "party" in clerk) == ("finance:FIN-1", "*", False)


@pytest.mark.parametrize(
    "asked",
    [
        "--role root",
        "--role buyer",
        "--role operator --party BUY-1",
        "--role operator --actor nobody",
        "--role operator --book a/b",
        "--role operator --minutes 0",
        "",
    ],
)
def test_what_no_token_can_say_is_wrong_usage(trade_ledger: Run, tmp_path: Path, asked: str) -> None:
    assert trade_ledger("token", *asked.split()).status == WRONG_USAGE
    assert not (tmp_path / "keys").exists()


def test_where_an_issuer_is_said_tokens_come_from_there(
    trade_ledger: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_bytes(published(Issuer()))
    for setting, value in (("ISSUER", "https://issuer.example"), ("AUDIENCE", "ledger"), ("JWKS", str(keys))):
        monkeypatch.setenv(f"LEDGER_TOKEN_{setting}", value)
    ran = trade_ledger("token", "--role", "operator")
    assert (ran.status, ran.err.partition(":")[0]) == (REFUSED, "token.comes_from_issuer")


def test_token_is_revoked_by_its_id_by_itself_or_with_all_of_its_actors(trade_ledger: Run, tmp_path: Path) -> None:
    token = trade_ledger("token", "--role", "operator").out.strip()
    file = tmp_path / "keys" / "tokens" / "revoked.jsonl"
    for named in ([token], [said(token)["jti"]], ["--actor", "operator:cli"]):
        ran = trade_ledger("revoke-token", *map(str, named))
        assert ran.status == DONE
    first, second, third = map(msgspec.json.decode, file.read_bytes().splitlines())
    assert first["jti"] == second["jti"] == said(token)["jti"]
    assert (third["actor"], "jti" in third) == ("operator:cli", False)
    issued_at = said(token)["iat"]
    assert isinstance(issued_at, int)
    assert third["before"] > issued_at
    assert third["until"] - third["at"] == 366 * 86_400


@pytest.mark.parametrize("asked", ["", "t-1 --actor operator:x", "--actor nobody", "a.b.c", "t-1 --days 0"])
def test_what_names_no_token_revokes_none(trade_ledger: Run, tmp_path: Path, asked: str) -> None:
    assert trade_ledger("revoke-token", *asked.split()).status == WRONG_USAGE
    assert not (tmp_path / "keys").exists()
