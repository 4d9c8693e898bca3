-- migrate:up

-- By which the last cosignature of a witness is found, also of one that has been silent for a year.
CREATE INDEX cosignatures_by_witness ON ledger.cosignatures (book, origin, witness, size);

-- Since when a witness fails, and how: a row when that begins or becomes another problem, and one with an empty code when it
-- is over. `witness` is its verifier key. Nothing is proved by it: it is for whoever asks why a quorum is missed.
CREATE TABLE ledger.witness_problems (
    book     text NOT NULL,
    origin   text NOT NULL,
    witness  text NOT NULL,
    noted_at timestamptz NOT NULL,
    code     text NOT NULL,
    said     text NOT NULL,
    PRIMARY KEY (book, origin, witness, noted_at)
);

CREATE TRIGGER witness_problems_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.witness_problems
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_row_is_changed BEFORE UPDATE OR DELETE ON ledger.witness_problems
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

SELECT ledger.set_guards();
GRANT SELECT ON ledger.witness_problems TO ledger_auditor;

-- migrate:down
-- Nothing: migrations only go forward.
