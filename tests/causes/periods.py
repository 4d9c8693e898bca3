"""What commands about accounting periods are refused for."""

from datetime import UTC, datetime

from domain.closing_figures import BalanceLine
from domain.commands import ApproveReopening, ClosePeriod, ProposeReopening, RejectReopening, SealPeriod
from domain.commitment import CommitmentMalformed
from domain.money import CurrencyUnknown
from domain.period import (
    PeriodIsClosed,
    PeriodIsSealed,
    PeriodMalformed,
    PeriodNotClosed,
    PeriodNotOver,
    PeriodsOutOfOrder,
    ReopeningPending,
    SealMalformed,
    month_of,
)
from domain.period_events import PeriodClosed, PeriodReopened, PeriodReopeningProposed, PeriodSealed
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.references import ReferenceMalformed
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Cause, Refused
from tests.given import BOOK, OPERATOR, SECOND, Given, Happened, given, on, opened

ALL = "period:main"
PROSE = {"reason": "because of an invoice"}
NO_MONTH = {"period": "2026-13"}
ANOTHER = {"number": 7}
OF_REASON = {"field": "reason"}

SEAL = SealPeriod(
    period="2026-10",
    closing=1,
    position=6,
    trial_balance=(BalanceLine("clearing", "USD", 5), BalanceLine("hold", "USD", -5)),
    accounts=2,
    accounts_sha256="ab" * 32,
)
PROPOSE = ProposeReopening(period="2026-10", reason="invoice-missing")


def closed(period: str) -> tuple[Happened, ...]:
    """Return the first closing of a month."""
    month = month_of(period)
    return on(ALL, PeriodClosed(period=period, closing=1, first_day=month.first_day, last_day=month.last_day))


def with_october() -> Given:
    """Return a book whose October is closed."""
    return given(on(BOOK, opened()), closed("2026-10"))


REOPENED = on(ALL, PeriodReopened(period="2026-10", number=1, approved_by=SECOND))
PROPOSED = on(ALL, PeriodReopeningProposed(period="2026-10", number=1, reason="invoice-missing", proposed_by=SECOND))
SEALED = on(
    ALL,
    PeriodSealed(
        period=SEAL.period,
        closing=SEAL.closing,
        position=SEAL.position,
        trial_balance=SEAL.trial_balance,
        accounts=SEAL.accounts,
        accounts_sha256=SEAL.accounts_sha256,
    ),
)

PERIODS = (
    Refused(
        ClosePeriod(period="2026-10"),
        given(on(BOOK, opened())),
        Cause(AggregateNotFound, gone=BOOK),
        Cause(PeriodMalformed, says=NO_MONTH),
        Cause(PeriodIsClosed, after=closed("2026-10")),
        Cause(PeriodsOutOfOrder, after=closed("2026-08")),
        Cause(PeriodNotOver, at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)),
        apart={(3, 4): "a month up to the last closed one isn't after the next"},
    ),
    Refused(
        SEAL,
        with_october(),
        Cause(PeriodMalformed, says=NO_MONTH),
        Cause(SealMalformed, says={"position": 0}),
        Cause(CurrencyUnknown, says={"trial_balance": (BalanceLine("hold", "XXX", 0),)}),
        Cause(CommitmentMalformed, says={"accounts_sha256": "AB" * 32}),
        Cause(PeriodNotClosed, after=REOPENED),
        Cause(PeriodIsSealed, after=SEALED),
    ),
    Refused(
        PROPOSE,
        with_october(),
        Cause(PeriodMalformed, says=NO_MONTH),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(PeriodNotClosed, after=REOPENED),
        Cause(PeriodsOutOfOrder, after=closed("2026-11")),
        Cause(ReopeningPending, after=PROPOSED),
        apart={(3, 4): "a month before the last closed one is closed", (3, 5): "a reopening ends what waits"},
    ),
    Refused(
        ApproveReopening(period="2026-10", number=1),
        with_october().said(PROPOSE),
        Cause(PeriodMalformed, says=NO_MONTH),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        Cause(PeriodsOutOfOrder, after=closed("2026-11")),
        actor=SECOND,
    ),
    Refused(
        RejectReopening(period="2026-10", number=1, reason="too-late"),
        with_october().said(PROPOSE),
        Cause(PeriodMalformed, says=NO_MONTH),
        Cause(ReferenceMalformed, says=PROSE, naming=OF_REASON),
        Cause(ProposalNotFound, says=ANOTHER),
        Cause(ApproverIsProposer, actor=OPERATOR),
        actor=SECOND,
    ),
)
