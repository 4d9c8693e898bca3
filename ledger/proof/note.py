"""
A signed note is a text with signature lines below it, each of a key that is known by its name and a short hash.

Texts, keys and lines are those of C2SP signed-note; keys of witnesses sign with a time, as C2SP tlog-cosignature says.
"""

import base64
import binascii
import hashlib
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.errors import Malformed

ED25519 = 0x01
COSIGNATURE = 0x04
NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
"""Every verifier accepts 16; whoever sends more than this means harm."""

_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_TIME = struct.Struct(">Q")
_TIME_MAX = 2**63 - 1
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


@dataclass(eq=False, kw_only=True)
class NoteMalformed(Malformed):
    """Not a signed note."""

    code: ClassVar[str] = "note.malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class NoteUnverified(Malformed):
    """No trusted key signed the note, or what says that one did isn't its signature: believe nothing of it."""

    code: ClassVar[str] = "note.unverified"
    problem: str


@dataclass(eq=False, kw_only=True)
class KeyMalformed(Malformed):
    """Not a key as signed notes write them: NAME+HASH+BASE64, or PRIVATE+KEY+NAME+HASH+BASE64 of one that signs."""

    code: ClassVar[str] = "key.malformed"
    problem: str


class Signature(NamedTuple):
    """A line under a note: the key's name, the four bytes of its hash, and what the key made of the text."""

    name: str
    key_id: bytes
    signed: bytes

    @property
    def line(self) -> str:
        """Return the line, without its newline."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signed).decode()}"


class VerifierKey(NamedTuple):
    """A public key, what it is called, and how it signs: ED25519 a text, COSIGNATURE a checkpoint with a time."""

    name: str
    algorithm: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read NAME+HASH+BASE64.

        Raises: KeyMalformed.
        """
        name, algorithm, public, key_id = _key_of(text)
        key = cls(name, algorithm, public)
        if key.key_id != key_id:
            raise KeyMalformed(problem="the hash isn't that of the name and the key")
        try:
            Ed25519PublicKey.from_public_bytes(public)
        except ValueError as error:
            raise KeyMalformed(problem=str(error)) from None
        return key

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which signature lines say which key is meant."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes((self.algorithm,)) + self.public).decode()}"

    def made(self, signature: Signature) -> bool:
        """Return whether a signature says that this key made it."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verifies(self, signature: Signature, text: str) -> bool:
        """Return whether this key made a signature over a text."""
        message, signed = text.encode(), signature.signed
        if self.algorithm == COSIGNATURE:
            if len(signed) != _TIME.size + _SIGNATURE_BYTES:
                return False
            message, signed = cosigned_message(text, cosigned_at(signature)), signed[_TIME.size :]
            if cosigned_at(signature) > _TIME_MAX:
                return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signed, message)
        except InvalidSignature:
            return False
        return self.made(signature)


class Signer(Protocol):
    """Who holds a private Ed25519 key and signs with it: this process, or a key service that never hands it out."""

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message, 64 bytes."""


class PrivateKey:
    """A private key in this process's memory."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @classmethod
    def parse(cls, text: str) -> tuple[str, Self]:
        """
        Read PRIVATE+KEY+NAME+HASH+BASE64 and return the name and the key.

        Raises: KeyMalformed, which never quotes the key.
        """
        if not text.startswith(_PRIVATE):
            raise KeyMalformed(problem=f"doesn't begin with {_PRIVATE}")
        name, algorithm, seed, key_id = _key_of(text.removeprefix(_PRIVATE))
        key = cls(seed)
        if VerifierKey(name, algorithm, key.public).key_id != key_id:
            raise KeyMalformed(problem="the hash isn't that of the name and the key")
        return name, key

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message, 64 bytes."""
        return self._key.sign(message)

    def written(self, name: str, algorithm: int = ED25519) -> str:
        """Return the key as PRIVATE+KEY+NAME+HASH+BASE64: a secret."""
        key_id = VerifierKey(name, algorithm, self.public).key_id.hex()
        return f"{_PRIVATE}{name}+{key_id}+{base64.b64encode(bytes((algorithm,)) + self._seed).decode()}"


class Note(NamedTuple):
    """A text, its last newline included, and the signatures that stand under it, whoever made them."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: bytes) -> Self:
        """
        Read a note without believing it.

        Raises: NoteMalformed.
        """
        if len(note) > NOTE_BYTES_MAX:
            raise NoteMalformed(problem=f"longer than {NOTE_BYTES_MAX} bytes")
        try:
            decoded = note.decode()
        except UnicodeDecodeError:
            raise NoteMalformed(problem="not UTF-8") from None
        if any(character < " " and character != "\n" for character in decoded):
            raise NoteMalformed(problem="it has a control character")
        text, separator, below = decoded.rpartition("\n\n")
        if not separator or not below.endswith("\n"):
            raise NoteMalformed(problem="no signature lines after an empty line")
        lines = below[:-1].split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise NoteMalformed(problem=f"more than {SIGNATURES_MAX} signatures")
        return cls(text + "\n", tuple(map(signature_of, lines)))

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(each.line + "\n" for each in self.signatures)).encode()

    def verified_by(self, keys: Iterable[VerifierKey]) -> dict[VerifierKey, Signature]:
        """
        Return which keys signed the text; signatures of keys that aren't asked about are passed over.

        Raises: NoteUnverified, where none did, two have one name and hash, or a signature under these isn't
        the key's.
        """
        verified: dict[VerifierKey, Signature] = {}
        known = defaultdict(list)
        for key in keys:
            known[key.name, key.key_id].append(key)
        for signature in self.signatures:
            found = known.get((signature.name, signature.key_id))
            if not found or found[0] in verified:
                continue
            key, *others = found
            if others:
                raise NoteUnverified(problem=f"two keys are called {key.name}+{key.key_id.hex()}")
            if not key.verifies(signature, self.text):
                raise NoteUnverified(problem=f"the signature of {key.name} isn't of this text")
            verified[key] = signature
        if not verified:
            raise NoteUnverified(problem="no trusted key signed it")
        return verified


def sign(text: str, name: str, signer: Signer) -> Signature:
    """
    Return a signature of a text, under the name of the key.

    text: at least one line, ends with a newline.
    """
    return Signature(name, VerifierKey(name, ED25519, signer.public).key_id, signer.sign(text.encode()))


def cosign(text: str, name: str, signer: Signer, *, at: int) -> Signature:
    """Return a witness's signature of a checkpoint's text. at: seconds since 1970-01-01 UTC."""
    key_id = VerifierKey(name, COSIGNATURE, signer.public).key_id
    return Signature(name, key_id, _TIME.pack(at) + signer.sign(cosigned_message(text, at)))


def cosigned_message(text: str, at: int) -> bytes:
    """Return what a witness signs."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned_at(signature: Signature) -> int:
    """Return when a witness says that it signed, in seconds since 1970-01-01 UTC."""
    seconds: int = _TIME.unpack_from(signature.signed)[0]
    return seconds


def signature_of(line: str) -> Signature:
    """
    Read a signature line without its newline.

    Raises: NoteMalformed.
    """
    found = _LINE.fullmatch(line)
    if not found:
        raise NoteMalformed(problem="a signature line isn't — NAME BASE64")
    blob = decoded(found[2])
    if blob is None or len(blob) <= _ID_BYTES:
        raise NoteMalformed(problem="a signature isn't base64 of a key's hash and what it signed")
    return Signature(found[1], blob[:_ID_BYTES], blob[_ID_BYTES:])


def signed_note(text: str, signatures: Sequence[Signature]) -> bytes:
    """Return a note as bytes."""
    return bytes(Note(text, tuple(signatures)))


def decoded(text: str) -> bytes | None:
    """Return the bytes that standard base64 stands for, or nothing where it isn't the one way to write them."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.b64encode(value).decode() == text else None


def _key_of(text: str) -> tuple[str, int, bytes, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    if not _NAME.fullmatch(name):
        raise KeyMalformed(problem="the name is empty or has a space")
    if not re.fullmatch("[0-9a-f]{8}", key_id):
        raise KeyMalformed(problem="the hash isn't eight hexadecimal digits")
    material = decoded(encoded)
    if material is None or len(material) != 1 + _KEY_BYTES:
        raise KeyMalformed(problem="the key isn't base64 of a type and 32 bytes")
    if material[0] not in {ED25519, COSIGNATURE}:
        raise KeyMalformed(problem=f"type {material[0]} is neither Ed25519 nor a cosignature's")
    return name, material[0], material[1:], bytes.fromhex(key_id)
