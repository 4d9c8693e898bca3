"""Streams: a thing read from the log stands as the write side sees it."""

from domain import commands
from domain.rulebook import Rulebook
from domain.rules import Rules
from projections.streams import aggregate_of, folded, references_of, stream_of
from tests.books import Book


def test_a_thing_read_from_the_log_is_what_the_write_side_sees(book: Book) -> None:
    book.trade("PO-1")
    with book.pool.connection() as connection:
        for reference in ("order:PO-1", "hold:PO-1", "release:PO-1", "payee:EXP-1/USD", "rulebook:standard/1"):
            loaded = book.ledger.cache.find(reference)
            assert loaded is not None
            assert aggregate_of(connection, book.name, reference) == loaded.aggregate


def test_what_never_began_is_nothing(book: Book) -> None:
    with book.pool.connection() as connection:
        assert aggregate_of(connection, book.name, "order:PO-9") is None
        assert stream_of(connection, "another-book", "rulebook:standard/1") == []
    assert folded([]) is None


def test_a_stream_can_be_folded_up_to_any_event(book: Book) -> None:
    with book.pool.connection() as connection:
        stream = stream_of(connection, book.name, "rulebook:standard/1")
    states = [folded(stream[:length]) for length in range(1, 4)]
    assert [state.status for state in states if isinstance(state, Rulebook)] == ["drafted", "approved", "published"]


def test_things_of_a_kind_are_listed_as_they_began(book: Book) -> None:
    book.say(commands.DraftRulebook(rulebook="standard/10", rules=Rules()))
    book.say(commands.DraftRulebook(rulebook="another/1", rules=Rules()))
    with book.pool.connection() as connection:
        found = references_of(connection, book.name, "rulebook")
        assert references_of(connection, book.name, "rule") == []
    assert found == ["rulebook:standard/1", "rulebook:standard/10", "rulebook:another/1"]
