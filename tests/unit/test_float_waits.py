"""A wait is divided among its causes to the day: nothing lost, nothing twice, the first cause first."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from projections.float_waits import Spans, Wait, WaitedFor, without

FIRST = date(2026, 11, 1).toordinal()
CAUSES: tuple[WaitedFor, ...] = ("dispute", "suspension", "minimum")

days = st.integers(0, 40)
turns = st.lists(st.tuples(days, st.booleans()), max_size=8).map(lambda said: sorted(said, key=lambda turn: turn[0]))


def day(number: int) -> date:
    return date.fromordinal(FIRST + number)


def spans_of(said: list[tuple[int, bool]]) -> Spans:
    spans = Spans()
    for number, on in said:
        spans.turn(day(number), on=on)
    return spans


def days_of(said: list[tuple[int, bool]], last: int) -> set[int]:
    """Return the days on which it was so, one by one."""
    return {number for number in range(last) if dict(said_until(said, number)).get("on")}


def said_until(said: list[tuple[int, bool]], number: int) -> list[tuple[str, bool]]:
    return [("on", on) for since, on in said if since <= number][-1:]


@given(st.lists(turns, min_size=3, max_size=3), days, st.lists(days, min_size=1, max_size=4).map(sorted))
def test_each_day_is_told_for_the_first_cause_that_it_had(
    said: list[list[tuple[int, bool]]], since: int, untils: list[int]
) -> None:
    wait = Wait(day(since))
    causes = [(cause, spans_of(turned)) for cause, turned in zip(CAUSES, said, strict=True)]
    for until in untils:
        wait.go_on(day(until), "bank", causes)
    ends = max(since, *untils)
    naive: dict[WaitedFor, int] = {}
    known = [(cause, days_of(turned, ends)) for cause, turned in zip(CAUSES, said, strict=True)]
    for number in range(since, ends):
        cause: WaitedFor = next((each for each, on in known if number in on), "bank")
        naive[cause] = naive.get(cause, 0) + 1
    assert {cause: count for cause, count in wait.days.items() if count} == naive
    assert (wait.since, wait.until) == (day(since), day(ends))


@given(turns, days, days)
def test_rest_of_a_wait_is_what_no_cause_had(said: list[tuple[int, bool]], since: int, until: int) -> None:
    wait = Wait(day(since))
    left = wait.go_on(day(until), "planning", [("suspension", spans_of(said))])
    rest = {number for first, last in left for number in range(first.toordinal() - FIRST, last.toordinal() - FIRST)}
    assert rest == set(range(since, until)) - days_of(said, until)


def test_what_was_told_for_one_thing_is_told_for_another() -> None:
    wait = Wait(day(0))
    left = wait.go_on(day(10), "planning")
    wait.move([(left[0][0], day(4))], was="planning", to="schedule")
    assert wait.days == {"planning": 6, "schedule": 4}


def test_span_without_others_is_what_lies_between_them() -> None:
    whole = (day(2), day(20))
    assert without(whole, []) == [whole]
    assert without(whole, [(day(0), day(5)), (day(7), day(8)), (day(18), day(30))]) == [
        (day(5), day(7)),
        (day(8), day(18)),
    ]
    assert without(whole, [(day(2), day(20))]) == []


def test_what_is_so_still_is_so_to_the_end() -> None:
    spans = Spans(date.min)
    assert spans.is_on
    assert spans.within((day(3), day(5))) == [(day(3), day(5))]
    spans.turn(day(4), on=False)
    spans.turn(day(4), on=False)
    assert not spans.is_on
    assert spans.within((day(3), day(5))) == [(day(3), day(4))]
