"""Laws of parties: who may not be paid isn't; partners get what orders brought; guarantees are within their caps."""

from collections.abc import Iterable

from domain.agreement import Agreement
from domain.commission import Commission
from domain.guarantee import Guarantee
from domain.hold import Hold, HoldReleased
from domain.order import Order
from domain.party import Party
from domain.party_events import PartyScreened, PartySuspended
from domain.party_standing import is_blocked
from domain.payee_account import PayeeAccount
from domain.references import hold_id, key_of, order_id
from domain.trade import rules_of
from domain.unit_of_work import Step, UnitOfWork
from tests.given import AT, World
from tests.property.laws_of_log import control, each


def nobody_blocked_is_paid(world: World, steps: Iterable[Step]) -> None:
    """No release is carried out for an exporter who was blocked before, or is by then."""
    uow = UnitOfWork(world.load, actor="law", occurred_at=AT)
    paid: list[str] = []
    for step in steps:
        if isinstance(step.event, PartyScreened | PartySuspended):
            paid.clear()  # what clocks that were due had released before
        elif isinstance(step.event, HoldReleased):
            paid.append(step.event.exporter)
    assert not [exporter for exporter in paid if is_blocked(exporter, uow)]


def open_trades_are_open(world: World) -> None:
    """A party's open trades are its own, and their holds are open."""
    for party in each(world, Party):
        for order in party.open_trades:
            hold = world.load(hold_id(order)).aggregate
            assert isinstance(hold, Hold)
            assert hold.status == "open"
            assert key_of(party.reference) in {hold.buyer, hold.exporter}
        assert not (party.is_forgotten and (party.profile or party.open_trades or party.legal_holds))


def commission_is_within_its_agreement(world: World) -> None:
    """An order's commission is never above its rate or minimum, a year's never above the cap; all adds up."""
    agreements = {key_of(one.reference): one for one in each(world, Agreement)}
    for commission in each(world, Commission):
        terms = agreements[commission.agreement].version_from(commission.terms_from).terms
        minimum_minor = terms.in_currency(commission.currency).minimum_minor
        rated_minor = commission.basis_minor * max(terms.rate_bps, 0) / 10_000 + 1
        assert commission.accrued_minor <= max(rated_minor, min(minimum_minor, commission.basis_minor))
        assert 0 <= commission.clawed_back_minor <= commission.accrued_minor <= commission.basis_minor
        assert 0 <= commission.earned_minor <= commission.accrued_minor - commission.clawed_back_minor
    for agreement in agreements.values():
        caps = [version.terms.in_currency("USD").cap_minor for version in agreement.versions]
        for total in agreement.totals:
            assert None in caps or total.commission_minor <= max(cap for cap in caps if cap is not None)
    unearned_minor = sum(commission.unearned_minor for commission in each(world, Commission))
    assert control(world, "accrued:partner:") == -unearned_minor


def commission_follows_the_money(world: World) -> None:
    """Commission accrues on what was released and is clawed back with it; it is earned only after claims have ended."""
    for commission in each(world, Commission):
        hold = world.load(hold_id(key_of(commission.reference))).aggregate
        order = world.load(order_id(key_of(commission.reference))).aggregate
        assert isinstance(hold, Hold)
        assert isinstance(order, Order)
        assert commission.released_minor <= hold.released.gross_minor
        assert commission.recovered_minor <= hold.recovered.gross_minor + hold.charged_to_exporter_minor
        assert order.claims_ended or not commission.earnings


def guarantees_are_within_their_caps(world: World) -> None:
    """The operator advances no more than the rulebook guarantees; what it stands in for is what payees say."""
    covered: dict[str, int] = {}
    for guarantee in each(world, Guarantee):
        uow = UnitOfWork(world.load, actor="law", occurred_at=AT)
        order = uow.get(Order, order_id(key_of(guarantee.reference)))
        assert guarantee.advanced_minor <= rules_of(order, uow).guarantee_minor.get(order.currency, 0)
        assert 0 <= guarantee.pending_minor <= guarantee.outstanding_minor
        covered[order.exporter] = covered.get(order.exporter, 0) + guarantee.outstanding_minor
    for payee in each(world, PayeeAccount):
        assert payee.covered_minor == covered.get(payee.party, 0)
    lost_minor = sum(guarantee.written_off_minor for guarantee in each(world, Guarantee))
    assert control(world, "expense:guarantee") == lost_minor
    assert control(world, "advance:operator") == -sum(covered.values()) - lost_minor
