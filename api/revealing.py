"""Revealing hands out in clear what isn't in the log, and records before who sees it."""

from collections.abc import Mapping

from api.composition import OpenedBook
from ledger.confidential import Opening
from ledger.evidence_store import Evidence
from ledger.reads import Reader, Reading


def reveal_values(book: OpenedBook, reader: Reader, reference: str, fields: Mapping[str, str]) -> dict[str, str | None]:
    """
    Return, by commitment, the values of a thing in clear: null for one that is erased, which nobody sees.

    fields: by commitment, which value of the thing it stands for, as `claims.1.comment`.

    Raises, in this order: LogCorrupt, SubmissionMalformed.
    """
    found = reveal_openings(book, reader, reference, fields)
    return {commitment: None if opening is None else opening.value.decode() for commitment, opening in found.items()}


def reveal_all(book: OpenedBook, reader: Reader, fields: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """
    Return the values of many things in clear, by reference and commitment, as far as they aren't erased.

    fields: by reference and commitment, which value of the thing it stands for.

    Raises, in this order: LogCorrupt, SubmissionMalformed.
    """
    found = book.confidential.find_all({each for named in fields.values() for each in named})
    seen = {
        reference: [Reading("value", field, each) for each, field in named.items() if each in found]
        for reference, named in fields.items()
    }
    book.reads.record_all(reader, seen)
    return {
        reference: {each: found[each].decode() for each in named if each in found}
        for reference, named in fields.items()
    }


def reveal_openings(
    book: OpenedBook, reader: Reader, reference: str, fields: Mapping[str, str]
) -> dict[str, Opening | None]:
    """
    Return the same values with their salts, for whoever is to prove what they were.

    Raises, in this order: LogCorrupt, SubmissionMalformed.
    """
    found = {commitment: book.confidential.find_opening(commitment) for commitment in fields}
    seen = [Reading("value", field, each) for each, field in fields.items() if found[each] is not None]
    book.reads.record(reader, reference, seen)
    return found


def reveal_evidence(book: OpenedBook, reader: Reader, sha256: str) -> Evidence:
    """
    Return a document by the hash of its bytes.

    Raises, in this order: EvidenceBytesNotFound, LogCorrupt, SubmissionMalformed.
    """
    found = book.evidence.get(sha256)
    book.reads.record(reader, f"evidence:{sha256}", [Reading("evidence", "", sha256)])
    return found
