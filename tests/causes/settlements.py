"""Causes of commands about payment providers' settlements."""

from collections.abc import Callable
from datetime import date
from itertools import combinations

from msgspec.structs import replace

from domain.accounts import AccountUnfit, AccountUnknown
from domain.commands.settlements import ClearedPart, ClearSettlementLines, RecordSettlement, ReopenSettlementLines
from domain.commitment import Commitment, CommitmentMalformed
from domain.handlers.bank_matches import MatchCurrencyDiffers, TargetUnknown
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.settlement import SettlementPart, SettlementTold
from domain.settlement_events import (
    LineTarget,
    SettledLine,
    SettlementLinesCleared,
    SettlementLinesRecorded,
    SettlementLinesReopened,
    SettlementRecorded,
)
from domain.settlement_refusals import (
    SettlementAlreadyRecorded,
    SettlementLineNotCleared,
    SettlementLineNotOpen,
    SettlementMalformed,
    SettlementTargetsDiffer,
)
from domain.unit_of_work import AggregateNotFound
from tests.banks import BOOK_OPEN
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import OPERATOR, given, on

SETTLEMENT = "settlement:stripe/po_1"
PROVIDER = "clearing:stripe"
BEYOND = MINOR_MAX + 1
DETAIL = Commitment("d" * 64)
LINE = SettledLine(
    number=1,
    line=2,
    kind="payment",
    reference="PO-1",
    payment_reference="ch_1",
    occurred_on=date(2026, 11, 19),
    gross_minor=10_000,
    fee_minor=320,
    net_minor=9_680,
)
RECORD = RecordSettlement(
    provider="stripe",
    settlement="po_1",
    told=SettlementTold(
        currency="USD",
        settled_on=date(2026, 11, 20),
        mapping="stripe-balance",
        file_sha256="e" * 64,
        net_minor=9_680,
        detail=DETAIL,
    ),
    parts=(SettlementPart(lines=(LINE,), detail=DETAIL),),
)
RECORDED = SettlementRecorded(
    currency="USD",
    settled_on=date(2026, 11, 20),
    reference="",
    account=PROVIDER,
    paid_into=f"{PROVIDER}.settled",
    tax_account="expense:payment-fees",
    mapping="stripe-balance",
    file_sha256="e" * 64,
    lines=1,
    unread=0,
    gross_minor=10_000,
    fee_minor=320,
    tax_minor=0,
    net_minor=9_680,
    difference_minor=0,
    detail=DETAIL,
)
TAKEN_IN = on(SETTLEMENT, RECORDED, SettlementLinesRecorded(lines=(LINE,), detail=DETAIL))
BOOKED = LineTarget(line=1, account="suspense:unidentified", amount_minor=10_000)
CLEARED = on(
    SETTLEMENT,
    SettlementLinesCleared(
        account=PROVIDER,
        currency="USD",
        amount_minor=10_000,
        targets=(BOOKED,),
        rule="person",
        reason="",
        cleared_by=OPERATOR,
    ),
)
REOPENED = on(
    SETTLEMENT,
    SettlementLinesReopened(
        account=PROVIDER,
        currency="USD",
        amount_minor=10_000,
        targets=(BOOKED,),
        reason="wrong",
        reopened_by=OPERATOR,
    ),
)

Says = dict[str, object]
Spoil = Callable[[SettlementTold, SettledLine], tuple[SettlementTold, SettledLine]]
SPOILT: dict[int, Spoil] = {
    3: lambda told, line: (replace(told, tax_account="suspense:tax"), line),
    4: lambda told, line: (replace(told, currency="XXX"), line),
    5: lambda told, line: (told, replace(line, number=2)),
    6: lambda told, line: (told, replace(line, gross_minor=BEYOND)),
    7: lambda told, line: (replace(told, detail=Commitment("none")), line),
}


def spoilt(*places: int) -> Says:
    """Return what is said of a settlement, wrong in these ways."""
    told, line = RECORD.told, LINE
    for place in places:
        told, line = SPOILT[place](told, line)
    return {"told": told, "parts": (SettlementPart(lines=(line,), detail=DETAIL),)}


PART = ClearedPart(line=1, account="suspense:unidentified", amount_minor=10_000)
NAUGHT, HUGE, LESS = (replace(PART, amount_minor=minor) for minor in (0, BEYOND, 9_999))
STRANGE = replace(PART, item="order:PO-1")


def parts(*some: ClearedPart) -> Says:
    """Return what is said of lines."""
    return {"parts": some}


SETTLEMENTS = (
    Refused(
        RECORD,
        given(BOOK_OPEN),
        Cause(ReferenceMalformed, says={"settlement": "no key"}, naming={"field": "settlement"}),
        Cause(AccountUnknown, says={"provider": "p" * 64}),
        Cause(AccountUnfit, says=spoilt(3)),
        Cause(CurrencyUnknown, says=spoilt(4)),
        Cause(SettlementMalformed, says=spoilt(5)),
        Cause(AmountOutOfRange, says=spoilt(6)),
        Cause(CommitmentMalformed, says=spoilt(7)),
        Cause(SettlementAlreadyRecorded, after=on(SETTLEMENT, RECORDED)),
        together={(one, other): Attempt(says=spoilt(one, other)) for one, other in combinations(SPOILT, 2)},
    ),
    Refused(
        ClearSettlementLines(provider="stripe", settlement="po_1", parts=(PART,)),
        given(BOOK_OPEN, TAKEN_IN),
        Cause(ReferenceMalformed, says={"rule": "no key"}, naming={"field": "rule"}),
        Cause(SettlementMalformed, says={"reason": "\n"}, naming={"field": "reason"}),
        Cause(AggregateNotFound, gone=SETTLEMENT),
        Cause(MatchCurrencyDiffers, says={"currency": "EUR"}),
        Cause(SettlementMalformed, says=parts(), naming={"field": "targets"}),
        Cause(AmountOutOfRange, says=parts(HUGE)),
        Cause(SettlementLineNotOpen, after=CLEARED),
        Cause(SettlementTargetsDiffer, says=parts(LESS)),
        Cause(TargetUnknown, says=parts(STRANGE)),
        together={
            (5, 6): Attempt(says=parts(HUGE, NAUGHT)),
            (5, 8): Attempt(says=parts(LESS, NAUGHT)),
            (5, 9): Attempt(says=parts(STRANGE, NAUGHT)),
            (6, 8): Attempt(says=parts(HUGE)),
            (6, 9): Attempt(says=parts(replace(STRANGE, amount_minor=BEYOND))),
            (8, 9): Attempt(says=parts(replace(STRANGE, amount_minor=9_999))),
        },
    ),
    Refused(
        ReopenSettlementLines(provider="stripe", settlement="po_1", lines=(1,), reason="wrong-order"),
        given(BOOK_OPEN, TAKEN_IN).said(ClearSettlementLines(provider="stripe", settlement="po_1", parts=(PART,))),
        Cause(AggregateNotFound, gone=SETTLEMENT),
        Cause(ReferenceMalformed, says={"reason": "for good"}, naming={"field": "reason"}),
        Cause(SettlementMalformed, says={"lines": ()}),
        Cause(SettlementLineNotCleared, after=REOPENED),
    ),
)
