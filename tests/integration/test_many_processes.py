"""Four real processes on one book: each takes its turn at the head, nobody's decision is stale, nothing is lost."""

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from domain.envelope import decode
from domain.hold import HoldPaymentReceived, HoldRefunded
from ledger.pool import open_pool
from tests.bench.many_processes import Share, Told, cancellation, measured, one_turn, payment, prepare, race
from tests.books import checked_log, count_outcomes

ORDERS = [f"PO-{number}" for number in range(200)]


def agreed(told: list[list[Told]]) -> dict[str, Told]:
    """Return what the processes were told by command id, after checking that they were all told the same."""
    by_id: dict[str, Told] = {}
    for each in (one for own in told for one in own):
        assert not each.problem, each
        assert by_id.setdefault(each.command_id, each) == each
    return by_id


def test_order_cancelled_while_its_payment_is_recorded_keeps_no_money(database: str) -> None:
    prepare(database, ORDERS)
    backwards = ORDERS[::-1]
    # Batches of unlike sizes: turn by turn the cancellations get ahead at one end and the payments at the other.
    done = race(
        [
            Share(database, [payment(order) for order in ORDERS], batch_commands_max=5),
            Share(database, [payment(order) for order in backwards], batch_commands_max=13),
            Share(database, [cancellation(order) for order in ORDERS], batch_commands_max=11),
            Share(database, [cancellation(order) for order in backwards], batch_commands_max=7),
        ]
    )
    assert [len(each.answers) for each in done] == [len(ORDERS)] * 4
    outcomes = agreed([each.answers for each in done])
    assert len(outcomes) == 2 * len(ORDERS)

    with open_pool(database, connections_max=1) as pool:
        rows = checked_log(pool)
        assert count_outcomes(pool) == 4 + 2 * len(ORDERS) + len(outcomes)
    states = [decode(row.topic, row.state) for row in rows]

    # Every accepted outcome's events are there, once and side by side; a refused one's are not.
    of_command = Counter(state.command_id for state in states)
    for told in outcomes.values():
        assert of_command[told.command_id] == (0 if told.refusal else told.last_position - told.first_position + 1)
        for state in states[told.first_position - 1 : told.last_position] if not told.refusal else ():
            assert state.command_id == told.command_id

    received, refunded = Counter[str](), Counter[str]()
    for row, state in zip(rows, states, strict=True):
        match state.event:
            case HoldPaymentReceived(amount_minor=amount_minor):
                received[row.originator_id] += amount_minor
            case HoldRefunded(amount_minor=amount_minor):
                refunded[row.originator_id] += amount_minor
            case _:
                pass
    for order in ORDERS:
        assert not outcomes[f"cancel-{order}"].refusal
        assert outcomes[f"pay-{order}"].refusal in {"", "order.cancelled"}
        assert (received[f"hold:{order}"] == 0) == (outcomes[f"pay-{order}"].refusal == "order.cancelled")
    assert received == refunded
    assert 0 < len(received) < len(ORDERS), "the race was none: one side was always first"


def test_four_processes_against_one_alone_are_measured(
    new_database: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    measurement = measured([one_turn(new_database, orders=500)])
    with capsys.disabled():
        print(msgspec.json.encode(measurement).decode())  # noqa: T201 - a figure to read: two shared cores prove none
    assert measurement.baseline == "one process"
