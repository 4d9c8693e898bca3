"""Packs for tests: a trade with a dispute in which everything is said that a pack can hold, and its book's key."""

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from api.commands.disputes_in_clear import (
    AnswerInClear,
    FindingInClear,
    OpenInClear,
    PostInClear,
    ProposeInClear,
    RulingInClear,
    SubmitInClear,
)
from api.commands.in_clear import RegisterInClear, committed
from api.composition import OpenedBook
from api.packs.making import Pack, make_pack
from api.packs.verify_pack import ED25519, Key, Trust, Verification
from api.proving import ensure_key
from domain import commands
from domain.agreement_terms import Payer
from domain.commands.disputes import NewClaim
from ledger.outcomes import Accepted
from ledger.proof.keyring import Keys
from ledger.reads import Reader
from tests.agreements import agreed_terms
from tests.books import Book, pay, place_order

MADE_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUDITOR = Reader("auditor:AUD-1", "auditor", "case-7")
BUYER, EXPORTER = Reader("buyer:BUY-1", "buyer"), Reader("exporter:EXP-1", "exporter")
COMMENT = "Half of the <lamps> don't light & smell."
ANSWER, MESSAGE, NAME, FINDING = "They left us whole.", "Let us talk.", "lamps.jpg", "The photograph shows it."
PHOTO = b"\xff\xd8 a photograph of a lamp"


def opened(book: Book, folder: Path) -> OpenedBook:
    """Return a book with a key of its own, so that its log is signed."""
    found = OpenedBook(book.pool, book.name, Keys(folder))
    ensure_key(found)
    return found


def say(book: Book, at: OpenedBook, command: commands.Command, *, actor: str = "operator:first") -> Accepted:
    """Submit a command that must be accepted; what it says in clear is kept aside."""
    said = replace(book.submission(command, actor=actor), role=actor.partition(":")[0])
    outcome = book.writer.submit(committed(said, at)).result(timeout=30)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def quarrel(book: Book, at: OpenedBook, order: str = "PO-1", *, payer: Payer = "operator") -> None:
    """Play a trade of 20,000.00 USD: a dispute, a draft that was sent back, a decision, a release, commission."""
    for actor, command in (
        (
            "operator:first",
            RegisterInClear(party="BUY-1", roles=("buyer",), country="DE", profile={"name": "Lux GmbH"}),
        ),
        ("operator:first", RegisterInClear(party="EXP-1", roles=("exporter",), country="IN", profile={"name": "Ravi"})),
        (
            "operator:first",
            commands.SignAgreement(
                agreement="AG-1", partner="PAR-1", starts_on=date(2026, 1, 1), terms=agreed_terms(payer=payer)
            ),
        ),
        ("operator:first", commands.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 1))),
        ("buyer:BUY-1", place_order(order, amount_minor=2_000_000)),
        ("exporter:EXP-1", commands.AcceptOrder(order=order)),
        ("finance:FIN-1", pay(order, 2_000_000)),
        ("exporter:EXP-1", commands.DispatchGoods(order=order)),
        ("operator:first", commands.RecordDelivery(order=order)),
        ("buyer:BUY-1", OpenInClear(order=order, claims=(_claim(),))),
        ("exporter:EXP-1", AnswerInClear(order=order, claim=1, stance="contests", comment=ANSWER)),
        ("buyer:BUY-1", PostInClear(order=order, text=MESSAGE)),
        ("buyer:BUY-1", _photo(at, order)),
        ("buyer:BUY-1", commands.EscalateDispute(order=order, side="buyer")),
        ("operator:first", commands.AssignMediator(order=order, mediator="MED-1")),
        ("mediator:MED-1", commands.DeclareConflict(order=order, conflict=False)),
        ("mediator:MED-1", _decision(order, 1_150_000, "In haste.")),
        ("mediator:MED-2", commands.ReturnDecision(order=order, decision=1, reason="not-convincing")),
        ("mediator:MED-1", _decision(order, 1_100_000, FINDING)),
        ("mediator:MED-2", commands.ApproveDecision(order=order, decision=2)),
        ("buyer:BUY-1", commands.WaiveAppeal(order=order, claim=1, side="buyer")),
        ("exporter:EXP-1", commands.WaiveAppeal(order=order, claim=1, side="exporter")),
        ("buyer:BUY-1", commands.ConfirmReceipt(order=order)),
    ):
        if isinstance(command, commands.EscalateDispute):
            book.clock.move(days=4)
        say(book, at, command, actor=actor)


def packed(at: OpenedBook, reader: Reader = AUDITOR, about: str = "PO-1", **how: Any) -> Pack:
    """Make a pack."""
    return make_pack(at, about, reader, **({"made_at": MADE_AT} | how))


def key_of(at: OpenedBook) -> str:
    """Return the verifier key of a book's log."""
    return str(ensure_key(at))


def trusting(*keys: str) -> Trust:
    """Return the trust in keys of a log, and in no witness."""
    return Trust([Key.parse(key, ED25519) for key in keys], {}, {}, "")


def states(found: Verification) -> dict[str, str]:
    """Return what is said of each thing."""
    return {finding.what: finding.state for finding in found.findings}


def members_of(content: bytes) -> dict[str, bytes]:
    """Return a pack's members."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _claim() -> NewClaim:
    return NewClaim(kind="quality", amount_minor=1_200_000, comment=COMMENT)


def _photo(at: OpenedBook, order: str) -> SubmitInClear:
    kept = at.evidence.put(PHOTO, "image/jpeg")
    return SubmitInClear(
        order=order,
        claim=1,
        side="buyer",
        sha256=kept.sha256,
        media_type="image/jpeg",
        size_bytes=kept.size_bytes,
        name=NAME,
    )


def _decision(order: str, amount_minor: int, finding: str) -> ProposeInClear:
    ruling = RulingInClear(
        claim=1,
        remedy="partial-refund",
        amount_minor=amount_minor,
        reason="defects-shown",
        findings=(FindingInClear(text=finding, evidence=(1,)),),
    )
    return ProposeInClear(order=order, rulings=(ruling,))
