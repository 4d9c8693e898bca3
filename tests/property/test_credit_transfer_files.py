"""Laws of files of credit transfers: valid whatever the names, and to the minor unit what was asked for."""

import re
import unicodedata
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from api.exchange.credit_transfers.instructed import read_instructed
from api.exchange.credit_transfers.transfer import (
    CreditTransfer,
    CreditTransferFile,
    CreditTransfersUnwritable,
    MessageName,
    PartyAccount,
    WrittenFile,
)
from api.exchange.credit_transfers.writing import write_credit_transfers
from domain.money import MINOR_MAX, Money, exponent_of
from tests.credit_transfers import ARABIAN, DEBTOR, FRENCH, INDIAN, faults_of, file_of

MANY = 10_000
CURRENCIES = ("EUR", "USD", "INR", "JPY", "KRW", "KWD", "BHD", "CLF")
"""Of two decimals, of none, of three and of four."""

SCRIPTS = (
    "Zażółć gęślą jaźń Ünïcødé ßþðæ",
    "Щербаков Ђорђевић Ελληνική",
    "陈伟贸易有限公司 株式会社 한국무역",
    "शर्मा एंड संस १२३",
    "شركة التجارة \u200f123\u202e חברה",
    "\N{ROCKET}\N{FAMILY}\U0001f1ee\U0001f1f3\u200d\ufe0f",
    "\x00\x01\x1f\x7f\x85\ud800\uffff\ufffe",
    "&<>'\"]]>/--//@_;|\\",
    "ABC abc 123",
)
hard_texts = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=st.sampled_from("".join(SCRIPTS)), max_size=300),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=80),
    st.just("Nagabhushanam " * 30),
)


@st.composite
def transfers(draw: st.DrawFn, number: int) -> CreditTransfer:
    payee = draw(st.sampled_from((FRENCH, INDIAN, ARABIAN)))
    return CreditTransfer(
        payout=f"2026-11-22/{number}",
        amount=Money(currency=draw(st.sampled_from(CURRENCIES)), minor=draw(st.integers(1, MINOR_MAX // 1_000))),
        creditor=PartyAccount(
            name=draw(hard_texts),
            iban=payee.iban,
            account=payee.account,
            bic=payee.bic,
            clearing_system=payee.clearing_system,
            clearing_member=payee.clearing_member,
            street=draw(hard_texts),
            town=draw(hard_texts),
            country=payee.country,
        ),
        remittance=draw(hard_texts),
        purpose=draw(st.sampled_from(("", "COMM", "GDDS"))),
    )


@st.composite
def files(draw: st.DrawFn) -> CreditTransferFile:
    message: MessageName = draw(st.sampled_from(("pain.001.001.09", "pain.001.001.03")))
    count = draw(st.integers(1, 12))
    debtor = draw(st.sampled_from((DEBTOR, INDIAN)))
    return file_of(*(draw(transfers(number)) for number in range(count)), message=message, debtor=debtor)


def refusal_of(file: CreditTransferFile) -> CreditTransfersUnwritable | None:
    try:
        write_credit_transfers(file)
    except CreditTransfersUnwritable as refused:
        return refused
    return None


def writable(file: CreditTransferFile) -> CreditTransferFile | None:
    """Return the file without the payouts whose names can't be written; nothing where that are all of them."""
    refused = refusal_of(file)
    if refused is None:
        return file
    assert {problem.field for problem in refused.problems} == {"creditor.name"}
    named = {problem.payout for problem in refused.problems}
    for transfer in file.transfers:
        begins = unicodedata.normalize("NFKD", transfer.creditor.name[:20])
        assert not (transfer.payout in named and re.search("[A-Za-z]", begins)), "a Latin name was refused"
    kept = [each for each in file.transfers if each.payout not in named]
    assert len(kept) == len(file.transfers) - len(refused.problems)
    return file_of(*kept, message=file.message, debtor=file.debtor) if kept else None


def amounts_in(element: Any) -> list[Any]:
    return list(element.iter("{*}InstdAmt"))


def check(file: CreditTransferFile, written: WrittenFile, schemas: Path) -> None:
    assert faults_of(written.content, file.message, schemas) == []
    message = etree.fromstring(written.content)[0]
    for level in (message.find("{*}GrpHdr"), *message.iterchildren("{*}PmtInf")):
        below = amounts_in(message if level.tag.endswith("GrpHdr") else level)
        assert int(level.findtext("{*}NbOfTxs")) == len(below)
        assert Fraction(level.findtext("{*}CtrlSum")) == sum(Fraction(each.text) for each in below)
    asked = Counter[str]()
    for transfer in file.transfers:
        asked[transfer.amount.currency] += transfer.amount.minor
    assert written.sums_minor == asked
    assert Fraction(written.control_sum) == sum(
        (Fraction(minor, 10 ** exponent_of(currency)) for currency, minor in asked.items()), Fraction(0)
    )
    told = {each.payout: each.amount for each in read_instructed(written.content).payouts}
    assert told == {each.payout: each.amount for each in file.transfers}
    assert written.content.isascii()
    assert write_credit_transfers(file).content == written.content


@given(files())
def test_whatever_the_names_a_file_is_valid_and_comes_to_what_was_asked_for(
    shared_data: Path, file: CreditTransferFile
) -> None:
    kept = writable(file)
    if kept is not None:
        check(kept, write_credit_transfers(kept), shared_data / "schemas")


@given(files())
def test_every_text_that_isnt_as_it_was_given_is_told(file: CreditTransferFile) -> None:
    kept = writable(file)
    if kept is None:
        return
    written = write_credit_transfers(kept)
    told = {(each.payout, each.field): each for each in written.changed}
    message = etree.fromstring(written.content)
    for element in message.iter("{*}CdtTrfTxInf"):
        payout = element.findtext("{*}PmtId/{*}EndToEndId")
        (given_,) = (each for each in kept.transfers if each.payout == payout)
        for field, text, path in (
            ("creditor.name", given_.creditor.name, "{*}Cdtr/{*}Nm"),
            ("creditor.town", given_.creditor.town, "{*}Cdtr/{*}PstlAdr/{*}TwnNm"),
            ("remittance", given_.remittance, "{*}RmtInf/{*}Ustrd"),
        ):
            stands = element.findtext(path) or ""
            assert ((payout, field) in told) == (stands != text)
            if stands != text:
                assert (told[payout, field].before, told[payout, field].after) == (text, stands)


@pytest.mark.parametrize("message", ["pain.001.001.09", "pain.001.001.03"])
def test_ten_thousand_payments_are_valid_and_come_to_their_sum(shared_data: Path, message: MessageName) -> None:
    payees = (FRENCH, INDIAN, ARABIAN)
    many = [
        CreditTransfer(
            payout=f"2026-11-22/{number}",
            amount=Money(currency=CURRENCIES[number % 7], minor=1 + number * 7_919 % 9_999_999),
            creditor=payees[number % 3],
            remittance=f"Order PO-{number}, {SCRIPTS[number % len(SCRIPTS)]}",
        )
        for number in range(MANY)
    ]
    file = file_of(*many, message=message)
    check(file, write_credit_transfers(file), shared_data / "schemas")
