"""What is refused because of how it came over HTTP, whatever it says."""

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Malformed, NotFound, Unavailable


@dataclass(eq=False, kw_only=True)
class PathNotFound(NotFound):
    """Nothing is at this path; the API's description at /openapi.json says what there is."""

    code: ClassVar[str] = "request.path_not_found"


@dataclass(eq=False, kw_only=True)
class MethodNotAllowed(Malformed):
    """The path takes other methods: the header Allow names them."""

    code: ClassVar[str] = "request.method_not_allowed"
    allowed: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class RequestUnreadable(Malformed):
    """The framework couldn't read the request; `problem` says what it told."""

    code: ClassVar[str] = "request.unreadable"
    problem: str


@dataclass(eq=False, kw_only=True)
class BodyTooLarge(Malformed):
    """The body is larger than what is taken here; nothing of it was looked at."""

    code: ClassVar[str] = "request.body_too_large"
    bytes_max: int


@dataclass(eq=False, kw_only=True)
class BodyTooSlow(Malformed):
    """The body didn't arrive in time; nothing of it was looked at. Send it again, with the same key."""

    code: ClassVar[str] = "request.body_too_slow"
    seconds_max: int


@dataclass(eq=False, kw_only=True)
class HeadTooLarge(Malformed):
    """Line and headers of the request are too many or too long together."""

    code: ClassVar[str] = "request.head_too_large"
    bytes_max: int
    headers_max: int


@dataclass(eq=False, kw_only=True)
class HeadTooSlow(Malformed):
    """Line and headers of the request didn't arrive in time."""

    code: ClassVar[str] = "request.head_too_slow"
    seconds_max: int


@dataclass(eq=False, kw_only=True)
class MediaTypeUnsupported(Malformed):
    """The header Content-Type names a form that isn't read here."""

    code: ClassVar[str] = "request.media_type_unsupported"
    taken: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NotAcceptable(Malformed):
    """The header Accept allows none of the forms that are answered here."""

    code: ClassVar[str] = "request.not_acceptable"
    offered: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class RateExceeded(Unavailable):
    """More requests came from one caller or address than are taken in this time: come again when it has passed."""

    code: ClassVar[str] = "rate.exceeded"
    policy: str
    retry_after_seconds: int


@dataclass(eq=False, kw_only=True)
class ServerBusy(Unavailable):
    """The server has more requests at work than it takes: come again in a moment, with the same key."""

    code: ClassVar[str] = "server.busy"


@dataclass(eq=False, kw_only=True)
class CallerBusy(Unavailable):
    """The caller has more requests at work than one may have: wait for some of them."""

    code: ClassVar[str] = "rate.too_many_at_once"
    requests_max: int
