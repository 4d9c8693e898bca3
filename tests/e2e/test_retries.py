"""
The law of retries: however often a command is said, and whatever dies meanwhile, it has one effect and one answer.

Real processes: clients that are killed before and after the answer, a proxy that drops requests and answers, a server
of two workers of which one, or all, are killed. Every command that HTTP takes is said; what it must come to is decided
in memory by the domain alone. A seed chooses who dies when.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from psycopg_pool import ConnectionPool

from api.composition import new_seed, utc_now
from api.identity.caller import Caller
from api.identity.local_key import ensure_local_key
from api.settings import Settings
from ledger.pool import Connection, open_pool
from ledger.verification import verify_log
from tests.retries import client as client_process
from tests.retries.books_of_sayings import kept_of, write_story
from tests.retries.drop_proxy import DropProxy, Fault, Hook
from tests.retries.sayings import MAY_COME_TOO_LATE, Saying, Told, key_of, names, saying
from tests.retries.server import Server
from tests.tokens import of_this_machine

CLIENT = str(Path(client_process.__file__))
AT_ONCE = 5
CONFLICT, MIXED = 409, 207
TIMES = 3
"""How often a client says it once nothing goes wrong any more."""
KILL_WITHIN_SECONDS = 0.02
FAULTS: tuple[Fault, ...] = ("request-lost", "request-cut", "answer-lost", "answer-cut")
DEATHS = ("nobody", "client-before", "client-after")

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers in /proc, which only Linux has")


class Trial(NamedTuple):
    """One command on its way: in which book, under which key, and what goes wrong."""

    book: str
    saying: Saying
    token: str
    faults: Sequence[Fault]
    dies: str

    @property
    def key(self) -> str:
        return key_of(self.book, 0)

    @property
    def request(self) -> str:
        body = self.saying.body.decode()
        return (
            f"POST /v1/books/{self.book}{self.saying.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Authorization: {self.token}\r\nIdempotency-Key: {self.key}\r\n"
            f"Content-Type: {self.saying.content_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


class Answer(NamedTuple):
    """What a client process was answered."""

    status: int
    body: dict[str, Any]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Return the answer to each command of a list; to what isn't a list, the only one."""
        return [item["answer"] for item in self.body["items"]] if "items" in self.body else [self.body]


class Dying:
    """Trials against one server that dies in the middle of some of them, in part or whole."""

    def __init__(self, server: Server, dice: random.Random) -> None:
        self._server = server
        self._dice = dice

    async def answers(self, trials: Sequence[Trial]) -> list[list[Answer]]:
        """Return what each trial's last client was answered, once and on repetition."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(trial: Trial) -> list[Answer]:
            async with room:
                return await self._answers(trial)

        return await asyncio.gather(*map(one, trials))

    async def _answers(self, trial: Trial) -> list[Answer]:
        proxy = DropProxy(self._server.port, trial.faults)
        async with proxy.open():
            client = await _start(proxy, trial)
            if trial.dies == "client-before":
                proxy.on_request = self._once(proxy, client.kill)
            elif trial.dies == "client-after":
                proxy.on_answer = self._once(proxy, client.kill)
            elif trial.dies == "worker":
                proxy.on_request = self._once(proxy, self._server.kill_worker)
            elif trial.dies == "server":
                proxy.on_request = self._once(proxy, self._server.kill)
            said, _ = await client.communicate()
            if client.returncode:
                again = await _start(proxy, trial)
                said, _ = await again.communicate()
                assert again.returncode == 0, trial
        return [Answer(answer["status"], json.loads(answer["body"])) for answer in map(json.loads, said.splitlines())]

    def _once(self, proxy: DropProxy, kill: Callable[[], object]) -> Hook:
        """Return what kills within a few milliseconds, while the server is at work on a request; and not again."""

        async def soon() -> None:
            proxy.on_request = proxy.on_answer = None
            await asyncio.sleep(self._dice.uniform(0, KILL_WITHIN_SECONDS))
            with suppress(ProcessLookupError):
                kill()

        return soon


async def _start(proxy: DropProxy, trial: Trial) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", CLIENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    asked = {"port": proxy.port, "times": TIMES, "request": trial.request}
    assert process.stdin
    process.stdin.write(json.dumps(asked).encode())
    process.stdin.close()
    return process


@pytest.mark.parametrize("seed", [1])
def test_a_command_said_again_and_again_has_one_effect(database: str, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same choices in every run
    told = tell(database, tmp_path, dice, dice.sample(names(), k=25), deaths=("worker", "worker", "server"))
    assert told.commands == 25


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(14))
def test_every_command_said_again_and_again_has_one_effect(database: str, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - as above
    told = tell(database, tmp_path, dice, names(), deaths=("worker",) * 8 + ("server",) * 2)
    assert told.commands == len(names())
    assert told.refused <= MAY_COME_TOO_LATE


class Round(NamedTuple):
    """How many commands were said, and which of them came too late."""

    commands: int
    refused: frozenset[str]


def tell(database: str, home: Path, dice: random.Random, which: Sequence[str], *, deaths: Sequence[str]) -> Round:
    """Say some of the commands, each in a book of its own; besides clients, those named die. Check each."""
    ensure_local_key(Settings(home=home).token_folder, new_seed())
    with open_pool(database, connections_max=4) as pool:
        dying = [*deaths, *dice.choices(DEATHS, k=len(which) - len(deaths))]
        dice.shuffle(dying)
        trials = [_trial(pool, home, name, dies, dice) for name, dies in zip(which, dying, strict=True)]
        with Server({"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(home)}) as server:
            answers = asyncio.run(Dying(server, dice).answers(trials))
        with pool.connection() as connection:
            refused = [
                trial.saying.name
                for trial, said in zip(trials, answers, strict=True)
                if not checked(connection, trial, said)
            ]
    return Round(len(trials), frozenset(refused))


def _trial(pool: ConnectionPool[Connection], home: Path, name: str, dies: str, dice: random.Random) -> Trial:
    book, now = f"of-{name}", utc_now()
    said = saying(name, book, now)
    write_story(pool, book, said.story, now)
    faults = dice.choices(FAULTS, k=dice.choice((0, 1, 1, 2, 3)))
    token = of_this_machine(home, Caller(said.actor, "operator"))["authorization"]
    return Trial(book, said, token, faults, dies)


def checked(connection: Connection, trial: Trial, answers: Sequence[Answer]) -> bool:
    """Check that a command has one outcome, one effect and one answer; return whether it was accepted."""
    first, *again = answers
    assert len(again) == TIMES - 1, trial
    assert verify_log(connection, trial.book).fault is None, trial
    assert {answer.status for answer in again} == {200 if first.status < MIXED else first.status}, (trial, answers)
    assert all([*map(_lasting, answer.parts)] == [*map(_lasting, first.parts)] for answer in again), (trial, answers)
    refused = first.status == CONFLICT and trial.saying.name in MAY_COME_TOO_LATE
    assert refused or first.status in {200, 201, 202}, (trial, first)
    for number, steps in enumerate(trial.saying.steps):
        kept = kept_of(connection, trial.book, key_of(trial.book, number))
        told = [Told.of(step.reference, step.version, step.policy, step.event) for step in steps]
        part = first.parts[number]
        assert kept.events == ([] if refused else told), trial
        assert kept.outcomes == [(part.get("first_position"), part.get("position"))], trial
    return not refused


def _lasting(body: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of the command; the newest checkpoint and the request's id are of the moment."""
    return {name: said for name, said in body.items() if name not in {"repeated", "checkpoint", "request"}}
