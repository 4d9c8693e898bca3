"""
A command's answer: what happened, what it posted, how things stand after it, and where each of that may be looked up.

It is the same however often it is asked for: what isn't in memory any more is read from the log, as of then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from api.views import EventView, event_view
from domain.aggregate import Aggregate
from domain.dispute import Dispute
from domain.envelope import Recorded
from domain.hold import Hold
from domain.money import Money
from domain.order import Order
from domain.posting_rules import post
from domain.references import key_of, kind_of, order_about
from domain.unit_of_work import Loaded
from ledger.outcomes import Accepted
from ledger.proof.kept_log import KeptCheckpoint


class PostingAnswered(msgspec.Struct, frozen=True, gc=False):
    """One account's movement: debits above zero, credits below."""

    account: str
    amount: Money


class EntryAnswered(msgspec.Struct, frozen=True, gc=False):
    """What an event of the command posted."""

    position: int
    topic: str
    about: str
    posting_date: date
    postings: tuple[PostingAnswered, ...]


class CheckpointAnswered(msgspec.Struct, frozen=True):
    """The newest checkpoint that covers the command's events: the root is in hexadecimal digits."""

    origin: str
    size: int
    root: str
    signed_at: datetime


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """
    What became of an accepted command: its events at their positions, first and last, and all that follows from them.

    state: by reference, the version of everything that it changed, and of an order, its hold and its disputes how they
    stand; dry_run: nothing of it was recorded, and the positions are those that it would have had.
    """

    first_position: int
    position: int
    repeated: bool
    events: Sequence[EventView]
    entries: Sequence[EntryAnswered]
    state: Mapping[str, Mapping[str, Any]]
    checkpoint: CheckpointAnswered | None
    links: Mapping[str, str]
    dry_run: bool = False


def command_answer(
    outcome: Accepted,
    events: Sequence[Recorded],
    versions: Mapping[str, int],
    changed: Mapping[str, Loaded],
    *,
    book: str,
    checkpoint: KeptCheckpoint | None = None,
    dry_run: bool = False,
) -> CommandAnswer:
    """
    Return the answer to a command, of which these events are shown to its caller.

    versions: of everything that it changed; changed: of that, what stands how after it.
    """
    return CommandAnswer(
        first_position=outcome.first_position,
        position=outcome.last_position,
        repeated=outcome.repeated,
        events=[event_view(event) for event in events],
        entries=entries_of(events),
        state=state_after(events, versions, changed),
        checkpoint=_answered(checkpoint),
        links=links_of(events, book),
        dry_run=dry_run,
    )


def entries_of(events: Iterable[Recorded]) -> list[EntryAnswered]:
    """Return what events posted, in order; nothing for one that posts nothing."""
    entries = []
    for each in events:
        state = each.state
        if entry := post(each.originator_id, state.event, schema=state.schema):
            postings = tuple(
                PostingAnswered(one.account, Money(one.currency, one.amount_minor)) for one in entry.postings
            )
            entries.append(EntryAnswered(each.position, each.topic, each.originator_id, state.posting_date, postings))
    return entries


def state_after(
    events: Iterable[Recorded], versions: Mapping[str, int], changed: Mapping[str, Loaded]
) -> dict[str, dict[str, Any]]:
    """Return how what these events happened to stands after the command, by reference, in the order of the first."""
    return {
        reference: {"version": versions[reference], **_standing(changed.get(reference))}
        for reference in dict.fromkeys(event.originator_id for event in events)
    }


def has_standing(reference: str) -> bool:
    """Return whether more is told of a thing than its version."""
    return kind_of(reference) in _TELLING_KINDS


class _Telling(NamedTuple):
    name: str
    tell: Callable[[Any], Any]


_TELLING: dict[type[Aggregate], tuple[_Telling, ...]] = {
    Order: (_Telling("status", lambda order: order.status),),
    Hold: (
        _Telling("status", lambda hold: hold.status),
        _Telling("held", lambda hold: Money(hold.currency, hold.held_minor)),
        _Telling("disputed", lambda hold: Money(hold.currency, hold.disputed_minor)),
        _Telling("frozen", lambda hold: Money(hold.currency, hold.frozen_minor)),
    ),
    Dispute: (_Telling("status", lambda dispute: dispute.status),),
}
_TELLING_KINDS = frozenset({"order", "hold", "dispute"})


def _standing(loaded: Loaded | None) -> dict[str, Any]:
    telling = _TELLING.get(type(loaded.aggregate), ()) if loaded and loaded.aggregate else ()
    return {name: tell(loaded.aggregate) for name, tell in telling if loaded}


def links_of(events: Sequence[Recorded], book: str) -> dict[str, str]:
    """Return where what happened may be looked up: the thing that it happened to first, its timeline, its proof."""
    if not events:
        return {}
    first = events[0]
    of_book = f"/v1/books/{book}"
    reference, kind = first.originator_id, kind_of(first.originator_id)
    links = {"proof": f"{of_book}/log/proofs/inclusion/{first.position}"}
    if kind in _OF_ORDERS:
        order = f"{of_book}/orders/{order_about(reference)}"
        links = {"self": order, "timeline": f"{order}/timeline"} | links
        if kind == "dispute":
            links["dispute"] = f"{order}/disputes/{reference.rpartition('/')[2]}"
    elif at := _PLACES.get(kind):
        links = {"self": f"{of_book}/{at}/{key_of(reference)}"} | links
    return links


_OF_ORDERS = frozenset({"order", "hold", "release", "refund", "clock", "dispute", "guarantee", "commission"})
_PLACES = {
    "party": "parties",
    "agreement": "agreements",
    "rulebook": "rulebooks",
    "payee": "payees",
    "receivable": "receivables",
    "remittance": "remittances",
}


def _answered(kept: KeptCheckpoint | None) -> CheckpointAnswered | None:
    if kept is None:
        return None
    checkpoint = kept.checkpoint
    return CheckpointAnswered(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), kept.signed_at)


def takes_place_later(events: Iterable[Recorded]) -> bool:
    """Return whether the first thing that happened names a later day from which it counts."""
    first = next(iter(events), None)
    if first is None:
        return False
    begins = _BEGINS.get(first.topic)
    day = getattr(first.event, begins) if begins else None
    return day is not None and day > first.state.posting_date


_BEGINS = {
    "rulebook.published": "effective_from",
    "agreement.signed": "starts_on",
    "agreement.amended": "starts_on",
    "agreement.ended": "ends_on",
}
"""By topic, the field that says from which day on what happened counts."""
