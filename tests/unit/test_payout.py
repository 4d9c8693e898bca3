"""Payout: all that a payee may be paid, once and for ever; told to the bank, answered, debited, and what comes back."""

from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from domain.commands import (
    ApprovePayout,
    CancelPayout,
    Command,
    InstructedPayout,
    InstructPayouts,
    PlanPayout,
    PlanSweep,
    RejectPayout,
)
from domain.handlers.payouts import debit_payout, return_payout, undo_debit, undo_return
from domain.party_refusals import PartySanctioned
from domain.payee_account import PayeeAccount, PayeeCredited, PayeeDebited, PayeePaidOut, PayeeReserved
from domain.payout import Payout
from domain.payout_events import PayoutInstructed, PayoutPart, PayoutPlanned
from domain.payout_file import PayoutFileMalformed, PayoutFileWritten, PayoutUnfit
from domain.payout_refusals import (
    PayoutAlreadyReissued,
    PayoutBelowMinimum,
    PayoutDebitExceeded,
    PayoutNotInState,
    PayoutNotMatched,
    PayoutReturnDiffers,
    PayoutUnfunded,
)
from domain.posting_rules import post
from domain.references import payout_file_id, payout_id
from domain.rules import PayoutSchedule, Rules
from domain.unit_of_work import UnitOfWork
from tests.given import (
    AT,
    EXPORTER,
    EXPORTER_PAYEE,
    OPERATOR,
    RULES,
    SECOND,
    Given,
    Happened,
    given,
    on,
    registered,
    ruled,
    screened,
    usd,
)

BANK, MONDAY = "bank:safeguarded:hdfc", date(2026, 11, 23)
FOUR_EYES = replace(RULES, four_eyes_from_minor={"USD": 400}, payout_approvals=2)
PLAN = PlanPayout(payout="P-1", party="EXP-1", currency="USD", pays_from=BANK, pay_on=MONDAY)
ENTRY, OTHER_ENTRY = "bank_entry:e1", "bank_entry:e2"


def credited(minor: int = 500) -> tuple[Happened, ...]:
    """Return how EXP-1 came to be owed an amount as an exporter."""
    return on(EXPORTER_PAYEE, PayeeCredited(amount_minor=minor, source="release:PO-1/1", account="payable:exporter"))


def owing_as_buyer(minor: int) -> tuple[Happened, ...]:
    """Return how EXP-1 came to owe as a buyer."""
    return on(EXPORTER_PAYEE, PayeeDebited(amount_minor=minor, source="hold:PO-2", account="refundable:buyer"))


def told(payout: str = "P-1", *, file: str = "F-1") -> InstructPayouts:
    """Return the command that tells the bank in a file of one payout."""
    one = InstructedPayout(payout=payout, party="EXP-1", creditor="3d" * 32)
    return InstructPayouts(
        file=file,
        format="pain.001.001.09",
        pays_from=BANK,
        currency="USD",
        pay_on=MONDAY,
        sha256="5c" * 32,
        payouts=(one,),
    )


def payable(*, rules: Rules = RULES, minor: int = 500) -> Given:
    """Return a book in which EXP-1 may be paid."""
    return given(ruled(rules), credited(minor))


def instructed() -> Given:
    """Return a book in which the bank was told to pay it."""
    return payable().said(PLAN, told())


def bank_says(book: Given, happening: Callable[[UnitOfWork], None]) -> Given:
    """Let a line of a statement be matched."""
    uow = UnitOfWork(book.world.load, actor="finance:bank", occurred_at=AT)
    happening(uow)
    for step in uow.steps:
        book.world.happen(Happened(step.reference, step.event))
    return book


def debited() -> Given:
    """Return a book in which the bank paid it."""
    return bank_says(instructed(), lambda uow: debit_payout("P-1", 500, bank_entry=ENTRY, on=MONDAY, uow=uow))


def returned() -> Given:
    """Return a book in which it came back."""
    return bank_says(
        debited(),
        lambda uow: return_payout("P-1", 500, bank_entry=OTHER_ENTRY, reason="AC01", on=MONDAY, uow=uow),
    )


def payee_in(book: Given) -> PayeeAccount:
    payee = book.world.load(EXPORTER_PAYEE).aggregate
    assert isinstance(payee, PayeeAccount)
    return payee


def payout_in(book: Given, name: str = "P-1") -> Payout:
    payout = book.world.load(payout_id(name)).aggregate
    assert isinstance(payout, Payout)
    return payout


def in_books(book: Given, account: str) -> int:
    return book.world.balances[account, "USD"]


def test_a_plan_takes_everything_and_sets_it_apart() -> None:
    given(ruled(), credited(500), owing_as_buyer(20)).when(PLAN).then(
        on(
            payout_id("P-1"),
            PayoutPlanned(
                kind="payee",
                party="EXP-1",
                currency="USD",
                amount_minor=480,
                parts=(PayoutPart("payable:exporter:EXP-1", 500), PayoutPart("refundable:buyer:EXP-1", -20)),
                first_item=1,
                last_item=2,
                pays_from=BANK,
                pay_on=MONDAY,
                approvals=0,
                planned_by=OPERATOR,
            ),
        ),
        on(
            EXPORTER_PAYEE,
            PayeeReserved(
                payout=payout_id("P-1"),
                amounts_minor={"payable:exporter": 500, "refundable:buyer": -20},
                last_item=2,
            ),
        ),
    )


def test_what_is_set_apart_may_not_be_set_aside_as_unclaimed() -> None:
    assert payee_in(payable().said(PLAN)).payable_on("payable:exporter") == 0


def test_a_second_plan_takes_only_what_came_since() -> None:
    book = payable().said(PLAN)
    for happened in credited(70):
        book.world.happen(happened)
    book.said(replace(PLAN, payout="P-2"))
    assert payout_in(book, "P-2").amount_minor == 70
    assert payee_in(book).available_minor == 0


def test_nothing_new_is_no_payout() -> None:
    payable().said(PLAN).when(replace(PLAN, payout="P-2")).refused(
        PayoutBelowMinimum, available_minor=0, minimum_minor=1
    )


def test_what_is_owed_is_carried_forward() -> None:
    given(ruled(), credited(500), owing_as_buyer(501)).when(PLAN).refused(PayoutBelowMinimum, available_minor=-1)


def test_below_the_threshold_nobody_else_need_agree() -> None:
    payable(rules=FOUR_EYES, minor=399).when(PLAN).leaves(payout_id("P-1"), status="approved", approvals=0)


def test_from_the_threshold_on_as_many_agree_as_the_rulebook_says() -> None:
    book = payable(rules=FOUR_EYES).said(PLAN)
    book.said(ApprovePayout(payout="P-1"), actor=SECOND)
    assert payout_in(book).status == "planned"
    book.said(ApprovePayout(payout="P-1"), actor="finance:third")
    assert payout_in(book).status == "approved"


def test_a_party_s_own_rulebook_counts() -> None:
    stricter = replace(RULES, payout_minimum_minor={"USD": 501})
    given(ruled(stricter), credited(), on(EXPORTER, registered())).when(replace(PLAN, rulebook="other/1")).refused(
        PayoutBelowMinimum, minimum_minor=501
    )


def test_a_found_party_is_paid_nothing_at_all_even_what_it_paid_itself() -> None:
    refundable = on(EXPORTER_PAYEE, PayeeCredited(amount_minor=500, source="refund:PO-2/1", account="refundable:buyer"))
    given(ruled(), refundable, on(EXPORTER, registered(), screened("hit"))).when(PLAN).refused(PartySanctioned)


def test_cancelling_makes_it_an_item_that_the_next_plan_takes() -> None:
    book = payable().said(PLAN, CancelPayout(payout="P-1", reason="typo"), replace(PLAN, payout="P-2"))
    plans = [step.event for step, _ in book.world.steps if isinstance(step.event, PayoutPlanned)]
    assert [(plan.first_item, plan.last_item, plan.amount_minor) for plan in plans] == [(1, 1, 500), (2, 2, 500)]


def test_telling_the_bank_moves_it_into_transit_with_the_file() -> None:
    book = payable().said(PLAN)
    then = book.when(told())
    then.then(
        on(
            payout_id("P-1"),
            PayoutInstructed(
                file="F-1",
                creditor="3d" * 32,
                currency="USD",
                amount_minor=500,
                parts=(PayoutPart("payable:exporter:EXP-1", 500),),
                instructed_by=OPERATOR,
            ),
        ),
        on(EXPORTER_PAYEE, PayeePaidOut(payout=payout_id("P-1"), amounts_minor={"payable:exporter": 500})),
        on(
            payout_file_id("F-1"),
            PayoutFileWritten(
                format="pain.001.001.09",
                pays_from=BANK,
                pay_on=MONDAY,
                currency="USD",
                payouts=1,
                amount_minor=500,
                sha256="5c" * 32,
                written_by=OPERATOR,
            ),
        ),
    )
    assert in_books(book, "payout:in-transit") == -500
    assert payee_in(book).balance_minor == 0


def test_what_was_recovered_meanwhile_stops_the_payout() -> None:
    book = payable().said(PLAN)
    for happened in owing_as_buyer(1):
        book.world.happen(happened)
    book.when(told()).refused(PayoutUnfunded, requested_minor=500, owed_minor=499)


def test_a_file_of_nothing_or_to_somebody_else_is_refused() -> None:
    book = payable().said(PLAN)
    book.when(replace(told(), payouts=())).refused(PayoutFileMalformed)
    somebody_else = InstructedPayout(payout="P-1", party="EXP-2", creditor="3d" * 32)
    book.when(replace(told(), payouts=(somebody_else,))).refused(PayoutUnfit, field="party")


def test_what_the_bank_rejects_is_owed_again_and_may_be_reissued_once() -> None:
    again = replace(PLAN, payout="P-2", reissues="P-1")
    book = instructed().said(RejectPayout(payout="P-1", reason="AC04"))
    assert (in_books(book, "payout:in-transit"), payee_in(book).available_minor) == (0, 500)
    book.said(again)
    assert payout_in(book).reissued_as == "payout:P-2"
    book.when(replace(again, payout="P-3")).refused(PayoutAlreadyReissued, reissued_as="payout:P-2")


def test_it_is_debited_piece_by_piece_but_no_more_than_it_is() -> None:
    book = bank_says(instructed(), lambda uow: debit_payout("P-1", 300, bank_entry=ENTRY, on=MONDAY, uow=uow))
    assert (payout_in(book).status, payout_in(book).debited_minor) == ("instructed", 300)
    with pytest.raises(PayoutDebitExceeded):
        bank_says(book, lambda uow: debit_payout("P-1", 201, bank_entry=OTHER_ENTRY, on=MONDAY, uow=uow))
    bank_says(book, lambda uow: debit_payout("P-1", 200, bank_entry=OTHER_ENTRY, on=MONDAY, uow=uow))
    assert payout_in(book).status == "debited"


def test_paid_can_turn_out_returned_and_is_owed_again() -> None:
    book = returned()
    assert payout_in(book).status == "returned"
    assert payee_in(book).available_minor == 500


def test_only_a_whole_return_of_what_was_debited_is_one() -> None:
    with pytest.raises(PayoutReturnDiffers):
        bank_says(debited(), lambda uow: return_payout("P-1", 499, bank_entry=ENTRY, reason="", on=MONDAY, uow=uow))
    with pytest.raises(PayoutNotInState):
        bank_says(instructed(), lambda uow: return_payout("P-1", 500, bank_entry=ENTRY, reason="", on=MONDAY, uow=uow))


def test_a_return_is_undone_before_its_debit_is() -> None:
    book = returned()
    with pytest.raises(PayoutNotInState):
        bank_says(book, lambda uow: undo_debit("P-1", bank_entry=ENTRY, uow=uow))
    bank_says(book, lambda uow: undo_return("P-1", bank_entry=OTHER_ENTRY, uow=uow))
    assert (payout_in(book).status, payee_in(book).balance_minor) == ("debited", 0)
    bank_says(book, lambda uow: undo_debit("P-1", bank_entry=ENTRY, uow=uow))
    assert (payout_in(book).status, payout_in(book).debits) == ("instructed", {})


@pytest.mark.parametrize("entry", ["", "bank_entry:stranger"])
def test_only_the_line_that_was_matched_is_undone(entry: str) -> None:
    with pytest.raises(PayoutNotMatched):
        bank_says(debited(), lambda uow: undo_return("P-1", bank_entry=entry, uow=uow))
    with pytest.raises(PayoutNotMatched):
        bank_says(debited(), lambda uow: undo_debit("P-1", bank_entry=entry, uow=uow))


def test_a_sweep_stands_between_the_two_accounts() -> None:
    sweep: Command = PlanSweep(
        payout="S-1",
        amount=usd(300),
        pays_from=BANK,
        pays_to="bank:operator:main",
        pay_on=MONDAY,
        available_minor=300,
    )
    book = given().said(sweep)
    book.said(ApprovePayout(payout="S-1"), actor=SECOND)
    book.said(replace(told("S-1"), payouts=(InstructedPayout(payout="S-1"),)))
    assert in_books(book, "clearing:own-transfers") == 300
    assert in_books(book, "payout:in-transit") == -300


@pytest.mark.parametrize(
    ("schedule", "day", "said", "expected"),
    [
        ("daily", 1, date(2026, 11, 22), date(2026, 11, 22)),
        ("weekly", 5, date(2026, 11, 22), date(2026, 11, 27)),
        ("weekly", 7, date(2026, 11, 22), date(2026, 11, 22)),
        ("monthly", 31, date(2027, 2, 1), date(2027, 2, 28)),
        ("monthly", 1, date(2026, 12, 2), date(2027, 1, 1)),
    ],
)
def test_the_next_day_of_a_schedule(schedule: PayoutSchedule, day: int, said: date, expected: date) -> None:
    assert Rules(payout_schedule=schedule, payout_day=day).next_payout_on(said) == expected


def test_an_entry_of_a_payout_names_the_payee_s_own_accounts() -> None:
    book = payable().said(PLAN, told())
    entry = next(
        post(step.reference, step.event) for step, _ in book.world.steps if isinstance(step.event, PayoutInstructed)
    )
    assert entry
    assert {each.account: each.amount_minor for each in entry.postings} == {
        "payable:exporter:EXP-1": 500,
        "payout:in-transit": -500,
    }
