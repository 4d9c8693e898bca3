"""A month's reconciliation as rows, section by section: what its CSV and its PDF say alike."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

from msgspec import Struct

from api.month_end import MonthAccount, MonthEnd
from domain.money import to_major
from projections.bank_proof import BankCover
from projections.proof_of_holds import CurrencyProof

Section = Literal["report", "account", "movement", "difference", "break", "in-transit", "month", "holds", "cover"]


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """
    One figure or fact of the report.

    what: which figure, in words or by its kind; count: of what it sums, nothing where it is one; amount: in major
    units, with all decimals, empty for none; is_total: whether others are summed in it.
    """

    section: Section
    account: str = ""
    what: str
    reference: str = ""
    day: str = ""
    count: int | None = None
    currency: str = ""
    amount: str = ""
    is_total: bool = False


def month_end_rows(report: MonthEnd) -> Iterator[Row]:
    """Yield all rows: what it is made of, the accounts, the breaks, what is in transit, the month, the proofs."""
    yield Row(section="report", what="month", reference=report.month, is_total=True)
    yield Row(section="report", what="position of the log", reference=str(report.position))
    yield Row(section="report", what="root of the log", reference=report.root)
    yield Row(section="report", what="signed off by", reference="nobody")
    for account in report.accounts:
        yield from _account(account)
    for broken in report.breaks:
        yield Row(
            section="break",
            what=f"{broken.kind}, {broken.age} days",
            count=broken.breaks,
            currency=broken.currency,
            amount=to_major(broken.amount_minor, broken.currency),
        )
    for payout in report.in_transit:
        yield Row(
            section="in-transit",
            account=payout.pays_from,
            what=payout.kind,
            reference=payout.payout,
            day=str(payout.pay_on),
            currency=payout.currency,
            amount=to_major(payout.amount_minor, payout.currency),
        )
    for row in report.flows:
        figures = {
            "orders: in less out": row.platform_minor,
            "not in orders": row.not_in_platform_minor,
            "more with providers": row.in_clearing_minor,
            "more in transit": row.in_transit_minor,
            "between bank and ledger": row.between_minor,
            "unexplained": row.unexplained_minor,
            "banks: in less out": row.bank_minor,
        }
        for what, minor in figures.items():
            amount = to_major(minor, row.currency)
            yield Row(
                section="month", what=what, currency=row.currency, amount=amount, is_total=what.startswith("banks")
            )
    for proof in report.holds:
        yield from _holds(proof)
    for cover in report.covers:
        yield from _cover(cover)


def _account(account: MonthAccount) -> Iterator[Row]:
    proof, currency = account.proof, account.currency
    row_of = partial(Row, account=account.account, currency=currency)
    yield row_of(section="account", what="opening by bank", amount=_major(account.opening_minor, currency))
    for moved in account.movements:
        amount = to_major(moved.amount_minor, currency)
        yield row_of(section="movement", what=moved.kind, count=moved.parts, amount=amount)
    if account.missing_minor:
        amount = to_major(account.missing_minor, currency)
        yield row_of(section="movement", what="missing on statements", amount=amount)
    for closing in proof.closings:
        yield row_of(
            section="account",
            what=f"closing of {closing.bank_account}",
            reference=closing.statement,
            day=str(closing.on or ""),
            amount=_major(closing.closing_minor, currency),
        )
    yield row_of(section="account", what="closing by bank", amount=_major(proof.closing_minor, currency), is_total=True)
    for line in account.lines:
        what = f"{line.kind}, {line.broken_as}" if line.broken_as else line.kind
        amount = to_major(line.amount_minor, currency)
        yield row_of(section="difference", what=what, reference=line.reference, day=str(line.day), amount=amount)
    yield row_of(section="account", what="unexplained", amount=_major(proof.unexplained_minor, currency))
    amount = to_major(proof.ledger_minor, currency)
    yield row_of(section="account", what="closing by ledger", amount=amount, is_total=True)


def _holds(proof: CurrencyProof) -> Iterator[Row]:
    figures = {
        "held by orders": proof.orders_held_minor + proof.orders_disputed_minor + proof.orders_frozen_minor,
        "held in the books": proof.accounts_held_minor + proof.accounts_disputed_minor + proof.accounts_frozen_minor,
        "cash and clearing": proof.assets_minor,
        "owed to clients": proof.liabilities_minor,
        "owed by payees": proof.receivables_minor,
        "operator's commission": proof.operators_commission_minor,
        "not yet swept": proof.not_yet_swept_minor,
    }
    for what, minor in figures.items():
        yield Row(section="holds", what=what, currency=proof.currency, amount=to_major(minor, proof.currency))
    yield _verdict("holds", "agrees", proof.currency, holds=proof.agrees)
    yield _verdict("holds", "covered", proof.currency, holds=proof.covered)


def _cover(cover: BankCover) -> Iterator[Row]:
    currency = cover.currency
    yield Row(section="cover", what="closings by banks", currency=currency, amount=_major(cover.bank_minor, currency))
    clearing = to_major(cover.clearing_minor, currency)
    yield Row(section="cover", what="with providers", currency=currency, amount=clearing)
    owed = to_major(cover.liabilities_minor, currency)
    yield Row(section="cover", what="owed to clients", currency=currency, amount=owed)
    yield _verdict("cover", "covered", currency, holds=cover.covered)


def _verdict(section: Section, what: str, currency: str, *, holds: bool | None) -> Row:
    told = "unknown" if holds is None else "yes" if holds else "NO"
    return Row(section=section, what=what, reference=told, currency=currency, is_total=True)


def _major(minor: int | None, currency: str) -> str:
    return "" if minor is None else to_major(minor, currency)
