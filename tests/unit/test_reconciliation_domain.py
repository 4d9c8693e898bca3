"""Bank accounts, their statements and entries, matches, and the breaks about them: what commands make of them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.accounts import AccountUnfit, AccountUnknown
from domain.bank_account import BankAccountMalformed, BankAccountStatementRecorded
from domain.bank_entry import BankEntryNotMatched, TargetsDiffer, TargetsMalformed
from domain.commands import (
    ApproveBreakWriteOff,
    AssignBreak,
    CommentBreak,
    ProposeBreakWriteOff,
    RaiseBreaks,
    RecordBankStatement,
    RegisterBankAccount,
    RejectBreakWriteOff,
    RejectPayout,
    ResolveBreak,
    UndoMatch,
)
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.handlers.bank_matches import RECEIVED_ON
from domain.handlers.breaks import BreakSubjectOpen
from domain.hold import CurrencyDiffers
from domain.open_item import OpenItem, OpenItemDiffers, OpenItemExceeded, OpenItemMalformed, OpenItemNotSettled
from domain.payout import IN_TRANSIT, Payout
from domain.payout_refusals import PayoutDebitExceeded, PayoutNotInState, PayoutReturnDiffers
from domain.reconciliation_break import Break, break_id
from domain.unit_of_work import AggregateNotFound
from tests.banks import (
    BANK,
    BOOK_OPEN,
    BREAK,
    DAY,
    DETAIL,
    ENTRY,
    ITEM,
    KEY,
    OTHER,
    OTHER_KEY,
    PAYOUT,
    REGISTERED,
    STATEMENT,
    booking,
    found,
    instructed,
    line,
    matching,
    new_line,
    record,
    said,
    settling,
)
from tests.given import HOLD, SECOND, Given, agreed, given, on, paid

STATED = RecordBankStatement(bank_account="hdfc", statement=STATEMENT, told=said())
REGISTER = RegisterBankAccount(bank_account="hdfc", account=BANK, currency="USD", identifiers=("GB33",), name="Escrow")
UNDO = UndoMatch(match="M-1", reason="wrong-order")
WRITE_OFF = ProposeBreakWriteOff(break_key=f"bank_entry.{KEY}", reason="too-small")


def bank(*lines: int) -> Given:
    """Return a book in which PO-1's 100.00 USD came by card, and the bank says one line of each amount, or two."""
    histories = [on(entry, line(minor)) for entry, minor in zip((ENTRY, OTHER), lines, strict=False)]
    return given(BOOK_OPEN, REGISTERED, *paid(), *histories)


def balances(book: Given) -> dict[str, int]:
    """Return what stands on the accounts in dollars, debits above zero, without empty ones."""
    return {account: minor for (account, currency), minor in book.world.balances.items() if minor and currency == "USD"}


def break_of(book: Given, subject: str = ENTRY) -> Break:
    """Return the break about a subject."""
    aggregate = book.world.load(break_id(subject)).aggregate
    assert isinstance(aggregate, Break)
    return aggregate


class TestAccounts:
    @pytest.mark.parametrize(
        "said",
        [
            {"identifiers": ("",)},
            {"identifiers": ("DE89 3704",)},
            {"identifiers": ("gb33bukb",)},
            {"identifiers": ("GB33", "GB33")},
            {"name": ""},
            {"name": "two\nlines"},
            {"bic": "HDFC"},
        ],
    )
    def test_what_no_bank_writes_is_refused(self, said: dict[str, object]) -> None:
        given(BOOK_OPEN).when(replace(REGISTER, **said)).refused(BankAccountMalformed, field=next(iter(said)))

    def test_virtual_numbers_are_known_by_how_they_begin(self) -> None:
        given(BOOK_OPEN).when(replace(REGISTER, identifiers=("8877*",))).then_topics("BankAccountRegistered")


class TestStatements:
    def test_a_sound_statement_raises_no_break(self) -> None:
        given(BOOK_OPEN, REGISTERED).when(STATED).then_topics("BankAccountStatementRecorded")

    def test_one_that_does_not_add_up_raises_a_break_and_no_error(self) -> None:
        book = given(BOOK_OPEN, REGISTERED)
        wrong = replace(STATED, told=said(entries_minor=9_000))
        book.when(wrong).then_topics("BankAccountStatementRecorded", "BreakRaised")
        about = break_of(book, f"statement:{STATEMENT}")
        assert (about.kind, about.amount_minor, about.is_open) == ("unbalanced_statement", 1_000, True)

    def test_one_that_comes_again_whole_closes_its_break(self) -> None:
        book = given(BOOK_OPEN, REGISTERED).said(replace(STATED, told=said(entries_minor=9_000)))
        book.when(replace(STATED, told=said(entries=2))).then_topics("BankAccountStatementRecorded", "BreakResolved")
        assert break_of(book, f"statement:{STATEMENT}").how == "match"

    def test_without_balances_nothing_is_compared(self) -> None:
        book = given(BOOK_OPEN, REGISTERED)
        advice = said(opening_minor=None, closing_minor=None)
        then = book.when(replace(STATED, told=advice)).then_topics("BankAccountStatementRecorded")
        event = then.steps[0].event
        assert isinstance(event, BankAccountStatementRecorded)
        assert (event.difference_minor, event.gap_minor) == (None, None)

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
    def test_statements_that_follow_on_each_other_leave_no_gap_in_whatever_order_they_come(
        self, order: tuple[int, ...]
    ) -> None:
        book = given(BOOK_OPEN, REGISTERED)
        for day in order:
            book.said(_statement_of(day, opening_minor=day * 10_000))
        opened = [
            f"statement:{_name(day)}" for day in order if break_id(f"statement:{_name(day)}") in book.world.aggregates
        ]
        assert not [subject for subject in opened if break_of(book, subject).is_open]

    def test_what_is_missing_between_two_statements_is_a_gap(self) -> None:
        book = given(BOOK_OPEN, REGISTERED).said(_statement_of(0, opening_minor=0))
        book.when(_statement_of(3, opening_minor=25_000)).then_topics("BankAccountStatementRecorded", "BreakRaised")
        about = break_of(book, f"statement:{_name(3)}")
        assert (about.kind, about.amount_minor) == ("gap", 15_000)

    def test_two_statements_of_one_day_leave_no_gap(self) -> None:
        book = given(BOOK_OPEN, REGISTERED).said(_statement_of(0, opening_minor=0))
        second = replace(_statement_of(0, opening_minor=10_000), statement=_name(7))
        book.when(second).then_topics("BankAccountStatementRecorded")

    def test_lines_are_recorded_and_post_nothing(self) -> None:
        book = given(BOOK_OPEN, REGISTERED)
        book.when(record(new_line(), new_line(OTHER_KEY, -500))).then(on(ENTRY, line()), on(OTHER, line(-500)))
        assert balances(book) == {}


def _name(day: int) -> str:
    return f"{day:032x}"


def _statement_of(day: int, *, opening_minor: int) -> RecordBankStatement:
    """Return a statement of one day on which 100.00 came."""
    on_day = DAY + timedelta(days=day)
    whole = replace(said(), from_on=on_day, to_on=on_day, opening_minor=opening_minor)
    return RecordBankStatement(
        bank_account="hdfc", statement=_name(day), told=replace(whole, closing_minor=opening_minor + 10_000)
    )


class TestMatches:
    def test_an_open_item_moves_from_clearing_to_the_bank(self) -> None:
        book = bank(10_000)
        book.when(matching(settling())).then_topics("OpenItemSettled", "BankEntryMatched", "BankMatchMade")
        assert balances(book) == {BANK: 10_000, "hold:PO-1": -10_000}

    def test_a_skimmed_fee_is_booked_to_its_account(self) -> None:
        book = bank(9_800).said(matching(settling(), booking(-200)))
        assert balances(book) == {BANK: 9_800, "expense:bank-charges": 200, "hold:PO-1": -10_000}

    def test_an_item_may_be_settled_by_several_lines(self) -> None:
        book = bank(4_000, 6_000)
        both = MatchBankEntries(
            match="M-1",
            entries=(
                MatchedEntry(entry=KEY, targets=(settling(4_000),)),
                MatchedEntry(entry=OTHER_KEY, targets=(settling(6_000),)),
            ),
        )
        book.when(both).leaves(ITEM, by={"M-1": 10_000})
        assert balances(book) == {BANK: 10_000, "hold:PO-1": -10_000}

    def test_what_the_ledger_booked_on_the_bank_account_itself_posts_nothing(self) -> None:
        item = f"open_item:guarantee:PO-1@1/{BANK}/USD"
        book = bank(10_000)
        before = balances(book)
        book.when(matching(settling(item=item))).leaves(item, open_minor=0)
        assert balances(book) == before

    def test_more_than_is_open_is_refused(self) -> None:
        bank(10_001).when(matching(settling(10_001))).refused(OpenItemExceeded, open_minor=10_000)
        book = bank(4_000, 7_000).said(matching(settling(4_000)))
        book.when(matching(settling(7_000), match="M-2", entry=OTHER_KEY)).refused(OpenItemExceeded, open_minor=6_000)

    def test_money_the_other_way_round_is_refused(self) -> None:
        bank(-10_000).when(matching(settling(-10_000))).refused(OpenItemExceeded)

    def test_a_posting_of_another_amount_is_refused(self) -> None:
        book = bank(4_000, 6_000).said(matching(settling(4_000)))
        again = matching(settling(6_000, of_minor=11_000), match="M-2", entry=OTHER_KEY)
        book.when(again).refused(OpenItemDiffers, of_minor=10_000)

    @pytest.mark.parametrize(
        "item",
        ["open_item:hold:PO-1@0/clearing:card/USD", "open_item:hold:PO-1/clearing:card/USD", "open_item:", ITEM[:-4]],
    )
    def test_what_names_no_posting_is_refused(self, item: str) -> None:
        bank(10_000).when(matching(settling(item=item))).refused(OpenItemMalformed)

    def test_a_posting_on_another_account_is_none_of_the_banks(self) -> None:
        item = "open_item:hold:PO-1@2/hold:PO-1/USD"
        bank(10_000).when(matching(settling(item=item))).refused(AccountUnfit)
        item = "open_item:hold:PO-1@2/petty-cash/USD"
        bank(10_000).when(matching(settling(item=item))).refused(AccountUnknown)

    def test_parts_come_to_the_whole_line(self) -> None:
        bank(10_000).when(matching(settling(9_999))).refused(TargetsDiffer, targets_minor=9_999)
        bank(10_000).when(matching(settling(5_000), settling(5_000))).refused(TargetsMalformed)
        bank(10_000).when(matching()).refused(TargetsMalformed)

    def test_a_booking_takes_only_the_accounts_for_it(self) -> None:
        bank(10_000).when(matching(booking(10_000, "expense:write-offs"))).refused(AccountUnfit)
        bank(10_000).when(matching(booking(10_000, "payable:exporter:EXP-1"))).refused(AccountUnfit)
        bank(10_000).when(matching(booking(10_000, "suspense:unidentified"))).then_topics(
            "BankEntryMatched", "BankMatchMade"
        )

    def test_gain_or_loss_is_of_the_functional_currency(self) -> None:
        bank(10_000).when(matching(booking(10_000, "fx:gain-loss"))).then_topics("BankEntryMatched", "BankMatchMade")
        euros = given(BOOK_OPEN, REGISTERED, on(ENTRY, line(currency="EUR")))
        euros.when(matching(booking(10_000, "fx:gain-loss"))).refused(AccountUnfit, needed=("USD",))

    def test_a_payment_nobody_recorded_is_recorded_and_settled_at_once(self) -> None:
        book = given(BOOK_OPEN, REGISTERED, *agreed(), on(ENTRY, line()))
        then = book.when(matching(SaidTarget(item=HOLD, amount_minor=10_000)))
        then.then_topics("HoldPaymentReceived", "OpenItemSettled", "BankEntryMatched", "BankMatchMade")
        assert then.steps[0].event.reference == "M-1"  # type: ignore[attr-defined]
        assert balances(book) == {BANK: 10_000, "hold:PO-1": -10_000}

    def test_a_payment_that_the_hold_refuses_is_refused(self) -> None:
        book = given(BOOK_OPEN, REGISTERED, *agreed(), on(ENTRY, line(currency="EUR")))
        book.when(matching(SaidTarget(item=HOLD, amount_minor=10_000))).refused(CurrencyDiffers)
        missing = given(BOOK_OPEN, REGISTERED, on(ENTRY, line()))
        missing.when(matching(SaidTarget(item=HOLD, amount_minor=10_000))).refused(AggregateNotFound)


class TestPayouts:
    def test_a_debit_ends_the_transit(self) -> None:
        book = bank(-5_000)
        for happened in instructed():
            book.world.happen(happened)
        book.when(matching(SaidTarget(item=PAYOUT, amount_minor=-5_000))).leaves(PAYOUT, status="debited")
        assert balances(book)[BANK] == -5_000
        assert IN_TRANSIT not in balances(book)

    def test_a_return_lets_it_be_owed_again(self) -> None:
        book = _debited(5_000)
        book.when(matching(SaidTarget(item=PAYOUT, amount_minor=5_000, reason="AC04"), match="M-2", entry=OTHER_KEY))
        assert _payout(book).status == "returned"
        assert BANK not in balances(book)
        assert IN_TRANSIT not in balances(book)

    def test_a_return_of_another_amount_is_refused(self) -> None:
        returned = matching(SaidTarget(item=PAYOUT, amount_minor=4_000), match="M-2", entry=OTHER_KEY)
        _debited(4_000).when(returned).refused(PayoutReturnDiffers)

    def test_more_than_was_instructed_is_refused(self) -> None:
        book = bank(-6_000)
        for happened in instructed():
            book.world.happen(happened)
        book.when(matching(SaidTarget(item=PAYOUT, amount_minor=-6_000))).refused(PayoutDebitExceeded)

    def test_a_debit_that_came_back_is_not_undone_before_its_return(self) -> None:
        book = _debited(5_000).said(matching(SaidTarget(item=PAYOUT, amount_minor=5_000), match="M-2", entry=OTHER_KEY))
        book.when(UNDO).refused(PayoutNotInState)
        book.said(replace(UNDO, match="M-2"), UNDO)
        assert _payout(book).status == "instructed"
        assert balances(book)[IN_TRANSIT] == -5_000


def _debited(second_line: int) -> Given:
    """Return a book in which the bank has paid P-1's 50.00, and another line came."""
    book = bank(-5_000, second_line)
    for happened in instructed():
        book.world.happen(happened)
    return book.said(matching(SaidTarget(item=PAYOUT, amount_minor=-5_000)))


def _payout(book: Given) -> Payout:
    aggregate = book.world.load(PAYOUT).aggregate
    assert isinstance(aggregate, Payout)
    return aggregate


class TestUndo:
    def test_everything_is_as_before(self) -> None:
        book = bank(9_800)
        before = balances(book)
        book.said(matching(settling(), booking(-200)))
        book.when(UNDO).then_topics("OpenItemUnsettled", "BankEntryUnmatched", "BankMatchUndone")
        assert balances(book) == before
        assert book.world.load(ITEM).aggregate.open_minor == 10_000  # type: ignore[union-attr]

    def test_it_can_be_made_anew_under_another_name(self) -> None:
        book = bank(10_000).said(matching(settling()), UNDO, matching(settling(), match="M-2"))
        assert balances(book) == {BANK: 10_000, "hold:PO-1": -10_000}

    def test_a_payment_that_a_match_recorded_waits_on_clearing(self) -> None:
        book = given(BOOK_OPEN, REGISTERED, *agreed(), on(ENTRY, line()))
        book.said(matching(SaidTarget(item=HOLD, amount_minor=10_000)), UNDO)
        assert balances(book) == {RECEIVED_ON: 10_000, "hold:PO-1": -10_000}
        item = f"open_item:{HOLD}@2/{RECEIVED_ON}/USD"
        book.said(matching(settling(item=item), match="M-2"))
        assert balances(book) == {BANK: 10_000, "hold:PO-1": -10_000}

    def test_only_its_own_match_lets_go_of_an_entry_and_an_item(self) -> None:
        book = bank(10_000).said(matching(settling()))
        entry, item = book.world.load(ENTRY).aggregate, book.world.load(ITEM).aggregate
        assert isinstance(item, OpenItem)
        with pytest.raises(BankEntryNotMatched):
            entry.unmatch(match="M-9", reason="wrong")  # type: ignore[union-attr]
        with pytest.raises(OpenItemNotSettled):
            item.unsettle(match="M-9")


class TestBreaks:
    def test_a_match_closes_the_breaks_about_its_entry_and_its_items(self) -> None:
        book = bank(10_000).said(RaiseBreaks(found=(found(), found(ITEM, of_minor=10_000))))
        book.said(matching(settling()))
        assert [break_of(book, subject).how for subject in (ENTRY, ITEM)] == ["match", "match"]

    def test_an_item_settled_in_part_stays_a_break(self) -> None:
        book = bank(4_000).said(RaiseBreaks(found=(found(ITEM, of_minor=10_000),)), matching(settling(4_000)))
        assert break_of(book, ITEM).is_open

    def test_a_booking_closes_a_break_as_such(self) -> None:
        book = bank(10_000).said(RaiseBreaks(found=(found(),)), matching(booking(10_000, "suspense:unidentified")))
        assert break_of(book).how == "booking"

    def test_what_is_known_is_said_once_and_what_changed_anew(self) -> None:
        book = bank(10_000, 500).said(RaiseBreaks(found=(found(),)))
        more = RaiseBreaks(found=(found(), found(OTHER, 500)))
        book.when(more).then_topics("BreakRaised")
        book.when(RaiseBreaks(found=(replace(found(), kind="ambiguous"),))).then_topics("BreakReclassified")
        assert break_of(book).kind == "ambiguous"

    def test_a_subject_that_differs_again_opens_its_break_again(self) -> None:
        book = bank(10_000).said(
            RaiseBreaks(found=(found(),)), matching(settling()), UNDO, RaiseBreaks(found=(found(),))
        )
        assert (break_of(book).raised, break_of(book).is_open) == (2, True)

    def test_an_owner_and_comments(self) -> None:
        book = bank(10_000).said(RaiseBreaks(found=(found(),)))
        key = f"bank_entry.{KEY}"
        book.said(AssignBreak(break_key=key, owner="FIN-2"), CommentBreak(break_key=key, comment=DETAIL))
        assert (break_of(book).owner, break_of(book).comments) == ("FIN-2", 1)

    def test_a_write_off_takes_two_and_books_the_entry(self) -> None:
        book = bank(-300).said(RaiseBreaks(found=(found(amount_minor=-300),)), WRITE_OFF)
        approve = ApproveBreakWriteOff(break_key=f"bank_entry.{KEY}", number=1)
        book.when(approve, actor=SECOND).then_topics(
            "BreakWriteOffApproved", "BankEntryMatched", "BankMatchMade", "BreakResolved"
        )
        assert balances(book)["expense:write-offs"] == 300
        assert balances(book)[BANK] == -300
        assert break_of(book).how == "write-off"

    def test_a_write_off_of_an_entry_can_be_undone_as_any_match(self) -> None:
        book = bank(-300)
        before = balances(book)
        book.said(RaiseBreaks(found=(found(amount_minor=-300),)), WRITE_OFF)
        book.said(ApproveBreakWriteOff(break_key=f"bank_entry.{KEY}", number=1), actor=SECOND)
        book.said(replace(UNDO, match=f"bank_entry.{KEY}.1"))
        assert balances(book) == before

    def test_a_write_off_of_an_open_item_takes_it_off_its_account(self) -> None:
        book = bank().said(RaiseBreaks(found=(found(ITEM, of_minor=10_000),)))
        key = break_id(ITEM).partition(":")[2]
        book.said(ProposeBreakWriteOff(break_key=key, reason="lost"))
        book.said(ApproveBreakWriteOff(break_key=key, number=1), actor=SECOND)
        assert balances(book) == {"expense:write-offs": 10_000, "hold:PO-1": -10_000}
        assert book.world.load(ITEM).aggregate.open_minor == 0  # type: ignore[union-attr]

    def test_two_may_accept_a_statement_that_does_not_add_up(self) -> None:
        book = given(BOOK_OPEN, REGISTERED).said(replace(STATED, told=said(entries_minor=9_000)))
        key = f"statement.{STATEMENT}"
        book.said(ProposeBreakWriteOff(break_key=key, reason="bank-says-so"))
        book.said(ApproveBreakWriteOff(break_key=key, number=1), actor=SECOND)
        assert break_of(book, f"statement:{STATEMENT}").how == "write-off"
        assert balances(book) == {}

    def test_a_rejected_write_off_leaves_the_break_open(self) -> None:
        book = bank(10_000).said(RaiseBreaks(found=(found(),)), WRITE_OFF)
        book.said(RejectBreakWriteOff(break_key=f"bank_entry.{KEY}", number=1, reason="no"), actor=SECOND)
        assert (break_of(book).is_open, break_of(book).pending) == (True, ())

    def test_a_payout_rejected_by_its_bank_explains_its_break(self) -> None:
        book = bank()
        for happened in instructed():
            book.world.happen(happened)
        book.said(RaiseBreaks(found=(found(PAYOUT, -5_000),)))
        book.when(ResolveBreak(break_key="payout.P-1")).refused(BreakSubjectOpen)
        book.said(RejectPayout(payout="P-1", reason="AC04"), ResolveBreak(break_key="payout.P-1"))
        assert break_of(book, PAYOUT).how == "booking"


def test_breaks_are_named_after_their_subjects_as_far_as_these_are_keys() -> None:
    assert break_id(ENTRY) == BREAK
    assert break_id(PAYOUT) == "break:payout.P-1"
    assert break_id(ITEM).startswith("break:open_item.")
    assert len(break_id(ITEM)) == len("break:open_item.") + 32
    long = f"payout:{'P' * 64}"
    assert len(break_id(long)) == len("break:payout.") + 32
    assert break_id(long) != break_id(f"payout:{'P' * 63}Q")
