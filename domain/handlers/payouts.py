"""What commands about payouts do, and what a line of a bank's statement does to one."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

from domain import commands
from domain.accounts import check_control, control_of
from domain.commitment import check_commitment
from domain.handlers.payees import credit, debit
from domain.money import exponent_of, positive
from domain.party_refusals import PartySanctioned
from domain.party_standing import find_party
from domain.payee_account import (
    PayeeAccount,
    PayeeControl,
    PayeePaidOut,
    PayeeReservationReleased,
    PayeeReserved,
)
from domain.payout import (
    MESSAGE_ID_MAX,
    OWN_TRANSFERS,
    PAID_FROM,
    REMITTED,
    Payout,
    check_key,
    check_paid_from,
    planned,
)
from domain.payout_events import PayoutKind, PayoutPart, PayoutPlanned, PayoutReissued
from domain.payout_file import (
    PayoutFile,
    PayoutFileAlreadyWritten,
    PayoutFileMalformed,
    PayoutFileWritten,
    PayoutUnfit,
)
from domain.payout_refusals import PayoutBelowMinimum, PayoutExceedsAvailable, PayoutOffSchedule, PayoutUnfunded
from domain.references import RulebookId, key, payee_id, payout_file_id, payout_id
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.unit_of_work import UnitOfWork

PAYOUTS_PER_FILE_MAX = 10_000
REFUNDED = "refundable:buyer"
TWO_PEOPLE = 1
"""Who must agree beside the planner where the operator pays itself or an authority, whatever the amount."""


def plan_payout(command: commands.PlanPayout, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed, AccountUnknown, AccountUnfit, AggregateNotFound (the payee account),
    AggregateNotFound (the rulebook), PayoutAlreadyPlanned, AggregateNotFound (what it reissues), what `Payout.reissue`
    does, PartyIsSuspended, PartySanctioned (the list that it is on), PayoutOffSchedule, PayoutBelowMinimum.
    """
    check_key(command.payout)
    check_paid_from(command.pays_from)
    payee = uow.get(PayeeAccount, payee_id(command.party, command.currency))
    rules = _rules_of(command, uow)
    name = payout_id(command.payout)
    reserved = payee.reserve(payout=name)
    plan = PayoutPlanned(
        kind="payee",
        party=command.party,
        currency=command.currency,
        amount_minor=payee.available_minor,
        parts=_parts(payee.party, reserved),
        first_item=payee.taken + 1,
        last_item=reserved.last_item,
        pays_from=command.pays_from,
        pay_on=command.pay_on,
        approvals=rules.payout_approvals if rules.needs_four_eyes(payee.available_minor, command.currency) else 0,
        reissues=payout_id(command.reissues) if command.reissues else "",
        planned_by=uow.actor,
    )
    planned(uow.find(Payout, name), plan)
    reissued = _reissued(command, uow) if command.reissues else None
    _check_may_be_paid(command.party, reserved, uow)
    _check_schedule(command.pay_on, rules)
    minimum_minor = max(1, rules.payout_minimum_minor.get(command.currency, 0))
    if payee.available_minor < minimum_minor:
        raise PayoutBelowMinimum(
            payee=payee.reference, available_minor=payee.available_minor, minimum_minor=minimum_minor
        )
    uow.record(name, plan)
    uow.record(payee.reference, reserved)
    if reissued:
        uow.record(payout_id(command.reissues), reissued)


def plan_sweep(command: commands.PlanSweep, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed, AmountOutOfRange, CurrencyUnknown, AccountUnknown and AccountUnfit (where
    from), AccountUnknown and AccountUnfit (where to), PayoutAlreadyPlanned, PayoutExceedsAvailable.
    """
    _plan_own(command, kind="sweep", pays_to=command.pays_to, account=OWN_TRANSFERS, uow=uow)


def plan_remittance(command: commands.PlanRemittance, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed, AmountOutOfRange, CurrencyUnknown, AccountUnknown and AccountUnfit (where
    from), AccountUnknown and AccountUnfit (the tax), PayoutAlreadyPlanned, PayoutExceedsAvailable.
    """
    if command.authority:
        key(command.authority, field="authority")
    _plan_own(command, kind="remittance", pays_to=command.tax, account=command.tax, uow=uow)


def approve_payout(command: commands.ApprovePayout, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Payout.approve` does."""
    payout = _payout(command.payout, uow)
    uow.record(payout.reference, payout.approve(actor=uow.actor))


def cancel_payout(command: commands.CancelPayout, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Payout.cancel` does."""
    payout = _payout(command.payout, uow)
    uow.record(payout.reference, payout.cancel(reason=command.reason, actor=uow.actor))
    if payout.kind == "payee":
        released = PayeeReservationReleased(payout=payout_id(command.payout), amounts_minor=_by_control(payout.parts))
        uow.record(payee_id(payout.party, payout.currency), released)


def instruct_payouts(command: commands.InstructPayouts, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (the file), ReferenceMalformed (its format), CommitmentMalformed (its
    bytes), PayoutFileMalformed, PayoutFileAlreadyWritten; for each payout AggregateNotFound, PayoutUnfit, what
    `Payout.instruct` does, PartyIsSuspended, PartySanctioned, PayoutUnfunded.
    """
    check_key(command.file, field="file", length_max=MESSAGE_ID_MAX)
    key(command.format, field="format")
    check_commitment(command.sha256, "sha256")
    names = [each.payout for each in command.payouts]
    if not 1 <= len(names) <= PAYOUTS_PER_FILE_MAX:
        raise PayoutFileMalformed(field="payouts", problem=f"not 1 to {PAYOUTS_PER_FILE_MAX}")
    if len(set(names)) < len(names):
        raise PayoutFileMalformed(field="payouts", problem="one of them twice")
    file = payout_file_id(command.file)
    if uow.find(PayoutFile, file):
        raise PayoutFileAlreadyWritten(file=file)
    amount_minor = sum(_instruct(each, command, uow) for each in command.payouts)
    written = PayoutFileWritten(
        format=command.format,
        pays_from=command.pays_from,
        pay_on=command.pay_on,
        currency=command.currency,
        payouts=len(names),
        amount_minor=amount_minor,
        sha256=command.sha256,
        written_by=uow.actor,
    )
    uow.record(file, written)


def accept_payout(command: commands.AcceptPayout, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Payout.accept` does."""
    payout = _payout(command.payout, uow)
    uow.record(payout.reference, payout.accept(answer=command.answer))


def reject_payout(command: commands.RejectPayout, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Payout.reject` does."""
    payout = _payout(command.payout, uow)
    uow.record(payout.reference, payout.reject(reason=command.reason))
    _owe_again(payout, uow)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.PlanPayout: plan_payout,
    commands.PlanSweep: plan_sweep,
    commands.PlanRemittance: plan_remittance,
    commands.ApprovePayout: approve_payout,
    commands.CancelPayout: cancel_payout,
    commands.InstructPayouts: instruct_payouts,
    commands.AcceptPayout: accept_payout,
    commands.RejectPayout: reject_payout,
}


def debit_payout(payout: str, amount_minor: int, *, bank_entry: str, on: date, uow: UnitOfWork) -> None:
    """
    Let a line of a statement show a payout gone, or some of it. bank_entry: the line's reference; its match posts.

    Raises, in this order: AggregateNotFound, and what `Payout.debit` does.
    """
    found = _payout(payout, uow)
    uow.record(found.reference, found.debit(amount_minor, bank_entry=bank_entry, booked_on=on))


def undo_debit(payout: str, *, bank_entry: str, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Payout.undo_debit` does."""
    found = _payout(payout, uow)
    uow.record(found.reference, found.undo_debit(bank_entry=bank_entry))


def return_payout(payout: str, amount_minor: int, *, bank_entry: str, reason: str, on: date, uow: UnitOfWork) -> None:
    """
    Let a line of a statement show a payout back: the payee is owed it again, as an item of its own.

    Raises, in this order: AggregateNotFound, and what `Payout.come_back` does.
    """
    found = _payout(payout, uow)
    uow.record(found.reference, found.come_back(amount_minor, bank_entry=bank_entry, reason=reason, booked_on=on))
    _owe_again(found, uow)


def undo_return(payout: str, *, bank_entry: str, uow: UnitOfWork) -> None:
    """
    Take a return back: the payee is owed it no more, and owes it where it was paid again meanwhile.

    Raises, in this order: AggregateNotFound, and what `Payout.undo_return` does.
    """
    found = _payout(payout, uow)
    uow.record(found.reference, found.undo_return(bank_entry=bank_entry))
    _owe_again(found, uow, sign=-1)


def _reissued(command: commands.PlanPayout, uow: UnitOfWork) -> PayoutReissued:
    before = _payout(command.reissues, uow)
    return before.reissue(payout=payout_id(command.payout), party=command.party, currency=command.currency)


def _payout(payout: str, uow: UnitOfWork) -> Payout:
    return uow.get(Payout, payout_id(payout))


def _rules_of(command: commands.PlanPayout, uow: UnitOfWork) -> Rules:
    party = find_party(command.party, uow)
    return uow.get(Rulebook, party.rulebook if party else RulebookId(f"rulebook:{command.rulebook}")).rules


def _check_schedule(pay_on: date, rules: Rules) -> None:
    next_on = rules.next_payout_on(pay_on)
    if next_on != pay_on:
        raise PayoutOffSchedule(pay_on=pay_on, next_on=next_on)


def _check_may_be_paid(party: str, reserved: PayeeReserved, uow: UnitOfWork) -> None:
    """A suspended party gets its own money back, as a buyer, but nothing else; a sanctioned one nothing."""
    found = find_party(party, uow)
    if found is None:
        return
    if any(minor > 0 for account, minor in reserved.amounts_minor.items() if account != REFUNDED):
        found.check_standing()
    elif found.has_hit:
        raise PartySanctioned(party=found.reference, list_name=found.hits[0])


def _parts(party: str, reserved: PayeeReserved) -> tuple[PayoutPart, ...]:
    amounts = sorted(reserved.amounts_minor.items())
    return tuple(PayoutPart(f"{control}:{party}", amount_minor) for control, amount_minor in amounts)


def _plan_own(
    command: commands.PlanSweep | commands.PlanRemittance,
    *,
    kind: PayoutKind,
    pays_to: str,
    account: str,
    uow: UnitOfWork,
) -> None:
    check_key(command.payout)
    amount_minor = positive(command.amount.minor)
    exponent_of(command.amount.currency)
    check_control(command.pays_from, ("bank:safeguarded",) if kind == "sweep" else PAID_FROM)
    check_control(pays_to, ("bank:operator",) if kind == "sweep" else REMITTED)
    name = payout_id(command.payout)
    plan = PayoutPlanned(
        kind=kind,
        party=command.authority if isinstance(command, commands.PlanRemittance) else "",
        currency=command.amount.currency,
        amount_minor=amount_minor,
        parts=(PayoutPart(account, amount_minor),),
        pays_from=command.pays_from,
        pays_to=pays_to,
        pay_on=command.pay_on,
        approvals=TWO_PEOPLE,
        available_minor=command.available_minor,
        planned_by=uow.actor,
    )
    planned(uow.find(Payout, name), plan)
    if amount_minor > command.available_minor:
        raise PayoutExceedsAvailable(payout=name, requested_minor=amount_minor, available_minor=command.available_minor)
    uow.record(name, plan)


def _instruct(each: commands.InstructedPayout, command: commands.InstructPayouts, uow: UnitOfWork) -> int:
    payout = _payout(each.payout, uow)
    said = {"party": each.party, **{name: getattr(command, name) for name in ("pays_from", "currency", "pay_on")}}
    for field, value in said.items():
        if getattr(payout, field) != value:
            raise PayoutUnfit(payout=payout.reference, field=field)
    instructed = payout.instruct(file=command.file, creditor=each.creditor, actor=uow.actor)
    if payout.kind == "payee":
        payee = uow.get(PayeeAccount, payee_id(payout.party, payout.currency))
        paid = PayeePaidOut(payout=payout_id(each.payout), amounts_minor=_by_control(payout.parts))
        _check_still_payable(payout, payee, paid, uow)
        uow.record(payout.reference, instructed)
        uow.record(payee.reference, paid)
    else:
        uow.record(payout.reference, instructed)
    return payout.amount_minor


def _check_still_payable(payout: Payout, payee: PayeeAccount, paid: PayeePaidOut, uow: UnitOfWork) -> None:
    reserved = PayeeReserved(payout=paid.payout, amounts_minor=paid.amounts_minor, last_item=payee.taken)
    _check_may_be_paid(payout.party, reserved, uow)
    if payout.amount_minor > payee.balance_minor:
        raise PayoutUnfunded(
            payout=payout.reference, requested_minor=payout.amount_minor, owed_minor=payee.balance_minor
        )


def _by_control(parts: Sequence[PayoutPart]) -> dict[PayeeControl, int]:
    return {_payee_control(part.account): part.amount_minor for part in parts}


def _payee_control(account: str) -> PayeeControl:
    name: PayeeControl = cast("PayeeControl", control_of(account).name)  # a payee account made the parts
    return name


def _owe_again(payout: Payout, uow: UnitOfWork, *, sign: int = 1) -> None:
    if payout.kind != "payee":
        return
    for control, part_minor in _by_control(payout.parts).items():
        move = credit if sign * part_minor > 0 else debit
        move(payout.party, payout.currency, abs(part_minor), payout.reference, uow, account=control)
