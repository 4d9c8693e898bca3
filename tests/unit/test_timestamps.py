"""Time tokens: what is asked, what a good token says, and every way in which one isn't good."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import tsp  # type: ignore[import-untyped]
from cryptography.x509.oid import ExtendedKeyUsageOID

from domain.errors import LedgerError
from ledger.proof.timestamps import (
    Stamped,
    StampRefused,
    TokenMalformed,
    TokenOfOtherMessage,
    TokenOfOtherRequest,
    TokenUntrusted,
    check_token,
    request_for,
    token_in,
)
from tests.time_authority import BEGINS, STAMPED_AT, Signer, issued, rejection, reply, root, token

TEXT = b"ledger.example/main\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
NONCE = 0xFEED_FACE_CAFE_BEEF
ROOT = root()
ROOTS = [ROOT.certificate]
AUTHORITY = issued(ROOT)


@pytest.mark.parametrize("nonce", [0, 0x7F, 0x80, NONCE])
def test_a_request_asks_for_the_digest_and_for_the_certificate_under_the_nonce(nonce: int) -> None:
    asked = tsp.TimeStampReq.load(request_for(TEXT, nonce), strict=True).native
    assert asked["message_imprint"]["hash_algorithm"]["algorithm"] == "sha256"
    assert asked["message_imprint"]["hashed_message"] == hashlib.sha256(TEXT).digest()
    assert (asked["version"], asked["nonce"], asked["cert_req"]) == ("v1", nonce, True)


def test_a_good_token_says_when_and_by_whom() -> None:
    answer = reply(request_for(TEXT, NONCE), AUTHORITY)
    stamped = check_token(token_in(answer), TEXT, ROOTS, nonce=NONCE)
    assert (stamped.at, stamped.authority) == (STAMPED_AT, "CN=Test Time")


def test_fractions_of_a_second_are_left_out() -> None:
    stamped = check_token(token(AUTHORITY, TEXT, at=STAMPED_AT + timedelta(milliseconds=999)), TEXT, ROOTS)
    assert stamped.at == STAMPED_AT


def test_a_token_may_come_with_modifications() -> None:
    answer = reply(request_for(TEXT, NONCE), AUTHORITY, status=1)
    assert check_token(token_in(answer), TEXT, ROOTS, nonce=NONCE).at == STAMPED_AT


def test_a_token_stays_good_when_its_certificate_has_expired_since() -> None:
    expired = issued(ROOT, ends=BEGINS + timedelta(days=365))
    assert check_token(token(expired, TEXT, at=BEGINS + timedelta(days=364)), TEXT, ROOTS).authority == "CN=Test Time"


def test_certificates_in_between_come_with_the_token() -> None:
    between = issued(ROOT, "Between", ca=True)
    authority = issued(between)
    assert check_token(token(authority, TEXT, beside=[authority.der, between.der]), TEXT, ROOTS).at == STAMPED_AT
    with pytest.raises(TokenUntrusted):
        check_token(token(authority, TEXT), TEXT, ROOTS)


def test_refusals_come_in_the_order_told() -> None:
    good, other_roots = token(AUTHORITY, TEXT, nonce=NONCE), [root("Other").certificate]
    with pytest.raises(TokenMalformed):
        check_token(good[:-1], b"other", other_roots, nonce=1)
    with pytest.raises(TokenOfOtherMessage):
        check_token(good, b"other", other_roots, nonce=1)
    with pytest.raises(TokenOfOtherRequest):
        check_token(good, TEXT, other_roots, nonce=1)
    with pytest.raises(TokenUntrusted):
        check_token(good, TEXT, other_roots, nonce=NONCE)
    assert check_token(good, TEXT, [*other_roots, *ROOTS], nonce=NONCE).at == STAMPED_AT


def test_a_token_without_a_nonce_is_of_no_request() -> None:
    with pytest.raises(TokenOfOtherRequest):
        check_token(token(AUTHORITY, TEXT), TEXT, ROOTS, nonce=NONCE)


@pytest.mark.parametrize("algorithm", ["sha1", "sha512"])
def test_only_a_sha256_of_the_text_is_its_digest(algorithm: str) -> None:
    with pytest.raises(TokenOfOtherMessage):
        check_token(token(AUTHORITY, TEXT, algorithm=algorithm), TEXT, ROOTS)


def masked(signer: Signer) -> bytes:
    """Return a signer's token that shows another certificate of the same issuer and number, beside."""
    mask = issued(root(), "A longer name sorts behind", serial=signer.certificate.serial_number)
    return token(signer, TEXT, beside=[signer.der, mask.der])


@pytest.mark.parametrize(
    ("lie", "problem"),
    [
        (lambda: token(issued(root()), TEXT), "certificate signature failure"),
        (lambda: token(issued(root("Other")), TEXT), "unable to get local issuer certificate"),
        (lambda: token(AUTHORITY._replace(key=issued(ROOT).key), TEXT), "signature failure"),
        (lambda: token(issued(ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH), TEXT), "unsuitable certificate purpose"),
        (lambda: token(issued(ROOT, critical=False), TEXT), "unsuitable certificate purpose"),
        (lambda: token(issued(ROOT, ends=STAMPED_AT - timedelta(seconds=1)), TEXT), "certificate has expired"),
        (lambda: token(AUTHORITY, TEXT, at=BEGINS - timedelta(seconds=1)), "certificate is not yet valid"),
        (lambda: token(AUTHORITY, TEXT, beside=[]), "signer certificate not found"),
        (lambda: token(AUTHORITY, TEXT, beside=[ROOT.der]), "signer certificate not found"),
        (lambda: masked(AUTHORITY), "the signature names more than one certificate"),
    ],
)
def test_nobody_stamps_whom_the_roots_dont_let(lie: Callable[[], bytes], problem: str) -> None:
    with pytest.raises(TokenUntrusted) as refused:
        check_token(lie(), TEXT, ROOTS)
    assert refused.value.problem.startswith(problem)


def test_without_roots_nobody_is_trusted() -> None:
    with pytest.raises(TokenUntrusted):
        check_token(token(AUTHORITY, TEXT), TEXT, [])


def test_a_changed_byte_is_found_or_changes_nothing_that_is_said() -> None:
    good = token(AUTHORITY, TEXT)
    said, found = check_token(good, TEXT, ROOTS), 0
    for place, byte in enumerate(good):
        try:
            assert _said(bytes([*good[:place], byte ^ 1, *good[place + 1 :]])) == said
        except LedgerError:
            found += 1
    assert found > len(good) * 0.95


def _said(changed: bytes) -> Stamped:
    return check_token(changed, TEXT, ROOTS)


@pytest.mark.parametrize("status", [2, 3, 4, 5, 99])
def test_an_authority_may_refuse(status: int) -> None:
    with pytest.raises(StampRefused) as refused:
        token_in(rejection("the clock", "is broken", status=status))
    assert (refused.value.status, refused.value.reason) == (status, "the clock; is broken")


@pytest.mark.parametrize("answer", [b"", b"<html>", token(AUTHORITY, TEXT), rejection(status=0)])
def test_what_is_no_answer_with_a_token_is_malformed(answer: bytes) -> None:
    with pytest.raises(TokenMalformed):
        token_in(answer)
