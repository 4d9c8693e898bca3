"""A book that is kept twice, so that tests may change anything behind its back and then have it as it was."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from api.composition import House
from api.verify import VerifyReport, verify_book
from domain.commands import AcceptOrder, InstructedPayout, InstructPayouts, PlanPayout
from ledger.application import replayed
from ledger.outcomes import CommandKey, Rejected
from ledger.pool import Connection
from ledger.proof.kept_log import KeptCheckpoint
from ledger.proof.keyring import Keyring, Keys
from ledger.proof.note import COSIGNATURE, PrivateKey, VerifierKey, cosign
from ledger.proof.quorum import keep_cosignature
from ledger.proof.signing import LogSigner
from ledger.snapshots import keep_snapshots, read_history
from projections.log import read_log
from projections.projection import POSITION_MAX
from projections.runner import PROJECTIONS
from tests.banks import play_bank
from tests.books import Book, pay, whole_trade
from tests.causes.settlements import RECORD as SETTLEMENT
from tests.exports import BILL, MONEY
from tests.tampering import as_superuser, tampering
from tests.time_authority import issued, root, token
from tests.troubles import play_troubles

BOOK = "main"
ORIGIN = "ledger.example/main"
LOG_KEY = b"k" * 32
WITNESS = PrivateKey(b"w" * 32)
WITNESS_KEY = VerifierKey("bank.example/w", COSIGNATURE, WITNESS.public)
NOW = datetime(2026, 12, 24, tzinfo=UTC)
TRADES = 3

_TABLES = """
    SELECT table_schema || '.' || table_name FROM information_schema.tables
    WHERE table_schema IN ('ledger', 'projections') AND table_name <> 'ddl_history' ORDER BY 1
"""
_BESIDE = """
    INSERT INTO ledger.previews VALUES ('main', 'preview', 1, now(), 'plan');
    INSERT INTO ledger.reads (book, read_at, actor, role, what, reference, field, digest, why)
        VALUES ('main', now(), 'auditor:a', 'auditor', 'value', 'order:PO-1', 'note', repeat('0', 64), 'asked');
    INSERT INTO ledger.witness_problems VALUES ('main', 'origin', 'witness', now(), 'witness.absent', '');
    INSERT INTO ledger.webhooks (book, webhook, key, request_hash, url, description, reader_role, reader_party, topics,
            about_order, about_party, status, created_at, created_by, secret, former_secret, position)
        VALUES ('main', 'wh', 'key', 'x', 'https://receiver.example', '', '', '', '{}', '', '', 'active', now(),
            'operator:o', 'x', 'x', 1);
    INSERT INTO ledger.webhook_deliveries VALUES ('main', 'wh', 1, 1, 1, now(), 'failed', 500, 'answered 500', 3);
    INSERT INTO ledger.webhook_dead_letters VALUES ('main', 'wh', 1, 10, now(), 'answered 500', 0, NULL);
    INSERT INTO ledger.book_readers VALUES ('main', 'nobody');
    INSERT INTO ledger.forbidden (book, principal, command_id, actor, role, command, object, refusal, recorded_at)
        VALUES ('main', 'tests', 'command-2', 'buyer:b', 'buyer', 'PlaceOrder', 'order:PO-1', 'x', now());
"""


_COLUMNS = """
    SELECT table_schema || '.' || table_name, column_name, udt_name FROM information_schema.columns
    WHERE table_schema || '.' || table_name = ANY(%s) ORDER BY table_schema, table_name, ordinal_position
"""
_NULLS = {"text": "''", "int4": "0", "int8": "0", "bool": "false", "_text": "ARRAY[]::text[]", "bytea": "'\\x00'"}
_NULL = "'2026-01-01'"
_CHANGED = {
    "text": "{0} || 'x'",
    "int4": "{0} + 100",
    "int8": "{0} + 1000",
    "bool": "NOT {0}",
    "_text": "array_append({0}, 'x')",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "date": "({0} + interval '10 years')::date",
    "timestamptz": "{0} + interval '1 second'",
}
"""By type, how a value is changed."""


def _play_money(book: Book) -> None:
    """Say of everything that has a table of its own what fills it: an export, a settlement, a payout in a file."""
    day = book.clock.now.date()
    for said in (BILL, MONEY, SETTLEMENT):
        book.say(said)
    paid_from = "bank:safeguarded:hdfc"
    book.say(PlanPayout(payout="P-2", party="EXP-1", currency="USD", pays_from=paid_from, pay_on=day))
    book.say(
        InstructPayouts(
            file="F-2",
            format="pain.001.001.09",
            pays_from=paid_from,
            currency="USD",
            pay_on=day,
            sha256="a" * 64,
            payouts=(InstructedPayout(payout="P-2", party="EXP-1", creditor="b" * 64),),
        )
    )


class Column(NamedTuple):
    """A column of a table, and its PostgreSQL type."""

    table: str
    name: str
    kind: str

    def change(self, where: str = "true") -> str:
        """Return a statement that changes the column in one row: where it isn't null, if there is one."""
        quoted = f'"{self.name}"'
        value = _CHANGED[self.kind].format(f"coalesce({quoted}, {_NULLS.get(self.kind, _NULL)})")
        one = f"SELECT ctid FROM {self.table} WHERE {where} ORDER BY ({quoted} IS NULL), ctid LIMIT 1"
        return f"UPDATE {self.table} SET {quoted} = {value} WHERE ctid = ({one})"


class TamperedBook:
    """The book `main` with a year's troubles in it: signed in the middle and at the end, cosigned and stamped."""

    def __init__(self, pool: ConnectionPool[Connection], folder: Path) -> None:
        self.pool = pool
        self.keys = Keys(folder)
        self.opened = House("", pool, self.keys).book(BOOK)
        self._authority = root()
        with pool.connection() as connection:
            self._tables = [table for (table,) in connection.execute(_TABLES)]
        with Book.opened(pool) as book:
            self._live(book)

    def verify(self, keyring: Keyring | None = None) -> VerifyReport:
        """Return what `trade-ledger verify` finds, where the book's own keyring is, or another."""
        opened = House("", self.pool).book(BOOK)
        opened.keyring = keyring or self.opened.keyring
        return verify_book(opened, time_roots=[self._authority.certificate])

    def found_after(self, statement: str) -> VerifyReport:
        """Return what `verify` finds once a superuser executed a statement on the book as it should be."""
        with tampering(self.pool) as connection:
            connection.execute(self._put_back("as_it_was"))
            assert connection.execute(statement.encode()).rowcount, statement
        return self.verify()

    def differences_after(self, statements: Sequence[str]) -> list[str]:
        """Return which projection differs after each statement by itself, as `verify` would tell; "" for none."""
        with tampering(self.pool) as connection:
            connection.execute(self._put_back("as_it_was"))
            log = list(read_log(connection, BOOK, up_to=POSITION_MAX))
            found = []
            for statement in statements:
                with connection.transaction(force_rollback=True):
                    assert connection.execute(statement.encode()).rowcount, statement
                    differences = (each.difference(connection, BOOK, log) for each in PROJECTIONS)
                    found.append(next((each.projection for each in differences if each), ""))
        return found

    def columns(self) -> list[Column]:
        """Return every column of every table that is kept twice."""
        with as_superuser(self.pool) as connection:
            return [Column(*row) for row in connection.execute(_COLUMNS, (self._tables,))]

    def empty_tables(self) -> list[str]:
        """Return the tables in which there is nothing to change."""
        with as_superuser(self.pool) as connection:
            counts = {
                each: connection.execute(f"SELECT FROM {each} LIMIT 1".encode()).rowcount for each in self._tables
            }
        return [table for table, count in counts.items() if not count]

    def put_back(self, kept: str = "as_it_was") -> None:
        """Have the whole database as it was at its end, or `in_the_middle`."""
        with tampering(self.pool) as connection:
            connection.execute(self._put_back(kept))

    def rewrite(self, keyring: Keyring, *, trades: int) -> KeptCheckpoint:
        """
        Have another history from the middle on, as the ledger itself would have recorded it, in every table, signed
        with the log's own key; keyring: the forger's.
        """
        self.put_back("in_the_middle")
        book = Book(self.pool)
        for order in (f"FORGED-{number}" for number in range(trades)):
            for number, command in enumerate(whole_trade(order)):
                book.say(command, command_id=f"{order}-{number}")
        book.writer.close()
        self.opened.runner.catch_up()
        keyring.make_key(ORIGIN, LOG_KEY)
        return self.sign(keyring)

    def sign(self, keyring: Keyring | None = None) -> KeptCheckpoint:
        """Sign the log as it is, by the book's own keyring or by another."""
        return LogSigner(self.pool, BOOK, keyring or self.opened.keyring, clock=lambda: NOW).sign_head()

    def vouch(self, kept: KeptCheckpoint) -> None:
        """Have a checkpoint cosigned and stamped."""
        origin, size, *_ = kept.checkpoint
        text = kept.checkpoint.text
        signature = cosign(text, WITNESS_KEY.name, WITNESS, at=int(NOW.timestamp()))
        stamp = token(issued(self._authority), text.encode(), at=NOW)
        with self.pool.connection() as connection:
            keep_cosignature(connection, BOOK, kept, WITNESS_KEY, signature, NOW)
            stamped = (BOOK, origin, size, "CN=Test Time", stamp, NOW)
            connection.execute("INSERT INTO ledger.time_tokens VALUES (%s, %s, %s, %s, %s, %s)", stamped)

    def _live(self, book: Book) -> None:
        self.opened.keyring.make_key(ORIGIN, LOG_KEY)
        play_troubles(book)
        self.opened.runner.catch_up()
        self.vouch(self.sign())
        self._keep("in_the_middle")
        for number in range(TRADES):
            book.trade(f"PO-{number}")
        play_bank(book)
        _play_money(book)
        refused = book.ask(AcceptOrder(order="PO-0"))
        assert isinstance(refused, Rejected)
        for days in (40, 3):
            paid = book.submission(pay("PO-0"))
            book.writer.submit(replace(paid, occurred_at=book.clock() - timedelta(days=days))).result(30)
        self.opened.runner.catch_up()
        self._keep_beside()
        self.vouch(self.sign())
        self.sign()  # as it is done twice a second: what was vouched for is remembered
        self._keep("as_it_was")

    def _keep_beside(self) -> None:
        """Have a row in tables that stand beside the log."""
        command = CommandKey("tests", "command-1")
        self.opened.confidential.keep(command, owner="BUY-1", field="note", value=b"secret")
        self.opened.evidence.put(b"photo", "image/png")
        with as_superuser(self.pool) as connection:
            connection.execute(_BESIDE.encode())
            stood = replayed(read_history(connection, BOOK, "order:PO-0"), BOOK)
            keep_snapshots(connection, BOOK, {"order:PO-0": stood})

    def _keep(self, schema: str) -> None:
        with as_superuser(self.pool) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
            for table in self._tables:
                connection.execute(f'CREATE TABLE {schema}."{table}" AS TABLE {table}'.encode())

    def _put_back(self, schema: str) -> bytes:
        parts = (f'DELETE FROM {each}; INSERT INTO {each} SELECT * FROM {schema}."{each}"' for each in self._tables)
        return "; ".join(parts).encode()
