"""Publishing: the files that C2SP tlog-tiles names, only what is new, and never two histories in one folder."""

import fcntl
import os
import stat
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from api.composition import OpenedBook
from api.exchange.published_log import (
    PublishedFolderBusy,
    PublishedFolderUnfit,
    PublishedOtherwise,
    publish,
)
from api.proving import NothingSigned
from domain.errors import LogCorrupt
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.keyring import Keys
from ledger.proof.note import COSIGNATURE, Note, PrivateKey, VerifierKey, cosign
from ledger.proof.tiles import FolderTiles, Tree, entries_of, tiles_of
from ledger.transparency import leaf_hash
from tests.books import Book, merkle_root, read_log, whole_trade
from tests.published_logs import files_in, leaves_of, note_of, publish_leaves, write
from tests.tampering import tampering


def traded(book: Book, trades: int) -> None:
    """Play further trades, all at once."""
    size = len(read_log(book.pool))
    said = chain.from_iterable(whole_trade(f"PO-{size}-{number}") for number in range(trades))
    for future in book.writer.submit_all([book.submission(command) for command in said]):
        future.result(timeout=30)


@pytest.fixture
def opened(book: Book, tmp_path: Path) -> OpenedBook:
    """Return a book whose log fills two tiles and a part of the third, with a key that has signed it."""
    traded(book, 32)
    opened = OpenedBook(book.pool, "main", Keys(tmp_path / "keys"))
    opened.keyring.make_key("ledger.example/main", b"\x07" * 32)
    opened.signer.sign_head()
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "published"


def grow(book: Book, opened: OpenedBook, trades: int = 1) -> None:
    traded(book, trades)
    opened.signer.sign_head()


def published_anew(opened: OpenedBook, folder: Path) -> dict[str, bytes]:
    """Return what a folder that never was published to gets."""
    publish(opened, folder)
    return files_in(folder)


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    """Return which file stands under each path: its number may be that of one which went, its time isn't."""
    stats = {path: (folder / path).stat() for path in files_in(folder)}
    return {path: (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


# What is there.


def test_folder_has_the_files_that_the_specification_names_and_no_others(opened: OpenedBook, folder: Path) -> None:
    report = publish(opened, folder)
    rows = read_log(opened.pool)
    tiles, bundles = list(tiles_of(len(rows))), list(entries_of(len(rows)))
    assert len(rows) > 512
    assert set(files_in(folder)) == {"checkpoint", *(each.path for each in tiles), *(each.path for each in bundles)}
    signed = open_checkpoint((folder / "checkpoint").read_bytes(), opened.keyring.verifier_keys())
    root = merkle_root([row.leaf_hash for row in rows])
    assert signed.checkpoint == Checkpoint("ledger.example/main", len(rows), root)
    assert Tree(FolderTiles(folder), len(rows)).root() == root
    assert (report.size, report.root, report.since) == (len(rows), root.hex(), 0)
    assert (report.tiles, report.entry_bundles) == (len(tiles), len(bundles))


def test_every_file_is_what_the_leaves_alone_give(opened: OpenedBook, folder: Path, tmp_path: Path) -> None:
    leaves = leaves_of(read_log(opened.pool))
    publish_leaves(tmp_path / "by hand", "ledger.example/main", leaves)
    assert files_in(tmp_path / "by hand") == published_anew(opened, folder)
    assert leaf_hash(leaves[-1]) == (folder / list(tiles_of(len(leaves)))[2].path).read_bytes()[-32:]


def test_hashes_are_for_everybody_and_events_for_their_owner(opened: OpenedBook, folder: Path) -> None:
    umask = os.umask(0o027)
    try:
        publish(opened, folder)
    finally:
        os.umask(umask)
    modes = {path: stat.S_IMODE((folder / path).stat().st_mode) for path in files_in(folder)}
    private = {path for path in modes if path.startswith("tile/entries/")}
    assert {modes[path] for path in private} == {0o600}
    assert {modes[path] for path in modes.keys() - private} == {0o644}
    assert stat.S_IMODE((folder / "tile/entries").stat().st_mode) == 0o700


def test_a_public_folder_has_no_event_in_it_and_may_get_them_later(
    opened: OpenedBook, folder: Path, tmp_path: Path
) -> None:
    publish(opened, folder, entries=False)
    assert not any("entries" in path for path in files_in(folder))
    assert not any(b"hold.released" in content for content in files_in(folder).values())
    publish(opened, folder)
    assert files_in(folder) == published_anew(opened, tmp_path / "anew")


# Again and again.


def test_what_stands_there_is_not_written_again(book: Book, opened: OpenedBook, folder: Path, tmp_path: Path) -> None:
    first = publish(opened, folder)
    before = identities(folder)
    nothing = publish(opened, folder)
    assert (nothing.since, nothing.tiles, nothing.entry_bundles) == (first.size, 0, 0)
    grow(book, opened)
    report = publish(opened, folder)
    kept = identities(folder)
    assert report.since == first.size
    assert {path for path in before if kept.get(path) == before[path]} == set(before) - {"checkpoint"}
    assert (report.tiles, report.entry_bundles) == (1, 1)
    assert published_anew(opened, tmp_path / "anew").items() <= files_in(folder).items()


def test_a_full_tile_takes_the_place_of_its_beginnings(
    book: Book, opened: OpenedBook, folder: Path, tmp_path: Path
) -> None:
    publish(opened, folder)
    assert (folder / "tile/0/002.p").is_dir()
    grow(book, opened, trades=14)
    publish(opened, folder)
    assert (folder / "tile/0/002").is_file()
    assert not (folder / "tile/0/002.p").exists()
    assert not (folder / "tile/entries/002.p").exists()
    assert published_anew(opened, tmp_path / "anew").items() <= files_in(folder).items()


def test_a_file_that_was_lost_is_written_again(opened: OpenedBook, folder: Path) -> None:
    whole = published_anew(opened, folder)
    for lost in ("tile/0/001", "tile/entries/000"):
        (folder / lost).unlink()
    report = publish(opened, folder)
    assert (report.tiles, report.entry_bundles) == (1, 1)
    assert files_in(folder) == whole


def test_a_cosignature_that_came_later_stands_under_the_checkpoint(opened: OpenedBook, folder: Path) -> None:
    report = publish(opened, folder)
    witness = PrivateKey(b"\x08" * 32)
    key = VerifierKey("witness.example/bank", COSIGNATURE, witness.public)
    text = Note.parse((folder / "checkpoint").read_bytes()).text
    line = cosign(text, key.name, witness, at=1_800_000_000).line
    with opened.pool.connection() as connection:
        connection.execute(
            "INSERT INTO ledger.cosignatures (book, origin, size, witness, line, cosigned_at)"
            " VALUES ('main', %s, %s, %s, %s, now())",
            (report.origin, report.size, str(key), line),
        )
    assert publish(opened, folder).tiles == 0
    note = (folder / "checkpoint").read_bytes()
    assert key in open_checkpoint(note, opened.keyring.verifier_keys(), witnesses=[key]).signed_by


class StoppedError(Exception):
    pass


def stopping_after(files: int) -> Callable[[int, int], None]:
    def stop(done: int, _total: int) -> None:
        if done == files:
            raise StoppedError

    return stop


@pytest.mark.parametrize("files", [2, 5])
def test_a_run_that_was_stopped_leaves_what_was_published_and_the_next_one_goes_on(
    book: Book, opened: OpenedBook, folder: Path, tmp_path: Path, files: int
) -> None:
    before = published_anew(opened, folder)
    grow(book, opened, trades=14)
    with pytest.raises(StoppedError):
        publish(opened, folder, progress=stopping_after(files))
    assert before.items() <= files_in(folder).items()
    write(folder / "tile/0/002.unfinished", b"torn")
    write(folder / "tile/0/002", b"of a history that was lost")
    publish(opened, folder)
    assert published_anew(opened, tmp_path / "anew").items() <= files_in(folder).items()


# Refused.


def refused(opened: OpenedBook, folder: Path) -> PublishedOtherwise:
    """Return why nothing is published, after making sure that nothing was."""
    before = identities(folder), files_in(folder)
    with pytest.raises(PublishedOtherwise) as told:
        publish(opened, folder)
    assert (identities(folder), files_in(folder)) == before
    return told.value


def test_another_log_is_not_written_over(opened: OpenedBook, folder: Path) -> None:
    publish_leaves(folder, "ledger.example/other", leaves_of(read_log(opened.pool))[:300])
    assert (refused(opened, folder).origin, refused(opened, folder).size) == ("ledger.example/other", 300)


def test_a_log_that_was_published_further_is_not_taken_back(opened: OpenedBook, folder: Path) -> None:
    leaves = leaves_of(read_log(opened.pool))
    publish_leaves(folder, "ledger.example/main", [*leaves, b"one more"])
    assert refused(opened, folder).problem == f"the log is signed up to {len(leaves)} only"


def test_another_history_of_the_log_is_not_gone_on_with(opened: OpenedBook, folder: Path) -> None:
    leaves = leaves_of(read_log(opened.pool))[:400]
    publish_leaves(folder, "ledger.example/main", [*leaves[:399], b"another"])
    assert refused(opened, folder).problem == "another history"


@pytest.mark.parametrize(
    "files", [{"index.html": b""}, {"checkpoint": b"none"}, {"checkpoint": note_of(Checkpoint("a", 1, b"short"))}]
)
def test_a_folder_of_something_else_is_left_alone(opened: OpenedBook, folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        write(folder / path, content)
    with pytest.raises(PublishedFolderUnfit):
        publish(opened, folder)
    assert files_in(folder) == files


def test_a_folder_that_is_a_file_is_refused(opened: OpenedBook, folder: Path) -> None:
    folder.write_bytes(b"")
    with pytest.raises(PublishedFolderUnfit):
        publish(opened, folder)


def test_two_do_not_publish_to_one_folder_at_once(opened: OpenedBook, folder: Path) -> None:
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(PublishedFolderBusy):
        publish(opened, folder)
    os.close(descriptor)
    assert publish(opened, folder).since == 0


def test_a_log_that_nobody_signed_is_not_published(book: Book, folder: Path) -> None:
    with pytest.raises(NothingSigned):
        publish(OpenedBook(book.pool, "main"), folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger.events SET leaf_hash = sha256('') WHERE book = 'main' AND position = 5",
        "UPDATE ledger.events SET state = state || '\n' WHERE book = 'main' AND position = 5",
        "DELETE FROM ledger.events WHERE book = 'main' AND position = 500",
        "DELETE FROM ledger.tree_hashes WHERE book = 'main' AND number = 1",
    ],
)
def test_a_log_that_is_not_the_one_signed_is_not_published(opened: OpenedBook, folder: Path, change: str) -> None:
    with tampering(opened.pool) as connection:
        assert connection.execute(change.encode()).rowcount
    with pytest.raises(LogCorrupt):
        publish(opened, folder)
    assert not (folder / "checkpoint").exists()
