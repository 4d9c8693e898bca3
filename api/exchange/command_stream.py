"""
A command stream keeps a writer busy without filling memory: many commands under way, never more than it may hold.

The writer answers in the order of asking, so the answers need no address.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from domain.errors import LogCorrupt, Unavailable
from ledger.outcomes import Submission
from ledger.writer import Answer, QueueFull, Waiting, Writer

PAUSE_SECONDS = 0.005
"""Between tries while the writer's queue is full of others' commands."""

ANSWER_SECONDS_MAX = 0.5
"""How long to wait for answers before looking again, whoever should have woken us."""


class Group(NamedTuple):
    """
    Commands that are said one after the other, and who is told their answers.

    lines: how many order lines they carry, which is what fills memory.
    """

    submissions: Sequence[Submission]
    lines: int
    tell: Callable[[Sequence[Answer]], None]


class Stream(Protocol):
    """Somewhere to say commands."""

    def send(self, group: Group) -> None:
        """Say the commands of a group; it is told their answers before `drain` returns, groups in order."""

    def drain(self) -> None:
        """Wait until every group has been told."""


class CommandStream:
    """
    A stream into a writer. `send` and `drain` raise what hits every command alike: Unavailable, LogCorrupt.

    commands_max, lines_max: how much may be under way, unless one group alone is larger.
    """

    def __init__(self, writer: Writer, *, commands_max: int = 5_000, lines_max: int = 100_000) -> None:
        self._writer = writer
        self._commands_max = commands_max
        self._lines_max = lines_max
        self._groups: deque[Group] = deque()
        self._answers: deque[Answer] = deque()
        self._commands = 0
        self._lines = 0
        self._awaited = 0
        self._arrived = threading.Event()

    def send(self, group: Group) -> None:
        """Say the commands of a group, as soon as there is room for them."""
        while self._commands and not self._has_room_for(group):
            self._wait_for((self._commands + 1) // 2)
            self._tell()
        self._groups.append(group)
        self._commands += len(group.submissions)
        self._lines += group.lines
        self._enqueue([Waiting(submission, self._hear) for submission in group.submissions])

    def drain(self) -> None:
        """Wait until every group has been told."""
        while self._groups:
            self._wait_for(min(self._commands, self._commands_max // 4))
            self._tell()

    def _has_room_for(self, group: Group) -> bool:
        commands, lines = self._commands + len(group.submissions), self._lines + group.lines
        return commands <= self._commands_max and lines <= self._lines_max

    def _enqueue(self, waiting: Sequence[Waiting]) -> None:
        try:
            self._writer.enqueue(waiting)
        except QueueFull:
            for each in waiting:
                self._enqueue_one(each)

    def _enqueue_one(self, waiting: Waiting) -> None:
        while True:
            try:
                self._writer.enqueue((waiting,))
            except QueueFull:
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def _hear(self, answer: Answer) -> None:
        """Take an answer in, on the writer's thread."""
        self._answers.append(answer)
        if len(self._answers) >= self._awaited:
            self._arrived.set()

    def _wait_for(self, answers: int) -> None:
        self._awaited = answers
        while len(self._answers) < answers:
            self._arrived.wait(ANSWER_SECONDS_MAX)
            self._arrived.clear()
        self._awaited = 2**63

    def _tell(self) -> None:
        while self._groups and len(self._answers) >= len(self._groups[0].submissions):
            group = self._groups.popleft()
            answers = [self._answers.popleft() for _ in group.submissions]
            self._commands -= len(answers)
            self._lines -= group.lines
            for answer in answers:
                if isinstance(answer, (Unavailable, LogCorrupt)):
                    raise answer
            group.tell(answers)
