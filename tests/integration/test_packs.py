"""Evidence packs out of a real book: what each reader gets, what proves it, and what stays provable once erased."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import psycopg
import pytest

from api.composition import OpenedBook, new_seed
from api.disputes import DisputeNotFound
from api.orders import OrderNotFound
from api.packs.evidence_of_log import policy_text
from api.packs.making import Pack
from api.packs.scope import PackForbidden
from api.packs.verify_pack import Trust, Verification, read_policy, report
from api.packs.writing import PACK_BYTES_MAX, PackTooLarge, zipped
from api.proving import origin_at
from api.verify import verify_book
from domain import commands
from domain.errors import LogCorrupt
from domain.references import ReferenceMalformed
from ledger.outcomes import SubmissionMalformed
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.proof.kept_log import KeptCheckpoint
from ledger.proof.keyring import SigningKeyAbsent
from ledger.proof.note import COSIGNATURE, PrivateKey, Signature, VerifierKey, cosign
from ledger.proof.policy import Policy
from ledger.proof.quorum import keep_cosignature
from ledger.reads import Reader
from projections.readings import ReadingRow, ReadingsSought, search_readings
from tests.books import Book, place_order
from tests.packs import (
    ANSWER,
    BUYER,
    COMMENT,
    EXPORTER,
    FINDING,
    MADE_AT,
    MESSAGE,
    NAME,
    PHOTO,
    key_of,
    members_of,
    opened,
    packed,
    quarrel,
    states,
    trusting,
)
from tests.tampering import as_superuser, tampering
from tests.time_authority import issued, root, token

SHA256 = hashlib.sha256(PHOTO).hexdigest()
SAID = {
    "claims.1.comment": COMMENT,
    "claims.1.answer": ANSWER,
    "messages.1.text": MESSAGE,
    "evidence.1.name": NAME,
    "decisions.1.claims.1.findings.1": "In haste.",
    "decisions.2.claims.1.findings.1": FINDING,
}
BANK, NOTARY = PrivateKey(b"b" * 32), PrivateKey(b"n" * 32)
WITNESSES = {
    name: VerifierKey(f"{name}.example/w", COSIGNATURE, key.public)
    for name, key in (("bank", BANK), ("notary", NOTARY))
}


@pytest.fixture
def at(book: Book, tmp_path: Path) -> OpenedBook:
    """Open the book `main`, in which an order was disputed, and another one placed."""
    found = opened(book, tmp_path)
    quarrel(book, found)
    book.say(place_order("PO-2"))
    return found


@pytest.fixture(scope="module")
def told(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedBook]:
    """Open a book with the same trade, for all tests that only read it."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE packs TEMPLATE {template}")
        with open_pool(postgres.dsn("packs"), connections_max=4) as pool, Book.opened(pool) as book:
            found = opened(book, tmp_path_factory.mktemp("keys"))
            quarrel(book, found)
            yield found
        connection.execute("DROP DATABASE packs WITH (FORCE)")


def verified(at: OpenedBook, pack: Pack, trust: Trust | None = None) -> Verification:
    return Verification(pack.content, trust or trusting(key_of(at)))


def readings(at: OpenedBook) -> list[ReadingRow]:
    with at.pool.connection() as connection:
        return search_readings(connection, at.name, ReadingsSought())


def clear_texts(pack: Pack) -> dict[str, str]:
    rows = json.loads(members_of(pack.content)["openings.json"])
    return {row["field"]: row["value"] for row in rows if row["state"] == "open"}


# Who sees what.


def test_an_auditor_gets_all_of_a_trade_and_it_verifies(told: OpenedBook) -> None:
    pack = packed(told)
    found = verified(told, pack)
    assert found.state == "verified", report(found)
    assert set(states(found).values()) == {"verified", "not checked", "balanced", "open"}
    assert clear_texts(pack) == SAID
    assert (pack.view.events, pack.view.redacted, pack.view.documents) == (54, 0, 1)
    topics = [event["topic"] for event in json.loads(members_of(pack.content)["events.json"])]
    assert {"commission.accrued", "dispute.decision_returned", "hold.released"} < set(topics)


def test_a_side_gets_what_is_its_own_and_the_rest_stays_provable(told: OpenedBook) -> None:
    for reader in (BUYER, EXPORTER):
        pack = packed(told, reader)
        found = verified(told, pack)
        assert found.state == "verified", report(found)
        redacted = [what for what, state in states(found).items() if state == "redacted"]
        assert len(redacted) == pack.view.redacted == 7
        assert clear_texts(pack) == {field: text for field, text in SAID.items() if not field.startswith("decisions.1")}
        members = b"".join(members_of(pack.content).values())
        for secret in (b"commission", b"PAR-1", b"AG-1", b"In haste.", b"decision_returned", b"review/"):
            assert secret not in members


def test_an_exporter_that_pays_a_commission_sees_it_and_its_buyer_does_not(book: Book, tmp_path: Path) -> None:
    at = opened(book, tmp_path)
    quarrel(book, at, payer="exporter")
    assert b"commission.accrued" in members_of(packed(at, EXPORTER).content)["events.json"]
    assert b"commission.accrued" not in members_of(packed(at, BUYER).content)["events.json"]


def test_who_is_no_side_of_a_trade_gets_nothing_of_it(at: OpenedBook) -> None:
    for reader, party in (
        (Reader("buyer:BUY-2", "buyer"), ""),
        (Reader("buyer:BUY-1", "buyer"), "BUY-2"),
        (Reader("exporter:BUY-1", "exporter"), ""),
        (Reader("partner:PAR-1", "partner"), ""),
        (Reader("inspector:INS-1", "inspector"), ""),
        (Reader("somebody", "stranger"), "BUY-1"),
    ):
        for about in ("PO-1", "PO-1/1"):
            with pytest.raises(PackForbidden):
                packed(at, reader, about, party=party)
    assert readings(at) == []


def test_a_person_of_a_buyers_reads_for_the_buyer(told: OpenedBook) -> None:
    pack = packed(told, Reader("buyer:ANN", "buyer"), party="BUY-1")
    assert (pack.view.party, verified(told, pack).said["party"]) == ("BUY-1", "BUY-1")


def test_a_disputes_pack_is_about_the_dispute_alone(told: OpenedBook) -> None:
    pack = packed(told, about="PO-1/1")
    assert packed(told, about="dispute:PO-1/1").content == pack.content
    found = verified(told, pack)
    assert (found.state, found.said["about"]) == ("verified", "dispute:PO-1/1")
    topics = {event["topic"] for event in json.loads(members_of(pack.content)["events.json"])}
    assert "hold.disputed" in topics
    assert not topics & {"order.placed", "hold.released", "commission.accrued"}


def test_refusals_come_in_order(told: OpenedBook) -> None:
    nobody = Reader("no body", "stranger")
    with pytest.raises(SubmissionMalformed):
        packed(told, nobody, "PO 1")
    stranger = Reader("somebody", "stranger")
    for malformed in ("PO 1", "PO-1/x", "dispute:PO-1", "hold:PO-1"):
        with pytest.raises(ReferenceMalformed):
            packed(told, stranger, malformed)
    with pytest.raises(OrderNotFound):
        packed(told, stranger, "order:PO-404")
    with pytest.raises(DisputeNotFound):
        packed(told, stranger, "PO-1/2")
    with pytest.raises(PackForbidden):
        packed(told, stranger)


def test_without_a_key_no_pack_is_made_and_nobody_has_seen_anything(at: OpenedBook, tmp_path: Path) -> None:
    (tmp_path / at.name / "signer.key").unlink()
    with pytest.raises(SigningKeyAbsent):
        packed(at)
    assert readings(at) == []


def test_no_pack_is_made_of_a_log_that_is_not_what_was_signed(at: OpenedBook) -> None:
    at.signer.sign_head()
    change = (
        "UPDATE ledger.events SET state = replace(encode(state, 'escape'), 'clearing:card', 'clearing:cash')::bytea"
    )
    with tampering(at.pool) as connection:
        connection.execute(f"{change} WHERE topic = 'hold.payment_received'")
    with pytest.raises(LogCorrupt, match="not what was signed"):
        packed(at)


def test_a_pack_that_nobody_could_carry_is_not_made() -> None:
    with pytest.raises(PackTooLarge):
        zipped({str(number): bytes(2**20) for number in range(PACK_BYTES_MAX // 2**20 + 1)})


# What is seen in clear is recorded.


def test_texts_and_documents_in_a_pack_are_recorded_as_seen(at: OpenedBook) -> None:
    packed(at)
    rows = readings(at)
    assert {row.field for row in rows if row.what == "value"} == set(SAID)
    assert [row.reference for row in rows if row.what == "evidence"] == [f"evidence:{SHA256}"]
    assert {(row.actor, row.role, row.why) for row in rows} == {("auditor:AUD-1", "auditor", "case-7")}


def test_a_pack_of_commitments_alone_shows_nobody_anything_and_verifies(at: OpenedBook) -> None:
    pack = packed(at, in_clear=False)
    found = verified(at, pack)
    assert found.state == "verified", report(found)
    assert (pack.view.withheld, pack.view.open, pack.view.documents) == (len(SAID), 0, 0)
    assert states(found)["document 1 of dispute:PO-1/1"] == "withheld"
    assert readings(at) == []
    content = b"".join(members_of(pack.content).values())
    assert not [text for text in (*SAID.values(), NAME) if text.encode() in content]
    assert PHOTO not in content


# The file.


def test_the_same_input_gives_the_same_bytes(told: OpenedBook) -> None:
    assert packed(told).content == packed(told).content
    assert packed(told, made_at=MADE_AT + timedelta(seconds=1)).content != packed(told).content


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_timeline_is_a_page_that_runs_and_loads_nothing(told: OpenedBook) -> None:
    text = members_of(packed(told).content)["timeline.html"].decode()
    page = Page(text)
    assert not page.tags & {"script", "link", "img", "iframe", "a", "form", "object", "lamps"}
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert not [part for part in ("http:", "https:", "url(", "@import", "javascript:") if part in text]
    for said in (
        COMMENT,
        ANSWER,
        MESSAGE,
        NAME,
        FINDING,
        "20,000.00 USD",
        "Hold: released",
        "over by order.dispatched",
    ):
        assert said in page.words


def test_the_timeline_says_where_something_is_kept_back(told: OpenedBook) -> None:
    page = Page(members_of(packed(told, BUYER).content)["timeline.html"].decode())
    assert page.words.count("An event that isn't for this reader.") == 7


# Erasure.


def test_what_is_forgotten_is_said_to_be_erased_and_every_proof_stays_good(book: Book, at: OpenedBook) -> None:
    before = packed(at)
    book.clock.move(days=400)
    book.say(commands.ExpireClocks(order="PO-1"))
    book.say(commands.CancelOrder(order="PO-2", reason="test"))
    book.say(commands.ForgetParty(party="BUY-1"))
    assert at.confidential.erase("BUY-1") > 0
    with as_superuser(at.pool) as connection:
        connection.execute("DELETE FROM ledger.evidence")
    after = packed(at)
    old, new = verified(at, before), verified(at, after)
    assert (old.state, new.state) == ("verified", "verified"), report(new)
    assert states(old)["claims.1.comment of event 20"] == "open"
    by_buyer = {"claims.1.comment", "messages.1.text", "evidence.1.name"}
    assert {what.partition(" ")[0] for what, state in states(new).items() if state == "erased"} == {
        *by_buyer,
        "document",
    }
    assert set(clear_texts(after)) == set(SAID) - by_buyer
    assert {before.view.checkpoint} < {before.view.checkpoint, after.view.checkpoint}
    assert verify_book(at).ok


# Keys, witnesses, time.


def test_a_pack_verifies_under_the_key_that_signed_it_for_ever(at: OpenedBook) -> None:
    old, old_key = packed(at), key_of(at)
    at.keyring.rotate_key(origin_at(at), new_seed())
    new, new_key = packed(at), key_of(at)
    assert old_key != new_key
    for pack, good, bad in ((old, old_key, new_key), (new, new_key, old_key)):
        assert verified(at, pack, trusting(good)).state == "verified"
        assert verified(at, pack, trusting(bad)).state == "not trusted"


def policy(quorum: str) -> Policy:
    witnesses = "".join(f"witness {name} {key} http://127.0.0.1:1\n" for name, key in WITNESSES.items())
    return Policy.parse(f"{witnesses}group both all bank notary\nquorum {quorum}\n")


def cosigned_by(at: OpenedBook, kept: KeptCheckpoint, *names: str) -> None:
    for name in names:
        signer = {"bank": BANK, "notary": NOTARY}[name]
        signature: Signature = cosign(kept.checkpoint.text, WITNESSES[name].name, signer, at=1_795_000_000)
        with at.pool.connection() as connection:
            keep_cosignature(connection, at.name, kept, WITNESSES[name], signature, MADE_AT)


def trust_of(at: OpenedBook, quorum: str) -> Trust:
    return read_policy(policy_text(policy(quorum)))._replace(keys=trusting(key_of(at)).keys)


def test_a_checkpoint_that_the_witnesses_cosigned_is_preferred_and_said(book: Book, at: OpenedBook) -> None:
    kept = at.signer.sign_head()
    cosigned_by(at, kept, "bank", "notary")
    book.say(place_order("PO-3"))
    pack = packed(at, policy=policy("both"))
    assert (pack.view.witnessed, pack.view.checkpoint) == (True, kept.checkpoint.size)
    found = verified(at, pack, trust_of(at, "both"))
    assert found.state == "verified", report(found)
    assert states(found)["witness notary.example/w"] == "verified"
    assert b"http" not in members_of(pack.content)["policy"]


def test_what_is_not_witnessed_is_said_to_be_not(at: OpenedBook) -> None:
    cosigned_by(at, at.signer.sign_head(), "bank")
    pack = packed(at, policy=policy("both"))
    assert (pack.view.witnessed, pack.view.cosigned_by) == (False, ("bank.example/w",))
    read_me = members_of(pack.content)["README.txt"].decode()
    assert "isn't witnessed as the policy in force asks: only bank.example/w cosigned it" in read_me
    assert verified(at, pack, trust_of(at, "both")).state == "not trusted"
    assert verified(at, pack, trust_of(at, "bank")).state == "verified"


def test_a_witnessed_checkpoint_from_before_the_last_event_does_not_prove_it(book: Book, at: OpenedBook) -> None:
    cosigned_by(at, at.signer.sign_head(), "bank", "notary")
    book.say(commands.AcceptOrder(order="PO-2"))
    assert packed(at, about="PO-2", policy=policy("both")).view.witnessed is False
    assert packed(at, about="PO-1", policy=policy("both")).view.witnessed is True


@pytest.fixture
def stamped(book: Book, at: OpenedBook) -> tuple[KeptCheckpoint, bytes]:
    """Have a checkpoint stamped, after which the log went on."""
    authority = root()
    kept = at.signer.sign_head()
    made = token(issued(authority), kept.checkpoint.text.encode(), at=MADE_AT)
    row = (at.name, kept.checkpoint.origin, kept.checkpoint.size, "CN=Test Time", made, MADE_AT)
    with at.pool.connection() as connection:
        connection.execute("INSERT INTO ledger.time_tokens VALUES (%s, %s, %s, %s, %b, %s)", row)
    book.say(place_order("PO-3"))
    return kept, authority.pem


def test_a_checkpoint_that_was_stamped_is_preferred_and_said(
    at: OpenedBook, stamped: tuple[KeptCheckpoint, bytes]
) -> None:
    kept, roots = stamped
    pack = packed(at)
    assert (pack.view.checkpoint, pack.view.stamped_at[:10]) == (kept.checkpoint.size, "2026-11-23")
    found = verified(at, pack, trusting(key_of(at))._replace(time_roots=roots))
    assert (found.state, states(found)["time token"]) == ("verified", "verified")
    assert b"CN=Test Time stamped it at 2026-11-23" in members_of(pack.content)["README.txt"]


def test_a_stamp_does_not_stand_in_for_witnesses(at: OpenedBook, stamped: tuple[KeptCheckpoint, bytes]) -> None:
    kept, _ = stamped
    last = at.signer.sign_head()
    cosigned_by(at, last, "bank")
    assert packed(at, policy=policy("bank")).view.checkpoint == last.checkpoint.size
    cosigned_by(at, kept, "bank")
    assert packed(at, policy=policy("bank")).view.checkpoint == kept.checkpoint.size
