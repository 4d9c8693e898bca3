"""Writing pain.002: what the bank makes of a file of instructions, as a whole or payment by payment."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from tests.bank_simulator.kept import Instruction
from tests.bank_simulator.xml_text import Node, document, leaf, nested, node

MESSAGE = "pain.002.001.10"
ACCEPTED, PARTLY, REJECTED = "ACSP", "PART", "RJCT"


class About(NamedTuple):
    """Which message is answered: its name, its id, and its payments as it counts them."""

    message: str
    message_id: str
    said_count: str
    control_sum: str


class Verdict(NamedTuple):
    """What becomes of a payment: its status, and why it's rejected."""

    instruction: Instruction
    status: str
    reason: str = ""
    words: str = ""


def answer_whole(number: str, about: About, *, on: date, status: str, reason: str = "", words: str = "") -> bytes:
    """Return an answer that says one thing of the whole file."""
    return _report(number, about, on, [leaf("GrpSts", status), _why(reason, words)], [])


def answer_each(number: str, about: About, verdicts: Sequence[Verdict], *, on: date) -> bytes:
    """Return an answer that says something of every payment, or, without its count of them, of some."""
    counted = Counter(each.status for each in verdicts)
    is_whole = about.said_count == str(len(verdicts))
    status = next(iter(counted)) if is_whole and len(counted) == 1 else PARTLY
    batches = [
        node("OrgnlPmtInfAndSts", leaf("OrgnlPmtInfId", batch), map(_of_payment, said))
        for batch, said in groupby(sorted(verdicts, key=_batch), key=_batch)
    ]
    return _report(number, about, on, [leaf("GrpSts", status), *(_counts(counted) if is_whole else ())], batches)


def _report(number: str, about: About, on: date, group: Iterable[Node], batches: Iterable[Node]) -> bytes:
    header = node("GrpHdr", leaf("MsgId", number), leaf("CreDtTm", f"{on}T18:00:00Z"))
    original = node(
        "OrgnlGrpInfAndSts",
        leaf("OrgnlMsgId", about.message_id),
        leaf("OrgnlMsgNmId", about.message),
        leaf("OrgnlNbOfTxs", about.said_count),
        leaf("OrgnlCtrlSum", about.control_sum),
        group,
    )
    return document(MESSAGE, node("CstmrPmtStsRpt", header, original, batches))


def _of_payment(said: Verdict) -> Node:
    return node(
        "TxInfAndSts",
        leaf("OrgnlInstrId", said.instruction.instruction_id),
        leaf("OrgnlEndToEndId", said.instruction.end_to_end_id),
        leaf("TxSts", said.status),
        _why(said.reason, said.words),
    )


def _counts(counted: Counter[str]) -> list[Node]:
    return [
        node("NbOfTxsPerSts", leaf("DtldNbOfTxs", str(times)), leaf("DtldSts", status))
        for status, times in sorted(counted.items())
    ]


def _why(reason: str, words: str) -> Node:
    return node("StsRsnInf", nested("Rsn", "Cd", text=reason), leaf("AddtlInf", words))


def _batch(said: Verdict) -> str:
    return said.instruction.batch
