"""Laws of snapshots: whatever is put aside as bytes, and whenever, everything is decided as if nothing had been."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.simulator import opening, simulate
from domain.aggregate import Aggregate, HistoryBroken
from domain.catalogue import AGGREGATES, evolve
from domain.errors import LedgerError
from domain.references import kind_of
from domain.rules import Rules
from domain.unit_of_work import Loaded, Step
from ledger.outcomes import Submission
from ledger.snapshots import SnapshotBroken, snapshot_of
from tests.given import AT, World, ruled
from tests.given import given as given_events
from tests.golden.examples import EXAMPLES
from tests.strategies import Said, rules, stories

ENDS_AT = datetime(2026, 11, 22, tzinfo=UTC)


def put_aside(world: World, references: Iterable[str]) -> None:
    """Let some aggregates of a world be what their snapshots are read as."""
    for reference in references:
        world.aggregates[reference] = snapshot_of(reference, world.aggregates[reference]).loaded()


def steps_of(say: Callable[[], list[Step]]) -> list[Step] | str:
    try:
        return say()
    except LedgerError as refusal:
        return repr((refusal.code, refusal.details()))


def played(said: Iterable[Submission], *, every: int = 0) -> Iterator[list[Step] | str]:
    """Yield what becomes of submissions; all that every so many of them changed is put aside."""
    world = World()
    for number, each in enumerate(said, start=1):
        assert each.occurred_at
        steps = steps_of(partial(world.say, each.command, actor=each.actor, at=each.occurred_at, role=each.role))
        if every and number % every == 0 and isinstance(steps, list):
            put_aside(world, {step.reference for step in steps})
        yield steps


@pytest.mark.parametrize("every", [1, 7])
def test_simulated_marketplace_decides_alike_with_snapshots_and_without(every: int) -> None:
    said = [*opening("main", seed=7, ends_at=ENDS_AT), *simulate(trades=150, seed=7, ends_at=ENDS_AT)]
    for submission, without, with_snapshots in zip(said, played(said), played(said, every=every), strict=True):
        assert with_snapshots == without, submission


@given(stories(), rules(), st.data())
def test_told_stories_decide_alike_with_snapshots_at_random_versions(
    story: Sequence[Said], rulebook: Rules, data: st.DataObject
) -> None:
    without, with_snapshots = (given_events(ruled(rulebook)).world for _ in range(2))
    now = AT
    for command, voice, days in story:
        now += timedelta(days=days)
        say = [partial(w.say, command, actor=voice.actor, at=now, role=voice.role) for w in (without, with_snapshots)]
        assert steps_of(say[0]) == steps_of(say[1])
        assert with_snapshots.aggregates == without.aggregates
        put_aside(with_snapshots, data.draw(st.sets(st.sampled_from(sorted(with_snapshots.aggregates)))))


def begun() -> Iterator[tuple[str, Aggregate]]:
    """Yield an aggregate, with its reference, for each example of an event that may be the first of one."""
    for reference, event in EXAMPLES.values():
        with suppress(HistoryBroken):
            yield reference, evolve(None, event, reference, AT)


def test_aggregate_of_every_kind_is_read_back_as_it_was() -> None:
    assert {kind_of(reference) for reference, _ in begun()} == set(AGGREGATES)
    for reference, aggregate in begun():
        kept = snapshot_of(reference, Loaded(aggregate, 1))
        assert kept.loaded() == (aggregate, 1)


@given(st.data())
def test_any_byte_changed_is_noticed(data: st.DataObject) -> None:
    reference, aggregate = data.draw(st.sampled_from(list(begun())))
    kept = snapshot_of(reference, Loaded(aggregate, 1))
    index = data.draw(st.integers(0, len(kept.state) - 1))
    state = bytearray(kept.state)
    state[index] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SnapshotBroken):
        kept._replace(state=bytes(state)).loaded()


def test_snapshot_of_another_aggregate_or_version_is_noticed() -> None:
    reference, aggregate = next(begun())
    kept = snapshot_of(reference, Loaded(aggregate, 1))
    for other in (kept._replace(reference=f"{reference}2"), kept._replace(version=2)):
        with pytest.raises(SnapshotBroken):
            other.loaded()
