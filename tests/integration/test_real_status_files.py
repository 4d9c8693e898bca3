"""The real answers of banks are read to what they say, and the codes that we tell in words are the standard's."""

import json
from datetime import date
from pathlib import Path

import pytest

from api.exchange.credit_transfers.instructed import InstructionUnreadable, read_instructed
from api.exchange.credit_transfers.transfer import InstructedFile, InstructedPayout
from api.exchange.payment_status.codes import SENTENCES, STANDINGS
from api.exchange.payment_status.pain_002 import read_payment_status
from api.exchange.payment_status.report import PaymentStatusUnreadable, StatusReport
from api.exchange.payment_status.standing import statuses_of
from domain.money import Money

EXPECTED: dict[str, tuple[str, str, list[tuple[str, str, list[tuple[str, str]]]]]] = {
    "cross_river/pain_002_batch_rejected.xml": ("", "rejected", []),
    "cross_river/pain_002_credit_accepted.xml": (
        "AMBCD10000000",
        "accepted",
        [("ABCD10000000", "accepted", [("0000000000000108", "accepted")])],
    ),
    "cross_river/pain_002_debit_accepted.xml": (
        "DD1",
        "accepted",
        [("DD1-1", "accepted", [("DD1-1", "accepted"), ("DD1-2", "accepted"), ("DD1-3", "accepted")])],
    ),
    "cross_river/pain_002_transaction_rejected.xml": (
        "missing2",
        "accepted",
        [
            (
                "missing2",
                "rejected",
                [
                    ("sanity-10-1-12-1-21", "rejected"),
                    ("example01234567", "rejected"),
                    ("example012345678", "rejected"),
                ],
            )
        ],
    ),
    "goldman_sachs/pain_002_v3_accepted.xml": (
        "10280093XXXX",
        "unsaid",
        [("3B-CCY", "unsaid", [("GSDGFKfLURaHb", "accepted")])],
    ),
    "goldman_sachs/pain_002_v3_group_accepted.xml": ("CLIENT NAME_2023-09-06:04", "accepted", []),
    "goldman_sachs/pain_002_v3_payment_accepted.xml": (
        "XXX001_20220315_B_DZSOXXXX",
        "unsaid",
        [("xxx001220315B000XXXX", "accepted", [])],
    ),
    "nordea/pain_002_v3_group_reject.xml": ("MSGID-PS-TEST-0708-01", "rejected", []),
    "nordea/pain_002_v3_payment_reject.xml": (
        "MSGID-COM-SCE25-1707-01",
        "unsaid",
        [("PMTINFID-COM-SCE25-1707-01", "rejected", [])],
    ),
    "nordea/pain_002_v3_txn_reject.xml": (
        "MSGID-950-TEST2-2807-01",
        "unsaid",
        [
            (
                "PMTINFID-950-TEST2-2807-01",
                "rejected",
                [("ENDTOENDID-950-TEST2-2807-02", "rejected"), ("ENDTOENDID-950-TEST2-2807-01", "rejected")],
            )
        ],
    ),
}


@pytest.fixture(scope="module")
def banks(shared_data: Path) -> Path:
    return shared_data / "bank/camt"


def read(file: Path) -> StatusReport:
    (report,) = read_payment_status(file.read_bytes(), name=file.name).reports
    return report


def test_every_real_answer_is_listed_here(banks: Path) -> None:
    found = {f"{file.parent.name}/{file.name}" for file in banks.rglob("*pain_002*.xml")}
    assert found == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_answer_is_read_to_what_it_says(banks: Path, name: str) -> None:
    report = read(banks / "iso20022js" / name)
    message, standing, batches = EXPECTED[name]
    assert (report.message_id, report.said.standing) == (message, standing)
    told = [
        (each.batch, each.said.standing, [(one.end_to_end_id, one.said.standing) for one in each.transfers])
        for each in report.batches
    ]
    assert told == batches
    assert report.problems == ()


def test_a_reason_is_told_in_words_and_as_the_bank_adds(banks: Path) -> None:
    (reason,) = read(banks / "iso20022js/nordea/pain_002_v3_group_reject.xml").said.reasons
    assert reason.sentence == "A file with this message id came before."
    assert reason.information == "ISO Duplicate Message ID"


def test_each_payout_of_a_file_has_its_status(banks: Path) -> None:
    report = read(banks / "iso20022js/cross_river/pain_002_credit_accepted.xml")
    amounts = {"0000000000000108": 100, "A": 200, "B": 201}
    original = InstructedFile(
        message="pain.001.001.03",
        message_id="AMBCD10000000",
        execution_date=date(2020, 9, 15),
        payouts=tuple(
            InstructedPayout(payout=name, batch="ABCD10000000", amount=Money(currency="USD", minor=minor))
            for name, minor in amounts.items()
        ),
    )
    told = statuses_of(report, original)
    assert [(each.standing, each.code, each.said_of) for each in told.payouts] == [
        ("accepted", "ACSP", "transfer"),
        ("accepted", "ACTC", "batch"),
        ("accepted", "ACTC", "batch"),
    ]
    assert told.payouts[0].bank_reference == "46456456"
    assert told.problems == ()


def test_files_of_other_kinds_are_refused_with_a_reason(banks: Path) -> None:
    others = [file for file in banks.rglob("*.xml") if "pain_002" not in file.name]
    assert len(others) > 20
    for file in others:
        with pytest.raises(PaymentStatusUnreadable, match="no payment status report"):
            read(file)


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("cross_river/pain_001_ach_credit.xml", ["0.01 USD"]),
        ("example/sepa_pain_001_v3.xml", ["10.00 EUR"]),
        ("example/sepa_pain_001_v3_multiple_pmtinf.xml", ["10.00 EUR", "10.00 EUR"]),
        ("example/swift_pain_001_v3.xml", ["10.00 USD"]),
    ],
)
def test_instructions_of_others_are_read_back(banks: Path, name: str, amounts: list[str]) -> None:
    instructed = read_instructed((banks / "iso20022js" / name).read_bytes())
    assert [str(each.amount) for each in instructed.payouts] == amounts


def test_an_instruction_without_a_day_is_refused(banks: Path) -> None:
    with pytest.raises(InstructionUnreadable, match="YYYY-MM-DD"):
        read_instructed((banks / "iso20022js/goldman_sachs/pain_001_v3_sepa.xml").read_bytes())


def test_every_code_told_in_words_is_one_of_the_standards(shared_data: Path) -> None:
    codes = shared_data / "schemas/external_codes"

    def listed(name: str) -> set[str]:
        return set(json.loads((codes / f"{name}.json").read_bytes())["codes"])

    assert set(SENTENCES) <= listed("external_status_reason_code")
    statuses = listed("external_payment_group_status_code") | listed("external_payment_transaction_status_code")
    assert set(STANDINGS) == statuses
