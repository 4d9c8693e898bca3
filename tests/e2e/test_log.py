"""The proof log's doors: what an auditor fetches over HTTP, and what an operator says on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import House, OpenedBook, connected
from api.proving import NothingSigned, ensure_key, log_state, prove_inclusion
from ledger.pool import open_pool
from ledger.proof.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from ledger.proof.keyring import Keys
from ledger.proof.merkle import check_consistency
from ledger.proof.note import PrivateKey, VerifierKey, decoded, sign, signed_note
from ledger.proof.tiles import Tile, leaves_in
from ledger.proof.tlog_proof import TlogProof
from ledger.transparency import leaf_hash
from tests.command_line import DONE, REFUSED, Run
from tests.e2e.test_http import Client, placed, problem
from tests.e2e.test_serve_keeper import free_port, serving, wait_until
from tests.tokens import of_this_machine

AUDITOR = {"ledger-role": "auditor"}


@pytest.fixture
def house(dsn: str, tmp_path: Path) -> Iterator[House]:
    with connected(dsn, keys=Keys(tmp_path / "keys")) as opened:
        yield opened


@pytest.fixture
def key(opened: OpenedBook) -> VerifierKey:
    return ensure_key(opened)


def fetched(client: Client, path: str, **headers: str) -> httpx.Response:
    response: httpx.Response = client.run(client.ask("GET", f"log/{path}", headers=headers))
    return response


def checkpoint_of(client: Client, key: VerifierKey) -> SignedCheckpoint:
    return open_checkpoint(fetched(client, "checkpoint").content, [key])


# Over HTTP.


def test_a_checkpoint_is_served_as_a_signed_note(client: Client, opened: OpenedBook, key: VerifierKey) -> None:
    problem(fetched(client, "checkpoint"), 503, "log.nothing_signed")
    kept = opened.signer.sign_head()
    answer = fetched(client, "checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "no-cache" in answer.headers["cache-control"]
    assert open_checkpoint(answer.content, [key]).checkpoint == kept.checkpoint
    problem(fetched(client, "checkpoint?witnessed=true"), 404, "log.nothing_witnessed")
    state = client.get("log").json()
    assert (state["signed_size"], state["root"]) == (kept.checkpoint.size, kept.checkpoint.root.hex())
    assert [each["key"] for each in state["keys"]] == [str(key)]


def test_entries_and_the_hashes_over_them_agree_and_entries_are_for_auditors(
    client: Client, opened: OpenedBook, key: VerifierKey
) -> None:
    client.done("orders", placed("PO-1"))
    size = opened.signer.sign_head().checkpoint.size
    assert checkpoint_of(client, key).checkpoint.size == size
    hashes = fetched(client, Tile(0, 0, size).path)
    assert hashes.headers["content-type"] == "application/octet-stream"
    assert hashes.headers["cache-control"] == "public, max-age=3600"
    entries = fetched(client, f"tile/entries/000.p/{size}", **AUDITOR)
    assert b"".join(map(leaf_hash, leaves_in(entries.content))) == hashes.content
    assert "private" in entries.headers["cache-control"]
    for role in ("operator", "buyer"):
        answer = fetched(client, f"tile/entries/000.p/{size}", **{"ledger-role": role})
        problem(answer, 403, "log.entries_for_auditors")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("tile/0/000", 404, "proof.not_in_tree"),
        ("tile/1/000.p/1", 404, "proof.not_in_tree"),
        ("tile/entries/x001/000", 404, "proof.not_in_tree"),
        ("tile/0/0", 400, "tile.path_malformed"),
        ("tile/9/000.p/1", 400, "tile.path_malformed"),
        ("tile/0/000.p/256", 400, "tile.path_malformed"),
        ("tile/entries/x001", 400, "tile.path_malformed"),
        ("tile/entries/..%2F..%2Fcheckpoint", 400, "tile.path_malformed"),
        ("proofs/inclusion/0", 400, "request.parameter_malformed"),
        ("proofs/inclusion/999", 404, "proof.not_in_tree"),
        ("proofs/inclusion/1?size=2", 404, "log.checkpoint_not_found"),
        ("proofs/consistency?old=1&new=2", 404, "log.checkpoint_not_found"),
        ("proofs/consistency?old=0", 404, "proof.not_in_tree"),
        ("proofs/consistency?old=999", 404, "proof.not_in_tree"),
    ],
)
def test_what_was_never_signed_or_never_was_is_not_served(
    path: str, status: int, code: str, client: Client, opened: OpenedBook, key: VerifierKey
) -> None:
    assert key
    opened.signer.sign_head()
    problem(fetched(client, path, **AUDITOR), status, code)


def test_a_command_is_proved_from_its_id(client: Client, opened: OpenedBook, key: VerifierKey) -> None:
    opened.signer.sign_head()
    client.done("orders", placed("PO-7"))
    opened.runner.catch_up()
    (row,) = client.rows("audit", object="PO-7")
    asked = f"proofs/commands?command_id={row['command_id']}&principal={row['principal']}"
    too_early = fetched(client, asked)
    assert (too_early.status_code, too_early.headers["retry-after"]) == (404, "1")
    assert (too_early.json()["code"], too_early.json()["retryable"]) == ("log.not_yet_signed", True)
    opened.signer.sign_head()
    proofs = fetched(client, asked).json()["items"]
    assert [each["position"] for each in proofs] == list(range(row["first_position"], row["last_position"] + 1))
    signed = checkpoint_of(client, key)
    size = signed.checkpoint.size
    leaves = leaves_in(fetched(client, f"tile/entries/000.p/{size}", **AUDITOR).content)
    for each in proofs:
        TlogProof.parse(each["proof"].encode()).check(leaf_hash(leaves[each["position"] - 1]), signed)
    problem(fetched(client, "proofs/commands?command_id=nobody-said-this"), 404, "log.command_not_accepted")


def test_a_checkpoint_is_proved_to_go_on_from_a_kept_one(client: Client, opened: OpenedBook, key: VerifierKey) -> None:
    old = opened.signer.sign_head().checkpoint
    client.done("orders", placed("PO-1"))
    opened.signer.sign_head()
    head, _, note = fetched(client, f"proofs/consistency?old={old.size}").text.partition("\n\n")
    first, *lines = head.split("\n")
    new = open_checkpoint(note.encode(), [key]).checkpoint
    proof = [hash_ for line in lines if (hash_ := decoded(line))]
    assert first == f"old {old.size}"
    check_consistency(old=old.size, old_root=old.root, new=new.size, new_root=new.root, proof=proof)


def test_no_answer_takes_a_second_connection_while_it_holds_one(dsn: str, client: Client, opened: OpenedBook) -> None:
    client.done("orders", placed("PO-1"))
    with open_pool(dsn, connections_max=1) as pool:
        alone = OpenedBook(pool, opened.name)
        head = log_state(alone).size
        with pytest.raises(NothingSigned):
            prove_inclusion(alone, head)


# Under a server.


def test_a_served_log_is_signed_within_a_second_or_so(database: str, tmp_path: Path) -> None:
    port = free_port()
    with connected(database, keys=Keys(tmp_path / "keys")) as house:
        house.book("main").found()
        key = ensure_key(house.book("main"))
        with serving({"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(tmp_path)}, port):
            head = house.book("main").runner.head()
            wait_until(lambda: signed_size(port, key, tmp_path) == head)


def signed_size(port: int, key: VerifierKey, home: Path) -> int:
    url = f"http://127.0.0.1:{port}/v1/books/main/log/checkpoint"
    try:
        answer = httpx.get(url, headers=of_this_machine(home), timeout=5)
    except httpx.TransportError:
        return 0
    return open_checkpoint(answer.content, [key]).checkpoint.size if answer.is_success else 0


# On the command line.


def test_a_key_is_made_shown_and_rotated(founded: Run, tmp_path: Path) -> None:
    made = founded("log", "key", "new").out.strip()
    assert VerifierKey.parse(made)
    assert founded("log", "key", "show").out.strip() == made
    assert founded("log", "key", "new").status == REFUSED
    rotated = founded("log", "key", "rotate", "--leaked").out.strip()
    known = founded("log", "key", "show", "--all", "--json").json
    assert [each["key"] for each in known["keys"]] == [made, rotated]
    assert known["keys"][0]["leaked"]
    note = founded("log", "checkpoint").out
    assert list(open_checkpoint(note.encode(), [VerifierKey.parse(made), VerifierKey.parse(rotated)]).signed_by) == [
        VerifierKey.parse(rotated)
    ]
    assert not [
        line for line in (tmp_path / "keys").rglob("*") if line.name == "signer.key" and line.stat().st_mode & 0o77
    ]


def test_proofs_are_written_to_files_that_verify_alone(founded: Run, tmp_path: Path) -> None:
    key = VerifierKey.parse(founded("log", "key", "new").out.strip())
    file = tmp_path / "first.tlog-proof"
    assert founded("log", "prove", "inclusion", "1", "-o", str(file)).status == DONE
    proof = TlogProof.parse(file.read_bytes())
    assert open_checkpoint(proof.checkpoint, [key]).checkpoint.size >= 1
    assert founded("log", "prove", "inclusion", "999").status != DONE
    assert "old 1\n" in founded("log", "prove", "consistency", "1").out
    state = founded("log", "state", "--json").json
    assert state["size"] == state["signed_size"]


def test_a_log_that_is_not_behind_is_not_reopened(founded: Run) -> None:
    founded("log", "key", "new")
    refused = founded("log", "reopen", "--reason", "drill", "--json")
    assert refused.status == REFUSED
    assert refused.json["code"] == "log.not_behind"


def test_after_a_restore_the_log_goes_on_under_an_origin_that_names_the_gap(founded: Run, tmp_path: Path) -> None:
    old_key = founded("log", "key", "new").out.strip()
    memory = tmp_path / "keys" / "main" / "signed.json"
    signed: dict[str, Any] = json.loads(memory.read_text())
    ((origin, last),) = signed.items()
    memory.write_text(json.dumps({origin: {"size": last["size"] + 10, "root": "ab" * 32}}))
    assert "restored" in founded("log", "checkpoint", "--book", "main").err
    reopened = founded("log", "reopen", "--reason", "restored-from-backup", "--json").json
    assert (reopened["old_origin"], reopened["signed_size"]) == (origin, last["size"] + 10)
    assert reopened["restored_size"] == last["size"]
    new_key = founded("log", "key", "show").out.strip()
    assert new_key != old_key
    checkpoint = open_checkpoint(reopened["checkpoint"].encode(), [VerifierKey.parse(new_key)]).checkpoint
    assert checkpoint.origin == reopened["new_origin"] != origin
    assert checkpoint.size == last["size"] + 1


def test_a_checkpoint_that_others_kept_stands_in_for_a_lost_memory(founded: Run, tmp_path: Path) -> None:
    key = founded("log", "key", "new").out.strip()
    kept = tmp_path / "kept.checkpoint"
    size = founded("log", "state", "--json").json["size"]
    origin, seed = VerifierKey.parse(key).name, (tmp_path / "keys" / "main" / "signer.key").read_text()
    text = Checkpoint(origin, size + 5, bytes(32)).text
    kept.write_bytes(signed_note(text, [sign(text, origin, PrivateKey.parse(seed.strip())[1])]))
    (tmp_path / "keys" / "main" / "signed.json").unlink()
    (tmp_path / "keys" / "main" / "keys.json").unlink()
    say = ("log", "reopen", "--reason", "machine-lost", "--checkpoint", str(kept), "--json")
    assert founded(*say).json["code"] == "note.unverified"
    reopened = founded(*say, "--key", key).json
    assert (reopened["signed_size"], reopened["restored_size"]) == (size + 5, size)
