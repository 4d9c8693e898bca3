"""What becomes of buyers' money on its way into an account here."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from tests.bank_noise import EXACT, FEE_MINOR, LATE_DAYS, MERGED, SHORT_BPS, Noise
from tests.bank_simulator.drawing import ALL_BPS, drawn, is_large_enough
from tests.bank_simulator.kept import Line, Missing, Transfer

TEXTS = ("{}", "payment {} thanks", "/ROC/{}//URI/goods", "INV {}", "order no. {}, goods", "{} / advance")
SILENT_TEXTS = ("", "payment for goods", "as agreed", "2nd delivery")
STRANGERS = ("Stranger & Sons", "Nobody Known Ltd", "Rent Office East")
STRANGE_TEXTS = ("consulting", "rent 4711", "")
STRANGE_MINOR = (5_000, 5_000_000)
SWAPS_OF_FIVE = 2
MERGED_WITHIN = timedelta(days=7)
TRANSFER = "transfer"


class Collected(NamedTuple):
    """What is to be booked, and what never is."""

    lines: list[Line]
    missing: list[Missing]


def collect(random: Random, transfers: Sequence[Transfer], *, each_once: bool) -> Collected:
    """Return what becomes of transfers; lines have no number yet. What a bank takes back has no noise."""
    return _Collecting(random, transfers, each_once=each_once).collect()


class _Collecting:
    def __init__(self, random: Random, transfers: Sequence[Transfer], *, each_once: bool) -> None:
        self._random = random
        self._transfers = transfers
        self._of_payer: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, each in enumerate(transfers):
            if self._is_mergeable(each):
                self._of_payer[each.payer, each.account].append(number)
        self._noises = drawn(random, transfers, "collection", is_fit=self._is_fit, each_once=each_once)
        self._merged: set[int] = set()

    def collect(self) -> Collected:
        lines = list(self._merge_credits())
        missing: list[Missing] = []
        for number, (transfer, noise) in enumerate(zip(self._transfers, self._noises, strict=True)):
            if number in self._merged:
                continue
            if noise.kind == "missing_in_bank":
                missing.append(Missing(line=self._line(transfer, noise)))
            else:
                lines += self._book(transfer, noise)
        return Collected(lines, missing)

    def _merge_credits(self) -> Iterator[Line]:
        for number, noise in enumerate(self._noises):
            if noise.kind != "merged_credit" or number in self._merged:
                continue
            others = self._free_beside(number)
            if others:
                yield self._merge([number, *others[: self._random.randint(*MERGED) - 1]])
            else:
                self._noises[number] = EXACT

    def _is_fit(self, transfer: Transfer, noise: Noise) -> bool:
        if transfer.amount_minor <= 0 or transfer.is_plain:
            return False
        if noise.kind == "mistyped_reference" and not any(map(str.isdigit, transfer.reference)):
            return False
        return is_large_enough(transfer.amount_minor, noise) and (
            noise.kind != "merged_credit" or len(list(self._beside(transfer))) > 1
        )

    @staticmethod
    def _is_mergeable(transfer: Transfer) -> bool:
        return transfer.amount_minor > 0 and transfer.channel == TRANSFER

    def _beside(self, transfer: Transfer) -> Iterator[int]:
        """Yield what its payer sends in the same days, with itself."""
        for number in self._of_payer.get((transfer.payer, transfer.account), ()):
            if abs(self._transfers[number].on - transfer.on) <= MERGED_WITHIN:
                yield number

    def _free_beside(self, number: int) -> list[int]:
        """Return what the same payer sends in the same days, and nothing else happens to."""
        beside = (other for other in self._beside(self._transfers[number]) if other not in {number, *self._merged})
        return [other for other in beside if self._noises[other] is EXACT]

    def _merge(self, numbers: Sequence[int]) -> Line:
        self._merged.update(numbers)
        merged = [self._transfers[number] for number in numbers]
        text = self._random.choice((" ", ", ", " + ", "/")).join(each.reference for each in merged)
        return replace(
            self._line(merged[0], self._noises[numbers[0]], on=max(each.on for each in merged)),
            amount_minor=sum(each.amount_minor for each in merged),
            text=text,
            about=tuple(each.payment for each in merged),
        )

    def _book(self, transfer: Transfer, noise: Noise) -> Iterator[Line]:
        line = self._line(transfer, noise)
        match noise.kind:
            case "skimmed_fee":
                yield replace(line, amount_minor=line.amount_minor - self._random.randint(*FEE_MINOR))
            case "late_booking":
                on = transfer.on + timedelta(days=self._random.randint(*LATE_DAYS))
                yield replace(line, booked_on=on, valued_on=on)
            case "short_payment":
                short_minor = line.amount_minor * self._random.randint(*SHORT_BPS) // ALL_BPS + self._random.randrange(
                    97
                )
                yield replace(line, amount_minor=line.amount_minor - short_minor)
            case "duplicate_booking":
                yield line
                later = line.booked_on + timedelta(days=self._random.randint(0, 2))
                yield replace(line, booked_on=later, role="copy")
            case "split_credit":
                yield from self._split(line)
            case "mistyped_reference":
                yield replace(line, text=self._text(mistyped(self._random, transfer.reference), transfer))
            case "missing_reference":
                yield replace(line, text=self._random.choice(SILENT_TEXTS))
            case "unknown_credit":
                yield replace(line, noise="exact")
                yield self._strange(line)
            case _:
                yield line

    def _split(self, line: Line) -> Iterator[Line]:
        part_minor = self._random.randint(1, line.amount_minor - 1)
        later = line.booked_on + timedelta(days=self._random.randint(0, 2))
        yield replace(line, amount_minor=part_minor)
        yield replace(line, amount_minor=line.amount_minor - part_minor, booked_on=later, valued_on=later)

    def _strange(self, line: Line) -> Line:
        return replace(
            line,
            amount_minor=self._random.randint(*STRANGE_MINOR),
            text=self._random.choice(STRANGE_TEXTS),
            counterparty=self._random.choice(STRANGERS),
            counterparty_account="",
            role="unknown",
            about=(),
        )

    def _line(self, transfer: Transfer, noise: Noise, *, on: date | None = None) -> Line:
        day = on or transfer.on
        is_sent = transfer.channel == TRANSFER
        return Line(
            number="",
            account=transfer.account,
            currency=transfer.currency,
            amount_minor=transfer.amount_minor,
            booked_on=day,
            valued_on=day,
            text=self._text(self._written(transfer.reference) if is_sent else transfer.reference, transfer),
            counterparty=(
                self._random.choice((transfer.payer, transfer.payer.upper())) if is_sent else transfer.channel
            ),
            counterparty_account=transfer.payer_account if is_sent else "",
            code="RCDT" if transfer.amount_minor >= 0 else "CHBK",
            noise=noise.kind,
            about=(transfer.payment,),
        )

    def _text(self, reference: str, transfer: Transfer) -> str:
        if transfer.channel != TRANSFER:
            return f"{'SETTLEMENT' if transfer.amount_minor >= 0 else 'TAKEN BACK'} {reference}"
        return self._random.choice(TEXTS).format(reference)

    def _written(self, reference: str) -> str:
        """Return a reference as people write it."""
        spaced, close = reference.replace("-", " "), reference.replace("-", "")
        return self._random.choice((reference, reference.lower(), spaced, close))


def mistyped(random: Random, reference: str) -> str:
    """Return a reference with one slip in its digits: one changed, or two neighbours swapped."""
    while True:
        characters = list(reference)
        places = [place for place, character in enumerate(characters) if character.isdigit()]
        place = random.choice(places)
        if random.randrange(5) < SWAPS_OF_FIVE and place + 1 in places:
            characters[place], characters[place + 1] = characters[place + 1], characters[place]
        else:
            characters[place] = random.choice("0123456789")
        if characters != list(reference):
            return "".join(characters)
