"""Keys of an issuer that are fetched over HTTP, and change there while tokens are taken here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.identity.issuers import tokens_of
from api.identity.key_set import PAUSE, SET_BYTES_MAX
from api.identity.refusals import TokenKeysUnavailable, TokenRefused
from api.settings import Settings
from tests.books import Clock
from tests.tokens import AUDIENCE, ISSUER, NOW, OPERATOR, Issuer, published


class Published:
    """What a server on the loopback address answers: a status and a body."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.asked = 0


@contextmanager
def publishing(what: Published) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what.asked += 1
            self.send_response(what.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(what.body)))
            self.end_headers()
            self.wfile.write(what.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/jwks"
        finally:
            server.shutdown()
            thread.join()


def test_keys_rotate_at_the_issuer_and_tokens_by_the_new_one_are_taken() -> None:
    old, new, clock, what = Issuer(), Issuer("key-2", seed=b"u" * 32), Clock(NOW), Published()
    what.body = published(old)
    with publishing(what) as url:
        environment = {"LEDGER_TOKEN_ISSUER": ISSUER, "LEDGER_TOKEN_AUDIENCE": AUDIENCE, "LEDGER_TOKEN_JWKS": url}
        tokens = tokens_of(Settings.from_environment(environment), clock=clock)
        assert tokens.caller_of(old.token()) == OPERATOR
        what.body = published(old, new)
        with pytest.raises(TokenRefused):
            tokens.caller_of(new.token())
        clock.move(seconds=PAUSE.total_seconds())
        assert tokens.caller_of(new.token()) == tokens.caller_of(old.token()) == OPERATOR
        assert what.asked == 2
        what.body = published(new)
        clock.move(seconds=PAUSE.total_seconds())
        with pytest.raises(TokenRefused):
            tokens.caller_of(Issuer("key-3").token())
        with pytest.raises(TokenRefused):
            tokens.caller_of(old.token())
        assert tokens.find_remembered(old.token()) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (302, published(Issuer())), (200, b"<html>"), (200, b" " * (SET_BYTES_MAX + 1))],
    ids=["fails", "redirects", "is no set", "is huge"],
)
def test_answer_that_can_not_be_meant_lets_nobody_in(status: int, body: bytes) -> None:
    what = Published()
    what.status, what.body = status, body
    with publishing(what) as url:
        environment = {"LEDGER_TOKEN_ISSUER": ISSUER, "LEDGER_TOKEN_AUDIENCE": AUDIENCE, "LEDGER_TOKEN_JWKS": url}
        tokens = tokens_of(Settings.from_environment(environment), clock=lambda: NOW)
        with pytest.raises(TokenKeysUnavailable):
            tokens.caller_of(Issuer().token())
