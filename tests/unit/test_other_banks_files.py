"""What other banks do: pages, prefixes, marks, missing ids, currencies, returns, charges, files that break off."""

from datetime import date

import pytest

from api.exchange.bank_statements.balances import gaps_between
from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.statement import BankStatement, StatementFile, account_named

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.{:02}"


def balance(kind: str, amount: str, *, mark: str = "CRDT", day: str = "2026-11-02", currency: str = "EUR") -> str:
    sub = kind.partition("+")[2]
    sub_type = f"<SubTp><Cd>{sub}</Cd></SubTp>" if sub else ""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind.partition('+')[0]}</Cd></CdOrPrtry>{sub_type}</Tp>"
        f"<Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(amount: str, mark: str = "CRDT", *, inside: str = "", after: str = "", currency: str = "EUR") -> str:
    days = "<BookgDt><Dt>2026-11-02</Dt></BookgDt><ValDt><DtTm>2026-11-03T23:30:00.000+05:30</DtTm></ValDt>"
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>BOOK</Sts>{days}{after}"
        f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls></Ntry>"
    )


def statement(*parts: str, account: str = "<IBAN>DE02</IBAN>", currency: str = "EUR", head: str = "") -> str:
    said = f"<Ccy>{currency}</Ccy>" if currency else ""
    return f"<Stmt><Id>S</Id>{head}<Acct><Id>{account}</Id>{said}</Acct>{''.join(parts)}</Stmt>"


def camt(*statements: str, version: int = 8) -> bytes:
    inside = f"<BkToCstmrStmt>{''.join(statements)}</BkToCstmrStmt>"
    return f"<Document xmlns='{CAMT.format(version)}'>{inside}</Document>".encode()


def read(content: bytes) -> StatementFile:
    return read_statements(content, name="other")


def only(content: bytes) -> BankStatement:
    (found,) = read(content).statements
    return found


RECORD = "<Rcrd><Amt Ccy='EUR'>{}</Amt><CdtDbtInd>{}</CdtDbtInd></Rcrd>"
BOTH = (balance("OPBD", "10.00"), balance("CLBD", "11.00"))


class TestCamtDocuments:
    @pytest.mark.parametrize("version", range(1, 14))
    def test_every_version_is_read_by_names(self, version: int) -> None:
        found = read(camt(statement(*BOTH, entry("1.00")), version=version))
        assert found.format == f"camt.053.001.{version:02}"
        assert found.statements[0].balanced is True

    def test_a_prefix_an_envelope_or_no_namespace_changes_nothing(self) -> None:
        plain = camt(statement(*BOTH, entry("1.00"))).decode()
        prefixed = plain.replace("<", "<n:").replace("<n:/", "</n:").replace("xmlns=", "xmlns:n=")
        wrapped = f"<?xml version='1.0'?><Envelope xmlns='x'><AppHdr/>{plain}</Envelope>"
        bare = plain.replace(f" xmlns='{CAMT.format(8)}'", "")
        for said in (prefixed, wrapped, bare):
            assert only(said.encode()).balanced is True
        assert read(wrapped.encode()).format == read(prefixed.encode()).format == "camt.053.001.08"

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
    def test_other_encodings_are_read(self, encoding: str) -> None:
        named = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "latin-1": "ISO-8859-1"}[encoding]
        inside = "<RmtInf><Ustrd>M\u00fcller</Ustrd></RmtInf>"
        said = (
            f"<?xml version='1.0' encoding='{named}'?>\n"
            + camt(statement(*BOTH, entry("1.00", inside=inside))).decode()
        )
        found = read(said.encode(encoding))
        assert found.statements[0].entries[0].remittance == "M\u00fcller"
        assert found.problems == ()

    @pytest.mark.parametrize(
        ("said", "meant"),
        [(b"M\xfcller", "M\u00fcller"), (b"A & B", "A & B"), (b"A\x01B", "A B"), (b"A&nbsp;B", "A&nbsp;B")],
    )
    def test_texts_that_are_no_xml_are_read_as_they_must_be_meant_and_told(self, said: bytes, meant: str) -> None:
        inside = "<RmtInf><Ustrd>HERE</Ustrd></RmtInf>"
        content = b"<?xml version='1.0' encoding='UTF-8'?>" + camt(statement(*BOTH, entry("1.00", inside=inside)))
        found = read(content.replace(b"HERE", said))
        assert found.statements[0].entries[0].remittance == meant
        assert found.statements[0].balanced is True
        assert "not XML" in found.problems[0].reason

    def test_a_file_that_breaks_off_is_read_as_far_as_it_is_whole(self) -> None:
        content = camt(statement(*BOTH, entry("1.00"), entry("2.00"), entry("3.00")))
        for end in (content.index(b">3.00") + 2, content.index(b">3.00") + 60):
            found = only(content[:end])
            assert [each.amount_minor for each in found.entries] == [100, 200]
            assert found.balanced is False
            assert "nothing after that" in found.problems[0].reason

    def test_a_statement_that_was_whole_before_the_break_is_sound(self) -> None:
        content = camt(statement(*BOTH, entry("1.00")), statement(*BOTH, entry("1.00"), account="<IBAN>DE03</IBAN>"))
        found = read(content[:-80]).statements
        assert [each.balanced for each in found] == [True, False]


class TestCamtBalances:
    @pytest.mark.parametrize(
        ("said", "opening", "closing"),
        [
            ((balance("PRCD", "1.00", day="2026-11-01"), balance("CLBD", "2.00")), 100, 200),
            ((balance("PRCD", "9.00"), balance("OPBD", "1.00"), balance("CLBD", "2.00")), 100, 200),
            ((balance("CLBD", "2.00"), balance("OPBD", "1.00", mark="DBIT")), -100, 200),
            ((balance("ITBD", "1.00"), balance("ITBD", "2.00")), 100, 200),
            ((balance("OPBD", "1.00"), balance("ITBD", "2.00")), 100, 200),
            ((balance("ITBD", "1.00"), balance("CLBD", "2.00")), 100, 200),
            ((balance("ITBD", "1.00"),), None, 100),
            ((balance("CLAV", "7.00"), balance("FWAV", "8.00")), None, None),
            (
                (
                    balance("CLBD", "4.00", day="2026-11-03"),
                    balance("OPBD", "2.00", day="2026-11-03"),
                    balance("CLBD", "2.00", day="2026-11-02"),
                    balance("OPBD", "1.00", day="2026-11-02"),
                ),
                100,
                400,
            ),
        ],
    )
    def test_both_ends_are_found_whatever_they_are_called(
        self, said: tuple[str, ...], opening: int | None, closing: int | None
    ) -> None:
        found = only(camt(statement(*said)))
        assert (found.opening_minor, found.closing_minor) == (opening, closing)

    def test_an_account_with_balances_in_several_currencies_is_a_statement_of_each(self) -> None:
        dollars = (balance("OPBD", "5.00", currency="USD"), balance("CLBD", "7.00", currency="USD"))
        content = camt(statement(*BOTH, *dollars, entry("1.00"), entry("2.00", currency="USD"), currency=""))
        found = [(each.currency, each.balanced, len(each.entries)) for each in read(content).statements]
        assert found == [("EUR", True, 1), ("USD", True, 1)]

    def test_an_entry_in_another_currency_than_all_balances_is_told(self) -> None:
        found = only(camt(statement(*BOTH, entry("1.00"), entry("2.00", currency="USD"))))
        assert (len(found.entries), found.balanced) == (1, False)
        assert "is in USD" in found.problems[0].reason

    @pytest.mark.parametrize(("said", "minor"), [("1", 100), ("1.5", 150), ("1.50000", 150), (".5", 50), ("1.", 100)])
    def test_amounts_have_any_number_of_decimals(self, said: str, minor: int) -> None:
        assert only(camt(statement(entry(said)))).entries[0].amount_minor == minor

    @pytest.mark.parametrize("said", ["-1.00", "1.005", "1,234.00", "1e2", ""])
    def test_what_is_no_amount_is_told(self, said: str) -> None:
        found = only(camt(statement(entry(said), entry("1.00"))))
        assert ([each.amount_minor for each in found.entries], len(found.problems)) == ([100], 1)

    def test_pages_are_joined_where_one_follows_on_the_other(self) -> None:
        def page(number: int, opening: str, closing: str, *, last: str) -> str:
            head = (
                f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"
                "<ElctrncSeqNb>7</ElctrncSeqNb>"
            )
            return statement(balance("OPBD+INTM", opening), balance("CLBD", closing), entry("1.00"), head=head)

        second, first = page(2, "11.00", "12.00", last="true"), page(1, "10.00", "11.00", last="false")
        found = only(camt(second, first))
        assert (found.opening_minor, found.closing_minor, found.balanced, found.pages) == (1_000, 1_200, True, 2)
        assert (found.closes_midway, len(found.entries)) == (False, 2)
        apart = read(camt(first, page(2, "99.00", "100.00", last="true"))).statements
        assert [each.balanced for each in apart] == [True, True]


class TestCamtEntries:
    def test_the_days_are_the_banks_own(self) -> None:
        (found,) = only(camt(statement(entry("1.00")))).entries
        assert (found.booking_date, found.value_date) == (date(2026, 11, 2), date(2026, 11, 3))

    def test_a_returned_payout_says_why_and_names_the_payee(self) -> None:
        inside = (
            "<Refs><EndToEndId>2026-11-02/7</EndToEndId></Refs>"
            "<RltdPties><Dbtr><Nm>US</Nm></Dbtr><DbtrAcct><Id><IBAN>DE02</IBAN></Id></DbtrAcct>"
            "<Cdtr><Nm>ACME</Nm></Cdtr><CdtrAcct><Id><IBAN>DE99</IBAN></Id></CdtrAcct></RltdPties>"
            "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account</AddtlInf><AddtlInf>closed</AddtlInf></RtrInf>"
        )
        (found,) = only(camt(statement(entry("1.00", inside=inside)))).entries
        assert (found.return_reason, found.return_text) == ("AC04", "account closed")
        assert (found.counterparty, found.counterparty_account, found.amount_minor) == ("ACME", "DE99", 100)
        assert found.end_to_end_id == "2026-11-02/7"

    @pytest.mark.parametrize(
        "charges",
        [
            "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>2.50</TtlChrgsAndTaxAmt></Chrgs>",
            "<Chrgs><Amt Ccy='EUR'>2.00</Amt><Br>SHAR</Br></Chrgs><Chrgs><Amt Ccy='EUR'>0.50</Amt></Chrgs>",
            "<Chrgs>" + RECORD.format("3.00", "DBIT") + RECORD.format("0.50", "CRDT") + "</Chrgs>",
            "<Chrgs><Rcrd><Amt Ccy='EUR'>2.50</Amt></Rcrd><Rcrd><Amt Ccy='USD'>9.00</Amt></Rcrd></Chrgs>",
        ],
    )
    def test_charges_are_kept_however_they_are_listed(self, charges: str) -> None:
        (found,) = only(camt(statement(entry("97.50", inside=charges)))).entries
        assert (found.amount_minor, found.charges_minor) == (9_750, 250)

    def test_what_was_ordered_in_another_currency_is_kept_with_its_rate(self) -> None:
        inside = (
            "<AmtDtls><InstdAmt><Amt Ccy='USD'>110.00</Amt></InstdAmt><TxAmt><Amt Ccy='EUR'>100.00</Amt><CcyXchg>"
            "<SrcCcy>USD</SrcCcy><XchgRate>1.1</XchgRate></CcyXchg></TxAmt></AmtDtls>"
        )
        (found,) = only(camt(statement(entry("100.00", inside=inside)))).entries
        assert (found.instructed_minor, found.instructed_currency, found.exchange_rate) == (11_000, "USD", "1.1")
        same = inside.replace("USD", "EUR").replace("110.00", "100.00")
        assert only(camt(statement(entry("100.00", inside=same)))).entries[0].instructed_minor is None

    def test_a_batchs_reference_and_parts_are_kept(self) -> None:
        parts = "".join(
            f"<TxDtls><Refs><EndToEndId>P-{number}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>{number}.00</Amt>"
            "</TxAmt></AmtDtls></TxDtls>"
            for number in (1, 2)
        )
        batch = "<NtryDtls><Btch><PmtInfId>BATCH-1</PmtInfId></Btch></NtryDtls>"
        first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
        said = entry("3.00", "DBIT").replace(
            "<NtryDtls><TxDtls></TxDtls></NtryDtls>",
            f"{batch}<NtryDtls>{first}</NtryDtls><NtryDtls>{second}</NtryDtls>",
        )
        (found,) = only(camt(statement(said))).entries
        assert found.holder_reference == "BATCH-1"
        assert [(part.end_to_end_id, part.amount_minor) for part in found.parts] == [("P-1", -100), ("P-2", -200)]

    def test_words_for_no_reference_are_none(self) -> None:
        inside = "<Refs><InstrId>NOTPROVIDED</InstrId><EndToEndId>NOTPROVIDED</EndToEndId><TxId>T-1</TxId></Refs>"
        (found,) = only(camt(statement(entry("1.00", inside=inside)))).entries
        assert (found.end_to_end_id, found.reference) == ("", "T-1")

    def test_what_stands_only_in_the_banks_own_text_is_found(self) -> None:
        said = entry("1.00", after="<AddtlNtryInf>/TRTP/SEPA/NAME/ACME/EREF/P-1/REMI/USTD//x/</AddtlNtryInf>")
        (found,) = only(camt(statement(said.replace("<NtryDtls><TxDtls></TxDtls></NtryDtls>", "")))).entries
        assert (found.end_to_end_id, found.counterparty) == ("P-1", "ACME")

    @pytest.mark.parametrize(
        "account",
        [
            "<Othr><Id>DE02</Id></Othr>",
            "<PrtryAcct><Id>DE02</Id></PrtryAcct>",
            "<BBAN>DE02</BBAN>",
            "<IBAN>DE 02</IBAN>",
        ],
    )
    def test_an_account_is_named_in_several_ways(self, account: str) -> None:
        assert only(camt(statement(account=account))).account == "DE02"


def mt940(*lines: str, account: str = "DE02/1", number: str = "1/1", opening: str = "F:C261101EUR10,00") -> bytes:
    return "\r\n".join([":20:REF", f":25:{account}", f":28C:{number}", f":60{opening}", *lines, ""]).encode()


LINE = ":61:2611031102C1,00NTRFX"
CLOSING = ":62F:C261102EUR11,00"


class TestMt940Files:
    @pytest.mark.parametrize(
        "change",
        [
            lambda said: b"\xef\xbb\xbf" + said,
            lambda said: said.decode().encode("utf-16"),
            lambda said: said.replace(b"\r\n", b"\n"),
            lambda said: said.replace(b"\r\n", b"\r"),
            lambda said: said.rstrip() + b"-}",
            lambda said: said.rstrip() + b"\r\n-}{5:{MAC:00000000}}\r\n",
            lambda said: b"{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n" + said + b"-}",
            lambda said: b"{1:F01BANKDEFFXXXX0000000000}\r\n{2:I940BANKDEFFXXXXN}\r\n{4:\r\n" + said + b"-}",
            lambda said: b"{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:" + said + b"-}",
            lambda said: said.replace(b"EUR11,00", b"EUR11,"),
            lambda said: said.replace(b":62F:C261102EUR11,00", b":62F:C261102EUR11,00\r\n:64:C261102EUR9,00"),
        ],
    )
    def test_what_stands_around_the_fields_changes_nothing(self, change: object) -> None:
        assert callable(change)
        assert only(change(mt940(LINE, CLOSING))).balanced is True

    def test_messages_without_an_end_dont_run_into_one_another(self) -> None:
        head = b"{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n"
        other = mt940(LINE, CLOSING, ":86:about the statement", account="DE03/1")
        found = read(head + other + head + mt940(LINE, CLOSING)).statements
        assert [(each.account, each.balanced) for each in found] == [("DE03/1", True), ("DE02/1", True)]

    @pytest.mark.parametrize("numbers", [("4/1", "4/2"), ("4", "4"), ("00004/001", "00004/002")])
    def test_pages_are_joined(self, numbers: tuple[str, str]) -> None:
        first = mt940(LINE, ":62M:C261102EUR11,00", number=numbers[0])
        second = mt940(LINE, ":62F:C261102EUR12,00", number=numbers[1], opening="M:C261102EUR11,00")
        found = only(first + second)
        assert (found.opening_minor, found.closing_minor, found.balanced, found.pages) == (1_000, 1_200, True, 2)
        assert (found.opens_midway, found.closes_midway) == (False, False)

    def test_a_page_alone_says_that_it_is_one(self) -> None:
        found = only(mt940(LINE, ":62M:C261102EUR12,00", number="4/2", opening="M:C261102EUR11,00"))
        assert (found.opens_midway, found.closes_midway, found.balanced) == (True, True, True)

    def test_days_after_one_another_are_statements_of_their_own(self) -> None:
        days = mt940(LINE, CLOSING, number="4/1") + mt940(
            LINE, ":62F:C261102EUR12,00", number="5/1", opening="F:C261102EUR11,00"
        )
        assert [each.balanced for each in read(days).statements] == [True, True]
        assert gaps_between(read(days).statements) == []

    def test_a_statement_that_is_missing_between_two_is_found(self) -> None:
        first = mt940(LINE, CLOSING, number="4/1")
        third = mt940(LINE, ":62F:C261105EUR21,00", number="6/1", opening="F:C261104EUR20,00")
        (gap,) = gaps_between(read(third + first).statements)
        assert (gap.after, gap.before, gap.missing_minor) == ("4/1", "6/1", 900)

    @pytest.mark.parametrize(
        ("said", "account"),
        [("51210600/9223382012EUR", "51210600/9223382012"), ("NL91ABNA0417164300 EUR", "NL91ABNA0417164300")],
    )
    def test_a_currency_behind_the_account_is_no_part_of_it(self, said: str, account: str) -> None:
        assert only(mt940(LINE, CLOSING, account=said)).account == account

    def test_an_account_that_ends_as_its_currency_does_keeps_its_end(self) -> None:
        assert account_named("CASHEUR", "EUR") == "CASHEUR"


class TestMt940Lines:
    @pytest.mark.parametrize(
        ("said", "minor", "reference", "bank"),
        [
            (":61:2611031102C1,00NTRFNONREF", 100, "", ""),
            (":61:261103C1,00NTRFNONREF//B-1", 100, "B-1", "B-1"),
            (":61:2611031102CR1,NTRFOWN//B-1", 100, "OWN", "B-1"),
            (":61:2611031102DR1,5NTRFOWN", -150, "OWN", ""),
            (":61:2611031102RD,50S103OWN", 50, "OWN", ""),
            (":61:2611031102RCR1,00FMSCOWN", -100, "OWN", ""),
            (":61:261103    D1,00NTRFOWN", -100, "OWN", ""),
            (":61:2611031102C12,\n34NTRFOWN", 1_234, "OWN", ""),
            (":61:2611031102C12\n,34NTRFOWN", 1_234, "OWN", ""),
        ],
    )
    def test_every_part_may_be_left_out(self, said: str, minor: int, reference: str, bank: str) -> None:
        (found,) = only(mt940(said)).entries
        assert (found.amount_minor, found.reference, found.bank_reference) == (minor, reference, bank)

    @pytest.mark.parametrize("said", ["1.234,56", "1,234,56", "1.234.567", "1,234.56"])
    def test_an_amount_with_thousands_is_told_not_guessed(self, said: str) -> None:
        found = only(mt940(f":61:2611031102C{said}NTRFX"))
        assert (found.entries, len(found.problems)) == ((), 1)

    def test_three_decimals_arent_taken_for_thousands(self) -> None:
        found = only(mt940(":61:2611031102C1.234,567NTRFX", opening="F:C261101KWD10,000"))
        assert (found.entries, len(found.problems)) == ((), 1)

    def test_the_day_of_booking_that_isnt_said_is_marked(self) -> None:
        with_day, without = only(mt940(LINE, ":61:261103C1,00NTRFX")).entries
        assert (with_day.has_booking_date, without.has_booking_date) == (True, False)

    @pytest.mark.parametrize(
        ("details", "end_to_end_id", "counterparty", "remittance"),
        [
            (":86:166?00X?20EREF+P-1?21SVWZ+invoice >50 EU?22R ?32ACME", "P-1", "ACME", "invoice >50 EUR"),
            (":86:166>00X>20EREF+P-1>21SVWZ+why?20>32ACME", "P-1", "ACME", "why?20"),
            (":86:EREF+P-1 KREF+K-1 SVWZ+invoice 7 ANAM+ACME", "P-1", "ACME", "invoice 7"),
            (":86:SVWZ: invoice 7 EREF: P-1", "P-1", "", "invoice 7"),
            (":86:/TRTP/SEPA OVERBOEKING/IBAN/NL91/NAME/ACME/REMI/invoice 7/EREF/P-1", "P-1", "ACME", "invoice 7"),
            (":86:/EREF/P-1//CNTP/NL91/INGBNL2A/ACME///REMI/USTD//invoice 7/", "P-1", "ACME", "invoice 7"),
            (":86:/EREF/NOTPROVIDED/ORDP//NAME/ACME/REMI/invoice\r\n 7", "", "ACME", "invoice 7"),
            (":86:invoice 7\r\nof ACME", "", "", "invoice 7 of ACME"),
            (":86:invoice 7\r\n:86:of ACME", "", "", "invoice 7 of ACME"),
            (":NS:01invoice\r\n02seven\r\n15ACME", "", "ACME", "invoice seven"),
        ],
    )
    def test_details_are_found_however_they_are_marked(
        self, details: str, end_to_end_id: str, counterparty: str, remittance: str
    ) -> None:
        (found,) = only(mt940(LINE, details)).entries
        assert (found.end_to_end_id, found.counterparty, found.remittance) == (end_to_end_id, counterparty, remittance)

    def test_a_text_goes_on_in_the_sixties_where_the_twenties_are_full(self) -> None:
        parts = "".join(f"?{number}{'x' * 26}{number % 10}" for number in range(21, 30))
        (found,) = only(mt940(LINE, f":86:166?20SVWZ+{parts}?60y EREF+P-1")).entries
        assert (found.remittance[-2:], found.end_to_end_id) == ("9y", "P-1")

    def test_why_a_payment_came_back_what_it_cost_and_what_was_ordered_are_kept(self) -> None:
        line = ":61:2611031102C1,00NTRFX//B\r\n/OCMT/USD12,34//CHGS/EUR1,50/"
        (found,) = only(mt940(line, ":86:/EREF/P-1/RTRN/AC04/REMI/x")).entries
        assert (found.return_reason, found.charges_minor) == ("AC04", 150)
        assert (found.instructed_minor, found.instructed_currency) == (1_234, "USD")
