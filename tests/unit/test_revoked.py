"""Revocation: which tokens aren't taken any more, by whom that is seen and when."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.identity.caller import Caller
from api.identity.key_set import PublishedKeys
from api.identity.refusals import TokenRefused
from api.identity.revoked import (
    LOOKED_AT_EVERY,
    Revocation,
    RevocationsUnavailable,
    RevocationUnusable,
    Revoked,
    revocations_file,
    revoke,
)
from api.identity.tokens import Tokens
from tests.books import Clock
from tests.tokens import AUDIENCE, ISSUER, NOW, OPERATOR, Issuer, published

THEN = int(NOW.timestamp())
UNTIL = THEN + 86_400
FINANCE = Caller("finance:FIN-1", "finance")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def taking(folder: Path, clock: Clock) -> Tokens:
    """Return what takes tokens in one process."""
    return Tokens(
        issuer=ISSUER,
        audience=AUDIENCE,
        keys=PublishedKeys(lambda: published(Issuer()), clock=clock),
        clock=clock,
        revoked=Revoked(revocations_file(folder), clock=clock),
    )


def is_taken(tokens: Tokens, token: str) -> bool:
    try:
        return bool(tokens.find_remembered(token) or tokens.caller_of(token))
    except TokenRefused as refused:
        if refused.problem != "revoked":
            raise
        return False


def test_token_that_is_revoked_is_refused_by_every_process_within_a_moment(tmp_path: Path, clock: Clock) -> None:
    processes = [taking(tmp_path, clock), taking(tmp_path, clock)]
    token, other = Issuer().token(jti="t-1"), Issuer().token(jti="t-2")
    assert all(is_taken(each, token) and is_taken(each, other) for each in processes)
    assert all(each.find_remembered(token) for each in processes)
    revoke(tmp_path, Revocation(jti="t-1", until=UNTIL, at=THEN))
    clock.move(seconds=LOOKED_AT_EVERY.total_seconds())
    for each in processes:
        assert not is_taken(each, token)
        assert each.find_remembered(token) is None
        assert is_taken(each, other)
    assert not is_taken(taking(tmp_path, clock), token), "a process that is started later knows it too"


def test_what_an_actor_had_is_revoked_and_what_they_get_later_is_taken(tmp_path: Path, clock: Clock) -> None:
    tokens = taking(tmp_path, clock)
    old, undated = Issuer().token(FINANCE, iat=THEN - 1), Issuer().token(FINANCE)
    in_parts, new = Issuer().token(FINANCE, iat=THEN - 0.5), Issuer().token(FINANCE, iat=THEN)
    others = Issuer().token(OPERATOR, iat=THEN - 1)
    revoke(tmp_path, Revocation(actor=FINANCE.actor, before=THEN - 100, until=UNTIL, at=THEN))
    revoke(tmp_path, Revocation(actor=FINANCE.actor, before=THEN, until=UNTIL, at=THEN))
    revoke(tmp_path, Revocation(actor=FINANCE.actor, before=THEN - 50, until=UNTIL, at=THEN))
    told = [is_taken(tokens, each) for each in (old, undated, in_parts, new, others)]
    assert told == [False, False, False, True, True]


def test_revocation_is_forgotten_when_what_it_is_about_has_expired(tmp_path: Path, clock: Clock) -> None:
    revoked = Revoked(revocations_file(tmp_path), clock=clock)
    revoke(tmp_path, Revocation(jti="t-1", until=THEN + 10, at=THEN))
    assert revoked.has(jti="t-1", actor="x:y", issued_at=THEN)
    clock.move(seconds=60)
    revoke(tmp_path, Revocation(jti="t-2", until=UNTIL, at=THEN))
    clock.move(seconds=1)
    assert not revoked.has(jti="t-1", actor="x:y", issued_at=THEN)
    assert revoked.has(jti="t-2", actor="x:y", issued_at=THEN)


def test_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path, clock: Clock) -> None:
    revoke(tmp_path, Revocation(jti="t-1", until=UNTIL, at=THEN))
    tokens, token = taking(tmp_path, clock), Issuer().token()
    assert is_taken(tokens, token)
    whole = revocations_file(tmp_path).read_bytes()
    revocations_file(tmp_path).write_bytes(whole + b"nonsense\n")
    clock.move(seconds=1)
    assert tokens.find_remembered(token) is None
    for _ in range(2):
        with pytest.raises(RevocationsUnavailable):
            tokens.caller_of(token)
    revocations_file(tmp_path).write_bytes(whole)
    clock.move(seconds=1)
    assert is_taken(tokens, token)


def test_what_a_loss_of_power_left_of_a_line_spoils_nothing(tmp_path: Path, clock: Clock) -> None:
    revoke(tmp_path, Revocation(jti="t-1", until=UNTIL, at=THEN))
    with revocations_file(tmp_path).open("ab") as opened:
        opened.write(b'{"jti":"t-2","un')
    assert Revoked(revocations_file(tmp_path), clock=clock).has(jti="t-1", actor="x:y", issued_at=0)
    revoke(tmp_path, Revocation(jti="t-3", until=UNTIL, at=THEN))
    seen = Revoked(revocations_file(tmp_path), clock=clock)
    assert [seen.has(jti=f"t-{number}", actor="x:y", issued_at=0) for number in (1, 2, 3)] == [True, False, True]


def test_file_is_for_its_owner_alone_and_clock_that_goes_back_hides_nothing(tmp_path: Path, clock: Clock) -> None:
    revoked = Revoked(revocations_file(tmp_path), clock=clock)
    assert not revoked.has(jti="t-1", actor="x:y", issued_at=0)
    revoke(tmp_path, Revocation(jti="t-1", until=UNTIL, at=THEN))
    assert revocations_file(tmp_path).stat().st_mode & 0o777 == 0o600
    clock.now = NOW - timedelta(hours=1)
    assert revoked.has(jti="t-1", actor="x:y", issued_at=0)


@pytest.mark.parametrize("said", [{}, {"jti": "t", "actor": "x:y"}, {"jti": "t" * 513}])
def test_revocation_is_about_one_thing(tmp_path: Path, said: dict[str, str]) -> None:
    with pytest.raises(RevocationUnusable):
        revoke(tmp_path, Revocation(until=UNTIL, at=THEN, jti=said.get("jti", ""), actor=said.get("actor", "")))
    assert not revocations_file(tmp_path).exists()


@pytest.mark.parametrize("said", [{"iat": "soon"}, {"iat": float("nan")}, {"iat": -1}, {"jti": 7}, {"jti": ["x"]}])
def test_token_whose_id_or_age_cannot_be_meant_is_refused(tmp_path: Path, clock: Clock, said: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        taking(tmp_path, clock).caller_of(Issuer().token(**said))
