"""A whole file takes its name when all of it is written: whoever finds one finds it complete."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from domain.errors import Malformed

STDOUT = Path("-")


@dataclass(eq=False, kw_only=True)
class FileUnwritable(Malformed):
    """The file can't be written there."""

    code: ClassVar[str] = "file.unwritable"
    file: str
    problem: str


def write_whole(file: Path, chunks: Iterable[bytes]) -> None:
    """
    Write a file in place of one that may stand there, or, to `-`, standard output as it comes.

    Raises: FileUnwritable, and what making the chunks does; the file that stood there stays then.
    """
    if file == STDOUT:
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()
        return
    try:
        with TemporaryDirectory(prefix=".writing-", dir=file.resolve().parent) as scratch:
            made = Path(scratch) / "whole"
            with made.open("wb") as written:
                written.writelines(chunks)
            made.replace(file.resolve())
    except OSError as error:
        raise FileUnwritable(file=str(file), problem=str(error)) from None
