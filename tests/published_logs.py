"""Published logs for tests: static files of any leaves, signed by anybody; and what stands in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note import ED25519, PrivateKey, VerifierKey, sign, signed_note
from ledger.proof.tiles import TILE_WIDTH, Entries, Tile, bundle, tile_root
from ledger.proof.whole_tree import WholeTree, leaf_hashes_in
from ledger.transparency import leaf_bytes
from tests.books import LogRow

SIGNER = PrivateKey(b"\x07" * 32)


def verifier_key(origin: str, signer: PrivateKey = SIGNER) -> VerifierKey:
    return VerifierKey(origin, ED25519, signer.public)


def note_of(checkpoint: Checkpoint, signer: PrivateKey = SIGNER) -> bytes:
    return signed_note(checkpoint.text, [sign(checkpoint.text, checkpoint.origin, signer)])


def publish_leaves(folder: Path, origin: str, leaves: Sequence[bytes]) -> Checkpoint:
    """Publish leaves as a log, and return what its checkpoint says, which is written, too, signed by SIGNER."""
    starts = range(0, len(leaves), TILE_WIDTH)
    checkpoint = publish_bundles(folder, origin, (leaves[start : start + TILE_WIDTH] for start in starts))
    (folder / "checkpoint").write_bytes(note_of(checkpoint))
    return checkpoint


def publish_bundles(folder: Path, origin: str, bundles: Iterable[Sequence[bytes]]) -> Checkpoint:
    """Publish leaves, given 256 at a time, and return what their checkpoint would say."""
    tree, rest, size = WholeTree(), b"", 0
    for number, leaves in enumerate(bundles):
        content, width = bundle(leaves), len(leaves)
        rest = leaf_hashes_in(content)
        size += width
        write(folder / Entries(number, width).path, content)
        write(folder / Tile(0, number, width).path, rest)
        if width == TILE_WIDTH:
            for tile, hashes in tree.add(tile_root(rest)):
                write(folder / tile.path, hashes)
            rest = b""
    for tile, hashes in tree.edges():
        write(folder / tile.path, hashes)
    return Checkpoint(origin, size, tree.root(rest))


def leaves_of(rows: Iterable[LogRow]) -> list[bytes]:
    return [leaf_bytes(*row[:5]) for row in rows]


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what stands in each file below a folder, by its path."""
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in sorted(folder.rglob("*")) if each.is_file())
