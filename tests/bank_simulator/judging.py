"""What the bank makes of files of instructions, and its answers to them."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.bank_simulator.answers import ACCEPTED, REJECTED, About, Verdict, answer_each, answer_whole
from tests.bank_simulator.instructions import InstructionFile
from tests.bank_simulator.kept import Instruction, Kept
from tests.bank_simulator.paying import rejection

CAME_BEFORE = ("AM05", "a message with this id came before")
NEVER_SENT = ("AC06", "never sent: the account is blocked")


class Judge:
    """Whoever opens the files; answers go to a folder."""

    def __init__(self, kept: Kept, *, out: Path, random: Random) -> None:
        self._kept = kept
        self._out = out
        self._random = random

    def accepted(self, file: InstructionFile) -> list[Instruction]:
        """Answer a file; return the payments that will be made."""
        about = About(file.message, file.message_id, file.said_count, file.control_sum)
        if file.message_id in self._kept.messages:
            self._refuse(about, *CAME_BEFORE)
            return []
        self._kept.messages.append(file.message_id)
        if wrong := file.wrong or self._unknown(file.instructions):
            self._refuse(about, "NARR", wrong)
            return []
        verdicts = [self._verdict(each) for each in file.instructions]
        taken = [each.instruction for each in verdicts if each.status == ACCEPTED]
        number = self._next()
        if len(taken) == len(verdicts):
            self._write(number, answer_whole(number, about, on=self._kept.day, status=ACCEPTED))
        else:
            self._write(number, answer_each(number, about, verdicts, on=self._kept.day))
        return taken

    def reject_after_all(self, instruction: Instruction) -> None:
        """Answer once more about a payment that had been accepted."""
        number, about = self._next(), About(instruction.message_name, instruction.message, "", "")
        verdict = Verdict(instruction, REJECTED, *NEVER_SENT)
        self._write(number, answer_each(number, about, [verdict], on=self._kept.day))

    def _verdict(self, instruction: Instruction) -> Verdict:
        is_own = instruction.creditor_account in self._kept.accounts
        reason, words = ("", "") if is_own else rejection(self._random)
        return Verdict(instruction, REJECTED if reason else ACCEPTED, reason, words)

    def _unknown(self, instructions: Sequence[Instruction]) -> str:
        for each in instructions:
            account = self._kept.accounts.get(each.account)
            if account is None or account.currency != each.currency:
                return f"no account {each.account} in {each.currency}"
        return ""

    def _refuse(self, about: About, reason: str, words: str) -> None:
        number = self._next()
        self._write(number, answer_whole(number, about, on=self._kept.day, status=REJECTED, reason=reason, words=words))

    def _next(self) -> str:
        self._kept.answered += 1
        return f"ANSWER-{self._kept.answered:06d}"

    def _write(self, number: str, content: bytes) -> None:
        (self._out / f"pain002-{number}.xml").write_bytes(content)
