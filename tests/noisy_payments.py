"""Invented payments with the noise of tests/bank_noise.py: what was expected, what a bank says, and what is true."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.matching import OpenEntry, OpenItem
from tests.bank_noise import (
    EXACT,
    FEE_FROM_MINOR,
    FEE_MINOR,
    LATE_DAYS,
    MERGED,
    NOISES,
    RETURN_DAYS,
    SHORT_AT_LEAST_MINOR,
    SHORT_BPS,
    Noise,
)

START = date(2026, 10, 1)
ACCOUNT = "bank:safeguarded:hdfc"
BASIS_POINTS = 10_000

Role = Literal["payment", "copy", "return", "unknown"]


class Truth(Struct, frozen=True):
    """What an entry really is, and of which items."""

    role: Role
    items: frozenset[str]
    noise: Noise


class Payments(Struct):
    """Items, entries, what each entry is, and what happened to each item."""

    items: list[OpenItem]
    entries: list[OpenEntry]
    truth: dict[str, Truth]
    noises: dict[str, Noise]


class Terms(Struct, frozen=True, kw_only=True):
    """
    How payments are invented.

    noise_times: how many times the rates of the table, up to about seven; amounts_minor: to choose from, else any;
    buyers: how many; virtual_accounts_bps: of collections, whose text names the buyer's virtual account only;
    payouts_bps: of all; named: whether names are known; misquoted: of payments with a mistyped reference in the table's
    stead one quotes another order's own.
    """

    count: int
    noise_times: int = 1
    amounts_minor: Sequence[int] = ()
    buyers: int = 50
    virtual_accounts_bps: int = 0
    payouts_bps: int = 3_000
    days: int = 28
    named: bool = True
    misquoted: bool = False


WORDS = ("Acme", "Borealis", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Krait")
TRADES = ("Textiles", "Castings", "Spices", "Tools", "Leather", "Chemicals", "Optics")
FORMS = ("Ltd", "GmbH", "Pvt. Ltd.", "S.A.", "BV", "Inc.")
TEXTS = ("{}", "payment {} thanks", "/ROC/{}//URI/goods", "INV {}", "order no. {}, goods", "{} / advance")


def invented(random: Random, terms: Terms) -> Payments:
    """Invent payments."""
    return _Inventor(random, terms).payments


class _Inventor:
    def __init__(self, random: Random, terms: Terms) -> None:
        self.random, self.terms = random, terms
        self.payments = Payments(items=[], entries=[], truth={}, noises={})
        self.mistyped_upon = False
        first = random.choice((1, 101, 990, 1001, 99_990))
        self.keys = [f"PO-{number:04d}" for number in range(first, first + terms.count)]
        self.taken = set(self.keys)
        for number, key in enumerate(self.keys):
            self.payments.items.append(self._item(number, key))
        for item in list(self.payments.items):
            if item.item not in self.payments.noises:
                self._pay(item)
        random.shuffle(self.payments.entries)
        random.shuffle(self.payments.items)

    def _item(self, number: int, key: str) -> OpenItem:
        random, terms = self.random, self.terms
        amount_minor = random.choice(terms.amounts_minor) if terms.amounts_minor else random.randint(5_000, 5_000_000)
        on = START + timedelta(days=random.randrange(terms.days))
        buyer = random.randrange(terms.buyers)
        names = (_name(buyer),) if terms.named else ()
        if random.randrange(BASIS_POINTS) < terms.payouts_bps:
            payout = f"{on}/{number}"
            return OpenItem(
                item=f"payout:{payout}",
                kind="payout",
                account=ACCOUNT,
                currency="USD",
                amount_minor=-amount_minor,
                expected_on=on,
                references=(payout,),
                names=names,
            )
        return OpenItem(
            item=f"collection:{key}",
            kind="collection",
            account=ACCOUNT,
            currency="USD",
            amount_minor=amount_minor,
            expected_on=on,
            references=(key, f"VA88{buyer:06d}"),
            names=names,
        )

    def _noise(self, item: OpenItem) -> Noise:
        drawn = self.random.randrange(BASIS_POINTS)
        for noise in NOISES:
            drawn -= noise.rate_bps * self.terms.noise_times
            if drawn < 0:
                return noise if noise.side in {"either", item.kind} else EXACT
        return EXACT

    def _pay(self, item: OpenItem) -> None:
        noise = self._noise(item)
        if noise.kind == "skimmed_fee" and item.amount_minor < FEE_FROM_MINOR:
            noise = EXACT
        if noise.kind == "short_payment" and item.amount_minor * SHORT_BPS[0] < SHORT_AT_LEAST_MINOR * BASIS_POINTS:
            noise = EXACT
        self.payments.noises[item.item] = noise
        pay = getattr(self, f"_{noise.kind}", None)
        if pay is None:
            self._exact(item, noise)
        else:
            pay(item, noise)

    def _exact(self, item: OpenItem, noise: Noise) -> OpenEntry:
        return self._say(self._entry(item), noise, [item])

    def _skimmed_fee(self, item: OpenItem, noise: Noise) -> None:
        kept_minor = self.random.randint(*FEE_MINOR)
        entry = self._entry(item)
        self._say(replace(entry, amount_minor=entry.amount_minor - kept_minor), noise, [item])

    def _late_booking(self, item: OpenItem, noise: Noise) -> None:
        late = timedelta(days=self.random.randint(*LATE_DAYS))
        entry = self._entry(item)
        self._say(
            replace(entry, value_date=item.expected_on + late, booking_date=item.expected_on + late), noise, [item]
        )

    def _short_payment(self, item: OpenItem, noise: Noise) -> None:
        short_minor = item.amount_minor * self.random.randint(*SHORT_BPS) // BASIS_POINTS + self.random.randrange(97)
        entry = self._entry(item)
        self._say(replace(entry, amount_minor=entry.amount_minor - short_minor), noise, [item])

    def _return(self, item: OpenItem, noise: Noise) -> None:
        paid = self._exact(item, noise)
        on = paid.booking_date + timedelta(days=self.random.randint(*RETURN_DAYS))
        back = replace(
            paid, amount_minor=-paid.amount_minor, value_date=on, booking_date=on, return_reason="AC04", remittance=""
        )
        self._say(back, noise, [item], role="return")

    def _duplicate_booking(self, item: OpenItem, noise: Noise) -> None:
        paid = self._exact(item, noise)
        later = paid.booking_date + timedelta(days=self.random.randint(0, 2))
        self._say(replace(paid, booking_date=later), noise, [item], role="copy")

    def _merged_credit(self, item: OpenItem, noise: Noise) -> None:
        most = self.random.randint(*MERGED) - 1
        others = [
            other
            for other in self.payments.items
            if other.kind == "collection"
            and other.names == item.names
            and other.item not in self.payments.noises
            and abs((other.expected_on - item.expected_on).days) <= 7
        ][:most]
        merged = [item, *others]
        for other in others:
            self.payments.noises[other.item] = noise
        text = self.random.choice((" ", ", ", " + ", "/")).join(each.references[0] for each in merged)
        entry = replace(self._entry(item), amount_minor=sum(each.amount_minor for each in merged), remittance=text)
        self._say(entry, noise, merged)

    def _split_credit(self, item: OpenItem, noise: Noise) -> None:
        part_minor = self.random.randint(1, item.amount_minor - 1)
        for amount_minor in (part_minor, item.amount_minor - part_minor):
            self._say(replace(self._entry(item), amount_minor=amount_minor), noise, [item])

    def _mistyped_reference(self, item: OpenItem, noise: Noise) -> None:
        entry = self._entry(item, reference=self._mistyped(item.references[0]))
        self._say(entry, noise, [item])

    def _missing_reference(self, item: OpenItem, noise: Noise) -> None:
        text = self.random.choice(("", "payment for goods", "as agreed", "2nd delivery"))
        self._say(replace(self._entry(item), remittance=text), noise, [item])

    def _missing_in_bank(self, _item: OpenItem, _noise: Noise) -> None:
        """Say nothing."""

    def _unknown_credit(self, item: OpenItem, noise: Noise) -> None:
        self._exact(item, EXACT)
        self.payments.noises[item.item] = EXACT
        stray = replace(
            self._entry(item),
            amount_minor=self.random.randint(5_000, 5_000_000),
            remittance=self.random.choice(("consulting", "rent 4711", "")),
            counterparty="Stranger & Sons",
        )
        self._say(stray, noise, [], role="unknown")

    def _mistyped(self, key: str) -> str:
        """Return a reference with one slip in its digits; at most one in all is another order's own."""
        if self.terms.misquoted and not self.mistyped_upon and len(self.keys) > 1:
            self.mistyped_upon = True
            return self.random.choice([other for other in self.keys if other != key])
        for _ in range(50):
            digits = list(key.removeprefix("PO-"))
            place = self.random.randrange(len(digits))
            if self.random.random() < 0.4 and place + 1 < len(digits):
                digits[place], digits[place + 1] = digits[place + 1], digits[place]
            else:
                digits[place] = self.random.choice("0123456789")
            typed = f"PO-{''.join(digits)}"
            if typed == key or (typed in self.taken and self.mistyped_upon):
                continue
            self.mistyped_upon |= typed in self.taken
            return typed
        return f"{key}0"

    def _entry(self, item: OpenItem, *, reference: str = "") -> OpenEntry:
        random = self.random
        on = item.expected_on + timedelta(days=random.randint(-1, 2))
        is_payout = item.kind == "payout"
        names_account = (
            not is_payout and not reference and random.randrange(BASIS_POINTS) < self.terms.virtual_accounts_bps
        )
        said = item.references[1] if names_account else reference or item.references[0]
        return OpenEntry(
            entry="",
            account=ACCOUNT,
            currency="USD",
            amount_minor=item.amount_minor,
            value_date=on,
            booking_date=on,
            end_to_end_id=item.references[0] if is_payout else random.choice(("", "NOTPROVIDED")),
            remittance="commission and sales" if is_payout else random.choice(TEXTS).format(_written(random, said)),
            counterparty=item.names[0].upper() if item.names else "",
        )

    def _say(self, entry: OpenEntry, noise: Noise, items: Sequence[OpenItem], role: Role = "payment") -> OpenEntry:
        # The reference of a line tells nothing of when it was booked.
        said = replace(entry, entry=f"entry:{self.random.getrandbits(64):016x}")
        self.payments.entries.append(said)
        self.payments.truth[said.entry] = Truth(role, frozenset(item.item for item in items), noise)
        return said


def _written(random: Random, reference: str) -> str:
    """Return a reference as people write it."""
    return random.choice((reference, reference.lower(), reference.replace("-", " "), reference.replace("-", "")))


def _name(buyer: int) -> str:
    first, second = WORDS[buyer % len(WORDS)], TRADES[buyer // len(WORDS) % len(TRADES)]
    return f"{first} {second} {FORMS[buyer % len(FORMS)]}{f' {buyer}' if buyer >= len(WORDS) * len(TRADES) else ''}"
