"""Who may come to which operation: all of the API's description, in every role and in none."""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import httpx
import pytest

from api.app import app_of
from api.composition import House, OpenedBook, connected
from api.identity.caller import PARTY_ROLES, WHOLE_BOOK_ROLES, Caller, Role
from api.identity.permissions import OPEN, PERMISSIONS
from tests.e2e.test_http import ISSUER, Client, placed, problem

PUBLIC = {"log", "checkpoint", "witnesses", "tile", "inclusion-proof", "consistency-proof"}
"""Hashes and signatures, which say nothing of any trade."""

IN_PATH = {
    "account": "hold:PO-1",
    "agreement": "AG-1",
    "amendment": "1",
    "break_key": "bank_entry.1",
    "candidate": "1",
    "claim": "1",
    "conversion": "FX-1",
    "clock": "inspection",
    "currency": "USD",
    "dispute": "1",
    "file": "main-20261123-1",
    "month": "2026-10",
    "match": "M-1",
    "name": "standard",
    "number": "1",
    "order": "PO-1",
    "other_name": "standard",
    "other_version": "1",
    "party": "BUY-1",
    "path": "0/000.p/1",
    "payout": "2026-11-23-1",
    "period": "2026-10",
    "position": "1",
    "preview": "none",
    "provider": "stripe",
    "quarter": "2026-Q4",
    "receivable": "SB-1",
    "remittance": "IRM-1",
    "settlement": "po_1",
    "sha256": "0" * 64,
    "version": "1",
    "webhook": f"wh_{'0' * 32}",
    "what": "order:PO-1",
}
BEARER = 'Bearer realm="trade-ledger"'


class Operation(NamedTuple):
    """One thing that may be asked or said: its name, and how."""

    name: str
    method: str
    path: str

    def of(self, book: str) -> str:
        path = self.path.format(book=book, **IN_PATH)
        return f"{path}?follow=false" if self.name == "event-stream" else path


OPERATIONS = [
    Operation(said["operationId"], method.upper(), path)
    for path, methods in app_of().openapi()["paths"].items()
    for method, said in methods.items()
]
CLOSED = [operation for operation in OPERATIONS if operation.name not in OPEN]
ROLES: tuple[Role, ...] = get_args(Role)


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(house: House) -> OpenedBook:
    book = house.book("a-marketplace")
    book.found()
    return book


def caller_in(role: Role) -> Caller:
    return Caller(f"{role}:X-1", role, "BUY-1" if role in PARTY_ROLES else "")


def asked(client: Client, operation: Operation, book: str, **headers: str) -> httpx.Response:
    response: httpx.Response = client.run(client.ask(operation.method, operation.of(book), headers=headers))
    return response


def test_every_operation_has_one_name_and_stands_in_the_table_once() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert sorted(names) == sorted(set(names))
    assert set(names) == {*PERMISSIONS, *OPEN}
    assert not OPEN & set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
def test_every_operation_is_answered_to_the_roles_of_the_table_and_to_no_other(
    house: House, opened: OpenedBook, role: Role
) -> None:
    with Client(house, opened.name, caller=caller_in(role)) as client:
        for operation in CLOSED:
            answer = asked(client, operation, opened.name)
            if role in PERMISSIONS[operation.name].roles:
                told = answer.json() if answer.headers["content-type"].startswith("application") else {}
                assert answer.status_code not in {401, 500}, (operation, answer.text)
                assert not (isinstance(told, dict) and told.get("code") == "role.forbidden"), operation
            else:
                assert problem(answer, 403, "role.forbidden") == {"role": role, "operation": operation.name}


@pytest.mark.parametrize("said", [None, "Bearer", "Basic b3A6b3A=", "Bearer a.b.c", "bearer  x y"])
def test_every_operation_without_a_good_token_answers_401(house: House, opened: OpenedBook, said: str | None) -> None:
    with Client(house, opened.name) as client:
        for operation in CLOSED:
            headers = {} if said is None else {"authorization": said}
            request = client.stranger.request(operation.method, operation.of(opened.name), headers=headers)
            answer: httpx.Response = client.run(request)
            problem(answer, 401, "token.missing" if said is None else "token.refused")
            challenge = answer.headers["www-authenticate"]
            assert challenge == BEARER if said is None else f'{BEARER}, error="invalid_token"'


def test_two_tokens_are_none(house: House, opened: OpenedBook) -> None:
    good = f"Bearer {ISSUER.token()}"
    with Client(house, opened.name) as client:
        twice = [("authorization", good), ("authorization", good)]
        answer = client.run(client.stranger.request("GET", f"{client.book}/orders", headers=twice))
        problem(answer, 401, "token.refused")


def test_expired_token_is_told_so_and_nothing_else(house: House, opened: OpenedBook) -> None:
    with Client(house, opened.name) as client:
        old = {"authorization": f"Bearer {ISSUER.token(exp=1)}"}
        answer = client.run(client.stranger.request("GET", f"{client.book}/orders", headers=old))
        assert problem(answer, 401, "token.refused") == {"problem": "expired"}


def test_what_machines_ask_is_open_and_so_is_the_description(house: House, opened: OpenedBook) -> None:
    with Client(house, opened.name) as client:
        for path in ("/health", "/ready", "/openapi.json", "/docs"):
            answer = client.run(client.stranger.request("GET", path))
            assert answer.status_code == 200
            assert opened.name not in answer.text, "nobody learns from them which books there are"


def test_without_anything_that_verifies_tokens_nobody_is_let_in(house: House, opened: OpenedBook) -> None:
    with Client(house, opened.name) as client:
        client.app.state.desk.tokens = None
        problem(client.get("orders"), 401, "token.refused")


def test_book_of_others_is_none(house: House, opened: OpenedBook) -> None:
    with Client(house, opened.name, caller=Caller("auditor:X", "auditor", books=frozenset({"theirs"}))) as client:
        for operation in CLOSED:
            if "auditor" in PERMISSIONS[operation.name].roles:
                one_id = {"x-request-id": "the-same"}
                there, nowhere = (asked(client, operation, book, **one_id) for book in (opened.name, "nowhere"))
                problem(there, 404, "book.not_found")
                assert there.text.replace(opened.name, "nowhere") == nowhere.text


# Laws of the table.


def test_operators_may_all_but_what_is_for_auditors_only() -> None:
    assert {name for name, permission in PERMISSIONS.items() if "operator" not in permission.roles} == set()


def test_auditors_change_nothing_and_read_all() -> None:
    for operation in CLOSED:
        assert ("auditor" in PERMISSIONS[operation.name].roles) == (operation.method == "GET"), operation


def test_parties_come_only_to_what_is_bound_to_them_and_to_what_is_public() -> None:
    for name, permission in PERMISSIONS.items():
        assert (permission.by is None) == (not permission.own), name
        assert permission.own <= PARTY_ROLES, name
        assert permission.whole <= (WHOLE_BOOK_ROLES | PARTY_ROLES if name in PUBLIC else WHOLE_BOOK_ROLES), name


def test_partners_say_nothing() -> None:
    for operation in CLOSED:
        assert operation.method == "GET" or "partner" not in PERMISSIONS[operation.name].roles


def test_nobody_speaks_for_another_by_a_header(house: House, opened: OpenedBook) -> None:
    """Whoever holds a token is who it says, whatever else a request says."""
    said: dict[str, Any] = {
        "authorization": f"Bearer {ISSUER.token()}",
        "ledger-actor": "finance:F",
        "ledger-role": "x",
    }
    with Client(house, opened.name) as client:
        headers = {**said, "idempotency-key": "spoken"}
        request = client.stranger.request("POST", f"{client.book}/orders", json=placed("PO-SPOKEN"), headers=headers)
        (event,) = client.run(request).json()["events"]
        assert (event["actor"], event["role"]) == ("operator:api", "operator")
