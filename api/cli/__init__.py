"""The command line `trade-ledger`: every verb on one book, readable by people and, with --json, by programs."""

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import ClassVar, NoReturn

import typer

from api.cli import (
    agreements,
    amending,
    auditing,
    backups,
    bank_matching,
    bank_statements,
    clocks,
    commission_statements,
    counterfactuals,
    deciding,
    disputing,
    explaining,
    exporting,
    floating,
    fx,
    importing,
    keeping,
    looking,
    mediating,
    money,
    parties,
    payouts,
    periods,
    previewing,
    proving,
    realisation,
    reconciling,
    replaying,
    roles,
    rulebooks,
    settlements,
    statements,
    tax,
    tokens,
    trading,
    treasury,
    watching,
    webhooks,
    witnessing,
)
from api.cli.terminal import exit_code_of, show_problem
from api.observing.logs import configure_logs_for_people
from domain.errors import LedgerError, LogCorrupt, Malformed
from ledger.writer import DATABASE_ABSENT, DatabaseAbsent

app = typer.Typer(
    name="trade-ledger",
    help="The event-sourced system of record for assured trade.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for room in (
    trading,
    importing,
    exporting,
    looking,
    statements,
    bank_statements,
    reconciling,
    bank_matching,
    settlements,
    treasury,
    floating,
    explaining,
    mediating,
    keeping,
    backups,
    watching,
    rulebooks,
    parties,
    money,
    payouts,
    commission_statements,
    fx,
    disputing,
    deciding,
    previewing,
    amending,
    clocks,
    agreements,
    tax,
    periods,
    realisation,
    counterfactuals,
    replaying,
    auditing,
    proving,
    roles,
    tokens,
    webhooks,
    witnessing,
):
    room.register(app)


@dataclass(eq=False, kw_only=True)
class ArgumentUnreadable(Malformed):
    """An argument of the command line isn't text in UTF-8."""

    code: ClassVar[str] = "argument.unreadable"
    argument: str


def main() -> None:
    """Run a command. Exit status: 0 done, 1 refused or unavailable, 2 wrong usage, 3 log corrupt."""
    configure_logs_for_people(level="warning")
    signal.signal(signal.SIGTERM, _leave)
    try:
        _check_readable(sys.argv)
        app()
    except (LedgerError, LogCorrupt) as error:
        _end_with(error)
    except DATABASE_ABSENT:
        _end_with(DatabaseAbsent(attempts=1))


def _check_readable(arguments: Sequence[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise ArgumentUnreadable(argument=ascii(argument)) from None


def _end_with(error: LedgerError | LogCorrupt) -> NoReturn:
    show_problem(error, as_json="--json" in sys.argv)
    sys.exit(exit_code_of(error))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)
