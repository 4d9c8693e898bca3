"""A bank's CSV file by a mapping: exact amounts, signs however they are written, balances where they come out."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.bank_statements.csv_mapping import known_csv_mappings, load_csv_mapping
from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.statement import (
    BankStatement,
    StatementFormatUnknown,
    StatementUnreadable,
    amount_text,
)
from api.exchange.mapping import MappingMalformed, MappingNotFound

HEADING = "Account,Currency,Booking Date,Value Date,Amount,Balance,Reference,End-to-End Id,Remittance"


def signed(*rows: str, heading: str = HEADING) -> bytes:
    return "\r\n".join([heading, *rows, ""]).encode()


def only(content: bytes, name: str | None = None) -> BankStatement:
    (statement,) = read_statements(content, format=name).statements
    return statement


def mapping_file(tmp_path: Path, changes: str, *, amount: str = 'signed = "Amount"') -> str:
    file = tmp_path / "own.toml"
    file.write_text(
        f"""
name = "own"
date_format = "%Y-%m-%d"
booking_date = "Date"
{changes}
[account]
fixed = "ACC-1"
[currency]
fixed = "EUR"
[amount]
{amount}
"""
    )
    return f"csv:{file}"


class TestGenericMappings:
    def test_a_row_is_an_entry_and_running_balances_give_both_ends(self) -> None:
        statement = only(
            signed(
                'DE02 1203,EUR,2026-11-02,2026-11-03,"1,234.50",1334.50,OWN-1,PAYOUT-1,"invoice 7, part"',
                "DE02 1203,EUR,2026-11-03,,-34.5,1300.00,,NOTPROVIDED,fee",
            )
        )
        assert (statement.account, statement.currency) == ("DE021203", "EUR")
        assert (statement.opening_minor, statement.closing_minor, statement.balanced) == (10_000, 130_000, True)
        first, second = statement.entries
        assert (first.amount_minor, first.value_date, first.booking_date) == (
            123_450,
            date(2026, 11, 3),
            date(2026, 11, 2),
        )
        assert (first.reference, first.end_to_end_id, first.remittance) == ("OWN-1", "PAYOUT-1", "invoice 7, part")
        assert (second.amount_minor, second.value_date, second.has_value_date) == (-3_450, date(2026, 11, 3), False)
        assert (second.end_to_end_id, second.line) == ("", 3)

    def test_debits_and_credits_stand_in_columns_of_their_own(self) -> None:
        content = (
            b"Account;Currency;Booking Date;Debit;Credit;Remittance\n"
            b"1;EUR;02.11.2026;;1.234,50;in\n1;EUR;02.11.2026;-34,5;;out\n1;EUR;02.11.2026;34,5;0,00;out\n"
        )
        assert [entry.amount_minor for entry in only(content).entries] == [123_450, -3_450, -3_450]

    def test_an_indian_banks_style(self) -> None:
        content = b"""HDFC-like Bank Ltd.,,,,,,
Account No :50100012345678   OTHER,,,,,,
,,Currency : INR,,,,
From : 01/11/2026  To : 30/11/2026,,,,,,

Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance
********,********,********,********,********,********,********
02/11/26,NEFT CR-PO-1001-ACME,N306261234,02/11/26,,"1,23,456.78","11,23,456.78"
03/11/26,"NEFT DR-PAYOUT 7, EXPORTS",N307261234,03/11/26,"23,456.78",,"11,00,000.00"
********,********,********,********,********,********,********
STATEMENT SUMMARY :-
Opening Balance,Dr Count,Cr Count,Debits,Credits,Closing Bal
"10,00,000.00",1,1,"23,456.78","1,23,456.78","11,00,000.00"
"""
        statement = only(content)
        assert (statement.account, statement.currency, statement.balanced) == ("50100012345678", "INR", True)
        assert (statement.opening_minor, statement.closing_minor) == (100_000_000, 110_000_000)
        assert [entry.amount_minor for entry in statement.entries] == [12_345_678, -2_345_678]
        assert statement.entries[1].remittance == "NEFT DR-PAYOUT 7, EXPORTS"
        assert statement.problems == ()

    def test_every_mapping_of_the_product_is_sound_and_named_after_its_file(self) -> None:
        assert len(known_csv_mappings()) >= 3
        for name in known_csv_mappings():
            assert load_csv_mapping(name).name == name


class TestRows:
    def test_what_cant_be_read_is_told_by_line_and_the_rest_is_read(self) -> None:
        statements = read_statements(
            signed(
                "1,EUR,2026-13-02,,1.00,,,,",
                "1,EUR,2026-11-02,,12.345,,,,",
                "1,EUR,2026-11-02,,,,,,",
                "1,EUR,2026-11-02,,1.00",
                '1,EUR,2026-11-02,,1.00,,,,"never closed',
                "1,EUR,2026-11-02,,2.00,,,,",
                "1,ZZZ,2026-11-02,,2.00,,,,",
            )
        ).statements
        euro, unknown = statements
        assert [entry.amount_minor for entry in euro.entries] == [200]
        assert [problem.line for problem in euro.problems] == [2, 3, 4, 5, 6]
        assert "no row" in euro.problems[-1].reason
        assert [problem.line for problem in unknown.problems] == [8]

    @pytest.mark.parametrize(
        ("said", "minor"),
        [
            ("1234", 123_400),
            ("1,234.5", 123_450),
            ("12,34,567.89", 123_456_789),
            ("-1.00", -100),
            ("+1.00", 100),
            ("1.00-", -100),
            ("(1.00)", -100),
            ("\u22121.00", -100),
            ("1.00 Dr", -100),
            ("1.00Cr.", 100),
            ("\u20ac 1.00", 100),
            (".5", 50),
            ("1.50000", 150),
        ],
    )
    def test_an_amount_is_read_however_its_sign_is_written(self, tmp_path: Path, said: str, minor: int) -> None:
        name = mapping_file(tmp_path, 'thousands_mark = ","\ntake_off = ["\u20ac"]')
        (entry,) = only(f'Date,Amount\n2026-11-02,"{said}"\n'.encode(), name).entries
        assert entry.amount_minor == minor

    @pytest.mark.parametrize(
        "said",
        ["1,2", "1,2345.00", "1.2.3", "1.234,50", "1e3", "-(1.00)", "-1.00 Dr", "1.005", "one", "1 000.00", "--1"],
    )
    def test_what_could_mean_two_amounts_is_none(self, tmp_path: Path, said: str) -> None:
        name = mapping_file(tmp_path, 'thousands_mark = ","')
        statement = only(f'Date,Amount\n2026-11-02,"{said}"\n'.encode(), name)
        assert (statement.entries, len(statement.problems)) == ((), 1)

    def test_a_column_of_words_says_the_direction(self, tmp_path: Path) -> None:
        name = mapping_file(
            tmp_path, 'debit_words = ["S"]\ncredit_words = ["H"]', amount='unsigned = "A"\nindicator = "SH"'
        )
        statement = only(b"Date,A,SH\n2026-11-02,1.00,S\n2026-11-02,1.00,H\n2026-11-02,1.00,?\n", name)
        assert [entry.amount_minor for entry in statement.entries] == [-100, 100]
        assert [problem.line for problem in statement.problems] == [4]

    def test_what_is_only_announced_isnt_booked(self, tmp_path: Path) -> None:
        name = mapping_file(tmp_path, 'pending = "State"\npending_words = ["pending"]')
        statement = only(b"Date,Amount,State\n2026-11-02,1.00,Pending\n2026-11-02,2.00,Booked\n", name)
        assert ([each.amount_minor for each in statement.entries], len(statement.pending)) == ([200], 1)

    def test_a_row_with_a_debit_and_a_credit_is_told(self) -> None:
        content = b"Account;Currency;Booking Date;Debit;Credit\n1;EUR;02.11.2026;1,00;1,00\n"
        assert "a debit and a credit" in only(content).problems[0].reason

    def test_a_text_over_two_lines_is_one_and_lines_are_still_counted(self) -> None:
        statement = only(signed('1,EUR,2026-11-02,,1.00,,,,"two\nlines"', "1,EUR,2026-11-02,,x,,,,"))
        assert statement.entries[0].remittance == "two lines"
        assert [problem.line for problem in statement.problems] == [4]


class TestBalances:
    ROWS = (
        "1,EUR,2026-11-02,,10.00,110.00,,,",
        "1,EUR,2026-11-02,,-5.00,105.00,,,",
        "1,EUR,2026-11-03,,1.00,106.00,,,",
    )

    def test_the_newest_first_is_turned_round(self) -> None:
        statement = only(signed(*reversed(self.ROWS)))
        assert [entry.amount_minor for entry in statement.entries] == [1_000, -500, 100]
        assert (statement.opening_minor, statement.closing_minor, statement.balanced) == (10_000, 10_600, True)

    def test_a_row_that_is_missing_shows_in_the_balances(self) -> None:
        statement = only(signed(self.ROWS[0], self.ROWS[2]))
        assert (statement.balanced, statement.difference_minor) == (False, -500)
        assert [problem.line for problem in statement.problems] == [3]

    def test_an_end_where_a_row_cant_be_read_isnt_claimed(self) -> None:
        unread = "1,EUR,2026-11-03,,x,107.00,,,"
        at_end, at_start = only(signed(*self.ROWS, unread)), only(signed(unread, *self.ROWS))
        assert (at_end.opening_minor, at_end.closing_minor) == (10_000, None)
        assert (at_start.opening_minor, at_start.closing_minor) == (None, 10_600)
        turned = only(signed(unread, *reversed(self.ROWS)))
        assert (turned.opening_minor, turned.closing_minor) == (10_000, None)

    def test_without_a_balance_on_every_row_nothing_is_claimed(self) -> None:
        statement = only(signed(self.ROWS[0], "1,EUR,2026-11-02,,-5.00,,,,"))
        assert (statement.opening_minor, statement.closing_minor, statement.balanced) == (None, None, None)

    def test_accounts_and_currencies_are_statements_of_their_own(self) -> None:
        content = signed(self.ROWS[0], "2,EUR,2026-11-02,,1.00,1.00,,,", "1,JPY,2026-11-02,,1,1,,,", self.ROWS[1])
        statements = read_statements(content).statements
        found = [(each.account, each.currency, len(each.entries), each.balanced) for each in statements]
        assert found == [("1", "EUR", 2, True), ("2", "EUR", 1, True), ("1", "JPY", 1, True)]


class TestFiles:
    def test_bytes_that_are_no_utf8_are_read_and_told(self) -> None:
        content = signed("1,EUR,2026-11-02,,1.00,,,,M\u00fcller").decode().encode("cp1252")
        statement = only(content)
        assert statement.entries[0].remittance == "M\u00fcller"
        assert "Windows-1252" in statement.problems[0].reason

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_mark_of_the_encoding_is_no_part_of_the_heading(self, encoding: str) -> None:
        content = signed("1,EUR,2026-11-02,,1.00,,,,x").decode().encode(encoding)
        assert len(only(content).entries) == 1

    def test_columns_without_a_heading_are_known_by_their_place(self, tmp_path: Path) -> None:
        name = mapping_file(tmp_path, "has_heading = false", amount='signed = "3"')
        file = Path(name.removeprefix("csv:"))
        file.write_text(file.read_text().replace('booking_date = "Date"', 'booking_date = "1"'))
        assert [each.amount_minor for each in only(b"2026-11-02,x,1.00\n2026-11-03,y,2.00\n", name).entries] == [
            100,
            200,
        ]

    @pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01"])
    def test_a_file_without_the_columns_is_refused(self, content: bytes) -> None:
        with pytest.raises(StatementUnreadable):
            read_statements(content, format="csv:generic-signed")

    def test_formats_and_mappings_that_dont_exist_are_told_with_those_that_do(self) -> None:
        with pytest.raises(StatementFormatUnknown, match="csv:generic-signed"):
            read_statements(b"", format="ofx")
        with pytest.raises(MappingNotFound):
            read_statements(b"", format="csv:nobodys")

    def test_a_format_that_is_named_isnt_guessed(self) -> None:
        with pytest.raises(StatementUnreadable):
            read_statements(b":20:X\n:25:1EUR\n", format="camt")
        assert read_statements(b":20:X\n:25:1EUR\n", format="mt940").format == "MT940"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ('unheard_of = "x"', "unheard_of"),
            ('delimiter = ";;"', "$.delimiter"),
            ('thousands_mark = "."', "$.thousands_mark"),
            ('encoding = "nobodys"', "$.encoding"),
            ('pending = "State"', "$.pending"),
            ('optional = ["Nothing"]', "$.optional"),
            ("has_heading = false", "$.has_heading"),
        ],
    )
    def test_a_mapping_that_means_nothing_says_where(self, tmp_path: Path, wrong: str, field: str) -> None:
        with pytest.raises(MappingMalformed, match=field.replace("$", r"\$")):
            read_statements(b"", format=mapping_file(tmp_path, wrong))

    @pytest.mark.parametrize("amount", ['signed = "A"\ndebit = "B"\ncredit = "C"', 'debit = "B"', ""])
    def test_a_mapping_says_one_way_of_amounts(self, tmp_path: Path, amount: str) -> None:
        with pytest.raises(MappingMalformed, match="amount"):
            read_statements(b"", format=mapping_file(tmp_path, "", amount=amount))


@given(
    st.lists(st.integers(-(10**12), 10**12), max_size=20),
    st.integers(-(10**12), 10**12),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_what_is_written_is_read(amounts: list[int], opening: int, currency: str) -> None:
    rows, balance = [], opening
    for minor in amounts:
        balance += minor
        said, after = amount_text(minor, currency), amount_text(balance, currency)
        rows.append(f"1,{currency},2026-11-02,2026-11-02,{said},{after},,,")
    statement = only(signed(*rows))
    read = [entry.amount_minor for entry in statement.entries]
    assert read == amounts or read == amounts[::-1]  # balances may run either way
    assert not amounts or statement.balanced is True
    assert sum(read) == sum(amounts)


@given(st.binary(max_size=300) | st.text(alphabet='1,;."\n-ADEUR2026\u00e9', max_size=200).map(str.encode))
def test_no_bytes_are_more_than_read_or_refused(content: bytes) -> None:
    for name in known_csv_mappings():
        mapping = load_csv_mapping(name)
        heading = mapping.delimiter.join(mapping.columns).encode()
        assert len(read_statements(heading + b"\n" + content, format=f"csv:{name}").statements) > 0
        with suppress(StatementUnreadable):
            read_statements(content, format=f"csv:{name}")
