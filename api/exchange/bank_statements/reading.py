"""A file from a bank is what it looks like: XML or SWIFT's fields. It is read once, whole."""

import hashlib

from api.exchange.bank_statements.camt import CamtUnreadable, read_camt
from api.exchange.bank_statements.mt940 import is_mt940, read_mt940
from api.exchange.bank_statements.statement import StatementFile, StatementUnreadable

MT940 = "MT940"
_UTF8_MARK = b"\xef\xbb\xbf"


def read_statements(content: bytes, *, name: str = "-") -> StatementFile:
    """
    Return the statements in a file. name: of the file, as a refusal tells it.

    Raises: StatementUnreadable.
    """
    digest = hashlib.sha256(content).hexdigest()
    bare = content.removeprefix(_UTF8_MARK).lstrip()
    if bare.startswith(b"<"):
        try:
            message, statements = read_camt(bare)
        except CamtUnreadable as error:
            raise StatementUnreadable(file=name, problem=str(error)) from None
        return StatementFile(format=message, sha256=digest, statements=tuple(statements))
    if not is_mt940(content):
        raise StatementUnreadable(file=name, problem="neither XML nor a line with a field, as :20:")
    return StatementFile(format=MT940, sha256=digest, statements=tuple(read_mt940(content)))
