"""Reading pain.001 as a bank does: it believes no count and no sum that it hasn't added up."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

from tests.bank_simulator.amounts import minor_of
from tests.bank_simulator.kept import Instruction


class InstructionFile(NamedTuple):
    """A pain.001: its name as a message, its id, what it says of itself, its payments; wrong: what doesn't add up."""

    message: str
    message_id: str
    said_count: str
    control_sum: str
    instructions: list[Instruction]
    wrong: str


def read_instructions(content: bytes) -> InstructionFile:
    """Return a file of instructions."""
    root = fromstring(content)  # noqa: S314 - the program's own files
    message = root.tag[1:].partition("}")[0].rpartition(":")[2]
    initiation = _one(root, "CstmrCdtTrfInitn")
    header = _one(initiation, "GrpHdr")
    message_id, count, control_sum = (_text(header, name) for name in ("MsgId", "NbOfTxs", "CtrlSum"))
    instructions: list[Instruction] = []
    sums: list[Decimal] = []
    wrong = ""
    for batch in _every(initiation, "PmtInf"):
        of_batch = list(_instructions(batch, message_id, message))
        amounts = [Decimal(_text(each, "Amt", "InstdAmt")) for each in _every(batch, "CdtTrfTxInf")]
        if (len(of_batch), sum(amounts)) != (int(_text(batch, "NbOfTxs")), Decimal(_text(batch, "CtrlSum"))):
            wrong = f"batch {_text(batch, 'PmtInfId')} doesn't come to its sum"
        instructions += of_batch
        sums += amounts
    if (len(instructions), sum(sums)) != (int(count), Decimal(control_sum)):
        wrong = wrong or "the payments don't come to the control sum"
    return InstructionFile(message, message_id, count, control_sum, instructions, wrong)


def _instructions(batch: Element, message_id: str, message: str) -> Iterator[Instruction]:
    day = _text(batch, "ReqdExctnDt", "Dt") or _text(batch, "ReqdExctnDt")
    for each in _every(batch, "CdtTrfTxInf"):
        amount = _one(each, "Amt", "InstdAmt")
        currency = amount.attrib["Ccy"]
        yield Instruction(
            end_to_end_id=_text(each, "PmtId", "EndToEndId"),
            instruction_id=_text(each, "PmtId", "InstrId"),
            account=_account(batch, "DbtrAcct"),
            currency=currency,
            amount_minor=minor_of(amount.text or "", currency),
            on=date.fromisoformat(day.strip()),
            creditor=_text(each, "Cdtr", "Nm"),
            creditor_account=_account(each, "CdtrAcct"),
            text=_text(each, "RmtInf", "Ustrd"),
            message=message_id,
            message_name=message,
            batch=_text(batch, "PmtInfId"),
        )


def _account(element: Element, name: str) -> str:
    return _text(element, name, "Id", "IBAN") or _text(element, name, "Id", "Othr", "Id")


def _every(element: Element, name: str) -> list[Element]:
    return element.findall(f"{{*}}{name}")


def _one(element: Element, *names: str) -> Element:
    found = element.find("/".join(f"{{*}}{name}" for name in names))
    if found is None:
        raise ValueError(f"{element.tag} has no {'/'.join(names)}")
    return found


def _text(element: Element, *names: str) -> str:
    return element.findtext("/".join(f"{{*}}{name}" for name in names)) or ""
