"""
A keyring is what signs a book's checkpoints, kept apart from its database: a key, the keys before it, and a memory.

    FOLDER/signer.key      PRIVATE+KEY+NAME+HASH+BASE64, for its owner alone; absent where another holds the key
    FOLDER/keys.json       every verifier key that ever signed, and up to which size those count that no longer do
    FOLDER/signed.json     of every origin, the size and root last signed, and what was kept to prove it by until then
    FOLDER/lock            held by whoever signs or changes any of it, of whatever database

The memory is why a database that was restored to an older state, or replaced, gets no second history signed: a log
that isn't an extension of what the memory says is refused.
"""

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from domain.errors import Conflict, Unavailable
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note import ED25519, KeyMalformed, PrivateKey, Signer, VerifierKey
from ledger.proof.register import NO_LINES, Register

SEED_BYTES = 32

PROGRAM_SECONDS = 10

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_SIGNATURE_BYTES = 64

T = TypeVar("T")


@dataclass(eq=False, kw_only=True)
class SigningKeyAbsent(Unavailable):
    """Nobody holds a key to sign this book's log with: `trade-ledger log key new` makes one."""

    code: ClassVar[str] = "log.signing_key_absent"
    retryable: ClassVar[bool] = False
    book: str


@dataclass(eq=False, kw_only=True)
class SigningKeyUnusable(Unavailable):
    """The key that is to sign can't: not a key, of another log, retired, open to other people, or not to be kept."""

    code: ClassVar[str] = "log.signing_key_unusable"
    retryable: ClassVar[bool] = False
    where: str
    problem: str


@dataclass(eq=False, kw_only=True)
class SigningKeyExists(Conflict):
    """There is a key already: `trade-ledger log key rotate` puts another in its place."""

    code: ClassVar[str] = "log.signing_key_exists"
    key: str


@dataclass(eq=False, kw_only=True)
class SignerFailed(Unavailable):
    """The program that holds the key didn't sign."""

    code: ClassVar[str] = "log.signer_failed"
    program: str
    problem: str


class KnownKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A verifier key that signs, or once did.

    last_size: of the last checkpoint that counts under it, where it signs no more. leaked: whether somebody else may
    have it.
    """

    key: str
    last_size: int | None = None
    leaked: bool = False

    @property
    def verifier(self) -> VerifierKey:
        """Return the key itself. Raises: KeyMalformed."""
        return VerifierKey.parse(self.key)

    def covers(self, size: int) -> bool:
        """Return whether a checkpoint of a size counts under it."""
        return self.last_size is None or size <= self.last_size


class Signed(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    What was last signed under an origin: a size, and the root in hexadecimal.

    lines, fold: of the register of what proves the log, as it was by then.
    """

    size: int
    root: str
    lines: int = 0
    fold: str = ""

    @property
    def register(self) -> Register:
        """Return what had been kept to prove the log by."""
        return Register(self.lines, self.fold)


class Recollection(NamedTuple):
    """What a keyring knows at a moment: every key that ever signed, and by origin what was last signed."""

    known: tuple[KnownKey, ...]
    signed: dict[str, Signed]


class ProgramSigner:
    """
    A key that a program holds, which asks a key service or a card: `PROGRAM public` writes the key's 32 bytes to its
    standard output, `PROGRAM sign` the 64 bytes of the Ed25519 signature over its standard input.
    """

    def __init__(self, program: Path) -> None:
        self._program = program
        self._public: bytes | None = None

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes. Raises: SignerFailed."""
        if self._public is None:
            self._public = self._ask("public", b"", SEED_BYTES)
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message. Raises: SignerFailed, also where it isn't by the key that was named."""
        signature = self._ask("sign", message, _SIGNATURE_BYTES)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            self._public = None
            raise SignerFailed(program=str(self._program), problem="it signed by another key than it named") from None
        return signature

    def _ask(self, verb: str, said: bytes, length: int) -> bytes:
        try:
            run = subprocess.run(  # noqa: S603 - the operator's own program, no shell
                [self._program, verb], input=said, capture_output=True, timeout=PROGRAM_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SignerFailed(program=str(self._program), problem=str(error)) from None
        if run.returncode or len(run.stdout) != length:
            problem = run.stderr.decode(errors="replace").strip()[:200] or f"{len(run.stdout)} bytes came, not {length}"
            raise SignerFailed(program=str(self._program), problem=problem)
        return run.stdout


class Keys(NamedTuple):
    """
    Where the keys of all books are: a folder with one for each, and, of the key that signs, its text from the
    environment (a secret) or the program that holds it instead.
    """

    folder: Path
    environment_key: str | None = None
    program: Path | None = None

    def __repr__(self) -> str:
        return f"Keys({self.folder})"

    def of(self, book: str) -> "Keyring":
        """Return the keyring of a book."""
        signer = ProgramSigner(self.program) if self.program else None
        return Keyring(self.folder / book, book, environment_key=self.environment_key, program=signer)


NO_KEYS = Keys(Path("/dev/null"))
"""For who signs nothing."""


class Keyring:
    """
    The keys of one book's log.

    folder: where they are kept; environment_key: PRIVATE+KEY+.. of a key that no file holds; program: that holds it
    instead.
    """

    def __init__(
        self, folder: Path, book: str, *, environment_key: str | None = None, program: ProgramSigner | None = None
    ) -> None:
        self.book = book
        self._folder = folder
        self._environment_key = environment_key
        self._program = program

    @property
    def has_signer(self) -> bool:
        """Return whether anybody holds a key to sign with, whether or not it is one that can be used."""
        try:
            return bool(self._environment_key or self._program or self._private_file.exists())
        except OSError:
            return True

    def signer(self, origin: str) -> Signer:
        """
        Return who signs under an origin.

        Raises, in this order: SigningKeyAbsent, SigningKeyUnusable, SignerFailed.
        """
        signer = self._held(origin)
        *before, present = [known.verifier.public for known in self.known_keys()] or [b""]
        if signer.public in before and signer.public != present:
            raise SigningKeyUnusable(where=str(VerifierKey(origin, ED25519, signer.public)), problem="it was retired")
        return signer

    def verifier_key(self, origin: str) -> VerifierKey:
        """Return the key that verifies what is signed under an origin now. Raises: as `signer`."""
        return VerifierKey(origin, ED25519, self.signer(origin).public)

    def known_keys(self) -> list[KnownKey]:
        """Return every key that ever signed, the present one last. Raises: SigningKeyUnusable."""
        return self._read(self._folder / "keys.json", list[KnownKey], list)

    def verifier_keys(self) -> tuple[VerifierKey, ...]:
        """Return every key that ever signed, the present one last. Raises: SigningKeyUnusable."""
        return tuple(known.verifier for known in self.known_keys())

    def accepts(self, checkpoint: Checkpoint, key: VerifierKey) -> bool:
        """Return whether a signature of this key under a checkpoint counts: a known one, before it was retired."""
        known = next((each for each in self.known_keys() if each.key == str(key)), None)
        return known is not None and known.covers(checkpoint.size)

    def make_key(self, origin: str, seed: bytes) -> VerifierKey:
        """
        Keep a new private key in this folder. seed: 32 unpredictable bytes.

        Raises, in this order: SigningKeyUnusable, SigningKeyExists.
        """
        with self.alone():
            if self.has_signer:
                raise SigningKeyExists(key=str(self.verifier_key(origin)))
            self._keep_private(origin, PrivateKey(seed))
            return self._introduce(VerifierKey(origin, ED25519, PrivateKey(seed).public))

    def rotate_key(self, origin: str, seed: bytes, *, leaked: bool = False) -> VerifierKey:
        """
        Put a new private key in the place of the present one, which counts for what it has signed until now.

        seed: 32 unpredictable bytes. A key that a program or the environment holds is put in place there: then this
        only retires those before it. leaked: whether somebody else may have the one before.

        Raises, in this order: SigningKeyAbsent, SigningKeyUnusable.
        """
        with self.alone():
            self._held(origin)
            if self._private_file.exists() and not (self._environment_key or self._program):
                self._keep_private(origin, PrivateKey(seed))
            return self._introduce(VerifierKey(origin, ED25519, self._held(origin).public), leaked=leaked)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """
        Wait until nobody else signs by this keyring or changes it, and keep them from it: no database knows of all.

        Raises: SigningKeyUnusable.
        """
        try:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
        except OSError as error:
            raise SigningKeyUnusable(where="the keyring", problem=_reason(error)) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def remember_key(self, key: VerifierKey) -> None:
        """Make sure that the key that signs now is known as the present one. Raises: SigningKeyUnusable."""
        if self.known_keys()[-1:] != [KnownKey(key=str(key))]:
            self._introduce(key)

    def last_signed(self, origin: str) -> Signed | None:
        """Return what was last signed under an origin, as this keyring remembers. Raises: SigningKeyUnusable."""
        return self._memory().get(origin)

    def recollect(self) -> Recollection:
        """
        Return all that is known and remembered now, while nobody signs: the database has what is remembered.

        Raises: SigningKeyUnusable.
        """
        with self.alone() if self._folder.is_dir() else nullcontext():
            return Recollection(tuple(self.known_keys()), self._memory())

    def remembered_register(self, origin: str) -> Register:
        """Return what was kept to prove an origin's log by, as this keyring remembers. Raises: SigningKeyUnusable."""
        signed = self.last_signed(origin)
        return signed.register if signed else NO_LINES

    def remember(self, checkpoint: Checkpoint, register: Register | None = None) -> None:
        """
        Keep in mind what is about to be signed: on the disk when this returns.

        register: of what proves the log; as it is remembered, unless given.
        """
        kept = self.remembered_register(checkpoint.origin) if register is None else register
        memory = self._memory() | {checkpoint.origin: Signed(checkpoint.size, checkpoint.root.hex(), *kept)}
        self._write(self._folder / "signed.json", msgspec.json.encode(memory))

    @property
    def _private_file(self) -> Path:
        return self._folder / "signer.key"

    def _held(self, origin: str) -> Signer:
        if self._program:
            return self._program
        if self._environment_key:
            return self._parsed(self._environment_key, "LEDGER_SIGNING_KEY", origin)
        try:
            if self._private_file.stat().st_mode & 0o077:
                raise SigningKeyUnusable(where=self._private_file.name, problem="open to others: chmod 600")
            text = self._private_file.read_text()
        except (FileNotFoundError, NotADirectoryError):
            raise SigningKeyAbsent(book=self.book) from None
        except OSError as error:
            raise SigningKeyUnusable(where=self._private_file.name, problem=_reason(error)) from None
        return self._parsed(text, self._private_file.name, origin)

    def _parsed(self, text: str, where: str, origin: str) -> PrivateKey:
        try:
            name, key = PrivateKey.parse(text.strip())
        except KeyMalformed as error:
            raise SigningKeyUnusable(where=where, problem=error.problem) from None
        if key.written(name) != text.strip():
            raise SigningKeyUnusable(where=where, problem="a witness's key: a log needs one of its own")
        if name != origin and not self._goes_on(key, origin):
            raise SigningKeyUnusable(where=where, problem=f"it signs for {name}, this log is {origin}")
        return key

    def _goes_on(self, signer: Signer, origin: str) -> bool:
        """Return whether the key that signed last does so under an origin that its log was reopened as, or had once."""
        known = [each.verifier for each in self.known_keys()]
        is_its = any(f"{origin}/".startswith(f"{each.name}/") for each in known)
        return is_its and known[-1].public == signer.public

    def _introduce(self, key: VerifierKey, *, leaked: bool = False) -> VerifierKey:
        before = [self._retired(each) for each in self.known_keys() if each.key != str(key)]
        if leaked and before:
            before[-1] = replace(before[-1], leaked=True)
        self._write(self._folder / "keys.json", msgspec.json.encode([*before, KnownKey(key=str(key))]))
        return key

    def _retired(self, known: KnownKey) -> KnownKey:
        if known.last_size is not None:
            return known
        signed = self.last_signed(known.verifier.name)
        return replace(known, last_size=signed.size if signed else 0)

    def _keep_private(self, origin: str, key: PrivateKey) -> None:
        self._write(self._private_file, key.written(origin).encode())

    def _memory(self) -> dict[str, Signed]:
        return self._read(self._folder / "signed.json", dict[str, Signed], dict)

    def _read(self, file: Path, kind: type[T], empty: Callable[[], T]) -> T:
        try:
            return msgspec.json.decode(file.read_bytes(), type=kind)
        except (FileNotFoundError, NotADirectoryError):
            return empty()
        except (OSError, msgspec.MsgspecError) as error:
            raise SigningKeyUnusable(where=file.name, problem=_reason(error)) from None

    def _write(self, file: Path, content: bytes) -> None:
        writing = file.with_suffix(".writing")
        try:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            descriptor = os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as written:
                written.write(content + b"\n")
                written.flush()
                os.fsync(written.fileno())
            writing.replace(file)
            _sync(self._folder)
        except OSError as error:
            raise SigningKeyUnusable(where=file.name, problem=_reason(error)) from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    """Return why a file couldn't be used, without saying where on this machine it is."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
