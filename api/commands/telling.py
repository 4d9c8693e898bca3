"""Telling is answering a command with what happened: to a side of its trade, as far as it is theirs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from api.commands.command_answers import CommandAnswer, command_answer, has_standing
from api.composition import OpenedBook
from api.http.desk import Desk
from api.identity.caller import Caller
from api.packs.scope import scope_for
from domain.commands import Command, OrderCommand
from domain.envelope import Recorded
from domain.unit_of_work import Loaded
from ledger.outcomes import Accepted
from ledger.pool import Connection
from ledger.proof.kept_log import KeptCheckpoint
from projections.log import read_events
from projections.moment import Moment
from projections.streams import aggregate_of
from projections.timelines import timeline_of

_READ_AHEAD_EVENTS = 1_000
"""Commands that were recorded together stand together: so many events are read at once."""


class _Happened(NamedTuple):
    """All events of a command, those of them that are shown, what they changed, and what was signed since."""

    events: Sequence[Recorded]
    shown: Sequence[Recorded]
    changed: Mapping[str, Loaded]
    checkpoint: KeptCheckpoint | None


async def tell(
    desk: Desk, book: str, caller: Caller, command: Command, outcome: Accepted, *, dry_run: bool = False
) -> CommandAnswer:
    """Return the answer to an accepted command; what is in memory costs no thread."""
    if outcome.repeated or caller.is_party:
        happened = await asyncio.to_thread(_looked_up, desk, desk.book(book), caller, command, outcome)
    else:
        checkpoint = desk.newest_checkpoint(book).covering(outcome.last_position)
        happened = _Happened(outcome.events, outcome.events, outcome.changed, checkpoint)
    return command_answer(
        outcome,
        happened.shown,
        versions_of(happened.events),
        happened.changed,
        book=book,
        checkpoint=None if dry_run else happened.checkpoint,
        dry_run=dry_run,
    )


def tell_list(
    book: OpenedBook, caller: Caller, outcomes: Sequence[tuple[Command, Accepted]], *, dry_run: bool = False
) -> list[CommandAnswer]:
    """
    Return the answers to the accepted commands of a list, in order.

    Of what they changed, only versions are told, and no checkpoint: the first time as at every other.
    """
    with book.pool.connection() as connection:
        before = _recorded_before(connection, book.name, [outcome for _, outcome in outcomes if outcome.repeated])
        shown_of = _sight(connection, book.name, caller) if caller.is_party else None
        answers = []
        for command, outcome in outcomes:
            events: Sequence[Recorded] = outcome.events
            if outcome.repeated:
                events = before[outcome.first_position]
            shown = events
            if shown_of and isinstance(command, OrderCommand):
                shown = shown_of(command.order, events)
            told = command_answer(outcome, shown, versions_of(events), {}, book=book.name, dry_run=dry_run)
            answers.append(told)
        return answers


def _recorded_before(connection: Connection, book: str, outcomes: Sequence[Accepted]) -> dict[int, Sequence[Recorded]]:
    """Return the events of outcomes by the position of their first, read in stretches of the log."""
    read: dict[int, Recorded] = {}
    for outcome in sorted(outcomes, key=lambda each: each.first_position):
        if outcome.last_position not in read:
            after = outcome.first_position - 1
            limit = max(_READ_AHEAD_EVENTS, outcome.last_position - after)
            stretch = read_events(connection, book, after=after, limit=limit)
            read |= {event.position: event for event in stretch.recorded} if stretch else {}
    return {
        each.first_position: [read[position] for position in range(each.first_position, each.last_position + 1)]
        for each in outcomes
    }


def _sight(
    connection: Connection, book: str, caller: Caller
) -> Callable[[str, Sequence[Recorded]], Sequence[Recorded]]:
    """Return what shows of the events of an order's commands what is a party's to see."""
    trades: dict[str, Sequence[Recorded]] = {}

    def shown(order: str, events: Sequence[Recorded]) -> Sequence[Recorded]:
        if order not in trades:
            trades[order] = timeline_of(connection, book, order)
        return _of_trade(caller, trades[order], events)

    return shown


def versions_of(events: Sequence[Recorded]) -> dict[str, int]:
    """Return the version after some events of everything that they happened to, by reference."""
    return {event.originator_id: event.originator_version for event in events}


def _looked_up(desk: Desk, book: OpenedBook, caller: Caller, command: Command, outcome: Accepted) -> _Happened:
    with book.pool.connection() as connection:
        events: Sequence[Recorded] = outcome.events
        changed = outcome.changed
        if outcome.repeated:
            events = _events_of(connection, book.name, outcome)
            changed = _standing_after(connection, book.name, events)
        shown = events
        if caller.is_party and isinstance(command, OrderCommand):
            shown = _shown(connection, book.name, caller, command.order, events)
        newest = desk.newest_checkpoint(book.name)
        checkpoint = newest.read_covering(connection, outcome.last_position) if outcome.repeated else None
    return _Happened(events, shown, changed, checkpoint)


def _shown(
    connection: Connection, book: str, caller: Caller, order: str, events: Sequence[Recorded]
) -> Sequence[Recorded]:
    """Return of what followed from a party's command what is theirs to see: not the partner's share, for one."""
    return _of_trade(caller, timeline_of(connection, book, order), events)


def _of_trade(caller: Caller, recorded: Sequence[Recorded], events: Sequence[Recorded]) -> Sequence[Recorded]:
    """Return of some events, recorded or only tried, what the trade shows to a party."""
    trade = {event.position: event for event in (*recorded, *events)}
    return scope_for(caller, list(trade.values())).shown(events)


def _events_of(connection: Connection, book: str, outcome: Accepted) -> Sequence[Recorded]:
    count = outcome.last_position - outcome.first_position + 1
    events = read_events(connection, book, after=outcome.first_position - 1, limit=count)
    return events.recorded if events else ()


def _standing_after(connection: Connection, book: str, events: Sequence[Recorded]) -> dict[str, Loaded]:
    """Return the things of which more is told than their versions, as they stood after some events."""
    at = Moment(max((event.position for event in events), default=0))
    return {
        reference: Loaded(aggregate_of(connection, book, reference, moment=at), version)
        for reference, version in versions_of(events).items()
        if has_standing(reference)
    }
