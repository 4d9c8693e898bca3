-- migrate:up

-- What proves the log to people who don't trust its database. Nothing here is ever changed, and all but the checkpoints,
-- cosignatures and time tokens can be taken again from the events.

-- The log as a Merkle tree in tiles of 256 hashes. Level 0 is the leaf hashes, in ledger.events; number n of a level above
-- is the root of the full tile n of the level below.
CREATE TABLE ledger.tree_hashes (
    book   text NOT NULL,
    level  int NOT NULL,
    number bigint NOT NULL,
    hash   bytea NOT NULL,
    PRIMARY KEY (book, level, number),
    CONSTRAINT leaf_hashes_stand_with_their_events CHECK (level >= 1),
    CONSTRAINT a_tree_hash_is_sha256 CHECK (octet_length(hash) = 32)
);

-- A signed note over the size and root of a log, one for each size that was signed with a key. `note` is as the log signed
-- it; `key` is the verifier key, which is no secret.
CREATE TABLE ledger.checkpoints (
    book      text NOT NULL,
    origin    text NOT NULL,
    size      bigint NOT NULL,
    key       text NOT NULL,
    root      bytea NOT NULL,
    note      bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (book, origin, size, key),
    CONSTRAINT a_root_is_sha256 CHECK (octet_length(root) = 32)
);

-- A witness's signature line under a checkpoint; `witness` is its verifier key.
CREATE TABLE ledger.cosignatures (
    book        text NOT NULL,
    origin      text NOT NULL,
    size        bigint NOT NULL,
    witness     text NOT NULL,
    line        text NOT NULL,
    cosigned_at timestamptz NOT NULL,
    PRIMARY KEY (book, origin, size, witness)
);

-- An authority's token (RFC 3161, DER) over the text of a checkpoint.
CREATE TABLE ledger.time_tokens (
    book       text NOT NULL,
    origin     text NOT NULL,
    size       bigint NOT NULL,
    authority  text NOT NULL,
    token      bytea NOT NULL,
    stamped_at timestamptz NOT NULL,
    PRIMARY KEY (book, origin, size, authority)
);

CREATE TRIGGER tree_hashes_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.tree_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER checkpoints_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER cosignatures_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER time_tokens_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.time_tokens
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- migrate:down
-- Nothing: migrations only go forward.
