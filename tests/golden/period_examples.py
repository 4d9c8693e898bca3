"""Examples of the events of accounting periods, as tests/golden/examples.py says."""

from datetime import date

from domain import period_events
from domain.aggregate import Event
from domain.closing_figures import BalanceLine

PERIODS = "period:main"

EXAMPLES: dict[str, tuple[str, Event]] = {
    "period.closed": (
        PERIODS,
        period_events.PeriodClosed(
            period="2026-10", closing=2, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)
        ),
    ),
    "period.sealed": (
        PERIODS,
        period_events.PeriodSealed(
            period="2026-10",
            closing=2,
            position=1_234,
            trial_balance=(
                BalanceLine("bank:safeguarded", "USD", 120_000),
                BalanceLine("clearing", "JPY", 2**53 - 1),
                BalanceLine("hold", "JPY", -(2**53 - 1)),
                BalanceLine("hold", "USD", -120_000),
            ),
            accounts=7,
            accounts_sha256="ab" * 32,
        ),
    ),
    "period.reopening_proposed": (
        PERIODS,
        period_events.PeriodReopeningProposed(
            period="2026-10", number=1, reason="invoice-missing", proposed_by="finance:first"
        ),
    ),
    "period.reopening_rejected": (
        PERIODS,
        period_events.PeriodReopeningRejected(
            period="2026-10", number=1, rejected_by="finance:second", reason="too-late"
        ),
    ),
    "period.reopened": (
        PERIODS,
        period_events.PeriodReopened(period="2026-10", number=2, approved_by="finance:second"),
    ),
}
