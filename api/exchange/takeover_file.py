"""
A takeover file is JSON: what another system's accounts stood at, and its orders still open. docs/takeover.md has it.

Every entry is decided by itself. The ids of the commands are made of the entries' own content, so the same file says
the same thing again, and an entry that was corrected is asked anew.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

import msgspec

from api.exchange.command_stream import CommandStream, Group
from domain.commands import Command, RecordOpeningBalances, TakeOverOrder
from domain.errors import LedgerError, Malformed
from domain.opening_balances import check_balance
from domain.references import key
from domain.takeover import OpeningBalance
from ledger.outcomes import Accepted, CommandIdReused, Rejected, Submission
from ledger.writer import Answer, Writer

ROLE = "import"

OnProgress = Callable[[int, int], None]
"""Is told how many entries are settled, and of how many."""


class TakeoverFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A takeover file as read; its entries are still bytes, so that one that is wrong spoils no other.

    source: what the other system is called here; as_of: the day at whose end the balances stood; at: when the takeover
    took place, the moment of recording where it isn't said.
    """

    source: str
    as_of: date
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    balances: tuple[msgspec.Raw, ...] = ()
    orders: tuple[msgspec.Raw, ...] = ()


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that wasn't taken over: where it stands in the file, which field is at fault, and why."""

    entry: str
    order: str
    field: str
    code: str
    problem: str


class TakeoverReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a takeover came to.

    entries = entries_accepted + entries_unchanged + entries rejected; unchanged are those taken over before. Balances
    stand or fall together: where one is rejected, those that could have stood are neither, and `entries_waiting`.
    """

    source: str
    source_sha256: str
    entries: int
    entries_accepted: int
    entries_unchanged: int
    entries_waiting: int
    rejected: list[Rejection]


@dataclass(eq=False, kw_only=True)
class TakeoverFileMalformed(Malformed):
    """The file as a whole isn't a takeover file: nothing of it was taken over."""

    code: ClassVar[str] = "takeover.file_malformed"
    problem: str


@dataclass(eq=False, kw_only=True)
class TakeoverEntryMalformed(Malformed):
    """An entry of a takeover file lacks a field, has an unknown one, or one of another shape."""

    code: ClassVar[str] = "takeover.entry_malformed"
    field: str
    problem: str


class _BalanceEntry(OpeningBalance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A balance as the file has it."""


def _entry_of(command: type[Command], *, without: str) -> msgspec.json.Decoder[Any]:
    fields = [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(command)
        if field.name != without
    ]
    entry = msgspec.defstruct(f"{command.__name__}Entry", fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
    return msgspec.json.Decoder(entry)


_BALANCES = msgspec.json.Decoder(_BalanceEntry)
_ORDERS = _entry_of(TakeOverOrder, without="source")
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def take_over(path: Path, writer: Writer, *, progress: OnProgress | None = None) -> TakeoverReport:
    """
    Take a file over into the writer's book, which is open.

    Raises, in this order: TakeoverFileMalformed, ReferenceMalformed (source), SubmissionMalformed (at) (so far nothing
    was submitted); Unavailable, LogCorrupt (take it over again to complete it).
    """
    content = path.read_bytes()
    file = read_takeover_file(content)
    run = _Takeover(file, hashlib.sha256(content).hexdigest(), writer, progress or (lambda _settled, _all: None))
    run.take_balances()
    run.take_orders()
    return run.report()


def read_takeover_file(content: bytes) -> TakeoverFile:
    """
    Read a takeover file, without its entries.

    Raises, in this order: TakeoverFileMalformed, ReferenceMalformed.
    """
    try:
        file = msgspec.json.decode(content, type=TakeoverFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TakeoverFileMalformed(problem=str(error)) from None
    key(file.source, field="source")
    return file


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A submission, for how many entries it speaks, where they stand, and how often earlier runs were refused it."""

    submission: Submission
    entry: str
    order: str
    entries: int
    refused: int = 0


class _Takeover:
    """One run over one file."""

    def __init__(self, file: TakeoverFile, sha256: str, writer: Writer, progress: OnProgress) -> None:
        self._file = file
        self._sha256 = sha256
        self._stream = CommandStream(writer)
        self._progress = progress
        self._rejected: list[Rejection] = []
        self._accepted = 0
        self._unchanged = 0
        self._waiting = 0
        self._again: list[_Asked] = []

    def take_balances(self) -> None:
        """Say all balances, if each of them can be meant."""
        said = self._file.balances
        balances = [balance for balance in map(self._read_balance, range(len(said)), said) if balance]
        if len(balances) < len(said):
            self._waiting += len(balances)
        elif balances:
            command = RecordOpeningBalances(
                source=self._file.source,
                source_sha256=self._sha256,
                as_of=self._file.as_of,
                balances=tuple(balances),
            )
            identity = (self._file.as_of, command.balances)
            self._ask([self._asked(command, identity, "balances", entries=len(balances))])

    def take_orders(self) -> None:
        """Say every order that can be read."""
        self._ask(self._orders())

    def report(self) -> TakeoverReport:
        """Return what the takeover came to."""
        return TakeoverReport(
            source=self._file.source,
            source_sha256=self._sha256,
            entries=len(self._file.balances) + len(self._file.orders),
            entries_accepted=self._accepted,
            entries_unchanged=self._unchanged,
            entries_waiting=self._waiting,
            rejected=sorted(self._rejected, key=_place),
        )

    def _read_balance(self, number: int, raw: msgspec.Raw) -> OpeningBalance | None:
        try:
            balance = cast("OpeningBalance", _decoded(_BALANCES, raw))
            check_balance(balance)
        except LedgerError as error:
            self._reject(f"balances[{number}]", "", error.code, error.details())
            return None
        return OpeningBalance(account=balance.account, amount_minor=balance.amount_minor, currency=balance.currency)

    def _orders(self) -> Iterator[_Asked]:
        for number, raw in enumerate(self._file.orders):
            entry = f"orders[{number}]"
            try:
                said = _decoded(_ORDERS, raw)
            except TakeoverEntryMalformed as error:
                self._reject(entry, _order_in(raw), error.code, error.details())
                continue
            fields = msgspec.structs.asdict(said)
            command = TakeOverOrder(**fields, source=self._file.source)
            yield self._asked(command, command, entry, order=command.order)

    def _asked(self, command: Command, identity: object, entry: str, *, order: str = "", entries: int = 1) -> _Asked:
        said = _CANONICAL.encode((self._file.source, self._file.at, identity))
        name = f"take-over:{self._file.source}"
        submission = Submission(
            command=command,
            command_id=f"{self._file.source}/{hashlib.sha256(said).hexdigest()}",
            principal=name,
            actor=name,
            role=ROLE,
            occurred_at=self._file.at,
        )
        return _Asked(submission=submission, entry=entry, order=order, entries=entries)

    def _ask(self, asked: Sequence[_Asked] | Iterator[_Asked]) -> None:
        """Say commands; those that an earlier run was refused are asked anew, for the book may have changed."""
        for each in asked:
            self._send(each)
        self._stream.drain()
        if again := self._again:
            self._again = []
            self._ask([msgspec.structs.replace(each, refused=each.refused + 1) for each in again])

    def _send(self, asked: _Asked) -> None:
        submission = asked.submission
        if asked.refused:
            submission = msgspec.structs.replace(submission, command_id=f"{submission.command_id}/{asked.refused}")
        self._stream.send(Group([submission], asked.entries, partial(self._hear, asked)))

    def _hear(self, asked: _Asked, answers: Sequence[Answer]) -> None:
        (answer,) = answers
        if isinstance(answer, Rejected) and answer.repeated:
            self._again.append(asked)
            return
        if isinstance(answer, Accepted) and not answer.repeated:
            self._accepted += asked.entries
        elif isinstance(answer, (Accepted, CommandIdReused)):  # the same entry, only the file around it changed
            self._unchanged += asked.entries
        else:
            self._refuse(asked, answer)
        self._progress(self._settled, len(self._file.balances) + len(self._file.orders))

    @property
    def _settled(self) -> int:
        return self._accepted + self._unchanged + self._waiting + len(self._rejected)

    def _refuse(self, asked: _Asked, answer: Rejected | Exception) -> None:
        self._waiting += asked.entries - 1
        if isinstance(answer, Rejected):
            self._reject(asked.entry, asked.order, answer.code, answer.details)
        elif isinstance(answer, LedgerError):
            self._reject(asked.entry, asked.order, answer.code, answer.details())
        else:
            self._reject(asked.entry, asked.order, "ledger.defect", {"problem": repr(answer)})

    def _reject(self, entry: str, order: str, code: str, details: dict[str, Any]) -> None:
        named = [details[name] for name in ("field", "kind") if name in details] or list(details)
        problem = " ".join(
            f"{name}={value}" for name, value in msgspec.to_builtins(details).items() if name not in {"field", "kind"}
        )
        self._rejected.append(
            Rejection(entry=entry, order=order, field=str(named[0]) if named else "", code=code, problem=problem)
        )


def _place(rejection: Rejection) -> tuple[str, int]:
    part, _, number = rejection.entry.partition("[")
    return part, int(number.rstrip("]") or 0)


def _decoded(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TakeoverEntryMalformed(field=_field_in(str(error)), problem=str(error)) from None


_AT = re.compile(r"`\$\.?([^`]*)`$")
_NAMED = re.compile(r"field `([^`]*)`")


def _field_in(problem: str) -> str:
    """Return the path of the field that a decoder's problem is about, as `lines[0].quantity`."""
    found = [match[1] for match in (_AT.search(problem), _NAMED.search(problem)) if match and match[1]]
    return ".".join(found)


def _order_in(raw: msgspec.Raw) -> str:
    """Return the key that an entry gives its order, if that can be read."""
    try:
        said = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    order = said.get("order") if isinstance(said, dict) else None
    return order[:80] if isinstance(order, str) else ""
