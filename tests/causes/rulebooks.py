"""What commands about a book and its rulebooks are refused for."""

from datetime import date

from domain.book import (
    BookAlreadyOpen,
    BookLogReopened,
    LogSizesMalformed,
    OriginDiffers,
    OriginMalformed,
    OriginTaken,
    TimeZoneUnknown,
)
from domain.commands import ApproveRulebook, DraftRulebook, OpenBook, PublishRulebook, ReopenLog
from domain.commitment import CommitmentMalformed
from domain.money import CurrencyUnknown
from domain.references import ReferenceMalformed
from domain.rule_checks import RulesMalformed
from domain.rulebook import (
    RulebookAlreadyDrafted,
    RulebookApproved,
    RulebookApproverIsDrafter,
    RulebookBackdated,
    RulebookDrafted,
    RulebookNotInState,
)
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound
from domain.working_days import CalendarUnknown
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import BOOK, OPERATOR, RULEBOOK, RULES, SECOND, given, on, opened

NOWHERE = "Nowhere/Land"
GOLD = {"XAU": 1}
REOPENED_UNDER = "ledger.example/main/1"
REOPEN = ReopenLog(
    old_origin="ledger.example/main",
    new_origin="ledger.example/main/2",
    signed_size=12,
    signed_root="ab" * 32,
    restored_size=10,
    reason="disk-lost",
)
REOPENED = on(
    BOOK,
    BookLogReopened(
        old_origin="ledger.example/main",
        new_origin=REOPENED_UNDER,
        signed_size=12,
        signed_root="ab" * 32,
        restored_size=10,
        reason="disk-lost",
    ),
)
DRAFTED = on(RULEBOOK, RulebookDrafted(rules=RULES, drafted_by=OPERATOR))
APPROVED = on(RULEBOOK, RulebookApproved(approved_by=SECOND))

RULEBOOKS = (
    Refused(
        OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main"),
        given(),
        Cause(ReferenceMalformed, says={"book": "no key"}),
        Cause(BookAlreadyOpen, after=on(BOOK, opened())),
        Cause(OriginMalformed, says={"log_origin": "no name"}),
        Cause(CurrencyUnknown, says={"functional_currency": "XAU"}),
        Cause(TimeZoneUnknown, says={"time_zone": NOWHERE}),
    ),
    Refused(
        REOPEN,
        given(on(BOOK, opened())),
        Cause(AggregateNotFound, gone=BOOK),
        Cause(OriginMalformed, says={"new_origin": "no name"}),
        Cause(CommitmentMalformed, says={"signed_root": "AB" * 32}),
        Cause(LogSizesMalformed, says={"signed_size": 0}),
        Cause(ReferenceMalformed, says={"reason": "no code"}),
        Cause(OriginTaken, after=REOPENED, says={"new_origin": REOPENED_UNDER}),
        Cause(OriginDiffers, says={"old_origin": "ledger.example/other"}),
        apart={(2, 6): "what no log may be called, none was"},
    ),
    Refused(
        DraftRulebook(rulebook="standard/1", rules=RULES),
        given(),
        Cause(ReferenceMalformed, says={"rulebook": "standard/no key"}),
        Cause(RulesMalformed, says={"rules": Rules(claim_days=-1)}),
        Cause(CurrencyUnknown, says={"rules": Rules(guarantee_minor=GOLD)}),
        Cause(CalendarUnknown, says={"rules": Rules(time_zone=NOWHERE)}),
        Cause(RulebookAlreadyDrafted, after=DRAFTED),
        together={
            (2, 3): Attempt(says={"rules": Rules(claim_days=-1, guarantee_minor=GOLD)}),
            (2, 4): Attempt(says={"rules": Rules(claim_days=-1, time_zone=NOWHERE)}),
            (3, 4): Attempt(says={"rules": Rules(guarantee_minor=GOLD, time_zone=NOWHERE)}),
        },
    ),
    Refused(
        ApproveRulebook(rulebook="standard/1"),
        given(DRAFTED),
        Cause(AggregateNotFound, gone=RULEBOOK),
        Cause(RulebookNotInState, after=APPROVED),
        Cause(RulebookApproverIsDrafter, actor=OPERATOR),
        actor=SECOND,
    ),
    Refused(
        PublishRulebook(rulebook="standard/1"),
        given(DRAFTED, APPROVED),
        Cause(AggregateNotFound, gone=RULEBOOK),
        Cause(RulebookNotInState, without=(RulebookApproved,)),
        Cause(RulebookBackdated, says={"effective_from": date(2020, 1, 1)}),
    ),
)
