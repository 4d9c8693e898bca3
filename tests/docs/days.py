"""
The pages about three people's days: what stands in them is said to a live server, and its answers stand there.

Run `.venv/bin/python -m tests.docs.days` from the root of the repository after an answer changed: it writes what a
page's commands answer below them. A test says the same commands and compares.
"""

import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import app_of
from api.http.desk import Desk
from api.identity.caller import Caller
from ledger.migrations import migrate
from ledger.postgres import EmbeddedPostgres
from tests.examples.days import MEDIATOR, tell
from tests.examples.telling import AUDITOR, BOOK, FINANCE, ISSUER, SECOND_FINANCE, Teller, telling
from tests.refusals import ROOT
from tests.tokens import taking

PAGES = {name: ROOT / f"docs/days/{name}.md" for name in ("auditor", "mediator", "finance")}
CALLERS: dict[str, Caller] = {
    "AUDITOR": AUDITOR,
    "MEDIATOR": MEDIATOR,
    "FINANCE": FINANCE,
    "SECOND": SECOND_FINANCE,
}
"""By the variable in which a page has their token."""

_CONSOLE = re.compile(r"(?<=```console\n)(.*?)(?=```)", re.DOTALL)
PROMPT, MORE = "$ ", "> "


@contextmanager
def live(teller: Teller) -> Iterator[dict[str, str]]:
    """Serve a told story; yield the variables that the pages' commands are said with."""
    app = app_of()
    app.state.desk = Desk(teller.app.state.desk.house, tokens=taking(ISSUER, clock=teller.still.clock))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    tokens = {name: f"Authorization: Bearer {ISSUER.token(who, at=teller.still.now)}" for name, who in CALLERS.items()}
    try:
        yield {"LEDGER": f"http://127.0.0.1:{port}/v1/books/{BOOK}"} | tokens
    finally:
        server.should_exit = True
        thread.join()


def played(page: str, teller: Teller, variables: dict[str, str], folder: Path) -> str:
    """Return a page with what its commands answer now; what they write is in a folder."""
    return _CONSOLE.sub(lambda block: _block(block[1], teller, variables, folder), page)


def _block(block: str, teller: Teller, variables: dict[str, str], folder: Path) -> str:
    lines: list[str] = []
    for command in _commands(block):
        lines += [PROMPT + command.replace("\n", f"\n{MORE}"), _said(command, variables, folder)]
        teller.book.runner.catch_up()
    return "".join(f"{line}\n" for line in lines if line)


def _commands(block: str) -> Iterator[str]:
    """Yield the commands of a block, each with the lines that go on with it."""
    command: list[str] = []
    for line in block.splitlines():
        if line.startswith(PROMPT):
            if command:
                yield "\n".join(command)
            command = [line.removeprefix(PROMPT)]
        elif line.startswith(MORE) and command:
            command.append(line.removeprefix(MORE))
    if command:
        yield "\n".join(command)


def _said(command: str, variables: dict[str, str], folder: Path) -> str:
    env = {**os.environ, **variables}
    done = subprocess.run(["/bin/sh", "-c", command], env=env, cwd=folder, text=True, capture_output=True, check=False)
    return (done.stdout + done.stderr).replace("\r\n", "\n").rstrip("\n")


def main() -> None:
    """Write every page, on a server of its own."""
    for name, page in PAGES.items():
        with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o711)
            with EmbeddedPostgres(Path(folder) / "home", attached_wait_seconds=1) as server:
                dsn = server.dsn("postgres")
                migrate(dsn)
                with telling(dsn, Path(folder) / "keys", tell) as teller, live(teller) as variables:
                    said = played(page.read_text(encoding="utf-8"), teller, variables, Path(folder))
                    page.write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
