"""What commands about accounts at banks, matches and breaks are refused for."""

from msgspec.structs import replace

from domain.accounts import AccountUnfit, AccountUnknown
from domain.bank_account import (
    BankAccountAlreadyRegistered,
    BankAccountMalformed,
    BankAccountStatementRecorded,
    StatementAlreadyRecorded,
    StatementMalformed,
)
from domain.bank_entry import BankEntryAlreadyMatched, BankEntryMatched, Target, TargetsDiffer, TargetsMalformed
from domain.bank_match import BankMatchMade, BankMatchUndone, MatchAlreadyMade, MatchAlreadyUndone, MatchMalformed
from domain.break_events import BreakResolved, BreakWriteOffProposed
from domain.commands import (
    ApproveBreakWriteOff,
    AssignBreak,
    CommentBreak,
    ProposeBreakWriteOff,
    RaiseBreaks,
    RecordBankStatement,
    RegisterBankAccount,
    RejectBreakWriteOff,
    ResolveBreak,
    UndoMatch,
)
from domain.commands.reconciliation import SaidTarget
from domain.commitment import CommitmentMalformed
from domain.countries import CountryUnknown
from domain.handlers.bank_accounts import BankEntriesMalformed, BankEntryAlreadyRecorded
from domain.handlers.bank_matches import MatchCurrencyDiffers, TargetUnknown
from domain.handlers.breaks import BreaksMalformed, BreakSubjectOpen, BreakSubjectSettled
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.open_item import OpenItemDiffers, OpenItemExceeded, OpenItemSettled
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.reconciliation_break import (
    BreakClosed,
    BreakMalformed,
    BreakNotGivenUp,
    BreakUnchanged,
    BreakWriteOffPending,
    break_id,
)
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests.banks import (
    ACCOUNT,
    BANK,
    BOOK_OPEN,
    BREAK,
    DAY,
    DETAIL,
    ENTRY,
    ITEM,
    KEY,
    OTHER,
    OTHER_KEY,
    PAYOUT,
    REGISTERED,
    STATEMENT,
    booking,
    found,
    line,
    matching,
    new_line,
    raised,
    record,
    said,
)
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import OPERATOR, SECOND, given, on

REGISTER = RegisterBankAccount(
    bank_account="hdfc", account=BANK, currency="USD", identifiers=("GB33BUKB",), name="Escrow", country="IN"
)
NO_KIND = "an account that isn't known is of no kind"
STATED = RecordBankStatement(bank_account="hdfc", statement=STATEMENT, told=said())
ALREADY = on(
    ACCOUNT,
    BankAccountStatementRecorded(
        statement=STATEMENT,
        number="7",
        format="MT940",
        file_sha256="e" * 64,
        from_on=DAY,
        to_on=DAY,
        opening_minor=0,
        closing_minor=10_000,
        entries=1,
        new_entries=1,
        difference_minor=0,
        gap_minor=None,
    ),
)
BEYOND = MINOR_MAX + 1
PROSE = {"reason": "for good"}
OF_REASON = {"field": "reason"}
MADE = on(
    "bank_match:M-1",
    BankMatchMade(entries=(KEY,), rule="person", certain=True, score=1_000, reason="", made_by=OPERATOR),
)
MATCHED = on(
    ENTRY,
    BankEntryMatched(
        match="M-0",
        account=BANK,
        currency="USD",
        amount_minor=10_000,
        targets=(Target(account="suspense:unidentified", amount_minor=10_000),),
    ),
)
MATCH = matching(booking(10_000, "suspense:unidentified"))
PROPOSED = on(
    BREAK,
    BreakWriteOffProposed(number=1, currency="USD", amount_minor=10_000, reason="too-small", proposed_by=OPERATOR),
)
ITEM_BREAK = break_id(ITEM)
ITEM_PROPOSED = on(
    ITEM_BREAK,
    BreakWriteOffProposed(number=1, currency="USD", amount_minor=4_000, reason="too-small", proposed_by=OPERATOR),
)
RESOLVED = on(BREAK, BreakResolved(how="match", by="bank_match:M-0"))
PAYOUT_BREAK = break_id(PAYOUT)
ANOTHER = {"number": 2}


def entries(*more: SaidTarget, **changes: object) -> dict[str, object]:
    """Return the entry to be matched with other, or more, targets."""
    (one,) = MATCH.entries
    return {"entries": (replace(one, targets=(*one.targets, *more)), *changes.values())}


EUR = matching(booking(500, "suspense:unidentified"), entry=OTHER_KEY).entries[0]
NAUGHT, HUGE, ODD = booking(0), (booking(BEYOND), booking(-BEYOND)), booking(1)
STRANGE = (replace(booking(5), item="order:PO-1", account=""), booking(-5))

SPOILT: dict[int, tuple[SaidTarget, ...]] = {6: (), 7: (NAUGHT,), 8: HUGE, 10: (ODD,), 11: STRANGE}
"""By the place of a cause: which targets it says besides; in the sixth, another entry."""


def spoilt(*places: int) -> dict[str, object]:
    """Return what is said of the entries where several of these causes hold."""
    more = [target for place in places for target in SPOILT[place]]
    return entries(*more, **({"other": EUR} if 6 in places else {}))


TOGETHER = {(one, other): Attempt(says=spoilt(one, other)) for one in SPOILT for other in SPOILT if one < other}


def line_said(**changes: object) -> dict[str, object]:
    """Return the line to be recorded, said otherwise."""
    return {"entries": (replace(new_line(), **changes),)}


BANKS = (
    Refused(
        REGISTER,
        given(BOOK_OPEN),
        Cause(ReferenceMalformed, says={"bank_account": "no key"}),
        Cause(AccountUnknown, says={"account": "petty-cash"}),
        Cause(AccountUnfit, says={"account": "clearing:card"}),
        Cause(CurrencyUnknown, says={"currency": "XXX"}),
        Cause(BankAccountMalformed, says={"identifiers": ()}),
        Cause(CountryUnknown, says={"country": "ZZ"}),
        Cause(BankAccountAlreadyRegistered, after=REGISTERED),
        apart={(2, 3): NO_KIND, (1, 7): "what is no key names no account"},
    ),
    Refused(
        STATED,
        given(BOOK_OPEN, REGISTERED),
        Cause(AggregateNotFound, gone=ACCOUNT),
        Cause(StatementMalformed, says={"statement": "seven"}),
        Cause(ReferenceMalformed, says={"told": replace(said(), format="MT 940")}),
        Cause(CommitmentMalformed, says={"told": replace(said(), file_sha256="e")}),
        Cause(AmountOutOfRange, says={"told": replace(said(), closing_minor=BEYOND)}),
        Cause(StatementAlreadyRecorded, after=ALREADY),
        together={
            (3, 4): Attempt(says={"told": replace(said(), format="MT 940", file_sha256="e")}),
            (3, 5): Attempt(says={"told": replace(said(), format="MT 940", closing_minor=BEYOND)}),
            (4, 5): Attempt(says={"told": replace(said(), file_sha256="e", closing_minor=BEYOND)}),
        },
        apart={
            (2, 6): "what is called so was never recorded",
            (5, 6): "an amount that can't be recorded never was",
        },
    ),
    Refused(
        record(new_line()),
        given(BOOK_OPEN, REGISTERED),
        Cause(AggregateNotFound, gone=ACCOUNT),
        Cause(StatementMalformed, says={"statement": "seven"}),
        Cause(BankEntriesMalformed, says=line_said(ordinal=0)),
        Cause(AmountOutOfRange, says=line_said(amount_minor=BEYOND)),
        Cause(CommitmentMalformed, says=line_said(detail="d")),
        Cause(BankEntryAlreadyRecorded, after=on(ENTRY, line())),
        together={
            (3, 4): Attempt(says=line_said(ordinal=0, amount_minor=BEYOND)),
            (3, 5): Attempt(says=line_said(ordinal=0, detail="d")),
            (4, 5): Attempt(says=line_said(amount_minor=BEYOND, detail="d")),
        },
    ),
    Refused(
        MATCH,
        given(BOOK_OPEN, REGISTERED, on(ENTRY, line()), on(OTHER, line(500, currency="EUR"))),
        Cause(ReferenceMalformed, says={"match": "no key"}, naming={"field": "match"}),
        Cause(ReferenceMalformed, says={"rule": "no key"}, naming={"field": "rule"}),
        Cause(MatchMalformed, says={"score": 1_001}),
        Cause(MatchAlreadyMade, after=MADE),
        Cause(AggregateNotFound, gone=ENTRY),
        Cause(MatchCurrencyDiffers, says=spoilt(6)),
        Cause(TargetsMalformed, says=spoilt(7)),
        Cause(AmountOutOfRange, says=spoilt(8)),
        Cause(BankEntryAlreadyMatched, after=MATCHED),
        Cause(TargetsDiffer, says=spoilt(10)),
        Cause(TargetUnknown, says=spoilt(11)),
        together=TOGETHER,
        apart={(1, 4): "what is no key names no match"},
    ),
    Refused(
        UndoMatch(match="M-1", reason="wrong-order"),
        given(BOOK_OPEN, REGISTERED, on(ENTRY, line())).said(MATCH),
        Cause(AggregateNotFound, gone="bank_match:M-1"),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(MatchAlreadyUndone, after=on("bank_match:M-1", BankMatchUndone(reason="wrong", undone_by=OPERATOR))),
    ),
    Refused(
        RaiseBreaks(found=(found(),)),
        given(BOOK_OPEN, REGISTERED, on(ENTRY, line())),
        Cause(BreaksMalformed, says={"found": (found(), found())}),
        Cause(BreakMalformed, says={"found": (replace(found(), reason="\n"),)}),
        Cause(CurrencyUnknown, says={"found": (replace(found(), currency="XXX"),)}),
        Cause(AmountOutOfRange, says={"found": (replace(found(), amount_minor=BEYOND),)}),
        Cause(AggregateNotFound, gone=ENTRY),
        Cause(BreakSubjectSettled, after=MATCHED),
        Cause(BreakUnchanged, after=on(BREAK, raised())),
        together={
            (1, 2): Attempt(says={"found": (replace(found(), reason="\n"),) * 2}),
            (1, 3): Attempt(says={"found": (replace(found(), currency="XXX"),) * 2}),
            (1, 4): Attempt(says={"found": (replace(found(), amount_minor=BEYOND),) * 2}),
            (2, 3): Attempt(says={"found": (replace(found(), reason="\n", currency="XXX"),)}),
            (2, 4): Attempt(says={"found": (replace(found(), reason="\n", amount_minor=BEYOND),)}),
            (3, 4): Attempt(says={"found": (replace(found(), currency="XXX", amount_minor=BEYOND),)}),
        },
        apart={
            (2, 7): "what can't be said never was",
            (3, 7): "what can't be said never was",
            (4, 7): "what can't be said never was",
        },
    ),
    Refused(
        ResolveBreak(break_key=f"bank_entry.{KEY}"),
        given(BOOK_OPEN, REGISTERED, on(ENTRY, line()), MATCHED, on(BREAK, raised())),
        Cause(AggregateNotFound, gone=BREAK),
        Cause(BreakClosed, after=RESOLVED),
        Cause(BreakSubjectOpen, without=(BankEntryMatched,)),
    ),
    Refused(
        AssignBreak(break_key=f"bank_entry.{KEY}", owner="FIN-2"),
        given(on(BREAK, raised())),
        Cause(AggregateNotFound, gone=BREAK),
        Cause(ReferenceMalformed, says={"owner": "no key"}),
        Cause(BreakClosed, after=RESOLVED),
    ),
    Refused(
        CommentBreak(break_key=f"bank_entry.{KEY}", comment=DETAIL),
        given(on(BREAK, raised())),
        Cause(AggregateNotFound, gone=BREAK),
        Cause(CommitmentMalformed, says={"comment": "in clear"}),
    ),
    Refused(
        ProposeBreakWriteOff(break_key=f"bank_entry.{KEY}", reason="too-small"),
        given(on(BREAK, raised()), on(PAYOUT_BREAK, raised(PAYOUT))),
        Cause(AggregateNotFound, gone=BREAK),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(BreakClosed, after=RESOLVED),
        Cause(BreakNotGivenUp, says={"break_key": "payout.P-1"}),
        Cause(BreakWriteOffPending, after=PROPOSED),
        together={
            (1, 4): Attempt(says={"break_key": "payout.P-2"}),
            (3, 4): Attempt(
                says={"break_key": "payout.P-1"},
                after=on(PAYOUT_BREAK, BreakResolved(how="match", by="bank_match:M-0")),
            ),
            (4, 5): Attempt(
                says={"break_key": "payout.P-1"},
                after=on(
                    PAYOUT_BREAK,
                    BreakWriteOffProposed(
                        number=1, currency="USD", amount_minor=1, reason="small", proposed_by=OPERATOR
                    ),
                ),
            ),
        },
        apart={(3, 5): "what closes a break takes what waits in it along"},
    ),
    Refused(
        ApproveBreakWriteOff(break_key=ITEM_BREAK.partition(":")[2], number=1),
        given(BOOK_OPEN, on(ITEM_BREAK, raised(ITEM, 4_000, of_minor=10_000)), ITEM_PROPOSED),
        Cause(AggregateNotFound, gone=ITEM_BREAK),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        Cause(
            OpenItemDiffers,
            after=on(
                ITEM,
                OpenItemSettled(account="clearing:card", currency="USD", of_minor=9_000, amount_minor=1, match="M-0"),
            ),
        ),
        Cause(
            OpenItemExceeded,
            after=on(
                ITEM,
                OpenItemSettled(
                    account="clearing:card", currency="USD", of_minor=10_000, amount_minor=7_000, match="M-9"
                ),
            ),
        ),
        actor=SECOND,
        together={
            (4, 5): Attempt(
                after=on(
                    ITEM,
                    OpenItemSettled(
                        account="clearing:card", currency="USD", of_minor=9_000, amount_minor=8_000, match="M-0"
                    ),
                )
            )
        },
    ),
    Refused(
        RejectBreakWriteOff(break_key=f"bank_entry.{KEY}", number=1, reason="ask-the-bank"),
        given(on(BREAK, raised()), PROPOSED),
        Cause(AggregateNotFound, gone=BREAK),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        actor=SECOND,
    ),
)
