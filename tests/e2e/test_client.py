"""The Python client against a live server: typed answers, safe retries, pages, streams, problems, its wheel."""

import asyncio
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from trade_assurance_client import (
    AsyncLedger,
    Ledger,
    Money,
    ProblemAnswered,
    Retries,
    WebhookRefused,
    verified_event,
)
from trade_assurance_client.models import LineSaid

from api.composition import utc_now
from tests.docs.days import live
from tests.examples.story import tell
from tests.examples.telling import BOOK, ISSUER, OPERATOR, Teller, telling
from tests.refusals import ROOT

QUICK = Retries(pause_seconds=0.01, pause_seconds_max=0.02)
LINE = LineSaid(number=1, sku="LINEN-180", quantity=10, amount=Money(30_000, "USD"))


@pytest.fixture(scope="module")
def teller(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Teller]:
    with telling(shared_database, Path(tmp_path_factory.mktemp("keys")), tell) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(teller: Teller) -> Iterator[str]:
    with live(teller) as variables:
        yield variables["LEDGER"].removesuffix(f"/v1/books/{BOOK}")


@pytest.fixture(scope="module")
def token(teller: Teller) -> str:
    return ISSUER.token(OPERATOR, at=teller.still.now)


@pytest.fixture
def ledger(address: str, token: str) -> Iterator[Ledger]:
    with Ledger(address, token, retries=QUICK) as client:
        yield client


class Lossy(httpx.BaseTransport):
    """A way to the server on which answers are lost: `losses` says for each request whether its answer is."""

    def __init__(self, losses: Iterator[bool]) -> None:
        self.asked: list[httpx.Request] = []
        self._losses = losses
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        response = self._inner.handle_request(request)
        if next(self._losses, False):
            response.close()
            message = "lost"
            raise httpx.ReadError(message)
        return response

    def close(self) -> None:
        self._inner.close()


def ordered(ledger: Ledger, order: str, *, key: str | None = None) -> int:
    return ledger.place(
        order=order,
        buyer="BUY-1",
        exporter="EXP-1",
        currency="USD",
        lines=[LINE],
        transport_mode="sea",
        ship_by=datetime(2027, 1, 1, tzinfo=UTC).date(),
        key=key,
    ).position


def test_commands_and_reads_are_typed(ledger: Ledger, teller: Teller) -> None:
    ordered(ledger, "PO-C1")
    ledger.accept("PO-C1")
    outcome = ledger.pay("PO-C1", amount=Money(30_000, "USD"), account="clearing:card")
    assert [event.topic for event in outcome.events] == ["hold.payment_received"]
    teller.book.runner.catch_up()
    order = ledger.order("PO-C1", min_position=outcome.position)
    assert (order.status, order.held) == ("accepted", Money(30_000, "USD"))


def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_key(address: str, token: str) -> None:
    transport = Lossy(iter([True, True]))
    with Ledger(address, token, retries=QUICK, transport=transport) as ledger:
        position = ordered(ledger, "PO-C2")
        assert position == ordered(ledger, "PO-C2", key=transport.asked[0].headers["idempotency-key"])
    assert len({request.headers["idempotency-key"] for request in transport.asked}) == 1
    assert len(transport.asked) == 4


def test_who_never_answers_is_given_up_on(address: str, token: str) -> None:
    transport = Lossy(iter([True] * 10))
    with Ledger(address, token, retries=QUICK, transport=transport) as ledger, pytest.raises(httpx.ReadError):
        ledger.order("PO-1001")
    assert len(transport.asked) == QUICK.attempts_max


def test_later_is_waited_for_as_long_as_the_server_says() -> None:
    answers = [
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(503),
        httpx.Response(200, json={"a": 1}),
    ]
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[len(asked) - 1]

    with Ledger("http://ledger", "token", retries=QUICK, transport=httpx.MockTransport(answer)) as ledger:
        assert ledger.health() == {"a": 1}
    assert Retries(wait_seconds_max=5).pause_after(1, httpx.Response(429, headers={"Retry-After": "6"})) is None
    assert Retries().pause_after(1, httpx.Response(429, headers={"Retry-After": "6"})) == 6
    assert Retries().pause_after(1, httpx.Response(404)) is None


def test_a_problem_is_raised_with_all_that_it_says(ledger: Ledger) -> None:
    with pytest.raises(ProblemAnswered) as raised:
        ledger.order("PO-404")
    assert (raised.value.status, raised.value.code, raised.value.retryable) == (404, "order.not_found", False)
    with pytest.raises(ProblemAnswered) as malformed:
        ledger.pay("PO-1001", amount=Money(2**60, "USD"), account="clearing:card")
    assert [fault.pointer for fault in malformed.value.faults] == ["/amount/minor"]


def test_pages_are_walked_to_their_end(ledger: Ledger) -> None:
    all_at_once = ledger.orders(limit=1_000)
    assert len(all_at_once.items) > 7
    assert [each.order for each in ledger.every(ledger.orders, limit=3)] == [each.order for each in all_at_once.items]


def test_a_stream_that_breaks_goes_on_where_it_was(address: str, token: str) -> None:
    transport = Lossy(iter([False, True, False, True]))
    with Ledger(address, token, retries=QUICK, transport=transport) as ledger:
        events = ledger.events(limit=40).items
        followed = [event.position for event in ledger.follow(after=0, endless=False)]
    assert followed[:40] == [event.position for event in events]
    assert followed == list(range(1, len(followed) + 1))


def test_the_other_client_doesnt_block(address: str, token: str) -> None:
    async def ask() -> tuple[str, list[str]]:
        async with AsyncLedger(address, token, retries=QUICK) as ledger:
            order, payee = await asyncio.gather(ledger.order("PO-1001"), ledger.payee("EXP-1", "USD"))
            assert payee.party == "EXP-1"
            return order.order, [each.order async for each in ledger.every(ledger.orders, limit=5)]

    order, orders = asyncio.run(ask())
    assert order in orders


def test_a_webhook_is_taken_by_its_signature_alone() -> None:
    secret, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "QUFB" * 8
    body, now = '{"id": "1"}', utc_now()
    signature = Webhook(secret).sign("msg_1", now, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    assert verified_event(body.encode(), headers, other, secret) == {"id": "1"}
    with pytest.raises(WebhookRefused):
        verified_event(body.encode() + b" ", headers, secret)
    with pytest.raises(WebhookRefused):
        verified_event(body.encode(), headers, other)


def test_its_wheel_stands_alone(tmp_path: Path) -> None:
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(hatchling, cwd=ROOT / "api/client", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("trade_assurance_client-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "trade_assurance_client/py.typed" in names
    said = "import trade_assurance_client as c; print(c.__file__)"
    env = {"PYTHONPATH": str(wheel), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
    )
    assert str(wheel) in done.stdout
