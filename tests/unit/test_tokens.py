"""Tokens: which are taken, which aren't, and that nobody learns from being refused what was wrong."""

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.identity.caller import Caller
from api.identity.key_set import KEPT_AT_MOST, PAUSE, READ_AGAIN_AFTER, KeySetMalformed, PublishedKeys, key_set_of
from api.identity.local_key import TokenKeyUnusable, ensure_local_key, issue_token, key_set_file
from api.identity.refusals import TokenKeysUnavailable, TokenRefused
from api.identity.tokens import (
    LEEWAY_SECONDS,
    LOCAL_AUDIENCE,
    LOCAL_ISSUER,
    REMEMBERED_SECONDS,
    TOKEN_CHARACTERS_MAX,
    Tokens,
)
from tests.books import Clock
from tests.tokens import AUDIENCE, ISSUER, NOW, OPERATOR, SECONDS, Issuer, published, taking

BUYER = Caller("buyer:clerk-7", "buyer", "BUY-1", frozenset({"main", "other"}))
THEN = int(NOW.timestamp())
DIGITS = b'{"alg":' + b"9" * 5_000 + b"}"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def refused(tokens: Tokens, token: str) -> str:
    with pytest.raises(TokenRefused) as refusal:
        tokens.caller_of(token)
    assert tokens.find_remembered(token) is None
    return refusal.value.problem


@pytest.mark.parametrize("caller", [OPERATOR, BUYER, Caller("auditor:AUD-1", "auditor", books=frozenset({"main"}))])
def test_token_says_who_in_which_role_for_whom_and_where(issuer: Issuer, caller: Caller) -> None:
    assert taking(issuer).caller_of(issuer.token(caller)) == caller


def test_token_is_taken_until_it_expires_and_from_when_it_is_valid(issuer: Issuer) -> None:
    clock = Clock(NOW)
    tokens, token = taking(issuer, clock=clock), issuer.token(nbf=THEN)
    clock.move(seconds=-LEEWAY_SECONDS)
    assert tokens.caller_of(token) == OPERATOR
    clock.move(seconds=-1)
    assert refused(taking(issuer, clock=clock), token) == "not_yet_valid"
    clock.now = NOW + timedelta(seconds=SECONDS + LEEWAY_SECONDS - 1)
    assert tokens.caller_of(token) == tokens.find_remembered(token) == OPERATOR
    clock.move(seconds=1)
    assert refused(tokens, token) == "expired"


def test_token_is_remembered_for_a_moment_and_no_longer_than_its_key(issuer: Issuer) -> None:
    clock, other = Clock(NOW), Issuer("key-2", seed=b"u" * 32)
    sets = [published(issuer, other), published(other)]
    tokens = Tokens(issuer=ISSUER, audience=AUDIENCE, keys=PublishedKeys(lambda: sets[0], clock=clock), clock=clock)
    token = issuer.token()
    assert tokens.find_remembered(token) is None
    assert tokens.caller_of(token) == tokens.find_remembered(token)
    clock.move(seconds=REMEMBERED_SECONDS)
    assert tokens.find_remembered(token) is None
    assert tokens.caller_of(token) == OPERATOR
    del sets[0]
    clock.move(seconds=READ_AGAIN_AFTER.total_seconds() - REMEMBERED_SECONDS)
    assert tokens.caller_of(other.token()) == OPERATOR
    assert refused(tokens, token) == "invalid", "its key was withdrawn"


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": ["another-service"]},
        {"aud": None},
        {"exp": None},
        {"exp": "2099-01-01"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": True},
        {"exp": 2**53},
        {"nbf": "soon"},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": "operator:a b"},
        {"sub": "operator:a:b"},
        {"sub": "operator:x\n"},
        {"sub": 7},
        {"role": None},
        {"role": "root"},
        {"role": "clock"},
        {"role": ["operator"]},
        {"role": "buyer"},
        {"party": "BUY-1"},
        {"role": "buyer", "party": "a/b"},
        {"role": "buyer", "party": "BUY-1\n"},
        {"role": "buyer", "party": ["BUY-1"]},
        {"books": None},
        {"books": "main"},
        {"books": ["*"]},
        {"books": [1]},
        {"books": {"main": True}},
    ],
    ids=str,
)
def test_token_that_says_anything_else_is_refused_alike(issuer: Issuer, said: dict[str, Any]) -> None:
    assert refused(taking(issuer), issuer.token(**said)) == "invalid"


def test_audience_may_be_one_of_several(issuer: Issuer) -> None:
    assert taking(issuer).caller_of(issuer.token(aud=["another-service", AUDIENCE])) == OPERATOR
    assert taking(issuer).caller_of(issuer.token(books=[])).may_enter("main") is False


def encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(issuer: Issuer) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(issuer.token(), options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_token_that_nobody_signed_is_refused(issuer: Issuer, algorithm: str) -> None:
    header = encoded({"alg": algorithm, "typ": "JWT", "kid": issuer.kid})
    for signature in ("", "AA", issuer.token().rpartition(".")[2]):
        assert refused(taking(issuer), f"{header}.{encoded(claims_of(issuer))}.{signature}") == "invalid"


def test_public_key_is_nobodys_shared_secret(issuer: Issuer) -> None:
    """The public key, taken for the secret of HMAC, would let everybody sign."""
    secrets = (issuer.public_bytes, issuer.jwk["x"].encode(), published(issuer))
    for algorithm, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        said = f"{encoded({'alg': algorithm, 'kid': issuer.kid})}.{encoded(claims_of(issuer))}"
        for secret in secrets:
            signature = urlsafe_b64encode(hmac.digest(secret, said.encode(), digest)).rstrip(b"=").decode()
            assert refused(taking(issuer), f"{said}.{signature}") == "invalid"
    oct_key = {"kty": "oct", "kid": "shared", "k": issuer.jwk["x"], "alg": "HS256"}
    with pytest.raises(KeySetMalformed):
        key_set_of(json.dumps({"keys": [oct_key]}).encode())


def test_token_by_another_key_or_with_another_byte_is_refused(issuer: Issuer) -> None:
    tokens, token = taking(issuer), issuer.token()
    stranger = Issuer(issuer.kid, seed=b"x" * 32)
    assert refused(tokens, stranger.token()) == "invalid"
    header, said, signature = token.split(".")
    for changed in (
        f"{header}.{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        f"{header}.{encoded(claims_of(issuer) | {'role': 'auditor'})}.{signature}",
        f"{encoded({'alg': 'EdDSA', 'kid': issuer.kid, 'x': 1})}.{said}.{signature}",
        f"{header}.{said}.",
        f"{header}.{said}",
        said,
    ):
        assert refused(tokens, changed) == "invalid"


@pytest.mark.parametrize(
    "header", [{"kid": "key-404"}, {"kid": ""}, {"crit": ["x"], "x": 1}, {"kid": "key-404", "jku": "https://e.example"}]
)
def test_header_that_asks_for_something_else_is_refused(issuer: Issuer, header: dict[str, Any]) -> None:
    token = issuer.signed(claims_of(issuer), **header)
    assert refused(taking(issuer), token) == "invalid"


def test_key_that_a_token_brings_along_counts_for_nothing(issuer: Issuer) -> None:
    stranger = Issuer(issuer.kid, seed=b"x" * 32)
    assert refused(taking(issuer), stranger.signed(claims_of(issuer), jwk=stranger.jwk)) == "invalid"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "A" * (TOKEN_CHARACTERS_MAX + 1),
        f"{urlsafe_b64encode(b'[' * 6_000).decode()}..",
        f"{urlsafe_b64encode(DIGITS).decode()}..",
    ],
    ids=range(8),
)
def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    assert refused(taking(issuer), token) == "invalid"


def test_huge_token_is_refused_unread(issuer: Issuer) -> None:
    assert refused(taking(issuer), issuer.token(padding="x" * TOKEN_CHARACTERS_MAX)) == "invalid"


# Keys.


def of_any_kind() -> list[tuple[Any, dict[str, Any], str]]:
    p256, rsa_key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65_537, 2_048)
    return [
        (p256, ECAlgorithm.to_jwk(p256.public_key(), as_dict=True), "ES256"),
        (rsa_key, RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True), "RS256"),
        (rsa_key, RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True), "PS256"),
    ]


def test_issuers_may_sign_by_other_kinds_of_keys_each_by_its_own_algorithm(issuer: Issuer) -> None:
    claims = claims_of(issuer)
    for private, jwk, algorithm in of_any_kind():
        content = json.dumps({"keys": [{**jwk, "kid": "k"}]}).encode()
        keys = PublishedKeys(lambda content=content: content, clock=lambda: NOW)  # type: ignore[misc]
        tokens = Tokens(issuer=ISSUER, audience=AUDIENCE, keys=keys, clock=lambda: NOW)
        assert tokens.caller_of(jwt.encode(claims, private, algorithm=algorithm, headers={"kid": "k"})) == OPERATOR
        assert algorithm in key_set_of(content)["k"].algorithms
        assert refused(tokens, jwt.encode(claims, issuer.private, algorithm="EdDSA", headers={"kid": "k"})) == "invalid"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": 7}',
        b'{"keys": []}',
        b'{"keys": [7, {}, {"kid": "k"}, {"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": "AA"}]}',
        b"[" * 100_000,
        b"\xff",
    ],
    ids=range(8),
)
def test_what_is_no_set_of_keys_is_malformed(content: bytes) -> None:
    with pytest.raises(KeySetMalformed):
        key_set_of(content)


def test_keys_for_something_else_are_left_out(issuer: Issuer) -> None:
    weak = rsa.generate_private_key(65_537, 1_024).public_key()  # noqa: S505 - that is what is refused
    strange = [
        {**RSAAlgorithm.to_jwk(weak, as_dict=True), "kid": "weak"},
        {**issuer.jwk, "kid": "enc", "use": "enc"},
        {**issuer.jwk, "kid": "hs", "alg": "HS256"},
        {**issuer.jwk, "kid": "private", "d": issuer.jwk["x"]},
        {name: value for name, value in issuer.jwk.items() if name != "kid"},
        issuer.jwk,
    ]
    assert list(key_set_of(json.dumps({"keys": strange}).encode())) == [issuer.kid]


class Publisher:
    """Publishes keys, or fails to."""

    def __init__(self, *issuers: Issuer) -> None:
        self.issuers = issuers
        self.asked = 0
        self.fails = False

    def __call__(self) -> bytes:
        self.asked += 1
        if self.fails:
            raise OSError
        return published(*self.issuers)


def test_keys_are_read_again_for_an_unknown_one_at_a_bounded_rate(issuer: Issuer) -> None:
    clock, publisher, new = Clock(NOW), Publisher(issuer), Issuer("key-2", seed=b"u" * 32)
    keys = PublishedKeys(publisher, clock=clock)
    assert keys.find(issuer.kid)
    publisher.issuers = (issuer, new)
    for number in range(100):
        assert keys.find(f"key-{number + 2}") is None
    assert publisher.asked == 1, "whoever names unknown keys makes us ask nobody"
    clock.move(seconds=PAUSE.total_seconds())
    assert keys.find("key-2")
    assert keys.find(issuer.kid)
    assert publisher.asked == 2


def test_keys_outlast_an_issuer_that_fails_but_not_for_ever(issuer: Issuer) -> None:
    clock, publisher = Clock(NOW), Publisher(issuer)
    keys = PublishedKeys(publisher, clock=clock)
    publisher.fails = True
    with pytest.raises(TokenKeysUnavailable):
        keys.find(issuer.kid)
    publisher.fails = False
    clock.move(seconds=PAUSE.total_seconds())
    assert keys.find(issuer.kid)
    publisher.fails = True
    clock.move(seconds=KEPT_AT_MOST.total_seconds() - 1)
    assert keys.find(issuer.kid)
    clock.move(seconds=PAUSE.total_seconds())
    with pytest.raises(TokenKeysUnavailable):
        keys.find(issuer.kid)


def test_whoever_comes_while_keys_are_read_for_the_first_time_waits_for_them(issuer: Issuer) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def read() -> bytes:
        begun.set()
        may_end.wait(60)
        return published(issuer)

    keys = PublishedKeys(read, clock=Clock(NOW))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(keys.find, issuer.kid)
        begun.wait(60)
        second = threads.submit(keys.find, issuer.kid)
        done, _ = wait([second], timeout=0.2)
        may_end.set()
        assert not done, "nobody is told that there are no keys while they are being read"
        assert first.result(60) == second.result(60) is not None


# This machine's own key.


def test_local_key_is_made_once_for_its_owner_alone_and_its_tokens_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "keys" / "tokens"
    ensure_local_key(folder, b"1" * 32)
    made = key_set_file(folder).read_bytes()
    ensure_local_key(folder, b"2" * 32)
    assert key_set_file(folder).read_bytes() == made
    assert (folder / "token.key").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in folder.iterdir()) == ["jwks.json", "token.key"]
    private = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
    public = urlsafe_b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=")
    assert public in made
    keys = PublishedKeys(key_set_file(folder).read_bytes, clock=lambda: NOW)
    tokens = Tokens(issuer=LOCAL_ISSUER, audience=LOCAL_AUDIENCE, keys=keys, clock=lambda: NOW)
    for caller in (OPERATOR, BUYER):
        token = issue_token(folder, caller, jti="1", at=NOW, lifetime=timedelta(minutes=60))
        assert tokens.caller_of(token) == caller


def test_local_key_that_others_can_read_signs_nothing(tmp_path: Path) -> None:
    ensure_local_key(tmp_path, b"1" * 32)
    (tmp_path / "token.key").chmod(0o640)
    with pytest.raises(TokenKeyUnusable, match="chmod 600"):
        issue_token(tmp_path, OPERATOR, jti="1", at=NOW, lifetime=timedelta(minutes=1))
    (tmp_path / "token.key").chmod(0o600)
    (tmp_path / "token.key").write_bytes(b"no key")
    with pytest.raises(TokenKeyUnusable, match="PEM"):
        issue_token(tmp_path, OPERATOR, jti="1", at=NOW, lifetime=timedelta(minutes=1))
