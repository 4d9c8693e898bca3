"""An export folder takes its name when all in it is written: whoever finds one finds it whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from domain.errors import Malformed


@dataclass(eq=False, kw_only=True)
class ExportUnwritable(Malformed):
    """The export can't be written there, or something stands there that it would write over."""

    code: ClassVar[str] = "export.unwritable"
    folder: str
    problem: str


@contextmanager
def export_folder(folder: Path) -> Iterator[Path]:
    """
    Yield an empty folder that becomes `folder`, which may be absent or empty; nothing is left where writing fails.

    Raises: ExportUnwritable, also for what the writer meets of the system's errors.
    """
    named = folder.resolve()
    try:
        _check_free(named)
        named.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".export-", dir=named.parent) as scratch:
            made = Path(scratch) / "export"
            made.mkdir()
            yield made
            _check_free(named)
            made.rename(named)
    except OSError as error:
        raise ExportUnwritable(folder=str(folder), problem=error.strerror or str(error)) from None


def _check_free(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise ExportUnwritable(folder=str(folder), problem="isn't empty")
