"""
The proof against the bank: what a bank says that an account closed with is what the ledger says, and covers clients.

Per bank account of the ledger and currency: the last statement's closing = the ledger's balance + lines that are
listed, each with its reason; and over all safeguarded accounts, the closings with what providers still hold cover every
client liability. The closing comes from the statement, the balance from the journal, the lines from the log: what they
leave over is unexplained, and zero. Source: shared design, section 3.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from domain.accounts import control_of
from projections.balances import Balance, balances_at
from projections.bank_lines import BankLine, bank_lines
from projections.bank_side import AT_BANK, BankAccountSaid, BankSide, Entry, bank_side, direct_postings
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.proof_of_holds import CurrencyProof, proof_of_holds


class Closing(Struct, frozen=True, kw_only=True, gc=False):
    """How a statement says that an account at a bank closed; nothing where no statement is known."""

    bank_account: str
    statement: str
    on: date | None
    closing_minor: int | None


class BankProof(Struct, frozen=True, kw_only=True):
    """
    An account at a bank, in minor units: closing = ledger + explained + unexplained.

    closings: of each account at a bank that the ledger's account is; closing: their sum, nothing where one isn't known;
    explained: the sum of the lines; agrees: whether closing and ledger are the same to the minor unit.
    """

    account: str
    currency: str
    closings: tuple[Closing, ...]
    closing_minor: int | None
    ledger_minor: int
    explained_minor: int
    unexplained_minor: int | None
    lines: int
    agrees: bool


class BankCover(Struct, frozen=True, kw_only=True):
    """
    Whether what banks say covers what is owed to clients in a currency, in minor units.

    bank: the closings of all safeguarded accounts, nothing where one isn't known; clearing: what providers still hold,
    by the ledger; liabilities, receivables, operators_commission: as in the proof of holds; covered: whether bank,
    clearing, what payees owe and what the operator pays itself come to the liabilities, nothing where bank isn't known.
    """

    currency: str
    bank_minor: int | None
    clearing_minor: int
    liabilities_minor: int
    receivables_minor: int
    operators_commission_minor: int
    covered: bool | None


class BankProofs(Struct, frozen=True, kw_only=True):
    """The proof of every bank account, all lines, and the cover by currency."""

    accounts: list[BankProof]
    covers: list[BankCover]
    lines: list[BankLine]


def bank_proofs(
    connection: Connection,
    book: str,
    *,
    account: str | None = None,
    currency: str | None = None,
    moment: Moment = NOW,
) -> BankProofs:
    """
    Return the proof as it was at a moment: as of a day, against the last statements up to it, and with what is posted
    up to it; without one, against the last there are, and with everything that is posted.

    Raises: LogCorrupt.
    """
    balances = balances_at(connection, book, moment)
    prover = _Prover(connection, book, moment)
    accounts: list[BankProof] = []
    lines: list[BankLine] = []
    for name, of_currency in sorted(prover.accounts(balances)):
        if account in {None, name} and currency in {None, of_currency}:
            own = sorted(prover.lines(name, of_currency), key=lambda line: (line.day, line.position))
            accounts.append(prover.proof(name, of_currency, balances, own))
            lines += own
    covers = [
        _cover(proof, accounts)
        for proof in proof_of_holds(connection, book, moment=moment)
        if account is None and currency in {None, proof.currency}
    ]
    return BankProofs(accounts=accounts, covers=covers, lines=lines)


class _Prover:
    """One comparison of statements with the ledger."""

    def __init__(self, connection: Connection, book: str, moment: Moment) -> None:
        self._by = moment.as_of
        self._side: BankSide = bank_side(connection, book, moment=moment)
        self._until = {name: self._closed_on(said) for name, said in self._side.accounts.items()}
        self._lines: dict[tuple[str, str], list[BankLine]] = defaultdict(list)
        direct = direct_postings(connection, book, moment=moment)
        found = bank_lines(self._side, direct, on_statement=self._on_statement, in_ledger=self._in_ledger)
        for _, line in found:
            self._lines[line.account, line.currency].append(line)
        for said in self._side.accounts.values():
            self._lines[said.account, said.currency] += self._of_statements(said)

    def accounts(self, balances: Sequence[Balance]) -> set[tuple[str, str]]:
        """Return all bank accounts of the ledger with their currencies: registered or posted to."""
        posted = {(each.account, each.currency) for each in balances if control_of(each.account).name in AT_BANK}
        return posted | {(said.account, said.currency) for said in self._side.accounts.values()}

    def lines(self, account: str, currency: str) -> list[BankLine]:
        return self._lines[account, currency]

    def proof(self, account: str, currency: str, balances: Sequence[Balance], lines: Sequence[BankLine]) -> BankProof:
        key = (account, currency)
        closings = [
            self._closing(said) for said in self._side.accounts.values() if (said.account, said.currency) == key
        ]
        known = [each.closing_minor for each in closings if each.closing_minor is not None]
        closing_minor = sum(known) if known and len(known) == len(closings) else None
        ledger_minor = sum(each.balance_minor for each in balances if (each.account, each.currency) == key)
        explained_minor = sum(line.amount_minor for line in lines)
        return BankProof(
            account=account,
            currency=currency,
            closings=tuple(closings),
            closing_minor=closing_minor,
            ledger_minor=ledger_minor,
            explained_minor=explained_minor,
            unexplained_minor=None if closing_minor is None else closing_minor - ledger_minor - explained_minor,
            lines=len(lines),
            agrees=closing_minor == ledger_minor,
        )

    def _closing(self, said: BankAccountSaid) -> Closing:
        last = said.last_by(self._by)
        return Closing(
            bank_account=said.bank_account,
            statement=last.statement if last else "",
            on=last.to_on if last else None,
            closing_minor=last.closing_minor if last else None,
        )

    def _closed_on(self, said: BankAccountSaid) -> date:
        last = said.last_by(self._by)
        return last.to_on if last else date.min

    def _on_statement(self, entry: Entry) -> bool | None:
        return True if entry.booked_on <= self._until[entry.bank_account] else None

    def _in_ledger(self, day: date) -> bool | None:
        return True if self._by is None or day <= self._by else None

    def _of_statements(self, said: BankAccountSaid) -> Iterator[BankLine]:
        first, until = said.first(), self._until[said.bank_account]
        if first and first.opening_minor and first.from_on <= until:
            yield BankLine(
                kind="opening",
                account=said.account,
                bank_account=said.bank_account,
                currency=said.currency,
                day=first.from_on,
                amount_minor=first.opening_minor,
                reference=f"statement:{first.statement}",
                position=first.position,
            )
        for statement, amount_minor in said.unexplained_by(until):
            reference = f"statement:{statement.statement}"
            known = self._side.break_about(reference)
            yield BankLine(
                kind="statement",
                account=said.account,
                bank_account=said.bank_account,
                currency=said.currency,
                day=statement.from_on,
                amount_minor=amount_minor,
                reference=reference,
                position=statement.position,
                broken=known.reference if known else "",
                broken_as=known.kind if known else "",
            )


def _cover(proof: CurrencyProof, accounts: Sequence[BankProof]) -> BankCover:
    safeguarded = [
        each
        for each in accounts
        if each.currency == proof.currency and control_of(each.account).name == "bank:safeguarded"
    ]
    closings = [each.closing_minor for each in safeguarded if each.closing_minor is not None]
    bank_minor = sum(closings) if len(closings) == len(safeguarded) else None
    at_bank_minor = sum(each.ledger_minor for each in safeguarded)
    clearing_minor = proof.assets_minor - at_bank_minor
    covering_minor = clearing_minor + proof.receivables_minor + proof.operators_commission_minor
    return BankCover(
        currency=proof.currency,
        bank_minor=bank_minor,
        clearing_minor=clearing_minor,
        liabilities_minor=proof.liabilities_minor,
        receivables_minor=proof.receivables_minor,
        operators_commission_minor=proof.operators_commission_minor,
        covered=None if bank_minor is None else bank_minor + covering_minor >= proof.liabilities_minor,
    )
