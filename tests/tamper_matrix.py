"""
The tamper matrix: what is changed, how, and who finds it. `Row.by` is what tests expect and what the document says.

Tables are those of the book `main` in tests/tampered_book.py, changed by its superuser with every trigger switched off.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.envelope import State

LOG = "`verify`, which exits 3"
"""The log isn't as it was recorded, or isn't what was signed."""

NOBODY = "nobody"
CONSTRAINT = "a constraint; `verify` names one that is gone"
ANEW = "`verify`, which builds it anew"
ANY = ("*",)
"""Every column of a table."""

BESIDE = "beside the log: guarded by rights and triggers, whose absence `verify` names"


def names(where: str) -> str:
    """Return who finds what `verify` tells to be in a place; it exits 1 there."""
    return f"`verify`, which names {where}"


KEYRING = names("keyring")
UNCHECKED = "`verify`, which says that it can't tell whose keys signed"


class Row(NamedTuple):
    """
    One line of the matrix.

    columns: each is changed in one row, of those for which `where` holds; statements: each is executed; test: which
    does what neither can. why: what there is to say where nobody finds it.
    """

    what: str
    how: str
    by: str
    columns: Sequence[str] = ()
    statements: Sequence[str] = ()
    where: str = "true"
    test: str = ""
    why: str = ""


def inserted(table: str, changed: str, *, where: str = "true") -> str:
    """Return a statement that inserts a row of a table once more, with something else in it, as JSON."""
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, to_jsonb(t) || {changed})).*"
        f" FROM {table} t WHERE {where} LIMIT 1"
    )


def projection(table: str, name: str, key: str) -> Row:
    """Return the row of a projection's table. key: a column of its key, as JSON that isn't there yet."""
    what = f"projections.{table}"
    return Row(
        what,
        "a column changed; a row deleted, a row inserted; emptied",
        names(name),
        ANY,
        [
            f"DELETE FROM {what} WHERE ctid = (SELECT max(ctid) FROM {what})",
            inserted(what, f"'{key}'"),
            f"DELETE FROM {what}",
        ],
    )


_SWAP_EVENTS = """
    UPDATE ledger.events SET position = CASE position WHEN 30 THEN 100031 ELSE 100030 END WHERE position IN (30, 31);
    UPDATE ledger.events SET position = position - 100000 WHERE position > 100000
"""
_LAST_CHECKPOINT = "size = (SELECT max(size) FROM ledger.checkpoints)"
_OLDER_DELETED = f"""
    DELETE FROM ledger.cosignatures WHERE NOT {_LAST_CHECKPOINT}; DELETE FROM ledger.time_tokens
    WHERE NOT {_LAST_CHECKPOINT}; DELETE FROM ledger.checkpoints WHERE NOT {_LAST_CHECKPOINT}
"""
_ACCEPTED, _REFUSED = "refusal IS NULL", "refusal IS NOT NULL"
_FIELDS = ", ".join(f"`{name}`" for name in State.__struct_fields__)


def _field(name: str, instead: str = "~") -> str:
    """Return a statement that puts something in place of the first character of a field in the state of an event."""
    state = f"""regexp_replace(convert_from(state, 'UTF8'), '("{name}":"?)(.)', '\\1{instead}')"""
    return f"UPDATE ledger.events SET state = convert_to({state}, 'UTF8') WHERE position = 20"


EVENTS = [
    Row(
        "ledger.events",
        "a column changed: `book`, `position`, `originator_id`, `version`, `topic`, `state`, `leaf_hash`",
        LOG,
        ANY,
    ),
    Row(
        "ledger.events",
        f"in `state`, one field changed: {_FIELDS}; or only how it is written",
        LOG,
        statements=[*(_field(name) for name in State.__struct_fields__), _field("event", r" \2")],
    ),
    Row(
        "ledger.events",
        "an event deleted: the first, one in the middle, the last; cut off after one; emptied",
        LOG,
        statements=[
            f"DELETE FROM ledger.events WHERE position {which}"
            for which in ("= 1", "= 77", "= (SELECT max(position) FROM ledger.events)", "> 50", "> 0")
        ],
    ),
    Row(
        "ledger.events",
        "an event inserted at the end; two that follow on each other swapped",
        LOG,
        statements=[
            inserted(
                "ledger.events",
                "jsonb_build_object('position', position + 1, 'version', version + 1)",
                where="position = (SELECT max(position) FROM ledger.events)",
            ),
            _SWAP_EVENTS,
        ],
    ),
    Row("ledger.log_head", "a column changed", LOG, ANY),
    Row("ledger.log_head", "deleted", LOG, statements=["DELETE FROM ledger.log_head"]),
]

OUTCOMES = [
    Row(
        "ledger.outcomes, accepted",
        "a column changed: `book`, `principal`, `command_id`, `request_hash`, `first_position`, `last_position`,"
        " `recorded_at`, `actor`, `role`, `command`, `object`",
        LOG,
        (
            "book",
            "principal",
            "command_id",
            "request_hash",
            "first_position",
            "last_position",
            "recorded_at",
            "actor",
            "role",
            "command",
            "object",
        ),
        where=_ACCEPTED,
    ),
    Row(
        "ledger.outcomes, accepted",
        "one deleted, one inserted, two swapped, all deleted, one made a refusal",
        LOG,
        statements=[
            f"DELETE FROM ledger.outcomes WHERE {_ACCEPTED} AND first_position = 1",
            inserted("ledger.outcomes", """'{"command_id": "invented"}'""", where=_ACCEPTED),
            """
            UPDATE ledger.outcomes o SET first_position = other.first_position, last_position = other.last_position
            FROM ledger.outcomes other WHERE (o.first_position, other.first_position) IN ((1, 2), (2, 1))
            """,
            f"DELETE FROM ledger.outcomes WHERE {_ACCEPTED}",
            f"""
            UPDATE ledger.outcomes SET first_position = NULL, last_position = NULL, refusal = 'x'
            WHERE {_ACCEPTED} AND first_position = 1
            """,
        ],
    ),
    Row(
        "ledger.outcomes, refused",
        "a column changed: `principal`, `command_id`, `request_hash`, `recorded_at`, `actor`, `role`, `command`,"
        " `object`, `refusal`; one deleted",
        NOBODY,
        ("principal", "command_id", "request_hash", "recorded_at", "actor", "role", "command", "object", "refusal"),
        statements=[f"DELETE FROM ledger.outcomes WHERE {_REFUSED}"],
        where=_REFUSED,
        why="a refused command leaves no event, so what became of it is outside the log, and no proof speaks of it",
    ),
    Row(
        "ledger.outcomes, refused",
        "one made an acceptance",
        LOG,
        statements=[
            f"""
            UPDATE ledger.outcomes SET first_position = 1, last_position = 1, refusal = NULL
            WHERE ctid = (SELECT ctid FROM ledger.outcomes WHERE {_REFUSED} LIMIT 1)
            """
        ],
    ),
]

PROOF = [
    Row("ledger.tree_hashes", "a column changed", names("tree_hashes"), ANY),
    Row(
        "ledger.tree_hashes",
        "a hash deleted, a hash inserted, emptied",
        names("tree_hashes"),
        statements=[
            "DELETE FROM ledger.tree_hashes WHERE number = 0",
            inserted("ledger.tree_hashes", """'{"number": 9}'"""),
            inserted("ledger.tree_hashes", """'{"level": 2}'"""),
            "DELETE FROM ledger.tree_hashes",
        ],
    ),
    Row(
        "ledger.checkpoints",
        "a column changed: `origin`, `key`, `root`, `note`, `signed_at`",
        names("checkpoints"),
        ("origin", "key", "root", "note", "signed_at"),
    ),
    Row(
        "ledger.checkpoints",
        "one inserted, for another size or by another key; the notes of two swapped; the last deleted, with what others"
        " signed of it; emptied",
        names("checkpoints"),
        statements=[
            inserted("ledger.checkpoints", """'{"size": 9}'"""),
            inserted("ledger.checkpoints", """'{"key": "a+00000000+AAAA"}'"""),
            "UPDATE ledger.checkpoints c SET note = o.note FROM ledger.checkpoints o WHERE c.size <> o.size",
            f"""
            DELETE FROM ledger.cosignatures WHERE {_LAST_CHECKPOINT}; DELETE FROM ledger.time_tokens
            WHERE {_LAST_CHECKPOINT}; DELETE FROM ledger.checkpoints WHERE {_LAST_CHECKPOINT}
            """,
            "DELETE FROM ledger.cosignatures; DELETE FROM ledger.time_tokens; DELETE FROM ledger.checkpoints",
        ],
    ),
    Row(
        "ledger.checkpoints",
        "one that others signed deleted, or moved to another `book` or `size`",
        names("cosignatures"),
        ("book", "size"),
        statements=["DELETE FROM ledger.checkpoints WHERE size = (SELECT min(size) FROM ledger.checkpoints)"],
    ),
    Row(
        "ledger.checkpoints",
        "an older one deleted with what others signed of it",
        names("proof_register"),
        statements=[_OLDER_DELETED],
    ),
    Row(
        "ledger.cosignatures",
        "a column changed: `origin`, `size`, `witness`, `line`, `cosigned_at`; one inserted under another checkpoint",
        names("cosignatures"),
        ("origin", "size", "witness", "line", "cosigned_at"),
        statements=[
            inserted("ledger.cosignatures", """'{"witness": "other.example/w+00000000+BAAA"}'"""),
            "UPDATE ledger.cosignatures c SET line = o.line FROM ledger.cosignatures o WHERE c.size <> o.size",
        ],
    ),
    Row(
        "ledger.cosignatures",
        "one deleted or moved to another book; emptied",
        names("proof_register"),
        ("book",),
        statements=[f"DELETE FROM ledger.cosignatures WHERE {_LAST_CHECKPOINT}", "DELETE FROM ledger.cosignatures"],
    ),
    Row(
        "ledger.time_tokens",
        "a column changed: `origin`, `size`, `authority`, `token`, `stamped_at`; one inserted under another checkpoint",
        names("time_tokens"),
        ("origin", "size", "authority", "token", "stamped_at"),
        statements=[
            inserted("ledger.time_tokens", """'{"authority": "CN=Other"}'"""),
            "UPDATE ledger.time_tokens c SET token = o.token FROM ledger.time_tokens o WHERE c.size <> o.size",
        ],
    ),
    Row(
        "ledger.time_tokens",
        "one deleted or moved to another book; emptied",
        names("proof_register"),
        ("book",),
        statements=["DELETE FROM ledger.time_tokens"],
    ),
    Row(
        "ledger.proof_register",
        "`book`, `origin` or `digest` changed; one deleted",
        names("checkpoints"),
        ("book", "origin", "digest"),
        statements=["DELETE FROM ledger.proof_register WHERE number = 1"],
    ),
    Row(
        "ledger.proof_register",
        "one inserted",
        names("proof_register"),
        statements=[inserted("ledger.proof_register", f"""'{{"number": 90, "digest": "\\\\x{"00" * 32}"}}'""")],
    ),
    Row(
        "ledger.proof_register",
        "`number` changed; two swapped; some deleted together with what was kept as them, and the others numbered anew",
        KEYRING,
        ("number",),
        statements=[
            """
            UPDATE ledger.proof_register SET number = CASE number WHEN 1 THEN 92 ELSE 91 END WHERE number IN (1, 2);
            UPDATE ledger.proof_register SET number = number - 90 WHERE number > 90
            """,
            f"""
            {_OLDER_DELETED}; DELETE FROM ledger.proof_register; INSERT INTO ledger.proof_register
            SELECT book, origin, row_number() OVER (), digest FROM (
                SELECT book, origin, ledger.digest_of(t) AS digest FROM ledger.checkpoints t
                UNION ALL SELECT book, origin, ledger.digest_of(t) FROM ledger.cosignatures t
                UNION ALL SELECT book, origin, ledger.digest_of(t) FROM ledger.time_tokens t
            ) AS kept
            """,
        ],
    ),
]

DERIVED = [
    projection("journal_entries", "journal", '{"position": 90000}'),
    projection("journal_postings", "journal", '{"position": 90000}'),
    projection("late_sums", "journal", '{"account": "x"}'),
    projection("balances", "balances", '{"account": "x"}'),
    projection("orders", "orders", '{"order": "x"}'),
    projection("deadlines", "deadlines", '{"order": "x"}'),
    projection("disputes", "disputes", '{"order": "x"}'),
    projection("commissions", "commissions", '{"partner": "x"}'),
    projection("audit", "audit", '{"first_position": 90000}'),
    projection("four_eyes", "four_eyes", '{"proposal": "x"}'),
    projection("receivables", "receivables", '{"receivable": "x"}'),
    projection("receivables_remittances", "receivables", '{"remittance": "x"}'),
    projection("payouts", "payouts", '{"payout": "x"}'),
    projection("payouts_files", "payouts_files", '{"file": "x"}'),
    projection("payees", "payees", '{"party": "x"}'),
    projection("settlements", "settlements", '{"settlement": "x"}'),
    projection("settlements_lines", "settlements_lines", '{"settlement_line": "x"}'),
    projection("reconciliation_accounts", "reconciliation", '{"bank_account": "x"}'),
    projection("reconciliation_statements", "reconciliation", '{"statement": "x"}'),
    projection("reconciliation_entries", "reconciliation", '{"entry": "x"}'),
    projection("reconciliation_items", "reconciliation", '{"item": "x"}'),
    projection("reconciliation_matches", "reconciliation", '{"match": "x"}'),
    projection("breaks", "breaks", '{"break_key": "x"}'),
    projection("breaks_comments", "breaks", '{"comment_of": "x"}'),
    Row("projections.positions", "`position` changed", names("journal"), ("position",)),
    Row(
        "projections.positions",
        "`book`, `projection` or `version` changed, a row deleted, emptied",
        ANEW,
        ("book", "projection", "version"),
        statements=[
            "DELETE FROM projections.positions WHERE projection = 'orders'",
            "DELETE FROM projections.positions",
        ],
    ),
    Row(
        "ledger.snapshots",
        "a column changed: `originator_id`, `version`, `state`, `checksum`",
        names("snapshots"),
        ("originator_id", "version", "state", "checksum"),
    ),
    Row(
        "ledger.snapshots",
        "`book` or `fingerprint` changed; emptied",
        NOBODY,
        ("book", "fingerprint"),
        statements=["DELETE FROM ledger.snapshots"],
        why="a snapshot of another book or release isn't used, and a missing one isn't missed",
    ),
]

_ERASED = "what is missing reads as erased, and what isn't what the log commits to is never shown"

_OF_WEBHOOKS = (
    *("book", "webhook", "key", "request_hash", "url", "description", "reader_role", "reader_party", "topics"),
    *("about_order", "about_party", "reason", "created_at", "created_by", "secret", "former_secret", "former_until"),
    *("rotated_by_key", "position", "attempts", "next_attempt_at", "failing_since", "problem", "deliveries"),
    *("leased_by", "leased_until"),
)

BESIDE_THE_LOG = [
    Row("ledger.confidential", "`commitment`, `salt` or `value` changed", CONSTRAINT, ("commitment", "salt", "value")),
    Row(
        "ledger.confidential",
        "another column changed; one deleted; emptied",
        NOBODY,
        ("book", "owner", "principal", "command_id", "field", "kept_at"),
        statements=["DELETE FROM ledger.confidential"],
        why=_ERASED,
    ),
    Row(
        "ledger.evidence",
        "`sha256`, `size_bytes` or `content` changed",
        CONSTRAINT,
        ("sha256", "size_bytes", "content"),
    ),
    Row(
        "ledger.evidence",
        "another column changed; one deleted; emptied",
        NOBODY,
        ("book", "media_type", "kept_at"),
        statements=["DELETE FROM ledger.evidence"],
        why=_ERASED,
    ),
    Row("ledger.forbidden", "a column changed, emptied", NOBODY, ANY, ["DELETE FROM ledger.forbidden"], why=BESIDE),
    Row(
        "ledger.reads",
        "a column changed, emptied",
        NOBODY,
        ("book", "number", "read_at", "actor", "role", "reference", "field", "why"),
        ["DELETE FROM ledger.reads"],
        why=BESIDE,
    ),
    Row("ledger.reads", "`what` or `digest` made what it can't be", CONSTRAINT, ("what", "digest")),
    Row(
        "ledger.witness_problems",
        "a column changed, emptied",
        NOBODY,
        ANY,
        ["DELETE FROM ledger.witness_problems"],
        why=BESIDE,
    ),
    Row("ledger.previews", "a column changed, emptied", NOBODY, ANY, ["DELETE FROM ledger.previews"], why=BESIDE),
    Row(
        "ledger.webhooks",
        "a column but `status` changed, emptied",
        NOBODY,
        _OF_WEBHOOKS,
        ["DELETE FROM ledger.webhooks"],
        why=BESIDE,
    ),
    Row("ledger.webhooks", "`status` made what it can't be", CONSTRAINT, ("status",)),
    Row(
        "ledger.webhook_deliveries",
        "a column changed, emptied",
        NOBODY,
        ANY,
        ["DELETE FROM ledger.webhook_deliveries"],
        why=BESIDE,
    ),
    Row(
        "ledger.webhook_dead_letters",
        "a column changed, emptied",
        NOBODY,
        ANY,
        ["DELETE FROM ledger.webhook_dead_letters"],
        why=BESIDE,
    ),
    Row(
        "ledger.book_readers", "a column changed, emptied", NOBODY, ANY, ["DELETE FROM ledger.book_readers"], why=BESIDE
    ),
]

_HISTORY = "the whole database"
_OTHERS = "a witness, which refuses to cosign; `verify --from-export` with a checkpoint that somebody kept"

HISTORIES = [
    Row(
        _HISTORY,
        "put back to an older state",
        f"{KEYRING}; the signer, which signs nothing more until `log reopen`",
        test="test_a_database_put_back_to_an_older_state_is_found_and_signed_no_more",
    ),
    Row(
        _HISTORY,
        "put back to an older state, together with what the signer remembers",
        _OTHERS,
        test="test_a_database_put_back_with_what_the_signer_remembers_is_found_by_whoever_kept_a_checkpoint",
    ),
    Row(
        _HISTORY,
        "written anew from the middle on, consistently, every table, and signed with the log's own key",
        f"{LOG}, or where it became shorter names keyring; the signer, which signs nothing more",
        test="test_a_history_written_anew_and_signed_with_the_key_is_found_by_what_the_signer_remembers",
    ),
    Row(
        _HISTORY,
        "the same, together with what the signer remembers",
        _OTHERS,
        test="test_a_history_written_anew_with_what_the_signer_remembers_is_found_by_whoever_kept_a_checkpoint",
    ),
    Row(
        "the keyring",
        "what it remembers changed, or made unreadable; a key put in place of another",
        "`verify`, which names keyring or checkpoints, or exits 3",
        test="test_a_changed_keyring_is_found",
    ),
    Row(
        "the keyring",
        "the known keys removed",
        UNCHECKED,
        test="test_a_changed_keyring_is_found",
    ),
    Row(
        "the keyring",
        "what it remembers removed",
        NOBODY,
        test="test_a_changed_keyring_is_found",
        why="by itself it changes nothing; then only others hold the log to what was signed: see above",
    ),
]

_BOTH = "`verify --from-export`; the second implementation in tests/independent/tlog"

FILES = [
    Row(
        "a published log",
        "a tile, an entry bundle or the checkpoint: a bit changed, cut short, made longer, emptied, its parts in"
        " another order, one in place of another; an entry bundle or the checkpoint deleted",
        _BOTH,
        test="test_a_changed_file_of_a_published_log_is_refused",
    ),
    Row(
        "a published log",
        "a hash tile deleted",
        "the second implementation; `verify --from-export` takes it again from the entries",
        test="test_a_deleted_hash_tile_of_a_published_log_is_missed_by_others_and_taken_again_by_us",
    ),
    Row(
        "a published log",
        "an older one in place of a newer",
        "`verify --from-export` with a checkpoint that somebody kept",
        test="test_an_older_published_log_in_place_of_a_newer_is_refused_by_a_checkpoint_that_was_kept",
    ),
    Row(
        "an evidence pack",
        "a member: a bit changed, cut short, made longer, emptied, deleted, two swapped; one inserted",
        "the pack's verifier, docs/verify_pack.py",
        test="test_a_changed_member_of_a_pack_is_never_verified",
    ),
]

TABLES = [*EVENTS, *OUTCOMES, *PROOF, *DERIVED, *BESIDE_THE_LOG]

SECTIONS = {
    "The log": EVENTS,
    "What became of commands": OUTCOMES,
    "What proves the log": PROOF,
    "What is derived from it": DERIVED,
    "What stands beside it": BESIDE_THE_LOG,
    "Whole histories, and the signer": HISTORIES,
    "Files": FILES,
}
