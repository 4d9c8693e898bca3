"""The marketplace of the month: its trades, who its parties are and where they are paid, its accounts at the bank."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from api.commands.in_clear import ChangeInClear, committed
from api.composition import OpenedBook
from api.simulation.world import OPERATOR
from api.simulator import SimulationReport, opening, play, simulate, writing
from domain import commands
from domain.commands import Command
from domain.references import key_of
from ledger.outcomes import Accepted, Outcome, Submission
from projections.streams import references_of

ENDS_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""The month is October, and what was begun in it."""

SWEPT = "USD"
"""The currency in which the operator moves its fees to its own account."""
COLLECTION, OPERATING = "bank:safeguarded:collection", "bank:operator:main"
BIC, COUNTRY = "BYLADEM1001", "DE"
WORDS = ("Acme", "Borealis", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Krait")
TRADES = ("Textiles", "Castings", "Spices", "Tools", "Leather", "Chemicals", "Optics")
FORMS = ("Ltd", "GmbH", "Pvt. Ltd.", "S.A.", "BV", "Inc.")


class AtBank(NamedTuple):
    """An account at the bank: its key here, what it is in the ledger, its number, and what it held before the month."""

    key: str
    account: str
    currency: str
    number: str
    opening_minor: int


def play_month(book: OpenedBook, *, trades: int, seed: int, days: int) -> SimulationReport:
    """Play trades into a book, whose projections then stand."""
    told = chain(
        opening(book.name, seed=seed, ends_at=ENDS_AT, days=days),
        simulate(trades=trades, seed=seed, ends_at=ENDS_AT, days=days, is_banked=False),
    )
    with writing(book.recorder, seed=seed, ends_at=ENDS_AT, days=days) as door:
        report = play(told, door.writer, clock=door.clock)
    book.runner.catch_up()
    return report


def say(book: OpenedBook, said: Iterable[Command], *, actor: str = OPERATOR, role: str = "operator") -> list[Outcome]:
    """Say commands and return what became of them."""
    waiting = []
    for each in said:
        submission = Submission(command=each, command_id=book.world.new_id(), principal="month", actor=actor, role=role)
        waiting.append(book.writer.submit(committed(submission, book)))
    return [each.result() for each in waiting]


def must(book: OpenedBook, said: Iterable[Command], *, actor: str = OPERATOR, role: str = "operator") -> None:
    """Say commands that must be accepted."""
    for outcome in say(book, said, actor=actor, role=role):
        assert isinstance(outcome, Accepted), outcome


def register_accounts(book: OpenedBook) -> list[AtBank]:
    """
    Register an account at the bank for clients' money in each currency, and for the operator's where it has any or
    will have; return them.
    """
    with book.pool.connection() as connection:
        rows = connection.execute(_TAKEN_OVER, (book.name,)).fetchall()
        currencies = [row[0] for row in connection.execute(_CURRENCIES, (book.name,))]
    held = {(account, currency): int(minor) for account, currency, minor in rows}
    accounts = [
        AtBank(
            key=f"{account.rpartition(':')[2]}-{currency.lower()}",
            account=account,
            currency=currency,
            number=iban(COUNTRY, f"12030000{number:010d}"),
            opening_minor=held.get((account, currency), 0),
        )
        for number, (account, currency) in enumerate(
            [
                *((COLLECTION, currency) for currency in currencies),
                *(
                    (OPERATING, currency)
                    for currency in currencies
                    if (OPERATING, currency) in held or currency == SWEPT
                ),
            ],
            start=1,
        )
    ]
    must(book, map(_registration, accounts))
    return accounts


def _registration(at_bank: AtBank) -> Command:
    return commands.RegisterBankAccount(
        bank_account=at_bank.key,
        account=at_bank.account,
        currency=at_bank.currency,
        identifiers=(at_bank.number,),
        name="Assured Trade Escrow",
        bic=BIC,
        country=COUNTRY,
    )


def name_parties(book: OpenedBook) -> dict[str, str]:
    """Give every party a name, and bank details; return the names."""
    with book.pool.connection() as connection:
        parties = sorted(key_of(each) for each in references_of(connection, book.name, "party"))
    names = {party: _name(number) for number, party in enumerate(parties)}
    said = (
        ChangeInClear(party=party, field=field, value=value)
        for number, party in enumerate(parties)
        for field, value in _details(number, names[party])
    )
    say(book, said)
    return names


def _details(number: int, name: str) -> Iterator[tuple[str, str]]:
    yield "name", name
    yield "account_name", name
    if number % 2:
        yield "iban", iban("FR", f"2004101005{number:013d}")
    else:
        yield "account_number", f"5010{number:010d}"
        yield "agent", "HDFC0001234"
    yield "bank_country", "FR" if number % 2 else "IN"


def _name(number: int) -> str:
    word, trade = WORDS[number % len(WORDS)], TRADES[number // len(WORDS) % len(TRADES)]
    return f"{word} {trade} {number} {FORMS[number % len(FORMS)]}"


def iban(country: str, bban: str) -> str:
    """Return an account's number with its check digits. Source: ISO 13616, ISO 7064."""
    digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


_TAKEN_OVER = """
    SELECT p.account, p.currency, sum(p.amount_minor)
    FROM projections.journal_postings p
    JOIN projections.journal_entries e ON e.book = p.book AND e.position = p.position
    WHERE p.book = %s AND p.account LIKE 'bank:%%'
    AND e.topic IN ('takeover.balances_recorded', 'hold.taken_over')
    GROUP BY p.account, p.currency
"""
_CURRENCIES = "SELECT DISTINCT currency FROM projections.balances WHERE book = %s ORDER BY currency"
