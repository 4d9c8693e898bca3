"""
Readings are one row per document or value that somebody saw in clear: who read this, and what did they read.

The rows are written before anything is shown, with no table of the read side's own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from domain.dispute_events import DisputeEvidenceSubmitted
from projections.projection import POSITION_MAX, Connection
from projections.timelines import events_of


class ReadingRow(Struct, frozen=True, gc=False):
    """
    Something that somebody saw.

    reference: what they asked for, as `dispute:PO-1/1` or `evidence:` and a hash; field: which of its values, as
    `claims.1.comment`, empty for a document; digest: the document's SHA-256 or the value's commitment; why: a code,
    empty where none was given.
    """

    number: int
    read_at: datetime
    actor: str
    role: str
    what: Literal["evidence", "value"]
    reference: str
    field: str
    digest: str
    why: str


class ReadingsSought(Struct, frozen=True, kw_only=True):
    """Which readings are sought. references: what was asked for; since, until: when, both included."""

    actor: str | None = None
    role: str | None = None
    references: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


_SEARCH = """
    SELECT number, read_at, actor, role, what, reference, field, digest, why FROM ledger.reads
    WHERE book = %(book)s AND number < %(before)s
    AND (%(actor)s::text IS NULL OR actor = %(actor)s)
    AND (%(role)s::text IS NULL OR role = %(role)s)
    AND (%(references)s::text[] IS NULL OR reference = ANY(%(references)s))
    AND (%(since)s::timestamptz IS NULL OR read_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR read_at <= %(until)s)
    ORDER BY number DESC LIMIT %(limit)s
"""


def search_readings(
    connection: Connection, book: str, sought: ReadingsSought, *, before: int = POSITION_MAX, limit: int = 50
) -> list[ReadingRow]:
    """Return readings, the last first. before: the number of the last one of the page before."""
    references = None if sought.references is None else list(sought.references)
    wanted = asdict(sought) | {"references": references}
    rows = connection.execute(_SEARCH, {"book": book, "before": before, "limit": limit, **wanted})
    return [ReadingRow(*row) for row in rows]


def with_evidence(connection: Connection, book: str, references: Sequence[str]) -> list[str]:
    """
    Return references with those of the documents that were handed in to the disputes among them.

    Raises: LogCorrupt.
    """
    disputes = [reference for reference in references if reference.startswith("dispute:")]
    handed_in = {
        f"evidence:{each.event.sha256}": None
        for each in (events_of(connection, book, disputes) if disputes else ())
        if isinstance(each.event, DisputeEvidenceSubmitted)
    }
    return [*references, *handed_in]
