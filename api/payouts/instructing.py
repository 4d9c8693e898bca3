"""
Instructing tells a bank to pay: approved payouts of one account, one currency and one day stand in one file.

The file is written beside its name first, then recorded, then given its name. Whoever dies before it was recorded
leaves a file that no bank was meant to get, and that the next run removes; whoever dies after leaves one that the next
run names. A message id is used once, for ever.
"""

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from api.commands.dry_run import try_list
from api.composition import OpenedBook
from api.exchange.credit_transfers.transfer import PAIN_001_09, Changed, MessageName, PartyAccount
from api.payouts.bank_details import NoDetails, own_account
from api.payouts.file_making import Fitting, Head, LeftOut, Ready, creditors_of, fitting, left_out_of
from api.payouts.own_money import sweepable_from
from api.payouts.planning import WHY as PLANNING_WHY
from api.payouts.saying import PRINCIPAL, Voice
from domain.commands import InstructedPayout, InstructPayouts
from domain.errors import LedgerError, Refused
from domain.handlers.payouts import PAYOUTS_PER_FILE_MAX
from domain.payout import MESSAGE_ID_MAX
from domain.references import party_id
from ledger.outcomes import Accepted, CommandIdReused, CommandKey, Rejected, Submission
from ledger.reads import Reader
from ledger.store import read_remembered
from projections.payout_sums import names_used
from projections.payouts import PayoutFileRow, PayoutRow, PayoutsSought, search_payout_files, search_payouts

WHY_NOT = PLANNING_WHY | {"payout.unfunded": "the payee is owed less now than was planned"}
WHY = "payout-file"
"""Why bank details are read, as the list of readings says it."""

_NUMBERS_MAX = 9_999


class FileWritten(Struct, frozen=True, kw_only=True):
    """
    A file that tells a bank of payouts, in minor units. path: where it is, empty where it wasn't written to a folder.

    changed: texts that stand in it otherwise than they were given.
    """

    file: str
    format: str
    pays_from: str
    currency: str
    pay_on: date
    payouts: int
    amount_minor: int
    sha256: str
    path: str = ""
    changed: list[Changed] = []


class InstructAsked(Struct, frozen=True, kw_only=True):
    """
    Which approved payouts the bank is to be told of: from which account, on which day, in which version of pain.001.

    currency: one only, all if empty.
    """

    pays_from: str
    pay_on: date
    format: MessageName = PAIN_001_09
    currency: str = ""


class InstructRun(Struct, frozen=True, kw_only=True):
    """What came of it."""

    files: list[FileWritten]
    left_out: list[LeftOut]


@dataclass(eq=False, kw_only=True)
class PayoutsRefused(Refused):
    """The ledger refused the whole file: the books have moved meanwhile; say it again."""

    code: ClassVar[str] = "payout.file_refused"
    refused: str


Progress = Callable[[int, int], None]


def instruct(
    book: OpenedBook,
    asked: InstructAsked,
    voice: Voice,
    folder: Path | None = None,
    *,
    progress: Progress = lambda _done, _all: None,
) -> InstructRun:
    """
    Make the files for all approved payouts of an account on a day, and record that the bank is told.

    folder: where the files are written; without one they are only recorded, and made again where they're asked for.
    progress: told how many payouts were dealt with, of how many.

    Raises, in this order: PayoutDebtorUnknown, CreditTransfersUnwritable (the operator's own details), PayoutsRefused,
    and what `Writer.submit` does.
    """
    if folder is None:
        return _Instructing(book, asked, voice, None).run(progress)
    with _alone_in(folder):
        finish_leftovers(book, folder)
        return _Instructing(book, asked, voice, folder).run(progress)


class Made(NamedTuple):
    """What came of a request for one file; is_new: whether it is of this time."""

    run: InstructRun
    is_new: bool


def instruct_one(
    book: OpenedBook, asked: InstructAsked, voice: Voice, key: CommandKey, *, dry_run: bool = False
) -> Made:
    """
    Make one file, in the currency that is asked for, and record it under a key: the same key gives the same file again.

    Raises: as `instruct`, and CommandIdReused, where the key was of something else.
    """
    with book.pool.connection() as connection:
        before = read_remembered(connection, book.name, [key]).get(key)
    if before is None:
        return Made(_Instructing(book, asked, voice, None, key).one(dry_run=dry_run), is_new=True)
    book.runner.catch_up()
    with book.pool.connection() as connection:
        files = search_payout_files(connection, book.name)
    outcome = before.outcome
    made = [
        each
        for each in files
        if isinstance(outcome, Accepted) and outcome.first_position <= each.position <= outcome.last_position
    ]
    if not made or (made[0].pays_from, made[0].currency, made[0].pay_on) != _same(asked):
        raise CommandIdReused(command_id=key.command_id)
    return Made(InstructRun(files=[FileWritten(**_shared(made[0]))], left_out=[]), is_new=False)


def _same(asked: InstructAsked) -> tuple[str, str, date]:
    return asked.pays_from, asked.currency, asked.pay_on


def _shared(row: PayoutFileRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name in FileWritten.__struct_fields__}


def finish_leftovers(book: OpenedBook, folder: Path) -> list[str]:
    """
    Name the files that somebody died over after they were recorded, and remove those that never were.

    Return the message ids of the first.
    """
    named: list[str] = []
    for part in sorted(folder.glob(".*.xml.part")):
        file = part.name.removeprefix(".").removesuffix(".xml.part")
        with book.pool.connection() as connection:
            is_recorded = bool(names_used(connection, book.name, "payout_file", [file]))
        if is_recorded:
            part.rename(_named(folder, file))
            named.append(file)
        else:
            part.unlink()
    return named


class _Instructing:
    """One run on its way. key: under which a single file is recorded, where whoever asks names one."""

    def __init__(
        self, book: OpenedBook, asked: InstructAsked, voice: Voice, folder: Path | None, key: CommandKey | None = None
    ) -> None:
        self._book = book
        self._asked = asked
        self._voice = voice
        self._folder = folder
        self._key = key
        self._dry_run = False
        self._told = InstructRun(files=[], left_out=[])

    def one(self, *, dry_run: bool) -> InstructRun:
        """Make one file, of as many payouts as it can hold, or only try it."""
        self._dry_run = dry_run
        rows = self._approved()[:PAYOUTS_PER_FILE_MAX]
        if rows:
            debtor = own_account(self._book, self._asked.pays_from, self._asked.currency)
            self._instruct(debtor, self._ready(rows))
        return self._told

    def run(self, progress: Progress) -> InstructRun:
        by_currency: dict[str, list[PayoutRow]] = defaultdict(list)
        for row in self._approved():
            by_currency[row.currency].append(row)
        done, total = 0, sum(map(len, by_currency.values()))
        for currency, mine in sorted(by_currency.items()):
            debtor = own_account(self._book, self._asked.pays_from, currency)
            for first in range(0, len(mine), PAYOUTS_PER_FILE_MAX):
                some = mine[first : first + PAYOUTS_PER_FILE_MAX]
                self._instruct(debtor, self._ready(some))
                done += len(some)
                progress(done, total)
        return self._told

    def _approved(self) -> list[PayoutRow]:
        self._book.runner.catch_up()
        day = self._asked.pay_on
        sought = PayoutsSought(
            account=self._asked.pays_from, pay_from=day, pay_to=day, currency=self._asked.currency or None
        )
        with self._book.pool.connection() as connection:
            return search_payouts(connection, self._book.name, sought, stage="ready")

    def _ready(self, rows: Sequence[PayoutRow]) -> list[Ready]:
        reader = Reader(self._voice.actor, self._voice.role, WHY)
        left_minor = self._sweepable() if any(row.kind == "sweep" for row in rows) else {}
        ready: list[Ready] = []
        for row, found in zip(rows, creditors_of(self._book, rows, reader), strict=True):
            if isinstance(found, NoDetails):
                self._leave_out(row, "payout.no_bank_details", found.missing)
            elif row.kind == "sweep" and row.amount_minor > left_minor.get(row.currency, 0):
                self._leave_out(
                    row, "payout.exceeds_available", "more than buyers' assets exceed what they are owed by"
                )
            else:
                ready.append(Ready(row, found))
                if row.kind == "sweep":
                    left_minor[row.currency] -= row.amount_minor
        return ready

    def _sweepable(self) -> dict[str, int]:
        """Return by currency what buyers' assets exceed what they are owed by, with all that is only planned."""
        with self._book.pool.connection() as connection:
            found = sweepable_from(connection, self._book.name, self._asked.pays_from)
        return {each.currency: each.surplus_minor + each.planned_minor for each in found}

    def _instruct(self, debtor: PartyAccount, ready: Sequence[Ready]) -> None:
        while ready:
            head = Head(
                file=self._next_name(),
                format=self._asked.format,
                created_at=self._book.world.clock(),
                pay_on=self._asked.pay_on,
                debtor=debtor,
            )
            fit = fitting(head, ready)
            self._told.left_out.extend(fit.left_out)
            if fit.written is None:
                return
            submission = self._submission(head, fit.ready, fit.written.sha256)
            if isinstance(next(iter(try_list(self._book, [submission], atomic=False))), Rejected):
                ready = self._without_refused(fit.ready)
                continue
            self._write(head, fit, submission)
            return

    def _write(self, head: Head, fit: Fitting, submission: Submission) -> None:
        """
        Keep a file, record it, name it.

        Raises: PayoutsRefused, and it is as if it had never been.
        """
        if fit.written is None:
            raise TypeError(head.file)
        path = None if self._dry_run else self._record(head, fit.written.content, submission)
        written = FileWritten(
            file=head.file,
            format=head.format,
            pays_from=self._asked.pays_from,
            currency=fit.ready[0].row.currency,
            pay_on=head.pay_on,
            payouts=fit.written.count,
            amount_minor=sum(fit.written.sums_minor.values()),
            sha256=fit.written.sha256,
            path=str(path) if path else "",
            changed=list(fit.written.changed),
        )
        self._told.files.append(written)

    def _record(self, head: Head, content: bytes, submission: Submission) -> Path | None:
        part = _keep(self._folder, head.file, content) if self._folder else None
        outcome = self._book.writer.submit(submission).result()
        if isinstance(outcome, Rejected):
            if part:
                part.unlink()
            raise PayoutsRefused(refused=outcome.code)
        return part.rename(_named(part.parent, head.file)) if part else None

    def _submission(self, head: Head, ready: Sequence[Ready], sha256: str) -> Submission:
        command = InstructPayouts(
            file=head.file,
            format=head.format,
            pays_from=self._asked.pays_from,
            currency=ready[0].row.currency,
            pay_on=head.pay_on,
            sha256=sha256,
            payouts=tuple(
                InstructedPayout(payout=each.row.payout, party=each.row.party, creditor=each.creditor.commitment)
                for each in ready
            ),
        )
        key = self._key or CommandKey(PRINCIPAL, self._book.world.new_id())
        return Submission(
            command=command,
            command_id=key.command_id,
            principal=key.principal,
            actor=self._voice.actor,
            role=self._voice.role,
            occurred_at=head.created_at,
            expected_versions={party_id(each.row.party): each.creditor.version for each in ready if each.row.party},
        )

    def _without_refused(self, ready: Sequence[Ready]) -> list[Ready]:
        """
        Leave those payouts out that are refused by themselves, and return the others.

        Raises: PayoutsRefused, where none is.
        """
        head = Head(self._next_name(), self._asked.format, self._book.world.clock(), self._asked.pay_on, _NOBODY)
        alone = [self._submission(head, [each], "0" * 64) for each in ready]
        answers = [next(iter(try_list(self._book, [each], atomic=False))) for each in alone]
        left: list[Ready] = []
        for each, answer in zip(ready, answers, strict=True):
            if isinstance(answer, Rejected | LedgerError):
                self._leave_out(each.row, answer.code, WHY_NOT.get(answer.code, answer.code))
            else:
                left.append(each)
        if len(left) == len(ready):
            raise PayoutsRefused(refused="payout.file_refused")
        return left

    def _leave_out(self, row: PayoutRow, code: str, reason: str) -> None:
        self._told.left_out.append(left_out_of(row, code, reason))

    def _next_name(self) -> str:
        """Return the first message id of the book and the day that isn't used."""
        digits = f"-{self._asked.pay_on:%Y%m%d}-"
        room = MESSAGE_ID_MAX - len(digits) - len(str(_NUMBERS_MAX))
        begins = self._book.name.replace("_", "-")[:room].strip(".-")
        names = [f"{begins}{digits}{number}" for number in range(1, _NUMBERS_MAX + 1)]
        with self._book.pool.connection() as connection:
            used = names_used(connection, self._book.name, "payout_file", names)
        return next(name for name in names if name not in used)


_NOBODY = PartyAccount(name="")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let no other run write to a folder meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".payouts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(folder: Path, file: str, content: bytes) -> Path:
    """Write a file beside its name, for its owner's eyes only."""
    part = folder / f".{file}.xml.part"
    part.touch(mode=0o600)
    part.write_bytes(content)
    return part


def _named(folder: Path, file: str) -> Path:
    return folder / f"{file}.xml"
