"""
Power lost at random moments: what was acknowledged is there exactly once, and the rest can be said again.

Real processes: a loader records trades and prints every answer, the test kills it or its PostgreSQL in the middle. A
seed chooses the moments; the soak tries many.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import product
from pathlib import Path
from typing import IO, NamedTuple, Self

import psycopg
import pytest
import structlog

from api.composition import connected
from api.verify import verify_book
from domain import commands
from ledger.file_lock import FileLock
from ledger.migrations import migrate
from ledger.outcomes import Accepted, Outcome, Submission
from ledger.postgres import EmbeddedPostgres
from ledger.verification import verify_log
from ledger.writer import Writer
from tests.books import place_order, whole_trade

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
IN_FLIGHT_MAX = 2_000
TRADES_AT_ONCE = 40
PRINCIPAL = "loader"


# The loader: another process.


def submission(command_id: str, command: commands.Command) -> Submission:
    return Submission(
        command=command, command_id=command_id, principal=PRINCIPAL, actor="operator:loader", role="operator"
    )


def trades(count: int) -> Iterator[Submission]:
    """Yield whole trades, many of them at the same time, in each of them one command that is refused."""
    for first in range(0, count, TRADES_AT_ONCE):
        together = range(first, min(first + TRADES_AT_ONCE, count))
        said = [(*whole_trade(f"PO-{number}"), commands.AcceptOrder(order=f"PO-{number}")) for number in together]
        for step, number in product(range(len(said[0])), range(len(said))):
            yield submission(f"{together[number]}-{step}", said[number][step])


def placements(count: int) -> Iterator[Submission]:
    """Yield orders, which don't depend on one another."""
    for number in range(count):
        yield submission(f"{number}", place_order(f"PO-{number}"))


LOADS = {"trades": trades, "placements": placements}


def load(home: str, kind: str, count: str, patience: str) -> None:
    """Record a load and print every answer; start the server again when told to on standard input; stop at its end."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with EmbeddedPostgres(Path(home), attached_wait_seconds=1) as server:
        migrate(server.dsn())
        with connected(server.dsn()) as house:
            book = house.book("main")
            book.found()
            if patience == "impatient":
                house.pool.timeout = 0.2
                book.close()
                book._writer = Writer(book.writer._ledger, attempts_max=2, pause_seconds=0.01)
            loading = threading.Thread(target=submit, args=(book.writer, LOADS[kind](int(count))))
            loading.start()
            for _ in sys.stdin:
                server.start()
                say("STARTED")
            loading.join()


def submit(writer: Writer, submissions: Iterable[Submission]) -> None:
    room = threading.Semaphore(IN_FLIGHT_MAX)

    def told(command_id: str, future: Future[Outcome]) -> None:
        say(answer(command_id, future))
        room.release()

    for each in submissions:
        room.acquire()
        writer.submit(each).add_done_callback(partial(told, each.command_id))
    for _ in range(IN_FLIGHT_MAX):
        room.acquire()
    say("DONE")


def answer(command_id: str, future: Future[Outcome]) -> str:
    if error := future.exception():
        return f"{command_id} failed {type(error).__name__} 0 0"
    outcome = future.result()
    again = "repeated" if outcome.repeated else "fresh"
    if isinstance(outcome, Accepted):
        return f"{command_id} accepted {again} {outcome.first_position} {outcome.last_position}"
    return f"{command_id} refused {again} 0 0"


def say(line: str) -> None:
    """Print a line at once: a process that is killed flushes nothing."""
    os.write(1, f"{line}\n".encode())


# The test: what it hears, kills and finds.


class Answer(NamedTuple):
    """What became of a command, as its caller was told."""

    command_id: str
    became: str
    how: str
    first_position: int
    last_position: int


class Loader:
    """The loader's process, as the test sees it."""

    def __init__(self, home: Path, kind: str, count: int, patience: str = "patient") -> None:
        self.home = home
        self.fresh = 0
        self._struck = False
        arguments = [str(home), kind, str(count), patience]
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from tests.integration.test_kill import load; load(*{arguments})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdin
        assert self.process.stdout
        self._stdin: IO[str] = self.process.stdin
        self._stdout: IO[str] = self.process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._stdin.close()
        self._stdout.close()

    def answers(self) -> Iterator[Answer]:
        """Yield the answers, to the end of the load or of the process."""
        for line in self._stdout:
            if line.startswith("DONE"):
                return
            if line.startswith("STARTED") or not line.endswith("\n"):
                continue
            command_id, became, how, first_position, last_position = line.split()
            self.fresh += how == "fresh"
            yield Answer(command_id, became, how, int(first_position), int(last_position))

    def reached(self, fresh: int) -> bool:
        """Return, once, whether so many commands were answered for the first time."""
        if self._struck or self.fresh < fresh:
            return False
        self._struck = True
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def kill_server(self) -> None:
        os.kill(int((EmbeddedPostgres(self.home).place.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def start_server(self) -> None:
        self._stdin.write("start\n")
        self._stdin.flush()

    def leave(self) -> None:
        self._stdin.close()
        assert self.process.wait(PATIENCE_SECONDS) == 0


class Told:
    """Everything that callers were told, over all processes."""

    def __init__(self) -> None:
        self.outcomes: dict[str, tuple[str, int, int]] = {}
        self.failures: Counter[str] = Counter()

    def hear(self, answer: Answer) -> None:
        """Keep an answer; one that comes again is the same."""
        if answer.became == "failed":
            self.failures[answer.how] += 1
            return
        outcome = (answer.became, answer.first_position, answer.last_position)
        assert self.outcomes.setdefault(answer.command_id, outcome) == outcome


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    folder = reachable_folder()
    with EmbeddedPostgres(folder / "home"):
        pass
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def home(cluster: Path) -> Iterator[Path]:
    """A home with an empty cluster, copied: faster than a new one."""
    folder = reachable_folder()
    subprocess.run(["/bin/cp", "-a", cluster, folder / "home"], check=True)
    yield folder / "home"
    outlast_server(folder / "home")
    shutil.rmtree(folder)


def reachable_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    folder.chmod(0o711)
    return folder


def outlast_server(home: Path) -> None:
    """The server of a killed process shuts down by itself; its files go after it."""
    lock, pause = FileLock(home / "server.lock"), threading.Event()
    for _ in range(PATIENCE_SECONDS * 50):
        if lock.take():
            break
        pause.wait(0.02)
    lock.release()


def check(home: Path, told: Told) -> None:
    """Check that a restarted server has all that callers were told, once, in a log without a fault."""
    with EmbeddedPostgres(home) as server, psycopg.connect(server.dsn()) as connection:
        report = verify_log(connection, "main")
        assert report.fault is None
        kept = {
            command_id: ("accepted" if first else "refused", first or 0, last or 0)
            for command_id, first, last in connection.execute(
                "SELECT command_id, first_position, last_position FROM ledger.outcomes WHERE principal = %s",
                (PRINCIPAL,),
            )
        }
    assert told.outcomes.items() <= kept.items()


def check_complete(home: Path, count: int) -> None:
    """Check that everything happened that would have happened without all the trouble."""
    with EmbeddedPostgres(home) as server, connected(server.dsn()) as house:
        book = house.book("main")
        report = verify_book(book)
        assert (report.ok, report.first_difference) == (True, None)
        with house.pool.connection() as connection:
            topics = Counter(
                topic
                for (topic,) in connection.execute("SELECT topic FROM ledger.events WHERE originator_id LIKE '%:PO-%'")
            )
            orders = connection.execute(
                "SELECT count(*), count(DISTINCT released_minor) FROM projections.orders"
            ).fetchone()
    assert orders == (count, 1)
    assert topics["order.placed"] == topics["order.completed"] == topics["hold.released"] == count
    assert not [topic for topic, times in topics.items() if times % count]


def be_killed_again_and_again(home: Path, *, seed: int, kills: int, count: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - moments that can be had again, as far as processes allow
    commands_left = count * (len(whole_trade("PO-0")) + 1)
    told = Told()
    for kill in range(kills):
        victim = dice.choice(("loader", "server", "server and loader"))
        after = dice.randrange(1, max(2, commands_left // (kills - kill)))
        print(f"seed {seed}: kill the {victim} after {after} fresh answers")  # noqa: T201 - to play it again
        with Loader(home, "trades", count) as loader:
            for answer in loader.answers():
                told.hear(answer)
                if loader.reached(after):
                    threading.Event().wait(dice.random() / 100)
                    if victim != "loader":
                        loader.kill_server()
                    if victim != "server":
                        loader.kill()
                    else:
                        loader.start_server()
            commands_left -= loader.fresh
        check(home, told)
    with Loader(home, "trades", count) as loader:
        for answer in loader.answers():
            told.hear(answer)
        loader.leave()
    assert not told.failures
    assert len(told.outcomes) == count * (len(whole_trade("PO-0")) + 1)
    check(home, told)
    check_complete(home, count)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_before_a_kill_is_there_once_and_the_rest_can_be_said_again(
    home: Path, seed: int
) -> None:
    be_killed_again_and_again(home, seed=seed, kills=2, count=400)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_kills_lose_and_repeat_nothing(home: Path, seed: int) -> None:
    be_killed_again_and_again(home, seed=seed, kills=12, count=3_000)


@pytest.mark.parametrize("victim", ["server", "owner"])
def test_callers_of_a_server_that_is_killed_and_started_again_all_succeed(home: Path, victim: str) -> None:
    told = Told()
    count = 600
    with subprocess.Popen(
        [sys.executable, "-c", OWN, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as owner:
        assert owner.stdout
        if victim == "owner":
            assert owner.stdout.readline()
        else:
            owner.kill()
        with Loader(home, "trades", count) as loader:
            for answer in loader.answers():
                told.hear(answer)
                if loader.reached(300):
                    if victim == "owner":
                        owner.kill()
                        owner.wait()  # until then it holds its lock, and one would attach to a server that leaves
                    else:
                        loader.kill_server()
                    loader.start_server()
            loader.leave()
        owner.kill()
    assert not told.failures
    assert len(told.outcomes) == count * (len(whole_trade("PO-0")) + 1)
    check_complete(home, count)


OWN = """
import sys
from pathlib import Path
from ledger.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])):
    print("READY", flush=True)
    sys.stdin.read()
"""


def test_callers_of_a_server_that_stays_dead_are_told_so_and_may_say_it_again(home: Path) -> None:
    told = Told()
    count = 4_000
    with Loader(home, "placements", count, "impatient") as loader:
        for answer in loader.answers():
            told.hear(answer)
            if loader.reached(800):
                loader.kill_server()
        assert told.outcomes
        assert set(told.failures) == {"DatabaseAbsent"}
    check(home, told)
    with Loader(home, "placements", count) as loader:
        for answer in loader.answers():
            told.hear(answer)
        loader.leave()
    assert len(told.outcomes) == count
    check(home, told)
