"""
Posting rules say which entry an event posts: the accounting policy of the book, as one table at the end of this file.

A rule is keyed by topic and schema version and is never edited once shipped, so that a rebuild can't re-post a closed
year; a new treatment is a new event or a new version. Source: shared design, section 3.
"""

from collections.abc import Callable
from typing import Any

from domain.aggregate import Event
from domain.bank_postings import post_bank_entry_matched, post_bank_entry_unmatched, post_open_item_written_off
from domain.catalogue import type_of
from domain.commission_postings import (
    post_commission_accrued,
    post_commission_clawed_back,
    post_commission_earned,
    post_commission_tax_withheld,
)
from domain.fx_postings import post_conversion_recorded, post_conversion_reversed, post_exposure_revalued
from domain.guarantee import GuaranteeAdvanced, GuaranteeRepaid, GuaranteeWriteOffApproved
from domain.hold import (
    HoldChargedBack,
    HoldDisputed,
    HoldFrozen,
    HoldPaymentReceived,
    HoldRecovered,
    HoldRefunded,
    HoldReleased,
    HoldUndisputed,
    HoldUnfrozen,
)
from domain.journal import Entry, Posting, entry
from domain.payee_account import PayeeReclaimed, PayeeRepaid, PayeeUnclaimed
from domain.payout import IN_TRANSIT
from domain.payout_events import PayoutInstructed, PayoutPart, PayoutRejected, PayoutReturned, PayoutReturnUndone
from domain.references import key_of
from domain.settlement_postings import (
    post_settlement_lines_cleared,
    post_settlement_lines_reopened,
    post_settlement_recorded,
)
from domain.takeover import HoldTakenOver, TakeoverBalancesRecorded

FEE_INCOME = "income:service-fee"
FEE_TAX = "tax:gst-output"
ADVANCE = "advance:operator"
GUARANTEE_LOSS = "expense:guarantee"


def post_hold_payment_received(reference: str, event: HoldPaymentReceived) -> Entry:
    """Debit where the money is; credit the hold."""
    return entry(event.currency, debit={event.account: event.amount_minor}, credit={reference: event.amount_minor})


def post_hold_disputed(reference: str, event: HoldDisputed) -> Entry:
    """Debit the hold; credit disputed."""
    return entry(
        event.currency, debit={reference: event.amount_minor}, credit={_disputed(reference): event.amount_minor}
    )


def post_hold_undisputed(reference: str, event: HoldUndisputed) -> Entry:
    """Debit disputed; credit the hold. What was conceded of frozen money alone moves nothing."""
    return entry(
        event.currency, debit={_disputed(reference): event.amount_minor}, credit={reference: event.amount_minor}
    )


def post_hold_frozen(reference: str, event: HoldFrozen) -> Entry:
    """Debit the hold; credit frozen."""
    return entry(event.currency, debit={reference: event.amount_minor}, credit={_frozen(reference): event.amount_minor})


def post_hold_unfrozen(reference: str, event: HoldUnfrozen) -> Entry:
    """Debit frozen; credit the hold."""
    return entry(event.currency, debit={_frozen(reference): event.amount_minor}, credit={reference: event.amount_minor})


def post_hold_released(reference: str, event: HoldReleased) -> Entry:
    """Debit the hold; credit the exporter with the net, and the operator's fee and the tax on it."""
    return entry(event.currency, debit={reference: event.gross_minor}, credit=_exporter_side(event))


def post_hold_recovered(reference: str, event: HoldRecovered) -> Entry:
    """The reverse of a release: debit the exporter, the fee and the tax; credit the hold."""
    return entry(event.currency, debit=_exporter_side(event), credit={reference: event.gross_minor})


def post_hold_refunded(reference: str, event: HoldRefunded) -> Entry:
    """Debit the hold; credit what is due back to the buyer."""
    return entry(
        event.currency,
        debit={reference: event.amount_minor},
        credit={f"refundable:buyer:{event.buyer}": event.amount_minor},
    )


def post_hold_charged_back(reference: str, event: HoldChargedBack) -> Entry:
    """Debit disputed, the hold, frozen, the exporter, the buyer; credit where the bank took the money."""
    return entry(
        event.currency,
        debit={
            _disputed(reference): event.disputed_minor,
            reference: event.held_minor,
            _frozen(reference): event.frozen_minor,
            f"payable:exporter:{event.exporter}": event.exporter_minor,
            f"refundable:buyer:{event.buyer}": event.buyer_minor,
        },
        credit={event.account: event.taken_minor},
    )


def post_payee_repaid(reference: str, event: PayeeRepaid) -> Entry:
    """Debit where the money is; credit the account on which the party owed it."""
    return entry(
        event.currency,
        debit={event.account: event.amount_minor},
        credit={f"{event.owed_on}:{_party(reference)}": event.amount_minor},
    )


def post_payee_unclaimed(reference: str, event: PayeeUnclaimed) -> Entry:
    """Debit what was due to the party; credit what is kept for it."""
    party = _party(reference)
    return entry(
        event.currency,
        debit={f"{event.account}:{party}": event.amount_minor},
        credit={f"unclaimed:{party}": event.amount_minor},
    )


def post_payee_reclaimed(reference: str, event: PayeeReclaimed) -> Entry:
    """The reverse: debit what was kept for the party; credit what is due to it."""
    party = _party(reference)
    return entry(
        event.currency,
        debit={f"unclaimed:{party}": event.amount_minor},
        credit={f"{event.account}:{party}": event.amount_minor},
    )


def post_payout_instructed(_reference: str, event: PayoutInstructed) -> Entry:
    """Debit what the payout takes, part by part; credit what is in transit."""
    return _in_transit(event.parts, event.currency, event.amount_minor)


def post_payout_rejected(_reference: str, event: PayoutRejected) -> Entry:
    """The reverse: debit what is in transit; credit what the payout had taken."""
    return _in_transit(_opposite(event.parts), event.currency, -event.amount_minor)


def post_payout_returned(_reference: str, event: PayoutReturned) -> Entry:
    """Debit what is in transit, which the bank's line credits; credit what the payout had taken."""
    return _in_transit(_opposite(event.parts), event.currency, -event.amount_minor)


def post_payout_return_undone(_reference: str, event: PayoutReturnUndone) -> Entry:
    """The reverse: debit what the payout takes; credit what is in transit, which the bank's line debits again."""
    return _in_transit(event.parts, event.currency, event.amount_minor)


def post_guarantee_advanced(_reference: str, event: GuaranteeAdvanced) -> Entry:
    """Debit the safeguarded bank account; credit what the operator lent to it."""
    return entry(event.currency, debit={event.account: event.amount_minor}, credit={ADVANCE: event.amount_minor})


def post_guarantee_repaid(_reference: str, event: GuaranteeRepaid) -> Entry:
    """The reverse: debit what the operator lent; credit the safeguarded bank account."""
    return entry(event.currency, debit={ADVANCE: event.amount_minor}, credit={event.account: event.amount_minor})


def post_guarantee_write_off_approved(_reference: str, event: GuaranteeWriteOffApproved) -> Entry:
    """Debit the operator's loss; credit the exporter, who owes it no more."""
    return entry(
        event.currency,
        debit={GUARANTEE_LOSS: event.amount_minor},
        credit={f"payable:exporter:{event.exporter}": event.amount_minor},
    )


def post_hold_taken_over(reference: str, event: HoldTakenOver) -> Entry | None:
    """Debit where the money is; credit the hold: only what is held, if anything is."""
    if not event.held_minor:
        return None
    return entry(event.currency, debit={event.account: event.held_minor}, credit={reference: event.held_minor})


def post_takeover_balances_recorded(_reference: str, event: TakeoverBalancesRecorded) -> Entry:
    """Bring every account to what stood on it."""
    return Entry(tuple(Posting(each.account, event.currency, each.amount_minor) for each in event.balances))


POSTING_RULES: dict[tuple[str, int], Callable[[str, Any], Entry | None] | None] = {
    ("book.opened", 1): None,
    ("book.log_reopened", 1): None,
    ("rulebook.drafted", 1): None,
    ("rulebook.drafted", 2): None,
    ("rulebook.drafted", 3): None,
    ("rulebook.approved", 1): None,
    ("rulebook.published", 1): None,
    ("rulebook.published", 2): None,
    ("order.placed", 1): None,
    ("order.taken_over", 1): None,
    ("order.lines_added", 1): None,
    ("order.accepted", 1): None,
    ("order.cancelled", 1): None,
    ("order.dispatched", 1): None,
    ("order.delivered", 1): None,
    ("order.receipt_confirmed", 1): None,
    ("order.inspection_lapsed", 1): None,
    ("order.completed", 1): None,
    ("hold.opened", 1): None,
    ("hold.taken_over", 1): post_hold_taken_over,
    ("hold.payment_received", 1): post_hold_payment_received,
    ("hold.frozen", 1): post_hold_frozen,
    ("hold.unfrozen", 1): post_hold_unfrozen,
    ("hold.released", 1): post_hold_released,
    ("hold.recovered", 1): post_hold_recovered,
    ("hold.refunded", 1): post_hold_refunded,
    ("hold.charged_back", 1): post_hold_charged_back,
    ("hold.closed", 1): None,
    ("release.proposed", 1): None,
    ("release.approved", 1): None,
    ("release.rejected", 1): None,
    ("release.executed", 1): None,
    ("refund.proposed", 1): None,
    ("refund.approved", 1): None,
    ("refund.rejected", 1): None,
    ("refund.executed", 1): None,
    ("order.placed", 2): None,
    ("order.amendment_proposed", 1): None,
    ("order.amendment_accepted", 1): None,
    ("order.amendment_declined", 1): None,
    ("order.lateness_found", 1): None,
    ("order.inspection_extended", 1): None,
    ("order.claims_ended", 1): None,
    ("dispute.opened", 1): None,
    ("dispute.money_set_aside", 1): None,
    ("dispute.charged_back", 1): None,
    ("dispute.answered", 1): None,
    ("dispute.evidence_requested", 1): None,
    ("dispute.evidence_submitted", 1): None,
    ("dispute.evidence_closed", 1): None,
    ("dispute.message_posted", 1): None,
    ("dispute.offer_made", 1): None,
    ("dispute.offer_accepted", 1): None,
    ("dispute.offer_declined", 1): None,
    ("dispute.offer_expired", 1): None,
    ("dispute.escalated", 1): None,
    ("dispute.mediator_assigned", 1): None,
    ("dispute.mediator_declared", 1): None,
    ("dispute.mediator_recused", 1): None,
    ("dispute.decision_proposed", 1): None,
    ("dispute.decision_approved", 1): None,
    ("dispute.decision_returned", 1): None,
    ("dispute.decided", 1): None,
    ("dispute.appealed", 1): None,
    ("dispute.appeal_waived", 1): None,
    ("dispute.appeal_decided", 1): None,
    ("dispute.rulings_final", 1): None,
    ("dispute.claim_withdrawn", 1): None,
    ("dispute.return_dispatched", 1): None,
    ("dispute.return_acknowledged", 1): None,
    ("dispute.return_lapsed", 1): None,
    ("dispute.replacement_dispatched", 1): None,
    ("dispute.replacement_acknowledged", 1): None,
    ("dispute.replacement_lapsed", 1): None,
    ("dispute.claim_settled", 1): None,
    ("dispute.award_paid", 1): None,
    ("dispute.settled", 1): None,
    ("clock.started", 1): None,
    ("clock.paused", 1): None,
    ("clock.resumed", 1): None,
    ("clock.extended", 1): None,
    ("clock.stopped", 1): None,
    ("clock.expired", 1): None,
    ("hold.disputed", 1): post_hold_disputed,
    ("hold.undisputed", 1): post_hold_undisputed,
    ("hold.charged_back", 2): post_hold_charged_back,
    ("payee.credited", 1): None,
    ("payee.credited", 2): None,
    ("payee.debited", 1): None,
    ("payee.debited", 2): None,
    ("payee.repaid", 1): post_payee_repaid,
    ("payee.unclaimed", 1): post_payee_unclaimed,
    ("payee.reclaimed", 1): post_payee_reclaimed,
    ("payee.covered", 1): None,
    ("payee.uncovered", 1): None,
    ("payee.reserved", 1): None,
    ("payee.reservation_released", 1): None,
    ("payee.paid_out", 1): None,
    ("payout.planned", 1): None,
    ("payout.approved", 1): None,
    ("payout.cancelled", 1): None,
    ("payout.instructed", 1): post_payout_instructed,
    ("payout.accepted", 1): None,
    ("payout.rejected", 1): post_payout_rejected,
    ("payout.debited", 1): None,
    ("payout.debit_undone", 1): None,
    ("payout.returned", 1): post_payout_returned,
    ("payout.return_undone", 1): post_payout_return_undone,
    ("payout.reissued", 1): None,
    ("payout_file.written", 1): None,
    ("bank_account.registered", 1): None,
    ("bank_account.statement_recorded", 1): None,
    ("bank_entry.recorded", 1): None,
    ("bank_entry.matched", 1): post_bank_entry_matched,
    ("bank_entry.unmatched", 1): post_bank_entry_unmatched,
    ("settlement.recorded", 1): post_settlement_recorded,
    ("settlement.lines_recorded", 1): None,
    ("settlement.lines_cleared", 1): post_settlement_lines_cleared,
    ("settlement.lines_reopened", 1): post_settlement_lines_reopened,
    ("bank_match.made", 1): None,
    ("bank_match.undone", 1): None,
    ("open_item.settled", 1): None,
    ("open_item.unsettled", 1): None,
    ("open_item.written_off", 1): post_open_item_written_off,
    ("break.raised", 1): None,
    ("break.reclassified", 1): None,
    ("break.assigned", 1): None,
    ("break.commented", 1): None,
    ("break.write_off_proposed", 1): None,
    ("break.write_off_approved", 1): None,
    ("break.write_off_rejected", 1): None,
    ("break.resolved", 1): None,
    ("guarantee.advanced", 1): post_guarantee_advanced,
    ("guarantee.repaid", 1): post_guarantee_repaid,
    ("guarantee.write_off_proposed", 1): None,
    ("guarantee.write_off_approved", 1): post_guarantee_write_off_approved,
    ("guarantee.write_off_rejected", 1): None,
    ("takeover.balances_recorded", 1): post_takeover_balances_recorded,
    ("party.registered", 1): None,
    ("party.profile_changed", 1): None,
    ("party.referred", 1): None,
    ("party.screened", 1): None,
    ("party.suspended", 1): None,
    ("party.reinstated", 1): None,
    ("party.legal_hold_placed", 1): None,
    ("party.legal_hold_lifted", 1): None,
    ("party.erased", 1): None,
    ("party.trade_opened", 1): None,
    ("party.trade_closed", 1): None,
    ("watchlist.changed", 1): None,
    ("agreement.signed", 1): None,
    ("agreement.amended", 1): None,
    ("agreement.ended", 1): None,
    ("agreement.counted", 1): None,
    ("commission.accrued", 1): post_commission_accrued,
    ("commission.earned", 1): post_commission_earned,
    ("commission.tax_withheld", 1): post_commission_tax_withheld,
    ("commission.clawed_back", 1): post_commission_clawed_back,
    ("period.closed", 1): None,
    ("period.sealed", 1): None,
    ("period.reopening_proposed", 1): None,
    ("period.reopening_rejected", 1): None,
    ("period.reopened", 1): None,
    ("receivable.recorded", 1): None,
    ("receivable.order_linked", 1): None,
    ("receivable.realised", 1): None,
    ("receivable.realisation_undone", 1): None,
    ("receivable.deducted", 1): None,
    ("receivable.deduction_withdrawn", 1): None,
    ("receivable.certified", 1): None,
    ("receivable.certificate_cancelled", 1): None,
    ("receivable.extended", 1): None,
    ("receivable.closed", 1): None,
    ("remittance.recorded", 1): None,
    ("remittance.allocated", 1): None,
    ("remittance.freed", 1): None,
    ("rates.recorded", 1): None,
    ("rates.corrected", 1): None,
    ("conversion.recorded", 1): post_conversion_recorded,
    ("conversion.reversed", 1): post_conversion_reversed,
    ("exposure.changed", 1): None,
    ("exposure.revalued", 1): post_exposure_revalued,
}
"""Every event of the catalogue, and its rule or the declaration that it posts nothing."""


def post(reference: str, event: Event, *, schema: int | None = None) -> Entry | None:
    """
    Return the entry that an event posts, or nothing if it is declared not to or moves no money.

    schema: the version that it was stored in, whose rule stays its own however it is read today; today's if not given.

    Raises what Entry does: what can't be posted isn't recorded.
    """
    happened = type_of(event)
    rule = POSTING_RULES[happened.topic, schema or happened.schema]
    posted = rule(reference, event) if rule else None
    return posted if posted and posted.postings else None


def _party(payee: str) -> str:
    return key_of(payee).rpartition("/")[0]


def _disputed(hold: str) -> str:
    return f"disputed:{key_of(hold)}"


def _frozen(hold: str) -> str:
    return f"frozen:{key_of(hold)}"


def _opposite(parts: tuple[PayoutPart, ...]) -> tuple[PayoutPart, ...]:
    return tuple(PayoutPart(part.account, -part.amount_minor) for part in parts)


def _in_transit(parts: tuple[PayoutPart, ...], currency: str, amount_minor: int) -> Entry:
    taken = (Posting(part.account, currency, part.amount_minor) for part in parts)
    return Entry((*taken, Posting(IN_TRANSIT, currency, -amount_minor)))


def _exporter_side(event: HoldReleased | HoldRecovered) -> dict[str, int]:
    return {
        f"payable:exporter:{event.exporter}": event.net_minor,
        FEE_INCOME: event.fee_minor,
        FEE_TAX: event.tax_minor,
    }
