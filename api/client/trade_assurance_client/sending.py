"""Sending: a request as the operations describe it, made over HTTP, again where that is safe, its answer typed."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from trade_assurance_client.problems import ProblemAnswered
from trade_assurance_client.retrying import Retries

T = TypeVar("T")
JSON = "application/json"
TIMEOUT_SECONDS = 60.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request: what is UNSET isn't sent; in `headers`, nothing that a caller didn't say."""

    method: str
    path: str
    query: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    body: dict[str, Any] | bytes | None = None
    keyed: bool = False


def new_key() -> str:
    """Return an Idempotency-Key that nobody has used before."""
    return secrets.token_hex(16)


def path_of(template: str, **named: object) -> str:
    """Return a path with what it names filled in."""
    return template.format(**{name: quote(str(value), safe="/:@") for name, value in named.items()})


def request_of(http: httpx.Client | httpx.AsyncClient, asked: Asked) -> httpx.Request:
    """Return a request ready to be sent, as often as need be."""
    headers = {name: str(value) for name, value in asked.headers.items() if _is_said(value)}
    if asked.keyed:
        headers.setdefault("Idempotency-Key", new_key())
    content = _encoded(asked.body)
    if isinstance(asked.body, dict):
        headers["Content-Type"] = JSON
    query = {name: _text(value) for name, value in asked.query.items() if _is_said(value)}
    return http.build_request(asked.method, asked.path, params=query, headers=headers, content=content)


def answer_of(response: httpx.Response, kind: type[T]) -> T:
    """
    Return what was answered: of JSON as a type, of anything else the bytes.

    Raises: ProblemAnswered.
    """
    if response.is_error:
        raise ProblemAnswered(response)
    if kind is bytes or JSON not in response.headers.get("content-type", ""):
        content: Any = response.content
        return content  # type: ignore[no-any-return]
    return msgspec.json.decode(response.content, type=kind)


class Sender:
    """
    Sends requests to one ledger, about one book.

    address: of the server, as `https://ledger.example`; token: whose; http: settings of httpx, as `verify` or `proxy`.
    """

    def __init__(
        self, address: str, token: str, *, book: str = "main", retries: Retries | None = None, **http: Any
    ) -> None:
        self.book = book
        self.retries = retries or Retries()
        self.http = httpx.Client(**_settings(address, token, http))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def _call(self, asked: Asked, kind: type[T]) -> T:
        request = request_of(self.http, asked)
        attempt = 0
        while True:
            attempt += 1
            response, error = self._try(request)
            pause = self.retries.pause_after(attempt, response) if error or _failed(response) else None
            if pause is None:
                if response is None:
                    raise error or httpx.TransportError("no answer")
                return answer_of(response, kind)
            time.sleep(pause)

    def _try(self, request: httpx.Request) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            return self.http.send(request), None
        except httpx.TransportError as error:
            return None, error


class AsyncSender:
    """Sends requests to one ledger, about one book, as `Sender` does, without blocking."""

    def __init__(
        self, address: str, token: str, *, book: str = "main", retries: Retries | None = None, **http: Any
    ) -> None:
        self.book = book
        self.retries = retries or Retries()
        self.http = httpx.AsyncClient(**_settings(address, token, http))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self.http.aclose()

    async def _call(self, asked: Asked, kind: type[T]) -> T:
        request = request_of(self.http, asked)
        attempt = 0
        while True:
            attempt += 1
            response, error = await self._try(request)
            pause = self.retries.pause_after(attempt, response) if error or _failed(response) else None
            if pause is None:
                if response is None:
                    raise error or httpx.TransportError("no answer")
                return answer_of(response, kind)
            await asyncio.sleep(pause)

    async def _try(self, request: httpx.Request) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            return await self.http.send(request), None
        except httpx.TransportError as error:
            return None, error


def _settings(address: str, token: str, http: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} | dict(http.get("headers", {}))
    return {"timeout": TIMEOUT_SECONDS} | dict(http) | {"base_url": address, "headers": headers}


def _failed(response: httpx.Response | None) -> bool:
    return response is None or response.is_error


def _is_said(value: Any) -> bool:
    return value is not None and value is not msgspec.UNSET


def _text(value: Any) -> Any:
    """Return a value as a query says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime | date) else value


def _encoded(body: dict[str, Any] | bytes | None) -> bytes | None:
    if isinstance(body, dict):
        return msgspec.json.encode({name: value for name, value in body.items() if value is not msgspec.UNSET})
    return body
