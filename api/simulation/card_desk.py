"""The card desk of a simulated marketplace: what the provider of cards pays out each week, and what that is made of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count

from api.simulation import odds, world
from api.simulation.bank_account import stands_for
from api.simulation.books import Books, Posted
from api.simulation.break_desk import BreakDesk
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE
from domain import commands
from domain.commands.settlements import ClearedPart
from domain.money import share_so_far
from domain.references import key_of, kind_of, settlement_id
from domain.settlement import DIFFERENCE, PAID_OUT, PART_LINES_MAX, SettlementPart, SettlementTold
from domain.settlement_events import SettledLine

PROVIDER = world.CARDS.partition(":")[2]
PAID_INTO = f"{world.CARDS}{PAID_OUT}"
FIRST, EVERY = timedelta(days=6, hours=4), timedelta(days=7)
"""The first settlement comes when everything was taken over."""
CLEARED_AT_ONCE = 300
SHORT_DOLLARS, DIFFERS_DOLLARS = 2, 3
"""Assumed: what the provider keeps of a payment for no reason, and of a whole sum."""
SPARE_DOLLARS = 250
"""Where the operator's earnings leave less over what clients are owed, nothing is missing that they must bear."""
_RULE = "settlement_line"


class CardDesk:
    """
    Takes in the provider's settlements, and says which payment or chargeback each of their lines is.

    fees: by currency, what the provider will take from the operator's own account: buyers' money comes in whole.
    """

    def __init__(self, stage: Stage, books: Books, breaks: BreakDesk) -> None:
        self._stage = stage
        self._books = books
        self._breaks = breaks
        self._numbers = count(1)
        self.fees: Counter[str] = Counter()
        self._of_currency: Counter[str] = Counter()
        self._done: list[str] = []

    def settle(self) -> Story:
        """Take in a settlement in every currency that cards paid in, week by week."""
        yield self._stage.starts_at + FIRST
        while True:
            self._stage.forget(self._done)
            self._done.clear()
            for currency in BY_CURRENCY:
                self._settle(currency)
            yield self._stage.at + EVERY

    def _settle(self, currency: str) -> None:
        """Take in one settlement; what comes to nothing, or less, waits for another week."""
        items = self._books.take(world.CARDS, currency, before=self._stage.at.date())
        if sum(each.of_minor for each in items) <= 0:
            self._books.put_back(world.CARDS, currency, items)
            return
        number = next(self._numbers)
        spare = self._books.surplus_minor(currency) > SPARE_DOLLARS * BY_CURRENCY[currency].minor_per_dollar
        short = _large(items, currency) if spare and not number % odds.CARD_PAYMENT_SHORT else None
        short_minor = SHORT_DOLLARS * BY_CURRENCY[currency].minor_per_dollar if short else 0
        lines = [
            _line(place, each, each.of_minor - (short_minor if each is short else 0))
            for place, each in enumerate(items, start=1)
        ]
        self._of_currency[currency] += 1
        settlement = f"{currency}-{self._of_currency[currency]}"
        differs_minor = 0
        if spare and number % odds.SETTLEMENT_DIFFERS == 1:
            differs_minor = -DIFFERS_DOLLARS * BY_CURRENCY[currency].minor_per_dollar
        self._stage.say(self._recorded(settlement, currency, lines, differs_minor), FINANCE)
        self._clear(settlement, currency, items, lines)
        if not number % odds.MATCHED_AGAIN["settlement"]:
            self._clear_again(settlement, currency, items[0], lines[0])
        if differs_minor:
            self._stage.begin(self._explain(settlement, currency, differs_minor))
        if short:
            self._breaks.begin_short(short, currency, short_minor)
        gross_minor = sum(line.gross_minor for line in lines)
        self.fees[currency] += share_so_far(gross_minor, done=world.CARD_FEE_BPS, whole=10_000)
        self._done += [each.item for each in items if each is not short]
        self._done.append(settlement_id(PROVIDER, settlement))

    def _recorded(
        self, settlement: str, currency: str, lines: Sequence[SettledLine], differs_minor: int
    ) -> commands.RecordSettlement:
        reference = f"CARD-{settlement}"
        told = SettlementTold(
            currency=currency,
            settled_on=self._stage.at.date() - timedelta(days=1),
            bank_reference=reference,
            mapping="cards",
            file_sha256=stands_for(f"file {reference}"),
            net_minor=sum(line.net_minor for line in lines) + differs_minor,
            detail=stands_for(f"settlement {reference}"),
        )
        parts = tuple(
            SettlementPart(
                lines=tuple(lines[first : first + PART_LINES_MAX]), detail=stands_for(f"lines {reference} {first}")
            )
            for first in range(0, len(lines), PART_LINES_MAX)
        )
        return commands.RecordSettlement(provider=PROVIDER, settlement=settlement, told=told, parts=parts)

    def _clear(self, settlement: str, currency: str, items: Sequence[Posted], lines: Sequence[SettledLine]) -> None:
        for first in range(0, len(lines), CLEARED_AT_ONCE):
            some = slice(first, first + CLEARED_AT_ONCE)
            parts = tuple(
                ClearedPart(line=line.number, item=each.item, amount_minor=line.gross_minor, of_minor=each.of_minor)
                for each, line in zip(items[some], lines[some], strict=True)
            )
            cleared = commands.ClearSettlementLines(
                provider=PROVIDER, settlement=settlement, parts=parts, currency=currency, rule=_RULE
            )
            self._stage.say(cleared, FINANCE)

    def _clear_again(self, settlement: str, currency: str, item: Posted, line: SettledLine) -> None:
        """Take back what a line was said to be, and say it again."""
        reopened = commands.ReopenSettlementLines(
            provider=PROVIDER, settlement=settlement, lines=(line.number,), reason="looked-at-again"
        )
        self._stage.say(reopened, FINANCE)
        self._clear(settlement, currency, [item], [line])

    def _explain(self, settlement: str, currency: str, differs_minor: int) -> Story:
        """Find out that what a settlement differs by is a fee of the provider's."""
        yield self._stage.at + timedelta(days=2)
        fee = ClearedPart(line=DIFFERENCE, amount_minor=differs_minor, account=world.PAYMENT_FEES)
        cleared = commands.ClearSettlementLines(
            provider=PROVIDER, settlement=settlement, parts=(fee,), currency=currency
        )
        self._stage.say(cleared, FINANCE)


def _line(number: int, posted: Posted, gross_minor: int) -> SettledLine:
    named = posted.item.partition(":")[2].partition("@")[0]
    return SettledLine(
        number=number,
        line=number + 1,
        kind="payment" if gross_minor > 0 else "chargeback",
        reference=key_of(named) if kind_of(named) == "hold" else "",
        occurred_on=posted.on,
        gross_minor=gross_minor,
        net_minor=gross_minor,
    )


def _large(items: Iterable[Posted], currency: str) -> Posted | None:
    """Return a payment from which a little may be missing, but the first, which may be looked at again."""
    least_minor = 10 * SHORT_DOLLARS * BY_CURRENCY[currency].minor_per_dollar
    return next((each for each in list(items)[1:] if each.of_minor > least_minor), None)
