"""Confidential values: kept beside the log, found again, erased with their owner, and no proof is the worse for it."""

import hashlib
import threading
from datetime import timedelta

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from domain import commands
from domain.commitment import Commitment, commitment_of
from domain.errors import LogCorrupt
from domain.references import ReferenceMalformed
from ledger.confidential import VALUE_BYTES_MAX, Confidential, ConfidentialTooLong, Swept
from ledger.outcomes import CommandKey
from ledger.pool import Connection
from ledger.verification import verify_log
from tests.books import Book, Clock, Salts, checked_log
from tests.tampering import as_superuser, tampering

DAY = timedelta(days=1)
KEY = CommandKey("tests", "register-1")


def confidential(pool: ConnectionPool[Connection], clock: Clock, *, book: str = "main") -> Confidential:
    return Confidential(pool, book, clock=clock, salts=Salts())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(pool: ConnectionPool[Connection], clock: Clock) -> Confidential:
    """Return the values of a book without a log."""
    return confidential(pool, clock)


@pytest.fixture
def of_book(book: Book) -> Confidential:
    """Return the values of the book `main`."""
    return confidential(book.pool, book.clock)


def keep(kept: Confidential, value: bytes = b"Ravi", *, key: CommandKey = KEY, field: str = "name") -> Commitment:
    return kept.keep(key, owner="EXP-1", field=field, value=value)


def register(book: Book, kept: Confidential, party: str = "EXP-1", *, name: bytes = b"Ravi") -> Commitment:
    """Register a party with a name, as a caller would."""
    command_id = f"register-{party}"
    commitment = kept.keep(CommandKey("tests", command_id), owner=party, field="name", value=name)
    command = commands.RegisterParty(party=party, roles=("exporter",), country="IN", profile={"name": commitment})
    book.say(command, command_id=command_id)
    return commitment


def rows(pool: ConnectionPool[Connection]) -> int:
    with pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM ledger.confidential").fetchone()
    assert row is not None
    return int(row[0])


class TestKeeping:
    def test_a_value_is_found_by_what_stands_for_it(self, kept: Confidential) -> None:
        commitment = keep(kept)
        assert kept.find(commitment) == b"Ravi"
        assert kept.check(commitment)

    def test_what_stands_for_a_value_is_the_hash_of_its_own_salt_and_the_value(
        self, kept: Confidential, pool: ConnectionPool[Connection]
    ) -> None:
        commitment = keep(kept)
        with pool.connection() as connection:
            row = connection.execute("SELECT salt FROM ledger.confidential").fetchone()
        assert row is not None
        assert hashlib.sha256(row[0] + b"Ravi").hexdigest() == commitment

    @pytest.mark.parametrize("commitment", ["0" * 64, "", "no commitment", "\0"])
    def test_what_was_never_kept_is_not_found(self, kept: Confidential, commitment: str) -> None:
        assert kept.find(commitment) is None
        assert not kept.check(commitment)

    def test_equal_values_do_not_look_alike(self, kept: Confidential) -> None:
        assert keep(kept, field="name") != keep(kept, field="trade-name")
        assert keep(kept) != keep(kept, key=CommandKey("tests", "register-2"))
        assert keep(kept) != keep(kept, key=CommandKey("others", "register-1"))

    def test_a_retry_of_the_command_gets_the_same_commitment_and_keeps_nothing_twice(
        self, kept: Confidential, pool: ConnectionPool[Connection]
    ) -> None:
        assert len({keep(kept) for _ in range(3)}) == 1
        assert rows(pool) == 1

    def test_a_retry_with_another_value_is_kept_too_as_the_first_may_never_have_been_accepted(
        self, kept: Confidential
    ) -> None:
        first, second = keep(kept, b"Ravi"), keep(kept, b"Ravi Exports")
        assert first != second
        assert (kept.find(first), kept.find(second)) == (b"Ravi", b"Ravi Exports")
        assert keep(kept, b"Ravi") == first

    def test_retries_that_come_at_once_agree(self, kept: Confidential, pool: ConnectionPool[Connection]) -> None:
        together, made = threading.Barrier(4), list[Commitment]()

        def retry() -> None:
            together.wait(30)
            made.append(keep(kept))

        threads = [threading.Thread(target=retry) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert (len(made), len(set(made)), rows(pool)) == (4, 1, 1)

    def test_books_share_nothing(self, pool: ConnectionPool[Connection], clock: Clock, kept: Confidential) -> None:
        other = confidential(pool, clock, book="other")
        commitment = keep(kept)
        assert other.find(commitment) is None
        keep(other)
        assert rows(pool) == 2

    @pytest.mark.parametrize("value", [b"", b"\0\xff", b"x" * VALUE_BYTES_MAX])
    def test_any_bytes_up_to_the_limit_are_kept(self, kept: Confidential, value: bytes) -> None:
        assert kept.find(keep(kept, value)) == value

    def test_a_longer_value_is_refused(self, kept: Confidential, pool: ConnectionPool[Connection]) -> None:
        with pytest.raises(ConfidentialTooLong) as refused:
            keep(kept, b"x" * (VALUE_BYTES_MAX + 1))
        assert (refused.value.field, refused.value.bytes) == ("name", VALUE_BYTES_MAX + 1)
        assert rows(pool) == 0

    def test_refusals_come_in_order(self, kept: Confidential) -> None:
        long = b"x" * (VALUE_BYTES_MAX + 1)
        with pytest.raises(ReferenceMalformed, match="owner"):
            kept.keep(KEY, owner="a party", field="a field", value=long)
        with pytest.raises(ReferenceMalformed, match="field"):
            kept.keep(KEY, owner="EXP-1", field="a field", value=long)


class TestTable:
    def test_a_value_is_never_changed_only_removed(self, kept: Confidential, pool: ConnectionPool[Connection]) -> None:
        keep(kept)
        for change in ("UPDATE ledger.confidential SET owner = 'EXP-2'", "TRUNCATE ledger.confidential"):
            with (
                as_superuser(pool) as connection,
                pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
                connection.transaction(),
            ):
                connection.execute(change)
        with pool.connection() as connection:
            assert connection.execute("DELETE FROM ledger.confidential").rowcount == 1

    def test_a_row_whose_commitment_is_another_values_is_refused(self, pool: ConnectionPool[Connection]) -> None:
        row = ("main", commitment_of(b"s" * 16, b"Ravi"), "EXP-1", "p", "c", "name", b"s" * 16, b"Vira")
        with (
            pool.connection() as connection,
            pytest.raises(psycopg.errors.CheckViolation, match="a_commitment_is_of_its_salt_and_value"),
            connection.transaction(),
        ):
            connection.execute("INSERT INTO ledger.confidential VALUES (%s, %s, %s, %s, %s, %s, %b, %b, 'epoch')", row)

    def test_a_value_that_was_altered_all_the_same_is_noticed(
        self, kept: Confidential, pool: ConnectionPool[Connection]
    ) -> None:
        commitment = keep(kept)
        with tampering(pool) as connection:
            connection.execute("ALTER TABLE ledger.confidential DROP CONSTRAINT a_commitment_is_of_its_salt_and_value")
            connection.execute("UPDATE ledger.confidential SET value = 'Vira'")
        with pytest.raises(LogCorrupt, match=commitment):
            kept.find(commitment)
        with pytest.raises(LogCorrupt):
            kept.check(commitment)


class TestErasing:
    def test_forgetting_a_party_erases_all_that_it_wrote_and_nothing_else(
        self, book: Book, of_book: Confidential
    ) -> None:
        named = register(book, of_book)
        other = register(book, of_book, "EXP-2")
        message = of_book.keep(CommandKey("tests", "message-1"), owner="EXP-1", field="message", value=b"the goods")
        book.say(commands.ForgetParty(party="EXP-1"))
        assert of_book.erase("EXP-1") == 2
        assert (of_book.find(named), of_book.find(message), of_book.find(other)) == (None, None, b"Ravi")
        assert of_book.erase("EXP-1") == 0

    def test_nothing_is_erased_before_the_log_says_so(self, book: Book, of_book: Confidential) -> None:
        named = register(book, of_book)
        book.say(commands.PlaceLegalHold(party="EXP-1", reason="CS-114"))
        book.ask(commands.ForgetParty(party="EXP-1"))
        assert of_book.erase("EXP-1") == 0
        assert of_book.sweep(orphans_after=DAY) == Swept(erased=0, orphans=0)
        assert of_book.find(named) == b"Ravi"

    def test_history_verifies_and_replays_after_it_byte_for_byte(self, book: Book, of_book: Confidential) -> None:
        register(book, of_book)
        book.say(commands.ForgetParty(party="EXP-1"))
        before = checked_log(book.pool)
        assert of_book.erase("EXP-1") == 1
        assert checked_log(book.pool) == before
        with book.pool.connection() as connection:
            assert verify_log(connection, "main").fault is None
        with book.beside() as fresh:
            again = book.submission(commands.SuspendParty(party="EXP-1", reason="late"))
            outcome = fresh.submit(again).result(timeout=30)
        assert getattr(outcome, "code", None) == "party.forgotten"

    def test_a_process_that_dies_before_it_erases_leaves_it_to_the_sweep(
        self, book: Book, of_book: Confidential
    ) -> None:
        register(book, of_book)
        kept = register(book, of_book, "EXP-2")
        book.say(commands.ForgetParty(party="EXP-1"))
        assert of_book.sweep(orphans_after=DAY) == Swept(erased=1, orphans=0)
        assert of_book.find(kept) == b"Ravi"
        assert of_book.sweep(orphans_after=DAY) == Swept(erased=0, orphans=0)

    def test_no_value_stands_in_the_log(self, book: Book, of_book: Confidential) -> None:
        register(book, of_book, name=b"Ravindranath")
        assert not [row for row in checked_log(book.pool) if b"Ravindranath" in row.state]


class TestOrphans:
    def test_a_value_whose_command_was_never_accepted_goes_when_it_is_old_enough(
        self, book: Book, of_book: Confidential
    ) -> None:
        orphan, referred = keep(of_book), register(book, of_book)
        book.clock.move(hours=24)
        assert of_book.sweep(orphans_after=DAY) == Swept(erased=0, orphans=0)
        book.clock.move(seconds=1)
        assert of_book.sweep(orphans_after=DAY) == Swept(erased=0, orphans=1)
        assert (of_book.find(orphan), of_book.find(referred)) == (None, b"Ravi")

    def test_a_value_of_a_refused_command_is_an_orphan(self, book: Book, of_book: Confidential) -> None:
        register(book, of_book)
        second = keep(of_book, key=CommandKey("tests", "again"))
        again = commands.RegisterParty(party="EXP-1", roles=("buyer",), country="IN", profile={"name": second})
        book.ask(again, command_id="again")
        book.clock.move(days=2)
        assert of_book.sweep(orphans_after=DAY).orphans == 1
        assert of_book.find(second) is None

    def test_a_value_that_an_accepted_command_did_not_carry_is_an_orphan(
        self, book: Book, of_book: Confidential
    ) -> None:
        key = CommandKey("tests", "register-EXP-1")
        mistyped = keep(of_book, b"Rvai", key=key)
        meant = register(book, of_book)
        book.clock.move(days=2)
        assert of_book.sweep(orphans_after=DAY).orphans == 1
        assert (of_book.find(mistyped), of_book.find(meant)) == (None, b"Ravi")

    def test_one_book_sweeps_nothing_of_another(self, book: Book, of_book: Confidential) -> None:
        orphan = keep(of_book)
        book.clock.move(days=2)
        other = confidential(book.pool, book.clock, book="other")
        assert other.sweep(orphans_after=DAY) == Swept(erased=0, orphans=0)
        assert of_book.find(orphan) == b"Ravi"


class TestMany:
    def test_many_are_kept_and_found_at_once(self, kept: Confidential) -> None:
        values = {f"line-{number}": b"value %d" % number for number in range(300)}
        commitments = kept.keep_all(KEY, owner="bank-statements", values=values)
        assert kept.find_all(commitments.values()) == {commitments[field]: value for field, value in values.items()}
        assert kept.find_all(["0" * 64]) == {}

    def test_a_retry_gets_the_same_commitments_and_keeps_nothing_twice(self, kept: Confidential) -> None:
        values = {"one": b"1", "two": b"2"}
        first = kept.keep_all(KEY, owner="bank-statements", values=values)
        assert kept.keep_all(KEY, owner="bank-statements", values=values) == first
        more = kept.keep_all(KEY, owner="bank-statements", values=values | {"three": b"3"})
        assert (more["one"], more["two"]) == (first["one"], first["two"])
        assert len(kept.find_all(more.values())) == 3

    def test_another_value_in_a_field_has_the_salt_of_the_first(self, kept: Confidential) -> None:
        first = kept.keep_all(KEY, owner="bank-statements", values={"one": b"1"})["one"]
        opening = kept.find_opening(first)
        assert opening is not None
        other = kept.keep_all(KEY, owner="bank-statements", values={"one": b"2"})["one"]
        assert other == commitment_of(opening.salt, b"2")

    def test_none_is_kept_where_one_is_too_long_or_named_by_no_key(self, kept: Confidential) -> None:
        with pytest.raises(ConfidentialTooLong):
            kept.keep_all(KEY, owner="bank-statements", values={"one": b"1", "two": b"x" * (VALUE_BYTES_MAX + 1)})
        with pytest.raises(ReferenceMalformed):
            kept.keep_all(KEY, owner="bank-statements", values={"one": b"1", "no key": b"2"})
        assert rows(kept._pool) == 0

    def test_nothing_is_kept_of_nothing(self, kept: Confidential) -> None:
        assert kept.keep_all(KEY, owner="bank-statements", values={}) == {}
        assert kept.find_all([]) == {}

    def test_one_that_is_not_what_was_committed_to_is_found(self, kept: Confidential) -> None:
        commitment = kept.keep_all(KEY, owner="bank-statements", values={"one": b"1"})["one"]
        with tampering(kept._pool) as connection:
            connection.execute("ALTER TABLE ledger.confidential DROP CONSTRAINT a_commitment_is_of_its_salt_and_value")
            connection.execute("UPDATE ledger.confidential SET value = '2'::bytea WHERE commitment = %s", (commitment,))
        with pytest.raises(LogCorrupt):
            kept.find_all([commitment])
