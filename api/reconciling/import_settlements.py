"""
Taking a payment provider's file in: each settlement with its lines, once, and what its lines are in the ledger.

A file that comes again, and another file with the same settlement, has no effect.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from api.composition import OpenedBook
from api.exchange.command_stream import CommandStream, Group
from api.exchange.settlement_files.mapping import SettlementMapping
from api.exchange.settlement_files.settlement import Settlement, SettlementFile, SettlementLine, told
from api.reconciling.explain_settlements import explain_settlements, raise_all
from domain.commands.settlements import RecordSettlement
from domain.commitment import Commitment
from domain.errors import Malformed
from domain.references import KEY, key
from domain.settlement import PART_LINES_MAX, SettlementPart, SettlementTold
from domain.settlement_events import SettledLine
from domain.settlement_refusals import SettlementAlreadyRecorded
from ledger.confidential import VALUE_BYTES_MAX
from ledger.outcomes import Accepted, CommandKey, Rejected, Submission
from ledger.writer import Answer
from projections.settlements import (
    SettlementRow,
    count_open_lines,
    find_settlements,
)

PRINCIPAL = "settlement-import"
"""In whose namespace the ids of these commands are: they are made of what they record."""

OWNER = "settlements"
"""Whose what providers wrote is: no party's, so that it is kept as long as the books are."""

_TEXT_MAX = 200


class ImportedSettlement(Struct, frozen=True, kw_only=True):
    """
    What became of a settlement in a file.

    settlement: the key by which it is known, empty where it isn't paid out yet or couldn't be recorded; recorded:
    whether it is new; differs: whether it was recorded before with another sum or number of lines; open_lines: how many
    of its lines aren't explained; refused: the code for which it wasn't recorded.
    """

    read: Settlement
    settlement: str
    recorded: bool
    differs: bool
    open_lines: int
    refused: str

    @property
    def told(self) -> dict[str, object]:
        """Return it as a program reads it: the settlement, and what became of it."""
        became = {name: getattr(self, name) for name in self.__struct_fields__ if name != "read"}
        return told(self.read) | became


class Importing(NamedTuple):
    """Into which book, by whom; progress: is told how many lines were recorded, of how many."""

    book: OpenedBook
    actor: str
    role: str
    progress: Callable[[int, int], None] = lambda _done, _total: None


def import_settlements(
    file: SettlementFile, mapping: SettlementMapping, importing: Importing
) -> list[ImportedSettlement]:
    """
    Record the settlements of a file that aren't known, and say what all open lines are.

    Raises: LogCorrupt, and what the writer does.
    """
    importing.book.runner.catch_up()
    taking = _Taking(file, mapping, importing)
    taken = [taking.take(settlement, name) for settlement, name in zip(file.settlements, taking.names, strict=True)]
    importing.book.runner.catch_up()
    report = explain_settlements(importing.book)
    raise_all(importing.book, report.found)
    importing.book.runner.catch_up()
    with importing.book.pool.connection() as connection:
        open_by = count_open_lines(connection, importing.book.name, [each.settlement for each in taken])
    return [replace(each, open_lines=open_by.get(each.settlement, 0)) for each in taken]


class _Taking:
    """One file being taken in."""

    def __init__(self, file: SettlementFile, mapping: SettlementMapping, importing: Importing) -> None:
        self._file = file
        self._mapping = mapping
        self._by = importing
        self._book = importing.book
        self._done = 0
        self._total = sum(len(each.lines) for each in file.settlements)
        self.names = self._named()

    def take(self, settlement: Settlement, name: str) -> ImportedSettlement:
        """Record a settlement, unless it is known or isn't paid out yet."""
        known = self._known(name)
        answer: Answer | None = None
        refused = ""
        if name and known is None:
            try:
                answer = self._submit(settlement, name)
                refused = _code_of(answer)
            except Malformed as error:
                refused = error.code
        self._done += len(settlement.lines)
        self._by.progress(self._done, self._total)
        return ImportedSettlement(
            read=settlement,
            settlement="" if refused or not name else f"{self._mapping.provider}/{name}",
            recorded=isinstance(answer, Accepted),
            differs=known is not None and _differs(known, settlement),
            open_lines=0,
            refused=refused,
        )

    def _named(self) -> list[str]:
        """Return what each settlement is called; where one name stands for several currencies, with its own."""
        references = Counter(each.reference for each in self._file.settlements)
        keys = [f"{self._mapping.provider}/{each.reference}" for each in self._file.settlements]
        with self._book.pool.connection() as connection:
            known = find_settlements(connection, self._book.name, keys)
        names = []
        for each, about in zip(self._file.settlements, keys, strict=True):
            is_other = about in known and known[about].currency != each.currency
            is_shared = references[each.reference] > 1 and about not in known
            names.append(
                f"{each.reference}.{each.currency}" if each.reference and (is_other or is_shared) else each.reference
            )
        return names

    def _known(self, name: str) -> SettlementRow | None:
        about = f"{self._mapping.provider}/{name}"
        with self._book.pool.connection() as connection:
            return find_settlements(connection, self._book.name, [about]).get(about)

    def _submit(self, settlement: Settlement, name: str) -> Answer:
        key(name, field="settlement")
        digest = hashlib.sha256(msgspec.json.encode((self._mapping.provider, name, settlement))).hexdigest()[:32]
        submission = Submission(
            command=self._command(settlement, name, CommandKey(PRINCIPAL, f"settlement-{digest}")),
            command_id=f"settlement-{digest}",
            principal=PRINCIPAL,
            actor=self._by.actor,
            role=self._by.role,
            occurred_at=_noon(settlement, self._book),
        )
        heard: list[Answer] = []
        stream = CommandStream(self._book.writer)
        stream.send(Group([submission], len(settlement.lines), heard.extend))
        stream.drain()
        return heard[0]

    def _command(self, settlement: Settlement, name: str, by: CommandKey) -> RecordSettlement:
        """Return the command; what the provider wrote beside the numbers is kept on the way."""
        numbered = list(enumerate(settlement.lines, start=1))
        parts = [numbered[start : start + PART_LINES_MAX] for start in range(0, len(numbered), PART_LINES_MAX)]
        values = {f"lines-{place}": _detail(part) for place, part in enumerate(parts)}
        values["detail"] = _problems(settlement)
        kept = self._book.confidential.keep_all(by, owner=OWNER, values=values)
        return RecordSettlement(
            provider=self._mapping.provider,
            settlement=name,
            told=self._told(settlement, kept["detail"]),
            parts=tuple(
                SettlementPart(lines=tuple(_line(number, line) for number, line in part), detail=kept[f"lines-{place}"])
                for place, part in enumerate(parts)
            ),
        )

    def _told(self, settlement: Settlement, detail: Commitment) -> SettlementTold:
        read = {line.line for line in settlement.lines}
        return SettlementTold(
            currency=settlement.currency,
            settled_on=settlement.settled_on,
            bank_reference=_key_or_nothing(settlement.bank_reference),
            tax_account=self._mapping.tax_account,
            mapping=self._mapping.name,
            file_sha256=self._file.sha256,
            unread=sum(problem.line not in read for problem in settlement.problems),
            net_minor=settlement.net_minor,
            detail=detail,
        )


def _line(number: int, line: SettlementLine) -> SettledLine:
    return SettledLine(
        number=number,
        line=line.line,
        kind=line.kind,
        reference=_key_or_nothing(line.reference),
        payment_reference=_key_or_nothing(line.payment_reference),
        occurred_on=line.occurred_on,
        gross_minor=line.gross_minor,
        fee_minor=line.fee_minor,
        tax_minor=line.tax_minor,
        net_minor=line.net_minor,
    )


def _detail(lines: Sequence[tuple[int, SettlementLine]]) -> bytes:
    """Return what a provider wrote beside the numbers of lines, as JSON; where that is too long, without its texts."""
    whole = [
        {
            "number": number,
            "reference": line.reference[:_TEXT_MAX],
            "payment_reference": line.payment_reference[:_TEXT_MAX],
            "description": line.description[:_TEXT_MAX],
            "sha256": line.sha256,
        }
        for number, line in lines
    ]
    said = msgspec.json.encode(whole)
    if len(said) > VALUE_BYTES_MAX:
        said = msgspec.json.encode([{name: each[name] for name in ("number", "sha256")} for each in whole])
    return said


def _problems(settlement: Settlement) -> bytes:
    """Return what couldn't be read, with lines and reasons, as JSON: as many as can be kept."""
    kept, length = 0, 0
    for problem in settlement.problems:
        length += len(msgspec.json.encode(problem)) + 1
        if length > VALUE_BYTES_MAX // 2:
            break
        kept += 1
    said = {"bank_reference": settlement.bank_reference[:_TEXT_MAX], "problems": settlement.problems[:kept]}
    return msgspec.json.encode(said)


def _code_of(answer: Answer) -> str:
    """Return why a settlement isn't recorded; nothing where it is, as it was before."""
    if isinstance(answer, Accepted | SettlementAlreadyRecorded):
        return ""
    code = answer.code if isinstance(answer, Rejected) else str(getattr(answer, "code", type(answer).__name__))
    return "" if code == SettlementAlreadyRecorded.code else code


def _differs(known: SettlementRow, settlement: Settlement) -> bool:
    """Return whether a settlement that is recorded is told otherwise now."""
    net_minor = settlement.lines_minor if settlement.net_minor is None else settlement.net_minor
    return (known.net_minor, known.lines) != (net_minor, len(settlement.lines))


def _key_or_nothing(text: str) -> str:
    return text if KEY.fullmatch(text) else ""


def _noon(settlement: Settlement, book: OpenedBook) -> datetime | None:
    """Return when a settlement took place: at noon of its day, unless that is still to come."""
    if settlement.settled_on is None:
        return None
    noon = datetime.combine(settlement.settled_on, time(12), UTC)
    return noon if noon <= book.world.clock() else None
