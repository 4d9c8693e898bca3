"""
Verify an evidence pack of a trade-assurance ledger; it takes this file, Python 3.10 or newer, and `cryptography`.

    python verify_pack.py PACK.zip --key KEY [--witness-policy FILE | --witness KEY .. [--quorum N]]
                          [--time-roots PEM] [--json]

Take this file and the keys from somebody you trust, never from the pack. Exit status: 0 verified (redacted, erased and
withheld are no fault), 1 altered, 2 incomplete, 3 not trusted or not readable. See docs/evidence-packs.md.
"""
# ruff: noqa: D102, D103, EM101, TRY301 - to be read in ten minutes, from top to bottom

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_pem_x509_certificates

HEADER = "trade-ledger.evidence-pack/v1"
SAID = ("about", "book", "origin", "made_at", "role", "party", "checkpoint")
ENVELOPE = {"schema", "occurred_at", "recorded_at", "posting_date", "actor", "role", "event"}
HASH_BYTES = 32
ARCHIVE_BYTES_MAX, MEMBERS_MAX = 1 << 30, 20_000
ED25519, COSIGNATURE = 1, 4
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
MEMBER = re.compile(rf"([0-9a-f]{{64}}) (0|[1-9][0-9]{{0,10}}) ({NAME.pattern})")
SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
EXITS = {"not trusted": 3, "unreadable": 3, "altered": 1, "incomplete": 2}
"""The worst first; whatever else is said of a thing is no fault."""


class Finding(NamedTuple):
    """What is said of one thing: its state in a word, and why where that doesn't go without saying."""

    what: str
    state: str
    why: str = ""


class Stop(Exception):
    """A finding beyond which nothing can be said."""

    def __init__(self, *finding: str) -> None:
        super().__init__(*finding)
        self.finding = Finding(*finding)


# What the caller trusts. Nothing of it comes from the pack.


class Key(NamedTuple):
    """A verifier key as signed notes write it: NAME+HASH+BASE64 of a kind and 32 bytes."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str, kind: int) -> "Key":
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        material = unbase64(encoded) or b"\0"
        key = cls(name, material[0], material[1:])
        if not name or key.kind != kind or key.id.hex() != digest:
            raise ValueError(f"{text}: not a verifier key of a {'log' if kind == ED25519 else 'witness'}")
        return key

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def verifies(self, signature: bytes, text: str) -> bool:
        if self.kind == COSIGNATURE:
            seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = f"cosignature/v1\ntime {seconds}\n{text}"
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Trust(NamedTuple):
    """Keys of the log, keys of witnesses by name, groups of them (how many, of whom), and which makes the quorum."""

    keys: Sequence[Key]
    witnesses: dict[str, Key]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str
    time_roots: bytes = b""

    def is_met_by(self, signed: set[str], name: str) -> bool:
        least, members = self.groups.get(name, (1, []))
        return name in signed or name == "none" or sum(self.is_met_by(signed, each) for each in members) >= least


def read_policy(text: str) -> Trust:
    """Read a C2SP tlog-policy."""
    trust, quorum, known, free = Trust([], {}, {}, ""), "", {"none"}, set[str]()
    for words in filter(None, (line.split() for line in text.splitlines() if not line.lstrip().startswith("#"))):
        match words:
            case ["log", key, *_]:
                trust = trust._replace(keys=[*trust.keys, Key.parse(key, ED25519)])
            case ["witness", name, key, *_] if name not in known:
                trust.witnesses[name] = Key.parse(key, COSIGNATURE)
            case ["group", name, least, *members] if name not in known and len(free & set(members)) == len(members):
                numbers = {str(number): number for number in range(1, len(members) + 1)}
                trust.groups[name] = (numbers | {"any": 1, "all": len(members)})[least], members
                free -= set(members)
            case ["quorum", name] if not quorum and name in known:
                quorum = name
            case _:
                raise ValueError(f"not a line of a witness policy: {' '.join(words)}")
        new = {*trust.witnesses, *trust.groups} - known
        known, free = known | new, free | new
    if not quorum or len({key.public for key in trust.witnesses.values()}) < len(trust.witnesses):
        raise ValueError("the witness policy has no quorum, or one key twice")
    return trust._replace(quorum=quorum)


# The archive and its manifest.


def read_members(archive: bytes) -> dict[str, bytes]:
    """Return the members of a zip in which every byte belongs to one of them or to its directory."""
    unreadable = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, RuntimeError)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            check_framing(archive, opened.infolist())
            return {each.filename: opened.read(each) for each in opened.infolist()}
    except unreadable as error:
        raise Stop("archive", "unreadable", plain(str(error)) or type(error).__name__) from None


def check_framing(archive: bytes, entries: Sequence[zipfile.ZipInfo]) -> None:
    end = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if not NAME.fullmatch(each.filename) or each.flag_bits & ~0x806 or each.compress_type not in {0, 8}:
            raise ValueError(f"member {each.filename}: its name, or how it is packed, isn't allowed")
        if each.header_offset != end:
            raise ValueError(f"member {each.filename}: something is hidden before it, or it overlaps another")
        end += 30 + sum(struct.unpack_from("<HH", archive, end + 26)) + each.compress_size
    if len({each.filename.casefold() for each in entries}) < len(entries) or len(entries) > MEMBERS_MAX:
        raise ValueError("a member is there twice, or there are too many")
    if sum(each.file_size for each in entries) > ARCHIVE_BYTES_MAX:
        raise ValueError(f"unpacked it has more than {ARCHIVE_BYTES_MAX} bytes")
    directory = (b"PK\5\6", 0, 0, len(entries), len(entries), len(archive) - 22 - end, end, 0)
    if struct.unpack("<4s4H2LH", archive[-22:]) != directory:
        raise ValueError("something is hidden before, in or after its directory")


class Note(NamedTuple):
    """A text, the trusted key that signed it, and all signatures under it: name, key id, bytes."""

    text: str
    key: Key
    signatures: list[tuple[str, bytes, bytes]]


def open_note(note: bytes | None, what: str, keys: Sequence[Key]) -> Note:
    """Read a C2SP signed-note; a trusted key's signature that is of another text means that this one was altered."""
    if note is None:
        raise Stop(what, "incomplete", "it isn't there, and without it nothing is proved")
    text, empty, below = note.decode(errors="surrogateescape").rpartition("\n\n")
    lines = [SIGNATURE.fullmatch(line) for line in below.split("\n")[:-1]]
    if not empty or None in lines or not note.endswith(b"\n") or not (text := text + "\n").isascii():
        raise Stop(what, "altered", "it isn't a signed note")
    blobs = [(line[1], unbase64(line[2]) or b"") for line in lines if line]
    signatures = [(name, blob[:4], blob[4:]) for name, blob in blobs]
    signed = [(key, each[2]) for key in keys for each in signatures if each[:2] == (key.name, key.id)]
    if not signed:
        raise Stop(what, "not trusted", "no key that you trust signed it")
    if not all(key.verifies(signature, text) for key, signature in signed):
        raise Stop(what, "altered", f"the signature of {signed[0][0].name} isn't of this text")
    return Note(text, signed[0][0], signatures)


class Manifest(NamedTuple):
    """What the pack says of itself, and each member's SHA-256 and size."""

    said: dict[str, str]
    members: dict[str, tuple[str, int]]


def open_manifest(manifest: bytes | None, trust: Trust) -> Manifest:
    note = open_note(manifest, "manifest", trust.keys)
    header, *lines = note.text[:-1].split("\n")
    said = dict(line.partition(" ")[::2] for line in lines[: len(SAID)])
    listed = [MEMBER.fullmatch(line) for line in lines[len(SAID) :]]
    members = {line[3]: (line[1], int(line[2])) for line in listed if line}
    if header != HEADER or tuple(said) != SAID or len(members) < len(listed) or said["origin"] != note.key.name:
        raise Stop("manifest", "not trusted", "the log signed this text, but not as an evidence pack's manifest")
    if len(note.signatures) != 1:
        raise Stop("manifest", "altered", "there is more than one signature")
    return Manifest(said, members)


# The verification, in the order in which it is done.


class Verification:
    """Everything that is found out about one pack."""

    def __init__(self, archive: bytes, trust: Trust) -> None:
        self.trust = trust
        self.findings: list[Finding] = []
        self.said: dict[str, str] = {}
        self.members: dict[str, bytes] = {}
        self.events: dict[int, dict[str, Any]] = {}
        self.redacted: set[int] = set()
        try:
            self.run(archive)
        except Stop as stop:
            self.findings.append(stop.finding)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            self.say("pack", "altered", f"it isn't made as packs are: {type(error).__name__} {error}")

    @property
    def state(self) -> str:
        found = {finding.state for finding in self.findings}
        return next((state for state in EXITS if state in found), "verified")

    def say(self, what: str, state: str, why: str = "") -> None:
        self.findings.append(Finding(plain(what), state, plain(why)))

    def run(self, archive: bytes) -> None:
        self.members = read_members(archive)
        manifest = open_manifest(self.members.pop("manifest", None), self.trust)
        self.said = manifest.said
        self.check_members(manifest)
        self.check_checkpoint()
        self.check_witnesses()
        self.check_time()
        self.check_events()
        self.check_redacted()
        if "events.json" in self.members:
            self.check_versions()
            self.check_journal()
            self.check_openings()
            self.check_documents()

    def check_members(self, manifest: Manifest) -> None:
        for name, (digest, size) in manifest.members.items():
            content = self.members.get(name)
            if content is None:
                self.say(name, "incomplete", "the manifest names it, but it isn't there")
            elif (hashlib.sha256(content).hexdigest(), len(content)) != (digest, size):
                self.say(name, "altered", "it isn't what the manifest says")
        for name in sorted(self.members.keys() - manifest.members.keys()):
            self.say(name, "altered", "the manifest doesn't name it")

    def check_checkpoint(self) -> None:
        self.checkpoint = open_note(self.members.get("checkpoint"), "checkpoint", self.trust.keys)
        origin, size, root, *_ = self.checkpoint.text.split("\n")
        self.size, self.root = int(size), unbase64(root) or b""
        if (origin, str(self.size)) != (self.checkpoint.key.name, self.said["checkpoint"]) or origin != self.said[
            "origin"
        ]:
            raise Stop("checkpoint", "altered", "it isn't the one that the manifest names")
        if len(self.root) != HASH_BYTES:
            raise Stop("checkpoint", "altered", "its root is no SHA-256")
        self.say("checkpoint", "verified", f"{size} events, root {root}, signed by {origin}")

    def check_witnesses(self) -> None:
        signed = set()
        for name, key in self.trust.witnesses.items():
            for by, key_id, signature in self.checkpoint.signatures:
                if (by, key_id) == (key.name, key.id):
                    if not key.verifies(signature, self.checkpoint.text):
                        raise Stop("checkpoint", "altered", f"the cosignature of {by} isn't of this text")
                    at = datetime.fromtimestamp(int.from_bytes(signature[:8], "big"), timezone.utc)  # noqa: UP017
                    self.say(f"witness {by}", "verified", f"cosigned at {at:%Y-%m-%d %H:%M:%S} UTC")
                    signed.add(name)
        if not self.trust.quorum:
            cosigned = len(self.checkpoint.signatures) - 1
            self.say("witnesses", "not checked", f"{cosigned} signatures, of nobody that you said you trust")
        elif not self.trust.is_met_by(signed, self.trust.quorum):
            self.say("witnesses", "not trusted", "too few of those that you trust cosigned the checkpoint")

    def check_time(self) -> None:
        token, text = self.members.get("time-token.der"), self.checkpoint.text.encode()
        if token is None:
            return
        try:
            from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415
        except ImportError:
            self.say("time token", "not checked", "that takes the library rfc3161-client")
            return
        try:
            granted = b"\x30\x03\x02\x01\x00" + token
            length = len(granted).to_bytes((len(granted).bit_length() + 7) // 8, "big")
            answer = decode_timestamp_response(bytes([0x30, 0x80 + len(length)]) + length + granted)
            if answer.tst_info.message_imprint.message != hashlib.sha256(text).digest():
                raise ValueError("it is over another text than the checkpoint's")
            at = f"the checkpoint was there by {answer.tst_info.gen_time:%Y-%m-%d %H:%M:%S} UTC"
            if self.trust.time_roots:
                roots = load_pem_x509_certificates(self.trust.time_roots)
                VerifierBuilder(roots=roots).build().verify_message(answer, text)
                self.say("time token", "verified", at)
            else:
                self.say("time token", "not checked", f"it says that {at}; say whom you trust: --time-roots")
        except (ValueError, VerificationError) as error:
            self.say("time token", "altered", str(error))

    def check_events(self) -> None:
        """Each event is there twice, as the log hashed it and readable; what differs between them is named."""
        self.events = self.by_position("events.json")
        leaves = {int(name[7:-5]) for name in self.members if re.fullmatch(r"events/[0-9]{6,18}\.leaf", name)}
        for position in sorted(self.events.keys() | leaves):
            leaf, copy = self.members.get(f"events/{position:06}.leaf"), self.events.get(position)
            named = f"event {position}" + (f" {copy['topic']} of {copy['originator_id']}" if copy else "")
            if leaf is None or copy is None or not self.has_proof(position):
                self.say(named, "incomplete", "its leaf, its readable copy or its proof isn't there")
            else:
                self.say(named, *self.judged(position, leaf, copy))
        if self.said["about"] not in {copy["originator_id"] for copy in self.events.values()}:
            self.say(self.said["about"], "incomplete", "nothing that happened to it is here")

    def judged(self, position: int, leaf: bytes, copy: dict[str, Any]) -> tuple[str, str]:
        proved = self.proves(position, hashlib.sha256(b"\0" + leaf).digest())
        try:
            differing = "; ".join(differences(read_leaf(leaf), copy))
        except (ValueError, struct.error) as error:
            return "altered", f"its leaf isn't one: {error}"
        if proved and differing:
            return "altered", f"its readable copy differs from the log (log, copy): {differing}"
        if not proved and differing:
            return "altered", f"its leaf isn't in the log there, and differs from its readable copy in {differing}"
        return ("verified", "") if proved else ("altered", "its proof doesn't lead to the checkpoint's root")

    def check_redacted(self) -> None:
        for position, each in self.by_position("redacted.json").items():
            self.redacted.add(position)
            if not self.has_proof(position):
                self.say(f"event {position}", "incomplete", "it is redacted, and its proof isn't there")
            elif position in self.events or not self.proves(position, bytes.fromhex(each["leaf_hash"])):
                self.say(f"event {position}", "altered", "it is redacted, but no such leaf hash is in the log there")
            else:
                self.say(f"event {position}", "redacted", "its leaf hash alone is here, and that is in the log")

    def has_proof(self, position: int) -> bool:
        return f"proofs/{position:06}.tlog-proof" in self.members

    def proves(self, position: int, leaf_hash: bytes) -> bool:
        """Return whether a leaf hash stands at a position of the log, by its C2SP tlog-proof."""
        head, _, checkpoint = self.members[f"proofs/{position:06}.tlog-proof"].partition(b"\n\n")
        header, *lines = head.decode(errors="replace").split("\n")
        hashes = [unbase64(line) or b"" for line in lines[1:]]
        stated = (header, lines[:1], checkpoint)
        if stated != ("c2sp.org/tlog-proof@v1", [f"index {position - 1}"], self.members["checkpoint"]):
            return False
        return root_of(leaf_hash, position - 1, self.size, hashes) == self.root

    def check_versions(self) -> None:
        """What happens to one thing is numbered: where a number is missing, a redacted event has to stand between."""
        last: dict[str, tuple[int, int]] = {}
        for position, event in sorted(self.events.items()):
            thing, version = event["originator_id"], event["version"]
            before, number = last.get(thing, (0, 0))
            last[thing] = position, version
            # A dispute's pack has, of the order's money and clocks, only what concerns the dispute.
            whole = thing == self.said["about"] or self.said["about"].startswith("order:")
            if whole and version - number - 1 > sum(before < each < position for each in self.redacted):
                self.say(thing, "incomplete", f"what happened between its events {number} and {version} is left out")

    def check_journal(self) -> None:
        """An entry is an event's and sums to zero; what an event of a kind posts, the log's rules say."""
        for position, entry in self.by_position("journal.json").items():
            event, sums = self.events.get(position, {"topic": "", "state": {"posting_date": ""}}), Counter[str]()
            for posting in entry["postings"]:
                sums[posting["currency"]] += posting["amount_minor"]
            of_event = (event["topic"], event["state"]["posting_date"]) == (entry["topic"], entry["posting_date"])
            self.say(f"entry {position}", "balanced" if of_event and not any(sums.values()) else "altered")

    def check_openings(self) -> None:
        """A value in clear is what its event commits to; of one that is erased, the commitment is all that is left."""
        for each in self.json("openings.json"):
            named, commitment = f"{each['field']} of event {each['position']}", each["commitment"]
            hashed = hashlib.sha256(bytes.fromhex(each["salt"]) + each["value"].encode()).hexdigest()
            if f'"{commitment}"' not in json.dumps(self.events.get(each["position"], {}).get("state")):
                self.say(named, "altered", "its event doesn't commit to it")
            elif each["state"] == "open" and hashed != commitment:
                self.say(named, "altered", "its event commits to another")
            else:
                self.say(named, {"open": "open", "erased": "erased", "withheld": "withheld"}[each["state"]])

    def check_documents(self) -> None:
        listed, handed_in = self.by_position("evidence.json"), set[str]()
        for position, event in self.events.items():
            if event["topic"] == "dispute.evidence_submitted":
                said, row = event["state"]["event"], listed.pop(position, {"state": "unlisted"})
                name = f"evidence/{said['sha256']}"
                state = {"absent": "erased", "withheld": "withheld"}.get(row["state"], "incomplete")
                if (content := self.members.get(name)) is not None:
                    is_it = (hashlib.sha256(content).hexdigest(), len(content)) == (said["sha256"], said["size_bytes"])
                    state = "verified" if is_it else "altered"
                self.say(f"document {said['evidence']} of {event['originator_id']}", state, f"SHA-256 {said['sha256']}")
                handed_in.add(name)
        for position in listed:
            self.say(f"document of event {position}", "altered", "that event hands in no document")
        for name in {name for name in self.members if name.startswith("evidence/")} - handed_in:
            self.say(name, "altered", "no event hands it in")

    def by_position(self, name: str) -> dict[int, dict[str, Any]]:
        rows = self.json(name)
        found = {row["position"]: row for row in rows}
        if len(found) < len(rows):
            self.say(name, "altered", "it has two rows for one position")
        return found

    def json(self, name: str) -> Any:
        """Return what a member says, or nothing, where it isn't there or can't be read."""
        try:
            return strict_json(self.members[name]) if name in self.members else []
        except (ValueError, RecursionError) as error:
            self.say(name, "altered", f"it can't be read: {error}")
            return []


# How things are written.


def read_leaf(leaf: bytes) -> dict[str, Any]:
    """Read 0x01, u64 position, u16+originator, u64 version, u16+topic, u32+state; big-endian, and nothing after."""
    kind, position, length = struct.unpack_from(">BQH", leaf)
    originator, leaf = leaf[11 : 11 + length], leaf[11 + length :]
    version, length = struct.unpack_from(">QH", leaf)
    topic, leaf = leaf[10 : 10 + length], leaf[10 + length :]
    (length,) = struct.unpack_from(">I", leaf)
    state = strict_json(leaf[4:])
    if kind != 1 or length != len(leaf) - 4 or not isinstance(state, dict) or ENVELOPE - state.keys():
        raise ValueError("not in the leaf format 1")
    read = {"position": position, "originator_id": originator.decode(), "version": version}
    return read | {"topic": topic.decode(), "state": state}


def root_of(reached: bytes, node: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2), empty if it hasn't the right hashes."""
    last = size - 1
    for each in hashes:
        if last == 0 or len(each) != HASH_BYTES:
            return b""
        if node & 1 or node == last:
            reached = hashlib.sha256(b"\1" + each + reached).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            reached = hashlib.sha256(b"\1" + reached + each).digest()
        node, last = node >> 1, last >> 1
    return reached if last == 0 else b""


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield each field in which two JSON values differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        yield from (f"{path}.{name} (in one only)".lstrip(".") for name in sorted(one.keys() ^ other.keys()))
        for name in [name for name in one if name in other]:
            yield from differences(one[name], other[name], f"{path}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other)):  # noqa: B905 - of one length
            yield from differences(*pair, f"{path}.{number}")
    elif type(one) is not type(other) or one != other:
        yield f"{path} ({json.dumps(one)[:80]}, {json.dumps(other)[:80]})"


def strict_json(content: bytes) -> Any:
    """Read JSON without double fields and without numbers that aren't whole."""

    def refuse(text: str) -> None:
        raise ValueError(f"{text} is no whole number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a field is there twice")
        return dict(pairs)

    return json.loads(content.decode(), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)


def unbase64(text: str) -> bytes | None:
    """Return what base64 stands for; nothing where it isn't the one way to write it."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None


def plain(text: str) -> str:
    """Return a text without what a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in text)


# The command.


def trust_of(given: argparse.Namespace) -> Trust:
    trust = Trust([], {}, {}, "")
    if given.witness_policy:
        trust = read_policy(given.witness_policy.read_text())
    elif given.witness:
        asked = [f"witness {number} {key}" for number, key in enumerate(given.witness, start=1)]
        numbers = " ".join(str(number) for number in range(1, len(asked) + 1))
        trust = read_policy("\n".join([*asked, f"group asked {given.quorum or len(asked)} {numbers}", "quorum asked"]))
    keys = [*(Key.parse(key, ED25519) for key in given.key), *trust.keys]
    if not keys:
        raise ValueError("say which key of the log you trust: --key NAME+HASH+BASE64")
    return trust._replace(keys=keys, time_roots=given.time_roots.read_bytes() if given.time_roots else b"")


def report(found: Verification) -> str:
    """Return everything that was found, a line each, and what it comes to."""
    lines = [f"{each.state:<12} {each.what}" + (f": {each.why}" if each.why else "") for each in found.findings]
    said = [f"{name} {plain(value)}" for name, value in found.said.items()]
    counts = ", ".join(f"{count} {state}" for state, count in Counter(each.state for each in found.findings).items())
    return "\n".join([*lines, "", ", ".join(said), counts, found.state.upper()])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--key", action="append", default=[], help="a verifier key of the log; repeat for older ones")
    parser.add_argument("--witness-policy", type=Path, help="a C2SP tlog-policy; log keys in it are trusted as well")
    parser.add_argument("--witness", action="append", default=[], help="a verifier key of a witness; repeat")
    parser.add_argument("--quorum", type=int, default=0, help="how many of these have to have cosigned; else all")
    parser.add_argument("--time-roots", type=Path, help="certificates, PEM, that the time authority has to lead to")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        trust = trust_of(given)
        if given.pack.stat().st_size > ARCHIVE_BYTES_MAX:
            raise ValueError(f"{given.pack} has more than {ARCHIVE_BYTES_MAX} bytes")
        found = Verification(given.pack.read_bytes(), trust)
    except (LookupError, OSError, ValueError) as error:
        print(plain(str(error)), file=sys.stderr)  # noqa: T201
        return 3
    findings = [each._asdict() for each in found.findings]
    as_json = json.dumps({"state": found.state, **found.said, "findings": findings}, indent=2)
    print(as_json if given.json else report(found).encode("ascii", "backslashreplace").decode())  # noqa: T201
    return EXITS.get(found.state, 0)


if __name__ == "__main__":
    sys.exit(main())
