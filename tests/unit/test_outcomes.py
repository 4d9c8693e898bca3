"""What is hashed of a submission is what the caller said, today and in later releases."""

import hashlib
from datetime import UTC, datetime

from domain.commands import RecordPayment
from domain.money import Money
from ledger.outcomes import Submission

PAYMENT = RecordPayment(order="PO-1", amount=Money("USD", 5), account="clearing:card")


def said(command: RecordPayment, *, command_id: str = "c-1", at: datetime | None = None) -> Submission:
    return Submission(
        command=command, command_id=command_id, principal="api", actor="buyer:B", role="buyer", occurred_at=at
    )


def test_the_hash_is_over_the_command_without_its_defaults_and_over_who_said_it() -> None:
    bytes_said = (
        b'[{"type":"RecordPayment","order":"PO-1","amount":{"currency":"USD","minor":5},"account":"clearing:card"},'
        b'"buyer:B","buyer",null,{}]'
    )
    assert said(PAYMENT).request_hash() == hashlib.sha256(bytes_said).digest()


def test_the_hash_leaves_out_the_id_that_it_is_kept_under() -> None:
    assert said(PAYMENT, command_id="c-2").request_hash() == said(PAYMENT).request_hash()


def test_another_amount_or_instant_is_another_request() -> None:
    dearer = RecordPayment(order="PO-1", amount=Money("USD", 6), account="clearing:card")
    hashes = {said(PAYMENT).request_hash(), said(dearer).request_hash()}
    hashes.add(said(PAYMENT, at=datetime(2026, 11, 22, tzinfo=UTC)).request_hash())
    assert len(hashes) == 3
