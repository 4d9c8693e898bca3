"""Streams over HTTP: what is told to whom, from where on, and how a stream ends."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from api.composition import House, OpenedBook, connected
from api.identity.caller import Caller
from api.leaving import Leaving
from api.packs.scope import PackForbidden, scope_for
from api.streams.listeners import Listeners
from api.streams.sight import Wanted
from api.streams.stream import Rhythm
from domain.references import key_of
from ledger.postgres import EmbeddedPostgres
from projections.streams import references_of
from projections.timelines import timeline_of
from tests.books import Book, Clock, place_order
from tests.e2e.test_http import ISSUER, Client, problem
from tests.event_streams import Sent, sent_in, told_in
from tests.tokens import NOW, taking
from tests.troubles import troubled_book

DATABASE = "streams_shown"
BUYER = Caller("buyer:BUY-T", "buyer", "BUY-T")
EXPORTER = Caller("exporter:EXP-T", "exporter", "EXP-T")
DRAFTS = {"dispute.decision_proposed", "dispute.decision_approved", "dispute.decision_returned"}


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database=DATABASE) as book:
        yield book


@pytest.fixture(scope="module")
def house(troubled: Book, postgres: EmbeddedPostgres) -> Iterator[House]:
    del troubled
    with connected(postgres.dsn(DATABASE)) as opened:
        yield opened


@pytest.fixture
def opened(house: House) -> OpenedBook:
    return house.book("main")


def streamed(client: Client, **query: Any) -> list[Sent]:
    answer = client.get("events/stream", follow=False, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
    assert "etag" not in answer.headers
    return sent_in(answer.content)


def events_of(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer: dict[str, Any] = client.get("events", limit=1_000, **query).json()
    found: list[dict[str, Any]] = answer["items"]
    return found


def positions(sent: list[Sent]) -> list[int]:
    return [int(each.id) for each in sent if each.event not in {"", "position", "end"}]


# What is told.


def test_a_stream_tells_every_event_as_the_log_shows_it_and_ends_with_where_and_when_to_come_back(
    client: Client,
) -> None:
    sent = streamed(client)
    log = events_of(client)
    told = sent[1:-1]
    assert sent[0].retry
    assert [each.json for each in told] == log
    assert [(each.id, each.event) for each in told] == [(str(each["position"]), each["topic"]) for each in log]
    end = sent[-1]
    assert (end.event, end.json) == ("end", {"position": len(log), "problem": None})
    assert (end.id, bool(end.retry)) == (str(len(log)), True)


@pytest.mark.parametrize("after", [0, 1, 40])
def test_a_stream_begins_after_any_position_and_the_last_id_counts_more(client: Client, after: int) -> None:
    last = events_of(client)[-1]["position"]
    assert positions(streamed(client, after=after)) == list(range(after + 1, last + 1))
    answer = client.run(client.ask("GET", "events/stream?follow=false&after=3", headers={"last-event-id": str(after)}))
    assert positions(sent_in(answer.content)) == list(range(after + 1, last + 1))


def test_at_the_end_of_the_log_there_is_nothing_to_tell_and_beyond_it_no_stream(client: Client) -> None:
    last = events_of(client)[-1]["position"]
    assert positions(streamed(client, after=last)) == []
    assert problem(client.get("events/stream", after=last + 1, follow=False), 404, "moment.ahead")["head"] == last


@pytest.mark.parametrize("said", ["x", "-1", "1.0", "9" * 19, "\N{ARABIC-INDIC DIGIT ONE}"])
def test_last_id_that_is_no_position_is_refused(client: Client, said: str) -> None:
    asked = client.ask("GET", "events/stream", params={"follow": False}, headers={"last-event-id": said.encode()})
    problem(client.run(asked), 400, "request.header_malformed")


def test_filters_tell_what_they_name_and_nothing_else(client: Client) -> None:
    log = {each["position"]: each for each in events_of(client)}
    by_topic = streamed(client, topic=["order.placed", "dispute"])
    wanted = {at for at, each in log.items() if each["topic"] == "order.placed" or each["topic"].startswith("dispute.")}
    assert set(positions(by_topic)) == wanted
    assert wanted
    of_order = positions(streamed(client, order="PO-D"))
    assert {log[at]["originator_id"].partition(":")[2].partition("/")[0] for at in of_order} == {"PO-D"}
    assert {log[at]["originator_id"].partition(":")[0] for at in of_order} >= {"order", "hold", "dispute", "clock"}
    of_party = {log[at]["originator_id"].partition(":")[0] for at in positions(streamed(client, party="EXP-T"))}
    assert {"party", "order", "payee"} <= of_party
    assert not {"book", "rulebook", "period"} & of_party
    assert positions(streamed(client, order="PO-D", topic="hold")) == [
        at for at in of_order if log[at]["topic"].startswith("hold.")
    ]


def test_topic_that_no_event_has_is_refused(client: Client) -> None:
    asked = client.get("events/stream", topic="order.eaten", follow=False)
    assert problem(asked, 400, "topic.unknown") == {"topic": "order.eaten"}


# Parties.


@pytest.mark.parametrize("caller", [BUYER, EXPORTER], ids=lambda caller: caller.role)
def test_a_side_is_told_what_its_timelines_show_but_never_a_draft(
    house: House, opened: OpenedBook, client: Client, caller: Caller
) -> None:
    with Client(house, "main", caller=caller) as side:
        told = streamed(side)
    shown: dict[int, str] = {}
    with opened.pool.connection() as connection:
        for reference in references_of(connection, "main", "order"):
            trade = timeline_of(connection, "main", key_of(reference))
            with suppress(PackForbidden):
                shown |= {each.position: each.topic for each in scope_for(caller, trade).shown(trade)}
    assert set(positions(told)) == {at for at, topic in shown.items() if topic not in DRAFTS}
    assert set(shown.values()) & DRAFTS, "a draft that was given stands in a timeline"
    assert {each.event for each in streamed(client)} >= DRAFTS - {"dispute.decision_returned"}


def test_a_side_in_another_role_is_told_nothing(house: House) -> None:
    for caller in (Caller("exporter:BUY-T", "exporter", "BUY-T"), Caller("buyer:NEW", "buyer", "NEW")):
        with Client(house, "main", caller=caller) as side:
            assert positions(streamed(side)) == []


def test_a_partner_is_told_of_its_agreements(house: House) -> None:
    with Client(house, "main", caller=Caller("partner:PAR-T", "partner", "PAR-T")) as partner:
        kinds = {each.event.partition(".")[0] for each in streamed(partner)[1:-1]}
    assert kinds == {"agreement"}


def test_a_mediator_has_no_stream_as_no_log(house: House) -> None:
    with Client(house, "main", caller=Caller("mediator:M", "mediator")) as mediator:
        problem(mediator.get("events/stream", follow=False), 403, "role.forbidden")


# How streams go on and end.


class Listener:
    """Listens to a stream that goes on, in the test's own loop, without a server."""

    def __init__(self, listeners: Listeners, caller: Caller, leaving: Leaving, **how: Any) -> None:
        self.heard = b""
        self.status = 0
        self._gone = asyncio.Event()
        self._told = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(listeners, caller, leaving, **how))

    async def _listen(self, listeners: Listeners, caller: Caller, leaving: Leaving, **how: Any) -> None:
        async def allowed() -> None:
            return None

        usual: dict[str, Any] = {"after": 0, "follow": True, "may_listen": allowed}
        wanted = how.pop("wanted", Wanted())
        response = await listeners.open("main", caller, wanted, leaving=leaving, **(usual | how))

        async def send(message: Any) -> None:
            self.status = message.get("status", self.status)
            self.heard += message.get("body", b"")
            self._told.set()

        async def receive() -> Any:
            await self._gone.wait()
            return {"type": "http.disconnect"}

        await response({}, receive, send)

    async def until(self, wanted: Any) -> list[Sent]:
        async with asyncio.timeout(20):
            while not wanted(sent_in(self.heard)):
                self._told.clear()
                await self._told.wait()
        return sent_in(self.heard)

    async def leave(self) -> None:
        self._gone.set()
        await self._listening

    async def ended(self) -> Sent:
        async with asyncio.timeout(20):
            await self._listening
        return sent_in(self.heard)[-1]


OPERATOR = Caller("operator:api", "operator")


def test_what_is_recorded_is_told_to_all_who_listen_and_passed_over_where_it_isnt_theirs(
    troubled: Book, house: House
) -> None:
    async def scene() -> None:
        listeners = Listeners(house.pool, rhythm=Rhythm(heartbeat_seconds=0.05, check_seconds=60))
        head = house.book("main").runner.head()
        all_of_it = Listener(listeners, OPERATOR, Leaving(), after=head)
        nothing = Listener(listeners, Caller("buyer:N", "buyer", "N"), Leaving(), after=0)
        await nothing.until(lambda sent: sent and sent[-1].event == "position")
        placed = await asyncio.to_thread(troubled.say, place_order("PO-STREAMED"))
        told = await all_of_it.until(lambda sent: placed.last_position in positions(sent))
        assert positions(told) == list(range(head + 1, placed.last_position + 1))
        heartbeat = (await nothing.until(lambda sent: sent[-1].id == str(placed.last_position)))[-1]
        assert (heartbeat.event, heartbeat.json) == ("position", {"position": placed.last_position})
        assert positions(sent_in(nothing.heard)) == []
        assert listeners.places.taken == 2
        await all_of_it.leave()
        await nothing.leave()
        assert listeners.places.taken == 0
        assert listeners._tails._tails == {}

    asyncio.run(scene())


def test_whoever_may_not_listen_any_more_is_told_why(house: House) -> None:
    clock = Clock(NOW)
    tokens = taking(ISSUER, clock=clock)
    token = ISSUER.token()

    async def still_admitted() -> None:
        tokens.caller_of(token)

    async def scene() -> None:
        listeners = Listeners(house.pool, rhythm=Rhythm(heartbeat_seconds=60, check_seconds=0.02))
        listener = Listener(listeners, OPERATOR, Leaving(), may_listen=still_admitted)
        await listener.until(lambda sent: len(sent) > 10)
        clock.now += timedelta(hours=2)
        end = await listener.ended()
        assert (end.event, end.json["problem"]["code"]) == ("end", "token.refused")
        assert end.json["problem"]["details"] == {"problem": "expired"}
        assert end.id == str(house.book("main").runner.head())

    asyncio.run(scene())


def test_a_server_that_leaves_ends_its_streams_at_once(house: House) -> None:
    async def scene() -> None:
        leaving = Leaving()
        listeners = Listeners(house.pool)
        listener = Listener(listeners, OPERATOR, leaving)
        await listener.until(lambda sent: len(sent) > 10)
        leaving.begin()
        end = await listener.ended()
        assert (end.json["problem"]["code"], end.json["problem"]["retryable"]) == ("server.leaving", True)
        assert end.retry

    asyncio.run(scene())


def test_streams_are_bounded_of_a_caller_and_of_a_process(client: Client, house: House) -> None:
    other = Caller("auditor:A", "auditor")
    places = client.app.state.desk.listeners.places = Listeners(house.pool, streams_max=2, per_caller_max=1).places
    with places.taking(OPERATOR):
        refused = client.get("events/stream", follow=False)
        assert problem(refused, 429, "stream.too_many_of_caller") == {"streams_max": 1}
        assert refused.headers["retry-after"]
        with places.taking(other), Client(house, "main", caller=Caller("finance:F", "finance")) as third:
            third.app.state.desk.listeners.places = places
            problem(third.get("events/stream", follow=False), 503, "stream.too_many")
    assert streamed(client)
    assert places.taken == 0, "a stream that ended gives its place back"


def test_a_reader_that_takes_nothing_is_waited_for(house: House) -> None:
    """A piece is made when the last one was taken: so much is in memory, and no more, however long the log."""

    async def scene() -> None:
        listeners = Listeners(house.pool)

        async def allowed() -> None:
            return None

        how: dict[str, Any] = {"after": 0, "follow": False, "may_listen": allowed, "leaving": Leaving()}
        response = await listeners.open("main", OPERATOR, Wanted(), **how)
        taken: list[bytes] = []
        room, three_taken = asyncio.Semaphore(0), asyncio.Event()

        async def send(message: Any) -> None:
            await room.acquire()
            taken.append(message.get("body", b""))
            if len(taken) == 3:
                three_taken.set()

        async def receive() -> Any:
            await asyncio.Event().wait()

        telling = asyncio.create_task(response({}, receive, send))
        await asyncio.sleep(0.05)
        assert taken == []
        room.release()
        room.release()
        room.release()
        await asyncio.wait_for(three_taken.wait(), 20)
        assert 0 < len(taken[-1]) <= 64 * 1024
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        assert listeners.places.taken == 0

    asyncio.run(scene())


def test_what_strangers_do_changes_no_byte_of_a_partys_stream_but_where_the_log_ends(
    troubled: Book, house: House
) -> None:
    def seen() -> bytes:
        with Client(house, "main", caller=BUYER) as side:
            return side.get("events/stream", follow=False).content.rpartition(b"event: end")[0]

    before = seen()
    troubled.say(place_order("PO-OF-STRANGERS"))
    troubled.trade("PO-OF-STRANGERS-2")
    assert seen() == before
    assert told_in(before)
