"""A file from a bank is what it looks like: XML, SWIFT's fields, or columns that a mapping knows. It is read whole."""

import hashlib
import re

from api.exchange.bank_statements.balances import joined
from api.exchange.bank_statements.camt import CamtUnreadable, read_camt
from api.exchange.bank_statements.csv_mapping import CsvMapping, known_csv_mappings, load_csv_mapping
from api.exchange.bank_statements.csv_statement import CsvUnreadable, fits, read_csv
from api.exchange.bank_statements.mt940 import is_mt940, read_mt940
from api.exchange.bank_statements.statement import StatementFile, StatementFormatUnknown, StatementUnreadable

CAMT, MT940, CSV = "camt", "MT940", "csv:"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")


def read_statements(content: bytes, *, name: str = "-", format: str | None = None) -> StatementFile:  # noqa: A002 - the command line's word
    """
    Return the statements in a file; pages that follow on one another are one statement.

    name: of the file, as a refusal tells it; format: `camt`, `mt940`, or `csv:` and a mapping's name or path; without
    one the content says what it is.

    Raises, in this order: StatementFormatUnknown, MappingNotFound, MappingMalformed, StatementUnreadable.
    """
    said = format or ""
    mapping = load_csv_mapping(said.removeprefix(CSV)) if said.startswith(CSV) else None
    if said and mapping is None and said not in {CAMT, MT940.lower()}:
        raise StatementFormatUnknown(format=said, known=known_formats())
    digest = hashlib.sha256(content).hexdigest()
    bare = _in_utf8(content)
    if mapping:
        return _of_csv(content, mapping, digest=digest, name=name)
    if said == CAMT or (not said and bare.startswith(b"<")):
        return _of_camt(bare, digest=digest, name=name)
    if is_mt940(bare):
        return StatementFile(format=MT940, sha256=digest, statements=joined(tuple(read_mt940(bare))))
    if said:
        raise StatementUnreadable(file=name, problem="no line with a field, as :20:")
    return _of_csv(content, _mapping_for(content, name), digest=digest, name=name)


def known_formats() -> tuple[str, ...]:
    """Return the formats that can be named."""
    return (CAMT, MT940.lower(), *(f"{CSV}{mapping}" for mapping in known_csv_mappings()))


def _in_utf8(content: bytes) -> bytes:
    """Return the content without a mark of its encoding; what is in UTF-16 in UTF-8, not declared otherwise."""
    if content.startswith(_UTF16_MARKS):
        said = content.decode("utf-16", errors="replace").lstrip()
        return _DECLARATION.sub("", said, count=1).lstrip().encode()
    bare = content.removeprefix(_UTF8_MARK)
    return bare.lstrip() if bare.lstrip().startswith(b"<") else bare


def _of_camt(content: bytes, *, digest: str, name: str) -> StatementFile:
    try:
        message, statements, problems = read_camt(content)
    except CamtUnreadable as error:
        raise StatementUnreadable(file=name, problem=str(error)) from None
    return StatementFile(format=message, sha256=digest, statements=joined(statements), problems=problems)


def _of_csv(content: bytes, mapping: CsvMapping, *, digest: str, name: str) -> StatementFile:
    try:
        statements = read_csv(content, mapping)
    except CsvUnreadable as error:
        raise StatementUnreadable(file=name, problem=str(error)) from None
    return StatementFile(format=f"{CSV}{mapping.name}", sha256=digest, statements=statements)


def _mapping_for(content: bytes, name: str) -> CsvMapping:
    """
    Return the one mapping of the product whose columns all stand in a file's heading.

    Raises: StatementUnreadable.
    """
    fitting = [mapping for mapping in map(load_csv_mapping, known_csv_mappings()) if fits(content, mapping)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise StatementUnreadable(
            file=name, problem="neither XML nor a line with a field, as :20:, nor the columns of a known mapping"
        )
    names = ", ".join(f"{CSV}{mapping.name}" for mapping in fitting)
    raise StatementUnreadable(file=name, problem=f"its columns are those of {names}: name one")
