"""Operations by command: under which name, and at which address, each of the sayings is said over HTTP."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from msgspec.structs import asdict

from api.commands.breaks_in_clear import CommentInClear
from api.commands.command_table import DISPUTE, sayable
from api.commands.disputes_in_clear import SAID_IN_CLEAR
from api.commands.in_clear import ChangeInClear, RegisterInClear
from api.commands.remittances_in_clear import RemitInClear
from api.identity.permissions import PERMISSIONS
from domain import commands
from domain.commands import Command

_IN_CLEAR: Mapping[type[Command], type[Command]] = {
    **SAID_IN_CLEAR,
    commands.ChangeProfile: ChangeInClear,
    commands.RegisterParty: RegisterInClear,
    commands.RecordRemittance: RemitInClear,
    commands.CommentBreak: CommentInClear,
}
"""By the command that it becomes, what is said in its place by those outside."""


class Operation(NamedTuple):
    """What a command is called over HTTP; the path is that below its book."""

    name: str
    path: str

    def href(self, book: str, command: Command) -> str:
        """Return the address at which a command is said in a book."""
        fields: dict[str, Any] = asdict(command)
        if rulebook := fields.get("rulebook"):
            fields["name"], _, fields["version"] = rulebook.partition("/")
        return f"/v1/books/{book}{self.path.format(**fields)}"

    def is_open_to(self, role: str) -> bool:
        """Return whether somebody in a role may come to its door."""
        return self.name in PERMISSIONS and role in PERMISSIONS[self.name].roles


_APART: Mapping[type[Command], Operation] = {
    commands.SubmitEvidence: Operation("dispute-evidence", f"{DISPUTE}/evidence"),
    commands.ClosePeriod: Operation("period-close", "/periods/{period}/close"),
    commands.PlanSweep: Operation("payout-sweep", "/payout-sweeps"),
    commands.PlanRemittance: Operation("payout-remit", "/payout-remittances"),
    commands.MatchBankEntries: Operation("match-make", "/bank-matches"),
    commands.ClearSettlementLines: Operation("settlement-clear", "/settlements/{provider}/{settlement}/clear"),
    commands.InstructPayouts: Operation("payout-instruct", "/payout-files"),
}
"""Those that aren't said by a table: one takes a document, the others look at the books, or at bank details, first."""


@cache
def operations() -> Mapping[type[Command], Operation]:
    """Return every operation that says a command, by the command that comes of it."""
    said: dict[type[Command], Operation] = {row.command: Operation(row.name, row.path) for row in sayable().values()}
    in_clear = {becomes: said[outside] for becomes, outside in _IN_CLEAR.items() if outside in said}
    return {**said, **in_clear, **_APART}


@cache
def may_say_something(role: str, only: frozenset[str] | None = None) -> bool:
    """Return whether there is anything, or any of some operations, that somebody in a role may say."""
    return any(
        operation.is_open_to(role) and (only is None or operation.name in only) for operation in operations().values()
    )
