"""What becomes of the payments that account holders order."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from msgspec.structs import replace

from tests.bank_noise import LATE_DAYS, RETURN_DAYS, Noise
from tests.bank_simulator.collecting import Collected
from tests.bank_simulator.drawing import ALL_BPS, drawn
from tests.bank_simulator.kept import Instruction, Line, Missing

REJECTED_BPS = 100
REASONS = (("AC01", "account number invalid"), ("AC04", "account closed"), ("AC06", "account blocked"))
RETURN_REASONS = ("AC04", "AC01", "RR04")


def rejection(random: Random) -> tuple[str, str]:
    """Return why a payment isn't made, as a code and in words; nothing where it's made."""
    return random.choice(REASONS) if random.randrange(ALL_BPS) < REJECTED_BPS else ("", "")


def pay(random: Random, instructions: Sequence[Instruction], *, each_once: bool) -> Collected:
    """Return what becomes of payments that were accepted; lines have no number yet."""
    noises = drawn(random, instructions, "payout", is_fit=lambda _payment, _noise: True, each_once=each_once)
    lines: list[Line] = []
    missing: list[Missing] = []
    for each, noise in zip(instructions, noises, strict=True):
        if noise.kind == "missing_in_bank":
            missing.append(Missing(line=debit_of(each, noise), instruction=each))
        else:
            lines += _book(random, debit_of(each, noise), noise)
    return Collected(lines, missing)


def debit_of(instruction: Instruction, noise: Noise) -> Line:
    """Return the line that shows a payment gone."""
    return Line(
        number="",
        account=instruction.account,
        currency=instruction.currency,
        amount_minor=-instruction.amount_minor,
        booked_on=instruction.on,
        valued_on=instruction.on,
        end_to_end_id=instruction.end_to_end_id,
        instruction_id=instruction.instruction_id,
        text=instruction.text,
        counterparty=instruction.creditor,
        counterparty_account=instruction.creditor_account,
        code="ICDT",
        noise=noise.kind,
        about=(instruction.end_to_end_id,),
    )


def _book(random: Random, line: Line, noise: Noise) -> Iterator[Line]:
    match noise.kind:
        case "late_booking":
            on = line.booked_on + timedelta(days=random.randint(*LATE_DAYS))
            yield replace(line, booked_on=on, valued_on=on)
        case "return":
            yield line
            on = line.booked_on + timedelta(days=random.randint(*RETURN_DAYS))
            yield replace(
                line,
                amount_minor=-line.amount_minor,
                booked_on=on,
                valued_on=on,
                text="",
                return_reason=random.choice(RETURN_REASONS),
                code="RRTN",
                role="return",
            )
        case "duplicate_booking":
            yield line
            later = line.booked_on + timedelta(days=random.randint(0, 2))
            yield replace(line, booked_on=later, role="copy")
        case _:
            yield line
