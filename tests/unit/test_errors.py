"""Errors: a stable code, typed attributes, and a log that is corrupt outside of them all."""

import pytest

from domain.errors import Conflict, Forbidden, LedgerError, LogCorrupt, Malformed, NotFound, Refused, Unavailable
from domain.hold import HoldExceeded


def test_a_refusal_tells_its_attributes_by_name() -> None:
    refused = HoldExceeded(hold="hold:PO-1", requested_minor=2, held_minor=1)
    assert refused.details() == {"hold": "hold:PO-1", "requested_minor": 2, "held_minor": 1}


def test_a_refusal_is_one_line_of_code_and_attributes() -> None:
    refused = HoldExceeded(hold="hold:PO-1", requested_minor=2, held_minor=1)
    assert str(refused) == "hold.exceeded: hold=hold:PO-1 requested_minor=2 held_minor=1"


def test_a_refusal_without_attributes_is_its_code() -> None:
    assert str(LedgerError()) == "ledger.error"


def test_two_refusals_of_the_same_are_two_exceptions() -> None:
    one, other = LedgerError(), LedgerError()
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.parametrize("category", [Malformed, NotFound, Forbidden, Refused, Conflict])
def test_only_absence_is_worth_trying_again(category: type[LedgerError]) -> None:
    assert not category.retryable
    assert Unavailable.retryable


def test_no_handler_of_refusals_swallows_a_corrupt_log() -> None:
    corrupt = LogCorrupt(book="main", position=7, what="hash differs")
    assert not isinstance(corrupt, LedgerError)
    assert str(corrupt) == "log corrupt: book=main position=7: hash differs"
