"""
Telling a story to the API: requests in order, on a book with a clock and keys of its own, and what was answered.

What is answered is the same in every run, byte for byte, so that it may stand in the API's description.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import httpx
import msgspec

from api.app import app_of
from api.composition import House, OpenedBook, World, connected
from api.http.desk import Desk
from api.identity.caller import Caller, Role
from api.proving import origin_at
from api.webhooks.sealing import Outlet, SealingKey
from ledger.proof.keyring import Keys
from tests.tokens import Issuer, taking

BOOK = "main"
BEGIN = datetime(2026, 10, 5, 9, tzinfo=UTC)
SEED = b"example" * 4 + b"key!"
ISSUER = Issuer()
PATIENCE_SECONDS = 60

OPERATOR = Caller("operator:OPS-1", "operator")
SECOND_OPERATOR = Caller("operator:OPS-2", "operator")
FINANCE = Caller("finance:FIN-1", "finance")
SECOND_FINANCE = Caller("finance:FIN-2", "finance")
AUDITOR = Caller("auditor:AUD-1", "auditor")


def mediator(key: str) -> Caller:
    """Return a mediator."""
    return Caller(f"mediator:{key}", "mediator")


def party(key: str, role: Role) -> Caller:
    """Return who speaks for a party."""
    return Caller(f"{role}:{key}", role, key)


def usd(minor: int) -> dict[str, object]:
    """Return an amount in US dollars, as requests say it."""
    return {"minor": minor, "currency": "USD"}


class Still:
    """The world of a story: time passes when it is told to, and what is drawn is the same in every run."""

    def __init__(self) -> None:
        self.now = BEGIN
        self._drawn = 0

    def clock(self) -> datetime:
        """Return the time."""
        return self.now

    def salts(self, count_bytes: int) -> bytes:
        """Return the next bytes."""
        self._drawn += 1
        return hashlib.shake_256(b"salt %d" % self._drawn).digest(count_bytes)

    def new_id(self) -> str:
        """Return the next id."""
        return self.salts(16).hex()

    @property
    def world(self) -> World:
        """Return what a book takes from it."""
        return World(self.clock, self.salts, self.new_id)


class Asked(NamedTuple):
    """
    One request of a story.

    operation: by name; about: what it shows, in a sentence; path, query, headers: by name.
    """

    operation: str
    about: str
    method: str
    template: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    caller: Caller | None


class Told(NamedTuple):
    """A request and its answer."""

    asked: Asked
    response: httpx.Response


class Teller:
    """Says and asks, in order; who says isn't named here is an operator."""

    def __init__(self, house: House, still: Still, folder: Path) -> None:
        self.app = app_of()
        outlet = Outlet(SealingKey(folder / "webhook.key", salts=still.salts))
        self.app.state.desk = Desk(house, tokens=taking(ISSUER, clock=still.clock), outlet=outlet)
        self.book: OpenedBook = house.book(BOOK)
        self.still = still
        self.told: list[Told] = []
        self._operations = operations_of(self.app.openapi())
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://ledger")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def wait(self, **how: float) -> None:
        """Let time pass."""
        self.still.now += timedelta(**how)

    def sign(self) -> None:
        """Let the log be signed up to its end."""
        self.book.signer.sign_head()

    def say(
        self,
        operation: str,
        body: object = None,
        *,
        by: Caller = OPERATOR,
        about: str = "",
        refused: str = "",
        **path: Any,
    ) -> Any:
        """
        Say a command, a minute after what was last said; return the answer.

        refused: the code of the refusal that it must meet; without one it must be taken.
        """
        self.wait(minutes=1)
        headers = {"Idempotency-Key": f"{operation}-{len(self.told) + 1}"}
        return self.ask(operation, by=by, about=about, body=body or {}, headers=headers, refused=refused, **path)

    def ask(
        self,
        operation: str,
        *,
        by: Caller | None = AUDITOR,
        about: str = "",
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        refused: str = "",
        **path: Any,
    ) -> Any:
        """Ask something, which must be answered or refused by a code; return what JSON says, or the bytes."""
        method, template = self._operations[operation]
        asked = Asked(operation, about, method, template, path, query or {}, headers or {}, body, by)
        told = Told(asked, self._runner.run(asyncio.wait_for(self._sent(asked), PATIENCE_SECONDS)))
        said = json_of(told.response)
        code = said["code"] if told.response.is_error else ""
        assert code == refused, f"{operation} {path}: {told.response.text}"
        self.told.append(told)
        self.book.runner.catch_up()
        return said

    async def _sent(self, asked: Asked) -> httpx.Response:
        headers = {"X-Request-ID": f"request-{len(self.told) + 1}"} | dict(asked.headers)
        if asked.caller:
            headers["Authorization"] = f"Bearer {ISSUER.token(asked.caller, at=self.still.now)}"
        content = asked.body if isinstance(asked.body, bytes) else None
        json = None if content is not None or asked.method == "GET" else asked.body
        request = self._http.build_request(
            asked.method, path_of(asked), params=dict(asked.query) or None, headers=headers, content=content, json=json
        )
        return await self._http.send(request)


def path_of(asked: Asked) -> str:
    """Return the path of a request, of the book where it is of one."""
    named = {"book": BOOK} | dict(asked.path)
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: quote(str(named[found[1]]), safe="/:@"), asked.template)


def json_of(response: httpx.Response) -> Any:
    """Return what a JSON answer says; of any other, its bytes."""
    if "json" in response.headers.get("content-type", "") and response.content:
        return msgspec.json.decode(response.content)
    return response.content


def operations_of(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return by operation its method and path."""
    return {
        said["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    }


@contextmanager
def telling(dsn: str, folder: Path, story: Callable[[Teller], None] | None = None) -> Iterator[Teller]:
    """Yield a teller on an empty database, with its book founded, its log's key made, and a story told."""
    still = Still()
    with connected(dsn, keys=Keys(folder), world=still.world) as house, Teller(house, still, folder) as teller:
        teller.book.found()
        teller.book.keyring.make_key(origin_at(teller.book), SEED)
        if story:
            story(teller)
        yield teller
