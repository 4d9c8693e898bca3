"""Examples are real: what a story said and asked, and what was answered, one for each operation."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

EXAMPLES = Path(__file__).with_name("examples.json")
"""Written by `python -m tests.docs.examples`; a test tells the story again and compares."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered; the body is null where it is neither JSON nor text."""

    status: int
    media_type: str
    body: Any


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request and its answer.

    about: what it shows, in a sentence; caller: who asked, kind and key; path, query, headers: by name.
    """

    about: str
    caller: str
    path: dict[str, Any]
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any
    answer: Answer


@cache
def examples() -> dict[str, Example]:
    """Return the examples by operation; none while there is no file of them."""
    if not EXAMPLES.exists():
        return {}
    return msgspec.json.decode(EXAMPLES.read_bytes(), type=dict[str, Example])
