"""What a figure is made of, asked on the command line and over HTTP: the same tree at both doors."""

import asyncio
import json
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from api.app import app_of
from api.composition import connected
from api.http.desk import Desk
from domain import commands
from ledger.pool import open_pool
from projections.runner import Runner
from tests.books import Book
from tests.command_line import Run
from tests.given import AT
from tests.stories.worked_example import ACTS, RULES
from tests.tokens import Issuer, taking

GUIDE = Path(__file__).parents[2] / "docs/explain.md"
PAYABLE = "payable:exporter:EXP-1"


@pytest.fixture
def dsn(database: str) -> str:
    """Return the DSN of a database in whose book `main` the worked example was played."""
    with open_pool(database, connections_max=4) as pool:
        book = Book(pool)
        book.say(commands.OpenBook(book="main", identity="0" * 32, log_origin="ledger.example/main"))
        book.say(commands.DraftRulebook(rulebook="standard/1", rules=RULES))
        book.say(commands.ApproveRulebook(rulebook="standard/1"), actor="operator:second")
        book.say(commands.PublishRulebook(rulebook="standard/1"))
        for said in (one for act in ACTS for one in act.said):
            book.clock.now = AT + timedelta(days=said.day)
            submitted = book.submission(said.command, actor=said.actor)
            book.writer.submit(replace(submitted, role=said.actor.partition(":")[0])).result(timeout=30)
        book.writer.close()
        Runner(pool, "main").catch_up()
    return database


@pytest.fixture
def explain(trade_ledger: Run) -> Run:
    """Return the verb."""
    return partial(trade_ledger, "explain")


def asked(dsn: str, *paths: str) -> list[httpx.Response]:
    """Ask the API of a database, one path of the book `main` after the other."""

    async def answers() -> list[httpx.Response]:
        with connected(dsn) as house:
            app = app_of()
            app.state.desk = Desk(house, tokens=taking(Issuer()))
            said = {"authorization": f"Bearer {Issuer().token()}"}
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://ledger", headers=said) as http:
                return [await http.get(f"/v1/books/main/explain/{path}") for path in paths]

    return asyncio.run(answers())


def test_a_balance_unfolds_on_the_terminal_into_events_people_arithmetic_and_rules(explain: Run) -> None:
    ran = explain(PAYABLE)
    assert (ran.status, ran.err) == (0, "")
    lines = [line.strip("│├└─ ") for line in ran.out.splitlines()]
    assert lines[0] == f"{PAYABLE} in book main, as recorded up to position 115"
    assert [line.split() for line in lines if line.startswith((PAYABLE, "2027-"))][1:] == [
        [PAYABLE, "7,861.05", "USD"],
        ["2027-01-03", "hold.released", "release:PO-1/1", "7,472.85"],
        ["2027-01-11", "hold.released", "release:PO-1/2", "485.25"],
        ["2027-01-22", "hold.recovered", "refund:PO-1/3", "-97.05"],
    ]
    for told in (
        "7,700.00 gross - 192.50 service fee - 34.65 tax on the fee = 7,472.85",
        "7,700.00 x 2.50 % = 192.50, residue 0",
        "rule: rulebook:standard/1 service_fee_bps = 250",
        "net from the exporter: 100.00 x 7,958.10 / 8,200.00 = 97.05, residue 0",
        "rule: proposed by buyer:BUY-1, approved by finance:FIN-2",
    ):
        assert told in lines
    assert "said by finance:FIN-2 as finance, by policy execute_release" in ran.out
    amounts = [line.index("7,") + len("7,861.05") for line in ran.out.splitlines()[1:3]]
    assert amounts[0] == amounts[1], "amounts stand under one another"


def test_the_moment_is_that_of_every_other_read(explain: Run) -> None:
    assert "tax:gst-output  0.00 USD" in explain("tax:gst-output", "--as-of", "2027-01-02").out
    then = json.loads(explain("order:PO-1", "--known-at", "2027-01-02", "--depth", "1", "--json").out)
    assert then["position"] == 27
    assert {part["label"]: part["amount_minor"] for part in then["figures"][1]["children"]} == {
        "hold:PO-1": 770_000,
        "disputed:PO-1": 230_000,
    }


def test_what_is_not_unfolded_names_the_words_that_do_it(explain: Run) -> None:
    ran = explain("payable:exporter", "--at-position", "40")
    assert f"1 postings: trade-ledger explain {PAYABLE} --currency USD --at-position 40" in ran.out
    assert explain(PAYABLE, "--currency", "USD", "--at-position", "40").status == 0


def test_both_doors_give_the_same_tree(explain: Run, dsn: str) -> None:
    for what, options in (
        (PAYABLE, {"within": "2027-01", "currency": "USD", "depth": "5"}),
        ("release:PO-1/1", {"at_position": "60"}),
        ("commission:PO-1", {"known_at": "2027-01-22", "as_of": "2027-01-11"}),
        ("payee:EXP-1/USD", {}),
    ):
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        told = json.loads(explain(what, *words, "--json").out)
        (answer,) = asked(dsn, f"{what}?{httpx.QueryParams(options)}")
        assert (answer.status_code, answer.json()) == (200, in_money(told))
        assert answer.headers["ledger-position"] == str(told["position"])


def in_money(told: Any) -> Any:
    """Return what the verb says as HTTP says it: each amount together with its currency."""
    if isinstance(told, list):
        return [in_money(each) for each in told]
    if not isinstance(told, dict):
        return told
    looks = {name: in_money(each) for name, each in told.items() if name != "amount_minor"}
    if "amount_minor" in told:
        looks["amount"] = {"minor": told["amount_minor"], "currency": told["currency"]}
    return looks


def test_what_is_no_figure_is_told_by_name(explain: Run, dsn: str) -> None:
    ran = explain("hold:PO-2")
    assert (ran.status, ran.out, ran.err) == (1, "", "figure.not_found: what=hold:PO-2\n")
    ran = explain("whatever")
    assert (ran.status, ran.out, ran.err) == (2, "", "account.unknown: account=whatever\n")
    answers = asked(dsn, "hold:PO-2", "whatever", "order:%00", "%00", "hold:PO-1?within=%00", "hold:PO-1?depth=7")
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "figure.not_found"),
        (400, "account.unknown"),
        (400, "figure.malformed"),
        (400, "account.unknown"),
        (400, "figure.malformed"),
        (400, "request.parameter_malformed"),
    ]


def test_the_guide_shows_what_the_verb_says(explain: Run) -> None:
    shown = re.findall(r"```\n\$ trade-ledger explain ([^\n]*)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(shown) == 3
    for words, said in shown:
        assert explain(*words.split()).out == said
