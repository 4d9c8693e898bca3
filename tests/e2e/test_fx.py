"""Foreign exchange over HTTP and on the command line: rates, conversions, exposures, and what the books say of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem, usd

HISTORY = """Date,USD,JPY,INR,
2026-01-16,1.1600,186.75,97.1235,
2026-01-15,1.1523,186.70,97.0000,
2026-01-14,1.1500,186,N/A,
"""
RATES = {"source": "ECB", "day": "2026-01-16", "base": "EUR", "rates": {"USD": "1.1600", "INR": "97.1235"}}
SUNDAY, MONTH_END = "2026-01-18T09:00:00Z", "2026-01-31T18:00:00Z"
OPERATORS = {"sold_from": "bank:operator:hdfc", "bought_to": "bank:operator:icici"}


def eur(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR"}


def bought_euros(**other: Any) -> dict[str, Any]:
    return (
        {
            "conversion": "FX-1",
            "sold": usd(116_500),
            "bought": eur(100_000),
            "deal": {"source": "bank:hdfc", "rate": "1.165", "of": "EUR"},
            "occurred_at": SUNDAY,
        }
        | OPERATORS
        | other
    )


@pytest.fixture
def ledger(founded: Run) -> Run:
    return founded


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "eurofxref-hist.csv"
    file.write_text(HISTORY, encoding="utf-8")
    return file


def test_conversion_is_recorded_shown_taken_back_and_told_with_both_rates(client: Client) -> None:
    client.done("rates", RATES)
    client.done("conversions", bought_euros())
    shown = client.get("conversions/FX-1").json()
    assert shown["sold"]["amount"] == usd(116_500)
    assert shown["bought"]["amount"] == eur(100_000)
    assert shown["would_have_bought"] == eur(100_431)
    assert shown["benchmark"] == {"source": "ECB", "day": "2026-01-16", "base": "EUR", "rates": {"USD": "1.1600"}}
    assert shown["deal"] == {"source": "bank:hdfc", "rate": "1.165", "of": "EUR"}
    assert (shown["margin"], shown["difference"], shown["reversal"]) == (usd(-500), usd(0), None)
    assert [action["action"] for action in shown["allowed"]] == ["conversion-reverse"]
    (row,) = client.rows("exposures")
    assert (row["open"], row["carried"], row["gained"]) == (eur(100_000), usd(116_000), usd(0))
    problem(client.post("conversions", bought_euros()), 409, "conversion.already_recorded")
    client.done("conversions/FX-1/reverse", {"reason": "recorded-twice", "occurred_at": SUNDAY})
    shown = client.get("conversions/FX-1").json()
    assert shown["reversal"]["reason"] == "recorded-twice"
    assert shown["allowed"] == []
    assert [each["conversion"] for each in client.rows("conversions")] == ["FX-1"]
    (row,) = client.rows("exposures")
    assert (row["open"], row["carried"]) == (eur(0), usd(0))
    problem(client.get("conversions/FX-2"), 404, "conversion.not_found")


def test_what_was_known_then_is_asked_by_position(client: Client) -> None:
    before = client.done("rates", RATES)["position"]
    correction = {"source": "ECB", "day": "2026-01-16", "rates": {"USD": "1.2"}, "reason": "typing-error"}
    client.done("rates/corrections", correction)
    asked: dict[str, Any] = {"from": "EUR", "to": "USD", "on": "2026-01-18"}
    now, then = client.get("rate", **asked).json(), client.get("rate", **asked, at_position=before).json()
    assert (now["exact"], now["decimal"]) == ("6/5", "1.2000000000")
    assert (then["exact"], then["used"]["day"]) == ("29/25", "2026-01-16")
    problem(client.get("rate", **asked, at_position=before - 1), 404, "rates.not_found")
    problem(client.get("rate", **asked, days_back=1), 404, "rates.not_found")
    problem(client.get("rate", **asked | {"to": "usd"}), 400, "request.parameter_malformed")
    (row,) = client.rows("rates", **{"from": "2026-01-10", "to": "2026-01-20"})
    assert (row["rates"]["USD"], row["corrections"]) == ("1.2", 1)
    assert not client.rows("rates", **{"from": "2026-01-17", "to": "2026-01-20"})
    problem(client.get("rates", **{"from": "2026-01-20", "to": "2026-01-10"}), 400, "rates.malformed")


def test_books_explain_what_was_gained_and_both_engines_agree(client: Client, ledger: Run) -> None:
    client.done("rates", RATES)
    client.done("conversions", bought_euros())
    client.done("rates", RATES | {"day": "2026-01-30", "rates": {"USD": "1.2"}})
    client.done("exposures/EUR/revalue", {"occurred_at": MONTH_END})
    (row,) = client.rows("exposures")
    assert (row["carried"], row["gained"], row["moved_on"]) == (usd(120_000), usd(4_000), "2026-01-31")
    back = {"sold_from": "bank:operator:icici", "bought_to": "bank:operator:hdfc", "conversion": "FX-2"}
    deal = {"deal": {"source": "ECB"}, "sold": eur(25_000), "bought": usd(30_000), "occurred_at": MONTH_END}
    position = client.done("conversions", bought_euros() | back | deal)["position"]
    rows = client.rows("balances", limit=100, min_position=position)
    stood = {(row["account"], row["balance"]["currency"]): row["balance"]["minor"] for row in rows}
    assert stood[("fx:gain-loss", "USD")] == 4_000 - 500
    assert stood[("fx:position", "USD")] == 90_000
    assert stood[("fx:position", "EUR")] == -75_000
    assert ledger("verify").status == DONE
    assert ledger("verify", "--engine", "duckdb").status == DONE
    explained = ledger("explain", "fx:gain-loss", "--json")
    assert explained.status == DONE
    assert "revalued" in explained.out
    assert "1 EUR = 1.165 USD" in ledger("explain", "bank:operator:icici", "--json").out
    assert "at the reference rate" in explained.out
    assert ledger("explain", "fx:position", "--json").status == DONE
    client.done("conversions/FX-1/reverse", {"reason": "wrong-account", "occurred_at": MONTH_END})
    explained = ledger("explain", "fx:gain-loss", "--json")
    assert explained.status == DONE
    assert "reason wrong-account" in ledger("explain", "bank:operator:icici").out
    assert ledger("verify", "--engine", "duckdb").status == DONE


def test_rates_are_imported_once_however_often_and_otherwise_only_told(ledger: Run, history: Path) -> None:
    first = ledger("fx", "import-ecb", str(history), "--from", "2026-01-15", "--json")
    assert first.status == DONE, first.err
    assert (first.json["days"], first.json["recorded"], first.json["unchanged"]) == (2, 2, 0)
    again = ledger("fx", "import-ecb", str(history), "--json").json
    assert (again["days"], again["recorded"], again["unchanged"]) == (3, 1, 2)
    by_hand = ledger("fx", "record", "ECB", "2026-01-19", "EUR", "USD=1.17", "INR=98")
    assert by_hand.status == DONE, by_hand.err
    lines = [*HISTORY.splitlines()[:1], "2026-01-19,1.1700,N/A,98,", "2026-01-16,1.1500,1,1,", "2026-01-13,0,,,"]
    history.write_text("\n".join(lines), encoding="utf-8")
    other = ledger("fx", "import-ecb", str(history), "--json")
    assert other.status == REFUSED
    assert (other.json["recorded"], other.json["differing"]) == (0, ["2026-01-16", "2026-01-19"])
    assert other.json["problems"] == [{"line": 4, "reason": "not a rate of USD: 0"}]
    told = ledger("fx", "import-ecb", str(history))
    assert "2026-01-16 is recorded otherwise" in told.err
    shown = ledger("fx", "rates", "--from", "2026-01-01", "--to", "2026-01-31", "--json").json
    assert [row["day"] for row in shown] == ["2026-01-19", "2026-01-16", "2026-01-15", "2026-01-14"]
    assert shown[0]["rates"] == {"INR": "98", "USD": "1.17"}, "as it was recorded first"


def test_rate_is_shown_exactly_with_its_source_and_both_days(ledger: Run, history: Path) -> None:
    assert ledger("fx", "import-ecb", str(history)).status == DONE
    asked = ("fx", "rate", "--from", "USD", "--to", "INR", "--on", "2026-01-18")
    shown = ledger(*asked, "--json").json
    assert (shown["exact"], shown["decimal"], shown["on"]) == ("194247/2320", "83.7271551724", "2026-01-18")
    assert (shown["used"]["source"], shown["used"]["day"]) == ("ECB", "2026-01-16")
    assert "2026-01-16" in ledger(*asked).out
    late = ledger("fx", "rate", "--from", "USD", "--to", "INR", "--on", "2026-01-22", "--json")
    assert (late.status, late.json["code"]) == (REFUSED, "rates.not_found")
    further = ledger("fx", "rate", "--from", "USD", "--to", "INR", "--on", "2026-01-22", "--days-back", "6", "--json")
    assert further.json["used"]["day"] == "2026-01-16"
    passed_over = ledger("fx", "rate", "--from", "USD", "--to", "INR", "--on", "2026-01-14", "--json")
    assert passed_over.json["code"] == "rates.not_found", "rupees weren't quoted"


def test_verbs_convert_take_back_and_revalue(ledger: Run, history: Path) -> None:
    assert ledger("fx", "import-ecb", str(history)).status == DONE
    deal: tuple[str, ...] = ("--sold", "1165.00:USD", "--sold-from", "bank:operator:hdfc", "--bought", "1000.00:EUR")
    deal += ("--bought-to", "bank:operator:icici", "--deal", "bank:hdfc", "--rate", "1.165:EUR")
    converted = ledger("fx", "convert", "FX-1", *deal, "--at", "2026-01-16T10:00:00")
    assert converted.status == DONE, converted.err
    (view,) = ledger("fx", "conversions", "--json").json
    assert (view["margin_minor"], view["would_have_bought"]) == (-500, {"currency": "EUR", "minor": 100_431})
    assert "1165.00 USD" in ledger("fx", "conversions").out
    revalued = ledger("fx", "revalue", "--on", "2026-01-18", "--json")
    assert revalued.status == DONE, revalued.err
    (each,) = revalued.json
    assert each["outcome"]["events"][0]["event"]["gain_minor"] == 0, "on the rate that it is carried at"
    stale = ledger("fx", "revalue", "--on", "2026-01-17", "--json")
    assert (stale.status, stale.json[0]["refused"]["code"]) == (REFUSED, "exposure.moved_since")
    assert ledger("fx", "revalue", "--on", "2999-01-01").status == WRONG_USAGE
    assert ledger("fx", "revalue", "--on", "2026-01-30").status == REFUSED, "no rates any more"
    assert ledger("fx", "reverse", "FX-1", "--reason", "recorded-twice").status == DONE
    (row,) = ledger("fx", "exposures", "--json").json
    assert (row["open"], row["carried_minor"]) == ({"currency": "EUR", "minor": 0}, 0)
    assert "0.00 EUR" in ledger("fx", "exposures").out
    correction = ("fx", "correct", "ECB", "2026-01-16", "USD=1.161", "--reason", "typing-error")
    assert ledger(*correction).status == DONE
    assert ledger(*correction).status == REFUSED, "the same again is no correction"
    assert ledger("fx", "record", "ECB", "2026-01-20", "EUR", "USD=1", "USD=2").status == WRONG_USAGE
    assert ledger("fx", "convert", "FX-2", *deal[:1], "1165.00", *deal[2:]).status == WRONG_USAGE


def test_day_is_the_books_and_not_the_callers(client: Client) -> None:
    """Half an hour before midnight in UTC, what isn't quoted before the next day isn't known yet."""
    client.done("rates", RATES)
    at = datetime(2026, 1, 15, 23, 30, tzinfo=UTC).isoformat()
    problem(client.post("conversions", bought_euros(occurred_at=at)), 404, "rates.not_found")
