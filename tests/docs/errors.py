"""
The document of all problems that an answer may tell, written from the errors themselves and their table of statuses.

Run `.venv/bin/python -m tests.docs.errors` from the root of the repository after any of them changed; a test compares.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from api.http.errors import CORRUPT, DEFECT
from api.http.faults import RequestMalformed
from api.http.problems import status_of
from domain.errors import Conflict, LedgerError
from tests.refusals import ROOT, own_docstring, refusals

DOCUMENT = ROOT / "docs/errors.md"

OPENING = """\
# Problems

Every answer that isn't what was asked for is a problem (RFC 9457, `application/problem+json`), also where the
framework or the connection is at fault. One shape:

```json
{"type": "urn:trade-ledger:problem:request.idempotency_key_missing",
 "title": "A change needs the header Idempotency-Key: an id of your own, the same at every retry.",
 "status": 400, "code": "request.idempotency_key_missing", "retryable": false, "details": {},
 "faults": [{"in": "header", "name": "Idempotency-Key", "problem": "is missing: an id of your own"},
            {"in": "body", "pointer": "/lines/0/amount/minor", "problem": "Expected `int`, got `str`"}],
 "rule": null, "request": "0d6f3c1e7f5a4f0c9a51f3f2c1b0a9e8"}
```

| field | meaning |
| --- | --- |
| `code` | which problem it is; permanent, so go by it. `type` is the same as a URN |
| `title` | the same in a sentence, for people; it may become a better one |
| `status` | the HTTP status |
| `retryable` | whether the same request, with the same key, may be accepted later: wait as long as `Retry-After` says |
| `details` | the problem's own attributes, typed, by name |
| `faults` | what can't be meant, up to 100: of path, query and headers by `name`, of the body by `pointer` (RFC 6901) |
| `rule` | where a number of the rulebook refused: its `name`, and which `rulebook` the trade was placed under |
| `request` | the request's id, as in the header `X-Request-ID`: say it when you ask somebody |

All that can't be meant in a request is told at once. Where it is of several kinds, `code` is that of what is read
first: the path and the query (`request.parameter_malformed`), the missing key (`request.idempotency_key_missing`),
other headers (`request.header_malformed`), the body (`request.body_malformed`). What the rules say is asked
afterwards, one rule after the other in the order that each command documents: the first that refuses is told.

A query names nothing but what its operation takes. A name that is none of its parameters (`at_positon`, a filter of
another list) is a fault of its own, `not a parameter of this operation`, and is never ignored: the answer would be to
another question. It is told with the faults of the path and of the rest of the query, before anything of the body is
read.

A body is read strictly, so that no two readers understand it differently: UTF-8, no name of an object twice (also
where it is written in another way), no half characters (lone surrogates), no NaN and no infinity, nothing nested
deeper than 64, no number longer than 400 digits, no field that isn't known. Amounts are whole numbers of minor units
within 2^53 - 1, never texts or fractions.

Where nobody knows who asks, nothing but that is told: a request without a valid token hears nothing of its other
faults.

Written by `python -m tests.docs.errors`; a test compares it with the code.
"""

WHAT_TO_DO = {
    400: "Mend the request: the same again is refused again. Nothing was kept, so its key is free.",
    401: "Get a valid token. Nothing was looked at.",
    403: "Ask somebody who may. Nothing was kept of the command but that it was tried.",
    404: "Look at the key: it is unknown, or not yours to see. Nothing was kept, so the key of the command is free.",
    405: "Use one of the methods that `Allow` names.",
    406: "Ask for one of the forms in `details.offered`.",
    408: "Send it again, faster; the same key is safe.",
    409: "A rule says no in the present state, or somebody was first: look at the thing and at what it allows. A"
    " refusal is kept: the same key hears it again, so decide anew under a new key.",
    412: "Read the thing again, decide anew, and send the version that you saw.",
    413: "Send less: several lists, or smaller documents.",
    415: "Send one of the forms in `details.taken`.",
    422: "The key was used for something else: use a new one for every new intent.",
    429: "Wait as long as `Retry-After` says, then send the same again, with the same key.",
    431: "Send fewer or shorter headers.",
    500: "A defect of ours, or a log that contradicts itself: tell the operator the request's id. A command may have"
    " been recorded: the same key finds out.",
    503: "Wait as long as `Retry-After` says, then send the same again, with the same key: it has one effect.",
}
"""By status."""

OURS = {
    CORRUPT: "The recorded log contradicts itself.",
    DEFECT: "A defect of the ledger; the server's log has it.",
}


def document() -> str:
    """Return the whole document."""
    by_status: dict[int, list[tuple[str, str, str, str]]] = {
        500: [(f"`{code}`", told, "-", "-") for code, told in OURS.items()]
    }
    for error in refusals():
        if "code" in vars(error):
            by_status.setdefault(status_of(error), []).append(_row(error))
    return "\n".join([OPENING, *(_section(status, by_status[status]) for status in sorted(by_status))])


def _row(error: type[LedgerError]) -> tuple[str, str, str, str]:
    return f"`{error.code}`", _sentence(own_docstring(error)), _kind(error), f"`{error.rule}`" if error.rule else "-"


def _kind(error: type[LedgerError]) -> str:
    if issubclass(error, RequestMalformed):
        return "told with its faults"
    if error.retryable:
        return "retry with the same key"
    return "somebody was first" if issubclass(error, Conflict) else "-"


def _section(status: int, rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([f"## {status} {HTTPStatus(status).phrase}\n", f"{WHAT_TO_DO[status]}\n", _table(sorted(rows))])


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(_lines(rows))


def _lines(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (("code", "what it says", "note", "rule"), ("---",) * 4, *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n"


def _sentence(docstring: str) -> str:
    return " ".join(docstring.partition("\n\n")[0].split())


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
