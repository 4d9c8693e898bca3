"""
Traces show where a request's time went: the request, the batch that its command shared, what followed from the log.

They are off, and cost nothing, unless OTEL_EXPORTER_OTLP_ENDPOINT or LEDGER_TRACES is said.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import time_ns
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, Tracer

from ledger.outcomes import Rejected
from ledger.writer import BatchDone, unwatched

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig
    from opentelemetry.sdk.trace import TracerProvider

LINKS_MAX = 128
"""Of a batch's commands, so many link to their requests; the SDK drops what is more."""

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SCOPE = "trade-ledger"


class Traces:
    """What this process traces; with no provider, nothing."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        self._provider = provider
        self._tracer: Tracer | None = provider.get_tracer(_SCOPE) if provider else None

    @property
    def are_on(self) -> bool:
        """Return whether anything is traced."""
        return self._tracer is not None

    def of_requests(self) -> "TelemetryConfig":
        """Return what the framework has to know: requests only, and nothing of its own to measure or to log."""
        off: TelemetryConfig = {
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        }
        if self._provider is None:
            return off
        return {**off, "tracing": True, "tracer_provider": self._provider}

    def origin(self) -> object:
        """Return what links a command's batch to the request that is being answered, nothing where none is traced."""
        if self._tracer is None:
            return None
        context = trace.get_current_span().get_span_context()
        return context if context.is_valid else None

    def watching(self, watch: Callable[[BatchDone], None] = unwatched) -> Callable[[BatchDone], None]:
        """Return what traces every batch of a writer and then tells who watches it anyway."""
        tracer = self._tracer
        if tracer is None:
            return watch

        def traced(batch: BatchDone) -> None:
            _trace_batch(tracer, batch)
            watch(batch)

        return traced

    @contextmanager
    def span(self, name: str, **attributes: str | int | bool) -> Iterator[None]:
        """Trace a piece of work, as a batch of projections or a delivery."""
        if self._tracer is None:
            yield
            return
        said = {f"ledger.{attribute}": value for attribute, value in attributes.items()}
        with self._tracer.start_as_current_span(
            name, attributes=said, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__name__)  # not its words: they may be somebody's
                raise

    def close(self) -> None:
        """Send what is left."""
        if self._provider:
            self._provider.shutdown()


UNTRACED = Traces()


def traces_of(*, asked: bool, process: str, environment: Mapping[str, str] | None = None) -> Traces:
    """
    Return what a process traces, sent as the library's own environment variables say.

    asked: whether to trace even where they name no endpoint; process: api or worker.
    """
    given = os.environ if environment is None else environment
    if not asked and not any(given.get(name) for name in _ENDPOINTS):
        return UNTRACED
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - slow, rare
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named: dict[str, Any] = {"service.name": _SCOPE, "ledger.process": process}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)


def name_request(request_id: str) -> None:
    """Let the span of the request that is being answered carry its id."""
    trace.get_current_span().set_attribute("ledger.request_id", request_id)


def _trace_batch(tracer: Tracer, batch: BatchDone) -> None:
    ended = time_ns()
    origins = [each.origin for each in batch.waiting if isinstance(each.origin, SpanContext)]
    span = tracer.start_span(
        "append batch",
        kind=SpanKind.INTERNAL,
        links=[Link(origin) for origin in origins[:LINKS_MAX]],
        start_time=ended - int(batch.took_seconds * 1e9),
        attributes={
            "ledger.book": batch.book,
            "ledger.commands": len(batch.answers),
            "ledger.refused": sum(isinstance(each, Rejected | Exception) for each in batch.answers),
            "ledger.position": max((getattr(each, "last_position", 0) for each in batch.answers), default=0),
        },
    )
    if batch.failed:
        span.set_status(StatusCode.ERROR)
    span.end(ended)
