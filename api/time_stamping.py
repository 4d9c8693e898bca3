"""Time stamping has an authority (RFC 3161) sign when a checkpoint was there, and keeps what stands up to checking."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlsplit

import structlog
from cryptography.x509 import Certificate
from psycopg_pool import ConnectionPool

from api.composition import House, new_nonce
from api.settings import SettingMalformed, Settings
from domain.errors import Conflict, LedgerError, LogCorrupt, Malformed, NotFound, Unavailable
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.kept_log import find_checkpoint
from ledger.proof.timestamps import Stamped, TokenMalformed, check_token, request_for, token_in
from ledger.writer import DATABASE_ABSENT

if TYPE_CHECKING:
    import httpx

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
ANSWER_BYTES_MAX = 65_536
CLOCKS_APART_MAX = timedelta(minutes=10)
PAUSE_SECONDS = 60.0

_KEEP = """
    INSERT INTO ledger.time_tokens (book, origin, size, authority, token, stamped_at)
    VALUES (%s, %s, %s, %s, %b, %s) ON CONFLICT DO NOTHING
"""
_KEPT = """
    SELECT token.origin, token.size, token.authority, token.stamped_at, token.token, (
        SELECT root FROM ledger.checkpoints AS signed
        WHERE (signed.book, signed.origin, signed.size) = (token.book, token.origin, token.size) LIMIT 1
    )
    FROM ledger.time_tokens AS token WHERE token.book = %s ORDER BY token.stamped_at, token.size, token.authority
"""
_LAST = """
    SELECT stamped_at, origin, size FROM ledger.time_tokens WHERE book = %s ORDER BY stamped_at DESC, size DESC LIMIT 1
"""

_log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class AuthorityAbsent(Unavailable):
    """The time authority can't be reached, is too slow, or answers with an HTTP error."""

    code: ClassVar[str] = "time.authority_absent"
    authority: str
    problem: str


@dataclass(eq=False, kw_only=True)
class ClocksApart(Unavailable):
    """The authority's time and ours are too far apart for both to be right."""

    code: ClassVar[str] = "time.clocks_apart"
    stamped_at: datetime
    now: datetime


@dataclass(eq=False, kw_only=True)
class NothingToStamp(NotFound):
    """No checkpoint of the book is signed yet."""

    code: ClassVar[str] = "time.nothing_to_stamp"
    hint: ClassVar[str] = "trade-ledger log checkpoint signs one"
    book: str


@dataclass(eq=False, kw_only=True)
class AlreadyStamped(Conflict):
    """This authority stamped the checkpoint before: the earlier token proves more, and is kept."""

    code: ClassVar[str] = "time.already_stamped"
    origin: str
    size: int
    authority: str


@dataclass(eq=False, kw_only=True)
class StampedCheckpointNotFound(NotFound):
    """A token is kept, but not the checkpoint that it is over."""

    code: ClassVar[str] = "time.checkpoint_not_found"
    origin: str
    size: int


@dataclass(eq=False, kw_only=True)
class TokenMisfiled(Malformed):
    """A good token is kept under another time or authority than it says."""

    code: ClassVar[str] = "time.token_misfiled"
    stamped_at: datetime
    authority: str


class TimeAuthority(NamedTuple):
    """
    Who stamps: where it is asked, and the roots that its certificate has to lead to.

    patience_seconds: for all of an answer, finding the authority's address included.
    """

    url: str
    roots: Sequence[Certificate]
    patience_seconds: float = 10.0

    @property
    def host(self) -> str:
        """Return what may be shown of the URL, for that may hold a password."""
        return urlsplit(self.url).hostname or ""


class KeptToken(NamedTuple):
    """A token in the database, and the root of the checkpoint that it is over, if that is there too."""

    origin: str
    size: int
    authority: str
    stamped_at: datetime
    token: bytes
    root: bytes | None

    @property
    def text(self) -> bytes:
        """
        Return what was stamped.

        Raises: StampedCheckpointNotFound.
        """
        if self.root is None:
            raise StampedCheckpointNotFound(origin=self.origin, size=self.size)
        return Checkpoint(self.origin, self.size, self.root).text.encode()

    def check(self, roots: Sequence[Certificate]) -> None:
        """
        Check the token anew, without asking anybody.

        Raises, in this order: StampedCheckpointNotFound, what `check_token` does, TokenMisfiled.
        """
        stamped = check_token(self.token, self.text, roots)
        if (stamped.at, stamped.authority) != (self.stamped_at, self.authority):
            raise TokenMisfiled(stamped_at=stamped.at, authority=stamped.authority)


def authority_of(settings: Settings) -> TimeAuthority:
    """
    Return the authority that the settings name.

    Raises: SettingMalformed, where they name none.
    """
    if not settings.time_authority:
        raise SettingMalformed(setting="LEDGER_TIME_AUTHORITY", problem="isn't said")
    return TimeAuthority(settings.time_authority, settings.time_roots)


def get_latest_checkpoint(pool: ConnectionPool[Connection], book: str) -> Checkpoint:
    """
    Return the checkpoint to stamp.

    Raises: NothingToStamp.
    """
    with pool.connection() as connection:
        kept = find_checkpoint(connection, book)
    if kept is None:
        raise NothingToStamp(book=book)
    return kept.checkpoint


def stamp(
    pool: ConnectionPool[Connection],
    book: str,
    checkpoint: Checkpoint,
    authority: TimeAuthority,
    *,
    nonce: int,
    now: datetime,
) -> Stamped:
    """
    Have a checkpoint stamped, and keep the token.

    Raises, in this order, with nothing kept: AuthorityAbsent, what `token_in` and `check_token` do, ClocksApart,
    AlreadyStamped.
    """
    text = checkpoint.text.encode()
    token = token_in(asyncio.run(_ask(authority, request_for(text, nonce))))
    stamped = check_token(token, text, authority.roots, nonce=nonce)
    if abs(stamped.at - now) > CLOCKS_APART_MAX:
        raise ClocksApart(stamped_at=stamped.at, now=now)
    row = (book, checkpoint.origin, checkpoint.size, stamped.authority, token, stamped.at)
    with pool.connection() as connection:
        if not connection.execute(_KEEP, row).rowcount:
            raise AlreadyStamped(origin=checkpoint.origin, size=checkpoint.size, authority=stamped.authority)
    return stamped


def kept_tokens(connection: Connection, book: str) -> list[KeptToken]:
    """Return the tokens of a book's checkpoints, unchecked, the earliest first."""
    return [KeptToken(*row) for row in connection.execute(_KEPT, (book,))]


def run(house: House, settings: Settings, now: Callable[[], datetime], stop: threading.Event) -> None:
    """Stamp every book's checkpoints now and then, until told to stop; without an authority, don't begin."""
    while settings.time_authority and not stop.is_set():
        try:
            stamp_when_due(house, settings, now(), stop)
        except DATABASE_ABSENT as error:
            _log.warning("stamping waits", error=str(error))
        stop.wait(PAUSE_SECONDS)


def stamp_when_due(house: House, settings: Settings, now: datetime, stop: threading.Event) -> int:
    """
    Stamp the latest checkpoint of each book whose last token is as old as the settings say; return how many were: none
    without an authority.

    A book that can't be stamped holds up no other one, but an authority that is absent for one is so for all.
    """
    stamped = 0
    for book in _books(house.pool) if settings.time_authority else ():
        if stop.is_set():
            break
        try:
            stamped += _stamp_if_due(house.pool, book, settings, now)
        except AuthorityAbsent as error:
            _log.warning("stamping waits", error=str(error))
            break
        except (LedgerError, LogCorrupt) as error:
            _log.warning("stamping waits", book=book, error=str(error))
    return stamped


def _books(pool: ConnectionPool[Connection]) -> list[str]:
    with pool.connection() as connection:
        return [book for (book,) in connection.execute("SELECT book FROM ledger.log_head ORDER BY book")]


def _stamp_if_due(pool: ConnectionPool[Connection], book: str, settings: Settings, now: datetime) -> bool:
    """Stamp a book's latest checkpoint, if it isn't and the last token is old enough; return whether that was so."""
    with pool.connection() as connection:
        last = connection.execute(_LAST, (book,)).fetchone()
        if last and last[0] > now - settings.time_every:
            return False
        kept = find_checkpoint(connection, book)
    if kept is None or (last and last[1:] == (kept.checkpoint.origin, kept.checkpoint.size)):
        return False
    stamp(pool, book, kept.checkpoint, authority_of(settings), nonce=new_nonce(), now=now)
    return True


async def _ask(authority: TimeAuthority, request: bytes) -> bytes:
    import httpx  # noqa: PLC0415 - every verb starts with this module, and only those that stamp need an HTTP client

    # It takes its time, for it is bounded as a whole, and nothing from the environment.
    patient = httpx.AsyncClient(timeout=httpx.Timeout(None), trust_env=False)
    try:
        async with asyncio.timeout(authority.patience_seconds), patient as client:
            headers = {"Content-Type": QUERY, "Accept": REPLY, "Accept-Encoding": "identity"}
            async with client.stream("POST", authority.url, content=request, headers=headers) as answer:
                return await _read(answer, authority)
    except TimeoutError:
        raise AuthorityAbsent(authority=authority.host, problem="is too slow") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AuthorityAbsent(authority=authority.host, problem=str(error) or type(error).__name__) from None


async def _read(answer: "httpx.Response", authority: TimeAuthority) -> bytes:
    if answer.status_code != HTTPStatus.OK:
        raise AuthorityAbsent(authority=authority.host, problem=f"answers with HTTP status {answer.status_code}")
    if answer.headers.get("Content-Type", "").partition(";")[0].strip() != REPLY:
        raise TokenMalformed(problem=f"the answer isn't {REPLY}")
    read = b""
    async for part in answer.aiter_raw():
        read += part
        if len(read) > ANSWER_BYTES_MAX:
            raise TokenMalformed(problem=f"the answer has more than {ANSWER_BYTES_MAX} bytes")
    return read
