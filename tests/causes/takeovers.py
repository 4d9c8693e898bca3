"""What commands that take over another system's balances and orders are refused for."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.accounts import AccountUnfit, AccountUnknown
from domain.commands import RecordOpeningBalances, TakeOverOrder
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.opening_balances import BALANCES_PER_EVENT_MAX
from domain.order import LINES_PER_EVENT_MAX, OrderAlreadyPlaced, OrderTermsMalformed, PaymentStep
from domain.party_refusals import PartiesSame
from domain.references import ReferenceMalformed, takeover_id
from domain.rulebook import RulebookNotInForce, RulebookNotInState, RulebookPublished
from domain.takeover import (
    Balance,
    OpeningBalance,
    TakeoverAlreadyRecorded,
    TakeoverBalancesRecorded,
    TakeoverMalformed,
    TakeoverUnbalanced,
)
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import AT, ORDER, RULEBOOK, given, line, on, placed, ruled

SHA256 = "5c" * 32
YESTERDAY = date(2026, 11, 21)
BANK, SUSPENSE = "bank:safeguarded:hdfc", "suspense:unknown"
KEYLESS, OFF_CHART, HELD_ELSEWHERE, OPERATORS = "no key", "petty-cash", "hold:PO-9", "bank:operator:main"
TOO_MUCH = MINOR_MAX + 1
TOO_MANY = LINES_PER_EVENT_MAX + 1

RECORDED = TakeoverBalancesRecorded(
    source="legacy",
    source_sha256=SHA256,
    as_of=YESTERDAY,
    currency="USD",
    balances=(Balance(account=BANK, amount_minor=1), Balance(account=SUSPENSE, amount_minor=-1)),
)
LACKING = tuple(
    (f"payable:exporter:{side}-{number}", minor)
    for side, minor in (("OWED", MINOR_MAX), ("OWING", -MINOR_MAX))
    for number in range(BALANCES_PER_EVENT_MAX)
)
"""Balances that sum to zero, of which the first event's lack more than any amount may be."""
NOTHING_HELD = {"received_minor": (0, 0), "held_minor": 0}


def stood(*balances: tuple[str, int], currency: str = "USD") -> Mapping[str, Any]:
    """Return balances by account, instead of those accepted."""
    opening = (OpeningBalance(account=account, amount_minor=minor, currency=currency) for account, minor in balances)
    return {"balances": tuple(opening)}


def lines(*amounts_minor: int, quantity: int = 1) -> Mapping[str, Any]:
    """Return lines of these amounts, instead of those accepted."""
    numbered = enumerate(amounts_minor, start=1)
    return {"lines": tuple(line(number, quantity=quantity, amount_minor=minor) for number, minor in numbered)}


def steps(*amounts_minor: int, name: str = "part") -> Mapping[str, Any]:
    """Return payment steps of these amounts, instead of those accepted."""
    return {"steps": tuple(PaymentStep(name=name, amount_minor=minor) for minor in amounts_minor)}


TAKEOVERS = (
    Refused(
        RecordOpeningBalances(
            source="legacy",
            source_sha256=SHA256,
            as_of=YESTERDAY,
            **stood((BANK, 1_000), ("payable:exporter:EXP-1", -1_000)),
        ),
        given(),
        Cause(ReferenceMalformed, says={"source": KEYLESS}),
        Cause(TakeoverMalformed, says={"source_sha256": SHA256.upper()}, naming={"field": "source_sha256"}),
        Cause(TakeoverMalformed, says={"as_of": date(2026, 11, 23)}, naming={"field": "as_of"}),
        Cause(TakeoverMalformed, says=stood(), naming={"field": "balances"}),
        Cause(CurrencyUnknown, says=stood((BANK, 1), (SUSPENSE, -1), currency="XAU")),
        Cause(AccountUnknown, says=stood((OFF_CHART, 1), (SUSPENSE, -1))),
        Cause(AccountUnfit, says=stood((HELD_ELSEWHERE, 1), (SUSPENSE, -1))),
        Cause(AmountOutOfRange, says=stood((BANK, TOO_MUCH), (SUSPENSE, -TOO_MUCH))),
        Cause(TakeoverMalformed, says=stood((BANK, 0)), naming={"field": "amount_minor"}),
        Cause(TakeoverMalformed, says=stood((BANK, 1), (BANK, -1)), naming={"field": "balances[1].account"}),
        Cause(TakeoverUnbalanced, says=stood((BANK, 1))),
        Cause(AmountOutOfRange, says=stood(*LACKING)),
        Cause(TakeoverAlreadyRecorded, after=on(takeover_id("legacy"), RECORDED)),
        together={
            (1, 13): Attempt(says={"source": KEYLESS}, after=on(takeover_id(KEYLESS), RECORDED)),
            (5, 12): Attempt(says=stood(*LACKING, currency="XAU")),
            (6, 12): Attempt(says=stood(*LACKING, (OFF_CHART, 1), (SUSPENSE, -1))),
            (7, 12): Attempt(says=stood(*LACKING, (HELD_ELSEWHERE, 1), (SUSPENSE, -1))),
            (9, 12): Attempt(says=stood(*LACKING, (BANK, 0))),
            (10, 12): Attempt(says=stood((BANK, 1), (BANK, -1), *LACKING)),
            (11, 12): Attempt(says=stood(*LACKING, (BANK, 1))),
            (5, 6): Attempt(says=stood((OFF_CHART, 1), (SUSPENSE, -1), currency="XAU")),
            (5, 7): Attempt(says=stood((HELD_ELSEWHERE, 1), (SUSPENSE, -1), currency="XAU")),
            (5, 8): Attempt(says=stood((BANK, TOO_MUCH), (SUSPENSE, -TOO_MUCH), currency="XAU")),
            (5, 9): Attempt(says=stood((BANK, 0), currency="XAU")),
            (5, 10): Attempt(says=stood((BANK, 1), (BANK, -1), currency="XAU")),
            (5, 11): Attempt(says=stood((BANK, 1), currency="XAU")),
            (6, 8): Attempt(says=stood((OFF_CHART, TOO_MUCH), (SUSPENSE, -TOO_MUCH))),
            (6, 9): Attempt(says=stood((OFF_CHART, 0))),
            (6, 10): Attempt(says=stood((OFF_CHART, 1), (OFF_CHART, -1))),
            (6, 11): Attempt(says=stood((OFF_CHART, 1))),
            (7, 8): Attempt(says=stood((HELD_ELSEWHERE, TOO_MUCH), (SUSPENSE, -TOO_MUCH))),
            (7, 9): Attempt(says=stood((HELD_ELSEWHERE, 0))),
            (7, 10): Attempt(says=stood((HELD_ELSEWHERE, 1), (HELD_ELSEWHERE, -1))),
            (7, 11): Attempt(says=stood((HELD_ELSEWHERE, 1))),
            (8, 10): Attempt(says=stood((BANK, 1), (BANK, TOO_MUCH), (SUSPENSE, -TOO_MUCH - 1))),
            (8, 11): Attempt(says=stood((BANK, TOO_MUCH))),
            (9, 10): Attempt(says=stood((BANK, 1), (BANK, 0), (SUSPENSE, -1))),
            (9, 11): Attempt(says=stood((BANK, 0), (SUSPENSE, 1))),
            (10, 11): Attempt(says=stood((BANK, 1), (BANK, 1))),
        },
        apart={
            **{(4, later): "none of them is wrong where there is none" for later in range(5, 13)},
            (6, 7): "an account that is unfit is on the chart",
            (8, 9): "an amount is either none or too much",
        },
    ),
    Refused(
        TakeOverOrder(
            order="PO-1",
            source="legacy",
            source_reference="ORD/2026/77",
            buyer="BUY-1",
            exporter="EXP-1",
            currency="USD",
            **lines(6_000, 4_000, quantity=5),
            **steps(3_000, 7_000),
            transport_mode="sea",
            ship_by=date(2026, 12, 1),
            status="part_dispatched",
            undispatched=(5, 1),
            placed_at=datetime(2026, 10, 1, 9, tzinfo=UTC),
            dispatched_at=datetime(2026, 11, 2, 15, tzinfo=UTC),
            received_minor=(3_000, 0),
            held_minor=3_000,
            account=BANK,
        ),
        given(ruled()),
        Cause(ReferenceMalformed, says={"order": KEYLESS}, naming={"field": "order"}),
        Cause(PartiesSame, says={"exporter": "BUY-1"}),
        Cause(ReferenceMalformed, says={"source": KEYLESS}, naming={"field": "source"}),
        Cause(TakeoverMalformed, says={"source_reference": "ORD\n77"}, naming={"field": "source_reference"}),
        Cause(TakeoverMalformed, says=lines(*[1] * TOO_MANY), naming={"field": "lines"}),
        Cause(ReferenceMalformed, says={"buyer": "no buyer"}, naming={"field": "buyer"}),
        Cause(ReferenceMalformed, says={"exporter": "no exporter"}, naming={"field": "exporter"}),
        Cause(CurrencyUnknown, says={"currency": "XAU"}),
        Cause(OrderTermsMalformed, says=lines(), naming={"field": "lines"}),
        Cause(OrderTermsMalformed, says=lines(10_000, quantity=0), naming={"field": "lines.quantity"}),
        Cause(AmountOutOfRange, says=lines(10_000, 0), naming={"amount_minor": 0}),
        Cause(AmountOutOfRange, says=lines(MINOR_MAX, 1), naming={"amount_minor": TOO_MUCH}),
        Cause(ReferenceMalformed, says=steps(3_000, 7_000, name=KEYLESS), naming={"field": "terms.steps.name"}),
        Cause(AmountOutOfRange, says=steps(-1, 10_001), naming={"amount_minor": -1}),
        Cause(OrderTermsMalformed, says=steps(3_000, 6_999), naming={"field": "terms.steps"}),
        Cause(OrderTermsMalformed, says={"deliver_by": date(2026, 11, 30)}, naming={"field": "deliver_by"}),
        Cause(TakeoverMalformed, says={"placed_at": AT + timedelta(seconds=1)}, naming={"field": "placed_at"}),
        Cause(TakeoverMalformed, says={"dispatched_at": None}, naming={"field": "dispatched_at"}),
        Cause(TakeoverMalformed, says={"undispatched": (5, 6)}, naming={"field": "undispatched"}),
        Cause(OrderAlreadyPlaced, after=on(ORDER, placed())),
        Cause(TakeoverMalformed, says={"received_minor": (3_000,)}, naming={"field": "received_minor"}),
        Cause(
            AmountOutOfRange,
            says={"received_minor": (MINOR_MAX, 2), "held_minor": MINOR_MAX + 2},
            naming={"amount_minor": MINOR_MAX + 2},
        ),
        Cause(TakeoverMalformed, says={"refunded_minor": -1, "held_minor": 3_001}, naming={"field": "refunded_minor"}),
        Cause(TakeoverMalformed, says={"released_fee_minor": 1}, naming={"field": "released_minor"}),
        Cause(TakeoverMalformed, says={"held_minor": 2_999}, naming={"field": "held_minor"}),
        Cause(AccountUnknown, says={"account": OFF_CHART}),
        Cause(AccountUnfit, says={"account": OPERATORS}),
        Cause(TakeoverMalformed, says=NOTHING_HELD, naming={"field": "account"}),
        Cause(AggregateNotFound, gone=RULEBOOK),
        Cause(RulebookNotInState, without=(RulebookPublished,)),
        Cause(RulebookNotInForce, after=on(RULEBOOK, RulebookPublished(effective_from=date(2027, 1, 1)))),
        together={
            (1, 20): Attempt(says={"order": KEYLESS}, after=on(f"order:{KEYLESS}", placed())),
            (2, 6): Attempt(says={"buyer": KEYLESS, "exporter": KEYLESS}),
            (2, 7): Attempt(says={"buyer": KEYLESS, "exporter": KEYLESS}),
            (5, 10): Attempt(says=lines(*[1] * TOO_MANY, quantity=0)),
            (5, 11): Attempt(says=lines(*[0] * TOO_MANY)),
            (5, 12): Attempt(says=lines(MINOR_MAX, *[1] * LINES_PER_EVENT_MAX)),
            (9, 12): Attempt(says=lines()),
            (10, 11): Attempt(says=lines(10_000, 0, quantity=0)),
            (10, 12): Attempt(says=lines(MINOR_MAX, 1, quantity=0)),
            (11, 12): Attempt(says=lines(0, MINOR_MAX, 1)),
            (13, 14): Attempt(says=steps(-1, 10_001, name=KEYLESS)),
            (13, 15): Attempt(says=steps(3_000, 6_999, name=KEYLESS)),
            (14, 15): Attempt(says=steps(-1, 10_000)),
            (21, 22): Attempt(says={"received_minor": (MINOR_MAX + 2,), "held_minor": MINOR_MAX + 2}),
            (21, 28): Attempt(says={"received_minor": (0,), "held_minor": 0}),
            (22, 23): Attempt(
                says={"received_minor": (MINOR_MAX, 2), "refunded_minor": -1, "held_minor": MINOR_MAX + 3}
            ),
            (22, 25): Attempt(says={"received_minor": (MINOR_MAX, 2)}),
            (22, 28): Attempt(
                says={"received_minor": (MINOR_MAX, 2), "refunded_minor": MINOR_MAX + 2, "held_minor": 0}
            ),
            (23, 25): Attempt(says={"refunded_minor": -1}),
            (23, 28): Attempt(says={**NOTHING_HELD, "released_gross_minor": 1, "refunded_minor": -1}),
            (25, 28): Attempt(says={"held_minor": 0}),
        },
        apart={
            (5, 9): "lines are either none or too many",
            (9, 10): "none of them is wrong where there is none",
            (9, 11): "none of them is wrong where there is none",
            (26, 27): "an account that is unfit is on the chart",
            (26, 28): "an account is either needed or not",
            (27, 28): "an account is either needed or not",
            (30, 31): "only what is published has a first day",
        },
    ),
)
