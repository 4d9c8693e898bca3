"""The command line for tests: `trade-ledger`, run in this process or in one of its own, and how that ended."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

from api.cli import main

DONE, REFUSED, WRONG_USAGE, CORRUPT = 0, 1, 2, 3
"""The statuses that the program ends with."""


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]
"""The program, or a part of it, that is run with the rest of its arguments."""


def in_this_process(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the program, run in this process; what it sets up there, for its logs and for SIGTERM, is put back."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["trade-ledger", *arguments])
        capsys.readouterr()
        handler = signal.getsignal(signal.SIGTERM)
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        else:
            status = DONE
        finally:
            signal.signal(signal.SIGTERM, handler)
            structlog.reset_defaults()
        return Ran(status, *capsys.readouterr())

    return run


def on_book(program: Run, book: str) -> Run:
    """Return the program on one book."""

    def run(*arguments: str) -> Ran:
        return program(*arguments, "--book", book)

    return run


def in_its_own_process(*arguments: str, environment: Mapping[str, str], patience_seconds: float) -> Ran:
    """Run the program as people do, in this environment and no other, and wait for its end."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("trade-ledger"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_seconds,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)
