"""What is hashed of a submission is what the caller said, today and in later releases."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.clock import ClockStopped
from domain.commands import RecordPayment
from domain.money import Money
from domain.payee_account import PayeeCredited
from domain.unit_of_work import Step
from ledger.outcomes import EntriesDiffer, Submission, check_entries, entries_hash
from tests.given import AT, received

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


def test_the_hash_is_also_over_what_the_caller_expects_where_anything_is_expected() -> None:
    expecting = replace(said(PAYMENT), expected_entries=b"x" * 32)
    assert expecting.request_hash() != said(PAYMENT).request_hash()


class TestWhatIsExpected:
    RECEIVED = Step("hold:PO-1", 2, received(500), "", AT)
    CREDITED = Step("payee:EXP-1/USD", 7, PayeeCredited(amount_minor=5, source="x", account="payable:exporter"), "", AT)
    STOPPED = Step("clock:PO-1", 3, ClockStopped(clock="payment/1", because="hold.payment_received"), "keep", AT)

    def test_other_money_is_something_else(self) -> None:
        more = Step("hold:PO-1", 2, received(501), "", AT)
        assert entries_hash([self.RECEIVED]) != entries_hash([more])
        assert entries_hash([self.RECEIVED]) != entries_hash([self.RECEIVED._replace(reference="hold:PO-2")])

    def test_what_else_happens_in_the_trade_counts_though_it_moves_no_money(self) -> None:
        assert entries_hash([self.RECEIVED]) != entries_hash([self.RECEIVED, self.STOPPED])

    def test_when_and_why_and_what_happens_to_what_other_trades_move_as_well_do_not_count(self) -> None:
        later = self.STOPPED._replace(occurred_at=AT + timedelta(days=1), policy="another", version=9)
        assert entries_hash([self.RECEIVED, self.STOPPED]) == entries_hash([self.RECEIVED, self.CREDITED, later])

    def test_anything_else_than_expected_is_a_conflict_and_nothing_expected_is_none(self) -> None:
        expecting = replace(said(PAYMENT), expected_entries=entries_hash([self.RECEIVED]))
        check_entries(expecting, [self.RECEIVED, self.CREDITED])
        check_entries(said(PAYMENT), [self.STOPPED])
        with pytest.raises(EntriesDiffer):
            check_entries(expecting, [self.STOPPED])
