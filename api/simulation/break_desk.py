"""The break desk of a simulated marketplace: people look at what bank and books differ in, until it is explained."""

from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from api.simulation import world
from api.simulation.bank_account import Line, stands_for
from api.simulation.books import Posted
from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.break_events import BreakKind
from domain.commands.reconciliation import MatchedEntry, SaidTarget
from domain.reconciliation_break import Found, break_id
from domain.references import bank_entry_id, key_of, payout_id

OWNER = "FIN-2"
_DOLLARS = (180, 75, 420, -12)
"""Assumed, in turn: what comes that nobody knows, and last a charge of the bank that nobody can explain."""


class Unexplained(NamedTuple):
    """A line of a statement that nobody expected, of an account at a bank by its key."""

    entry: str
    bank_account: str
    currency: str
    amount_minor: int
    on: date


class BreakDesk:
    """Raises breaks and closes them: by a booking to suspense, a write-off, a match, or what the bank says at last."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lines = count()
        self._looked_at = count()

    def unknown_line(self, on: date, minor_per_dollar: int, *, may_cost: bool) -> Line:
        """
        Return a line that nobody expects, in a currency of which a dollar is so many minor units.

        may_cost: whether it may be a charge.
        """
        dollars = _DOLLARS[next(self._lines) % len(_DOLLARS)]
        if not may_cost:
            dollars = abs(dollars)
        return Line(dollars * minor_per_dollar, on, "RCDT" if dollars > 0 else "CHRG")

    def begin(self, line: Unexplained) -> None:
        """Let people look at a line."""
        self._stage.begin(self._look_at(line, next(self._looked_at) % len(_DOLLARS)))

    def begin_short(self, posted: Posted, currency: str, short_minor: int) -> None:
        """Let people give up what a provider kept of a payment."""
        self._stage.begin(self._give_up_short(posted, currency, short_minor))

    def find_payout_missing(self, payout: str, currency: str, amount_minor: int) -> str:
        """Say that no statement shows a payout; return the key of the break."""
        found = Found(
            subject=payout_id(payout),
            kind="missing_in_bank",
            currency=currency,
            amount_minor=-amount_minor,
            since=self._stage.at.date(),
            reason="instructed, and on no statement",
        )
        return self._raise(found)

    def _look_at(self, line: Unexplained, turn: int) -> Story:
        yield self._stage.at + timedelta(hours=3)
        if turn == 0:
            self._set_aside(line)
            return
        found = self._raise(self._found(line, "missing_in_ledger", "nothing that is open fits"))
        self._stage.say(commands.AssignBreak(break_key=found, owner=OWNER), FINANCE)
        yield self._stage.at + timedelta(days=1)
        if turn == 1:
            comment = stands_for(f"comment on {found}")
            self._stage.say(commands.CommentBreak(break_key=found, comment=comment), SECOND_FINANCE)
        else:
            self._raise(self._found(line, "ambiguous" if line.amount_minor > 0 else "fee", "looked at by a person"))
            yield from self._write_off(found, approved=line.amount_minor < 0)
        yield self._stage.at + timedelta(days=2)
        if line.amount_minor > 0:
            self._set_aside(line)

    def _give_up_short(self, posted: Posted, currency: str, short_minor: int) -> Story:
        yield self._stage.at + timedelta(days=1)
        found = Found(
            subject=posted.item,
            kind="fee",
            currency=currency,
            amount_minor=short_minor,
            of_minor=posted.of_minor,
            since=posted.on,
            reason="the provider paid out less than it collected",
        )
        yield from self._write_off(self._raise(found), approved=True)

    def _write_off(self, found: str, *, approved: bool) -> Story:
        """Propose to give a difference up, which its proposer can't agree to; a second person does, or doesn't."""
        self._stage.say(commands.ProposeBreakWriteOff(break_key=found, reason="too-small-to-ask"), FINANCE)
        approve = commands.ApproveBreakWriteOff(break_key=found, number=1)
        self._stage.say(approve, FINANCE)
        yield self._stage.at + timedelta(hours=20)
        if approved:
            self._stage.say(approve, SECOND_FINANCE)
        else:
            reject = commands.RejectBreakWriteOff(break_key=found, number=1, reason="ask-the-bank")
            self._stage.say(reject, SECOND_FINANCE)

    def _set_aside(self, line: Unexplained) -> None:
        """Book money from nobody knows whom to suspense, which closes a break about it."""
        aside = SaidTarget(amount_minor=line.amount_minor, account=world.SUSPENSE)
        entry = MatchedEntry(entry=line.entry, targets=(aside,))
        match = f"{line.bank_account}-{line.entry[:12]}"
        self._stage.say(commands.MatchBankEntries(match=match, entries=(entry,), currency=line.currency), FINANCE)

    def _raise(self, found: Found) -> str:
        self._stage.say(commands.RaiseBreaks(found=(found,)), FINANCE)
        return key_of(break_id(found.subject))

    @staticmethod
    def _found(line: Unexplained, kind: BreakKind, reason: str) -> Found:
        return Found(
            subject=bank_entry_id(line.entry),
            kind=kind,
            currency=line.currency,
            amount_minor=line.amount_minor,
            bank_account=line.bank_account,
            since=line.on,
            reason=reason,
        )
