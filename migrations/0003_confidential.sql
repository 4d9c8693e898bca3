-- migrate:up

-- What must not stand in the log: values that can be erased, whose commitments the log carries, and the bytes of evidence,
-- whose hashes it carries. Neither is ever changed; a value that is erased is a row that is removed. `book` leads every key.

CREATE TABLE ledger.confidential (
    book       text NOT NULL,
    commitment text NOT NULL,
    owner      text NOT NULL,
    principal  text NOT NULL,
    command_id text NOT NULL,
    field      text NOT NULL,
    salt       bytea NOT NULL,
    value      bytea NOT NULL,
    kept_at    timestamptz NOT NULL,
    PRIMARY KEY (book, commitment),
    CONSTRAINT a_salt_has_sixteen_bytes CHECK (octet_length(salt) = 16),
    CONSTRAINT a_value_has_at_most_64_kib CHECK (octet_length(value) <= 65536),
    CONSTRAINT a_commitment_is_of_its_salt_and_value CHECK (commitment = encode(sha256(salt || value), 'hex'))
);
CREATE INDEX confidential_by_owner ON ledger.confidential (book, owner);
CREATE INDEX confidential_by_command ON ledger.confidential (book, command_id, principal, field);
CREATE INDEX confidential_by_age ON ledger.confidential (book, kept_at);

CREATE TABLE ledger.evidence (
    book       text NOT NULL,
    sha256     text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    content    bytea NOT NULL,
    kept_at    timestamptz NOT NULL,
    PRIMARY KEY (book, sha256),
    CONSTRAINT evidence_is_called_by_its_hash CHECK (sha256 = encode(sha256(content), 'hex')),
    CONSTRAINT evidence_has_its_size CHECK (size_bytes = octet_length(content))
);
ALTER TABLE ledger.evidence ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TRIGGER values_are_kept_or_erased BEFORE UPDATE OR TRUNCATE ON ledger.confidential
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER evidence_is_kept_as_it_came BEFORE UPDATE OR TRUNCATE ON ledger.evidence
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- migrate:down
-- Nothing: migrations only go forward.
