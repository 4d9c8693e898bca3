"""A published log, its proofs and its cosignatures, in the eyes of two others: our second implementation, and Go's."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, NamedTuple

import psycopg
import pytest

from api.composition import House
from api.exchange.published_log import publish
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.keyring import Keys
from ledger.proof.note import COSIGNATURE, Note, PrivateKey, VerifierKey, cosign, sign, signed_note
from ledger.proof.proofs import inclusion_proof
from ledger.proof.quorum import keep_cosignature
from ledger.proof.tiles import FolderTiles, Tile, Tree, entries_of, tiles_of
from tests.books import Book
from tests.independent.tlog.second_tlog import VerificationError, roots_by_consistency, verifies

SECOND = Path(__file__).parents[1] / "independent" / "tlog" / "second_tlog.py"
GO_SOURCE = Path(__file__).parents[1] / "independent" / "go_tlog" / "main.go"
GO_PATH = Path("/usr/share/gocode")
ORIGIN = "ledger.example/main"
TRADES = 36
"""Enough for two full tiles, a partial one, and one of level 1."""

WITNESSES = {
    VerifierKey(name, COSIGNATURE, PrivateKey(seed).public): PrivateKey(seed)
    for name, seed in (("bank.example/w", b"b" * 32), ("notary.example/w", b"n" * 32))
}


class Published(NamedTuple):
    """A log as static files, the keys to verify it by, and checkpoints and proofs that somebody kept."""

    folder: Path
    keys: list[str]
    size: int
    root: bytes
    older: list[Path]
    proofs: list[Path]


@pytest.fixture(scope="module")
def published(
    postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("published")
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE second_tlog TEMPLATE {template} STRATEGY FILE_COPY")
        with open_pool(postgres.dsn("second_tlog"), connections_max=4) as pool, Book.opened(pool) as book:
            yield lived(book, folder)
        connection.execute("DROP DATABASE second_tlog WITH (FORCE)")


def lived(book: Book, folder: Path) -> Published:
    """Play trades, sign now and then, with a second key from the middle on, cosign the last, and publish it all."""
    opened = House("", book.pool, Keys(folder / "keys")).book("main")
    first = opened.keyring.make_key(ORIGIN, b"1" * 32)
    older = []
    for number in range(TRADES):
        book.trade(f"PO-{number}")
        if number % 11 == 0:
            older.append(folder / f"older-{number}")
            older[-1].write_bytes(opened.signer.sign_head().note)
        if number == TRADES // 2:
            second = opened.keyring.rotate_key(ORIGIN, b"2" * 32)
    kept = opened.signer.sign_head()
    with book.pool.connection() as connection:
        for key, private in WITNESSES.items():
            signature = cosign(kept.checkpoint.text, key.name, private, at=int(kept.signed_at.timestamp()))
            keep_cosignature(connection, "main", kept, key, signature, kept.signed_at)
        proofs = {each: inclusion_proof(connection, "main", each, kept) for each in (1, 256, 257, kept.checkpoint.size)}
    publish(opened, folder / "log")
    files = [folder / f"{position}.tlog-proof" for position in proofs]
    for file, proof in zip(files, proofs.values(), strict=True):
        file.write_bytes(bytes(proof))
    keys = [str(key) for key in (first, second, *WITNESSES)]
    return Published(folder / "log", keys, kept.checkpoint.size, kept.checkpoint.root, older, files)


# The other two.


def run(command: list[str | Path]) -> dict[str, Any]:
    ended = subprocess.run(command, capture_output=True, check=True, timeout=60)
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program around Go's libraries, from what Debian ships, without a network."""
    go = shutil.which("go")
    if not go or not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("no Go with golang.org/x/mod: apt install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    alone = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOPROXY": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GOCACHE": str(folder / "cache")} | alone
    subprocess.run([go, "build", "-o", folder / "go_tlog", GO_SOURCE], env=environment, check=True, timeout=240)
    return folder / "go_tlog"


@pytest.fixture(params=["second", "go"])
def checker(request: pytest.FixtureRequest) -> list[str | Path]:
    """Return the command of another implementation: ours has Python alone, none of our packages nor anybody's."""
    if request.param == "second":
        return [sys.executable, "-I", "-S", SECOND]
    return [request.getfixturevalue("go_program")]


def test_others_verify_the_whole_log_its_signatures_and_what_was_kept_of_it(
    checker: list[str | Path], published: Published
) -> None:
    said = run([*checker, published.folder, *published.keys, *published.older, *published.proofs])
    assert (said["origin"], said["size"], said["root"]) == (ORIGIN, published.size, published.root.hex())
    assert sorted(said["signed_by"]) == ["bank.example/w", ORIGIN, "notary.example/w"]
    assert said["tiles"] == len(list(tiles_of(published.size))) >= 4
    assert len(said["older"]) == 4 < len(set(said["older"]) | set(said["proofs"])) == 8
    assert said["proofs"] == [0, 255, 256, published.size - 1]


def damage(published: Published, kind: str) -> None:
    """Change one thing in a published log."""
    path, change = {
        "leaf hash": (Tile(0, 1).path, flip),
        "hash of level 1": (next(each.path for each in tiles_of(published.size) if each.level), flip),
        "entry": ("tile/entries/000", flip),
        "last entry": (list(entries_of(published.size))[-1].path, flip),
        "root": ("checkpoint", lambda note: note.replace(note.split(b"\n")[2], b"A" * 43 + b"=")),
        "size": ("checkpoint", lambda note: note.replace(b"\n%d\n" % published.size, b"\n%d\n" % (published.size - 1))),
        "signature": (
            "checkpoint",
            lambda note: note.replace(b"\xe2\x80\x94 ledger.example/main ", b"\xe2\x80\x94 l "),
        ),
        "cosignature": ("checkpoint", flip),
        "bundle cut short": ("tile/entries/000", lambda bundle: bundle[: -len(bundle) // 2]),
    }[kind]
    file = published.folder / path
    file.write_bytes(change(file.read_bytes()))


def flip(content: bytes) -> bytes:
    """Change one bit, near the end."""
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


@pytest.mark.parametrize(
    "kind",
    [
        "leaf hash",
        "hash of level 1",
        "entry",
        "last entry",
        "root",
        "size",
        "signature",
        "cosignature",
        "bundle cut short",
    ],
)
def test_others_refuse_a_damaged_log(
    checker: list[str | Path], published: Published, tmp_path: Path, kind: str
) -> None:
    copy = published._replace(folder=tmp_path / "log")
    shutil.copytree(published.folder, copy.folder)
    damage(copy, kind)
    with pytest.raises(CalledProcessError):
        run([*checker, copy.folder, *copy.keys])


def test_others_refuse_a_proof_of_another_leaf_and_a_checkpoint_of_another_history(
    checker: list[str | Path], published: Published, tmp_path: Path
) -> None:
    proof, forked = tmp_path / "moved.tlog-proof", tmp_path / "forked"
    proof.write_bytes(published.proofs[1].read_bytes().replace(b"\nindex 255\n", b"\nindex 254\n"))
    text = Checkpoint(ORIGIN, 7, b"?" * 32).text
    forked.write_bytes(signed_note(text, [sign(text, ORIGIN, PrivateKey(b"1" * 32))]))
    for kept in (proof, forked):
        with pytest.raises(CalledProcessError):
            run([*checker, published.folder, *published.keys, kept])


def test_our_proofs_of_consistency_lead_the_second_implementation_to_both_roots(published: Published) -> None:
    tree = Tree(FolderTiles(published.folder), published.size)
    for old in (1, 255, 256, 257, published.size - 1, published.size):
        proof, old_root = list(tree.consistency_proof(old)), tree.root_at(old)
        assert roots_by_consistency(proof, old_root, old, published.size) == (old_root, published.root)
        with pytest.raises(VerificationError):
            roots_by_consistency([*proof, old_root], old_root, old, published.size)


def test_a_note_that_go_signed_verifies_with_ours(go_program: Path) -> None:
    key, text = PrivateKey(b"g" * 32), "go.example/log\n1\nroot\n"
    signed = subprocess.run(
        [go_program, "sign", key.written("go.example/log"), text], capture_output=True, check=True, timeout=60
    ).stdout
    assert list(Note.parse(signed).verified_by([VerifierKey("go.example/log", 1, key.public)]))
    assert signed == signed_note(text, [sign(text, "go.example/log", key)])


@pytest.mark.parametrize("seed", [b"1" * 32, b"2" * 32, b"3" * 32])
def test_the_second_ed25519_agrees_with_the_library(seed: bytes) -> None:
    key = PrivateKey(seed)
    signature = key.sign(seed)
    assert verifies(key.public, seed, signature)
    assert not verifies(key.public, seed + b"!", signature)
    for place in (0, 31, 32, 60):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not accepts(key.public, seed, bytes(changed))
    assert not accepts(PrivateKey(b"4" * 32).public, seed, signature)


def accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return verifies(public, message, signature)
    except VerificationError:
        return False
