"""A pack is a zip whose manifest, signed by the log, names every member: of the same members, the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from domain.errors import Refused
from ledger.proof.note import Signer, sign, signed_note

HEADER = "trade-ledger.evidence-pack/v1"
"""
The first line of a manifest, as the origin is of a checkpoint. Neither is ever the other: the second line of a
checkpoint is a number, and of a manifest it begins with `about`.
"""

MANIFEST = "manifest"
PACK_BYTES_MAX = 2**29
"""Unpacked; the verifier reads up to twice as much."""

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_ALL_MAY_READ = 0o100644 << 16
_UNIX = 3


@dataclass(eq=False, kw_only=True)
class PackTooLarge(Refused):
    """The documents are too many for one pack: make one without them, and take them one by one."""

    code: ClassVar[str] = "pack.too_large"
    bytes: int
    bytes_max: int = PACK_BYTES_MAX


def pretty(value: Any) -> bytes:
    """Return a value as JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def signed_manifest(said: Mapping[str, str], members: Mapping[str, bytes], signer: Signer) -> bytes:
    """Return the manifest, a note signed under the log's name: what a pack says of itself, and each member's hash."""
    lines = [f"{name} {value or '-'}" for name, value in said.items()]
    listed = [f"{hashlib.sha256(member).hexdigest()} {len(member)} {name}" for name, member in members.items()]
    text = "\n".join((HEADER, *lines, *listed, ""))
    return signed_note(text, [sign(text, said["origin"], signer)])


def zipped(members: Mapping[str, bytes]) -> bytes:
    """
    Return members as a zip.

    Raises: PackTooLarge.
    """
    size_bytes = sum(map(len, members.values()))
    if size_bytes > PACK_BYTES_MAX:
        raise PackTooLarge(bytes=size_bytes)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _ALL_MAY_READ, _UNIX
            archive.writestr(entry, member)
    return written.getvalue()
