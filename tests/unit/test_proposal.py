"""Proposal: waits for another person, is approved once, and is forgotten when done."""

from typing import Any

import pytest

from domain.proposal import (
    NOTHING,
    ApproverIsProposer,
    Breakdown,
    Proposal,
    ProposalAlreadyApproved,
    ProposalNotApproved,
    ProposalNotFound,
    Proposals,
    with_approved,
    with_done,
    with_proposed,
)

EMPTY = Proposals(reference="release:PO-1")
FIRST = Proposal(number=1, amount_minor=100, breakdown=NOTHING, proposed_by="ann")
SECOND = Proposal(number=2, amount_minor=30, breakdown=NOTHING, proposed_by="bob")
BOTH = with_proposed(with_proposed(EMPTY, FIRST), SECOND)


def test_net_fee_and_tax_make_the_gross() -> None:
    breakdown = Breakdown(gross_minor=100, fee_minor=2, tax_minor=1)
    assert breakdown.net_minor + breakdown.fee_minor + breakdown.tax_minor == breakdown.gross_minor


def test_proposals_are_numbered_from_one_and_never_again() -> None:
    assert EMPTY.next_number == 1
    assert BOTH.next_number == 3
    assert with_done(with_done(BOTH, 1), 2).next_number == 3


def test_what_waits_is_summed() -> None:
    assert (EMPTY.pending_minor, BOTH.pending_minor, with_done(BOTH, 1).pending_minor) == (0, 130, 30)


def test_another_person_approves_one_and_leaves_the_rest() -> None:
    BOTH.check_approvable(1, actor="bob")
    approved = with_approved(BOTH, 1)
    assert (approved.get(1).approved, approved.get(2).approved) == (True, False)
    assert approved.get_approved(1).amount_minor == 100


@pytest.mark.parametrize("number", [0, -1, 3])
def test_what_was_never_proposed_is_not_found(number: int) -> None:
    with pytest.raises(ProposalNotFound) as refused:
        BOTH.get(number)
    assert refused.value.details() == {"proposals": "release:PO-1", "number": number}


def test_what_is_done_is_not_found() -> None:
    with pytest.raises(ProposalNotFound):
        with_done(BOTH, 1).get(1)


@pytest.mark.parametrize("actor", ["ann", "finance:ann"])
def test_the_proposer_does_not_approve_in_any_role(actor: str) -> None:
    with pytest.raises(ApproverIsProposer) as refused:
        BOTH.check_approvable(1, actor=actor)
    assert refused.value.details() == {"proposals": "release:PO-1", "number": 1, "actor": actor}


def test_one_approval_is_what_it_takes() -> None:
    with pytest.raises(ProposalAlreadyApproved) as refused:
        with_approved(BOTH, 1).check_approvable(1, actor="bob")
    assert refused.value.number == 1


def test_what_nobody_approved_is_not_executed() -> None:
    with pytest.raises(ProposalNotApproved) as refused:
        BOTH.get_approved(1)
    assert refused.value.number == 1


@pytest.mark.parametrize("change", [with_approved, with_done])
def test_a_change_makes_new_proposals_and_leaves_the_old(change: Any) -> None:
    change(BOTH, 1)
    assert BOTH.get(1) == FIRST
