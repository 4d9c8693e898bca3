"""Time stamping: a good token is kept, nothing of an authority that is absent or lies, and what is kept is checked."""

import base64
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner, Result

from api.cli.stamping import register
from api.composition import House, utc_now
from api.settings import SettingMalformed, Settings
from api.time_stamping import (
    ANSWER_BYTES_MAX,
    AlreadyStamped,
    AuthorityAbsent,
    ClocksApart,
    KeptToken,
    NothingToStamp,
    StampedCheckpointNotFound,
    TimeAuthority,
    TokenMisfiled,
    kept_tokens,
    run,
    stamp,
    stamp_when_due,
)
from domain.errors import LedgerError
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.timestamps import (
    StampRefused,
    TokenMalformed,
    TokenOfOtherMessage,
    TokenOfOtherRequest,
    TokenUntrusted,
    check_token,
    request_for,
    token_in,
)
from tests.books import Book
from tests.command_line import DONE, REFUSED
from tests.time_authority import STAMPED_AT, Answer, Signer, issued, listening, rejection, reply, root, token

ORIGIN = "ledger.example/main"
NONCE = 0xFEED_FACE_CAFE_BEEF
ROOT = root()
AUTHORITY = issued(ROOT)


def honest(request: bytes) -> Answer:
    return Answer([reply(request, AUTHORITY)])


def as_now(request: bytes) -> Answer:
    return Answer([reply(request, AUTHORITY, at=utc_now())])


def checkpoint_of(book: Book, size: int, origin: str = ORIGIN) -> Checkpoint:
    """Keep a checkpoint as if the log had signed it."""
    made = Checkpoint(origin, size, bytes([size]) * 32)
    with book.pool.connection() as connection:
        connection.execute(
            "INSERT INTO ledger.checkpoints (book, origin, size, key, root, note, signed_at)"
            " VALUES (%s, %s, %s, 'key', %b, '', %s)",
            (book.name, origin, size, made.root, STAMPED_AT),
        )
    return made


def stamped_by(book: Book, checkpoint: Checkpoint, url: str, *, patience_seconds: float = 10.0) -> datetime:
    authority = TimeAuthority(url, [ROOT.certificate], patience_seconds)
    return stamp(book.pool, book.name, checkpoint, authority, nonce=NONCE, now=STAMPED_AT).at


def kept(book: Book) -> list[KeptToken]:
    with book.pool.connection() as connection:
        return kept_tokens(connection, book.name)


def test_a_good_token_is_kept_and_can_be_checked_by_itself(book: Book) -> None:
    checkpoint = checkpoint_of(book, 4)
    with listening(honest) as url:
        assert stamped_by(book, checkpoint, url) == STAMPED_AT
    (token,) = kept(book)
    assert token[:4] == (ORIGIN, 4, "CN=Test Time", STAMPED_AT)
    assert token.text == checkpoint.text.encode()
    token.check([ROOT.certificate])


def test_of_two_tokens_of_one_authority_the_earlier_is_kept(book: Book) -> None:
    checkpoint, later = checkpoint_of(book, 4), STAMPED_AT + timedelta(minutes=5)
    with listening(honest) as url:
        stamped_by(book, checkpoint, url)
    with listening(lambda request: Answer([reply(request, AUTHORITY, at=later)])) as url, pytest.raises(AlreadyStamped):
        stamped_by(book, checkpoint, url)
    assert [each.stamped_at for each in kept(book)] == [STAMPED_AT]


LIES: dict[str, tuple[Callable[[bytes], Answer], type[LedgerError]]] = {
    "another message": (lambda r: Answer([reply(r, AUTHORITY, digest=bytes(32))]), TokenOfOtherMessage),
    "an older answer": (lambda r: Answer([reply(r, AUTHORITY, nonce=NONCE - 1)]), TokenOfOtherRequest),
    "an impostor": (lambda r: Answer([reply(r, issued(root()))]), TokenUntrusted),
    "another trade": (
        lambda r: Answer([reply(r, issued(ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH))]),
        TokenUntrusted,
    ),
    "another time": (lambda r: Answer([reply(r, AUTHORITY, at=STAMPED_AT - timedelta(hours=1))]), ClocksApart),
    "garbage": (lambda _: Answer([b"garbage"]), TokenMalformed),
    "a page": (lambda _: Answer([b"<html>"], media_type="text/html"), TokenMalformed),
    "no end": (lambda r: Answer([reply(r, AUTHORITY), bytes(ANSWER_BYTES_MAX)]), TokenMalformed),
    "a refusal": (lambda _: Answer([rejection("not today")]), StampRefused),
    "a status": (lambda _: Answer([], status=500), AuthorityAbsent),
    "another place": (lambda _: Answer([], status=302), AuthorityAbsent),
}


@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_kept_of_an_authority_that_answers_with(lie: str, book: Book) -> None:
    answer, refusal = LIES[lie]
    with listening(answer) as url, pytest.raises(refusal):
        stamped_by(book, checkpoint_of(book, 4), url)
    assert kept(book) == []


def test_an_authority_that_isnt_there_is_absent(book: Book) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://somebody:secret@127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(AuthorityAbsent) as refused:
            stamped_by(book, checkpoint_of(book, 4), url)
    assert refused.value.authority == "127.0.0.1"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("parts", [1, 1_000])
def test_an_authority_isnt_waited_for_for_ever_whether_silent_or_dawdling(parts: int, book: Book) -> None:
    ended = threading.Event()

    def dawdle() -> Iterator[bytes]:
        for _ in range(parts):
            ended.wait(20 / parts)
            yield b"\0"

    checkpoint = checkpoint_of(book, 4)
    with listening(lambda _: Answer(dawdle())) as url:
        with pytest.raises(AuthorityAbsent) as refused:
            stamped_by(book, checkpoint, url, patience_seconds=0.2)
        ended.set()
    assert refused.value.problem == "is too slow"
    assert kept(book) == []


def test_a_changed_row_is_found(book: Book) -> None:
    checkpoint = checkpoint_of(book, 4)
    with listening(honest) as url:
        stamped_by(book, checkpoint, url)
    (good,) = kept(book)
    changes: list[tuple[dict[str, Any], type[LedgerError]]] = [
        ({"origin": "ledger.example/other"}, TokenOfOtherMessage),
        ({"size": 5}, TokenOfOtherMessage),
        ({"root": bytes(32)}, TokenOfOtherMessage),
        ({"root": None}, StampedCheckpointNotFound),
        ({"authority": "CN=Other"}, TokenMisfiled),
        ({"stamped_at": STAMPED_AT - timedelta(seconds=1)}, TokenMisfiled),
        ({"token": good.token[:-1]}, TokenMalformed),
        ({"token": token(issued(root()), good.text)}, TokenUntrusted),
    ]
    for change, refusal in changes:
        with pytest.raises(refusal):
            good._replace(**change).check([ROOT.certificate])


def settings_for(url: str) -> Settings:
    return Settings(
        home=Path("/nowhere"), time_authority=url, time_roots=(ROOT.certificate,), time_every=timedelta(hours=1)
    )


def test_every_book_is_stamped_when_its_time_has_come_and_it_has_moved(book: Book) -> None:
    house, at = House("", book.pool), STAMPED_AT

    def due(now: datetime) -> int:
        nonlocal at
        at = now
        return stamp_when_due(house, settings, now, threading.Event())

    with listening(lambda request: Answer([reply(request, AUTHORITY, at=at)])) as url, Book.opened(book.pool, name="b"):
        settings = settings_for(url)
        assert due(STAMPED_AT) == 0
        checkpoint_of(book, 4)
        assert due(STAMPED_AT) == 1
        checkpoint_of(book, 5)
        assert due(STAMPED_AT + timedelta(minutes=59)) == 0
        assert due(STAMPED_AT + timedelta(minutes=60)) == 1
        assert due(STAMPED_AT + timedelta(days=1)) == 0
    assert [(each.size, each.stamped_at) for each in kept(book)] == [
        (4, STAMPED_AT),
        (5, STAMPED_AT + timedelta(hours=1)),
    ]


def test_a_book_that_cant_be_stamped_holds_up_no_other_one(book: Book) -> None:
    lies = iter([b"garbage"])
    with (
        listening(lambda request: Answer([next(lies, None) or reply(request, AUTHORITY)])) as url,
        Book.opened(book.pool, name="second") as second,
    ):
        checkpoint_of(book, 4)
        checkpoint_of(second, 4, "ledger.example/second")
        assert stamp_when_due(House("", book.pool), settings_for(url), STAMPED_AT, threading.Event()) == 1
    assert (len(kept(book)), len(kept(second))) == (0, 1)


def test_an_authority_that_is_absent_for_one_book_isnt_asked_for_the_next(book: Book) -> None:
    asked = []

    def broken(request: bytes) -> Answer:
        asked.append(request)
        return Answer([], status=503)

    with listening(broken) as url, Book.opened(book.pool, name="second") as second:
        checkpoint_of(book, 4)
        checkpoint_of(second, 4, "ledger.example/second")
        assert stamp_when_due(House("", book.pool), settings_for(url), STAMPED_AT, threading.Event()) == 0
    assert len(asked) == 1


def test_without_an_authority_nothing_is_stamped(book: Book) -> None:
    checkpoint_of(book, 4)
    assert stamp_when_due(House("", book.pool), Settings(home=Path("/nowhere")), STAMPED_AT, threading.Event()) == 0


def test_the_keeper_stamps_until_it_is_told_to_stop(book: Book) -> None:
    stop = threading.Event()

    def last(request: bytes) -> Answer:
        stop.set()
        return honest(request)

    with listening(last) as url, Book.opened(book.pool, name="second") as second:
        checkpoint_of(book, 4)
        checkpoint_of(second, 4, "ledger.example/second")
        run(House("", book.pool), settings_for(url), book.clock, stop)
    assert (len(kept(book)), len(kept(second))) == (1, 0)


class Verbs:
    """The verbs `stamp` and `tokens`, on the book of a test, with an authority and its roots."""

    def __init__(self, database: str, folder: Path) -> None:
        self._room = typer.Typer()
        self._roots = folder / "roots.pem"
        self._environment = {"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(folder)}
        register(self._room)

    def run(self, *arguments: str, trusted: Signer = ROOT, url: str = "http://127.0.0.1:9/") -> Result:
        self._roots.write_bytes(trusted.pem)
        said = {"LEDGER_TIME_AUTHORITY": url, "LEDGER_TIME_ROOTS": str(self._roots)}
        return CliRunner().invoke(self._room, arguments, env=self._environment | said)


def test_verbs_stamp_the_latest_checkpoint_and_check_every_token(database: str, book: Book, tmp_path: Path) -> None:
    verbs = Verbs(database, tmp_path)
    assert isinstance(verbs.run("stamp").exception, NothingToStamp)
    checkpoint_of(book, 4)
    checkpoint = checkpoint_of(book, 6)
    with listening(as_now) as url:
        said = json.loads(verbs.run("stamp", "--json", url=url).stdout)
    assert (said["origin"], said["size"], said["authority"]) == (ORIGIN, 6, "CN=Test Time")
    (shown,) = json.loads(verbs.run("tokens", "--json").stdout)
    assert shown["stamped_at"] == said["stamped_at"]
    assert (shown["text"], shown["problem"]) == (checkpoint.text, None)
    stamped = check_token(base64.b64decode(shown["token"]), shown["text"].encode(), [ROOT.certificate])
    assert stamped.authority == "CN=Test Time"
    listed = verbs.run("tokens")
    assert (listed.exit_code, "good" in listed.stdout) == (DONE, True)
    doubted = verbs.run("tokens", trusted=root("Other"))
    assert (doubted.exit_code, "time.token_untrusted" in doubted.stdout) == (REFUSED, True)


def test_settings_name_an_authority_its_roots_and_how_often_it_is_asked(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(ROOT.pem + AUTHORITY.pem)
    said = {"LEDGER_TIME_AUTHORITY": "https://time.example/tsr", "LEDGER_TIME_ROOTS": str(roots)}
    settings = Settings.from_environment(said | {"LEDGER_TIME_EVERY": "15"})
    assert settings.time_authority == "https://time.example/tsr"
    assert settings.time_roots == (ROOT.certificate, AUTHORITY.certificate)
    assert settings.time_every == timedelta(minutes=15)
    assert Settings.from_environment(said).time_every == timedelta(hours=1)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("LEDGER_TIME_AUTHORITY", {"LEDGER_TIME_AUTHORITY": "ftp://time.example", "LEDGER_TIME_ROOTS": "{roots}"}),
        ("LEDGER_TIME_AUTHORITY", {"LEDGER_TIME_AUTHORITY": "http://", "LEDGER_TIME_ROOTS": "{roots}"}),
        ("LEDGER_TIME_AUTHORITY", {"LEDGER_TIME_AUTHORITY": "http://[::1", "LEDGER_TIME_ROOTS": "{roots}"}),
        ("LEDGER_TIME_ROOTS", {"LEDGER_TIME_AUTHORITY": "https://time.example"}),
        ("LEDGER_TIME_ROOTS", {"LEDGER_TIME_ROOTS": "{roots}.absent"}),
        ("LEDGER_TIME_ROOTS", {"LEDGER_TIME_ROOTS": "{empty}"}),
        ("LEDGER_TIME_EVERY", {"LEDGER_TIME_EVERY": "0"}),
        ("LEDGER_TIME_EVERY", {"LEDGER_TIME_EVERY": "1.5"}),
    ],
)
def test_settings_of_time_that_cant_be_meant_are_refused(setting: str, said: dict[str, str], tmp_path: Path) -> None:
    roots, empty = tmp_path / "roots.pem", tmp_path / "empty.pem"
    roots.write_bytes(ROOT.pem)
    empty.touch()
    with pytest.raises(SettingMalformed) as refused:
        Settings.from_environment({name: value.format(roots=roots, empty=empty) for name, value in said.items()})
    assert refused.value.setting == setting


OPENSSL_AUTHORITY = """
[authority]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
"""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_openssl_answers_what_we_ask_and_verifies_what_we_keep(tmp_path: Path) -> None:
    def openssl(*arguments: str) -> str:
        command = ["openssl", "ts", *arguments]  # as an auditor types it: docs/time.md
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    text = Checkpoint(ORIGIN, 4, bytes(32)).text.encode()
    key = AUTHORITY.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {
        "checkpoint.txt": text,
        "roots.pem": ROOT.pem,
        "authority.pem": AUTHORITY.pem,
        "key.pem": key,
        "authority.conf": OPENSSL_AUTHORITY.format(folder=tmp_path).encode(),
        "serial": b"01",
        "query": request_for(text, NONCE),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    asked = ("-reply", "-config", "authority.conf", "-section", "authority", "-queryfile", "query", "-out", "answer")
    openssl(*asked, "-signer", "authority.pem", "-inkey", "key.pem")
    token = token_in((tmp_path / "answer").read_bytes())
    assert check_token(token, text, [ROOT.certificate], nonce=NONCE).authority == "CN=Test Time"
    (tmp_path / "token.tst").write_bytes(token)
    verify = ("-verify", "-token_in", "-in", "token.tst", "-data", "checkpoint.txt", "-CAfile", "roots.pem")
    assert "Verification: OK" in openssl(*verify)
