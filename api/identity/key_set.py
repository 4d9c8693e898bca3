"""A key set is the public keys that verify tokens, by id, as an issuer publishes them (RFC 7517) and rotates them."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jwt
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from api.identity.refusals import TokenKeysUnavailable
from domain.errors import Malformed

READ_AGAIN_AFTER = timedelta(minutes=10)
PAUSE = timedelta(seconds=30)
"""Between two attempts at reading, whatever tokens name."""
KEPT_AT_MOST = timedelta(hours=24)
"""Keys that couldn't be read again for so long verify nothing any more."""

SET_BYTES_MAX = 256 * 1024
FETCH_SECONDS_MAX = 5.0
RSA_BITS_MIN = 2_048

_log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class KeySetMalformed(Malformed):
    """Not a set of keys that verify tokens."""

    code: ClassVar[str] = "token.key_set_malformed"
    problem: str


class TokenKey(NamedTuple):
    """A public key, and the algorithms that it verifies: those of its own kind, never one that a token chooses."""

    public: Any
    algorithms: tuple[str, ...]


KeySet = Mapping[str, TokenKey]
"""By key id."""


def key_set_of(content: bytes) -> KeySet:
    """
    Return the keys of a published set; those of a kind, size or use that isn't ours are left out.

    Raises: KeySetMalformed, also where none is left.
    """
    try:
        published = msgspec.json.decode(content, type=dict[str, Any]).get("keys")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        published = None
    if not isinstance(published, list):
        raise KeySetMalformed(problem="not a JSON Web Key Set")
    found = {kid: key for jwk in published if isinstance(jwk, dict) for kid, key in _usable(jwk)}
    if not found:
        raise KeySetMalformed(problem="no public key of Ed25519, P-256 or RSA with a key id")
    return found


def _usable(jwk: dict[str, Any]) -> list[tuple[str, TokenKey]]:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid or jwk.get("use", "sig") != "sig" or jwk.get("kty") == "oct" or "d" in jwk:
        return []
    try:
        public = jwt.PyJWK({name: value for name, value in jwk.items() if name != "alg"}).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return []
    algorithms = _algorithms_of(public)
    said = jwk.get("alg")
    fitting = algorithms if said is None else tuple(each for each in algorithms if each == said)
    return [(kid, TokenKey(public, fitting))] if fitting else []


def _algorithms_of(public: object) -> tuple[str, ...]:
    match public:
        case Ed25519PublicKey():
            return ("EdDSA",)
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return ("ES256",)
        case RSAPublicKey(key_size=bits) if bits >= RSA_BITS_MIN:
            return ("RS256", "PS256")
        case _:
            return ()


class PublishedKeys:
    """
    Keys as somebody publishes them: read when first needed, from time to time, and when a token names an unknown one.

    read: returns the set as published; clock: returns the time in UTC. generation: grows with every change.
    """

    def __init__(self, read: Callable[[], bytes], *, clock: Callable[[], datetime]) -> None:
        self.generation = 0
        self._read = read
        self._clock = clock
        self._keys: KeySet = {}
        self._published = b""
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._reading = threading.Lock()

    def find(self, kid: str) -> TokenKey | None:
        """
        Return the key of an id, or nothing.

        Raises: TokenKeysUnavailable where none could be read.
        """
        # Whoever has keys to go by doesn't wait for who is reading them again; who has none waits also for the first.
        if (not self._keys or self._is_due(kid)) and self._reading.acquire(blocking=not self._keys):
            try:
                if self._is_due(kid):
                    self._read_again()
            finally:
                self._reading.release()
        if not self._keys:
            raise TokenKeysUnavailable
        return self._keys.get(kid)

    @property
    def are_known(self) -> bool:
        """Return whether there is a key to go by; read now where none was asked for yet."""
        if not self._keys:
            with suppress(TokenKeysUnavailable):
                self.find("")
        return bool(self._keys)

    def _is_due(self, kid: str) -> bool:
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < PAUSE:
            return False
        return kid not in self._keys or self._read_at is None or now - self._read_at >= READ_AGAIN_AFTER

    def _read_again(self) -> None:
        now = self._tried_at = self._clock()
        try:
            published = self._read()
            keys = key_set_of(published)
        except (OSError, KeySetMalformed) as error:
            _log.warning("keys of tokens can't be read", problem=str(error))
            if self._read_at is not None and now - self._read_at >= KEPT_AT_MOST:
                self._put({}, b"")
            return
        self._read_at = now
        self._put(keys, published)

    def _put(self, keys: KeySet, published: bytes) -> None:
        if published != self._published:
            self._keys, self._published = keys, published
            self.generation += 1


def reading(where: str) -> Callable[[], bytes]:
    """Return what reads a published set from a URL or a file."""
    if where.startswith(("https://", "http://")):
        return lambda: _fetched(where)
    return lambda: _of_file(Path(where))


def _of_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(SET_BYTES_MAX)


def _fetched(url: str) -> bytes:
    import httpx  # noqa: PLC0415 - a key of one's own needs no HTTP client, nor does the command line

    try:
        with httpx.stream("GET", url, timeout=FETCH_SECONDS_MAX, headers={"Accept": "application/json"}) as answer:
            answer.raise_for_status()
            return _bounded(answer.iter_bytes(16 * 1024))
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error


def _bounded(chunks: Iterator[bytes]) -> bytes:
    content = b""
    for chunk in chunks:
        content += chunk
        if len(content) > SET_BYTES_MAX:
            raise KeySetMalformed(problem=f"more than {SET_BYTES_MAX} bytes")
    return content
