"""The stand-alone verifier of evidence packs, against packs made by hand: without a database or the maker's code."""

import hashlib
import io
import json
import random
import struct
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.packs.verify_pack import (
    COSIGNATURE,
    ED25519,
    EXITS,
    HEADER,
    Key,
    Trust,
    Verification,
    main,
    read_policy,
    report,
)
from domain.errors import Malformed
from ledger.proof.checkpoint import Checkpoint
from tests.naive_merkle import Naive
from tests.time_authority import issued, root, token

ORIGIN = "log.example/main"
LOG, BANK, NOTARY, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in range(1, 5))
SALT, COMMENT = b"s" * 16, "Half of the lamps don't light."
COMMITMENT = hashlib.sha256(SALT + COMMENT.encode()).hexdigest()
ERASED, PHOTO = "ab" * 32, b"\xff\xd8 a photograph"
SHA256 = hashlib.sha256(PHOTO).hexdigest()
COSIGNED_AT = 1_795_000_000
CHANGES = 1_000

Members = dict[str, bytes]
Change = Callable[[Members], object]


def vkey(key: Ed25519PrivateKey, name: str = ORIGIN, kind: int = ED25519) -> str:
    """Return NAME+HASH+BASE64, as C2SP signed-note says."""
    public = bytes([kind]) + key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return f"{name}+{key_id}+{b64encode(public).decode()}"


def line(key: Ed25519PrivateKey, text: str, name: str = ORIGIN) -> str:
    key_id = bytes.fromhex(vkey(key, name).split("+")[1])
    return f"— {name} {b64encode(key_id + key.sign(text.encode())).decode()}\n"


def cosigned(key: Ed25519PrivateKey, name: str, text: str, *, at: int = COSIGNED_AT) -> str:
    """Return a witness's signature line, as C2SP tlog-cosignature says."""
    key_id = bytes.fromhex(vkey(key, name, COSIGNATURE).split("+")[1])
    signed = key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    return f"— {name} {b64encode(key_id + at.to_bytes(8, 'big') + signed).decode()}\n"


def event(position: int, originator_id: str, version: int, topic: str, **fields: Any) -> dict[str, Any]:
    envelope: dict[str, Any] = dict.fromkeys(("schema", "occurred_at", "recorded_at"), "2026-11-22T09:00:00Z")
    envelope |= {"posting_date": "2026-11-22", "actor": "buyer:BUY-1", "role": "buyer", "principal": "api"}
    envelope |= {"command_id": f"c-{position}", "request_hash": "AA==", "salt": "AA==", "policy": "", "event": fields}
    return {
        "position": position,
        "originator_id": originator_id,
        "version": version,
        "topic": topic,
        "state": envelope | {"schema": 1},
    }


EVENTS = (
    event(2, "order:PO-1", 1, "order.placed", buyer="BUY-1", exporter="EXP-1", total_minor=10_000),
    event(3, "hold:PO-1", 1, "hold.payment_received", amount_minor=10_000, currency="USD"),
    event(5, "dispute:PO-1/1", 1, "dispute.opened", claims=[{"number": 1, "comment": COMMITMENT}]),
    event(6, "dispute:PO-1/1", 2, "dispute.message_posted", message=1, text=ERASED),
    event(7, "dispute:PO-1/1", 3, "dispute.evidence_submitted", evidence=1, sha256=SHA256, size_bytes=len(PHOTO)),
    event(9, "order:PO-1", 3, "order.completed"),
)
REDACTED, SIZE = (8,), 11


def leaf_of(said: dict[str, Any]) -> bytes:
    """Return an event's leaf by the words of the design: every length before its bytes."""
    originator: bytes = said["originator_id"].encode()
    topic: bytes = said["topic"].encode()
    state: bytes = json.dumps(said["state"], separators=(",", ":")).encode()
    leaf = struct.pack(">BQH", 1, said["position"], len(originator)) + originator
    leaf += struct.pack(">QH", said["version"], len(topic)) + topic
    return leaf + struct.pack(">I", len(state)) + state


LEAVES = {said["position"]: leaf_of(said) for said in EVENTS}
TREE = Naive([hashlib.sha256(b"\0" + LEAVES.get(n, b"another's %d" % n)).digest() for n in range(1, SIZE + 1)])
CHECKPOINT = f"{ORIGIN}\n{SIZE}\n{b64encode(TREE.root(0, SIZE)).decode()}\n"
JOURNAL = [
    {
        "position": 3,
        "posting_date": "2026-11-22",
        "topic": "hold.payment_received",
        "postings": [
            {"account": "clearing:card", "currency": "USD", "amount_minor": 10_000},
            {"account": "hold:PO-1", "currency": "USD", "amount_minor": -10_000},
        ],
    }
]
OPENINGS = [
    {"position": 5, "field": "claims.1.comment", "commitment": COMMITMENT, "state": "open"}
    | {"salt": SALT.hex(), "value": COMMENT},
    {"position": 6, "field": "messages.1.text", "commitment": ERASED, "state": "erased", "salt": "", "value": ""},
]
DOCUMENTS = [{"position": 7, "sha256": SHA256, "state": "here"}]


def proof(position: int, checkpoint: str) -> bytes:
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in TREE.path(position - 1, 0, SIZE))
    return f"c2sp.org/tlog-proof@v1\nindex {position - 1}\n{hashes}\n{checkpoint}".encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


def made(checkpoint: str | None = None) -> Members:
    """Return the members of a good pack, but for its manifest."""
    note = checkpoint or f"{CHECKPOINT}\n{line(LOG, CHECKPOINT)}"
    members = {
        "README.txt": b"Read me.\n",
        "events.json": as_json(EVENTS),
        "redacted.json": as_json([{"position": n, "leaf_hash": TREE.leaves[n - 1].hex()} for n in REDACTED]),
        "journal.json": as_json(JOURNAL),
        "openings.json": as_json(OPENINGS),
        "evidence.json": as_json(DOCUMENTS),
        f"evidence/{SHA256}": PHOTO,
        "checkpoint": note.encode(),
    }
    members |= {f"events/{position:06}.leaf": leaf for position, leaf in LEAVES.items()}
    return members | {f"proofs/{n:06}.tlog-proof": proof(n, note) for n in (*LEAVES, *REDACTED)}


def signed(
    members: Members, key: Ed25519PrivateKey = LOG, *, about: str = "order:PO-1", header: str = HEADER
) -> Members:
    """Return members with the manifest that the log, or whoever has a key, would sign for them."""
    said = {"about": about, "book": "main", "origin": ORIGIN, "made_at": "2026-11-23T12:00:00Z"}
    said |= {"role": "buyer", "party": "BUY-1", "checkpoint": str(SIZE)}
    listed = [f"{hashlib.sha256(each).hexdigest()} {len(each)} {name}" for name, each in members.items()]
    text = "\n".join((header, *(f"{name} {value}" for name, value in said.items()), *listed, ""))
    return {"manifest": f"{text}\n{line(key, text)}".encode(), **members}


def archive(members: Members) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, member in members.items():
            opened.writestr(zipfile.ZipInfo(name), member)
    return written.getvalue()


TRUST = Trust([Key.parse(vkey(LOG), ED25519)], {}, {}, "")
GOOD = signed(made())


def verified(members: Members, trust: Trust = TRUST) -> Verification:
    return Verification(archive(members), trust)


def edited(name: str, change: Callable[[Any], object], members: Members | None = None) -> Members:
    """Return a good pack in which what one member of JSON says is changed; nobody signed that."""
    of = dict(members or GOOD)
    said = json.loads(of[name])
    change(said)
    return of | {name: as_json(said)}


def first(**fields: Any) -> Callable[[list[dict[str, Any]]], object]:
    """Return a change of the first row."""
    return lambda rows: rows[0].update(fields)


def resigned(members: Members) -> Members:
    """Return a pack as the log's operator would lie: with a manifest to match."""
    return signed({name: member for name, member in members.items() if name != "manifest"})


def said_of(found: Verification, what: str) -> tuple[str, str]:
    (finding,) = [each for each in found.findings if each.what == what]
    return finding.state, finding.why


# A good pack.


def test_of_a_good_pack_each_thing_is_said_to_be_what_it_is() -> None:
    found = verified(GOOD)
    assert found.state == "verified", report(found)
    assert {each.what: each.state for each in found.findings} == {
        "checkpoint": "verified",
        "witnesses": "not checked",
        "event 2 order.placed of order:PO-1": "verified",
        "event 3 hold.payment_received of hold:PO-1": "verified",
        "event 5 dispute.opened of dispute:PO-1/1": "verified",
        "event 6 dispute.message_posted of dispute:PO-1/1": "verified",
        "event 7 dispute.evidence_submitted of dispute:PO-1/1": "verified",
        "event 8": "redacted",
        "event 9 order.completed of order:PO-1": "verified",
        "entry 3": "balanced",
        "claims.1.comment of event 5": "open",
        "messages.1.text of event 6": "erased",
        "document 1 of dispute:PO-1/1": "verified",
    }


def test_what_is_withheld_or_not_kept_any_more_is_no_fault() -> None:
    members = edited("openings.json", first(state="withheld", salt="", value=""))
    for state, called in (("withheld", "withheld"), ("absent", "erased")):
        without = edited("evidence.json", first(state=state), members)
        del without[f"evidence/{SHA256}"]
        found = verified(resigned(without))
        assert found.state == "verified", report(found)
        assert said_of(found, "claims.1.comment of event 5")[0] == "withheld"
        assert said_of(found, "document 1 of dispute:PO-1/1")[0] == called


# Whatever is changed is found.


def mutations(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield random changes of some bytes: one flipped, some put in, left out, cut, doubled, swapped, or all others."""
    at, other = chance.randrange(len(content)), chance.randrange(len(content))
    start, end = sorted((at, other))
    yield content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    yield content[:at] + chance.randbytes(chance.randint(1, 4)) + content[at:]
    yield content[:start] + content[end + 1 :]
    yield content[:at]
    yield content[:end] + content[start:]
    yield content[end:] + content[start:end] + content[:start]
    yield chance.randbytes(len(content))


def test_a_thousand_of_a_thousand_random_changes_of_what_is_in_a_pack_are_found() -> None:
    chance = random.Random(20_261_123)  # noqa: S311 - the same changes in every run
    undetected, tried = [], 0
    while tried < CHANGES:
        name = chance.choice(list(GOOD))
        for changed in mutations(GOOD[name], chance):
            if changed != GOOD[name]:
                tried += 1
                found = verified(GOOD | {name: changed})
                undetected += [(name, changed)] if EXITS.get(found.state, 0) == 0 else []
    assert tried >= CHANGES
    assert not undetected


def test_a_thousand_random_changes_of_the_archive_are_refused_or_change_nothing_that_is_in_it() -> None:
    chance = random.Random(20_261_124)  # noqa: S311 - the same changes in every run
    packed, tolerated, tried = archive(GOOD), 0, 0
    while tried < CHANGES:
        for changed in mutations(packed, chance):
            tried += 1
            found = Verification(changed, TRUST)
            if EXITS.get(found.state, 0) == 0:
                tolerated += 1
                assert {**found.members, "manifest": GOOD["manifest"]} == GOOD
    assert 0 < tolerated < CHANGES / 10


@pytest.mark.parametrize("name", [name for name in GOOD if name != "README.txt"])
def test_a_member_that_is_missing_makes_a_pack_incomplete(name: str) -> None:
    found = verified({each: member for each, member in GOOD.items() if each != name})
    assert found.state == "incomplete", report(found)


def test_a_member_that_the_manifest_does_not_name_is_found() -> None:
    assert said_of(verified(GOOD | {"events/000004.leaf": b"x"}), "events/000004.leaf")[0] == "altered"


# Which event, which field.


def amount(rows: list[dict[str, Any]]) -> None:
    rows[1]["state"]["event"]["amount_minor"] = 10


@pytest.mark.parametrize("sign", [lambda members: members, resigned])
def test_a_field_that_differs_from_what_the_log_hashed_is_named(sign: Callable[[Members], Members]) -> None:
    state, why = said_of(verified(sign(edited("events.json", amount))), "event 3 hold.payment_received of hold:PO-1")
    assert (state, why) == (
        "altered",
        "its readable copy differs from the log (log, copy): state.event.amount_minor (10000, 10)",
    )


@pytest.mark.parametrize("sign", [lambda members: members, resigned])
def test_a_leaf_that_was_changed_is_no_leaf_of_the_log_and_the_field_is_named(
    sign: Callable[[Members], Members],
) -> None:
    other = event(3, "hold:PO-1", 1, "hold.payment_received", amount_minor=10_001, currency="USD")
    found = verified(sign(GOOD | {"events/000003.leaf": leaf_of(other)}))
    state, why = said_of(found, "event 3 hold.payment_received of hold:PO-1")
    assert state == "altered"
    assert why.endswith("differs from its readable copy in state.event.amount_minor (10001, 10000)")


def test_an_event_changed_in_both_copies_with_the_key_in_hand_still_is_not_in_the_log() -> None:
    members = edited("events.json", amount)
    members["events/000003.leaf"] = leaf_of(json.loads(members["events.json"])[1])
    state, why = said_of(verified(resigned(members)), "event 3 hold.payment_received of hold:PO-1")
    assert (state, why) == ("altered", "its proof doesn't lead to the checkpoint's root")


def test_an_event_that_stands_elsewhere_in_the_log_is_not_taken_for_one_that_stands_here() -> None:
    members = edited("events.json", lambda rows: rows[0].update(position=3) or rows.pop(1))
    members |= {"events/000003.leaf": GOOD["events/000002.leaf"]}
    del members["events/000002.leaf"]
    assert verified(resigned(members)).state == "altered"


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        LEAVES[3] + b"x",
        LEAVES[3][:-1],
        b"\2" + LEAVES[3][1:],
        LEAVES[3].replace(b'"event"', b'"other"'),
        leaf_of(EVENTS[1] | {"state": {}}),
    ],
)
def test_a_leaf_that_is_none_is_said_to_be_none(leaf: bytes) -> None:
    state, why = said_of(verified(GOOD | {"events/000003.leaf": leaf}), "event 3 hold.payment_received of hold:PO-1")
    assert state == "altered"
    assert why.startswith("its leaf isn't one")


def test_a_field_that_only_one_copy_has_is_named() -> None:
    members = edited("events.json", lambda rows: rows[0]["state"]["event"].update(note=None))
    state, why = said_of(verified(resigned(members)), "event 2 order.placed of order:PO-1")
    assert (state, "state.event.note (in one only)" in why) == ("altered", True)


def test_a_pack_without_a_word_about_its_matter_is_incomplete() -> None:
    members = {name: member for name, member in made().items() if name != "manifest"}
    found = verified(signed(members, about="order:PO-2"))
    assert said_of(found, "order:PO-2")[0] == "incomplete"
    empty = {name: b"[]" if name.endswith(".json") else member for name, member in members.items()}
    for name in [name for name in empty if name.startswith(("events/", "evidence/", "proofs/"))]:
        del empty[name]
    assert verified(signed(empty)).state == "incomplete"


@pytest.mark.parametrize("wrong", ["", "AAAA", "no base64"])
def test_a_checkpoint_whose_root_is_none_proves_nothing_though_the_log_signed_it(wrong: str) -> None:
    text = f"{ORIGIN}\n{SIZE}\n{wrong}\n"
    members = made(f"{text}\n{line(LOG, text)}")
    members |= {name: member.replace(b"index", b"AAAA\nindex") for name, member in members.items() if "proofs/" in name}
    assert verified(signed(members)).state == "altered"


def test_an_event_told_twice_is_found() -> None:
    found = verified(resigned(edited("events.json", lambda rows: rows.insert(0, rows[1] | {"topic": "hold.released"}))))
    assert said_of(found, "events.json")[0] == "altered"


def test_proofs_of_other_leaves_or_under_another_checkpoint_prove_nothing() -> None:
    other = CHECKPOINT.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")
    for changed in (
        GOOD["proofs/000002.tlog-proof"],
        proof(3, f"{other}\n{line(LOG, other)}"),
        proof(3, GOOD["checkpoint"].decode()).replace(b"index 2", b"index 1"),
        proof(3, GOOD["checkpoint"].decode()).replace(b"\nindex", b"\nextra AA==\nindex"),
    ):
        found = verified(resigned(GOOD | {"proofs/000003.tlog-proof": changed}))
        assert said_of(found, "event 3 hold.payment_received of hold:PO-1")[0] == "altered"


# What is kept back, and what is left out.


def test_a_redacted_event_has_to_stand_in_the_log() -> None:
    found = verified(resigned(edited("redacted.json", first(leaf_hash="00" * 32))))
    assert said_of(found, "event 8")[0] == "altered"


def test_an_event_left_out_is_missed_where_no_redacted_one_can_be_it() -> None:
    found = verified(resigned(edited("redacted.json", list.clear)))
    assert said_of(found, "order:PO-1") == ("incomplete", "what happened between its events 1 and 3 is left out")
    without = {name: member for name, member in GOOD.items() if "000005" not in name}
    openings = edited("openings.json", lambda rows: rows.pop(0), without)
    found = verified(resigned(edited("events.json", lambda rows: rows.pop(2), openings)))
    assert said_of(found, "dispute:PO-1/1")[0] == "incomplete"


def test_a_disputes_pack_may_leave_out_what_is_not_about_the_dispute() -> None:
    members = edited("redacted.json", list.clear)
    found = verified(signed({n: m for n, m in members.items() if n != "manifest"}, about="dispute:PO-1/1"))
    assert found.state == "verified", report(found)


# Money, texts, documents.


def test_an_entry_has_to_balance_and_to_be_an_events() -> None:
    for change in (
        lambda rows: rows[0]["postings"][0].update(amount_minor=9_999),
        lambda rows: rows[0]["postings"][0].update(currency="EUR"),
        first(topic="hold.released"),
        first(posting_date="2026-11-21"),
    ):
        assert said_of(verified(resigned(edited("journal.json", change))), "entry 3")[0] == "altered"
    stray = verified(resigned(edited("journal.json", first(position=4))))
    assert said_of(stray, "entry 4")[0] == "altered"
    twice = verified(resigned(edited("journal.json", lambda rows: rows.append(rows[0]))))
    assert said_of(twice, "journal.json")[0] == "altered"


def test_a_text_has_to_be_what_its_event_commits_to() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"value": "All of the lamps are fine."},
        {"salt": "00" * 16},
        {"position": 6},
    )
    for change in changes:
        found = verified(resigned(edited("openings.json", first(**change))))
        (altered,) = [each for each in found.findings if each.state == "altered"]
        assert altered.what.startswith("claims.1.comment of event")


def test_a_document_has_to_be_the_one_handed_in() -> None:
    found = verified(resigned(GOOD | {f"evidence/{SHA256}": b"another photograph"}))
    assert said_of(found, "document 1 of dispute:PO-1/1")[0] == "altered"
    found = verified(resigned(GOOD | {"evidence/" + "00" * 32: b"a stranger's"}))
    assert said_of(found, "evidence/" + "00" * 32)[0] == "altered"
    found = verified(resigned(edited("evidence.json", lambda rows: rows.append({"position": 3, "state": "here"}))))
    assert said_of(found, "document of event 3")[0] == "altered"
    found = verified(resigned(edited("evidence.json", list.clear) | {f"evidence/{SHA256}": PHOTO}))
    assert found.state == "verified"


@pytest.mark.parametrize("text", ['[{"position":1,"position":2}]', "[1.5]", "[NaN]", "[1e3]", "[" * 100_000, "\xff"])
def test_json_that_could_be_read_in_two_ways_is_not_read(text: str) -> None:
    found = verified(resigned(GOOD | {"openings.json": text.encode("latin-1")}))
    assert said_of(found, "openings.json")[0] == "altered"


# Who signed.


def test_nobody_is_trusted_whom_the_caller_did_not_name() -> None:
    stranger = TRUST._replace(keys=[Key.parse(vkey(STRANGER), ED25519)])
    assert verified(GOOD, stranger).state == "not trusted"
    forged = signed(made(f"{CHECKPOINT}\n{line(STRANGER, CHECKPOINT)}"), STRANGER)
    assert verified(forged).state == "not trusted"
    assert verified(forged, stranger).state == "verified"
    half = signed(made(f"{CHECKPOINT}\n{line(STRANGER, CHECKPOINT)}"))
    assert said_of(verified(half), "checkpoint")[0] == "not trusted"


def test_an_older_key_is_trusted_where_the_caller_says_so() -> None:
    both = TRUST._replace(keys=[Key.parse(vkey(STRANGER), ED25519), *TRUST.keys])
    assert verified(GOOD, both).state == "verified"


def test_a_manifest_is_signed_once() -> None:
    twice = GOOD["manifest"] + line(STRANGER, "x").encode()
    assert verified(GOOD | {"manifest": twice}).state == "altered"


def test_a_checkpoint_is_never_taken_for_a_manifest_nor_a_manifest_for_a_checkpoint() -> None:
    """Even a log whose origin is the manifest's first line signs no checkpoint that is a manifest."""
    assert verified(GOOD | {"manifest": GOOD["checkpoint"]}).state == "not trusted"
    text = GOOD["manifest"].decode().rpartition("\n\n")[0] + "\n"
    with pytest.raises(Malformed):
        Checkpoint.parse(text)
    assert verified(resigned(GOOD | {"checkpoint": GOOD["manifest"]})).state == "altered"
    assert verified(signed(made(), header=ORIGIN)).state == "not trusted"


# Witnesses and time.


def witnessed(*lines: str) -> Members:
    return signed(made(f"{CHECKPOINT}\n{line(LOG, CHECKPOINT)}{''.join(lines)}"))


BY_BANK = cosigned(BANK, "bank.example/w", CHECKPOINT)
POLICY = f"""
# Whom we trust.
witness bank {vkey(BANK, "bank.example/w", COSIGNATURE)} http://127.0.0.1:1
witness notary {vkey(NOTARY, "notary.example/w", COSIGNATURE)}
group either any bank notary
"""


@pytest.mark.parametrize(("quorum", "state"), [("bank", "verified"), ("either", "verified"), ("notary", "not trusted")])
def test_a_quorum_is_of_witnesses_that_the_caller_trusts(quorum: str, state: str) -> None:
    trust = read_policy(f"{POLICY}quorum {quorum}\n")._replace(keys=TRUST.keys)
    found = verified(witnessed(BY_BANK), trust)
    assert found.state == state
    assert said_of(found, "witness bank.example/w") == ("verified", "cosigned at 2026-11-18 11:06:40 UTC")


def test_a_group_needs_as_many_as_it_says() -> None:
    assert read_policy(f"{POLICY}group outer all either\nquorum outer").is_met_by({"bank"}, "outer")
    third = f"witness third {vkey(STRANGER, 'third.example', COSIGNATURE)}"
    two = read_policy(f"{POLICY}{third}\ngroup two 2 either third\nquorum two")
    assert (two.is_met_by({"bank", "notary"}, "two"), two.is_met_by({"bank", "third"}, "two")) == (False, True)
    for line in ("group g 1 bank", "group g 1 either either", "group g 0 either", "group g 2 either", "group g any x"):
        with pytest.raises((ValueError, KeyError)):
            read_policy(f"{POLICY}{line}\nquorum g")
    with pytest.raises(ValueError, match="no quorum"):
        read_policy(POLICY)
    with pytest.raises(ValueError, match="one key twice"):
        read_policy(f"{POLICY}witness again {vkey(BANK, 'again.example', COSIGNATURE)}\nquorum bank")


def test_a_cosignature_of_another_text_or_time_is_an_alteration() -> None:
    trust = read_policy(f"{POLICY}quorum either")._replace(keys=TRUST.keys)
    other = cosigned(BANK, "bank.example/w", CHECKPOINT.replace(str(SIZE), "12"))
    assert verified(witnessed(other), trust).state == "altered"
    unasked = verified(witnessed(other))
    assert (unasked.state, said_of(unasked, "witnesses")[0]) == ("verified", "not checked")


def test_a_stamp_has_to_be_over_the_checkpoint() -> None:
    authority = root()
    signer = issued(authority)
    good = resigned(GOOD | {"time-token.der": token(signer, CHECKPOINT.encode())})
    assert said_of(verified(good), "time token")[0] == "not checked"
    trusting = TRUST._replace(time_roots=authority.pem)
    state, why = said_of(verified(good, trusting), "time token")
    assert (state, why) == ("verified", "the checkpoint was there by 2026-11-22 09:00:00 UTC")
    assert said_of(verified(good, TRUST._replace(time_roots=root().pem)), "time token")[0] == "altered"
    for bad in (token(signer, b"another text"), b"no token"):
        assert said_of(verified(resigned(GOOD | {"time-token.der": bad})), "time token")[0] == "altered"


# The archive.


def crafted(change: Callable[[zipfile.ZipFile], object]) -> bytes:
    written = io.BytesIO(archive(GOOD))
    with zipfile.ZipFile(written, "a") as opened:
        change(opened)
    return written.getvalue()


def with_comment(opened: zipfile.ZipFile) -> None:
    opened.comment = b"read me instead"


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"PK\3\4 no zip",
        archive(GOOD)[:-1],
        b"#!/bin/sh\n" + archive(GOOD),
        archive(GOOD) + b"more",
        archive(GOOD) + archive(GOOD),
        crafted(with_comment),
        crafted(lambda opened: opened.writestr("another1", b"x")).replace(b"another1", b"manifest"),
        *(
            crafted(partial(zipfile.ZipFile.writestr, zinfo_or_arcname=name, data=b"x"))
            for name in ("README.TXT", "/etc/passwd", "../up", "a\\b", "a/../b", "evidence/", "a b", "é")
        ),
        archive(GOOD).replace(b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0", 1),
    ],
)
def test_an_archive_that_two_programs_could_read_differently_is_not_read(packed: bytes) -> None:
    assert Verification(packed, TRUST).state == "unreadable"


def test_a_bomb_is_not_unpacked() -> None:
    """A member that says that it is a gigabyte and a byte isn't looked at."""
    packed = archive(GOOD)
    at = packed.index(b"PK\1\2") + 24
    bomb = packed[:at] + struct.pack("<I", (1 << 30) + 1) + packed[at + 4 :]
    found = Verification(bomb, TRUST)
    assert (found.state, "unpacked" in found.findings[0].why) == ("unreadable", True)


# The command.


@pytest.mark.parametrize(
    ("members", "key", "status"),
    [
        (GOOD, vkey(LOG), 0),
        (GOOD | {"README.txt": b"?"}, vkey(LOG), 1),
        ({name: member for name, member in GOOD.items() if name != "events.json"}, vkey(LOG), 2),
        (GOOD, vkey(STRANGER), 3),
        ({}, vkey(LOG), 2),
    ],
)
def test_the_exit_status_says_what_was_found(
    members: Members, key: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(archive(members))
    assert main([str(file), "--key", key, "--json"]) == status
    said = json.loads(capsys.readouterr().out)
    assert EXITS.get(said["state"], 0) == status
    assert main([str(file), "--key", key]) == status
    assert capsys.readouterr().out.splitlines()[-1] == said["state"].upper()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--key", "no key"],
        ["--key", vkey(LOG)[:-4]],
        ["--key", vkey(BANK, "bank.example/w", COSIGNATURE)],
        ["--key", vkey(LOG), "--witness", vkey(BANK)],
        ["--key", vkey(LOG), "--witness-policy", "absent"],
    ],
)
def test_without_keys_that_can_be_trusted_nothing_is_verified(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(archive(GOOD))
    assert main([str(file), *arguments]) == 3
    assert capsys.readouterr().out == ""


def test_witnesses_may_be_named_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(archive(witnessed(BY_BANK)))
    bank, notary = (vkey(key, f"{name}.example/w", COSIGNATURE) for key, name in ((BANK, "bank"), (NOTARY, "notary")))
    asked = [str(file), "--key", vkey(LOG), "--witness", bank, "--witness", notary]
    assert (main([*asked, "--quorum", "1"]), main(asked)) == (0, 3)
    capsys.readouterr()


def test_what_a_pack_says_never_reaches_the_terminal_as_more_than_text() -> None:
    members = edited("events.json", first(topic="\x1b[2J\x07order.placed\u202e"))
    said = report(verified(resigned(members)))
    assert all(each.isprintable() or each == "\n" for each in said)
