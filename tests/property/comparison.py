"""Comparisons hold a book and the naive model side by side, field by field."""

from domain.agreement import Agreement
from domain.clock import Clocks
from domain.commission import Commission
from domain.dispute import Dispute
from domain.guarantee import Guarantee
from domain.hold import Hold
from domain.order import Order
from domain.party import Party
from domain.payee_account import PayeeAccount
from domain.proposal import Proposals
from domain.references import (
    agreement_id,
    clocks_id,
    commission_id,
    dispute_id,
    guarantee_id,
    hold_id,
    order_id,
    party_id,
    refunds_id,
    releases_id,
)
from tests.given import World
from tests.property.model import Model
from tests.property.model_state import ModelDispute, ModelOrder, Waiting


def agree(world: World, model: Model) -> None:
    """Hold everything that both know against each other."""
    for key, known in model.orders.items():
        _order_agrees(world, key, known)
        _money_agrees(world, key, known)
        _clocks_agree(world, key, known)
        for dispute in known.disputes:
            _dispute_agrees(world, key, dispute)
        assert world.load(dispute_id(key, len(known.disputes) + 1)).aggregate is None
        _commission_agrees(world, key, known)
        _guarantee_agrees(world, key, known)
    _parties_agree(world, model)
    for name, agreed in model.agreements.items():
        agreement = world.load(agreement_id(name)).aggregate
        assert isinstance(agreement, Agreement)
        totals = {total.year.year: [total.basis_minor, total.commission_minor] for total in agreement.totals}
        assert _counted(totals) == _counted(agreed.years)
    for (party, part), minor in model.unclaimed.items():
        payee = world.load(f"payee:{party}/USD").aggregate
        assert isinstance(payee, PayeeAccount)
        assert {**payee.unclaimed_by_account}.get(part, 0) == minor  # type: ignore[call-overload]


def _counted(totals: dict[int, list[int]]) -> dict[int, list[int]]:
    return {year: total for year, total in totals.items() if any(total)}


def _order_agrees(world: World, key: str, known: ModelOrder) -> None:
    order = world.load(order_id(key)).aggregate
    assert isinstance(order, Order)
    assert (order.status, list(order.undispatched)) == (known.status, known.left)
    assert (order.dispatches, set(order.delivered)) == (known.dispatches, known.delivered)
    assert [(line.quantity, line.amount_minor) for line in order.lines] == known.lines
    assert [step.amount_minor for step in order.terms.steps] == [minor for minor, _ in known.steps]
    assert (order.total_minor, order.terms.ship_by) == (known.total, known.ship_by)
    assert (order.received_at, order.receipt == "lapsed") == (known.received_at, known.lapsed)
    assert (order.days_late, order.claims_ended) == (known.days_late, known.claims_ended)
    assert order.extended_days == known.extended
    pending = order.pending_amendment
    assert (pending.number if pending else 0) == (known.amendment.number if known.amendment else 0)


def _money_agrees(world: World, key: str, known: ModelOrder) -> None:
    hold = world.load(hold_id(key)).aggregate
    if known.hold == "none":
        assert hold is None
        return
    assert isinstance(hold, Hold)
    assert {
        "hold": hold.status,
        "paid": list(hold.paid_by_step),
        "received": hold.received_minor,
        "held": hold.held_minor,
        "disputed": hold.disputed_minor,
        "frozen": hold.frozen_minor,
        "conceded": hold.conceded_minor,
        "released": hold.released.gross_minor,
        "recovered": hold.recovered.gross_minor,
        "refunded": hold.refunded_minor,
        "charged_back": hold.charged_back_minor,
        "charged_to_exporter": hold.charged_to_exporter_minor,
        "charged_to_buyer": hold.charged_to_buyer_minor,
    } == {name: getattr(known, name) for name in MONEY}
    _proposals_agree(world, releases_id(key), known.releases)
    _proposals_agree(world, refunds_id(key), known.refunds)


MONEY = (
    "hold",
    "paid",
    "received",
    "held",
    "disputed",
    "frozen",
    "conceded",
    "released",
    "recovered",
    "refunded",
    "charged_back",
    "charged_to_exporter",
    "charged_to_buyer",
)


def _proposals_agree(world: World, reference: str, waiting: dict[int, Waiting]) -> None:
    proposals = world.load(reference).aggregate
    assert proposals is None or isinstance(proposals, Proposals)
    pending = {one.number: (one.amount_minor, one.proposed_by) for one in proposals.pending} if proposals else {}
    assert pending == {number: (one.amount, one.proposer) for number, one in waiting.items()}


def _clocks_agree(world: World, key: str, known: ModelOrder) -> None:
    clocks = world.load(clocks_id(key)).aggregate
    assert clocks is None or isinstance(clocks, Clocks)
    running = clocks.running if clocks else ()
    assert {clock.name: (clock.due_at, clock.effect == "decides", clock.paused_at) for clock in running} == {
        name: (clock.due, clock.decides, clock.paused) for name, clock in known.clocks.items()
    }


def _dispute_agrees(world: World, key: str, known: ModelDispute) -> None:
    dispute = world.load(dispute_id(key, known.number)).aggregate
    assert isinstance(dispute, Dispute)
    assert (dispute.status, dispute.paid_minor, dispute.waiting_minor) == (known.status, known.paid, known.waiting)
    for claim, know in zip(dispute.claims, known.claims, strict=True):
        assert (claim.status, claim.amount_minor) == (know.status, know.amount)
        amounts = (claim.set_aside_minor, claim.charged_back_minor, claim.frozen_minor)
        assert amounts == (know.aside, know.charged, know.waiting)
        assert ((claim.remedy.kind, claim.remedy.amount_minor) if claim.remedy else None) == know.remedy
        assert (set(claim.ruled_by), set(claim.waived_by)) == (know.ruled_by, know.waived)
    if dispute.status == "settled":
        return
    offers = {one.number: (one.claim, one.by, (one.remedy.kind, one.remedy.amount_minor)) for one in dispute.offers}
    assert offers == {number: (one.claim, one.side, one.remedy) for number, one in known.offers.items()}
    assert [(one.claim, one.by, one.late) for one in dispute.evidence] == [
        (one.claim, one.side, one.late) for one in known.evidence
    ]
    assert (dispute.mediator, dispute.mediator_declared) == (known.mediator, known.declared)
    assert (set(dispute.recused), set(dispute.on_their_way)) == (known.recused, known.travelling)
    assert (dispute.pending.number if dispute.pending else 0) == (known.pending.number if known.pending else 0)


def _commission_agrees(world: World, key: str, known: ModelOrder) -> None:
    commission = world.load(commission_id(key)).aggregate
    if known.commission is None:
        assert commission is None
        return
    assert isinstance(commission, Commission)
    assert (commission.released_minor, commission.recovered_minor) == (
        known.commission.released,
        known.commission.recovered,
    )
    assert (commission.accrued_minor, commission.clawed_back_minor, commission.earned_minor) == (
        known.commission.accrued,
        known.commission.clawed,
        known.commission.earned,
    )


def _guarantee_agrees(world: World, key: str, known: ModelOrder) -> None:
    guarantee = world.load(guarantee_id(key)).aggregate
    if known.guarantee is None:
        assert guarantee is None
        return
    assert isinstance(guarantee, Guarantee)
    assert (guarantee.advanced_minor, guarantee.repaid_minor, guarantee.written_off_minor) == (
        known.guarantee.advanced,
        known.guarantee.repaid,
        known.guarantee.lost,
    )
    assert {one.number for one in guarantee.pending} == set(known.guarantee.waiting)


def _parties_agree(world: World, model: Model) -> None:
    for name, known in model.parties.items():
        party = world.load(party_id(name)).aggregate
        assert isinstance(party, Party)
        assert (party.is_suspended, party.has_hit, party.is_forgotten) == (
            known.suspended,
            known.has_hit,
            known.forgotten,
        )
        assert (set(party.open_trades), set(party.legal_holds)) == (known.trades, known.legal_holds)
        assert set(party.profile) == known.fields
        assert len(party.referrals) == len(known.referrals)
