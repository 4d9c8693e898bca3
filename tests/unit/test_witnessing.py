import asyncio
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from api.witness.app import REQUEST_BYTES_MAX, app_of
from api.witness.key_file import WitnessKeyExists, WitnessKeyUnusable, make_key_file, read_key_file
from ledger.proof.checkpoint import open_checkpoint
from ledger.proof.note import PrivateKey, cosigned_at, signature_of
from ledger.proof.witness_state import (
    REFUSED_MAX,
    WitnessState,
    WitnessStateHeld,
    WitnessStateUnusable,
)
from ledger.proof.witnessing import (
    PROOF_LINES_MAX,
    HistoryForked,
    HistoryUnproven,
    LogUnwatched,
    OldSizeDiffers,
    Witness,
    WitnessRequest,
    WitnessRequestMalformed,
)
from tests.witnesses import SignedLog

NAME = "bank.example/witness"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = PrivateKey(b"w" * 32)
LOG = SignedLog()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[WitnessState]:
    with WitnessState.held(tmp_path / "state") as held:
        yield held


@pytest.fixture
def witness(state: WitnessState) -> Witness:
    return Witness(NAME, KEY, [LOG.key], state)


def request(old: int, size: int, *, log: SignedLog = LOG, proof: list[bytes] | None = None) -> bytes:
    hashes = log.proof(old, size) if proof is None else proof
    return bytes(WitnessRequest(old, tuple(hashes), log.checkpoint(size)))


def said(witness: Witness, body: bytes, method: str = "POST", path: str = "/add-checkpoint") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app_of(witness, lambda: NOW))
        async with httpx.AsyncClient(transport=transport, base_url="http://witness") as client:
            return await client.request(method, path, content=body)

    return asyncio.run(ask())


class TestCosigning:
    def test_each_size_that_goes_on_from_the_last_is_cosigned_with_the_time(self, witness: Witness) -> None:
        for old, size in ((0, 3), (3, 3), (3, 64), (64, 65), (65, 100)):
            line = witness.add_checkpoint(request(old, size), NOW)
            note = LOG.checkpoint(size) + line.encode()
            signed = open_checkpoint(note, [LOG.key], witnesses=[witness.key])
            assert cosigned_at(signed.signed_by[witness.key]) == NOW.timestamp()

    def test_the_state_is_on_disk_before_the_signature_is_given(self, witness: Witness, tmp_path: Path) -> None:
        line = witness.add_checkpoint(request(0, 7), NOW)
        kept = WitnessState(tmp_path / "state").find(LOG.origin)
        assert kept
        assert kept.checkpoint.encode() == LOG.checkpoint(7) + line.encode()

    def test_nothing_is_signed_that_cannot_be_kept(self, witness: Witness, tmp_path: Path) -> None:
        witness.add_checkpoint(request(0, 7), NOW)
        (tmp_path / "state/state.writing").mkdir()
        with pytest.raises(WitnessStateUnusable):
            witness.add_checkpoint(request(7, 9), NOW)
        (tmp_path / "state/state.writing").rmdir()
        assert witness.add_checkpoint(request(7, 8), NOW)

    def test_who_starts_again_goes_on_from_what_was_cosigned(self, tmp_path: Path) -> None:
        with WitnessState.held(tmp_path) as state:
            Witness(NAME, KEY, [LOG.key], state).add_checkpoint(request(0, 7), NOW)
        with WitnessState.held(tmp_path) as state:
            witness = Witness(NAME, KEY, [LOG.key], state)
            with pytest.raises(OldSizeDiffers) as told:
                witness.add_checkpoint(request(0, 9), NOW)
            assert told.value.size == 7
            assert witness.add_checkpoint(request(7, 9), NOW)

    def test_a_log_that_changes_its_key_is_known_by_both_however_often_they_are_said(self, state: WitnessState) -> None:
        later = SignedLog(seed=b"m" * 32)
        witness = Witness(NAME, KEY, [LOG.key, later.key, LOG.key], state)
        witness.add_checkpoint(request(0, 7), NOW)
        assert witness.add_checkpoint(request(7, 9, log=later), NOW)
        assert witness.origins == [LOG.origin]

    def test_logs_are_kept_apart(self, state: WitnessState) -> None:
        other = SignedLog(origin="other.example/log", forked_at=3)
        witness = Witness(NAME, KEY, [LOG.key, other.key], state)
        assert witness.add_checkpoint(request(0, 50), NOW)
        assert witness.add_checkpoint(request(0, 20, log=other), NOW)

    def test_what_a_stranger_signed_below_is_not_kept(self, witness: Witness, state: WitnessState) -> None:
        stranger = signature_of(LOG.checkpoint(9).decode().splitlines()[-1])._replace(name="stranger.example/x")
        note = LOG.checkpoint(9) + stranger.line.encode() + b"\n"
        witness.add_checkpoint(bytes(WitnessRequest(0, (), note)), NOW)
        kept = state.find(LOG.origin)
        assert kept
        assert "stranger" not in kept.checkpoint


class TestRefusing:
    def test_a_rewritten_history_is_refused_and_both_checkpoints_are_kept(
        self, witness: Witness, state: WitnessState
    ) -> None:
        rewritten = SignedLog(forked_at=5)
        witness.add_checkpoint(request(0, 10), NOW)
        with pytest.raises(HistoryForked):
            witness.add_checkpoint(request(10, 10, log=rewritten), NOW)
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(request(10, 12, log=rewritten), NOW)
        kept = {refused.why: refused for _, refused in state.refused()}
        assert set(kept) == {"forked", "unproven"}
        for note in (kept["forked"].checkpoint, kept["forked"].cosigned):
            assert open_checkpoint(note.encode(), [LOG.key]).checkpoint.size == 10
        assert kept["forked"].as_checkpoint.root == rewritten.tree.root(0, 10)

    def test_after_a_refusal_the_true_history_goes_on(self, witness: Witness) -> None:
        witness.add_checkpoint(request(0, 10), NOW)
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(request(10, 12, log=SignedLog(forked_at=5)), NOW)
        assert witness.add_checkpoint(request(10, 12), NOW)

    def test_a_checkpoint_that_is_proved_later_is_no_evidence_any_more(
        self, witness: Witness, state: WitnessState
    ) -> None:
        witness.add_checkpoint(request(0, 10), NOW)
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(request(10, 12, proof=[]), NOW)
        assert list(state.refused())
        witness.add_checkpoint(request(10, 12), NOW)
        assert not list(state.refused())

    @pytest.mark.parametrize("damage", ["short", "long", "order", "other"])
    def test_any_other_proof_is_none(self, witness: Witness, damage: str) -> None:
        proof = list(LOG.proof(7, 20))
        damaged = {
            "short": proof[:-1],
            "long": [*proof, proof[0]],
            "order": proof[::-1],
            "other": [*proof[:-1], b"x" * 32],
        }
        witness.add_checkpoint(request(0, 7), NOW)
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(request(7, 20, proof=damaged[damage]), NOW)

    def test_a_first_checkpoint_comes_without_a_proof(self, witness: Witness) -> None:
        with pytest.raises(HistoryUnproven):
            witness.add_checkpoint(request(0, 7, proof=[b"x" * 32]), NOW)

    def test_evidence_is_kept_once_for_each_checkpoint_and_only_so_much_of_it(
        self, witness: Witness, state: WitnessState
    ) -> None:
        witness.add_checkpoint(request(0, 1), NOW)
        for forked_at in (2, *range(2, 55)):
            for size in (99, 100):
                with pytest.raises(HistoryUnproven):
                    witness.add_checkpoint(request(1, size, log=SignedLog(forked_at=forked_at), proof=[]), NOW)
            assert len(list(state.refused())) == min(2 * max(forked_at - 1, 1), REFUSED_MAX)


class TestAnswers:
    """Statuses are those of C2SP tlog-witness."""

    def ask(self, witness: Witness, body: bytes, status: int) -> httpx.Response:
        answer = said(witness, body)
        assert answer.status_code == status, answer.text
        return answer

    def test_a_cosignature_is_a_signature_line(self, witness: Witness) -> None:
        answer = self.ask(witness, request(0, 7), 200)
        line = signature_of(answer.text.removesuffix("\n"))
        assert witness.key.verifies(line, LOG.checkpoint(7).decode().partition("\n\n")[0] + "\n")

    def test_an_unknown_origin_is_not_found(self, witness: Witness) -> None:
        self.ask(witness, request(0, 7, log=SignedLog(origin="other.example/log")), 404)

    def test_an_unknown_key_is_forbidden_before_anything_is_told(self, witness: Witness) -> None:
        self.ask(witness, request(0, 7), 200)
        self.ask(witness, request(9, 8, log=SignedLog(seed=b"m" * 32), proof=[]), 403)

    def test_an_old_size_beyond_the_checkpoint_is_a_bad_request(self, witness: Witness) -> None:
        self.ask(witness, request(8, 7, proof=[]), 400)

    def test_another_old_size_conflicts_and_the_right_one_is_told(self, witness: Witness) -> None:
        answer = self.ask(witness, request(4, 7), 409)
        assert (answer.text, answer.headers["Content-Type"]) == ("0\n", "text/x.tlog.size")
        self.ask(witness, request(0, 7), 200)
        answer = self.ask(witness, request(4, 9, proof=[]), 409)
        assert (answer.text, answer.headers["Content-Type"]) == ("7\n", "text/x.tlog.size")

    def test_one_size_with_two_roots_conflicts_and_says_so(self, witness: Witness) -> None:
        self.ask(witness, request(0, 10), 200)
        answer = self.ask(witness, request(10, 10, log=SignedLog(forked_at=5)), 409)
        assert "two histories" in answer.text
        assert answer.headers["Content-Type"].startswith("text/plain")

    def test_a_wrong_proof_is_unprocessable(self, witness: Witness) -> None:
        self.ask(witness, request(0, 7), 200)
        assert "extension" in self.ask(witness, request(7, 9, proof=[]), 422).text

    def test_a_body_that_is_too_long_is_not_read(self, witness: Witness) -> None:
        self.ask(witness, b"x" * (REQUEST_BYTES_MAX + 1), 413)

    def test_anybody_may_read_what_was_last_cosigned(self, witness: Witness) -> None:
        assert said(witness, b"", "GET", f"/checkpoint?origin={LOG.origin}").status_code == 404
        line = self.ask(witness, request(0, 7), 200).text
        answer = said(witness, b"", "GET", f"/checkpoint?origin={LOG.origin}")
        assert answer.content == LOG.checkpoint(7) + line.encode()
        assert said(witness, b"", "GET", "/").text == f"{witness.key}\n{LOG.origin}\n"


class TestRequests:
    def test_reading_gives_back_what_was_written(self) -> None:
        for old, size in ((0, 7), (7, 7), (7, 20)):
            assert bytes(WitnessRequest.parse(request(old, size))) == request(old, size)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"old 0\n",
            b"old 0\r\n\r\n",
            b"old\n\n",
            b"old 01\n\n",
            b"old -1\n\n",
            b"old 9223372036854775808\n\n",
            b"Old 0\n\n",
            b" old 0\n\n",
            b"old 0\nx\n\n",
            b"old 0\nAAA\n\n",
            b"old \xd9\xa0\n\n",
            b"old 0" + b"\nAAAA" * (PROOF_LINES_MAX + 1) + b"\n\n",
        ],
    )
    def test_what_is_no_request_is_malformed(self, body: bytes) -> None:
        with pytest.raises(WitnessRequestMalformed):
            WitnessRequest.parse(body + LOG.checkpoint(7))

    def test_refusals_come_in_their_order(self, witness: Witness) -> None:
        """Each of these is wrong in what follows, too."""
        stranger, unknown = SignedLog(seed=b"m" * 32, forked_at=5), SignedLog(origin="other.example/log")
        witness.add_checkpoint(request(0, 10), NOW)
        with pytest.raises(LogUnwatched):
            witness.add_checkpoint(request(12, 11, log=unknown, proof=[]), NOW)
        assert said(witness, request(12, 11, log=stranger, proof=[])).status_code == 403
        with pytest.raises(WitnessRequestMalformed):
            witness.add_checkpoint(request(12, 11, log=SignedLog(forked_at=5), proof=[]), NOW)
        with pytest.raises(OldSizeDiffers):
            witness.add_checkpoint(request(9, 10, log=SignedLog(forked_at=5), proof=[]), NOW)


class TestState:
    def test_two_processes_never_hold_one_state(self, state: WitnessState, tmp_path: Path) -> None:
        assert state.all() == {}
        with pytest.raises(WitnessStateHeld), WitnessState.held(tmp_path / "state"):
            pass

    @pytest.mark.parametrize(
        "damage", [b"", b"{", b"[]", b'{"x":{"checkpoint":"y","cosigned_at":"2026-11-23T00:00:00Z"}}']
    )
    def test_a_damaged_state_is_never_begun_anew(self, tmp_path: Path, damage: bytes) -> None:
        (tmp_path / "state.json").write_bytes(damage)
        with pytest.raises(WitnessStateUnusable), WitnessState.held(tmp_path):
            pass

    def test_the_state_of_one_log_under_the_name_of_another_is_unusable(self, witness: Witness, tmp_path: Path) -> None:
        witness.add_checkpoint(request(0, 7), NOW)
        file = tmp_path / "state/state.json"
        file.write_text(file.read_text().replace(f'"{LOG.origin}"', '"other.example/log"'))
        with pytest.raises(WitnessStateUnusable):
            WitnessState(tmp_path / "state")

    def test_nobody_else_may_look_into_it(self, witness: Witness, tmp_path: Path) -> None:
        witness.add_checkpoint(request(0, 7), NOW)
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "state/state.json").stat().st_mode) == 0o600


class TestKeyFile:
    def test_a_key_is_for_its_owner_and_reads_back(self, tmp_path: Path) -> None:
        file = tmp_path / "witness.key"
        verifier = make_key_file(file, NAME, b"w" * 32)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        name, key = read_key_file(file)
        assert (name, key.public) == (NAME, verifier.public)

    def test_a_key_is_never_written_over(self, tmp_path: Path) -> None:
        make_key_file(tmp_path / "witness.key", NAME, b"w" * 32)
        with pytest.raises(WitnessKeyExists):
            make_key_file(tmp_path / "witness.key", NAME, b"x" * 32)

    @pytest.mark.parametrize("name", ["", "a b", "a+b"])
    def test_a_name_that_no_signature_line_could_show_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(WitnessKeyUnusable):
            make_key_file(tmp_path / "witness.key", name, b"w" * 32)
        assert not list(tmp_path.iterdir())

    def test_a_key_that_is_open_to_others_or_of_a_log_is_not_used(self, tmp_path: Path) -> None:
        file = tmp_path / "witness.key"
        file.write_text(KEY.written(NAME))
        file.chmod(0o600)
        with pytest.raises(WitnessKeyUnusable, match="a log's key"):
            read_key_file(file)
        file.chmod(0o640)
        with pytest.raises(WitnessKeyUnusable, match="chmod 600") as refused:
            read_key_file(file)
        assert KEY.written(NAME) not in str(refused.value)
