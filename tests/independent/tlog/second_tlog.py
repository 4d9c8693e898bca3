"""
A second implementation of C2SP tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof.

    python -I -S second_tlog.py FOLDER KEY... [OLDER-CHECKPOINT or PROOF.tlog-proof]...

Written from the specifications, RFC 6962 and RFC 8032; shares no code with the first, and needs Python alone. It reads
everything: each entry is hashed, each tile compared, each proof followed.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

Tree = tuple[str, int, bytes]
"""Origin, size, root."""


class VerificationError(Exception):
    """Something isn't as its specification says."""


def expect(holds: object, what: str) -> None:
    if not holds:
        raise VerificationError(what)


# Ed25519: RFC 8032, section 5.1 and 6. Points are X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    product = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point, scalar = add(point, point), scalar >> 1
    return product


def decompress(packed: bytes) -> Point:
    number = int.from_bytes(packed, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    expect(y < P, "a point isn't on the curve")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    expect(not (x * x - square) % P and (x or not sign), "a point isn't on the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature is one of a message by a key."""
    if len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(decompress(r), times(h, decompress(public)))
    same = (left[0] * right[2] - right[0] * left[2]) % P == (left[1] * right[2] - right[1] * left[2]) % P == 0
    return s < L and same


# Notes and checkpoints.


def key_of(verifier_key: str) -> tuple[str, bytes, int, bytes]:
    """Return the name, the id, the type and the public key of NAME+HASH+BASE64."""
    name, key_id, encoded = verifier_key.split("+", 2)
    material = base64.b64decode(encoded, validate=True)
    expect(
        hashlib.sha256(f"{name}\n".encode() + material).hexdigest()[:8] == key_id,
        f"the id of {name}'s key isn't its own",
    )
    return name, bytes.fromhex(key_id), material[0], material[1:]


def open_note(note: bytes, verifier_keys: list[str]) -> tuple[str, dict[str, int | None]]:
    """Return the text and which keys signed it; of witnesses, when."""
    text, _, below = note.decode().rpartition("\n\n")
    expect(below.endswith("\n"), "a note ends with a newline")
    text += "\n"
    signed: dict[str, int | None] = {}
    for line in below.splitlines():
        dash, name, encoded = line.split(" ")
        blob = base64.b64decode(encoded, validate=True)
        for verifier_key in verifier_keys:
            known, key_id, kind, public = key_of(verifier_key)
            if dash == "—" and (name, blob[:4]) == (known, key_id):
                signed[verifier_key] = check_signature(kind, public, blob[4:], text)
    expect(signed, "nobody known signed it")
    return text, signed


def check_signature(kind: int, public: bytes, signature: bytes, text: str) -> int | None:
    message, at = text, None
    if kind == 4:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = f"cosignature/v1\ntime {at}\n{text}"
    expect(kind in (1, 4) and verifies(public, message.encode(), signature), "a signature doesn't verify")
    return at


def open_checkpoint(note: bytes, verifier_keys: list[str]) -> tuple[Tree, dict[str, int | None]]:
    """Return what a checkpoint says, signed by the key of its origin, and who else signed it."""
    text, signed = open_note(note, verifier_keys)
    origin, size, root = text.split("\n")[:3]
    expect((origin, 1) in [key_of(each)[0:3:2] for each in signed], f"{origin} didn't sign it")
    return (origin, int(size), base64.b64decode(root, validate=True)), signed


# Trees.


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """Return the hashes of all complete subtrees: first of one leaf, then of two, of four ..."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return levels


def root_of(levels: list[list[bytes]], size: int) -> bytes:
    """Return the root over the first leaves: complete subtrees as the bits of the size say, joined from the right."""
    subtrees = [levels[height][(size >> height) - 1] for height in range(size.bit_length()) if size >> height & 1]
    root = subtrees.pop(0) if subtrees else hashlib.sha256(b"").digest()
    for left in subtrees:
        root = node(left, root)
    return root


def root_by_inclusion(proof: list[bytes], leaf: bytes, index: int, size: int) -> bytes:
    """Return the root to which a proof of inclusion leads: RFC 6962, section 2.1.1, backwards."""
    expect(0 <= index < size, "no such leaf")
    if size == 1:
        expect(not proof, "the proof is too long")
        return leaf
    expect(proof, "the proof is too short")
    *below, last = proof
    middle = largest_power_below(size)
    if index < middle:
        return node(root_by_inclusion(below, leaf, index, middle), last)
    return node(last, root_by_inclusion(below, leaf, index - middle, size - middle))


def roots_by_consistency(proof: list[bytes], old_root: bytes, old: int, new: int) -> tuple[bytes, bytes]:
    """Return both roots to which a proof of consistency leads: RFC 6962, section 2.1.2, backwards."""
    expect(0 < old <= new, "no such older tree")
    return _subroots(proof, old_root, old, new, whole=True)


def _subroots(proof: list[bytes], old_root: bytes, old: int, new: int, *, whole: bool) -> tuple[bytes, bytes]:
    if old == new:
        expect(len(proof) == (0 if whole else 1), "the proof has another length")
        same = old_root if whole else proof[0]
        return same, same
    expect(proof, "the proof is too short")
    *below, last = proof
    middle = largest_power_below(new)
    if old <= middle:
        older, newer = _subroots(below, old_root, old, middle, whole=whole)
        return older, node(newer, last)
    older, newer = _subroots(below, old_root, old - middle, new - middle, whole=False)
    return node(last, older), node(last, newer)


def largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


# A published log.


def path_of(number: int, width: int) -> str:
    """Return 001 as "001", 1234 as "x001/234", and of a partial one of 5 "001.p/5"."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join(["x" + group for group in groups[:-1]] + groups[-1:]) + (f".p/{width}" if width < 256 else "")


def read_leaves(folder: Path, size: int) -> list[bytes]:
    """Return all entries, as they were logged."""
    leaves: list[bytes] = []
    for first in range(0, size, 256):
        bundle = (folder / "tile" / "entries" / path_of(first // 256, min(256, size - first))).read_bytes()
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            leaves.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    expect(len(leaves) == size, f"{len(leaves)} entries, not {size}")
    return leaves


def check_tiles(folder: Path, levels: list[list[bytes]]) -> int:
    """Compare every tile with what the entries give, and return how many there are."""
    count = 0
    for level, hashes in enumerate(levels[::8]):
        for first in range(0, len(hashes), 256):
            expected = hashes[first : first + 256]
            path = f"tile/{level}/" + path_of(first // 256, len(expected))
            expect((folder / path).read_bytes() == b"".join(expected), f"{path} isn't what the entries give")
            count += 1
    return count


def check_proof(file: bytes, verifier_keys: list[str], leaf_hashes: list[bytes]) -> int:
    """Check a tlog-proof file of one of the entries, and return its index."""
    head, _, checkpoint = file.partition(b"\n\n")
    header, *lines = head.decode().split("\n")
    expect(header == "c2sp.org/tlog-proof@v1", "not a proof file")
    if lines[0].startswith("extra "):
        del lines[0]
    index = int(lines[0].removeprefix("index "))
    (_, size, root), _ = open_checkpoint(checkpoint, verifier_keys)
    proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
    expect(root_by_inclusion(proof, leaf_hashes[index], index, size) == root, f"entry {index} isn't proved")
    return index


def check(folder: Path, verifier_keys: list[str], files: list[Path]) -> dict[str, object]:
    """Check a published log, and checkpoints and proofs kept elsewhere, and return what there is."""
    (origin, size, root), signed = open_checkpoint((folder / "checkpoint").read_bytes(), verifier_keys)
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in read_leaves(folder, size)]
    levels = levels_of(hashes)
    expect(root_of(levels, size) == root, "the checkpoint's root isn't the entries'")
    tiles = check_tiles(folder, levels)
    older, proofs = [], []
    for file in files:
        if file.suffix == ".tlog-proof":
            proofs.append(check_proof(file.read_bytes(), verifier_keys, hashes))
            continue
        (_, old_size, old_root), _ = open_checkpoint(file.read_bytes(), verifier_keys)
        expect(
            old_size <= size and root_of(levels, old_size) == old_root, f"the log doesn't go on where {file.name} ended"
        )
        older.append(old_size)
    names = sorted(key_of(each)[0] for each in signed)
    said = {"origin": origin, "size": size, "root": root.hex(), "signed_by": names}
    return said | {"tiles": tiles, "older": older, "proofs": proofs}


def main(arguments: list[str]) -> None:
    folder, *rest = arguments
    keys = [each for each in rest if each.count("+") >= 2]
    files = [Path(each) for each in rest if each not in keys]
    try:
        sys.stdout.write(json.dumps(check(Path(folder), keys, files)) + "\n")
    except (VerificationError, ValueError, OSError, IndexError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
