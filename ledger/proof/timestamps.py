"""
A time token is an authority's signature over a message's digest and the time: the message existed by then (RFC 3161).

Tokens are DER, as an authority's answer carries them. Checking one needs the message and the authority's roots: no
network, no clock. Times are whole seconds; what an authority adds of fractions is left out.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from rfc3161_client import (
    PKIStatus,
    TimeStampResponse,
    TimeStampTokenInfo,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from domain.errors import Malformed, Unavailable

_BOOLEAN, _INTEGER, _OCTETS, _OBJECT, _SEQUENCE = b"\x01", b"\x02", b"\x04", b"\x06", b"\x30"
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_SHA256_DER = bytes.fromhex("608648016503040201")
_SHORT_LENGTH_MAX = 0x7F
_REASON = re.compile('(?:reason: "|Verify error: )([^"]+)"')
"""In what OpenSSL says, of which the last is the plainest."""

_GRANTED = {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What a stranger's bytes make the parsers raise."""


@dataclass(eq=False, kw_only=True)
class TokenMalformed(Malformed):
    """Not a time token, or not an authority's answer with one."""

    code: ClassVar[str] = "time.token_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class TokenOfOtherMessage(Malformed):
    """The token is over another message, or over another digest than SHA-256."""

    code: ClassVar[str] = "time.token_of_other_message"


@dataclass(eq=False, kw_only=True)
class TokenOfOtherRequest(Malformed):
    """The token repeats another nonce than the one asked with: it may be old."""

    code: ClassVar[str] = "time.token_of_other_request"


@dataclass(eq=False, kw_only=True)
class TokenUntrusted(Malformed):
    """The signature doesn't lead to a root given, through certificates valid when stamped, for stamping time."""

    code: ClassVar[str] = "time.token_untrusted"
    problem: str


@dataclass(eq=False, kw_only=True)
class StampRefused(Unavailable):
    """The authority answered that it gives no token; `status` is RFC 3161's number."""

    code: ClassVar[str] = "time.stamp_refused"
    status: int
    reason: str


class Stamped(NamedTuple):
    """What a checked token says: when, by whom (its certificate's subject, RFC 4514), under which of its numbers."""

    at: datetime
    authority: str
    serial: int


def request_for(text: bytes, nonce: int) -> bytes:
    """Return a request (DER) for a token over the SHA-256 of a text, with the authority's certificate in it."""
    algorithm = _der(_SEQUENCE, _der(_OBJECT, _SHA256_DER), b"\x05\x00")
    imprint = _der(_SEQUENCE, algorithm, _der(_OCTETS, hashlib.sha256(text).digest()))
    return _der(_SEQUENCE, _integer(1), imprint, _integer(nonce), _der(_BOOLEAN, b"\xff"))


def token_in(answer: bytes) -> bytes:
    """
    Return the token, unchecked, in an authority's answer (DER).

    Raises, in this order: TokenMalformed, StampRefused.
    """
    try:
        response = decode_timestamp_response(answer)
        token = response.time_stamp_token()
    except ValueError as error:
        raise TokenMalformed(problem=str(error)) from None
    if response.status not in _GRANTED:
        raise StampRefused(status=response.status, reason="; ".join(response.status_string))
    if not token:
        raise TokenMalformed(problem="granted, but there is none")
    return token


def check_token(token: bytes, text: bytes, roots: Sequence[x509.Certificate], *, nonce: int | None = None) -> Stamped:
    """
    Check that a token is an authority's over a text, and return what it says.

    Certificates have to be valid at the time stamped, whether or not they still are. A revocation isn't seen.

    nonce: what was asked with, where the token is an answer just received.

    Raises, in this order: TokenMalformed, TokenOfOtherMessage, TokenOfOtherRequest, TokenUntrusted.
    """
    try:
        response = decode_timestamp_response(_answer_with(token))
        said = response.tst_info
    except ValueError as error:
        raise TokenMalformed(problem=str(error)) from None
    _check_imprint(said, text)
    if nonce is not None and said.nonce != nonce:
        raise TokenOfOtherRequest
    try:
        VerifierBuilder(roots=list(roots)).build().verify_message(response, text)
        authority = _signer(response).subject.rfc4514_string()
    except (*_UNREADABLE, VerificationError) as error:
        raise TokenUntrusted(problem=[str(error), *_REASON.findall(str(error))][-1]) from None
    return Stamped(said.gen_time, authority, said.serial_number)


def _check_imprint(said: TimeStampTokenInfo, text: bytes) -> None:
    imprint = said.message_imprint
    if (imprint.hash_algorithm, imprint.message) != (_SHA256, hashlib.sha256(text).digest()):
        raise TokenOfOtherMessage


def _signer(response: TimeStampResponse) -> x509.Certificate:
    """Return the certificate that the signature names: one of its issuer and number, for a second would be a mask."""
    signed = response.signed_data
    (named,) = signed.signer_infos
    issuer_and_number = (named.issuer, named.serial_number)
    certificates = map(x509.load_der_x509_certificate, signed.certificates)
    found = [each for each in certificates if (each.issuer, each.serial_number) == issuer_and_number]
    if len(found) != 1:
        raise TokenUntrusted(problem="the signature names more than one certificate")
    return found[0]


def _answer_with(token: bytes) -> bytes:
    """Return a granting answer around a token, for that is what the library reads."""
    return _der(_SEQUENCE, _der(_SEQUENCE, _integer(PKIStatus.GRANTED)), token)


def _integer(value: int) -> bytes:
    """Return a DER INTEGER of a value that isn't negative."""
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length <= _SHORT_LENGTH_MAX:
        return tag + bytes([length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return tag + bytes([_SHORT_LENGTH_MAX + 1 + len(digits)]) + digits + content
