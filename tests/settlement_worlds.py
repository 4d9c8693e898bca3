"""Rows of settlements, their lines and open postings, for tests of what lines are."""

from datetime import date, datetime

from projections.payouts import PayoutRow
from projections.reconciliation_rows import OpenItemRow
from projections.settlements import SettlementLineRow, SettlementRow
from tests.given import AT

PROVIDER = "clearing:stripe"
DAY = date(2026, 11, 20)


def settlement(name: str = "stripe/po_1", *, currency: str = "USD", settled_on: date | None = DAY) -> SettlementRow:
    """Return a settlement on the provider's account."""
    return SettlementRow(
        settlement=name,
        currency=currency,
        settled_on=settled_on,
        bank_reference="",
        account=PROVIDER,
        item="",
        mapping="stripe-balance",
        file_sha256="",
        lines=0,
        unread=0,
        gross_minor=0,
        fee_minor=0,
        tax_minor=0,
        net_minor=0,
        difference_minor=0,
        detail="",
        recorded_on=DAY,
        recorded=1,
        position=1,
    )


def line(
    number: int,
    minor: int,
    reference: str = "",
    payment: str = "",
    *,
    kind: str = "payment",
    on: date | None = DAY,
    was_reopened: bool = False,
) -> SettlementLineRow:
    """Return an open line."""
    return SettlementLineRow(
        settlement_line=f"stripe/po_1/{number}",
        settlement="stripe/po_1",
        number=number,
        kind=kind,
        reference=reference,
        payment_reference=payment,
        occurred_on=on,
        gross_minor=minor,
        fee_minor=0,
        tax_minor=0,
        net_minor=minor,
        to_explain_minor=minor,
        targets="",
        was_reopened=was_reopened,
        position=1,
    )


def item(
    order: str,
    minor: int,
    payment: str = "",
    *,
    version: int = 2,
    account: str = PROVIDER,
    currency: str = "USD",
    on: date = DAY,
    settled_minor: int = 0,
) -> OpenItemRow:
    """Return an open posting of an order's hold."""
    return OpenItemRow(
        item=f"open_item:hold:{order}@{version}/{account}/{currency}",
        account=account,
        currency=currency,
        of_minor=minor,
        settled_minor=settled_minor,
        said_minor=None,
        originator=f"hold:{order}",
        topic="hold.payment_received",
        reference=payment,
        posted_on=on,
        posted=version,
        position=version,
    )


def payout(name: str, minor: int, *, currency: str = "USD", planned_at: datetime = AT) -> PayoutRow:
    """Return a payout on its way."""
    return PayoutRow(
        payout=name,
        kind="payee",
        party="BUY-1",
        currency=currency,
        amount_minor=minor,
        status="instructed",
        pays_from="bank:safeguarded:hdfc",
        pays_to="",
        pay_on=DAY,
        approvals=0,
        approved_by=[],
        planned_by="",
        planned_at=planned_at,
        first_item=1,
        last_item=1,
        file="F-1",
        instructed_at=planned_at,
        debited_minor=0,
        debited_on=None,
        returned_on=None,
        reason="",
        reissues="",
        reissued_as="",
        planned=1,
        position=1,
    )
