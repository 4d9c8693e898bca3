"""Accounting periods: closed in order, sealed once, reopened by two people in reverse; what comes late moves on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.aggregate import Event
from domain.closing_figures import BalanceLine
from domain.commands import ApproveReopening, ClosePeriod, ProposeReopening, RejectReopening
from domain.commitment import CommitmentMalformed
from domain.errors import Refused
from domain.period import (
    Period,
    PeriodIsClosed,
    PeriodIsSealed,
    PeriodMalformed,
    PeriodNotClosed,
    PeriodNotOver,
    Periods,
    PeriodsOutOfOrder,
    Reopening,
    ReopeningPending,
    SealMalformed,
    month_of,
)
from domain.period_events import PeriodClosed, PeriodReopened, PeriodReopeningProposed, PeriodReopeningRejected
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.references import periods_id
from tests.causes.periods import PROPOSE, REOPENED, SEAL, SEALED, closed, with_october
from tests.given import BOOK, OPERATOR, SECOND, Given, folded, given, on, opened

ALL = periods_id("main")
CLOSE = ClosePeriod(period="2026-10")
APPROVE = ApproveReopening(period="2026-10", number=1)
REJECT = RejectReopening(period="2026-10", number=1, reason="too-late")
PROPOSED = PeriodReopeningProposed(period="2026-10", number=1, reason="invoice-missing", proposed_by=OPERATOR)
YEARS = (date(2025, 1, 1), date(2027, 12, 31))
A_DAY = timedelta(days=1)


def founded(*, time_zone: str = "UTC") -> Given:
    return given(on(BOOK, replace(opened(), time_zone=time_zone)))


class TestClosing:
    def test_a_month_that_is_over_is_closed_with_all_before_it(self) -> None:
        event = PeriodClosed(period="2026-10", closing=1, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31))
        founded().when(CLOSE).then(on(ALL, event)).leaves(ALL, closed_through=date(2026, 10, 31))

    @pytest.mark.parametrize(
        ("period", "last_day"),
        [("2024-02", date(2024, 2, 29)), ("2026-02", date(2026, 2, 28)), ("2025-12", date(2025, 12, 31))],
    )
    def test_it_is_closed_up_to_its_last_day(self, period: str, last_day: date) -> None:
        founded().when(ClosePeriod(period=period)).leaves(ALL, closed_through=last_day)

    @pytest.mark.parametrize(
        "period",
        ["2026-13", "2026-1", "2026-00", "0999-01", "26-10", "2026-10-01", "", "2026-\N{ARABIC-INDIC DIGIT ONE}0"],
    )
    def test_a_month_is_written_as_one(self, period: str) -> None:
        founded().when(ClosePeriod(period=period)).refused(PeriodMalformed, period=period)

    @pytest.mark.parametrize(
        ("at", "time_zone"),
        [
            (datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC), "UTC"),
            (datetime(2026, 10, 31, 18, 29, 59, tzinfo=UTC), "Asia/Kolkata"),
            (datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC), "America/New_York"),
        ],
    )
    def test_a_month_is_over_where_the_book_is(self, at: datetime, time_zone: str) -> None:
        last_day = date(2026, 10, 31)
        founded(time_zone=time_zone).when(CLOSE, at=at).refused(PeriodNotOver, last_day=last_day, today=last_day)
        founded(time_zone=time_zone).when(CLOSE, at=at + timedelta(seconds=1)).then_topics("PeriodClosed")

    @pytest.mark.parametrize("period", ["2026-10", "2026-09", "2019-01"])
    def test_what_is_closed_is_not_closed_again(self, period: str) -> None:
        again = ClosePeriod(period=period)
        with_october().when(again).refused(PeriodIsClosed, period=period, closed_through=date(2026, 10, 31))

    def test_months_close_one_after_the_other(self) -> None:
        book = given(on(BOOK, opened()), closed("2026-08"))
        book.when(CLOSE).refused(PeriodsOutOfOrder, period="2026-10", first="2026-09")
        book.said(ClosePeriod(period="2026-09")).when(CLOSE).leaves(ALL, closed_through=date(2026, 10, 31))

    def test_a_year_ends_between_two_of_them(self) -> None:
        book = given(on(BOOK, opened()), closed("2025-12"))
        book.when(ClosePeriod(period="2026-02")).refused(PeriodsOutOfOrder, first="2026-01")
        book.when(ClosePeriod(period="2026-01")).leaves(ALL, closed_through=date(2026, 1, 31))


class TestSealing:
    def test_a_closing_is_sealed_with_its_figures(self) -> None:
        with_october().when(SEAL).then(SEALED).leaves(ALL, periods={"2026-10": Period(closings=1, sealed=True)})

    def test_it_is_sealed_once(self) -> None:
        with_october().said(SEAL).when(SEAL).refused(PeriodIsSealed, period="2026-10", closing=1)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("position", 0),
            ("accounts", 1),
            ("trial_balance", (BalanceLine("clearing", "USD", 5), BalanceLine("hold", "EUR", -5))),
            ("trial_balance", (BalanceLine("hold", "USD", -5), BalanceLine("clearing", "USD", 5))),
            ("trial_balance", (BalanceLine("hold", "USD", -5), BalanceLine("hold", "USD", 5))),
            ("trial_balance", (BalanceLine("clearing:card", "USD", 5), BalanceLine("hold", "USD", -5))),
        ],
    )
    def test_figures_that_cannot_be_are_not_sealed(self, field: str, value: object) -> None:
        with_october().when(replace(SEAL, **{field: value})).refused(SealMalformed, field=field)

    def test_a_hash_is_one(self) -> None:
        spoilt = replace(SEAL, accounts_sha256="ab" * 31)
        with_october().when(spoilt).refused(CommitmentMalformed, field="accounts_sha256")

    @pytest.mark.parametrize("closing", [0, 2])
    def test_only_the_closing_that_stands_is_sealed(self, closing: int) -> None:
        with_october().when(replace(SEAL, closing=closing)).refused(PeriodNotClosed, period="2026-10")

    def test_a_month_without_a_closing_of_its_own_is_not_sealed(self) -> None:
        with_october().when(replace(SEAL, period="2026-09", closing=0)).refused(PeriodNotClosed, period="2026-09")

    def test_a_second_closing_is_sealed_anew(self) -> None:
        book = with_october().said(SEAL, PROPOSE).said(APPROVE, actor=SECOND).said(CLOSE)
        book.when(SEAL).refused(PeriodNotClosed)
        book.when(replace(SEAL, closing=2)).then_topics("PeriodSealed")


class TestReopening:
    def test_it_is_proposed_and_waits(self) -> None:
        waiting = Period(closings=1, proposed=1, pending=Reopening(number=1, proposed_by=OPERATOR))
        with_october().when(PROPOSE).then(on(ALL, PROPOSED)).leaves(
            ALL, closed_through=date(2026, 10, 31), periods={"2026-10": waiting}
        )

    def test_a_second_person_agrees_and_that_month_alone_is_open(self) -> None:
        book = with_october().said(PROPOSE)
        book.when(APPROVE, actor=SECOND).then(REOPENED).leaves(ALL, closed_through=date(2026, 9, 30))

    def test_nobody_agrees_with_themselves(self) -> None:
        proposals = "period:main/2026-10"
        book = with_october().said(PROPOSE)
        book.when(APPROVE).refused(ApproverIsProposer, proposals=proposals, number=1, actor=OPERATOR)
        book.when(REJECT).refused(ApproverIsProposer, proposals=proposals, number=1, actor=OPERATOR)

    def test_a_second_person_disagrees_and_it_stays_closed(self) -> None:
        rejected = PeriodReopeningRejected(period="2026-10", number=1, rejected_by=SECOND, reason="too-late")
        book = with_october().said(PROPOSE)
        book.when(REJECT, actor=SECOND).then(on(ALL, rejected)).leaves(ALL, closed_through=date(2026, 10, 31))
        book.when(APPROVE, actor=SECOND).refused(ProposalNotFound, proposals="period:main/2026-10", number=1)

    def test_the_month_before_the_first_closing_reopens_after_it(self) -> None:
        book = with_october()
        september = ProposeReopening(period="2026-09", reason="invoice-missing")
        book.when(september).refused(PeriodsOutOfOrder, period="2026-09", first="2026-10")
        book.said(PROPOSE).said(APPROVE, actor=SECOND).said(september)
        book.when(ApproveReopening(period="2026-09", number=1), actor=SECOND).leaves(
            ALL, closed_through=date(2026, 8, 31)
        )

    def test_what_is_open_is_not_reopened(self) -> None:
        founded().when(PROPOSE).refused(PeriodNotClosed, period="2026-10")
        with_october().when(replace(PROPOSE, period="2026-11")).refused(PeriodNotClosed, period="2026-11")

    def test_a_later_closing_comes_before_a_proposal_that_waits(self) -> None:
        book = given(on(BOOK, opened()), closed("2026-09"))
        book.said(replace(PROPOSE, period="2026-09"), CLOSE)
        agree = ApproveReopening(period="2026-09", number=1)
        book.when(agree, actor=SECOND).refused(PeriodsOutOfOrder, period="2026-09", first="2026-10")

    def test_one_proposal_waits_at_a_time_and_numbers_go_on(self) -> None:
        book = with_october().said(PROPOSE)
        book.when(PROPOSE, actor=SECOND).refused(ReopeningPending, period="2026-10", number=1)
        book.said(REJECT, actor=SECOND).when(PROPOSE).then(on(ALL, replace(PROPOSED, number=2)))
        book.said(replace(APPROVE, number=2), actor=SECOND).said(CLOSE).when(PROPOSE).then(
            on(ALL, replace(PROPOSED, number=3))
        )


class TestPostingDates:
    @pytest.mark.parametrize(
        ("day", "posted"),
        [
            (date(2019, 1, 1), date(2026, 11, 1)),
            (date(2026, 10, 31), date(2026, 11, 1)),
            (date(2026, 11, 1), date(2026, 11, 1)),
            (date(2026, 11, 22), date(2026, 11, 22)),
        ],
    )
    def test_what_comes_late_is_posted_on_the_first_open_day(self, day: date, posted: date) -> None:
        periods = with_october().world.load(ALL).aggregate
        assert isinstance(periods, Periods)
        assert periods.posting_date(day) == posted

    def test_before_the_first_closing_every_day_is_open(self) -> None:
        assert Periods(reference=ALL).posting_date(date(1900, 1, 1)) == date(1900, 1, 1)

    @drawn(st.data())
    def test_no_posting_is_in_a_closed_month_nor_before_its_day_whatever_was_closed_and_reopened(
        self, data: st.DataObject
    ) -> None:
        """A naive model marks days one by one; the history, folded anew, says the same."""
        book, shut = founded(), set[date]()
        for _ in range(data.draw(st.integers(1, 8), label="steps")):
            period = data.draw(st.sampled_from([f"2026-{month:02}" for month in range(3, 9)]), label="period")
            reopening = data.draw(st.booleans(), label="reopening")
            event = _tried(book, period, reopening=reopening)
            month = month_of(period)
            if isinstance(event, PeriodClosed):
                shut |= set(_days(YEARS[0], month.last_day))
            elif isinstance(event, PeriodReopened):
                shut -= set(_days(month.first_day, month.last_day))
            periods = book.world.load(ALL).aggregate or Periods(reference=ALL)
            assert isinstance(periods, Periods)
            day = data.draw(st.dates(*YEARS), label="day")
            posted = periods.posting_date(day)
            assert posted >= day
            assert posted not in shut
            assert all(between in shut for between in _days(day, posted - A_DAY))
            assert _refolded(book).posting_date(day) == posted


def test_every_month_has_its_days() -> None:
    assert [month_of(f"2024-{number:02}").last_day.day for number in range(1, 13)] == [
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]  # fmt: skip


def _tried(book: Given, period: str, *, reopening: bool) -> Event | None:
    """Return the event that closing or reopening a month ended with, or nothing where a rule refused."""
    try:
        if not reopening:
            return book.world.say(ClosePeriod(period=period))[-1].event
        proposed = book.world.say(ProposeReopening(period=period, reason="test"))[-1].event
        assert isinstance(proposed, PeriodReopeningProposed)
        return book.world.say(ApproveReopening(period=period, number=proposed.number), actor=SECOND)[-1].event
    except Refused:
        return None


def _refolded(book: Given) -> Periods:
    events = [step.event for step, _ in book.world.steps if step.reference == ALL]
    periods = folded(ALL, *events) if events else Periods(reference=ALL)
    assert isinstance(periods, Periods)
    return periods


def _days(first: date, last: date) -> list[date]:
    return [first + A_DAY * number for number in range((last - first).days + 1)]
