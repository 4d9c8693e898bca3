"""
A witness as its own process, with its own key and state and, where these tests run as root, as another account; killed,
unreachable and lied to.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from api.composition import House, utc_now
from api.cosigning import Cosigning
from ledger.outcomes import Accepted, Submission
from ledger.postgres_place import Account, own_account, server_account
from ledger.proof.checkpoint import open_checkpoint
from ledger.proof.kept_log import KeptCheckpoint
from ledger.proof.keyring import Keys
from ledger.proof.note import PrivateKey, VerifierKey, sign, signed_note
from ledger.proof.policy import Policy
from ledger.proof.proofs import consistency_proof
from ledger.proof.quorum import find_witnessed, policy_state
from ledger.proof.signing import LogSigner
from ledger.proof.witnessing import WitnessRequest
from tests.books import place_order
from tests.command_line import DONE, REFUSED, Run
from tests.e2e.test_serve_keeper import free_port, wait_until

# Its account may not enter the folder that Python itself is in, where tests run as root: all is loaded before.
PROGRAM = """
import os, sys
import concurrent.futures.thread, encodings.idna, uvicorn.lifespan.on, uvicorn.loops.auto, uvicorn.protocols.http.auto
import api.cli, api.witness.server, uvicorn.protocols.websockets.auto
uid, gid = map(int, sys.argv[1:3])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
sys.argv = ["trade-ledger", *sys.argv[3:]]
api.cli.main()
"""


class Bank:
    """A witness outside the house: an account, a folder that only it may enter, a key, a port."""

    def __init__(self, folder: Path) -> None:
        self.account: Account = server_account("nobody") if os.geteuid() == 0 else own_account()
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.chmod(0o700)
        os.chown(folder, self.account.uid, self.account.gid)
        made = self.run("new", "--name", "bank.example/w", "--key", str(folder / "key"), "--url", self.url)
        self.policy_line: str = json.loads(made)["policy"]
        self.key = self.policy_line.split(" ")[2]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", PROGRAM, f"{self.account.uid}", f"{self.account.gid}", "witness", *arguments]

    def run(self, *arguments: str, status: int = DONE) -> str:
        """Run a verb that prints JSON, and return that."""
        environment = {"PATH": "/usr/bin:/bin"}
        ran = subprocess.run(
            self.command(*arguments, "--json"), capture_output=True, text=True, check=False, cwd="/", env=environment
        )
        assert ran.returncode == status, ran.stderr
        return ran.stdout

    @contextmanager
    def open(self, log: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Let the witness watch a log; at the end it is told to stop, if it still is there."""
        state = str(self.folder / "state")
        arguments = (
            "serve",
            "--key",
            str(self.folder / "key"),
            "--state",
            state,
            "--log",
            log,
            "--port",
            f"{self.port}",
        )
        environment = {"PATH": "/usr/bin:/bin"}
        with subprocess.Popen(self.command(*arguments), cwd="/", env=environment, umask=0o077) as process:
            try:
                wait_until(lambda: self.answers() or process.poll() is not None)
                assert process.poll() is None
                yield process
            finally:
                process.terminate()
                process.wait(30)

    def answers(self) -> bool:
        try:
            return httpx.get(self.url, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def add_checkpoint(self, old: int, proof: tuple[bytes, ...], note: bytes) -> httpx.Response:
        """Ask for a cosignature as anybody can."""
        body = bytes(WitnessRequest(old, proof, note))
        return httpx.post(f"{self.url}/add-checkpoint", content=body, trust_env=False)


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    folder = Path(tempfile.mkdtemp(prefix="bank-"))
    yield Bank(folder)
    shutil.rmtree(folder)


@pytest.fixture
def log(founded: Run, tmp_path: Path, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the verifier key of the book's log, whose policy asks for the bank; the bank begins anew."""
    policy = tmp_path / "witnesses"
    policy.write_text(f"{bank.policy_line}\nquorum bank.example/w\n")
    monkeypatch.setenv("LEDGER_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("LEDGER_WITNESS_POLICY", str(policy))
    key = founded("log", "key", "new", "--json")
    assert key.status == DONE, key.err
    verifier_key = founded("log", "key", "show").out.strip()
    yield verifier_key
    shutil.rmtree(bank.folder / "state", ignore_errors=True)


@pytest.fixture
def signer(house: House, log: str, tmp_path: Path) -> LogSigner:
    assert log
    return LogSigner(house.pool, "main", Keys(tmp_path / "keys").of("main"), clock=utc_now)


def grow(house: House, order: str) -> None:
    submission = Submission(
        command=place_order(order), command_id=order, principal="tests", actor="operator:first", role="operator"
    )
    assert isinstance(house.book("main").writer.submit(submission).result(timeout=60), Accepted)


def proof_of(house: House, old: int, size: int) -> tuple[bytes, ...]:
    with house.pool.connection() as connection:
        return consistency_proof(connection, "main", old, size)


def test_a_witness_cosigns_from_an_account_of_its_own(ledger: Run, log: str, bank: Bank) -> None:
    assert ledger("log", "witnesses").status == REFUSED
    with bank.open(log) as process:
        assert ledger("log", "cosign").status == DONE
        seen = ledger("log", "witnesses", "--json")
        assert (seen.status, seen.json["met"], seen.json["quorum_size"]) == (DONE, True, seen.json["size"])
        if Path("/proc").is_dir():
            assert Path(f"/proc/{process.pid}").stat().st_uid == bank.account.uid
    for path, mode in ((bank.folder, 0o700), (bank.folder / "key", 0o600), (bank.folder / "state/state.json", 0o600)):
        found = path.stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (bank.account.uid, mode)
    (watched,) = json.loads(bank.run("status", "--state", str(bank.folder / "state")))["logs"]
    assert watched["size"] == seen.json["size"]
    if os.geteuid() != 0:
        pytest.skip("the witness ran as this account: only root can start one as another")


def test_a_witness_killed_before_its_answer_came_goes_on_where_it_was(
    ledger: Run, log: str, bank: Bank, house: House, signer: LogSigner
) -> None:
    kept = signer.sign_head()
    with bank.open(log) as process:
        assert bank.add_checkpoint(0, (), kept.note).is_success  # and the ledger never hears of it
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        grow(house, "PO-1")
        assert ledger("log", "cosign").status == REFUSED
        (seen,) = ledger("log", "witnesses", "--json").json["witnesses"]
        assert (seen["cosigned_size"], seen["problem"]["code"]) == (None, "witness.absent")
    with bank.open(log):
        assert signer.sign_head().checkpoint.size > kept.checkpoint.size
        assert ledger("log", "cosign").status == DONE
        assert ledger("log", "witnesses").status == DONE


def test_a_history_rewritten_with_the_real_key_is_refused_and_kept_as_evidence(
    log: str, bank: Bank, house: House, signer: LogSigner, tmp_path: Path
) -> None:
    kept = signer.sign_head()
    grow(house, "PO-1")
    longer = signer.sign_head()
    name, key = PrivateKey.parse((tmp_path / "keys/main/signer.key").read_text().strip())

    def rewritten(kept: KeptCheckpoint) -> bytes:
        text = kept.checkpoint._replace(root=hashlib.sha256(b"another history").digest()).text
        return signed_note(text, [sign(text, name, key)])

    old, size = kept.checkpoint.size, longer.checkpoint.size
    proof = proof_of(house, old, size)
    with bank.open(log):
        assert bank.add_checkpoint(0, (), kept.note).is_success
        assert bank.add_checkpoint(old, (), rewritten(kept)).status_code == 409
        assert bank.add_checkpoint(old, proof, rewritten(longer)).status_code == 422
        assert bank.add_checkpoint(old, proof, longer.note).is_success
    shown = json.loads(bank.run("status", "--state", str(bank.folder / "state"), status=REFUSED))
    assert {(each["why"], each["size"]) for each in shown["refused"]} == {("forked", old), ("unproven", size)}
    evidence = json.loads(Path(shown["refused"][0]["file"]).read_text())
    both = [open_checkpoint(evidence[note].encode(), [VerifierKey.parse(log)]) for note in ("checkpoint", "cosigned")]
    assert both[0].checkpoint.size == both[1].checkpoint.size
    assert both[0].checkpoint.root != both[1].checkpoint.root


def test_witnesses_that_are_cut_off_or_silent_hold_up_neither_commands_nor_the_others(
    log: str, bank: Bank, house: House, signer: LogSigner
) -> None:
    kept = signer.sign_head()
    strangers = [
        VerifierKey(f"{name}.example/w", 4, PrivateKey(name.ljust(32).encode()).public) for name in ("cut", "mute")
    ]
    with socket.create_server(("127.0.0.1", 0)) as silent, bank.open(log):
        ports = (free_port(), silent.getsockname()[1])
        lines = [
            f"witness {key.name} {key} http://127.0.0.1:{port}" for key, port in zip(strangers, ports, strict=True)
        ]
        members = f"bank.example/w {strangers[0].name} {strangers[1].name}"
        policy = Policy.parse("\n".join([bank.policy_line, *lines, f"group two 2 {members}", "quorum two"]))
        with Cosigning(house.pool, policy, clock=utc_now, answer_seconds=0.5) as cosigning:
            keeper = Thread(target=cosigning.round, args=(["main"],))
            keeper.start()
            grow(house, "PO-1")
            keeper.join()
    with house.pool.connection() as connection:
        state = policy_state(connection, "main", policy)
        assert find_witnessed(connection, "main", policy) is None
    assert [view.cosigned_size for view in state.witnesses] == [kept.checkpoint.size, None, None]
    assert [view.problem.code if view.problem else "" for view in state.witnesses] == ["", *["witness.absent"] * 2]
    assert not state.met
