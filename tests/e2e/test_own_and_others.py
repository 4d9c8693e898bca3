"""
Of every operation that a party may come to: its own thing answers it, and a stranger's answers as if there were none.

What is asked comes from the API's description and the table of permissions, so an operation that is added is asked
too; a name in a path that isn't known here fails the test until it is said what is own, a stranger's and nobody's.
"""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from msgspec.structs import replace

from api.composition import House, connected
from api.identity.caller import Caller, Role
from api.identity.permissions import PERMISSIONS, Own
from domain import commands
from domain.money import Money
from ledger.postgres import EmbeddedPostgres
from projections.runner import Runner
from tests.books import RULES, Book, place_order
from tests.e2e.test_http import Client
from tests.e2e.test_permissions import CLOSED, Operation
from tests.e2e.test_strangers import LISTS, export, pay_out, trade_elsewhere
from tests.troubles import RULEBOOK, troubled_book

DATABASE = "own_and_others"
GUARANTEED = "PO-W"
BOUND_BY_THING = [operation for operation in CLOSED if PERMISSIONS[operation.name].by not in {None, "list"}]
LISTED = {operation.name for operation in CLOSED if PERMISSIONS[operation.name].by == "list"}
LISTED_ELSEWHERE = {
    "bulk": "tests/e2e/test_bulk.py",
    "event-stream": "tests/e2e/test_streams.py",
    "tax-certificates": "tests/e2e/test_tax.py",
}
"""Lists that another test shows to be without strangers: by operation, which."""

PARTIES: dict[Role, str] = {"buyer": "BUY-T", "exporter": "EXP-T", "partner": "PAR-U"}
STRANGERS: dict[Role, str] = {"buyer": "BUY-Z", "exporter": "EXP-Z", "partner": "PAR-Z"}
ACCOUNTS: dict[Role, str] = {"buyer": "hold:{}", "exporter": "hold:{}", "partner": "payable:partner:{}"}
CASES = [
    pytest.param(operation, role, id=f"{operation.name}-{role}")
    for operation in BOUND_BY_THING
    for role in sorted(PERMISSIONS[operation.name].own)
]
SAME_FOR_ALL = {
    "amendment": "1",
    "claim": "1",
    "clock": "claims",
    "number": "1",
    "currency": "USD",
    "path": "0",
    "sha256": "0" * 64,
    "version": "1",
    "quarter": "2026-Q4",
}
OF_EACH_ANSWER = {"x-request-id", "date", "ratelimit", "ratelimit-policy", "ratelimit-remaining"}
"""Headers that differ from answer to answer, whatever it is about."""


class Whose(NamedTuple):
    """An order, an agreement and a party: the caller's, a stranger's, or nobody's."""

    order: str
    agreement: str
    party: str
    receivable: str = "SB-T"
    remittance: str = "IRM-T"
    payout: str = ""
    dispute: str = "1"


def own(role: Role, operation: Operation) -> Whose:
    orders = {"guarantee": GUARANTEED} if role == "exporter" else {}
    return Whose(
        orders.get(operation.name, "PO-H" if role == "partner" else "PO-D"),
        "AG-U",
        PARTIES[role],
        payout=f"P-{PARTIES[role]}",
    )


def a_strangers(role: Role, _operation: Operation) -> Whose:
    return Whose(
        "PO-Y" if role == "partner" else "PO-Z", "AG-Z", STRANGERS[role], "SB-Z", "IRM-Z", f"P-{STRANGERS[role]}"
    )


def nobodys(role: Role, _operation: Operation) -> Whose:
    nobody = STRANGERS[role].replace("Z", "0")
    return Whose("PO-0", "AG-0", nobody, "SB-0", "IRM-0", f"P-{nobody}")


def path_of(operation: Operation, role: Role, whose: Whose) -> str:
    account = ACCOUNTS[role].format(whose.party if role == "partner" else whose.order)
    figure = f"payee:{whose.party}/USD" if role == "partner" else f"order:{whose.order}"
    names = SAME_FOR_ALL | whose._asdict() | {"account": account, "what": figure, "book": "main"}
    return operation.path.format(**names)


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, template: str) -> Iterator[House]:
    with troubled_book(postgres, template, database=DATABASE) as book, connected(postgres.dsn(DATABASE)) as opened:
        trade_elsewhere(book)
        trade_here(book)
        Runner(book.pool, book.name).catch_up()
        yield opened


def trade_here(book: Book) -> None:
    """Give the callers what the troubled book hasn't: parties of their name, and an order with a guarantee."""
    for party, role in ((PARTIES["buyer"], "buyer"), (PARTIES["partner"], "partner")):
        book.say(commands.RegisterParty(party=party, roles=(role,), country="IN", rulebook=RULEBOOK))  # type: ignore[arg-type]
    book.say(commands.DraftRulebook(rulebook="covering/1", rules=replace(RULES, guarantee_minor={"USD": 4_000})))
    book.say(commands.ApproveRulebook(rulebook="covering/1"), actor="operator:second")
    book.say(commands.PublishRulebook(rulebook="covering/1"))
    sides = {"buyer": PARTIES["buyer"], "exporter": PARTIES["exporter"]}
    book.say(replace(place_order(GUARANTEED), rulebook="covering/1", **sides))
    lost = commands.RecordChargeback(order=GUARANTEED, amount=Money("USD", 3_000_000), account="clearing:card")
    covered = commands.AdvanceGuarantee(order=GUARANTEED, amount=Money("USD", 3_500), account="bank:safeguarded:hdfc")
    for command in (commands.AcceptOrder(order=GUARANTEED), lost, covered):
        book.say(command)
    export(book, "T", PARTIES["exporter"], GUARANTEED)
    pay_out(book, *PARTIES.values())


@pytest.fixture(scope="module")
def clients(house: House) -> Iterator[dict[Role, Client]]:
    callers = {role: Client(house, "main", caller=Caller(f"{role}:X", role, party)) for role, party in PARTIES.items()}
    yield callers
    for client in callers.values():
        client.__exit__()


def answer(client: Client, operation: Operation, path: str) -> httpx.Response:
    """Say nothing to it: what a party may come to says then what is missing, and changes nothing."""
    headers = {"idempotency-key": f"{operation.name}-own-or-not"} if operation.method != "GET" else {}
    response: httpx.Response = client.run(client.ask(operation.method, path, headers=headers))
    return response


def seen(response: httpx.Response, whose: Whose, none: Whose) -> tuple[int, dict[str, str], str]:
    """Return all of an answer, with what was asked about named alike."""
    headers = {name: said for name, said in response.headers.items() if name not in OF_EACH_ANSWER}
    text = response.text.replace(response.headers.get("x-request-id", "no id"), "")
    for name, nobody in zip(whose, none, strict=True):
        text = text.replace(name, nobody)
    return response.status_code, headers, text


@pytest.mark.parametrize(("operation", "role"), CASES)
def test_a_strangers_thing_answers_as_one_that_is_not_there_and_ones_own_answers(
    clients: dict[Role, Client], operation: Operation, role: Role
) -> None:
    mine, strangers, nobody = (whose(role, operation) for whose in (own, a_strangers, nobodys))
    there, theirs, nowhere = (
        answer(clients[role], operation, path_of(operation, role, whose)) for whose in (mine, strangers, nobody)
    )
    assert nowhere.status_code == 404, nowhere.text
    assert seen(theirs, strangers, nobody) == seen(nowhere, nobody, nobody)
    assert there.status_code not in {401, 403, 500}, there.text
    assert seen(there, mine, nobody) != seen(nowhere, nobody, nobody), there.text


def test_every_list_is_looked_through_for_strangers() -> None:
    assert {*LISTS, *LISTED_ELSEWHERE} == LISTED


def test_every_way_of_being_ones_own_is_asked_for() -> None:
    asked: set[Own | None] = {PERMISSIONS[operation.name].by for operation in BOUND_BY_THING}
    assert {"order", "trade", "guarantee", "dispute", "party", "payee", "agreement", "account", "figure"} <= asked
    assert {"receivable", "remittance", "payout"} <= asked


def test_nobodys_thing_is_named_as_long_as_a_strangers() -> None:
    """So that the lengths of answers can be compared."""
    for role in PARTIES:
        assert [*map(len, nobodys(role, CLOSED[0]))] == [*map(len, a_strangers(role, CLOSED[0]))]
