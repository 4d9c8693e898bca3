"""Files of credit transfers: exact, the same for the same input, and nothing that identifies is ever mended."""

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from api.exchange.credit_transfers.instructed import InstructionUnreadable, read_instructed
from api.exchange.credit_transfers.transfer import (
    PROBLEMS_MAX,
    CreditTransferFile,
    CreditTransfersUnwritable,
    MessageName,
    Unwritable,
    WrittenFile,
)
from api.exchange.credit_transfers.writing import write_credit_transfers
from domain.money import MINOR_MAX, Money
from tests.credit_transfers import ARABIAN, DEBTOR, FRENCH, INDIAN, faults_of, file_of, transfer, with_creditor

BOTH: tuple[MessageName, ...] = ("pain.001.001.09", "pain.001.001.03")
WITHOUT_AMOUNT = b"""<Document><CstmrCdtTrfInitn>
<PmtInf><ReqdExctnDt>2026-11-24</ReqdExctnDt><CdtTrfTxInf/></PmtInf></CstmrCdtTrfInitn></Document>"""
both_versions = pytest.mark.parametrize("message", BOTH)


def texts(written: WrittenFile, path: str) -> list[str]:
    """Return the texts at a path of names below the message."""
    document = etree.fromstring(written.content)
    found: list[Any] = document.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
    return [each.text for each in found]


def problems_of(file: CreditTransferFile) -> list[Unwritable]:
    with pytest.raises(CreditTransfersUnwritable) as refused:
        write_credit_transfers(file)
    return list(refused.value.problems)


def only_problem(file: CreditTransferFile) -> Unwritable:
    (problem,) = problems_of(file)
    return problem


@both_versions
class TestMessage:
    def test_it_is_valid_against_its_schema(self, message: MessageName, shared_data: Path) -> None:
        file = file_of(
            transfer(1), transfer(2, to=INDIAN, currency="INR"), transfer(3, to=ARABIAN, currency="USD"),
            transfer(4, minor=500, currency="JPY", to=ARABIAN), message=message,
        )  # fmt: skip
        assert faults_of(write_credit_transfers(file).content, message, shared_data / "schemas") == []

    def test_the_payout_is_the_end_to_end_id(self, message: MessageName) -> None:
        written = write_credit_transfers(file_of(message=message))
        ids = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/PmtId"
        assert texts(written, f"{ids}/EndToEndId") == texts(written, f"{ids}/InstrId") == ["2026-11-22/7"]

    def test_each_payout_is_booked_by_itself(self, message: MessageName) -> None:
        assert texts(write_credit_transfers(file_of(message=message)), "CstmrCdtTrfInitn/PmtInf/BtchBookg") == ["false"]

    def test_counts_and_sums_stand_in_the_header_and_in_each_batch(self, message: MessageName) -> None:
        written = write_credit_transfers(
            file_of(transfer(1, minor=10), transfer(2, minor=1, currency="KWD"), transfer(3, minor=5), message=message)
        )
        assert texts(written, "CstmrCdtTrfInitn/GrpHdr/NbOfTxs") == ["3"]
        assert texts(written, "CstmrCdtTrfInitn/GrpHdr/CtrlSum") == ["0.151"] == [written.control_sum]
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/NbOfTxs") == ["2", "1"]
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CtrlSum") == ["0.15", "0.001"]
        assert written.sums_minor == {"EUR": 15, "KWD": 1}
        assert written.count == 3

    @pytest.mark.parametrize(
        ("minor", "currency", "said"),
        [(1, "EUR", "0.01"), (500, "JPY", "500"), (1, "KWD", "0.001"), (12_345, "CLF", "1.2345"), (100, "EUR", "1.00")],
    )
    def test_an_amount_has_its_currencys_decimals(
        self, message: MessageName, minor: int, currency: str, said: str
    ) -> None:
        written = write_credit_transfers(file_of(transfer(minor=minor, currency=currency), message=message))
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/Amt/InstdAmt") == [said]

    def test_euro_between_ibans_of_sepa_goes_by_sepa_and_all_else_shares_charges(self, message: MessageName) -> None:
        written = write_credit_transfers(
            file_of(transfer(1, to=INDIAN), transfer(2), transfer(3, currency="USD"), message=message)
        )
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/PmtTpInf/SvcLvl/Cd") == ["SEPA"]
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/ChrgBr") == ["SLEV", "SHAR", "SHAR"]
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/PmtInfId") == ["20261122-1-1", "20261122-1-2", "20261122-1-3"]
        assert [each.payout[-1] for each in written.instructed.payouts] == ["2", "1", "3"]

    def test_more_than_sepa_carries_goes_another_way(self, message: MessageName) -> None:
        written = write_credit_transfers(
            file_of(transfer(1, minor=99_999_999_999), transfer(2, minor=100_000_000_000), message=message)
        )
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/ChrgBr") == ["SLEV", "SHAR"]
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CtrlSum") == ["999999999.99", "1000000000.00"]

    def test_an_account_without_iban_stands_with_its_bank(self, message: MessageName) -> None:
        written = write_credit_transfers(file_of(transfer(to=INDIAN, currency="INR"), message=message))
        one = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf"
        assert texts(written, f"{one}/CdtrAcct/Id/Othr/Id") == ["50100012345678"]
        assert texts(written, f"{one}/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd") == ["INFSC"]
        assert texts(written, f"{one}/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["HDFC0001234"]
        assert texts(written, f"{one}/Cdtr/PstlAdr/Ctry") == ["IN"]

    def test_a_debtor_whose_bank_isnt_known_says_so(self, message: MessageName, shared_data: Path) -> None:
        debtor = msgspec.structs.replace(DEBTOR, bic="")
        written = write_credit_transfers(file_of(message=message, debtor=debtor))
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
        assert faults_of(written.content, message, shared_data / "schemas") == []

    def test_the_time_of_creation_is_in_utc_without_fractions(self, message: MessageName) -> None:
        instant = datetime(2026, 11, 22, 1, 30, 30, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        written = write_credit_transfers(msgspec.structs.replace(file_of(message=message), created_at=instant))
        assert texts(written, "CstmrCdtTrfInitn/GrpHdr/CreDtTm") == ["2026-11-21T20:00:30Z"]

    def test_the_same_input_is_the_same_bytes(self, message: MessageName) -> None:
        first, second = (write_credit_transfers(file_of(message=message)) for _ in range(2))
        assert first.content == second.content
        assert first.sha256 == hashlib.sha256(first.content).hexdigest()

    def test_what_was_written_is_read_back(self, message: MessageName) -> None:
        written = write_credit_transfers(
            file_of(transfer(1, to=INDIAN), transfer(2), transfer(3, minor=9, currency="JPY"), message=message)
        )
        assert read_instructed(written.content) == written.instructed

    def test_a_system_in_words_and_a_purpose_stand_in_it(self, message: MessageName, shared_data: Path) -> None:
        payee = msgspec.structs.replace(INDIAN, clearing_system="Local clearing", clearing_member="77", currency="INR")
        written = write_credit_transfers(file_of(transfer(to=payee, purpose="COMM", remittance=""), message=message))
        one = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf"
        assert texts(written, f"{one}/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Prtry") == ["Local clearing"]
        assert texts(written, f"{one}/Purp/Cd") == ["COMM"]
        assert texts(written, f"{one}/RmtInf") == []
        assert faults_of(written.content, message, shared_data / "schemas") == []


class TestTexts:
    def test_a_change_is_told_with_payout_and_field(self) -> None:
        (changed,) = write_credit_transfers(file_of()).changed
        assert (changed.payout, changed.field) == ("2026-11-22/7", "creditor.name")
        assert (changed.before, changed.after) == ("Société Générale de Tissus", "Societe Generale de Tissus")
        assert not changed.is_lost

    def test_what_is_plain_isnt_changed(self) -> None:
        assert write_credit_transfers(with_creditor(name="Plain (Co.) + Sons, Ltd: 'A'/B?")).changed == ()

    def test_a_text_without_a_letter_that_can_be_written_is_left_out_and_told(self) -> None:
        written = write_credit_transfers(file_of(transfer(to=ARABIAN, remittance="订单")))
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/RmtInf/Ustrd") == []
        (changed,) = written.changed
        assert (changed.field, changed.after, changed.is_lost) == ("remittance", "", True)

    @pytest.mark.parametrize("name", ["陈伟贸易", "राम ट्रेडर्स १२", "🚀🚀", "...", "\u200f\u200f", " "])
    def test_a_name_of_which_no_letter_is_left_is_refused(self, name: str) -> None:
        problem = only_problem(with_creditor(name=name))
        assert (problem.payout, problem.field) == ("2026-11-22/7", "creditor.name")
        assert "Latin letters" in problem.reason

    def test_a_missing_name_is_refused_as_missing(self) -> None:
        assert only_problem(with_creditor(name="")).reason == "is missing"

    @pytest.mark.parametrize(("payee", "length"), [(FRENCH, 70), (ARABIAN, 140)])
    def test_a_name_is_cut_to_what_the_way_allows(self, payee: Any, length: int) -> None:
        written = write_credit_transfers(file_of(transfer(to=msgspec.structs.replace(payee, name="x" * 300))))
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/Cdtr/Nm") == ["x" * length]
        assert [each.is_lost for each in written.changed] == [True]

    def test_a_remittance_is_cut_at_140(self) -> None:
        written = write_credit_transfers(file_of(transfer(to=ARABIAN, remittance="y" * 141)))
        assert texts(written, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/RmtInf/Ustrd") == ["y" * 140]


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"iban": "FR1420041010050500013M02607"}, "creditor.iban"),
            ({"iban": "FR14"}, "creditor.iban"),
            ({"iban": "FR142004101005050001302606"}, "creditor.iban"),
            ({"iban": "QQ1420041010050500013M02606"}, "creditor.iban"),
            ({"iban": "DE4512030000000020205"}, "creditor.iban"),
            ({"account": "12"}, "creditor.iban"),
            ({"iban": ""}, "creditor.iban"),
            ({"iban": "", "account": "12"}, "creditor.bic"),
            ({"iban": "", "account": "1//2", "bic": "BOMLAEAD"}, "creditor.account"),
            ({"iban": "", "account": "/12", "bic": "BOMLAEAD"}, "creditor.account"),
            ({"bic": "BOMLAEA"}, "creditor.bic"),
            ({"bic": "BOMLQQAD"}, "creditor.bic"),
            ({"clearing_system": "INFSC"}, "creditor.clearing_system"),
            ({"clearing_member": "HDFC0001234"}, "creditor.clearing_system"),
            ({"clearing_system": "INFSC", "clearing_member": "HDFC1001234"}, "creditor.clearing_member"),
            ({"clearing_system": "USABA", "clearing_member": "021000022"}, "creditor.clearing_member"),
            ({"clearing_system": "QQABC", "clearing_member": "//"}, "creditor.clearing_member"),
            ({"country": "QQ"}, "creditor.country"),
            ({"currency": "XAU"}, "creditor.currency"),
        ],
    )
    def test_an_account_or_a_bank_that_cant_be_is_refused(self, changes: dict[str, str], field: str) -> None:
        problem = only_problem(with_creditor(**changes))
        assert (problem.payout, problem.field) == ("2026-11-22/7", field)
        assert not any(value and value in problem.reason for value in changes.values() if len(value) > 5)

    def test_what_banks_number_right_is_taken(self) -> None:
        for changes in (
            {"iban": "GB82 WEST 1234 5698 7654 32"},
            {"iban": "", "account": "123-456/7", "clearing_system": "USABA", "clearing_member": "021000021"},
            {"bic": "DEUTDEFF500"},
            {"iban": "AO68006000000000000000000"},
        ):
            assert write_credit_transfers(with_creditor(**changes)).count == 1

    def test_version_03_has_narrower_bics(self) -> None:
        payee = msgspec.structs.replace(FRENCH, bic="B0MLAEAD")
        assert write_credit_transfers(file_of(transfer(to=payee))).count == 1
        assert only_problem(file_of(transfer(to=payee), message="pain.001.001.03")).field == "creditor.bic"

    @pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
    def test_an_amount_of_nothing_or_too_much_is_refused(self, minor: int) -> None:
        assert only_problem(file_of(transfer(minor=minor))).field == "amount"

    def test_an_unknown_currency_is_refused(self) -> None:
        assert only_problem(file_of(transfer(currency="XAU"))).field == "amount"

    def test_a_purpose_is_four_capitals(self) -> None:
        assert only_problem(file_of(transfer(purpose="fees"))).field == "purpose"

    @pytest.mark.parametrize("message_id", ["", "/1", "1/", "a//b", "a b", "ä", "x" * 31, "a_b"])
    def test_a_message_id_is_never_mended(self, message_id: str) -> None:
        assert only_problem(msgspec.structs.replace(file_of(), message_id=message_id)).field == "message_id"

    @pytest.mark.parametrize("payout", ["", "/7", "2026//7", "x" * 36, "2026-11-22/७"])
    def test_a_payouts_id_is_never_mended(self, payout: str) -> None:
        file = file_of(msgspec.structs.replace(transfer(), payout=payout))
        assert only_problem(file) == Unwritable(payout, "payout", only_problem(file).reason)

    def test_one_payout_stands_in_a_file_once(self) -> None:
        assert only_problem(file_of(transfer(1), transfer(1))).reason == "stands in the file twice"

    def test_a_file_of_nothing_is_refused(self) -> None:
        assert only_problem(msgspec.structs.replace(file_of(), transfers=())).field == "transfers"

    def test_an_instant_without_a_zone_is_refused(self) -> None:
        naive = datetime(2026, 11, 22)  # noqa: DTZ001 - that is what is refused
        assert only_problem(msgspec.structs.replace(file_of(), created_at=naive)).field == "created_at"

    def test_another_message_is_refused(self) -> None:
        other: Any = "pain.001.001.11"
        assert only_problem(msgspec.structs.replace(file_of(), message=other)).field == "message"

    def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(self) -> None:
        wrong = msgspec.structs.replace(FRENCH, name="陈", iban="FR14")
        file = msgspec.structs.replace(file_of(transfer(1, to=wrong), transfer(2, minor=0)), message_id="a b")
        told = [(each.payout, each.field) for each in problems_of(file)]
        assert told == [
            ("", "message_id"),
            ("2026-11-22/1", "creditor.name"),
            ("2026-11-22/1", "creditor.iban"),
            ("2026-11-22/2", "amount"),
        ]

    def test_not_more_than_a_hundred_are_told_and_all_are_counted(self) -> None:
        file = file_of(*(transfer(number, minor=0) for number in range(150)))
        with pytest.raises(CreditTransfersUnwritable) as refused:
            write_credit_transfers(file)
        told = refused.value.details()
        assert len(told["problems"]) == PROBLEMS_MAX
        assert told["problems_count"] == len(refused.value.problems) == 150

    def test_a_sum_that_no_header_can_say_is_refused(self) -> None:
        most = [transfer(number, minor=MINOR_MAX, currency="JPY") for number in range(112)]
        assert only_problem(file_of(*most)).field == "transfers"
        assert write_credit_transfers(file_of(*most[:100])).sums_minor == {"JPY": 100 * MINOR_MAX}


class TestReadingBack:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no XML",
            b"<Document/>",
            b"<Document><CstmrCdtTrfInitn/></Document>",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            WITHOUT_AMOUNT,
        ],
    )
    def test_what_is_no_instruction_is_refused(self, content: bytes) -> None:
        with pytest.raises(InstructionUnreadable):
            read_instructed(content)

    def test_an_amount_is_read_exactly(self) -> None:
        written = write_credit_transfers(file_of(transfer(minor=MINOR_MAX)))
        assert read_instructed(written.content).payouts[0].amount == Money(currency="EUR", minor=MINOR_MAX)
