"""Strangers: what a party sees of a book is, byte for byte, what it saw before others came to trade there."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import httpx
import pytest

from api.composition import House, connected
from api.identity.caller import Caller
from domain import commands
from domain.agreement_terms import AgreementTerms
from domain.commands.disputes import NewClaim
from domain.money import Money
from domain.order import Line
from domain.receivable_events import Invoice, OrderShare
from domain.takeover import OpeningBalance
from ledger.postgres import EmbeddedPostgres
from projections.runner import Runner
from tests.books import Book, pay
from tests.e2e.test_http import Client, paid, placed, problem
from tests.troubles import RULEBOOK, troubled_book

DATABASE = "strangers"
THEIRS = ("PO-Y", "PO-Z")
"""Orders of BUY-Z from EXP-Z, which the partner PAR-Z brought; there is a dispute about the second."""

CALLERS = [
    Caller("buyer:BUY-T", "buyer", "BUY-T"),
    Caller("exporter:EXP-T", "exporter", "EXP-T"),
    Caller("exporter:clerk-1", "exporter", "EXP-U"),
    Caller("partner:PAR-T", "partner", "PAR-T"),
    Caller("partner:PAR-U", "partner", "PAR-U"),
    Caller("buyer:NEW", "buyer", "BUY-NEW"),
]
LISTS = {
    "orders": (
        {},
        {"limit": 1},
        {"reference": "PO-Z"},
        {"buyer": "BUY-Z"},
        {"exporter": "EXP-Z"},
        {"status": "placed"},
    ),
    "disputes": ({}, {"stage": "all"}, {"limit": 1, "stage": "all"}, {"order": "PO-Z"}, {"buyer": "BUY-Z"}),
    "deadlines": (
        {},
        {"limit": 1},
        {"order": "PO-Z"},
        {"silence_of": "exporter"},
        {"overdue": True, "at": "2030-01-01"},
    ),
    "commissions": ({}, {"limit": 1}, {"partner": "PAR-Z"}, {"exporter": "EXP-Z"}),
    "holds": ({}, {"limit": 1}, {"reference": "PO-Z"}, {"buyer": "BUY-Z"}, {"exporter": "EXP-Z"}),
    "releases": ({}, {"limit": 1}, {"order": "PO-Y"}, {"exporter": "EXP-Z"}, {"stands": "approved"}),
    "refunds": ({}, {"limit": 1}, {"order": "PO-Y"}, {"buyer": "BUY-Z"}),
    "guarantees": ({}, {"exporter": "EXP-Z"}),
    "agreements": ({}, {"partner": "PAR-Z"}),
    "payouts": ({}, {"limit": 1}, {"party": "EXP-Z"}, {"stage": "ready"}, {"file": "main-20261123-1"}),
    "receivables": ({}, {"state": "all", "limit": 1}, {"exporter": "EXP-Z"}, {"order": "PO-Z"}),
    "remittances": ({}, {"left": True}, {"exporter": "EXP-Z"}),
    "accounts": ({}, {"limit": 1}, {"control": "hold"}),
    "balances": ({}, {"account": "payable:exporter:EXP-Z"}, {"account": "hold:PO-Z"}, {"account": "hold:PO-A"}),
}
OF_ORDER = (
    "orders/{}",
    "orders/{}/timeline",
    "orders/{}/guarantee",
    "orders/{}/lines",
    "orders/{}/amendments",
    "orders/{}/amendments/1",
    "orders/{}/releases",
    "orders/{}/releases/1",
    "orders/{}/refunds",
    "orders/{}/refunds/1",
    "orders/{}/clocks/inspection",
    "orders/{}/clocks/review/1",
    "holds/{}",
    "commissions/{}",
    "accounts/hold:{}",
    "orders/{}/disputes/1",
    "orders/{}/disputes/1/claims",
    "orders/{}/disputes/1/claims/1",
    "orders/{}/disputes/1/evidence",
    "orders/{}/disputes/1/offers",
    "orders/{}/disputes/1/decisions",
    "orders/{}/disputes/1/appeals",
    "orders/{}/disputes/1/timeline",
    "accounts/hold:{}/statement",
    "explain/order:{}",
    "explain/release:{}/1",
    "explain/commission:{}",
    "explain/hold:{}",
)
OF_PARTY = (
    "parties/{}",
    "payees/{}/USD",
    "accounts/payable:exporter:{}",
    "accounts/refundable:buyer:{}",
    "accounts/payable:exporter:{}/statement",
    "accounts/refundable:buyer:{}/statement",
    "accounts/payable:partner:{}/statement",
    "explain/payable:exporter:{}",
    "explain/payee:{}/USD",
)
COMMON = (
    *("receivables/SB-Z", "remittances/IRM-Z", "parties/EXP-Z/realisation/2027-Q4"),
    *("agreements/AG-T", "agreements/AG-Z", "explain/income:service-fee", "explain/payable:exporter", "explain/x"),
)
MALFORMED = {"at_position": "x", "limit": "0", "depth": "99"}
SAID = ("accept", "confirm", "dispatch", "disputes", "disputes/1/message", "disputes/1/offer", "amendments")


OF_THE_REQUEST = ("x-request-id", "ratelimit", "ratelimit-policy", "date")
"""Headers that differ from request to request."""
OWN_REQUEST = re.compile(rb'"request":"[^"]*"')
OF_THE_LOG = ("ledger-position", "etag", "link", "content-length")


class Seen(NamedTuple):
    """An answer, all of it."""

    status: int
    headers: dict[str, str]
    content: bytes


class Before(NamedTuple):
    """What was answered before strangers came to trade: where the log ended, to each party, and of the whole book."""

    head: int
    seen: dict[Caller, dict[str, Seen]]
    lists: dict[str, bytes]


class Market(NamedTuple):
    """A house in whose book `main` strangers trade, and what was seen there before."""

    house: House
    before: Before


@pytest.fixture(scope="module")
def market(postgres: EmbeddedPostgres, template: str) -> Iterator[Market]:
    with troubled_book(postgres, template, database=DATABASE) as book, connected(postgres.dsn(DATABASE)) as house:
        head = house.book("main").runner.head()
        seen = {caller: everything(house, caller, head=head) for caller in CALLERS}
        before = Before(head, seen, whole_lists(house))
        trade_elsewhere(book)
        Runner(book.pool, book.name).catch_up()
        yield Market(house, before)


@pytest.fixture
def house(market: Market) -> House:
    return market.house


def trade_elsewhere(book: Book) -> None:
    """Let others trade in the same book: a partner, an exporter, a buyer, two orders, a dispute."""
    signed = commands.SignAgreement(
        agreement="AG-Z",
        partner="PAR-Z",
        starts_on=date(2026, 4, 1),
        year_begins=4,
        time_zone="Asia/Kolkata",
        terms=AgreementTerms(rate_bps=200, attribution_days=365),
    )
    for party, role in (("EXP-Z", "exporter"), ("BUY-Z", "buyer")):
        book.say(commands.RegisterParty(party=party, roles=(role,), country="IN", rulebook=RULEBOOK))  # type: ignore[arg-type]
    book.say(signed)
    book.say(commands.ReferExporter(party="EXP-Z", agreement="AG-Z", starts_on=book.clock.now.date()))
    for order in THEIRS:
        book.say(ordered(order))
        for command in (
            commands.AcceptOrder(order=order),
            pay(order, 40_000),
            commands.DispatchGoods(order=order),
            commands.RecordDelivery(order=order),
        ):
            book.say(command)
    export(book, "Z", "EXP-Z", "PO-Z")
    book.say(commands.ConfirmReceipt(order="PO-Y"))
    book.say(commands.OpenDispute(order="PO-Z", claims=(NewClaim(kind="quality", line=1, quantity=3),)))

    pay_out(book, "PAR-Z", "BUY-Z", "EXP-Z")


def pay_out(book: Book, *parties: str) -> None:
    """Let parties be owed 10.00 EUR each, and a payout P-<party> of it be planned."""
    source = "-".join(("legacy", *parties))
    control = {"B": "refundable:buyer", "E": "payable:exporter", "P": "payable:partner"}
    owed = [
        OpeningBalance(account=f"{control[each[0]]}:{each}", currency="EUR", amount_minor=-1_000) for each in parties
    ]
    bank = OpeningBalance(account="bank:safeguarded:hdfc", currency="EUR", amount_minor=1_000 * len(parties))
    today = book.clock.now.date()
    stood = commands.RecordOpeningBalances(source=source, source_sha256="5c" * 32, as_of=today, balances=(bank, *owed))
    book.say(stood)
    for each in parties:
        plan = commands.PlanPayout(
            payout=f"P-{each}", party=each, currency="EUR", pays_from="bank:safeguarded:hdfc", pay_on=today
        )
        book.say(plan)


def export(book: Book, name: str, exporter: str, order: str) -> None:
    """Let an exporter's goods leave the country under a bill SB-<name>, and money come as IRM-<name>."""
    today, amount = book.clock.now.date(), Money("USD", 10_000)
    shipped = commands.RecordReceivable(
        receivable=f"SB-{name}",
        exporter=exporter,
        currency="USD",
        invoices=(Invoice(number="EXP/1", issued_on=today, amount_minor=amount.minor),),
        shipped_on=today,
        orders=(OrderShare(order=order, amount_minor=amount.minor),),
    )
    money = commands.RecordRemittance(
        remittance=f"IRM-{name}",
        exporter=exporter,
        amount=amount,
        received_on=today,
        purpose="P0102",
        rulebook=RULEBOOK,
    )
    matched = commands.AllocateRemittance(
        receivable=f"SB-{name}", remittance=f"IRM-{name}", amount=Money("USD", amount.minor // 2)
    )
    for said in (shipped, money, matched):
        book.say(said)


def ordered(order: str) -> commands.PlaceOrder:
    return commands.PlaceOrder(
        order=order,
        buyer="BUY-Z",
        exporter="EXP-Z",
        currency="USD",
        lines=(Line(number=1, sku="SKU-1", quantity=10, amount_minor=40_000),),
        transport_mode="sea",
        ship_by=date(2028, 6, 1),
        rulebook=RULEBOOK,
    )


def everything(house: House, caller: Caller, *, head: int) -> dict[str, Seen]:
    """Return all that a caller is answered; what names where the log ends is asked about one such position."""
    seen: dict[str, Seen] = {}
    with Client(house, "main", caller=caller) as client:

        def look(path: str, **query: Any) -> None:
            seen[f"{path} {query}"] = seen_in(client.get(path, **query))

        for path, queries in LISTS.items():
            for query in queries:
                look(path, **query)
                look(path, **query, at_position=head)
        for path in paths():
            look(path, at_position=head)
            look(path, at_position=head, as_of="2026-12-01")
        for path in paths():
            if not path.startswith(("explain", "accounts")):
                look(path)
                look(path, **MALFORMED)
        for order in THEIRS:
            for verb in SAID:
                said = client.post(f"orders/{order}/{verb}", {}, key=f"{order}-{verb}")
                seen[f"{order} {verb}"] = seen_in(said)
    return seen


def seen_in(answer: httpx.Response) -> Seen:
    """
    Return what an answer shows.

    How long the log is, which is no secret since its checkpoints are public, is left out where the question names no
    position: a list of the present says it, and its cursor and its tag are made of it.
    """
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    if "at_position" in answer.request.url.params or b'"items":' not in answer.content:
        return Seen(answer.status_code, headers, OWN_REQUEST.sub(b"", answer.content))
    page = answer.json()
    content = json.dumps([page["items"], page["next"] is None]).encode()
    kept = {name: value for name, value in headers.items() if name not in OF_THE_LOG}
    return Seen(answer.status_code, kept | {"link": str("link" in headers)}, content)


def paths() -> list[str]:
    orders = ("PO-A", "PO-D", "PO-G", "PO-H", *THEIRS)
    parties = ("BUY-T", "EXP-T", "EXP-U", "PAR-T", "PAR-U", "BUY-Z", "EXP-Z", "PAR-Z")
    return [
        *(path.format(order) for order in orders for path in OF_ORDER),
        *(path.format(party) for party in parties for path in OF_PARTY),
        *COMMON,
    ]


def whole_lists(house: House) -> dict[str, bytes]:
    with Client(house, "main") as client:
        return {path: client.get(path, limit=100).content for path in LISTS}


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.party)
def test_what_a_party_sees_is_byte_for_byte_what_it_saw_before_strangers_came(market: Market, caller: Caller) -> None:
    before = market.before.seen[caller]
    after = everything(market.house, caller, head=market.before.head)
    assert [asked for asked in before if before[asked] != after[asked]] == []


def test_lists_of_the_whole_book_did_change(market: Market) -> None:
    before, after = market.before.lists, whole_lists(market.house)
    assert [path for path in LISTS if before[path] == after[path]] == []


def keys(client: Client, path: str, name: str, **query: object) -> set[str]:
    return {row[name] for row in client.rows(path, **query)}


def test_parties_see_all_that_is_theirs(house: House) -> None:
    with Client(house, "main", caller=Caller("buyer:BUY-Z", "buyer", "BUY-Z")) as client:
        assert keys(client, "orders", "order") == set(THEIRS)
        assert keys(client, "disputes", "order") == {"PO-Z"}
        assert keys(client, "deadlines", "order") <= set(THEIRS)
        assert keys(client, "deadlines", "order", order="PO-Z") == {"PO-Z"}
        assert client.get("orders/PO-Z").json()["buyer"] == "BUY-Z"
        assert client.get("parties/BUY-Z").json()["roles"] == ["buyer"]
        problem(client.get("orders/PO-A"), 404, "order.not_found")
    with Client(house, "main", caller=Caller("exporter:EXP-Z", "exporter", "EXP-Z")) as client:
        assert keys(client, "orders", "order") == set(THEIRS)
        (payable,) = (row for row in client.rows("balances") if row["currency"] == "USD")
        assert payable["account"] == "payable:exporter:EXP-Z"
        assert client.get("explain/payable:exporter:EXP-Z").json()["figures"][0]["amount"]["minor"] > 0
        assert client.get("accounts/payable:exporter:EXP-Z/statement").json()["items"]
        assert client.get("payees/EXP-Z/USD").json()["balance"] == payable["balance"]
    with Client(house, "main", caller=Caller("partner:PAR-Z", "partner", "PAR-Z")) as client:
        assert keys(client, "commissions", "exporter") == {"EXP-Z"}
        assert client.get("agreements/AG-Z").json()["partner"] == "PAR-Z"
        problem(client.get("agreements/AG-T"), 404, "agreement.not_found")
        assert keys(client, "balances", "account") == {"accrued:partner:PAR-Z", "payable:partner:PAR-Z"}
        assert keys(client, "payouts", "payout") == {"P-PAR-Z"}
        problem(client.get("payouts/P-EXP-Z"), 404, "payout.not_found")


def test_side_of_a_trade_is_so_in_its_own_role_only(house: House) -> None:
    for caller in (Caller("exporter:BUY-Z", "exporter", "BUY-Z"), Caller("buyer:EXP-Z", "buyer", "EXP-Z")):
        with Client(house, "main", caller=caller) as client:
            problem(client.get("orders/PO-Z"), 404, "order.not_found")
            assert client.rows("orders") == []


def test_commission_is_shown_to_whoever_pays_it_and_drafts_to_no_side(house: House) -> None:
    def timeline(role: Any, party: str, order: str) -> set[str]:
        with Client(house, "main", caller=Caller(f"{role}:X", role, party)) as client:
            return keys(client, f"orders/{order}/timeline", "topic")

    accrued, drafted = "commission.accrued", "dispute.decision_proposed"
    assert accrued in timeline("operator", "", "PO-H")
    assert accrued in timeline("exporter", "EXP-U", "PO-H")
    assert accrued not in timeline("buyer", "BUY-T", "PO-H")
    assert accrued not in timeline("exporter", "EXP-T", "PO-G"), "the operator pays it"
    assert drafted in timeline("mediator", "", "PO-F")
    for role, party in (("buyer", "BUY-T"), ("exporter", "EXP-T")):
        assert drafted not in timeline(role, party, "PO-F")
        with Client(house, "main", caller=Caller(f"{role}:X", role, party)) as client:  # type: ignore[arg-type]
            shown = client.get("orders/PO-F/disputes/1").json()
            assert (shown["decisions"], {clock["kind"] for clock in shown["clocks"]} & {"review"}) == ([], set())
            assert "review" not in keys(client, "deadlines", "kind", order="PO-F")
            (row,) = client.rows("disputes", order="PO-F")
            assert (row["pending_decision"], str(row["clock"]).startswith("review")) == (0, False)


def test_party_is_not_told_what_others_found_out_about_it(house: House) -> None:
    with Client(house, "main", caller=Caller("exporter:EXP-T", "exporter", "EXP-T")) as client:
        shown = client.get("parties/EXP-T", reveal=True).json()
    assert not {"hits", "screenings", "legal_holds", "outdated", "referrals"} & set(shown)
    assert shown["party"] == "EXP-T"


def test_what_follows_from_a_partys_command_is_shown_as_far_as_it_is_theirs(house: House) -> None:
    """It comes last: it changes the book."""
    strangers: dict[str, Any] = {
        "buyer": "BUY-Z",
        "exporter": "EXP-Z",
        "rulebook": RULEBOOK,
        "steps": [],
        "ship_by": "2028-06-01",
    }
    with (
        Client(house, "main") as operator,
        Client(house, "main", caller=Caller("buyer:BUY-Z", "buyer", "BUY-Z")) as client,
    ):
        operator.done("orders", placed("PO-NEW", **strangers))
        for verb, said in (("accept", {}), ("pay", paid(30_000)), ("dispatch", {}), ("deliver", {})):
            operator.done(f"orders/PO-NEW/{verb}", said)
        shown = client.done("orders/PO-NEW/confirm", key="confirm")
        again = client.post("orders/PO-NEW/confirm", key="confirm").json()
        followed = keys(operator, "events", "originator_id", after=shown["first_position"] - 1)
    assert {"commission:PO-NEW", "payee:EXP-Z/USD", "hold:PO-NEW"} <= followed
    seen = {event["originator_id"].partition(":")[0] for event in shown["events"]}
    assert {"order", "hold"} <= seen <= {"order", "hold", "release", "clock"}
    assert again == shown | {"repeated": True}
