"""
Cosigning asks the policy's witnesses to sign a log's latest checkpoint, and keeps what verifies (C2SP tlog-witness).

A witness that is dead, slow or lying costs nobody but itself: commands don't wait for any of this, and what isn't a
signature of its key over our text is never kept.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple, Self

import httpx
import structlog
from psycopg_pool import ConnectionPool

from api.composition import House
from api.settings import Settings
from api.witness_answers import (
    CONFLICT,
    Answer,
    CosignatureUseless,
    Elsewhere,
    HistoryRefused,
    Question,
    WitnessAbsent,
    judged,
    printable,
)
from domain.errors import LedgerError, LogCorrupt, NotFound
from ledger.pool import Connection
from ledger.proof.kept_log import KeptCheckpoint, find_checkpoint
from ledger.proof.note import Signature, cosigned_at
from ledger.proof.policy import Policy, Witness
from ledger.proof.proofs import consistency_proof
from ledger.proof.quorum import keep_cosignature, last_cosigned, note_problem
from ledger.proof.witnessing import WitnessRequest
from ledger.writer import DATABASE_ABSENT

ANSWER_BYTES_MAX = 65_536
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 60.0
"""Between questions to a witness that has a problem: it doubles from two seconds."""

_log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class WitnessPolicyAbsent(NotFound):
    """No witness policy is set: LEDGER_WITNESS_POLICY names the file."""

    code: ClassVar[str] = "witness.policy_absent"


class Asked(NamedTuple):
    """What became of a question: a cosignature that verifies, or a problem."""

    question: Question
    outcome: Signature | LedgerError


class _Patience(NamedTuple):
    """How often in a row a witness failed, and until when it is left alone."""

    failures: int
    until: datetime


class Cosigning:
    """
    Who asks the witnesses of a policy about the books of one database. It belongs to the thread of its first round.

    clock: returns the time in UTC; answer_seconds: for all of an answer, finding the witness's address included;
    transport: in place of the network.
    """

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        policy: Policy,
        *,
        clock: Callable[[], datetime],
        answer_seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._pool = pool
        self._policy = policy
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._loop = asyncio.Runner()
        # It takes nothing from the environment, and its time is bounded as a whole.
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(None), trust_env=False, transport=transport)
        self._patience: dict[tuple[str, Witness], _Patience] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections to witnesses."""
        self._loop.run(self._client.aclose())
        self._loop.close()

    def round(self, books: Iterable[str]) -> list[Asked]:
        """
        Ask each witness about the latest checkpoint of each book that it hasn't cosigned, all at the same time; keep
        what verifies, and return what came of it. Who failed lately is left alone for a while.
        """
        asked, again = [], []
        for question, outcome in self._ask_all([question for book in books for question in self._questions(book)]):
            told = self._told_again(question, outcome.size) if isinstance(outcome, Elsewhere) else outcome
            if isinstance(told, Question):
                again.append(told)
            else:
                asked.append(Asked(question, told))
        for question, outcome in self._ask_all(again):
            told = CosignatureUseless(problem="one size after another") if isinstance(outcome, Elsewhere) else outcome
            asked.append(Asked(question, told))
        for each in asked:
            self._keep(*each)
        return asked

    def _questions(self, book: str) -> list[Question]:
        now = self._clock()
        waiting = [witness for witness in self._policy.witnesses.values() if self._is_due(book, witness, now)]
        try:
            with self._pool.connection() as connection:
                kept = find_checkpoint(connection, book)
                if kept is None:
                    return []
                size, origin, keys = kept.checkpoint.size, kept.checkpoint.origin, [each.key for each in waiting]
                last = {
                    key: each.size for key, each in last_cosigned(connection, book, origin, keys, up_to=size).items()
                }
                return [
                    _question(connection, book, kept, witness, old=last.get(witness.key, 0))
                    for witness in waiting
                    if last.get(witness.key) != size
                ]
        except (LedgerError, LogCorrupt) as error:
            _log.warning("cosigning waits", book=book, error=str(error))
            return []

    def _is_due(self, book: str, witness: Witness, now: datetime) -> bool:
        patience = self._patience.get((book, witness))
        return bool(witness.url) and (patience is None or patience.until <= now)

    def _told_again(self, question: Question, size: int) -> Question | LedgerError:
        """Return a question from the size that the witness has, if it is one that our log had."""
        book, witness = question.book, question.witness
        if size < question.old:
            _log.warning("witness forgot", book=book, witness=witness.name, cosigned=question.old, remembers=size)
        with self._pool.connection() as connection:
            kept = find_checkpoint(connection, book, origin=question.kept.checkpoint.origin) or question.kept
            if size > kept.checkpoint.size:
                said = f"it has cosigned {size} events, and no more than {kept.checkpoint.size} are signed here"
                return HistoryRefused(status=CONFLICT, said=said)
            try:
                return _question(connection, book, kept, witness, old=size)
            except LedgerError as error:
                return error

    def _ask_all(self, questions: Sequence[Question]) -> list[tuple[Question, Signature | LedgerError | Elsewhere]]:
        async def ask_all() -> list[Answer | LedgerError]:
            return await asyncio.gather(*map(self._ask, questions))

        answers = self._loop.run(ask_all()) if questions else []
        now = self._clock()
        return [(question, judged(question, answer, now)) for question, answer in zip(questions, answers, strict=True)]

    async def _ask(self, question: Question) -> Answer | LedgerError:
        url = question.witness.url.rstrip("/") + "/add-checkpoint"
        try:
            async with asyncio.timeout(self._answer_seconds):
                headers = {"Accept-Encoding": "identity"}
                async with self._client.stream("POST", url, content=question.body, headers=headers) as answer:
                    return await _read(answer)
        except TimeoutError:
            return WitnessAbsent(problem=f"no answer in {self._answer_seconds:.3g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return WitnessAbsent(problem=str(error) or type(error).__name__)

    def _keep(self, question: Question, outcome: Signature | LedgerError) -> None:
        book, kept, witness, now = question.book, question.kept, question.witness, self._clock()
        origin, size, code, said = kept.checkpoint.origin, kept.checkpoint.size, "", ""
        if isinstance(outcome, LedgerError):
            code, said = outcome.code, printable(" ".join(map(str, outcome.details().values())))
        with self._pool.connection() as connection:
            if isinstance(outcome, Signature):
                at = datetime.fromtimestamp(cosigned_at(outcome), UTC)
                keep_cosignature(connection, book, kept, witness.key, outcome, at)
            is_new = note_problem(connection, book, origin, witness.key, code=code, said=said, at=now)
        self._take_patience(book, witness, now, failed=bool(code))
        if code and is_new:
            say = _log.error if isinstance(outcome, HistoryRefused) else _log.warning
            say("not cosigned", book=book, size=size, witness=witness.name, problem=code, said=said)

    def _take_patience(self, book: str, witness: Witness, now: datetime, *, failed: bool) -> None:
        if not failed:
            self._patience.pop((book, witness), None)
            return
        failures = self._patience.get((book, witness), _Patience(0, now)).failures + 1
        pause = timedelta(seconds=min(PAUSE_SECONDS * 2 ** min(failures, 10), PAUSE_SECONDS_MAX))
        self._patience[book, witness] = _Patience(failures, now + pause)


def policy_of(settings: Settings) -> Policy:
    """
    Return the witness policy that the settings name.

    Raises: WitnessPolicyAbsent, where they name none.
    """
    if settings.witness_policy is None:
        raise WitnessPolicyAbsent
    return settings.witness_policy


def run(house: House, settings: Settings, now: Callable[[], datetime], stop: threading.Event) -> None:
    """Have every book's latest checkpoint cosigned, every second, until told to stop; without a policy, don't begin."""
    if settings.witness_policy is None:
        return
    with Cosigning(house.pool, settings.witness_policy, clock=now) as cosigning:
        while not stop.wait(PAUSE_SECONDS):
            try:
                cosigning.round(_books(house.pool))
            except DATABASE_ABSENT as error:
                _log.warning("cosigning waits", error=str(error))


def _books(pool: ConnectionPool[Connection]) -> list[str]:
    with pool.connection() as connection:
        return [book for (book,) in connection.execute("SELECT book FROM ledger.log_head ORDER BY book")]


def _question(connection: Connection, book: str, kept: KeptCheckpoint, witness: Witness, *, old: int) -> Question:
    proof = consistency_proof(connection, book, old, kept.checkpoint.size) if old else ()
    return Question(book, kept, witness, old, bytes(WitnessRequest(old, proof, kept.note)))


async def _read(answer: httpx.Response) -> Answer | LedgerError:
    body = b""
    async for part in answer.aiter_raw():
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            return CosignatureUseless(problem=f"more than {ANSWER_BYTES_MAX} bytes")
    return Answer(answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0].strip(), body)
