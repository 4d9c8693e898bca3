"""What might be said next about a match of bank lines, a provider's settlement, and a difference between both sides."""

from itertools import islice

from api.allowed.saying import ANY, HASH, Saying, Sayings
from domain import commands
from domain.bank_match import BankMatch
from domain.commitment import Commitment
from domain.reconciliation_break import Break
from domain.references import key_of
from domain.settlement import Settlement

UNKNOWN = "suspense:unidentified"
"""Where a line may be booked whatever it is."""


def sayings_about_match(match: BankMatch) -> Sayings:
    """Yield what might be said about a match."""
    yield Saying(commands.UndoMatch(match=key_of(match.reference), reason=ANY))


def sayings_about_settlement(settlement: Settlement) -> Sayings:
    """Yield what might be said about a settlement: of the first line that is open, and of the first that isn't."""
    provider, _, name = key_of(settlement.reference).partition("/")
    for line in islice(filter(settlement.is_open, settlement.amounts), 1):
        part = commands.ClearedPart(line=line, account=UNKNOWN, amount_minor=settlement.amounts[line])
        yield Saying(commands.ClearSettlementLines(provider=provider, settlement=name, parts=(part,)))
    for line in islice(settlement.cleared, 1):
        said = commands.ReopenSettlementLines(provider=provider, settlement=name, lines=(line,), reason=ANY)
        yield Saying(said)


def sayings_about_break(found: Break) -> Sayings:
    """Yield what might be said about a break."""
    key = key_of(found.reference)
    yield Saying(commands.AssignBreak(break_key=key, owner=ANY))
    yield Saying(commands.CommentBreak(break_key=key, comment=Commitment(HASH)))
    yield Saying(commands.ProposeBreakWriteOff(break_key=key, reason=ANY))
    for waiting in found.pending:
        yield Saying(commands.ApproveBreakWriteOff(break_key=key, number=waiting.number), ("number",))
        said = commands.RejectBreakWriteOff(break_key=key, number=waiting.number, reason=ANY)
        yield Saying(said, ("number",))
