"""
A published log is a book's log as static files, laid out as C2SP tlog-tiles says, for anybody to serve.

    DIR/checkpoint                the signed note, with all cosignatures; written last
    DIR/tile/LEVEL/N[.p/W]        hashes, which may be public
    DIR/tile/entries/N[.p/W]      events, for auditors only: nobody but their owner may read these files
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shutil import rmtree
from typing import ClassVar

import msgspec

from api.composition import OpenedBook
from api.proving import NothingSigned
from domain.errors import Conflict, LogCorrupt, Malformed, Refused
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed
from ledger.proof.kept_log import DatabaseTiles, KeptCheckpoint, cosigned_note, find_checkpoint, read_entries
from ledger.proof.note import Note, NoteMalformed
from ledger.proof.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Entries,
    FolderTiles,
    Tile,
    TileBroken,
    Tree,
    entries_of,
    tile_root,
    tiles_of,
)
from ledger.proof.whole_tree import leaf_hashes_in
from ledger.transparency import HASH_BYTES
from projections.projection import take_time

CHECKPOINT = "checkpoint"
TILES = "tile"
PAGE_TILES = 64

_UNFINISHED = ".unfinished"
_PUBLIC_FILE, _PRIVATE_FILE, _PRIVATE_FOLDER = 0o644, 0o600, 0o700


@dataclass(eq=False, kw_only=True)
class PublishedFolderUnfit(Malformed):
    """The folder can't be published to: it holds something else than a published log, or can't be written."""

    code: ClassVar[str] = "log.published_folder_unfit"
    folder: str
    problem: str


@dataclass(eq=False, kw_only=True)
class PublishedFolderBusy(Conflict):
    """Somebody publishes to the folder at this moment."""

    code: ClassVar[str] = "log.published_folder_busy"
    folder: str


@dataclass(eq=False, kw_only=True)
class PublishedOtherwise(Refused):
    """What the folder has isn't the beginning of this log: another log, or another history. Publish to a new folder."""

    code: ClassVar[str] = "log.published_otherwise"
    folder: str
    origin: str
    size: int
    problem: str


class PublishReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What stands in a folder now, and how much of it was written this time.

    size: events up to the checkpoint; root: hexadecimal; since: how many of them were published before.
    """

    origin: str
    size: int
    root: str
    since: int
    tiles: int
    entry_bundles: int
    bytes: int


def publish(
    book: OpenedBook,
    folder: Path,
    *,
    entries: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> PublishReport:
    """
    Write the log of the latest checkpoint to a folder, which may hold it as it was before: then only what is new.

    entries: the events too; without them the folder may be public. `progress` is told how many files are written, of
    how many.

    Raises, in this order: NothingSigned, PublishedFolderUnfit, PublishedFolderBusy, PublishedOtherwise, LogCorrupt.
    """
    with book.pool.connection() as connection:
        take_time(connection)
        kept = find_checkpoint(connection, book.name)
        if kept is None:
            raise NothingSigned(size=book.runner.head())
        try:
            with _locked(folder):
                return _Publishing(connection, book.name, folder, kept).run(entries=entries, progress=progress)
        except OSError as error:
            raise PublishedFolderUnfit(folder=str(folder), problem=error.strerror or str(error)) from None


class _Publishing:
    """One run: what is there, and what of a checkpoint's log isn't."""

    def __init__(self, connection: Connection, book: str, folder: Path, kept: KeptCheckpoint) -> None:
        self._connection = connection
        self._book = book
        self._folder = folder
        self._kept = kept
        self._source = DatabaseTiles(connection, book)
        self._roots: dict[tuple[int, int], bytes] = {}
        self._bytes = 0

    def run(self, *, entries: bool, progress: Callable[[int, int], None]) -> PublishReport:
        origin, size, root, _ = self._kept.checkpoint
        since = self._since()
        tiles = [each for each in tiles_of(size) if not self._stands(each, since)]
        bundles = [each for each in entries_of(size) if entries and not self._stands(each, since)]
        total = len(tiles) + len(bundles) + 1
        if bundles:
            self._make_private_folder()
        for done, written in enumerate(chain(self._write_tiles(tiles), self._write_entries(bundles)), start=1):
            self._bytes += written
            progress(done, total)
        os.sync()  # what the checkpoint speaks of is on the disk before it
        self._write(CHECKPOINT, cosigned_note(self._connection, self._book, self._kept), _PUBLIC_FILE)
        self._remove_superseded((*tiles, *bundles))
        progress(total, total)
        return PublishReport(
            origin=origin,
            size=size,
            root=root.hex(),
            since=since,
            tiles=len(tiles),
            entry_bundles=len(bundles),
            bytes=self._bytes,
        )

    def _since(self) -> int:
        """Return how much is published already, and is the beginning of this log."""
        published, present = self._published(), self._kept.checkpoint
        tree = Tree(self._source, present.size)
        try:
            root = tree.root()
        except TileBroken as broken:
            raise LogCorrupt(book=self._book, position=present.size, what=str(broken)) from None
        if root != present.root:
            raise LogCorrupt(book=self._book, position=present.size, what="the log isn't the one that was signed")
        if published is None:
            return 0
        if published.origin != present.origin:
            raise self._otherwise(published, f"the log calls itself {present.origin}")
        if published.size > present.size:
            raise self._otherwise(published, f"the log is signed up to {present.size} only")
        if tree.root_at(published.size) != published.root:
            raise self._otherwise(published, "another history")
        return published.size

    def _published(self) -> Checkpoint | None:
        file = self._folder / CHECKPOINT
        if file.exists():
            try:
                return Checkpoint.parse(Note.parse(file.read_bytes()).text)
            except (NoteMalformed, CheckpointMalformed) as error:
                raise PublishedFolderUnfit(folder=str(self._folder), problem=f"{CHECKPOINT}: {error}") from None
        others = {each.name for each in self._folder.iterdir()} - {TILES, CHECKPOINT + _UNFINISHED}
        if others:
            problem = f"has no {CHECKPOINT}, but {min(others)}"
            raise PublishedFolderUnfit(folder=str(self._folder), problem=problem)
        return None

    def _otherwise(self, published: Checkpoint, problem: str) -> PublishedOtherwise:
        folder = str(self._folder)
        return PublishedOtherwise(folder=folder, origin=published.origin, size=published.size, problem=problem)

    def _stands(self, part: Tile | Entries, since: int) -> bool:
        """Return whether a file is there, and was before: what a run that was stopped left may be of a lost history."""
        level = part.level if isinstance(part, Tile) else 0
        end = (part.number << TILE_HEIGHT) + part.width << TILE_HEIGHT * level
        return end <= since and (self._folder / part.path).exists()

    def _write_tiles(self, tiles: Sequence[Tile]) -> Iterator[int]:
        for start in range(0, len(tiles), PAGE_TILES):
            page = tiles[start : start + PAGE_TILES]
            for tile, hashes in zip(page, self._source.read(page), strict=True):
                self._check_tile(tile, hashes)
                yield self._write(tile.path, hashes, _PUBLIC_FILE)

    def _check_tile(self, tile: Tile, hashes: bytes) -> None:
        """Check that a tile is whole and has the roots of those below that were written before it."""
        below = range(tile.number * TILE_WIDTH, tile.number * TILE_WIDTH + tile.width)
        had = (hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES))
        if len(hashes) != HASH_BYTES * tile.width or any(
            self._roots.pop((tile.level, number), root) != root for number, root in zip(below, had, strict=True)
        ):
            raise self._unlike_signed(tile)
        if tile.width == TILE_WIDTH:
            self._roots[tile.level + 1, tile.number] = tile_root(hashes)

    def _write_entries(self, bundles: Sequence[Entries]) -> Iterator[int]:
        tiles = FolderTiles(self._folder)
        for each in bundles:
            content = read_entries(self._connection, self._book, each)
            if [leaf_hashes_in(content)] != tiles.read([Tile(0, *each)]):
                raise self._unlike_signed(each)
            yield self._write(each.path, content, _PRIVATE_FILE)

    def _unlike_signed(self, part: Tile | Entries) -> LogCorrupt:
        level = part.level if isinstance(part, Tile) else 0
        first = (part.number << TILE_HEIGHT * (level + 1)) + 1
        return LogCorrupt(book=self._book, position=first, what=f"{part.path} isn't that of the log that was signed")

    def _make_private_folder(self) -> None:
        (self._folder / TILES).mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (self._folder / TILES / "entries").mkdir(_PRIVATE_FOLDER)

    def _write(self, path: str, content: bytes, mode: int) -> int:
        """Write a file so that whoever finds it finds it whole; return its size."""
        named = self._folder / path
        unfinished = named.with_name(named.name + _UNFINISHED)
        named.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        unfinished.rename(named)
        return len(content)

    def _remove_superseded(self, written: Iterable[Tile | Entries]) -> None:
        """Remove the beginnings of tiles and bundles that are full now."""
        for part in written:
            if part.width == TILE_WIDTH:
                rmtree(self._folder / f"{part.path}.p", ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PublishedFolderBusy(folder=str(folder)) from None
    finally:
        os.close(descriptor)
