"""Logs are lines of JSON on standard error, one an event, or words for people; what a library says is told alike."""

import atexit
import logging
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from api.composition import utc_now
from api.observing.held_lines import held_loggers
from api.observing.request_ids import current_request_id

_encoder = msgspec.json.Encoder(enc_hook=repr)


def configure_logs(*, level: str, log_format: str) -> None:
    """
    Let this server process log from a level on; to be called once, at its start.

    level: debug, info, warning or error; log_format: json or console. What libraries say is told from warnings on.
    """
    if log_format == "json":
        loggers, write_held = held_loggers()
        atexit.register(write_held)
        _configure(level, [_line], loggers, cached=True)
        _tell_of_libraries([*_told(), structlog.processors.format_exc_info], _rendered_text)
    else:
        for_people = _for_people()
        _configure(level, [*_told(), for_people], structlog.PrintLoggerFactory(sys.stderr), cached=True)
        _tell_of_libraries(_told(), for_people)


def configure_logs_for_people(*, level: str) -> None:
    """Let a command of the command line tell people, on standard error, from a level on."""
    _configure(level, [*_told(), _for_people()], structlog.PrintLoggerFactory(sys.stderr), cached=False)


def _configure(level: str, processors: list[Processor], factory: Callable[..., Any], *, cached: bool) -> None:
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=factory,
        cache_logger_on_first_use=cached,
    )


def _told() -> list[Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.add_log_level,
        _name_request,
    ]


def _for_people() -> Processor:
    # The library's own way to show an exception to people shows local variables too: a caller's token is one.
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _tell_of_libraries(shared: list[Processor], renderer: Processor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _name_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if "request_id" not in event and (request_id := current_request_id()):
        event["request_id"] = request_id
    return event


def _line(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    """Return a line of JSON with all that `_told` and `_in_order` say, in one step: a server says one a request."""
    if event.get("exc_info"):
        event = structlog.processors.format_exc_info(logger, method, event)
    first = {
        "timestamp": utc_now().isoformat()[: -len(_UTC)] + "Z",
        "level": structlog.processors.add_log_level(logger, method, {})["level"],
        "event": event.pop("event", ""),
    }
    return _encoder.encode({**first, **_name_request(logger, method, event)})


_UTC = "+00:00"


def _rendered_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _encoder.encode(_in_order(event)).decode()


def _in_order(event: EventDict) -> dict[str, Any]:
    """Return what is told with the time, the level and what happened first, as people read it."""
    first = {name: event.pop(name, "") for name in ("timestamp", "level", "event")}
    return first | dict(event)
