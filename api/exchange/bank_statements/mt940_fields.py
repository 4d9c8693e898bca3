"""The fields of a SWIFT message of category 9, as `:61:`, with the line of the file that each begins on."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TAGS = frozenset(b"13 13D 20 21 25 25P 28 28C 28D 34F 60F 60M 61 62F 62M 64 65 86 90C 90D NS".split())
"""Fields that banks use in these messages: anything else that looks like one is the wrapped end of a text."""

_FIELD = re.compile(rb":([0-9]{2}[A-Z]?|NS):")
_ENVELOPE = re.compile(rb"\{1:.*?\{4:|\A-\}.*", re.DOTALL)
_HEAD = re.compile(rb"\{[1-5]:")
_END = re.compile(rb"-\}(?:\{5:.*)?\s*\Z", re.DOTALL)
_UTF8_MARK = b"\xef\xbb\xbf"


class Field(NamedTuple):
    """One field: its tag without colons, its text, where it begins, and its bytes."""

    tag: str
    text: str
    line: int
    raw: bytes


def fields_of(content: bytes) -> Iterator[Field]:
    """Yield the fields of a file; what stands outside of messages is passed over."""
    tag, first, lines = b"", 0, list[bytes]()
    for number, line in enumerate([*_lines(content), b"-"], start=1):
        inside = _ENVELOPE.sub(b"", line.strip(b"\x01\x03\x00"))
        cleaned = _END.sub(b"", inside)
        begins = _FIELD.match(cleaned)
        if begins and begins[1] not in TAGS:
            begins = None
        ends = cleaned.strip() == b"-" or line.startswith(b"-}") or bool(_HEAD.match(inside))
        if begins or ends:
            if tag:
                yield Field(tag.decode(), _text(lines), first, b"\n".join(lines))
            tag, first, lines = (begins[1], number, [cleaned[begins.end() :]]) if begins else (b"", 0, [])
        elif tag:
            lines.append(cleaned)


def _lines(content: bytes) -> list[bytes]:
    said = content.removeprefix(_UTF8_MARK).replace(b"\r\n", b"\n")
    return said.split(b"\n") if b"\n" in said else said.split(b"\r")


def _text(lines: list[bytes]) -> str:
    raw = b"\n".join(lines)
    try:
        return raw.decode().strip("\n\r")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").strip("\n\r")
