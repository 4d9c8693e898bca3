"""Evidence store: bytes are kept once under their hash, and given back only as they came."""

import hashlib

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from domain.errors import LogCorrupt
from ledger.evidence_store import (
    EVIDENCE_BYTES_MAX,
    Evidence,
    EvidenceBytesNotFound,
    EvidenceKept,
    EvidenceStore,
    EvidenceTooLarge,
    MediaTypeMalformed,
    PostgresEvidence,
)
from ledger.pool import Connection
from tests.books import Clock
from tests.tampering import as_superuser, tampering

PHOTO = b"\xff\xd8\0 a carton, wet"


@pytest.fixture
def store(pool: ConnectionPool[Connection]) -> EvidenceStore:
    return PostgresEvidence(pool, "main", clock=Clock())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"", b"\0", PHOTO, b"x" * EVIDENCE_BYTES_MAX], ids=["none", "nul", "photo", "max"])
def test_bytes_come_back_as_they_went(store: EvidenceStore, content: bytes) -> None:
    kept = store.put(content, "image/jpeg")
    assert kept == EvidenceKept(sha256(content), len(content))
    assert store.get(kept.sha256) == Evidence("image/jpeg", content)


def test_bytes_that_come_again_are_kept_once_as_they_first_came(
    store: EvidenceStore, pool: ConnectionPool[Connection]
) -> None:
    assert store.put(PHOTO, "image/jpeg") == store.put(PHOTO, "application/octet-stream")
    assert store.get(sha256(PHOTO)).media_type == "image/jpeg"
    with pool.connection() as connection:
        assert connection.execute("SELECT book, size_bytes FROM ledger.evidence").fetchall() == [("main", len(PHOTO))]


def test_books_share_nothing(store: EvidenceStore, pool: ConnectionPool[Connection]) -> None:
    store.put(PHOTO, "image/jpeg")
    with pytest.raises(EvidenceBytesNotFound):
        PostgresEvidence(pool, "other", clock=Clock()).get(sha256(PHOTO))


@pytest.mark.parametrize("asked", [sha256(b"never"), "", "no hash", "\0"])
def test_what_was_never_kept_is_not_found(store: EvidenceStore, asked: str) -> None:
    with pytest.raises(EvidenceBytesNotFound) as refused:
        store.get(asked)
    assert refused.value.sha256 == asked


def test_more_than_the_limit_is_refused(pool: ConnectionPool[Connection]) -> None:
    store = PostgresEvidence(pool, "main", clock=Clock(), size_bytes_max=4)
    store.put(b"1234", "text/plain")
    with pytest.raises(EvidenceTooLarge) as refused:
        store.put(b"12345", "text/plain")
    assert (refused.value.size_bytes, refused.value.size_bytes_max) == (5, 4)


@pytest.mark.parametrize(
    "media_type", ["", "pdf", "image/", "Image/JPEG", "text/plain; charset=utf-8", "a/b/c", "a/b\n"]
)
def test_a_media_type_that_is_none_is_refused_before_the_size(
    pool: ConnectionPool[Connection], media_type: str
) -> None:
    store = PostgresEvidence(pool, "main", clock=Clock(), size_bytes_max=4)
    with pytest.raises(MediaTypeMalformed):
        store.put(b"12345", media_type)


@pytest.mark.parametrize("change", ["UPDATE ledger.evidence SET media_type = 'text/plain'", "TRUNCATE ledger.evidence"])
def test_evidence_is_never_changed(store: EvidenceStore, pool: ConnectionPool[Connection], change: str) -> None:
    store.put(PHOTO, "image/jpeg")
    with (
        as_superuser(pool) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
        connection.transaction(),
    ):
        connection.execute(change)


def test_bytes_under_another_hash_are_refused(pool: ConnectionPool[Connection]) -> None:
    with (
        pool.connection() as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="evidence_is_called_by_its_hash"),
        connection.transaction(),
    ):
        connection.execute(
            "INSERT INTO ledger.evidence VALUES ('main', %s, 'image/jpeg', 4, 'fake', 'epoch')", (sha256(PHOTO),)
        )


def test_a_byte_that_was_changed_all_the_same_is_noticed(
    store: EvidenceStore, pool: ConnectionPool[Connection]
) -> None:
    kept = store.put(PHOTO, "image/jpeg")
    with tampering(pool) as connection:
        connection.execute("ALTER TABLE ledger.evidence DROP CONSTRAINT evidence_is_called_by_its_hash")
        connection.execute("UPDATE ledger.evidence SET content = set_byte(content, 3, 33)")
    with pytest.raises(LogCorrupt, match=kept.sha256):
        store.get(kept.sha256)
