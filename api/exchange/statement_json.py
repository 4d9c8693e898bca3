"""A statement of account as JSON, for programs: the shape of a page that holds all lines, written as they are read."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import msgspec

from projections.statement_lines import FullStatement

LINES_AT_ONCE = 500


def statement_json(statements: Sequence[FullStatement]) -> Iterator[bytes]:
    """
    Yield statements as one JSON document, a line of text for each of their lines.

    Raises: StatementUnsound.
    """
    encoder = msgspec.json.Encoder()
    yield b'{"statements":' + encoder.encode([full.statement for full in statements]) + b',"lines":['
    lines = chain.from_iterable(full.lines for full in statements)
    before = b"\n"
    while some := list(islice(lines, LINES_AT_ONCE)):
        yield before + b",\n".join(map(encoder.encode, some))
        before = b",\n"
    yield b'\n],"next":null}\n'
