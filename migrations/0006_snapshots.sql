-- migrate:up
-- Aggregates as they stood after one of their events, so that a long history needn't be read from its beginning. Not
-- part of the record: any of them may be deleted at any time, and nothing is decided otherwise without it.
CREATE TABLE ledger.snapshots (
    book text NOT NULL,
    originator_id text NOT NULL,
    version bigint NOT NULL,
    fingerprint bytea NOT NULL,
    state bytea NOT NULL,
    checksum bytea NOT NULL,
    PRIMARY KEY (book, originator_id)
);
-- Written again and again: compressing a large one would cost more than the room is worth.
ALTER TABLE ledger.snapshots ALTER COLUMN state SET STORAGE EXTERNAL;

-- migrate:down
