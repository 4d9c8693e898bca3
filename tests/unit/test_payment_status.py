"""What banks answer to files of payments: read leniently, told exactly, and never turned into a second payment."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exchange.credit_transfers.transfer import InstructedFile, InstructedPayout
from api.exchange.payment_status.codes import SENTENCES, STANDINGS, sentence_of
from api.exchange.payment_status.pain_002 import read_payment_status
from api.exchange.payment_status.report import PaymentStatusUnreadable, Reason, Standing, StatusReport
from api.exchange.payment_status.standing import PayoutStatuses, statuses_of
from domain.money import Money

MESSAGE = "20261122-1"


def payout(number: int, batch: int = 1, minor: int = 1_000, currency: str = "EUR") -> InstructedPayout:
    return InstructedPayout(
        payout=f"P/{number}", batch=f"{MESSAGE}-{batch}", amount=Money(currency=currency, minor=minor)
    )


def instructed(*payouts: InstructedPayout) -> InstructedFile:
    return InstructedFile(
        message="pain.001.001.09", message_id=MESSAGE, execution_date=date(2026, 11, 24), payouts=payouts
    )


THREE = instructed(payout(1), payout(2), payout(3, batch=2))


def answer(*inside: str, group: str = "", message: str = MESSAGE, version: str = "pain.002.001.10") -> bytes:
    head = "<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-22T12:00:00Z</CreDtTm></GrpHdr>"
    original = f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>"
    report = f"<CstmrPmtStsRpt>\n{head}\n{original}\n{''.join(inside)}\n</CstmrPmtStsRpt>"
    return f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:{version}'>{report}</Document>".encode()


def batch(*inside: str, number: int = 1, status: str = "", more: str = "") -> str:
    said = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    return (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{MESSAGE}-{number}</OrgnlPmtInfId>{said}{more}"
        f"{''.join(inside)}</OrgnlPmtInfAndSts>\n"
    )


def transfer(number: int, status: str, *, inside: str = "", after: str = "") -> str:
    said = f"<TxSts>{status}</TxSts>" if status else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>P/{number}</OrgnlEndToEndId>{said}{inside}"
        f"<AcctSvcrRef>REF-{number}</AcctSvcrRef>{after}</TxInfAndSts>\n"
    )


def why(code: str, *more: str) -> str:
    told = "".join(f"<AddtlInf>{each}</AddtlInf>" for each in more)
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{told}</StsRsnInf>"


def counts(**numbers: int) -> str:
    return "".join(
        f"<NbOfTxsPerSts><DtldNbOfTxs>{number}</DtldNbOfTxs><DtldSts>{status}</DtldSts></NbOfTxsPerSts>"
        for status, number in numbers.items()
    )


def only(content: bytes) -> StatusReport:
    (report,) = read_payment_status(content).reports
    return report


def statuses(content: bytes, file: InstructedFile | None = THREE) -> PayoutStatuses:
    return statuses_of(only(content), file)


def standings(content: bytes, file: InstructedFile | None = THREE) -> list[Standing]:
    return [each.standing for each in statuses(content, file).payouts]


class TestReading:
    def test_all_levels_are_read(self) -> None:
        read = read_payment_status(
            answer(
                batch(
                    transfer(
                        2,
                        "RJCT",
                        inside=why("AC04", "closed", "in May"),
                        after="<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>10.00</InstdAmt></Amt></OrgnlTxRef>",
                    ),
                    status="PART",
                ),
                group="<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>3</OrgnlNbOfTxs>"
                "<OrgnlCtrlSum>30.0000</OrgnlCtrlSum><GrpSts>PART</GrpSts>",
            )
        )
        assert read.format == "pain.002.001.10"
        (report,) = read.reports
        assert (report.report_id, report.message_id, report.message) == ("BANK-1", MESSAGE, "pain.001.001.09")
        assert (report.said.code, report.said.original_count, report.said.original_sum) == ("PART", 3, Fraction(30))
        (one,) = report.transfers
        assert (one.end_to_end_id, one.bank_reference, one.amount) == ("P/2", "REF-2", Money("EUR", 1_000))
        assert one.said.reasons == (Reason("AC04", "The account is closed.", "closed in May"),)
        assert report.problems == ()

    @pytest.mark.parametrize("version", ["pain.002.001.03", "pain.002.001.06", "pain.002.001.12"])
    def test_versions_are_read_alike(self, version: str) -> None:
        read = read_payment_status(answer(batch(transfer(1, "ACSC")), version=version))
        assert read.format == version
        assert read.reports[0].transfers[0].said.standing == "settled"

    def test_what_has_no_namespace_is_read(self) -> None:
        content = answer(group="<GrpSts>ACTC</GrpSts>").replace(b"xmlns=", b"Xmlns=")
        read = read_payment_status(content)
        assert read.format == "pain.002"
        assert read.reports[0].said.standing == "accepted"

    def test_several_answers_in_an_envelope_are_read(self) -> None:
        one = answer(group="<GrpSts>ACTC</GrpSts>")
        read = read_payment_status(b"\xef\xbb\xbf\n<Bundle><!-- two -->" + one + one + b"</Bundle>")
        assert [each.said.code for each in read.reports] == ["ACTC", "ACTC"]

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "not XML"),
            (b"HTTP/1.1 502", "not XML"),
            (b"<Document/>", "no payment status report"),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><CstmrPmtStsRpt>&b;</CstmrPmtStsRpt>", "document type"),
            (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><CstmrPmtStsRpt/>", "document type"),
        ],
    )
    def test_what_is_no_answer_is_refused_with_its_reason(self, content: bytes, problem: str) -> None:
        with pytest.raises(PaymentStatusUnreadable, match=problem):
            read_payment_status(content, name="answer.xml")

    def test_a_file_that_is_cut_is_refused(self) -> None:
        content = answer(batch(transfer(1, "ACSP")), group="<GrpSts>ACCP</GrpSts>")
        with pytest.raises(PaymentStatusUnreadable, match="ask the bank for the whole file"):
            read_payment_status(content[: content.index(b"TxSts")])

    def test_a_bare_ampersand_and_another_encoding_are_read_as_meant_and_told(self) -> None:
        content = answer(group="<GrpSts>RJCT</GrpSts>" + why("NARR", "Müller & Söhne")).decode().encode("cp1252")
        report = only(content)
        assert report.said.reasons[0].information == "Müller & Söhne"
        assert len(report.problems) == 1

    def test_one_bad_line_is_told_and_the_rest_goes_on(self) -> None:
        told = statuses(
            answer(
                batch(
                    transfer(
                        1, "ACSP", after="<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>1,0,0</InstdAmt></Amt></OrgnlTxRef>"
                    ),
                    "<TxInfAndSts><TxSts>ACSP</TxSts></TxInfAndSts>",
                    transfer(2, "WXYZ"),
                ),
                group="<OrgnlNbOfTxs>three</OrgnlNbOfTxs><OrgnlCtrlSum>1E3</OrgnlCtrlSum>",
            )
        )
        assert [each.standing for each in told.payouts] == ["accepted", "unknown", "unsaid"]
        assert told.payouts[1].code == "WXYZ"
        assert len(told.strangers) == 1
        assert len(told.problems) == 6
        assert all(each.line and each.reason for each in told.problems)

    def test_an_amount_in_a_currency_that_is_no_more_is_told(self) -> None:
        inside = "<OrgnlTxRef><Amt><InstdAmt Ccy='DEM'>10.00</InstdAmt></Amt></OrgnlTxRef>"
        (problem,) = statuses(answer(batch(transfer(1, "ACSP", after=inside)))).problems
        assert problem.reason == "P/1: 10.00 DEM in the answer, 10.00 EUR in the file"

    @given(st.binary(max_size=200))
    def test_whatever_comes_is_read_or_refused(self, content: bytes) -> None:
        with pytest.raises(PaymentStatusUnreadable):
            read_payment_status(content)

    @given(st.lists(st.tuples(st.integers(0, 2_000), st.binary(max_size=6)), min_size=1, max_size=4))
    def test_whatever_is_changed_in_an_answer_it_is_read_or_refused(self, changes: list[tuple[int, bytes]]) -> None:
        inside = "<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>10.00</InstdAmt></Amt></OrgnlTxRef>"
        content = answer(
            batch(transfer(1, "RJCT", inside=why("AC04", "so"), after=inside), transfer(2, "ACSC"), status="PART"),
            group=f"<OrgnlNbOfTxs>3</OrgnlNbOfTxs><GrpSts>PART</GrpSts>{counts(RJCT=1, ACSP=2)}",
        )
        for place, instead in changes:
            at = place % len(content)
            content = content[:at] + instead + content[at + len(instead) :]
        try:
            reports = read_payment_status(content).reports
        except PaymentStatusUnreadable:
            return
        for report in reports:
            assert [each.payout for each in statuses_of(report, THREE).payouts] == ["P/1", "P/2", "P/3"]


class TestStatuses:
    @pytest.mark.parametrize(
        ("code", "standing"),
        [
            ("ACTC", "accepted"), ("ACCP", "accepted"), ("ACSP", "accepted"), ("ACWC", "accepted"),
            ("ACSC", "settled"), ("ACCC", "settled"), ("PDNG", "pending"), ("RCVD", "pending"), ("RJCT", "rejected"),
        ],
    )  # fmt: skip
    def test_what_is_said_of_a_file_holds_for_all_in_it(self, code: str, standing: Standing) -> None:
        told = statuses(answer(group=f"<GrpSts>{code}</GrpSts>{why('NARR', 'so')}"))
        assert [each.standing for each in told.payouts] == [standing] * 3
        assert {each.said_of for each in told.payouts} == {"file"}
        assert {each.reasons[0].information for each in told.payouts} == {"so"}

    def test_what_is_said_nearer_holds(self) -> None:
        told = statuses(
            answer(
                batch(transfer(2, "RJCT", inside=why("AC04")), status="ACSP"),
                batch(number=2, status="PDNG"),
                group="<GrpSts>ACTC</GrpSts>",
            )
        )
        assert [(each.payout, each.code, each.said_of) for each in told.payouts] == [
            ("P/1", "ACSP", "batch"), ("P/2", "RJCT", "transfer"), ("P/3", "PDNG", "batch"),
        ]  # fmt: skip
        assert told.payouts[1].bank_reference == "REF-2"
        assert told.problems == ()

    def test_one_transfer_isnt_accepted_in_part(self) -> None:
        told = statuses(answer(batch(transfer(1, "PART"), status="ACCP")))
        assert (told.payouts[0].standing, told.payouts[0].code) == ("unknown", "PART")
        assert told.problems[0].reason == "TxInfAndSts: the status PART isn't known"

    def test_one_that_is_named_without_a_status_has_its_batchs(self) -> None:
        assert standings(answer(batch(transfer(1, ""), status="RJCT")))[:2] == ["rejected", "rejected"]

    def test_an_instruction_id_stands_in_where_there_is_no_end_to_end_id(self) -> None:
        inside = "<OrgnlInstrId>P/1</OrgnlInstrId><OrgnlEndToEndId>NOTPROVIDED</OrgnlEndToEndId><TxSts>ACSP</TxSts>"
        assert standings(answer(batch(f"<TxInfAndSts>{inside}</TxInfAndSts>")))[0] == "accepted"

    def test_spaces_around_an_id_arent_part_of_it(self) -> None:
        inside = "<OrgnlEndToEndId>  P/1\n</OrgnlEndToEndId><TxSts>ACSP</TxSts>"
        assert standings(answer(batch(f"<TxInfAndSts>{inside}</TxInfAndSts>"), message=f" {MESSAGE} "))[0] == "accepted"

    def test_some_accepted_says_nothing_of_those_that_arent_named(self) -> None:
        told = standings(answer(batch(transfer(1, "RJCT"), status="PART"), group="<GrpSts>PART</GrpSts>"))
        assert told == ["rejected", "unsaid", "unsaid"]

    def test_some_accepted_and_counted_says_what_is_left(self) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT")), group=f"<GrpSts>PART</GrpSts>{counts(RJCT=1, ACSP=2)}"))
        assert [each.standing for each in told.payouts] == ["rejected", "accepted", "accepted"]
        assert [each.said_of for each in told.payouts] == ["transfer", "file", "file"]

    @pytest.mark.parametrize(
        "numbers", [{"RJCT": 1, "ACSP": 1}, {"RJCT": 2, "ACSP": 1}, {"RJCT": 1, "ACSP": 1, "PDNG": 1}, {"ACSP": 2}]
    )
    def test_counts_that_leave_two_ways_say_nothing(self, numbers: dict[str, int]) -> None:
        content = answer(batch(transfer(1, "RJCT")), group=f"<GrpSts>PART</GrpSts>{counts(**numbers)}")
        assert standings(content) == ["rejected", "unsaid", "unsaid"]

    def test_an_answer_about_another_file_says_nothing_of_this_one(self) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT")), message="20261122-2"))
        assert [each.standing for each in told.payouts] == ["unsaid"] * 3
        assert [each.end_to_end_id for each in told.strangers] == ["P/1"]
        assert "20261122-2" in told.problems[0].reason

    def test_an_answer_about_a_file_that_was_never_made_is_kept_and_told(self) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT")), message=""), None)
        assert told.payouts == ()
        assert len(told.strangers) == 1
        assert "isn't known here" in told.problems[0].reason

    def test_a_payment_and_a_batch_that_the_file_doesnt_hold_are_told_and_the_rest_goes_on(self) -> None:
        told = statuses(answer(batch(transfer(9, "RJCT"), transfer(1, "ACSC"), number=7, status="RJCT")))
        assert [each.standing for each in told.payouts] == ["settled", "unsaid", "unsaid"]
        assert [each.end_to_end_id for each in told.strangers] == ["P/9"]
        assert sorted(each.reason for each in told.problems) == [
            "the batch 20261122-1-7 isn't in the file",
            "the payment P/9 isn't in the file",
        ]

    @pytest.mark.parametrize(
        "head", ["<OrgnlNbOfTxs>2</OrgnlNbOfTxs>", "<OrgnlCtrlSum>30.01</OrgnlCtrlSum>"], ids=["count", "sum"]
    )
    def test_nothing_is_inferred_from_a_file_that_isnt_the_one_that_was_written(self, head: str) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT")), group=f"{head}<GrpSts>RJCT</GrpSts>"))
        assert [each.standing for each in told.payouts] == ["rejected", "unsaid", "unsaid"]
        assert len(told.problems) == 1

    @pytest.mark.parametrize(
        "head",
        ["<OrgnlNbOfTxs>3</OrgnlNbOfTxs><OrgnlCtrlSum>30.0000</OrgnlCtrlSum>",
         "<OrgnlNbOfTxs>0</OrgnlNbOfTxs><OrgnlCtrlSum>0.0000</OrgnlCtrlSum>"],
        ids=["equal", "couldn't be read"],
    )  # fmt: skip
    def test_a_file_that_was_rejected_whole_is(self, head: str) -> None:
        assert standings(answer(group=f"{head}<GrpSts>RJCT</GrpSts>")) == ["rejected"] * 3


class TestContradictions:
    def test_a_rejection_that_is_contradicted_in_the_same_answer_isnt_taken(self) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT"), transfer(1, "ACSP"), status="ACCP")))
        assert told.payouts[0].standing == "accepted"
        assert "P/1" in told.problems[0].reason

    def test_one_that_is_accepted_in_a_rejected_file_is_accepted_and_told(self) -> None:
        told = statuses(answer(batch(transfer(1, "ACSP")), group="<GrpSts>RJCT</GrpSts>"))
        assert [each.standing for each in told.payouts] == ["accepted", "rejected", "rejected"]
        assert "though what it is in was rejected" in told.problems[0].reason

    def test_one_that_is_rejected_in_a_settled_batch_is_settled_and_told(self) -> None:
        told = statuses(answer(batch(transfer(1, "RJCT"), status="ACSC")))
        assert [each.standing for each in told.payouts] == ["settled", "settled", "unsaid"]
        assert "though what it is in was settled" in told.problems[0].reason

    def test_a_code_that_isnt_known_outweighs_a_rejection(self) -> None:
        assert standings(answer(batch(transfer(1, "RJCT"), transfer(1, "WXYZ"))))[0] == "unknown"

    def test_another_amount_is_told(self) -> None:
        inside = "<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>10.01</InstdAmt></Amt></OrgnlTxRef>"
        told = statuses(answer(batch(transfer(1, "ACSP", after=inside))))
        assert [each.reason for each in told.problems] == ["P/1: 10.01 EUR in the answer, 10.00 EUR in the file"]

    @given(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", *STANDINGS, "WXYZ"])), max_size=8),
        st.sampled_from(["", *STANDINGS]),
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", *STANDINGS])), max_size=3),
    )
    def test_a_payout_is_rejected_only_where_nothing_nearer_says_otherwise(
        self, named: list[tuple[int, str]], group: str, batches: list[tuple[int, str]]
    ) -> None:
        parts = [batch(transfer(number, status), number=1) for number, status in named]
        parts += [batch(number=number, status=status) for number, status in batches]
        told = statuses(answer(*parts, group=f"<GrpSts>{group}</GrpSts>" if group else ""))
        assert [each.payout for each in told.payouts] == ["P/1", "P/2", "P/3"]
        for number, status in enumerate(told.payouts, start=1):
            said = {STANDINGS.get(code, "unknown") for at, code in named if at == number and code}
            if status.standing == "rejected":
                assert said <= {"rejected"}
                assert "RJCT" in status.code or status.code == "CANC"
            if said and "settled" in said:
                assert status.standing == "settled"


class TestWords:
    def test_a_reason_that_isnt_known_is_told_as_it_is(self) -> None:
        assert sentence_of("ZZ99") == "ZZ99"
        inside = "<StsRsnInf><Rsn><Prtry>BANK-7</Prtry></Rsn></StsRsnInf>"
        (report,) = read_payment_status(answer(group=f"<GrpSts>RJCT</GrpSts>{inside}")).reports
        assert report.said.reasons == (Reason("BANK-7", "BANK-7"),)

    def test_sentences_are_sentences(self) -> None:
        for code, sentence in SENTENCES.items():
            assert code.isalnum()
            assert sentence[0].isupper(), code
            assert sentence.endswith("."), code
