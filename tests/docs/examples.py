"""
The examples of the API's description: what a story asked and said, and what was answered.

Run `.venv/bin/python -m tests.docs.examples` from the root of the repository after the story, an operation or a shape
changed; a test tells the story again and compares.
"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from api.description.examples import EXAMPLES, Answer, Example
from ledger.migrations import migrate
from ledger.postgres import EmbeddedPostgres
from tests.examples.story import tell
from tests.examples.telling import BOOK, Told, json_of, telling

SHOWN_HEADERS = ("idempotency-key", "if-match", "last-event-id", "accept")
TEXT = "text/"


def examples_of(told: Iterable[Told]) -> dict[str, Example]:
    """Return by operation the first request that says what it shows, or else the first."""
    chosen: dict[str, Told] = {}
    for each in told:
        shown = chosen.get(each.asked.operation)
        if shown is None or (each.asked.about and not shown.asked.about):
            chosen[each.asked.operation] = each
    return {operation: _example(chosen[operation]) for operation in sorted(chosen)}


def encoded(examples: Mapping[str, Example]) -> bytes:
    """Return examples as the file has them."""
    return msgspec.json.format(msgspec.json.encode(examples), indent=1) + b"\n"


def _example(told: Told) -> Example:
    asked = told.asked
    in_path = {"book": BOOK} | dict(asked.path) if "{book}" in asked.template else {}
    return Example(
        about=asked.about,
        caller=asked.caller.actor if asked.caller else "",
        path=in_path,
        query=dict(asked.query),
        headers={name: value for name, value in asked.headers.items() if name.lower() in SHOWN_HEADERS},
        body=None if isinstance(asked.body, bytes) else asked.body,
        answer=_answer(told),
    )


def _answer(told: Told) -> Answer:
    media_type = told.response.headers.get("content-type", "").partition(";")[0]
    said: Any = json_of(told.response)
    if isinstance(said, bytes):
        said = said.decode() if media_type.startswith(TEXT) else None
    return Answer(status=told.response.status_code, media_type=media_type, body=said)


def main() -> None:
    """Tell the story on a server of its own, and write down what is to be shown of it."""
    with tempfile.TemporaryDirectory(prefix="examples-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "home", attached_wait_seconds=1) as server:
            dsn = server.dsn("postgres")
            migrate(dsn)
            with telling(dsn, Path(folder) / "keys", tell) as teller:
                EXAMPLES.write_bytes(encoded(examples_of(teller.told)))


if __name__ == "__main__":
    main()
