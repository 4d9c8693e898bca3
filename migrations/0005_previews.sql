-- migrate:up
-- What-if previews: what was shown to somebody who decides, so that exactly that can be carried out. Not part of the
-- record: any of them may be deleted.
CREATE TABLE ledger.previews (
    book text NOT NULL,
    id text NOT NULL,
    candidate int NOT NULL,
    made_at timestamptz NOT NULL,
    plan bytea NOT NULL,
    PRIMARY KEY (book, id, candidate)
);

-- migrate:down
