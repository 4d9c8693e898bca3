"""
Agreements for tests: the partner PAR-1, its agreement AG-1, the exporter EXP-1 that it brought, and orders of it.

The years of AG-1 are India's tax years and its days those of Kolkata, so that any table of tax may be named.
"""

from datetime import date
from typing import Any

from msgspec.structs import replace

from domain import commands
from domain.agreement import AgreementSigned
from domain.agreement_terms import AgreementTerms
from domain.commission import Commission
from domain.hold import HoldOpened
from domain.order import OrderAccepted
from domain.party_events import PartyReferred, PartyRegistered
from domain.proposal import Breakdown
from domain.references import ReleaseId, RulebookId, agreement_id, commission_id, hold_id, order_id, party_id
from tests.given import RULEBOOK, Happened, World, on, placed, ruled

AGREEMENT, COMMISSION = "agreement:AG-1", "commission:PO-1"
PARTNER_PAYEE = "payee:PAR-1/USD"
SIGNED_ON, ENDS_ON = date(2024, 4, 1), date(2030, 4, 1)
THIS_YEAR = date(2026, 4, 1)
"""The agreement's year that the tests' present instant lies in."""


def agreed_terms(**fields: Any) -> AgreementTerms:
    """Return 2 % of the gross, paid by the operator, for the orders of a year; or other terms."""
    return AgreementTerms(**{"rate_bps": 200, "attribution_days": 365, **fields})


def signed(terms: AgreementTerms | None = None) -> tuple[Happened, ...]:
    """Return how AG-1 was signed."""
    event = AgreementSigned(
        partner="PAR-1",
        starts_on=SIGNED_ON,
        ends_on=ENDS_ON,
        year_begins=4,
        time_zone="Asia/Kolkata",
        terms=terms or agreed_terms(),
    )
    return on(agreement_id("AG-1"), event)


def referred(*, starts_on: date = date(2026, 6, 1), ends_on: date = date(2027, 6, 1)) -> tuple[Happened, ...]:
    """Return how EXP-1 was registered, and referred by PAR-1 under AG-1 for a while."""
    registered = PartyRegistered(roles=("exporter",), country="IN", rulebook=RulebookId(RULEBOOK), profile={})
    referral = PartyReferred(partner="PAR-1", agreement="AG-1", starts_on=starts_on, ends_on=ends_on)
    return on(party_id("EXP-1"), registered, referral)


def brought(terms: AgreementTerms | None = None) -> tuple[tuple[Happened, ...], ...]:
    """Return how the rulebook, the agreement and the referral came about."""
    return ruled(), signed(terms), referred()


def ordered(order: str = "PO-1", *, currency: str = "USD") -> tuple[tuple[Happened, ...], ...]:
    """Return how an order of 100.00 came to be placed and accepted, in a currency."""
    placing = placed()
    in_currency = replace(placing, terms=replace(placing.terms, currency=currency))
    opened = HoldOpened(buyer="BUY-1", exporter="EXP-1", currency=currency, steps=1)
    return (
        on(order_id(order), in_currency, OrderAccepted()),
        on(hold_id(order), opened),
    )


def accrue(
    gross_minor: int, *, order: str = "PO-1", fee_minor: int = 0, tax_minor: int = 0, number: int = 1
) -> commands.AccrueCommission:
    """Return what follows a release of this much."""
    return commands.AccrueCommission(
        order=order,
        release=ReleaseId(f"release:{order}/{number}"),
        breakdown=Breakdown(gross_minor=gross_minor, fee_minor=fee_minor, tax_minor=tax_minor),
    )


def claw_back(gross_minor: int, *, order: str = "PO-1") -> commands.ClawBackCommission:
    """Return what follows a recovery of this much."""
    return commands.ClawBackCommission(order=order, gross_minor=gross_minor, cause=f"refund:{order}/1")


def earn(order: str = "PO-1") -> commands.EarnCommission:
    """Return what follows the end of an order's claim window."""
    return commands.EarnCommission(order=order)


def commission_in(world: World, order: str = "PO-1") -> Commission:
    """Return an order's commission as it stands."""
    commission = world.load(commission_id(order)).aggregate
    assert isinstance(commission, Commission)
    return commission
