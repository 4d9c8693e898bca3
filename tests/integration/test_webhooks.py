"""Webhooks: each event delivered at least once, in order and signed, whoever is down, and to nobody else."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.composition import THIS_WORLD, utc_now
from api.streams.sight import TopicUnknown
from api.webhooks import outbox
from api.webhooks.addresses import WebhookUrlForbidden, WebhookUrlMalformed, address_of, is_public, place_of
from api.webhooks.delivering import Delivering, Ways
from api.webhooks.outbox import DELIVERIES_KEPT_MAX
from api.webhooks.patience import SCHEDULE_SECONDS, Patience
from api.webhooks.sealing import SealingKey, SealingKeyUnusable
from api.webhooks.subscriptions import (
    WEBHOOKS_MAX,
    Subscribed,
    Subscription,
    Subscriptions,
    WebhookAsked,
    WebhookEnded,
    WebhookMalformed,
    WebhooksFull,
)
from domain.errors import LedgerError
from ledger.outcomes import CommandIdReused
from tests.books import Book, Clock, place_order
from tests.receivers import Received, Receiver, receiving

SPECIFIED = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""As the table of Standard Webhooks has it, after the first attempt."""


class Deliverer:
    """A book with webhooks and who delivers them, on a clock that the test moves."""

    def __init__(self, book: Book, folder: Path) -> None:
        self.book = book
        self.clock = Clock(book.clock.now)
        self.sealing = SealingKey(folder / "webhooks.key", salts=THIS_WORLD.salts)
        self.counted: list[str] = []

    def subscribe(self, url: str, *, key: str = "key-1", **asked: Any) -> Subscribed:
        said: dict[str, Any] = {"url": url, "after": 0, **asked}
        with self.book.pool.connection() as connection:
            return Subscriptions(connection, "main").subscribe(
                WebhookAsked(**said),
                self.sealing,
                webhook=f"wh_{key}",
                idempotency_key=key,
                by="operator:o",
                at=self.clock(),
                head=self.head,
            )

    @property
    def head(self) -> int:
        with self.book.pool.connection() as connection:
            row = connection.execute("SELECT size FROM ledger.log_head WHERE book = 'main'").fetchone()
        return int(row[0]) if row else 0

    def get(self, webhook: str) -> Subscription:
        with self.book.pool.connection() as connection:
            return Subscriptions(connection, "main").get(webhook)

    def deliver(self, *, rounds: int = 20, worker: str = "worker", **ways: Any) -> int:
        """Deliver until nothing is due, and return how many attempts were made."""
        usual: dict[str, Any] = {
            "worker": worker,
            "clock": self.clock,
            "patience": Patience(lambda: 0.0),
            "sealing": self.sealing,
            "private": True,
            "answer_seconds": 5.0,
            "tell": self.counted.append,
        }

        async def all_rounds(delivering: Delivering) -> int:
            sent = 0
            for _ in range(rounds):
                made = await delivering.round()
                sent += made
                if not made:
                    break
            return sent

        with Delivering(self.book.pool, Ways(**(usual | ways))) as delivering:
            return asyncio.run(all_rounds(delivering))

    def letters(self, webhook: str) -> list[outbox.DeadLetter]:
        with self.book.pool.connection() as connection:
            return outbox.dead_letters(connection, "main", webhook, after=0, limit=100)

    def attempts(self, webhook: str) -> list[outbox.DeliveryView]:
        with self.book.pool.connection() as connection:
            return list(outbox.deliveries(connection, "main", webhook, before=2**62, limit=5_000))


@pytest.fixture
def deliverer(book: Book, tmp_path: Path) -> Deliverer:
    return Deliverer(book, tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as up:
        yield up


def verified(received: Received, secret: str) -> bool:
    """Return whether the library takes a request as signed with a secret, whatever the time is."""
    signature = Webhook(secret)
    at = datetime.fromtimestamp(int(received.headers["webhook-timestamp"]), UTC)
    wanted = signature.sign(received.message, at, received.body.decode())
    return wanted in received.headers["webhook-signature"].split(" ")


# What is delivered.


def test_every_event_is_delivered_in_order_as_a_signed_cloud_event(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.book.trade("PO-1")
    made = deliverer.subscribe(receiver.url)
    deliverer.deliver()
    assert [each.position for each in receiver.taken] == list(range(1, deliverer.head + 1))
    assert len({each.message for each in receiver.taken}) == deliverer.head
    for each in receiver.taken:
        event = each.cloud_event()
        data = each.envelope["data"]
        assert each.headers["content-type"].startswith("application/cloudevents+json")
        assert (event.get_specversion(), event.get_source()) == ("1.0", "/v1/books/main")
        assert (event.get_type(), event.get_subject()) == (data["topic"], data["originator_id"])
        assert event.get_extension("position") == str(data["position"])
        assert verified(each, made.secret)
        assert not verified(each, f"whsec_{'A' * 43}=")
    assert deliverer.get("wh_key-1").position == deliverer.head
    assert set(deliverer.counted) == {"delivered"}


def test_the_library_of_receivers_takes_what_is_delivered_now(deliverer: Deliverer, receiver: Receiver) -> None:
    made = deliverer.subscribe(receiver.url, topics=("rulebook.published",))
    deliverer.deliver(clock=utc_now)
    (each,) = receiver.taken
    told = Webhook(made.secret).verify(each.body, each.headers)
    assert told["type"] == "rulebook.published"
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(each.body.replace(b"rulebook", b"rulebock"), each.headers)


def test_a_webhook_is_told_what_it_wants_and_one_of_a_party_what_the_party_sees(
    deliverer: Deliverer, receiver: Receiver
) -> None:
    deliverer.book.trade("PO-1")
    deliverer.book.trade("PO-2")
    deliverer.subscribe(receiver.url, order="PO-2", topics=("hold",))
    deliverer.subscribe(
        receiver.url, key="key-2", reader_role="exporter", reader_party="EXP-1", topics=("payee", "order")
    )
    deliverer.deliver()
    wanted = [each for each in receiver.taken if each.envelope["data"]["originator_id"] == "hold:PO-2"]
    of_party = [each for each in receiver.taken if each not in wanted]
    assert {each.envelope["type"].partition(".")[0] for each in wanted} == {"hold"}
    assert {each.envelope["type"].partition(".")[0] for each in of_party} == {"order"}
    assert {each.envelope["subject"] for each in of_party} == {"order:PO-1", "order:PO-2"}


def test_a_subscription_begins_now_where_it_doesnt_say_from_when(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url, after=None)
    assert deliverer.deliver() == 0
    deliverer.book.say(place_order("PO-NEW"))
    deliverer.deliver()
    assert {each.envelope["subject"] for each in receiver.taken} >= {"order:PO-NEW"}
    assert min(each.position for each in receiver.taken) > 4


# What fails.


def test_schedule_is_that_of_standard_webhooks_with_jitter() -> None:
    now = Clock().now
    assert SCHEDULE_SECONDS == SPECIFIED
    for jitter in (0.0, 0.5, 0.999):
        pauses = [Patience(lambda: jitter).next_attempt(number, now) for number in range(1, 10)]  # noqa: B023
        for pause, seconds in zip(pauses, SPECIFIED, strict=True):
            assert pause is not None
            assert seconds <= (pause - now).total_seconds() <= seconds * 1.2
    assert Patience(lambda: 0.0).next_attempt(10, now) is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 5),
        ("-5", 5),
        ("soon", 5),
        ("", 5),
        ("999999999999999999999", 86_400),
        ("Sun, 22 Nov 2026 09:10:00 GMT", 600),
        ("Sun, 22 Nov 2020 09:10:00 GMT", 5),
    ],
)
def test_receivers_word_when_to_come_again_lengthens_a_pause_up_to_a_day(said: str, seconds: int) -> None:
    now = Clock().now
    assert Patience(lambda: 0.0).next_attempt(1, now, said) == now + timedelta(seconds=seconds)


def test_what_fails_is_tried_again_by_the_schedule_with_the_same_id_and_nothing_passes_it(
    deliverer: Deliverer, receiver: Receiver
) -> None:
    deliverer.subscribe(receiver.url)
    receiver.answers = [500, 302, 404]
    receiver.headers = {"location": f"{receiver.url}/elsewhere"}
    assert deliverer.deliver() == 1
    failing = deliverer.get("wh_key-1")
    assert (failing.position, failing.attempts, failing.problem) == (0, 1, "answered 500")
    assert deliverer.deliver() == 0, "not before its time"
    for seconds in SPECIFIED[:2]:
        deliverer.clock.move(seconds=seconds)
        assert deliverer.deliver() == 1
    deliverer.clock.move(seconds=SPECIFIED[2])
    deliverer.deliver()
    first = receiver.received[:4]
    assert {each.message for each in first} == {receiver.received[0].message}
    assert [each.answered for each in first] == [500, 302, 404, 200]
    assert len({each.headers["webhook-signature"] for each in first}) == 4, "each attempt is signed anew"
    assert [each.position for each in receiver.taken] == list(range(1, deliverer.head + 1))
    sound = deliverer.get("wh_key-1")
    assert (sound.attempts, sound.failing_since, sound.problem) == (0, None, "")


def test_after_the_last_attempt_an_event_is_a_dead_letter_and_can_be_replayed(
    deliverer: Deliverer, receiver: Receiver
) -> None:
    deliverer.subscribe(receiver.url)
    receiver.answers = [503] * 10
    for seconds in (0, *SPECIFIED):
        deliverer.clock.move(seconds=seconds)
        deliverer.deliver()
    (letter,) = deliverer.letters("wh_key-1")
    assert (letter.position, letter.attempts, letter.problem) == (1, 10, "answered 503")
    assert [each.position for each in receiver.taken] == list(range(2, deliverer.head + 1)), "the next one goes at once"
    assert deliverer.counted.count("dead") == 1
    receiver.answers = [500]
    with deliverer.book.pool.connection() as connection:
        assert outbox.replay(connection, "main", "wh_key-1", 1, deliverer.clock()) == 1
    assert deliverer.deliver() == 1
    assert [letter.position for letter in deliverer.letters("wh_key-1")] == [1]
    deliverer.clock.move(seconds=5)
    deliverer.deliver()
    assert deliverer.letters("wh_key-1") == []
    assert receiver.taken[-1].position == 1
    assert receiver.taken[-1].message == receiver.received[0].message


def test_an_event_that_blocks_can_be_given_up(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url)
    receiver.answers = [400, 400]
    deliverer.deliver()
    with deliverer.book.pool.connection() as connection:
        assert outbox.hurry(connection, "main", "wh_key-1")
    deliverer.deliver()
    assert [letter.position for letter in deliverer.letters("wh_key-1")] == [1]
    assert receiver.taken[0].position == 2


def test_gone_ends_a_webhook_and_forgets_its_secret(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url)
    receiver.answers = [200, 410]
    deliverer.deliver()
    ended = deliverer.get("wh_key-1")
    assert (ended.status, ended.position) == ("ended", 1)
    assert "410" in ended.reason
    with deliverer.book.pool.connection() as connection:
        assert connection.execute("SELECT secret FROM ledger.webhooks").fetchone() == (b"",)
        with pytest.raises(WebhookEnded):
            Subscriptions(connection, "main").resume("wh_key-1")
    deliverer.clock.move(days=3)
    assert deliverer.deliver() == 0


def test_receiver_that_is_silent_holds_nobody_up(deliverer: Deliverer, receiver: Receiver) -> None:
    with receiving() as silent:
        silent.silent.set()
        deliverer.subscribe(silent.url, key="key-0")
        deliverer.subscribe(receiver.url)
        deliverer.deliver(answer_seconds=0.3, rounds=1)
    assert [each.position for each in receiver.taken] == list(range(1, deliverer.head + 1))
    waiting = deliverer.get("wh_key-0")
    assert (waiting.position, waiting.attempts) == (0, 1)
    assert waiting.problem == "no answer in 0.3 s"


def test_long_answers_and_receivers_that_arent_there_cost_nothing_but_an_attempt(
    deliverer: Deliverer, receiver: Receiver
) -> None:
    receiver.body = b"x" * 10_000_000
    deliverer.subscribe(receiver.url)
    deliverer.subscribe("http://127.0.0.1:1/", key="key-2")
    deliverer.deliver()
    assert deliverer.get("wh_key-1").position == deliverer.head
    absent = deliverer.get("wh_key-2")
    assert (absent.attempts, absent.position) == (1, 0)
    assert absent.problem


def test_attempts_are_written_down_the_last_ones_only(
    deliverer: Deliverer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "DELIVERIES_KEPT_MAX", 5)
    deliverer.book.trade("PO-1")
    deliverer.subscribe(receiver.url)
    deliverer.deliver()
    kept = deliverer.attempts("wh_key-1")
    assert DELIVERIES_KEPT_MAX == 1_000
    assert [each.position for each in kept] == list(range(deliverer.head, deliverer.head - 5, -1))
    assert {(each.outcome, each.status) for each in kept} == {("delivered", 200)}


# Several workers, and one that dies.


def test_of_two_workers_one_delivers_and_a_dead_ones_lease_runs_out(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url)
    due = outbox.Due("main", "wh_key-1", deliverer.head, True, False)  # noqa: FBT003 - a row
    holder = outbox.Holder("the dead", deliverer.clock() + timedelta(seconds=20))
    with deliverer.book.pool.connection() as connection:
        assert outbox.lease(connection, due, holder, deliverer.clock())
    assert deliverer.deliver() == 0
    deliverer.clock.move(seconds=21)
    deliverer.deliver()
    assert [each.position for each in receiver.taken] == list(range(1, deliverer.head + 1))


def test_whoever_lost_the_lease_writes_nothing_down(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url)
    due = outbox.Due("main", "wh_key-1", deliverer.head, True, False)  # noqa: FBT003 - a row
    attempt = outbox.Attempt(1, 1, deliverer.clock(), "delivered", 200, "", 1)
    with deliverer.book.pool.connection() as connection:
        assert not outbox.write_delivered(connection, due, attempt, outbox.Holder("nobody", deliverer.clock()))
    assert deliverer.get("wh_key-1").position == 0
    assert deliverer.attempts("wh_key-1") == []


# Secrets.


def test_secret_is_told_once_sealed_in_the_database_and_bound_to_its_webhook(
    deliverer: Deliverer, receiver: Receiver
) -> None:
    made = deliverer.subscribe(receiver.url)
    assert made.secret.startswith("whsec_")
    assert deliverer.subscribe(receiver.url).secret == "", "the same again"
    with deliverer.book.pool.connection() as connection:
        row = connection.execute("SELECT secret, w::text FROM ledger.webhooks w").fetchone()
    assert row is not None
    assert made.secret.removeprefix("whsec_").encode() not in row[0]
    assert made.secret not in row[1]
    assert deliverer.sealing.open(row[0], book="main", webhook="wh_key-1") == made.secret
    with pytest.raises(SealingKeyUnusable):
        deliverer.sealing.open(row[0], book="main", webhook="wh_other")


def test_former_secret_signs_too_for_a_day(deliverer: Deliverer, receiver: Receiver) -> None:
    first = deliverer.subscribe(receiver.url).secret

    def rotate() -> str:
        with deliverer.book.pool.connection() as connection:
            at = deliverer.clock()
            return (
                Subscriptions(connection, "main")
                .rotate("wh_key-1", deliverer.sealing, idempotency_key="r", at=at)
                .secret
            )

    second = rotate()
    assert second not in {"", first}
    assert rotate() == "", "under the same key nothing is changed again"
    deliverer.deliver()
    assert all(verified(each, first) and verified(each, second) for each in receiver.taken)
    deliverer.clock.move(hours=25)
    deliverer.book.say(place_order("PO-LATER"))
    deliverer.deliver()
    assert verified(receiver.taken[-1], second)
    assert not verified(receiver.taken[-1], first)


def test_without_its_key_a_webhook_waits_and_loses_nothing(
    deliverer: Deliverer, receiver: Receiver, tmp_path: Path
) -> None:
    deliverer.subscribe(receiver.url)
    other = SealingKey(tmp_path / "other.key", salts=THIS_WORLD.salts)
    other.seal("x", book="b", webhook="w")
    assert deliverer.deliver(sealing=other) == 0
    assert deliverer.get("wh_key-1").attempts == 0
    deliverer.deliver()
    assert len(receiver.taken) == deliverer.head
    (tmp_path / "webhooks.key").chmod(0o644)
    with pytest.raises(SealingKeyUnusable):
        deliverer.subscribe(receiver.url, key="key-9")


# Where nothing is delivered.


@pytest.mark.parametrize(
    "url",
    [
        "",
        "receiver.example",
        "ftp://receiver.example/",
        "http://receiver.example/",
        "https://",
        "https://user@receiver.example/",
        "https://user:word@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example:0/",
        "https://receiver.example:99999/",
        "https://receiver example/",
        "https://receiver.example/\r\nHost: other",
        "https://r\N{LATIN SMALL LETTER E WITH ACUTE}ceiver.example/",
        f"https://receiver.example/{'x' * 2_000}",
        "https://[::1",
    ],
)
def test_url_that_isnt_plain_https_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlMalformed):
        place_of(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - is refused
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "ff02::1",
    ],
)
def test_address_that_isnt_public_is_refused(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(WebhookUrlForbidden):
        asyncio.run(address_of(place_of(f"https://{host}/"), private=False))


def test_public_addresses_are_not_refused() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_name_that_leads_into_our_own_network_gets_no_byte(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url.replace("127.0.0.1", "localhost"))
    deliverer.deliver(private=False)
    assert receiver.received == []
    assert deliverer.get("wh_key-1").problem == "leads to an address that isn't public"


def test_request_goes_to_the_address_that_was_checked_and_names_the_host() -> None:
    place = place_of("https://receiver.example:8443/a?b=c")
    assert place.at("93.184.215.14") == "https://93.184.215.14:8443/a?b=c"
    assert place.at("2606::1") == "https://[2606::1]:8443/a?b=c"
    assert place.host_header == "receiver.example:8443"
    assert place_of("https://receiver.example").host_header == "receiver.example"


def test_receiver_proves_by_tls_the_name_that_was_asked_for(deliverer: Deliverer) -> None:
    seen: list[httpx.Request] = []

    async def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    deliverer.subscribe("https://localhost:9/hook", topics=("rulebook.published",))
    deliverer.deliver(transport=httpx.MockTransport(take))
    (request,) = seen
    assert request.headers["host"] == "localhost:9"
    assert request.extensions["sni_hostname"] == "localhost"
    assert request.url.host in {"127.0.0.1", "::1"}


# What is asked for.


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"url": "http://x.example"}, WebhookUrlMalformed),
        ({"topics": ("order.eaten",)}, TopicUnknown),
        ({"reader_role": "buyer"}, WebhookMalformed),
        ({"reader_party": "BUY-1"}, WebhookMalformed),
        ({"after": -1}, WebhookMalformed),
        ({"after": 10_000}, WebhookMalformed),
        ({"description": "two\nlines"}, WebhookMalformed),
        ({"topics": tuple(f"order.{number}" for number in range(65))}, TopicUnknown),
        ({"topics": ("order",) * 65}, WebhookMalformed),
    ],
)
def test_webhook_that_cant_be_meant_is_refused(
    deliverer: Deliverer, asked: dict[str, Any], refused: type[LedgerError]
) -> None:
    with pytest.raises(refused):
        deliverer.subscribe(**({"url": "https://receiver.example/"} | asked))


def test_key_with_another_body_is_refused_and_so_is_one_webhook_too_many(
    deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.subscriptions.WEBHOOKS_MAX", 1)
    deliverer.subscribe("https://receiver.example/")
    with pytest.raises(CommandIdReused):
        deliverer.subscribe("https://receiver.example/other")
    with pytest.raises(WebhooksFull):
        deliverer.subscribe("https://receiver.example/other", key="key-2")
    assert WEBHOOKS_MAX == 100


def test_paused_webhook_waits_and_goes_on_where_it_was(deliverer: Deliverer, receiver: Receiver) -> None:
    deliverer.subscribe(receiver.url)
    with deliverer.book.pool.connection() as connection:
        Subscriptions(connection, "main").pause("wh_key-1")
    assert deliverer.deliver() == 0
    with deliverer.book.pool.connection() as connection:
        Subscriptions(connection, "main").resume("wh_key-1")
    deliverer.deliver()
    assert len(receiver.taken) == deliverer.head
