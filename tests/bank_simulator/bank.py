"""The bank on its days: what is due is booked, statements are made, and what is true is noted for a judge."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from tests.bank_noise import EXACT
from tests.bank_simulator.collecting import Collected, collect
from tests.bank_simulator.instructions import InstructionFile
from tests.bank_simulator.judging import Judge
from tests.bank_simulator.kept import Instruction, Kept, Line, Role, Transfer
from tests.bank_simulator.paying import debit_of, pay
from tests.bank_simulator.statements import statement

ONE_DAY = timedelta(days=1)
HALF = 2


class Question(Struct, frozen=True, kw_only=True):
    """What a customer asks: where a payment, or a payout, is; or why a line, by its number, stands there twice."""

    payment: str = ""
    line: str = ""


class Reply(Struct, frozen=True, kw_only=True):
    """What the bank says to it: `booked`, `never came`, `not sent`, `taken back`, `nothing is missing`."""

    asked: Question
    reply: str


class Truth(Struct, frozen=True, kw_only=True):
    """What a line really is; without a number, a payment that has none. See `Line`."""

    number: str
    account: str
    currency: str
    amount_minor: int
    booked_on: date
    noise: str
    role: Role
    about: tuple[str, ...]


class Bank:
    """
    The bank; out: the folder that its files go to.

    each_once: whether every kind of noise happens at least once, as far as there's something that it can happen to.
    """

    def __init__(self, kept: Kept, *, out: Path, seed: int, each_once: bool = False) -> None:
        kept.runs += 1
        self.truths: list[Truth] = []
        self._kept = kept
        self._out = out
        self._random = Random(f"{seed}/{kept.runs}")  # noqa: S311 - invented noise
        self._judge = Judge(kept, out=out, random=self._random)
        self._each_once = each_once

    def take_instructions(self, files: Iterable[InstructionFile]) -> None:
        """Answer files of instructions, and make their payments; between accounts here there's no noise."""
        accepted = [each for file in files for each in self._judge.accepted(file)]
        own = [each for each in accepted if each.creditor_account in self._kept.accounts]
        self._book(line for each in own for line in (debit_of(each, EXACT), self._credit_of(each)))
        others = [each for each in accepted if each.creditor_account not in self._kept.accounts]
        self._expect(pay(self._random, others, each_once=self._each_once))

    def take_transfers(self, transfers: Sequence[Transfer]) -> None:
        """Take in what buyers and providers send."""
        self._expect(collect(self._random, transfers, each_once=self._each_once))

    def answer(self, questions: Iterable[Question]) -> list[Reply]:
        """Look into what customers ask: what was lost is found, or never was; what stands twice is taken back."""
        return [
            Reply(asked=each, reply=self._find(each) if each.payment else self._take_back(each)) for each in questions
        ]

    def close_days(self, until: date) -> None:
        """Book what is due and make the statements, day after day, up to one."""
        lines: dict[tuple[str, date], list[Line]] = defaultdict(list)
        later: list[Line] = []
        for line in self._kept.due:
            on = max(line.booked_on, self._kept.day)
            if on <= until:
                lines[line.account, on].append(replace(line, booked_on=on))
            else:
                later.append(line)
        self._kept.due = later
        while self._kept.day <= until:
            for number in self._kept.accounts:
                self._close(number, lines.get((number, self._kept.day), []))
            self._kept.day += ONE_DAY

    def _credit_of(self, instruction: Instruction) -> Line:
        return replace(
            debit_of(instruction, EXACT),
            account=instruction.creditor_account,
            amount_minor=instruction.amount_minor,
            counterparty=self._kept.accounts[instruction.account].owner,
            counterparty_account=instruction.account,
            code="RCDT",
            role="own",
        )

    def _expect(self, collected: Collected) -> None:
        self._book(collected.lines)
        for missing in collected.missing:
            self._kept.missing[missing.line.about[0]] = missing
            self._note(missing.line)

    def _book(self, lines: Iterable[Line]) -> None:
        """Number lines for their day; a line that stands there once more may have the number of the first."""
        number = ""
        for line in lines:
            if line.role != "copy" or self._random.randrange(HALF):
                self._kept.booked += 1
                number = f"B{self._kept.booked:09d}"
            self._kept.due.append(replace(line, number=number))

    def _find(self, question: Question) -> str:
        missing = self._kept.missing.pop(question.payment, None)
        if missing is None:
            return "nothing is missing"
        if self._random.randrange(HALF):
            self._book([missing.line])
            return "booked"
        if missing.instruction is None:
            return "never came"
        self._judge.reject_after_all(missing.instruction)
        return "not sent"

    def _take_back(self, question: Question) -> str:
        copy = self._kept.copies.pop(question.line)
        self._book(
            [
                replace(
                    copy, amount_minor=-copy.amount_minor, role="reversal", is_reversal=True, booked_on=self._kept.day
                )
            ]
        )
        return "taken back"

    def _close(self, number: str, lines: list[Line]) -> None:
        account, day = self._kept.accounts[number], self._kept.day
        opening_minor = account.balance_minor
        account.balance_minor += sum(line.amount_minor for line in lines)
        account.closed += 1
        content = statement(account, day, lines, opening_minor=opening_minor)
        (self._out / f"camt053-{day}-{account.currency}-{number}.xml").write_bytes(content)
        for line in lines:
            self._note(line)
            if line.role == "copy":
                self._kept.copies[line.number] = line

    def _note(self, line: Line) -> None:
        self.truths.append(
            Truth(
                number=line.number,
                account=line.account,
                currency=line.currency,
                amount_minor=line.amount_minor,
                booked_on=line.booked_on,
                noise=line.noise,
                role=line.role,
                about=line.about,
            )
        )
