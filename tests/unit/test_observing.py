"""Observing: ids of requests, lines of the log, counts of batches and the spans of one, without a server."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.identity.caller import Caller
from api.observing.access import Observing
from api.observing.metrics import REGISTRY, count_batch
from api.observing.request_ids import current_request_id, find_request_id
from api.observing.traces import UNTRACED, Traces, traces_of
from domain.commands import AcceptOrder
from ledger.outcomes import Accepted, Rejected, Submission
from ledger.writer import Answer, BatchDone, QueueFull, Waiting

SECRET = "of-a-caller"  # noqa: S105 - of a test


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ([b"abc-123"], "abc-123"),
        ([b"!~"], "!~"),
        ([b"x" * 128], "x" * 128),
        ([b"x" * 129], None),
        ([b""], None),
        ([b"two words"], None),
        ([b"tab\t"], None),
        ([b"line\nbreak"], None),
        ([b"\xc3\xa9"], None),
        ([b"first", b"second"], None),
        ([], None),
    ],
)
def test_request_id_is_taken_where_it_is_safe(given: list[bytes], taken: str | None) -> None:
    assert find_request_id([(b"host", b"x"), *((b"x-request-id", each) for each in given)]) == taken


async def _answer(request: Request) -> Response:
    request.state.caller = Caller("operator:first", "operator", "", None)
    request.state.command_id = "key-1"
    request.state.position = 7
    return PlainTextResponse(current_request_id())


async def _fail(_request: Request) -> Response:
    raise RuntimeError(SECRET)


@pytest.fixture
def told() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as logged:
        yield logged


@pytest.fixture
def observed() -> Callable[..., Any]:
    routes = [
        Route("/v1/books/{book}/orders", _answer, methods=["GET", "POST"], name="place"),
        Route("/fail", _fail, name="fail"),
    ]
    answered = Observing(Starlette(routes=routes), new_id=lambda: "minted")
    return partial(_ask, answered)


def _ask(app: Any, method: str, path: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as client:
            return await client.request(method, path, headers=headers)

    import asyncio  # noqa: PLC0415 - only here

    return asyncio.run(ask())


def test_command_is_told_in_one_line_without_what_was_said(
    observed: Callable[..., httpx.Response], told: list[Any]
) -> None:
    answer = observed("POST", f"/v1/books/main/orders?secret={SECRET}", **{"X-Request-ID": "mine", "Cookie": SECRET})
    assert (answer.text, answer.headers["x-request-id"]) == ("mine", "mine")
    (line,) = told
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "mine",
        "method": "POST",
        "route": "place",
        "status": 200,
        "role": "operator",
        "book": "main",
        "command_id": "key-1",
        "position": 7,
    }


def test_what_was_merely_read_is_told_to_who_debugs(observed: Callable[..., httpx.Response], told: list[Any]) -> None:
    assert observed("GET", "/v1/books/main/orders").headers["x-request-id"] == "minted"
    assert [line["log_level"] for line in told] == ["debug"]


def test_path_that_is_none_is_one_route_and_told_without_it(
    observed: Callable[..., httpx.Response], told: list[Any]
) -> None:
    before = _count("ledger_http_request_seconds_count", route="unknown", status="404")
    for number in range(3):
        assert observed("GET", f"/{SECRET}/{number}").status_code == 404
    assert SECRET not in json.dumps(told)
    assert {(line["route"], line["status"], line["log_level"]) for line in told} == {("unknown", 404, "info")}
    assert _count("ledger_http_request_seconds_count", route="unknown", status="404") == before + 3


def test_defect_is_answered_with_the_id_that_its_log_has(
    observed: Callable[..., httpx.Response], told: list[Any]
) -> None:
    answer = observed("GET", "/fail")
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "minted")
    assert [(line["event"], line["log_level"]) for line in told] == [("defect", "error"), ("request", "error")]


def test_lines_are_json_in_an_order_and_hold_no_local_variable() -> None:
    lines = _logged("json").splitlines()
    access, defect, library = map(json.loads, lines)
    assert list(access) == ["timestamp", "level", "event", "position"]
    assert (defect["level"], defect["request_id"]) == ("error", "asked")
    assert "RuntimeError: planned" in defect["exception"]
    assert (library["level"], library["event"], library["logger"]) == ("warning", "from elsewhere", "uvicorn.error")
    assert SECRET not in "".join(lines)


def test_lines_for_people_hold_no_local_variable_either() -> None:
    told = _logged("console")
    assert "RuntimeError: planned" in told
    assert "from elsewhere" in told
    assert SECRET not in told


def _logged(log_format: str) -> str:
    program = f"""
import logging, structlog
from api.observing.logs import configure_logs
from api.observing.request_ids import begin_request
configure_logs(level="info", log_format={log_format!r})
log = structlog.get_logger("test")
log.debug("unheard")
log.info("request", position=7)
begin_request("asked")
def fail(token):
    raise RuntimeError("planned")
try:
    fail({"-".join(SECRET.split("-")[:2])!r} + {"-" + SECRET.split("-")[2]!r})
except RuntimeError:
    log.exception("defect")
logging.getLogger("uvicorn.error").warning("from %s", "elsewhere")
logging.getLogger("uvicorn.error").info("unheard")
"""
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert "unheard" not in run.stderr
    assert not run.stdout
    return run.stderr


def _count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def _batch(*answers: Answer, origins: tuple[object, ...] = (), failed: bool = False) -> BatchDone:
    submission = Submission(
        command=AcceptOrder(order="PO-1"), command_id="1", principal="api", actor="operator:first", role="operator"
    )
    origins = origins or (None,) * len(answers)
    waiting = [Waiting(submission, lambda _answer: None, origin) for origin in origins]
    return BatchDone("main", waiting, answers, 0.004, 3, failed)


ACCEPTED = Accepted(first_position=1, last_position=2, events=())


def test_batch_is_counted_by_what_became_of_its_commands() -> None:
    names = {
        "ledger_commands_accepted_total": {},
        "ledger_batch_commands_sum": {},
        "ledger_append_seconds_count": {},
        "ledger_commands_refused_total": {"code": "order.not_there"},
    }
    before = {name: _count(name, **labels) for name, labels in names.items()}
    defects, full = (
        _count("ledger_commands_refused_total", code=code) for code in ("internal.error", "writer.queue_full")
    )
    refused = Rejected(code="order.not_there", details={})
    count_batch(_batch(ACCEPTED, ACCEPTED, refused, RuntimeError(), QueueFull(waiting=1)))
    grown = {name: _count(name, **labels) - before[name] for name, labels in names.items()}
    assert list(grown.values()) == [2, 5, 1, 1]
    assert _count("ledger_commands_refused_total", code="internal.error") == defects + 1
    assert _count("ledger_commands_refused_total", code="writer.queue_full") == full + 1
    assert _count("ledger_queue_commands") == 3


def test_batch_is_a_span_linked_to_the_requests_that_share_it() -> None:
    exported, traces, provider = _tracing()
    watched: list[BatchDone] = []
    with provider.get_tracer("test").start_as_current_span("request") as request:
        origin = traces.origin()
    batch = _batch(ACCEPTED, Rejected(code="x.y", details={}), origins=(origin, None))
    traces.watching(watched.append)(batch)
    span = exported.get_finished_spans()[-1]
    assert span.name == "append batch"
    assert [link.context.span_id for link in span.links] == [request.get_span_context().span_id]
    assert span.attributes is not None
    assert {name: span.attributes[f"ledger.{name}"] for name in ("book", "commands", "refused", "position")} == {
        "book": "main",
        "commands": 2,
        "refused": 1,
        "position": 2,
    }
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 4_000_000
    assert watched == [batch]


def test_work_is_a_span_that_tells_of_failing_without_what_was_said() -> None:
    exported, traces, _ = _tracing()
    with pytest.raises(RuntimeError), traces.span("project", book="main"):
        raise RuntimeError(SECRET)
    (span,) = exported.get_finished_spans()
    assert (span.name, span.status.status_code) == ("project", StatusCode.ERROR)
    assert span.attributes == {"ledger.book": "main", "error.type": "RuntimeError"}
    assert SECRET not in span.to_json()


def _tracing() -> tuple[InMemorySpanExporter, Traces, TracerProvider]:
    exported, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return exported, Traces(provider), provider


def test_traces_are_off_and_nothing_stands_in_between_unless_somebody_asks() -> None:
    off = traces_of(asked=False, process="api", environment={})
    assert off is UNTRACED
    assert not off.are_on
    assert off.origin() is None
    assert off.watching(count_batch) is count_batch
    assert not any(value for name, value in off.of_requests().items() if name != "tracer_provider")


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_traces_are_on_where_an_endpoint_is_said(name: str) -> None:
    on = traces_of(asked=False, process="api", environment={name: "http://127.0.0.1:9"})
    assert on.are_on
    on.close()


def test_log_of_libraries_is_left_alone_by_the_command_line() -> None:
    assert all("structlog" not in type(each.formatter).__module__ for each in logging.getLogger().handlers)
