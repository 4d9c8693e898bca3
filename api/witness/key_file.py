"""A witness's key file holds its name and its private key in one line, for its owner alone."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from domain.errors import Conflict, Malformed
from ledger.proof.note import COSIGNATURE, KeyMalformed, PrivateKey, VerifierKey

_PRIVATE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(eq=False, kw_only=True)
class WitnessKeyExists(Conflict):
    """There is a file already, and a key in it would be lost."""

    code: ClassVar[str] = "witness.key_exists"
    file: str


@dataclass(eq=False, kw_only=True)
class WitnessKeyUnusable(Malformed):
    """The file isn't a witness's key, can't be read or made, or is open to others."""

    code: ClassVar[str] = "witness.key_unusable"
    file: str
    problem: str


def make_key_file(file: Path, name: str, seed: bytes) -> VerifierKey:
    """
    Make a key of a witness, and return what verifies its cosignatures.

    name: as signature lines show it, by custom an address without https://; seed: 32 unpredictable bytes.

    Raises, in this order: WitnessKeyUnusable, WitnessKeyExists.
    """
    key = PrivateKey(seed)
    verifier = VerifierKey(name, COSIGNATURE, key.public)
    try:
        VerifierKey.parse(str(verifier))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except KeyMalformed as error:
        raise WitnessKeyUnusable(file=str(file), problem=error.problem) from None
    except FileExistsError:
        raise WitnessKeyExists(file=str(file)) from None
    except OSError as error:
        raise WitnessKeyUnusable(file=str(file), problem=str(error)) from None
    with os.fdopen(descriptor, "w") as opened:
        opened.write(key.written(name, COSIGNATURE) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return verifier


def read_key_file(file: Path) -> tuple[str, PrivateKey]:
    """
    Return a witness's name and its key.

    Raises: WitnessKeyUnusable, which never quotes the key.
    """
    try:
        with file.open() as opened:
            if os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise WitnessKeyUnusable(file=str(file), problem="open to others: chmod 600")
            text = opened.read().strip()
        name, key = PrivateKey.parse(text)
    except KeyMalformed as error:
        raise WitnessKeyUnusable(file=str(file), problem=error.problem) from None
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessKeyUnusable(file=str(file), problem=str(error)) from None
    if key.written(name, COSIGNATURE) != text:
        raise WitnessKeyUnusable(file=str(file), problem="a log's key: a witness needs one of its own")
    return name, key
