"""What commands about parties and sanctions lists do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain import commands, party, watchlist
from domain.agreement import Agreement
from domain.party import Party, Referral, Screening, check_day
from domain.party_events import PartyTradeClosed, PartyTradeOpened
from domain.references import RulebookId, agreement_id, key, party_id, watchlist_id
from domain.rulebook import Rulebook
from domain.unit_of_work import UnitOfWork
from domain.watchlist import Watchlist


def register_party(command: commands.RegisterParty, uow: UnitOfWork) -> None:
    """
    Raises, in this order: ReferenceMalformed (party), what `party.register` does, AggregateNotFound (rulebook), and
    what `Rulebook.in_force` does.
    """
    reference = party_id(key(command.party, field="party"))
    rulebook = RulebookId(f"rulebook:{command.rulebook}")
    registered = party.register(
        uow.find(Party, reference),
        party=command.party,
        roles=command.roles,
        country=command.country,
        rulebook=rulebook,
        profile=command.profile,
    )
    uow.get(Rulebook, rulebook).in_force(uow.occurred_at)
    uow.record(reference, registered)


def change_profile(command: commands.ChangeProfile, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.change_profile` does."""
    changed = _party(command, uow)
    uow.record(changed.reference, changed.change_profile(command.field, command.commitment))


def refer_exporter(command: commands.ReferExporter, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (party), PartyMalformed (no day that anybody means), AggregateNotFound
    (agreement), what `Agreement.attribution_days_on` does, and what `Party.refer` does.
    """
    exporter = _party(command, uow)
    check_day(command.starts_on, field="starts_on")
    agreement = uow.get(Agreement, agreement_id(command.agreement))
    referral = Referral(
        partner=agreement.partner,
        agreement=command.agreement,
        starts_on=command.starts_on,
        ends_on=command.starts_on + timedelta(days=agreement.attribution_days_on(command.starts_on)),
    )
    uow.record(exporter.reference, exporter.refer(referral))


def screen_party(command: commands.ScreenParty, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound (party), AggregateNotFound (list), what `Watchlist.check_current` does, and
    what `Party.screen` does.
    """
    screened = _party(command, uow)
    current = uow.get(Watchlist, watchlist_id(command.list_name))
    current.check_current(version=command.list_version, sha256=command.list_hash)
    screening = Screening(list_version=command.list_version, list_hash=command.list_hash, result=command.result)
    uow.record(screened.reference, screened.screen(command.list_name, screening, actor=uow.actor))


def suspend_party(command: commands.SuspendParty, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.suspend` does."""
    suspended = _party(command, uow)
    uow.record(suspended.reference, suspended.suspend(reason=command.reason))


def reinstate_party(command: commands.ReinstateParty, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.reinstate` does."""
    suspended = _party(command, uow)
    uow.record(suspended.reference, suspended.reinstate(reason=command.reason))


def place_legal_hold(command: commands.PlaceLegalHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.place_legal_hold` does."""
    kept = _party(command, uow)
    uow.record(kept.reference, kept.place_legal_hold(reason=command.reason))


def lift_legal_hold(command: commands.LiftLegalHold, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.lift_legal_hold` does."""
    kept = _party(command, uow)
    uow.record(kept.reference, kept.lift_legal_hold(reason=command.reason))


def forget_party(command: commands.ForgetParty, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Party.forget` does."""
    leaving = _party(command, uow)
    retention_days = uow.get(Rulebook, leaving.rulebook).rules.retention_days
    erased = leaving.forget(at=uow.occurred_at, retention_days=retention_days, actor=uow.actor)
    uow.record(leaving.reference, erased)


def record_watchlist(command: commands.RecordWatchlist, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed (list_name), and what `watchlist.change` does."""
    reference = watchlist_id(key(command.list_name, field="list_name"))
    known = uow.find(Watchlist, reference)
    uow.record(reference, watchlist.change(known, version=command.version, sha256=command.sha256, actor=uow.actor))


def open_trade(command: commands.OpenTrade, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has seen that the party is registered."""
    uow.record(party_id(command.party), PartyTradeOpened(order=command.order))


def close_trade(command: commands.CloseTrade, uow: UnitOfWork) -> None:
    """Refuses nothing: the policy has seen that the trade is open."""
    uow.record(party_id(command.party), PartyTradeClosed(order=command.order))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RegisterParty: register_party,
    commands.ChangeProfile: change_profile,
    commands.ReferExporter: refer_exporter,
    commands.ScreenParty: screen_party,
    commands.SuspendParty: suspend_party,
    commands.ReinstateParty: reinstate_party,
    commands.PlaceLegalHold: place_legal_hold,
    commands.LiftLegalHold: lift_legal_hold,
    commands.ForgetParty: forget_party,
    commands.RecordWatchlist: record_watchlist,
    commands.OpenTrade: open_trade,
    commands.CloseTrade: close_trade,
}


def _party(command: commands.PartyCommand, uow: UnitOfWork) -> Party:
    return uow.get(Party, party_id(command.party))
