"""
Sending is one attempt: a POST to the address that was checked, within a bound of time, of which little is read.

Nothing is taken from the environment, no redirect is followed, and no connection serves two webhooks.
"""

import asyncio
import ssl
import time
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from api.webhooks.addresses import Place, WebhookUrlForbidden, WebhookUrlMalformed, address_of, place_of
from api.webhooks.envelopes import Envelope
from api.webhooks.outbox import PROBLEM_CHARACTERS_MAX
from api.witness_answers import printable

ANSWER_BYTES_MAX = 16 * 1024
"""So much of an answer is read, and nothing of it is kept: what is longer costs its connection."""
GONE = 410
_SUCCESS = range(200, 300)


class Answered(NamedTuple):
    """What came of an attempt. status: of HTTP, where there was an answer; problem: empty where it was delivered."""

    status: int | None
    problem: str
    retry_after: str | None
    milliseconds: int

    @property
    def is_delivered(self) -> bool:
        """Return whether the receiver took it."""
        return not self.problem


class Sender:
    """Who sends to one webhook, over connections of its own, as long as it is entered."""

    def __init__(
        self,
        url: str,
        *,
        tls: ssl.SSLContext,
        seconds: float,
        private: bool,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._url = url
        self._seconds = seconds
        self._private = private
        self._client = httpx.AsyncClient(
            verify=tls, timeout=httpx.Timeout(None), trust_env=False, follow_redirects=False, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, envelope: Envelope, headers: dict[str, str]) -> Answered:
        """Send an envelope once and return what came of it."""
        began = time.perf_counter()
        status, problem, retry_after = None, "", None
        try:
            async with asyncio.timeout(self._seconds):
                status, retry_after = await self._post(envelope, headers)
        except TimeoutError:
            problem = f"no answer in {self._seconds:.3g} s"
        except (WebhookUrlForbidden, WebhookUrlMalformed) as error:
            problem = error.problem
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            problem = str(error) or type(error).__name__
        if status is not None and status not in _SUCCESS:
            problem = f"answered {status}"
        milliseconds = int((time.perf_counter() - began) * 1_000)
        return Answered(status, printable(problem)[:PROBLEM_CHARACTERS_MAX], retry_after, milliseconds)

    async def _post(self, envelope: Envelope, headers: dict[str, str]) -> tuple[int, str | None]:
        place = place_of(self._url)
        address = await address_of(place, private=self._private)
        request = self._client.build_request(
            "POST",
            place.at(address),
            content=envelope.body,
            headers={**headers, "Host": place.host_header, "Accept-Encoding": "identity"},
            extensions=_server_name(place),
        )
        answer = await self._client.send(request, stream=True)
        try:
            await _read(answer)
        finally:
            await answer.aclose()
        return answer.status_code, answer.headers.get("Retry-After")


def _server_name(place: Place) -> dict[str, str]:
    """Return by which name the receiver proves who it is: the one that was asked for, not its address."""
    return {"sni_hostname": place.host} if place.scheme == "https" else {}


async def _read(answer: httpx.Response) -> None:
    length = 0
    async for part in answer.aiter_raw():
        length += len(part)
        if length > ANSWER_BYTES_MAX:
            return
