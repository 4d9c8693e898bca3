"""The SQL script and the table of rules: what every event posts, and what stops the derivation."""

import csv
import subprocess
import sys
from collections import Counter
from datetime import date
from importlib import resources
from itertools import groupby, product
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from api.second_engine.derivation import DerivationStopped, script, standard_rules
from domain.agreement_terms import Payer
from domain.catalogue import EVENTS, type_of
from domain.commission import CommissionAccrued, CommissionClawedBack, CommissionEarned
from domain.earning import EarnedBack
from domain.envelope import encode
from domain.journal import Entry
from domain.posting_rules import POSTING_RULES, post
from domain.tax import Gst, GstTreatment
from tests.golden.examples import EXAMPLES, GOLDEN, enveloped
from tests.parquet_logs import Happened, derived, state, write_log, write_rules

Movements = dict[tuple[str, str], int]

RULES = list(csv.DictReader(standard_rules().read_text(encoding="utf-8").splitlines()))


def paid(amount_minor: int, *, order: str = "PO-1", on: date = date(2026, 11, 22)) -> Happened:
    event = {"amount_minor": amount_minor, "currency": "USD", "account": "clearing:card"}
    return f"hold:{order}", "hold.payment_received", state(event, posting_date=on)


def summed(entry: Entry | None) -> Movements:
    """Return what an entry moves, by account and currency; one that it moves to and fro by nothing is there too."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in entry.postings if entry else ():
        sums[posting.account, posting.currency] += posting.amount_minor
    return dict(sums)


def movements_of(log: Path, events: int) -> list[Movements]:
    """Return what the second engine has each event move."""
    with derived(log, positions=[]) as database:
        rows = database.execute(
            "SELECT position, account, currency, sum(amount_minor)::BIGINT FROM movements GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert not database.execute("FROM unbalanced").fetchall()
        assert not database.execute("FROM altered").fetchall()
    found = {at: {(a, c): minor for _, a, c, minor in moved} for at, moved in groupby(rows, key=lambda row: row[0])}
    return [found.get(position, {}) for position in range(1, events + 1)]


def test_every_event_ever_shipped_posts_by_the_rules_or_is_listed_as_posting_nothing() -> None:
    shipped = {(t.topic, version) for t in EVENTS for version in range(1, t.schema + 1)}
    posting = {(row["topic"], int(row["schema"])) for row in RULES if row["side"] != "none"}
    silent = {(row["topic"], int(row["schema"])) for row in RULES if row["side"] == "none"}
    assert posting | silent == shipped
    assert not posting & silent
    assert posting == {key for key, rule in POSTING_RULES.items() if rule}


def test_rules_are_numbered_complete_and_in_order() -> None:
    keys = [(row["topic"], int(row["schema"]), int(row["line"] or 0)) for row in RULES]
    assert keys == sorted(set(keys))
    for row in RULES:
        assert row["side"] in {"debit", "credit", "none"}
        assert bool(row["account"]) is bool(row["amount"]) is bool(row["line"]) is (row["side"] != "none")


def test_every_golden_event_moves_what_its_golden_entry_says(tmp_path: Path) -> None:
    files = sorted((GOLDEN / "events").iterdir())
    events = [(EXAMPLES[path.name.rsplit(".", 2)[0]][0], path.name.rsplit(".", 2)[0], path) for path in files]
    log = write_log(
        tmp_path / "golden.parquet", [(reference, topic, path.read_bytes()) for reference, topic, path in events]
    )
    entries = [GOLDEN / "entries" / path.name for path in files]
    golden = [summed(msgspec.json.decode(e.read_bytes(), type=Entry)) if e.is_file() else {} for e in entries]
    assert sum(map(bool, golden)) > 20
    assert movements_of(log, len(files)) == golden


def commission_events() -> list[CommissionAccrued | CommissionEarned | CommissionClawedBack]:
    """Every kind of event whose rules have conditions, in every case that there is."""
    accrued, earned, clawed_back = (
        EXAMPLES[f"commission.{happened}"][1] for happened in ("accrued", "earned", "clawed_back")
    )
    assert isinstance(accrued, CommissionAccrued)
    assert isinstance(earned, CommissionEarned)
    assert isinstance(clawed_back, CommissionClawedBack)
    payers, treatments = get_args(Payer), get_args(GstTreatment)
    (back,) = clawed_back.from_earned
    return [
        *(msgspec.structs.replace(accrued, payer=payer) for payer in payers),
        *(
            msgspec.structs.replace(
                earned, payer=payer, gst=Gst(treatment=treatment, rate_bps=1_800, rule="x"), gst_minor=gst_minor
            )
            for payer, treatment, gst_minor in product(payers, treatments, (0, 77))
        ),
        *(
            msgspec.structs.replace(clawed_back, payer=payer, from_earned=backs, amount_minor=100_000 + of_earned_minor)
            for payer, first, second in product(payers, treatments, treatments)
            for backs, of_earned_minor in (
                ((), 0),
                ((earned_back(back, first, 1_000), earned_back(back, second, 0)), 1_575),
            )
        ),
    ]


def earned_back(back: EarnedBack, treatment: GstTreatment, withheld_minor: int) -> EarnedBack:
    """Return an earning that is taken back, of 1,000 where tax was withheld from it and of 575 where none was."""
    return msgspec.structs.replace(
        back,
        treatment=treatment,
        amount_minor=1_000 if withheld_minor else 575,
        withheld_minor=withheld_minor // 50,
        code="1006" if withheld_minor else "",
    )


def test_commission_moves_the_same_for_every_payer_and_treatment_of_tax(tmp_path: Path) -> None:
    events = commission_events()
    reference = "commission:PO-1"
    log = write_log(
        tmp_path / "commission.parquet",
        [(reference, type_of(event).topic, encode(enveloped(event))) for event in events],
    )
    assert movements_of(log, len(events)) == [summed(post(reference, event)) for event in events]


def test_balances_stand_after_each_position_asked_for_and_after_the_last_by_default(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.parquet", [paid(500), paid(30), paid(4, order="PO-2")])
    with derived(log, positions=[3, 1]) as database:
        rows = database.execute("FROM balances ORDER BY ALL").fetchall()
        assert rows == [
            (1, "clearing:card", "USD", 500),
            (1, "hold:PO-1", "USD", -500),
            (3, "clearing:card", "USD", 534),
            (3, "hold:PO-1", "USD", -530),
            (3, "hold:PO-2", "USD", -4),
        ]
        database.execute("RESET VARIABLE positions")
        assert database.execute("FROM balances ORDER BY ALL").fetchall() == rows[2:]


def test_balances_count_only_what_is_posted_up_to_a_day(tmp_path: Path) -> None:
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 10, 30)]
    log = write_log(
        tmp_path / "log.parquet", [paid(minor, on=day) for minor, day in zip((500, 30, 4), days, strict=True)]
    )
    with derived(log, positions=[3]) as database:
        database.execute("SET VARIABLE as_of = DATE '2026-10-31'")
        assert database.execute("FROM balances ORDER BY ALL").fetchall() == [
            (3, "clearing:card", "USD", 504),
            (3, "hold:PO-1", "USD", -504),
        ]


def test_amounts_of_a_rule_are_added_and_taken_away(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.csv", "x.y,1,1,debit,{key}:{event.a.b},event.one - event.two + event.three,,")
    log = write_log(
        tmp_path / "log.parquet",
        [("x:K", "x.y", state({"a": {"b": "z"}, "currency": "USD", "one": 100, "two": 30, "three": 4}))],
    )
    with derived(log, rules, positions=[1]) as database:
        assert database.execute("SELECT account, amount_minor FROM movements").fetchall() == [("K:z", 74)]
        assert database.execute("SELECT difference_minor FROM unbalanced").fetchall() == [(74,)]


def test_largest_amounts_are_exact(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.parquet", [paid(2**53 - 1), paid(2**53 - 1)])
    with derived(log, positions=[2]) as database:
        sums = dict(database.execute("SELECT account, balance_minor FROM balances").fetchall())
    assert sums == {"clearing:card": 2**54 - 2, "hold:PO-1": 2 - 2**54}


POSTS = "hold.payment_received,1,1,debit,{event.account},event.amount_minor,,"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("hold.opened,1,,none,,,,", "no rule for hold.payment_received, schema 1, at position 1"),
        (POSTS.replace(",1,1,", ",2,1,"), "no rule for hold.payment_received, schema 1, at position 1"),
        (POSTS.replace("event.account", "event.acount"), "no event.acount in "),
        (POSTS.replace("event.amount_minor", "event.amount"), "no event.amount in "),
        (POSTS.replace("event.amount_minor", "event.account"), "clearing:card"),
        (POSTS.replace("debit", "debtor"), "not a side: debtor"),
        (POSTS + "event.kind = x", "no event.kind in "),
        (POSTS.replace("event.amount_minor,", "item.amount_minor,event.items"), "no event.items in "),
        (POSTS.replace(",debit", ""), "CSV"),
    ],
)
def test_rule_that_does_not_fit_the_events_stops_the_derivation_and_is_named(
    tmp_path: Path, rule: str, problem: str
) -> None:
    rules = write_rules(tmp_path / "rules.csv", rule)
    log = write_log(tmp_path / "log.parquet", [paid(500)])
    with pytest.raises(DerivationStopped) as stopped, derived(log, rules, positions=[1]):
        pass
    assert problem in stopped.value.problem


def test_event_without_a_posting_date_stops_the_derivation(tmp_path: Path) -> None:
    stored = state({"amount_minor": 5, "currency": "USD", "account": "clearing:card"}).replace(
        b"posting_date", b"posted"
    )
    log = write_log(tmp_path / "log.parquet", [("hold:PO-1", "hold.payment_received", stored)])
    with pytest.raises(DerivationStopped, match="no posting_date in"), derived(log, positions=[1]):
        pass


@pytest.mark.parametrize("positions", [(1, 3), (2, 3), (1, 1), (0, 1)])
def test_log_with_a_gap_or_a_repetition_stops_the_derivation(tmp_path: Path, positions: tuple[int, int]) -> None:
    log = write_log(tmp_path / "log.parquet", [paid(500), paid(30)], positions=positions)
    with pytest.raises(DerivationStopped, match="not a whole log"), derived(log, positions=[1]):
        pass


def test_event_that_is_not_what_its_leaf_hash_was_taken_of_is_listed(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.parquet", [paid(500), paid(30, order="PO-é")])
    with derived(log, positions=[2]) as database:
        assert not database.execute("FROM altered").fetchall()
        altered = tmp_path / "altered.parquet"
        for column, value in (
            ("state", "encode(replace(decode(state), '30', '31'))"),
            ("topic", "'hold.disputed'"),
            ("originator_id", "'hold:PO-e'"),
            ("version", "2"),
        ):
            database.execute(
                f"COPY (SELECT * REPLACE (if(position = 2, {value}, {column}) AS {column}) FROM log) TO '{altered}'"
            )
            database.execute("SET VARIABLE log = $log", {"log": str(altered)})
            assert database.execute("FROM altered").fetchall() == [
                (2, "hold:PO-é" if column != "originator_id" else "hold:PO-e")
            ]
            database.execute("SET VARIABLE log = $log", {"log": str(log)})


def test_script_needs_nothing_of_this_project(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.parquet", [paid(500)])
    for name in ("balances.sql", "posting_rules.csv"):
        (tmp_path / name).write_bytes(resources.files("api.second_engine").joinpath(name).read_bytes())
    program = f"""
import duckdb
duckdb.execute("SET VARIABLE log = '{log}'")
duckdb.execute("SET VARIABLE rules = 'posting_rules.csv'")
duckdb.execute(open('balances.sql').read())
print(duckdb.execute("FROM balances ORDER BY ALL").fetchall())
"""
    alone = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert alone.stdout == "[(1, 'clearing:card', 'USD', 500), (1, 'hold:PO-1', 'USD', -500)]\n"


def test_script_says_what_it_asks_for_and_leaves_behind() -> None:
    opening = script().partition("-- 1.")[0]
    for name in ("log", "rules", "positions", "as_of", "balances", "movements", "unbalanced", "altered"):
        assert name in opening
