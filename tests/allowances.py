"""What somebody may say in a book in memory, as the API would list it: for tests that hold that against the domain."""

from collections.abc import Iterator
from datetime import datetime

from api.allowed.about_breaks import sayings_about_break, sayings_about_match, sayings_about_settlement
from api.allowed.about_disputes import sayings_about_dispute
from api.allowed.about_orders import sayings_about_trade
from api.allowed.about_others import (
    sayings_about_agreement,
    sayings_about_conversion,
    sayings_about_party,
    sayings_about_payee,
    sayings_about_payout,
    sayings_about_period,
    sayings_about_rulebook,
)
from api.allowed.about_receivables import sayings_about_receivable
from api.allowed.operations import operations
from api.allowed.rehearsing import Rehearsed, Voice, rehearsed
from api.allowed.saying import Sayings, sides_of
from domain import commands
from domain.aggregate import Aggregate
from domain.agreement import Agreement
from domain.bank_match import BankMatch
from domain.commands import Command, DisputeCommand, OrderCommand
from domain.conversion import Conversion
from domain.dispute import Dispute
from domain.party import Party
from domain.payee_account import PayeeAccount
from domain.payout import Payout
from domain.period import Periods
from domain.receivable import Receivable
from domain.reconciliation_break import Break
from domain.references import (
    agreement_id,
    bank_match_id,
    conversion_id,
    dispute_id,
    key_of,
    kind_of,
    party_id,
    payee_id,
    payout_id,
    periods_id,
    receivable_id,
)
from domain.remittance import Remittance
from domain.rulebook import Rulebook
from domain.settlement import Settlement
from domain.unit_of_work import UnitOfWork
from domain.watchlist import Watchlist
from tests.given import BOOK, World

BEGINNINGS = (
    commands.OpenBook,
    commands.ReopenLog,
    commands.PlaceOrder,
    commands.TakeOverOrder,
    commands.RecordOpeningBalances,
    commands.RegisterParty,
    commands.RecordWatchlist,
    commands.SignAgreement,
    commands.DraftRulebook,
    commands.SealPeriod,
    commands.RecordReceivable,
    commands.RecordRemittance,
    commands.PlanPayout,
    commands.PlanSweep,
    commands.PlanRemittance,
    commands.InstructPayouts,
    commands.RecordRates,
    commands.CorrectRates,
    commands.RecordConversion,
    commands.RevalueExposure,
    commands.RegisterBankAccount,
    commands.RecordBankStatement,
    commands.RecordBankEntries,
    commands.RecordSettlement,
    commands.MatchBankEntries,
    commands.RaiseBreaks,
    commands.ResolveBreak,
)
"""What begins a thing, or is said by the ledger's own people at its side, is listed at no thing."""

TOO_MANY_WORDS = frozenset({"step", "request"})
"""Fields in which what is listed may be narrower than what was said: a payment too many, evidence that comes late."""


def allowed(world: World, command: Command, *, actor: str, role: str, at: datetime) -> list[Rehearsed]:
    """Return what would be listed at the thing that a command is about, for who says it."""
    voice = Voice(actor, role, at, key_of(BOOK))
    order = command.order if isinstance(command, OrderCommand) else None
    return list(rehearsed(lambda uow: _sayings(world, command, voice, uow), world.load, voice, order=order))


def is_listed(command: Command, listed: list[Rehearsed]) -> bool:
    """Return whether a command is among what is listed, about the same of several things."""
    return any(_means(each, command) for each in listed)


def is_open(command: Command, role: str) -> bool:
    """Return whether a command may be said over HTTP by somebody in a role, of a thing that there is."""
    operation = operations().get(type(command))
    return operation is not None and not isinstance(command, BEGINNINGS) and operation.is_open_to(role)


def _means(found: Rehearsed, command: Command) -> bool:
    saying = found.saying
    if type(saying.command) is not type(command) or found.operation.href("", command) != found.operation.href(
        "", saying.command
    ):
        return False
    named = set(saying.named) - TOO_MANY_WORDS
    return all(getattr(saying.command, name) == getattr(command, name) for name in named)


def _sayings(world: World, command: Command, voice: Voice, uow: UnitOfWork) -> Sayings:
    match command:
        case DisputeCommand():
            disputed = uow.find(Dispute, dispute_id(command.order, command.dispute))
            return sayings_about_dispute(disputed, sides_of(voice.role)) if disputed else iter(())
        case OrderCommand():
            return sayings_about_trade(command.order, uow, sides_of(voice.role))
        case commands.PartyCommand():
            return _about_party(world, command.party, voice, uow)
        case commands.PayeeCommand():
            payee = uow.find(PayeeAccount, payee_id(command.party, command.amount.currency))
            return sayings_about_payee(payee) if payee else iter(())
        case commands.PayoutCommand():
            payout = uow.find(Payout, payout_id(command.payout))
            return sayings_about_payout(payout) if payout else iter(())
        case commands.ReceivableCommand():
            return _about_receivable(world, command.receivable, voice, uow)
        case commands.AgreementCommand():
            agreed = uow.find(Agreement, agreement_id(command.agreement))
            return sayings_about_agreement(agreed, at=voice.at) if agreed else iter(())
        case (
            commands.UndoMatch() | commands.SettlementCommand() | commands.BreakCommand() | commands.ReverseConversion()
        ):
            return _about_money(command, uow)
        case commands.RulebookCommand():
            rulebook = uow.find(Rulebook, f"rulebook:{command.rulebook}")
            return sayings_about_rulebook(rulebook) if rulebook else iter(())
        case _:
            period = getattr(command, "period", "")
            return sayings_about_period(period, uow.find(Periods, periods_id(voice.book))) if period else iter(())


def _about_money(
    command: commands.UndoMatch | commands.SettlementCommand | commands.BreakCommand | commands.ReverseConversion,
    uow: UnitOfWork,
) -> Sayings:
    match command:
        case commands.ReverseConversion():
            converted = uow.find(Conversion, conversion_id(command.conversion))
            return sayings_about_conversion(converted) if converted else iter(())
        case commands.UndoMatch():
            matched = uow.find(BankMatch, bank_match_id(command.match))
            return sayings_about_match(matched) if matched else iter(())
        case commands.SettlementCommand():
            settled = uow.find(Settlement, command.about)
            return sayings_about_settlement(settled) if settled else iter(())
        case commands.BreakCommand():
            found = uow.find(Break, f"break:{command.break_key}")
            return sayings_about_break(found) if found else iter(())


def _about_party(world: World, party: str, voice: Voice, uow: UnitOfWork) -> Sayings:
    found = uow.find(Party, party_id(party))
    if found is None:
        return iter(())
    agreements = [each for each in _every(world, "agreement") if isinstance(each, Agreement)]
    watchlists = [each for each in _every(world, "watchlist") if isinstance(each, Watchlist)]
    return sayings_about_party(found, agreements=agreements, watchlists=watchlists, at=voice.at)


def _about_receivable(world: World, receivable: str, voice: Voice, uow: UnitOfWork) -> Sayings:
    shipped = uow.find(Receivable, receivable_id(receivable))
    if shipped is None:
        return iter(())
    remittances = [each for each in _every(world, "remittance") if isinstance(each, Remittance)]
    orders = [key_of(each.reference) for each in _every(world, "order")]
    return sayings_about_receivable(shipped, remittances, orders, at=voice.at)


def _every(world: World, kind: str) -> Iterator[Aggregate]:
    for reference, loaded in world.aggregates.items():
        if kind_of(reference) == kind and loaded.aggregate:
            yield loaded.aggregate
