"""Bank statements: what a bank writes is read exactly, what can't be read is told by line, and nothing is mended."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.statement import BankStatement, Problem, StatementUnreadable, minor_of, told
from domain.errors import Malformed
from domain.money import AmountTooFine, AmountUnreadable, CurrencyUnknown


def mt940(*lines: str, opening: str = "C261101EUR100,00", closing: str = "C261102EUR100,00") -> bytes:
    head = (":20:REF", ":25:DE02/1", ":28C:1/1", f":60F:{opening}")
    return "\r\n".join([*head, *lines, f":62F:{closing}", "-", ""]).encode()


def only(content: bytes) -> BankStatement:
    (statement,) = read_statements(content).statements
    return statement


NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt(*entries: str, opening: str = "100.00", closing: str = "100.00", currency: str = "EUR") -> bytes:
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-02</Dt></Dt></Bal>"
        for kind, amount in (("OPBD", opening), ("CLBD", closing))
    )
    account = f"<Acct><Id><IBAN>DE02</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
    statement = f"<Stmt><Id>1</Id>{account}{balances}{''.join(entries)}</Stmt>"
    return f"<Document xmlns='{NAMESPACE}'><BkToCstmrStmt>{statement}</BkToCstmrStmt></Document>".encode()


def entry(amount: str, mark: str = "CRDT", *, status: str = "<Sts><Cd>BOOK</Cd></Sts>", inside: str = "") -> str:
    days = "<BookgDt><Dt>2026-11-02</Dt></BookgDt><ValDt><Dt>2026-11-03</Dt></ValDt>"
    return f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{status}{days}{inside}</Ntry>"


class TestAmounts:
    @pytest.mark.parametrize(
        ("said", "currency", "minor"),
        [
            ("1234,5", "EUR", 123_450),
            ("1234,", "EUR", 123_400),
            ("0000000000000000,00", "TRY", 0),
            ("18.15000", "EUR", 1_815),
            ("500", "JPY", 500),
            ("1,234", "KWD", 1_234),
            ("6800,", "DEM", 680_000),
            ("1000", "ITL", 1_000),
        ],
    )
    def test_an_amount_is_read_to_the_minor_unit(self, said: str, currency: str, minor: int) -> None:
        assert minor_of(said, currency) == minor

    @pytest.mark.parametrize(
        ("said", "currency", "refusal"),
        [
            ("1,001", "EUR", AmountTooFine),
            ("0,5", "JPY", AmountTooFine),
            ("1.234,56", "EUR", AmountUnreadable),
            ("", "EUR", AmountUnreadable),
            ("1", "XXX", CurrencyUnknown),
        ],
    )
    def test_what_isnt_an_amount_is_none(self, said: str, currency: str, refusal: type[Malformed]) -> None:
        with pytest.raises(refusal):
            minor_of(said, currency)


class TestMt940:
    def test_a_line_has_days_amount_references_and_who(self) -> None:
        details = ":86:166?00CREDIT?20EREF+PAYOUT-1?21SVWZ+invoice?22 7?30BANKDEFF?31DE99?32ACME EX?33PORTS"
        statement = only(mt940(":61:2611031102C12,34NTRFOWN-1//BANK-1", details, closing="C261102EUR112,34"))
        assert (statement.account, statement.currency, statement.number) == ("DE02/1", "EUR", "1/1")
        assert (statement.opening_minor, statement.closing_minor, statement.balanced) == (10_000, 11_234, True)
        (line,) = statement.entries
        assert (line.amount_minor, line.value_date, line.booking_date) == (1_234, date(2026, 11, 3), date(2026, 11, 2))
        assert (line.reference, line.bank_reference, line.code) == ("OWN-1", "BANK-1", "NTRF")
        assert (line.end_to_end_id, line.counterparty) == ("PAYOUT-1", "ACME EXPORTS")
        assert (line.counterparty_account, line.remittance) == ("DE99", "invoice 7")

    @pytest.mark.parametrize(
        ("mark", "minor"), [("C", 100), ("D", -100), ("RC", -100), ("RD", 100), ("CR", 100), ("DR", -100)]
    )
    def test_a_mark_says_the_direction_and_a_reversal_turns_it(self, mark: str, minor: int) -> None:
        (line,) = only(mt940(f":61:2611031103{mark}1,00NTRFX")).entries
        assert (line.amount_minor, line.is_reversal) == (minor, mark in {"RC", "RD"})

    def test_the_day_of_booking_may_be_in_another_year(self) -> None:
        after, before = only(mt940(":61:2612310102C1,00NTRFX", ":61:2701021231C1,00NTRFX")).entries
        assert (after.booking_date, before.booking_date) == (date(2027, 1, 2), date(2026, 12, 31))

    def test_a_month_of_thirty_days_ends_in_february_too(self) -> None:
        (line,) = only(mt940(":61:270230D1,00NINTX")).entries
        assert line.value_date == date(2027, 2, 28)

    def test_what_looks_like_a_field_in_a_wrapped_text_is_text(self) -> None:
        (line,) = only(mt940(":61:2611031103C1,00NTRFX", ":86:at 2026-11-03T13", ":12:11 by phone")).entries
        assert line.remittance == "at 2026-11-03T13 :12:11 by phone"

    def test_an_amount_broken_over_lines_is_one(self) -> None:
        (line,) = only(mt940(":61:2611031103CR", "30,00NTRFX")).entries
        assert line.amount_minor == 3_000

    def test_slashes_name_parts_as_well(self) -> None:
        details = ":86:/EREF/PAYOUT-2/BENM//NAME/ACME/REMI/invoice 8/ISDT/2026-11-03"
        (line,) = only(mt940(":61:2611031103D1,00NTRFEREF", details)).entries
        assert (line.reference, line.end_to_end_id, line.counterparty) == ("", "PAYOUT-2", "ACME")
        assert line.remittance == "invoice 8"

    def test_who_gives_no_end_to_end_id_has_none(self) -> None:
        (line,) = only(mt940(":61:2611031103C1,00NTRFX", ":86:166?20EREF+NOTPROVIDED")).entries
        assert line.end_to_end_id == ""

    def test_what_cant_be_read_is_told_by_line_and_the_rest_is_read(self) -> None:
        statement = only(mt940(":61:gibberish", ":61:2611031103C1,00NTRFX", closing="C261102EUR101,00"))
        assert [line.amount_minor for line in statement.entries] == [100]
        assert statement.problems == (Problem(5, ":61: the line isn't value date, mark, amount, kind and reference"),)
        assert statement.balanced is False
        assert statement.difference_minor == 0

    def test_a_statement_that_doesnt_balance_says_by_how_much(self) -> None:
        statement = only(mt940(":61:2611031103C1,00NTRFX", closing="C261102EUR100,50"))
        assert (statement.balanced, statement.difference_minor) == (False, -50)

    def test_without_balances_nothing_is_claimed(self) -> None:
        statement = only(b":20:X\n:25:12/34EUR\n:61:2611031103C1,00NTRFX\n-\n")
        assert (statement.opening_minor, statement.closing_minor, statement.balanced) == (None, None, None)
        assert (statement.currency, len(statement.entries)) == ("EUR", 1)

    def test_without_a_currency_no_amount_is_guessed(self) -> None:
        statement = only(b":61:2611031103C1,00NTRFX\n")
        assert statement.entries == ()
        assert [problem.line for problem in statement.problems] == [1]

    def test_pages_are_statements_of_their_own(self) -> None:
        first = mt940(":61:2611031103C1,00NTRFX", closing="C261102EUR101,00").replace(b":62F:", b":62M:")
        second = mt940(opening="C261102EUR101,00", closing="C261102EUR101,00").replace(b":60F:", b":60M:")
        statements = read_statements(first + second).statements
        assert [(each.balanced, len(each.entries)) for each in statements] == [(True, 1), (True, 0)]

    def test_envelopes_and_control_characters_are_no_part_of_it(self) -> None:
        wrapped = b"\x01{1:F01BANKDEFF}{2:O940BANKDEFF}{3:}{4:\n" + mt940().replace(b"\r\n-\r\n", b"\n-}{5:}\x03\n")
        assert only(wrapped).balanced is True

    def test_bytes_that_are_no_utf8_are_read_as_banks_write_them(self) -> None:
        (line,) = only(mt940(":61:2611031103C1,00NTRFX", ":86:M\u00fcller").decode().encode("cp1252")).entries
        assert line.remittance == "M\u00fcller"

    @given(st.lists(st.integers(-(10**9), 10**9).filter(bool), max_size=20), st.integers(0, 10**9))
    def test_what_is_written_is_read(self, amounts: Sequence[int], opening: int) -> None:
        lines = [f":61:261103{'C' if each > 0 else 'D'}{_written(abs(each))}NTRFX" for each in amounts]
        closing = opening + sum(amounts)
        mark = "C" if closing >= 0 else "D"
        said = mt940(
            *lines, opening=f"C261101EUR{_written(opening)}", closing=f"{mark}261102EUR{_written(abs(closing))}"
        )
        statement = only(said)
        assert [line.amount_minor for line in statement.entries] == list(amounts)
        assert statement.balanced is True


def _written(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


class TestCamt:
    def test_an_entry_has_days_amount_references_and_who(self) -> None:
        inside = (
            "<AcctSvcrRef>BANK-1</AcctSvcrRef>"
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
            "<NtryDtls><TxDtls><Refs><MsgId>M-1</MsgId><InstrId>OWN-1</InstrId><EndToEndId>PAYOUT-1</EndToEndId></Refs>"
            "<RltdPties><Cdtr><Pty><Nm>ACME</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>DE99</IBAN></Id></CdtrAcct></RltdPties>"
            "<RmtInf><Ustrd>invoice</Ustrd><Ustrd>7</Ustrd></RmtInf></TxDtls></NtryDtls>"
        )
        statement = only(camt(entry("12.34", "DBIT", inside=inside), closing="87.66"))
        assert (statement.account, statement.currency, statement.balanced) == ("DE02", "EUR", True)
        (line,) = statement.entries
        assert (line.amount_minor, line.value_date, line.booking_date) == (-1_234, date(2026, 11, 3), date(2026, 11, 2))
        assert (line.reference, line.bank_reference, line.end_to_end_id) == ("OWN-1", "BANK-1", "PAYOUT-1")
        assert (line.code, line.counterparty, line.counterparty_account) == ("PMNT.ICDT.ESCT", "ACME", "DE99")
        assert line.remittance == "invoice 7"

    def test_several_payments_in_one_entry_are_its_parts(self) -> None:
        details = "".join(
            f"<TxDtls><Refs><EndToEndId>P-{number}</EndToEndId></Refs><Amt Ccy='EUR'>{number}.00</Amt></TxDtls>"
            for number in (1, 2)
        )
        (line,) = only(camt(entry("3.00", inside=f"<NtryDtls>{details}</NtryDtls>"))).entries
        assert [(part.end_to_end_id, part.amount_minor) for part in line.parts] == [("P-1", 100), ("P-2", 200)]
        assert line.end_to_end_id == ""

    @pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>"])
    def test_what_is_only_announced_isnt_booked(self, status: str) -> None:
        statement = only(camt(entry("1.00", status=status)))
        assert (len(statement.entries), len(statement.pending), statement.balanced) == (0, 1, True)

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            (entry("1.001"), "1.001"),
            (entry("1.00").replace("'EUR'", "'USD'"), "is in USD, the account in EUR"),
            (entry("1.00", "BOTH"), "doesn't say whether it is a credit or a debit"),
        ],
    )
    def test_what_cant_be_read_is_told_and_the_rest_is_read(self, said: str, reason: str) -> None:
        statement = only(camt(said, entry("1.00"), closing="101.00"))
        assert [line.amount_minor for line in statement.entries] == [100]
        assert reason in statement.problems[0].reason
        assert statement.balanced is False

    def test_a_document_type_is_refused_before_it_can_unfold(self) -> None:
        bomb = b"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>" + camt().replace(b">1<", b">&b;<", 1)
        with pytest.raises(StatementUnreadable, match="document type"):
            read_statements(bomb)


@pytest.mark.parametrize("content", [b"", b"1\n2\n", b"<html/>", b"<", b"\x00\x01", b"PK\3\4"])
def test_what_is_no_statement_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(StatementUnreadable) as refused:
        read_statements(content, name="letter.txt")
    assert refused.value.file == "letter.txt"
    assert refused.value.problem


@given(st.binary(max_size=400) | st.text(alphabet=":6120FC,EUR\n?<>/NTRF+", max_size=200).map(str.encode))
def test_no_bytes_are_more_than_read_or_refused(content: bytes) -> None:
    try:
        read_statements(content)
    except StatementUnreadable:
        return


def test_a_line_has_the_hash_of_its_bytes() -> None:
    one, other, same = (
        only(mt940(":61:2611031103C1,00NTRFX", f":86:{text}")).entries[0] for text in ("one", "other", "one")
    )
    assert one.sha256 == same.sha256 != other.sha256


def test_a_program_reads_first_what_others_rely_on() -> None:
    shown: dict[str, Any] = told(only(mt940(":61:2611031103D1,00NTRFX", closing="C261102EUR99,00")))
    assert list(shown)[:5] == ["account", "currency", "opening_minor", "closing_minor", "balanced"]
    assert shown["entries"][0]["amount_minor"] == -100
    assert shown["entries"][0]["value_date"] == "2026-11-03"
