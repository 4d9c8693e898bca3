"""Limits: what passes and what doesn't, counted for each caller, and what every answer says of itself."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import answer
from api.http.http_refusals import CallerBusy, RateExceeded
from api.http.problems import problem_of
from api.identity.caller import Caller
from api.limits import layer
from api.limits.around import limited
from api.limits.bounds import (
    BODY_BYTES_MAX,
    DOCUMENT_BYTES_MAX,
    HEAD_BYTES_MAX,
    HEADERS_MAX,
    LIST_BYTES_MAX,
    Bounds,
    Exposure,
    Rate,
    origins,
    rate,
)
from api.limits.passing import passage_of
from api.limits.rates import Rates, kind_of
from api.settings import Settings, SettingsMalformed
from domain.errors import LedgerError

STAFF = Caller("finance:FIN-1", "finance")
BUYER = Caller("buyer:clerk-1", "buyer", "BUY-1")
OTHER = Caller("buyer:clerk-1", "buyer", "BUY-2")
CHUNK = b"x" * 65_536


class Ticks:
    """Seconds that grow when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def test_rate_is_counted_by_caller_and_begins_anew_when_its_time_has_passed(ticks: Ticks) -> None:
    rates = Rates(Bounds(party_reads=Rate(2, 60)), ticks=ticks)
    assert dict(rates.count(BUYER, "reads")) == {
        b"ratelimit-policy": b'"reads";q=2;w=60',
        b"ratelimit": b'"reads";r=1;t=60',
    }
    ticks.now += 20.5
    assert dict(rates.count(BUYER, "reads"))[b"ratelimit"] == b'"reads";r=0;t=40'
    with pytest.raises(RateExceeded) as refused:
        rates.count(BUYER, "reads")
    assert refused.value.details() == {"policy": "reads", "retry_after_seconds": 40}
    for other, kind in ((OTHER, "reads"), (BUYER, "commands"), (STAFF, "reads")):
        assert rates.count(other, kind)  # type: ignore[arg-type]
    ticks.now += 39.5
    assert dict(rates.count(BUYER, "reads"))[b"ratelimit"] == b'"reads";r=1;t=60'


def test_list_of_commands_counts_as_its_commands(ticks: Ticks) -> None:
    rates = Rates(Bounds(party_commands=Rate(100, 60)), ticks=ticks)
    assert dict(rates.count(BUYER, "commands", cost=99))[b"ratelimit"] == b'"commands";r=1;t=60'
    with pytest.raises(RateExceeded):
        rates.count(BUYER, "commands", cost=2)


def test_rate_that_is_off_counts_nothing_and_tells_nothing() -> None:
    rates = Rates(Bounds(commands=None, reads=None, strangers=None))
    assert rates.count(STAFF, "commands") == rates.count(STAFF, "reads") == rates.count_stranger("::1") == ()
    rates.check_stranger("::1")


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("fe80::1%eth0", "fe80::2%eth1", "fe81::1"),
        ("", "somewhere", "192.0.2.1"),
    ],
)
def test_whoever_cannot_prove_who_they_are_is_counted_by_network(ticks: Ticks, one: str, same: str, other: str) -> None:
    rates = Rates(Bounds(strangers=Rate(1, 60)), ticks=ticks)
    rates.check_stranger(one)
    assert dict(rates.count_stranger(one))[b"ratelimit"] == b'"strangers";r=0;t=60'
    with pytest.raises(RateExceeded) as refused:
        rates.check_stranger(same)
    assert refused.value.details() == {"policy": "strangers", "retry_after_seconds": 60}
    rates.check_stranger(other)
    ticks.now += 60
    rates.check_stranger(one)


def test_counts_are_bounded_however_many_come(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.limits.rates.COUNTED_MAX", 100)
    rates = Rates(Bounds(strangers=Rate(1, 60)), ticks=ticks)
    for number in range(60):
        rates.count_stranger(f"10.0.0.{number}")
    ticks.now += 30
    for number in range(60, 160):
        rates.count_stranger(f"10.0.0.{number}")
        assert len(rates._counters._counts) <= 100
    ticks.now += 30
    rates.count_stranger("10.0.1.1")
    with pytest.raises(RateExceeded):
        rates.check_stranger("10.0.0.159")


def test_requests_at_once_are_counted_by_caller() -> None:
    rates = Rates(Bounds(per_party_max=2, per_caller_max=3))
    names = [rates.begin(BUYER), rates.begin(BUYER)]
    with pytest.raises(CallerBusy):
        rates.begin(BUYER)
    rates.begin(OTHER)
    rates.begin(STAFF)
    rates.end(names[0])
    rates.begin(BUYER)


@pytest.mark.parametrize(
    ("method", "operation", "kind"),
    [("GET", "orders", "reads"), ("POST", "place", "commands"), ("GET", "event-stream", "streams")],
)
def test_request_counts_as_what_it_is(method: str, operation: str, kind: str) -> None:
    assert kind_of(method, operation) == kind


@pytest.mark.parametrize("said", ["", "600", "0/second", "-1/second", "600/day", "6e2/second", "1/second ", "OFF"])
def test_rate_that_cannot_be_meant_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="is neither off nor a number"):
        rate(said)


def test_rate_is_said_by_second_minute_or_hour() -> None:
    assert [rate(said) for said in ("5/second", "600/minute", "7/hour", "off")] == [
        Rate(5, 1),
        Rate(600, 60),
        Rate(7, 3_600),
        None,
    ]


def test_settings_say_the_bounds_and_all_that_is_wrong_at_once() -> None:
    said = Settings.from_environment(
        {
            "LEDGER_RATE_READS": "off",
            "LEDGER_REQUESTS_MAX": "7",
            "LEDGER_CORS_ORIGINS": "https://a.example http://b:8080",
        }
    )
    assert (said.bounds.reads, said.bounds.requests_max) == (None, 7)
    assert said.exposure == Exposure(origins=("https://a.example", "http://b:8080"))
    wrong = {
        "LEDGER_RATE_PARTY_READS": "many",
        "LEDGER_REQUESTS_PER_CALLER_MAX": "0",
        "LEDGER_BEHIND_TLS": "maybe",
        "LEDGER_CORS_ORIGINS": "*",
    }
    with pytest.raises(SettingsMalformed) as refused:
        Settings.from_environment(wrong)
    assert {fault.setting for fault in refused.value.faults} == set(wrong)


@pytest.mark.parametrize("said", ["*", "null", "https://a.example/", "https://a.example/x", "ftp://a", "https://A"])
def test_origin_is_what_a_browser_calls_it(said: str) -> None:
    with pytest.raises(ValueError, match="isn't an origin"):
        origins(said)


# The layer, around an application that reads its body.


class Seen(NamedTuple):
    """What the application saw, and most of what it held of a body."""

    bodies: list[int]


def reading(seen: Seen, *, headers: dict[str, str] | None = None) -> ASGIApp:
    """Return an application that reads a body chunk by chunk, and answers errors as ours does."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            async for chunk in request.stream():
                seen.bodies.append(len(chunk))
            said = Response(b"ok", 200, headers, media_type="text/plain")
        except LedgerError as refused:
            said = answer(problem_of(refused))
        await said(scope, receive, send)

    return app


def ask(app: ASGIApp, method: str = "POST", path: str = "/v1/books/main/orders", **how: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger") as client:
            return await client.request(method, path, **how)

    return asyncio.run(asked())


async def chunks(count: int) -> Any:
    for _ in range(count):
        yield CHUNK


@pytest.mark.parametrize(
    ("path", "bytes_max"),
    [
        ("/v1/books/main/orders", BODY_BYTES_MAX),
        ("/v1/books/main/commands", LIST_BYTES_MAX),
        ("/v1/books/main/orders/PO-1/disputes/1/evidence", DOCUMENT_BYTES_MAX),
        ("/nowhere", BODY_BYTES_MAX),
    ],
)
def test_body_that_says_it_is_too_large_is_not_looked_at(path: str, bytes_max: int) -> None:
    seen = Seen([])
    refused = ask(limited(reading(seen)), path=path, content=b"", headers={"content-length": str(bytes_max + 1)})
    assert (refused.status_code, refused.json()["code"]) == (413, "request.body_too_large")
    assert refused.json()["details"] == {"bytes_max": bytes_max}
    assert refused.headers["connection"] == "close"
    assert seen.bodies == []
    assert ask(limited(reading(seen)), path=path, content=b"x" * 100).status_code == 200


def test_body_that_does_not_say_is_read_no_further_than_it_may_be() -> None:
    seen = Seen([])
    refused = ask(limited(reading(seen)), content=chunks(1_600))
    assert (refused.status_code, refused.json()["code"]) == (413, "request.body_too_large")
    assert sum(seen.bodies) == BODY_BYTES_MAX
    assert refused.headers["connection"] == "close"


def test_body_as_large_as_may_be_passes() -> None:
    seen = Seen([])
    assert ask(limited(reading(seen)), content=chunks(BODY_BYTES_MAX // len(CHUNK))).status_code == 200
    assert sum(seen.bodies) == BODY_BYTES_MAX


def test_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "BODY_SECONDS_MAX", 0.05)
    sent: list[Message] = []

    async def slow() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"transfer-encoding", b"chunked")],
    }

    async def asked() -> None:
        await limited(reading(Seen([])))(scope, slow, keep)

    asyncio.run(asked())
    assert sent[0]["status"] == 408
    assert msgspec.json.decode(sent[1]["body"])["code"] == "request.body_too_slow"
    assert (b"connection", b"close") in sent[0]["headers"]


@pytest.mark.parametrize(
    "headers",
    [{"x-long": "x" * HEAD_BYTES_MAX}, [(f"x-{number}", "y") for number in range(HEADERS_MAX + 1)]],
    ids=["long", "many"],
)
def test_headers_have_a_bound(headers: Any) -> None:
    refused = ask(limited(reading(Seen([]))), "GET", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (431, "request.head_too_large")
    assert ask(limited(reading(Seen([]))), "GET", f"/?{'q' * HEAD_BYTES_MAX}").status_code == 431


def test_more_requests_at_once_than_may_be_are_told_to_come_again() -> None:
    async def crowd() -> list[httpx.Response]:
        gate, both_there = asyncio.Event(), asyncio.Barrier(3)

        async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
            if not gate.is_set():
                await both_there.wait()
                await gate.wait()
            await Response(b"ok")(scope, receive, send)

        app = limited(waiting, bounds=Bounds(requests_max=2))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger") as client:
            first = [asyncio.ensure_future(client.get("/")) for _ in range(2)]
            await both_there.wait()
            turned_away = await client.get("/")
            gate.set()
            return [turned_away, *await asyncio.gather(*first), await client.get("/")]

    turned_away, *others = asyncio.run(crowd())
    assert (turned_away.status_code, turned_away.json()["code"]) == (503, "server.busy")
    assert (turned_away.json()["retryable"], turned_away.headers["retry-after"]) == (True, "1")
    assert [each.status_code for each in others] == [200] * 3


@pytest.mark.parametrize("stops", [ClientDisconnect, asyncio.CancelledError, ZeroDivisionError])
def test_request_that_ends_in_any_way_makes_room(stops: type[BaseException]) -> None:
    rates = Rates(Bounds(per_party_max=1))

    async def ends(scope: Scope, receive: Receive, _send: Send) -> None:
        passage_of(Request(scope, receive)).begin(rates, BUYER)
        raise stops

    app = limited(ends, bounds=Bounds(requests_max=1))
    for _ in range(3):
        with pytest.raises(stops):
            ask(app, "GET", "/")
    assert rates._at_work == {}


def test_stream_is_no_request_at_work_once_it_has_begun() -> None:
    rates = Rates(Bounds(per_party_max=1))
    at_work: list[dict[str, int]] = []

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        passage_of(Request(scope, receive)).begin(rates, BUYER)
        at_work.append(dict(rates._at_work))
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        at_work.append(dict(rates._at_work))
        await send({"type": "http.response.body", "body": b""})

    ask(limited(streams), "GET", "/")
    assert [sum(each.values()) for each in at_work] == [1, 0]


def test_streams_that_are_open_leave_room_for_requests() -> None:
    async def crowd() -> list[httpx.Response]:
        gate, open_streams = asyncio.Event(), asyncio.Semaphore(0)

        async def streams(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] != "/stream":
                await Response(b"ok")(scope, receive, send)
                return
            headers = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            open_streams.release()
            await gate.wait()
            await send({"type": "http.response.body", "body": b""})

        app = limited(streams, bounds=Bounds(requests_max=1))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger") as client:
            listening = []
            for _ in range(3):
                listening.append(asyncio.ensure_future(client.get("/stream")))
                await open_streams.acquire()
            answered = await client.get("/")
            gate.set()
            return [answered, *await asyncio.gather(*listening), await client.get("/")]

    assert [each.status_code for each in asyncio.run(crowd())] == [200] * 5


SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}


def headers_of(response: httpx.Response, names: Iterable[str]) -> dict[str, str | None]:
    return {name: response.headers.get(name) for name in names}


def test_every_answer_says_how_it_may_be_used() -> None:
    app = limited(reading(Seen([])))
    too_large = {"content-length": str(2**40)}
    for response in (ask(app, "GET"), ask(app, content=b"", headers=too_large), ask(app, content=b"{}")):
        assert headers_of(response, SAFE) == SAFE
        assert "strict-transport-security" not in response.headers


def test_what_has_a_tag_is_kept_by_whom_it_was_for_and_what_says_more_is_left_as_it_is() -> None:
    tagged = ask(limited(reading(Seen([]), headers={"etag": '"x"'})), "GET")
    assert tagged.headers["cache-control"] == "private, no-cache"
    own = {"cache-control": "max-age=3600", "content-security-policy": "default-src 'self'"}
    assert headers_of(ask(limited(reading(Seen([]), headers=own)), "GET"), own) == own


def test_behind_tls_callers_are_told_to_come_by_nothing_else() -> None:
    app = limited(reading(Seen([])), exposure=Exposure(behind_tls=True))
    assert ask(app, "GET").headers["strict-transport-security"].startswith("max-age=")


def test_pages_of_other_origins_may_not_ask_unless_they_are_named() -> None:
    asked = {"origin": "https://desk.example", "access-control-request-method": "POST"}
    closed = ask(limited(reading(Seen([]))), "OPTIONS", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
    app = limited(reading(Seen([])), exposure=Exposure(origins=("https://desk.example",)))
    assert ask(app, "OPTIONS", headers=asked).headers["access-control-allow-origin"] == "https://desk.example"
    stranger = ask(app, "OPTIONS", headers=asked | {"origin": "https://evil.example"})
    assert (stranger.status_code, "access-control-allow-origin" in stranger.headers) == (400, False)
    assert ask(app, "GET", headers={"origin": "https://desk.example"}).headers["vary"] == "Origin"


def test_answer_tells_of_the_rate_that_was_counted(ticks: Ticks) -> None:
    rates = Rates(ticks=ticks)

    async def counts(scope: Scope, receive: Receive, send: Send) -> None:
        passage_of(Request(scope, receive)).rate = rates.count(BUYER, "reads")
        await Response(b"ok")(scope, receive, send)

    told = ask(limited(counts), "GET").headers
    assert (told["ratelimit-policy"], told["ratelimit"]) == ('"reads";q=6000;w=60', '"reads";r=5999;t=60')
