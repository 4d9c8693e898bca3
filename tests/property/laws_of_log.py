"""Laws of single steps and of the log, and how the other laws look at a book."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from domain.aggregate import Aggregate
from domain.catalogue import evolve, type_of
from domain.envelope import decode, encode
from domain.posting_rules import post
from domain.unit_of_work import Loaded, Step
from tests.given import World
from tests.golden.examples import enveloped

A = TypeVar("A", bound=Aggregate)


def each(world: World, kind: type[A]) -> Iterator[A]:
    """Return every aggregate of a kind."""
    return (loaded.aggregate for loaded in world.aggregates.values() if isinstance(loaded.aggregate, kind))


def every_entry_sums_to_zero(steps: Iterable[Step]) -> None:
    """Each event's entry has as much debit as credit, in every currency."""
    for step in steps:
        entry = post(step.reference, step.event)
        sums: dict[str, int] = {}
        for posting in entry.postings if entry else ():
            assert posting.amount_minor
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
        assert not any(sums.values()), step


def no_event_moves_less_than_nothing(steps: Iterable[Step]) -> None:
    """No amount of an event is below zero: what goes the other way is another event."""
    for step in steps:
        amounts = {name: getattr(step.event, name) for name in step.event.__struct_fields__ if name.endswith("_minor")}
        plain = {name: minor for name, minor in amounts.items() if isinstance(minor, int)}
        assert not [name for name, minor in plain.items() if minor < 0], step


def the_log_replays(world: World) -> None:
    """Folding the stored bytes from zero gives every aggregate as it stands, field by field, with dense versions."""
    replayed: dict[str, Loaded] = {}
    for step, _ in world.steps:
        aggregate, version = replayed.get(step.reference, Loaded(None, 0))
        assert step.version == version + 1
        event = decode(type_of(step.event).topic, encode(enveloped(step.event))).event
        assert event == step.event
        replayed[step.reference] = Loaded(evolve(aggregate, event, step.reference, step.occurred_at), step.version)
    assert replayed == world.aggregates


def control(world: World, prefix: str) -> int:
    """Return the balance of all accounts that begin like this, in every currency together."""
    return sum(minor for (account, _), minor in world.balances.items() if account.startswith(prefix))
