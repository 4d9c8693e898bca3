import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
import structlog

from api.cosigning import ANSWER_BYTES_MAX, Asked, Cosigning
from api.witness.app import app_of
from domain.errors import LedgerError
from ledger.proof.checkpoint import open_checkpoint
from ledger.proof.kept_log import KeptCheckpoint, cosigned_note, find_checkpoint
from ledger.proof.keyring import Keys
from ledger.proof.note import COSIGNATURE, PrivateKey, VerifierKey, cosign
from ledger.proof.policy import Policy
from ledger.proof.quorum import PolicyState, find_witnessed, policy_state
from ledger.proof.signing import LogSigner
from ledger.proof.witness_state import WitnessState
from ledger.proof.witnessing import Witness, WitnessRequest
from tests.books import Book, place_order
from tests.witnesses import SignedLog

SEED = b"l" * 32
LOG_KEY = SignedLog(seed=SEED).key
NAMES = ("bank", "buyer", "notary")

Answering = Callable[[httpx.Request], Awaitable[httpx.Response]]
Lie = Callable[[KeptCheckpoint, int], str]


class Street(httpx.AsyncBaseTransport):
    """The network, with a door for each witness: some answer, others lie, and where there is none nobody is."""

    def __init__(self, folder: Path, book: Book) -> None:
        self.asked: list[str] = []
        self.doors: dict[str, Answering] = {}
        self._folder = folder
        self._book = book

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        if request.url.host not in self.doors:
            raise httpx.ConnectError(request.url.host)
        return await self.doors[request.url.host](request)

    def witness(self, name: str) -> Witness:
        """Return a witness of the book's log, and let it answer at its door."""
        witness = Witness(f"{name}.example/w", key_of(name), [LOG_KEY], WitnessState(self._made(name)))
        self.doors[name] = httpx.ASGITransport(app_of(witness, self._book.clock)).handle_async_request
        return witness

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return folder


def key_of(name: str) -> PrivateKey:
    return PrivateKey(name.encode().ljust(32, b"w"))


def verifier_of(name: str) -> VerifierKey:
    return VerifierKey(f"{name}.example/w", COSIGNATURE, key_of(name).public)


def policy_of(least: int, *names: str) -> Policy:
    lines = [f"witness {name} {verifier_of(name)} http://{name}/" for name in names]
    return Policy.parse("\n".join([*lines, f"group some {least} {' '.join(names)}", "quorum some"]))


@pytest.fixture
def street(tmp_path: Path, book: Book) -> Street:
    return Street(tmp_path, book)


@pytest.fixture
def signer(tmp_path: Path, book: Book) -> LogSigner:
    """Return who signs the book's log; the head is signed already."""
    keyring = Keys(tmp_path / "keys").of("main")
    keyring.make_key(LOG_KEY.name, SEED)
    signer = LogSigner(book.pool, "main", keyring, clock=book.clock)
    signer.sign_head()
    return signer


@pytest.fixture
def ask(book: Book, street: Street) -> Iterator[Callable[[Policy], list[Asked]]]:
    """Return a function that asks the witnesses of a policy, with the patience of one who asks each policy always."""
    keepers: dict[str, Cosigning] = {}

    def round_of(policy: Policy) -> list[Asked]:
        keeper = keepers.setdefault(
            str(policy), Cosigning(book.pool, policy, clock=book.clock, answer_seconds=0.2, transport=street)
        )
        return keeper.round(["main"])

    yield round_of
    for keeper in keepers.values():
        keeper.close()


def state_of(book: Book, policy: Policy) -> PolicyState:
    with book.pool.connection() as connection:
        return policy_state(connection, "main", policy)


def signed_by(book: Book, kept: KeptCheckpoint) -> set[str]:
    """Return who cosigned a checkpoint, as a stranger would find out from the note."""
    with book.pool.connection() as connection:
        note = cosigned_note(connection, "main", kept)
    signed = open_checkpoint(note, [LOG_KEY], witnesses=map(verifier_of, NAMES))
    return {key.name.partition(".")[0] for key in signed.signed_by if key != LOG_KEY}


def problems(asked: list[Asked]) -> list[str]:
    return [each.outcome.code if isinstance(each.outcome, LedgerError) else "" for each in asked]


def grow(book: Book, signer: LogSigner, order: str) -> KeptCheckpoint:
    book.say(place_order(order))
    return signer.sign_head()


def test_witnesses_cosign_each_checkpoint_once_and_the_quorum_goes_on(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(2, *NAMES)
    for name in NAMES:
        street.witness(name)
    assert state_of(book, policy).quorum_size is None
    for order in ("PO-1", "PO-2"):
        kept = grow(book, signer, order)
        assert not state_of(book, policy).met
        assert problems(ask(policy)) == ["", "", ""]
        assert ask(policy) == []
        assert signed_by(book, kept) == set(NAMES)
        state = state_of(book, policy)
        assert (state.met, state.quorum_size) == (True, kept.checkpoint.size)
        assert {view.cosigned_size for view in state.witnesses} == {kept.checkpoint.size}
    assert len(street.asked) == 6


def test_a_dead_witness_is_seen_and_costs_only_itself(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(2, *NAMES)
    street.witness("bank")
    street.witness("buyer")
    kept = signer.sign_head()
    assert sorted(problems(ask(policy))) == ["", "", "witness.absent"]
    assert signed_by(book, kept) == {"bank", "buyer"}
    state = state_of(book, policy)
    assert state.met
    since = book.clock()
    seen = {view.name: (view.cosigned_size, view.problem and view.problem.since) for view in state.witnesses}
    assert seen == {"bank": (state.size, None), "buyer": (state.size, None), "notary": (None, since)}
    book.clock.move(minutes=5)
    assert problems(ask(policy)) == ["witness.absent"]
    assert [view.problem.since for view in state_of(book, policy).witnesses if view.problem] == [since]
    street.witness("notary")
    book.clock.move(minutes=5)
    assert problems(ask(policy)) == [""]
    assert not any(view.problem for view in state_of(book, policy).witnesses)


def test_who_fails_is_asked_less_and_less_often(
    book: Book, signer: LogSigner, ask: Callable[[Policy], list[Asked]]
) -> None:
    assert signer.sign_head()
    policy = policy_of(1, "bank")
    times = []
    for second in range(300):
        if ask(policy):
            times.append(second)
        book.clock.move(seconds=1)
    assert times == [0, 2, 6, 14, 30, 62, 122, 182, 242]


def said(*lines: str) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream("".join(f"{line}\n" for line in lines).encode()))


def saying(status: int, media_type: str, body: bytes) -> Answering:
    """Return who always answers this, and would be happy to be followed elsewhere."""

    async def answer(_request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": media_type, "Location": "http://buyer/add-checkpoint"}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return answer


def other_key(kept: KeptCheckpoint, at: int) -> str:
    return cosign(kept.checkpoint.text, "bank.example/w", PrivateKey(b"x" * 32), at=at).line


def other_name(kept: KeptCheckpoint, at: int) -> str:
    return cosign(kept.checkpoint.text, "buyer.example/w", key_of("bank"), at=at).line


def other_text(kept: KeptCheckpoint, at: int) -> str:
    return cosign(kept.checkpoint._replace(root=b"x" * 32).text, "bank.example/w", key_of("bank"), at=at).line


def other_time(kept: KeptCheckpoint, at: int) -> str:
    line = cosign(kept.checkpoint.text, "bank.example/w", key_of("bank"), at=at)
    return line._replace(signed=(at + 1).to_bytes(8, "big") + line.signed[8:]).line


def time_to_come(kept: KeptCheckpoint, _at: int) -> str:
    return cosign(kept.checkpoint.text, "bank.example/w", key_of("bank"), at=2**40).line


def test_a_lying_signature_is_never_kept(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    kept, policy = signer.sign_head(), policy_of(1, "bank")
    for lie in (other_key, other_name, other_text, other_time, time_to_come):

        async def answer(_request: httpx.Request, lie: Lie = lie) -> httpx.Response:
            return said(lie(kept, int(book.clock().timestamp())))

        street.doors["bank"] = answer
        assert problems(ask(policy)) == ["witness.cosignature_useless"], lie
        book.clock.move(minutes=5)
    assert signed_by(book, kept) == set()
    assert state_of(book, policy).quorum_size is None


ELSEWHERE = "text/x.tlog.size"
LIES = (
    (200, "text/plain", b"", "witness.cosignature_useless"),
    (200, "text/plain", "— — —\n\n".encode() * 99 + b"\xff\0", "witness.cosignature_useless"),
    (200, "text/plain", b"x" * (ANSWER_BYTES_MAX + 1), "witness.cosignature_useless"),
    (500, "text/plain", b"\x1b[31mno", "witness.declined"),
    (302, "text/plain", b"", "witness.declined"),
    (404, "text/plain", b"who?", "witness.declined"),
    (409, ELSEWHERE, b"many\n", "witness.declined"),
    (409, ELSEWHERE, b"9999999999999999999\n", "witness.declined"),
    (409, ELSEWHERE, b"3\n", "witness.declined"),
)


def test_an_answer_that_is_none_is_a_problem_of_that_witness_alone(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(1, "bank", "buyer")
    street.witness("buyer")
    for number, (status, media_type, body, problem) in enumerate(LIES):
        street.doors["bank"] = saying(status, media_type, body)
        kept = grow(book, signer, f"PO-{number}")
        assert sorted(problems(ask(policy))) == ["", problem], body
        assert signed_by(book, kept) == {"buyer"}
        (seen,) = [view.problem for view in state_of(book, policy).witnesses if view.problem]
        assert (seen.code, seen.said.isprintable()) == (problem, True)
        book.clock.move(minutes=5)


def test_lines_of_others_beside_a_good_one_are_passed_over(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    kept = signer.sign_head()
    at = int(book.clock().timestamp())

    async def answer(_request: httpx.Request) -> httpx.Response:
        good = cosign(kept.checkpoint.text, "bank.example/w", key_of("bank"), at=at).line
        return said(other_key(kept, at), "— odd", good)

    street.doors["bank"] = answer
    assert problems(ask(policy_of(1, "bank"))) == [""]
    assert signed_by(book, kept) == {"bank"}


def test_commands_go_on_while_a_witness_is_silent(book: Book, signer: LogSigner, street: Street) -> None:
    reached, released = Event(), Event()

    async def silent(_request: httpx.Request) -> httpx.Response:
        reached.set()
        await asyncio.to_thread(released.wait)
        return said()

    def keep() -> None:
        policy = policy_of(1, "bank")
        with Cosigning(book.pool, policy, clock=book.clock, answer_seconds=60, transport=street) as keeper:
            keeper.round(["main"])

    street.doors["bank"] = silent
    keeper = Thread(target=keep)
    keeper.start()
    assert reached.wait(timeout=30)
    book.trade("PO-1")
    assert signer.sign_head().checkpoint.size > 4
    assert keeper.is_alive()
    released.set()
    keeper.join()


def test_who_never_answers_is_left_after_a_while(
    signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    async def silent(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return said()

    assert signer.sign_head()
    street.doors["bank"] = silent
    assert problems(ask(policy_of(1, "bank"))) == ["witness.absent"]


def test_a_signature_whose_answer_was_lost_is_asked_for_again(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(1, "bank")
    witness = street.witness("bank")
    honest = street.doors["bank"]

    async def killed_before_the_answer(request: httpx.Request) -> httpx.Response:
        await honest(request)
        raise httpx.ReadError(request.url.host)

    kept = grow(book, signer, "PO-1")
    street.doors["bank"] = killed_before_the_answer
    assert problems(ask(policy)) == ["witness.absent"]
    assert witness.state.find(LOG_KEY.name)
    assert signed_by(book, kept) == set()
    street.doors["bank"] = honest
    book.clock.move(minutes=1)
    assert problems(ask(policy)) == [""]
    assert signed_by(book, kept) == {"bank"}


def test_what_another_process_had_cosigned_meanwhile_is_gone_on_from(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(1, "bank")
    witness = street.witness("bank")
    honest = street.doors["bank"]
    newer: list[KeptCheckpoint] = []

    async def meanwhile(request: httpx.Request) -> httpx.Response:
        if not newer:
            newer.append(await asyncio.to_thread(grow, book, signer, "PO-1"))
            witness.add_checkpoint(bytes(WitnessRequest(0, (), newer[0].note)), book.clock())
        return await honest(request)

    street.doors["bank"] = meanwhile
    assert problems(ask(policy)) == [""]
    assert signed_by(book, newer[0]) == {"bank"}


@pytest.mark.parametrize(("size", "refused"), [(2, "unproven"), (4, "forked"), (60, "")])
def test_a_history_that_a_witness_knows_otherwise_is_refused_aloud(
    size: int,
    refused: str,
    book: Book,
    signer: LogSigner,
    street: Street,
    ask: Callable[[Policy], list[Asked]],
) -> None:
    """The witness cosigned, by the log's own key, a shorter, an equal or a longer history than the database has."""
    kept, policy = signer.sign_head(), policy_of(1, "bank")
    assert kept.checkpoint.size == 4
    witness = street.witness("bank")
    witness.add_checkpoint(bytes(WitnessRequest(0, (), SignedLog(seed=SEED).checkpoint(size))), book.clock())
    with structlog.testing.capture_logs() as logged:
        assert problems(ask(policy)) == ["witness.history_refused"]
    assert [line["log_level"] for line in logged if line["event"] == "not cosigned"] == ["error"]
    assert signed_by(book, kept) == set()
    (view,) = state_of(book, policy).witnesses
    assert view.problem
    assert view.problem.code == "witness.history_refused"
    assert [each.why for _, each in witness.state.refused()] == ([refused] if refused else [])


def test_a_witness_that_lost_its_state_is_told_anew_and_that_is_noticed(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]], tmp_path: Path
) -> None:
    policy = policy_of(1, "bank")
    street.witness("bank")
    assert problems(ask(policy)) == [""]
    (tmp_path / "bank/state.json").unlink()
    street.witness("bank")
    kept = grow(book, signer, "PO-1")
    with structlog.testing.capture_logs() as logged:
        assert problems(ask(policy)) == [""]
    assert [(line["event"], line["remembers"]) for line in logged] == [("witness forgot", 0)]
    assert signed_by(book, kept) == {"bank"}


def test_a_cosignature_that_somebody_put_into_the_database_counts_for_nothing(book: Book, signer: LogSigner) -> None:
    kept, policy = signer.sign_head(), policy_of(1, "bank")
    with book.pool.connection() as connection:
        connection.execute(
            "INSERT INTO ledger.cosignatures VALUES ('main', %s, %s, %s, %s, now())",
            (LOG_KEY.name, kept.checkpoint.size, str(verifier_of("bank")), other_key(kept, 1)),
        )
        assert find_checkpoint(connection, "main") == kept
        assert find_witnessed(connection, "main", policy) is None


def test_the_quorum_stands_where_enough_witnesses_cosigned_the_same_checkpoint(
    book: Book, signer: LogSigner, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy, by_turns = policy_of(2, "bank", "buyer"), ("bank", "buyer", "bank")
    street.witness("bank")
    street.witness("buyer")
    both = signer.sign_head()
    assert problems(ask(policy)) == ["", ""]
    for number, name in enumerate(by_turns):
        grow(book, signer, f"PO-{number}")
        assert problems(ask(policy_of(1, name))) == [""]
    with book.pool.connection() as connection:
        assert find_witnessed(connection, "main", policy) == both
        latest = find_witnessed(connection, "main", policy_of(1, "bank", "buyer"))
        assert latest == find_checkpoint(connection, "main")
        assert find_witnessed(connection, "main", Policy()) == latest


def test_a_book_that_is_not_signed_is_not_asked_about(
    book: Book, street: Street, ask: Callable[[Policy], list[Asked]]
) -> None:
    policy = policy_of(1, "bank")
    assert ask(policy) == []
    assert street.asked == []
    state = state_of(book, policy)
    assert (state.size, state.quorum_size, state.met) == (None, None, False)
