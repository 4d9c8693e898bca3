"""What a pack tells: the events a reader may see, the money they moved, what was said in words, and documents."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from api.composition import OpenedBook
from api.disputes import texts_of
from api.packs.writing import pretty
from api.revealing import reveal_evidence, reveal_openings
from api.views import TimelineStep, timeline_step
from domain.commitment import SHA256
from domain.dispute_events import DisputeEvidenceSubmitted
from domain.envelope import Recorded
from domain.journal import Posting
from ledger.confidential import Opening
from ledger.evidence_store import EvidenceBytesNotFound
from ledger.reads import Reader

JOURNAL_COLUMNS = ("position", "posting_date", "topic", "account", "currency", "amount_minor")


class Text(Struct, frozen=True, kw_only=True):
    """
    Something said in words in an event, which has a commitment in its place.

    field: which text it is, as `claims.1.comment`. salt: hexadecimal; SHA-256 over salt and value is the commitment.
    Both are empty where the value is erased, or withheld from this pack.
    """

    position: int
    field: str
    commitment: str
    state: Literal["open", "erased", "withheld"]
    salt: str = ""
    value: str = ""


class Document(Struct, frozen=True, kw_only=True):
    """A document handed in to a dispute; absent: nobody has its bytes here; withheld: they aren't in this pack."""

    position: int
    dispute: str
    number: int
    claim: int
    by: str
    sha256: str
    media_type: str
    size_bytes: int
    name: str
    state: Literal["here", "absent", "withheld"]


class Told(Struct, frozen=True, kw_only=True):
    """A trade, told: steps by position, texts, documents, and the bytes of those that are here, by SHA-256."""

    steps: list[TimelineStep]
    events: list[Recorded]
    texts: list[Text]
    documents: list[Document]
    contents: dict[str, bytes]

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a pack that say this."""
        entries = [_entry(step, event) for step, event in zip(self.steps, self.events, strict=True) if step.postings]
        yield "timeline.json", pretty(self.steps)
        yield "journal.json", pretty(entries)
        yield "journal.csv", _csv(entries)
        yield "openings.json", pretty(self.texts)
        yield "evidence.json", pretty(self.documents)
        yield from ((f"evidence/{sha256}", content) for sha256, content in sorted(self.contents.items()))


class JournalEntry(Struct, frozen=True, kw_only=True):
    """What an event posted; amounts in minor units, debits above zero, credits below."""

    position: int
    posting_date: str
    topic: str
    postings: tuple[Posting, ...]


def told(book: OpenedBook, reader: Reader, events: Sequence[Recorded], *, in_clear: bool) -> Told:
    """
    Return a trade told to a reader, who is recorded as seeing each text and each document that is in clear.

    Raises: LogCorrupt.
    """
    documents, contents = _documents(book, reader, events, in_clear=in_clear)
    return Told(
        steps=[timeline_step(each) for each in events],
        events=list(events),
        texts=_texts(book, reader, events) if in_clear else _withheld(book, events),
        documents=documents,
        contents=contents,
    )


def _texts(book: OpenedBook, reader: Reader, events: Sequence[Recorded]) -> list[Text]:
    by_thing: dict[str, dict[str, str]] = {}
    for each in events:
        by_thing.setdefault(each.originator_id, {}).update({text: field for field, text in texts_of(each.event)})
    found: dict[str, Opening | None] = {}
    for reference, fields in by_thing.items():
        found |= reveal_openings(book, reader, reference, fields)
    return [_text(each.position, field, text, found[text]) for each, field, text in _said(events)]


def _withheld(book: OpenedBook, events: Sequence[Recorded]) -> list[Text]:
    return [
        Text(
            position=each.position,
            field=field,
            commitment=text,
            state="withheld" if book.confidential.check(text) else "erased",
        )
        for each, field, text in _said(events)
    ]


def _said(events: Sequence[Recorded]) -> Iterator[tuple[Recorded, str, str]]:
    for each in events:
        yield from ((each, field, text) for field, text in texts_of(each.event))


def _text(position: int, field: str, commitment: str, opening: Opening | None) -> Text:
    if opening is None:
        return Text(position=position, field=field, commitment=commitment, state="erased")
    return Text(
        position=position,
        field=field,
        commitment=commitment,
        state="open",
        salt=opening.salt.hex(),
        value=opening.value.decode(),
    )


def _documents(
    book: OpenedBook, reader: Reader, events: Sequence[Recorded], *, in_clear: bool
) -> tuple[list[Document], dict[str, bytes]]:
    documents, contents = [], dict[str, bytes]()
    for each in events:
        if isinstance(each.event, DisputeEvidenceSubmitted):
            sha256 = each.event.sha256
            if in_clear and sha256 not in contents and (content := _content(book, reader, sha256)) is not None:
                contents[sha256] = content
            documents.append(_document(each.position, each.originator_id, each.event, contents, in_clear=in_clear))
    return documents, contents


def _content(book: OpenedBook, reader: Reader, sha256: str) -> bytes | None:
    try:
        return reveal_evidence(book, reader, sha256).content
    except EvidenceBytesNotFound:
        return None


def _document(
    position: int, dispute: str, event: DisputeEvidenceSubmitted, contents: Mapping[str, bytes], *, in_clear: bool
) -> Document:
    return Document(
        position=position,
        dispute=dispute,
        number=event.evidence,
        claim=event.claim,
        by=event.by,
        sha256=event.sha256,
        media_type=event.media_type,
        size_bytes=event.size_bytes,
        name=event.name if SHA256.fullmatch(event.name) else "",
        state=("here" if event.sha256 in contents else "absent") if in_clear else "withheld",
    )


def _entry(step: TimelineStep, event: Recorded) -> JournalEntry:
    day = event.state.posting_date.isoformat()
    return JournalEntry(position=step.position, posting_date=day, topic=step.topic, postings=step.postings)


def _csv(entries: Sequence[JournalEntry]) -> bytes:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(JOURNAL_COLUMNS)
    for entry in entries:
        for posting in entry.postings:
            about = (entry.position, entry.posting_date, entry.topic)
            rows.writerow((*about, posting.account, posting.currency, posting.amount_minor))
    return written.getvalue().encode()
