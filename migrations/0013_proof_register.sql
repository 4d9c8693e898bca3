-- migrate:up

-- What proves the log, in the order in which it was kept: a line for each checkpoint, cosignature and time token, with
-- SHA-256 over all its columns. Whoever signs remembers, apart from this database, what the lines of an origin come to
-- up to a number: so none can be changed, taken out or put in another's place unseen. docs/tamper-matrix.md
CREATE TABLE ledger.proof_register (
    book   text NOT NULL,
    origin text NOT NULL,
    number bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (book, origin, number),
    UNIQUE (book, origin, digest),
    CONSTRAINT a_digest_is_sha256 CHECK (octet_length(digest) = 32)
);

CREATE FUNCTION ledger.digest_of(kept ledger.checkpoints) RETURNS bytea LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(json_build_array('checkpoint', kept.book, kept.origin, kept.size, kept.key,
        encode(kept.root, 'hex'), encode(kept.note, 'hex'), extract(epoch FROM kept.signed_at))::text, 'UTF8'))
$$;

CREATE FUNCTION ledger.digest_of(kept ledger.cosignatures) RETURNS bytea LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(json_build_array('cosignature', kept.book, kept.origin, kept.size, kept.witness, kept.line,
        extract(epoch FROM kept.cosigned_at))::text, 'UTF8'))
$$;

CREATE FUNCTION ledger.digest_of(kept ledger.time_tokens) RETURNS bytea LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(json_build_array('time token', kept.book, kept.origin, kept.size, kept.authority,
        encode(kept.token, 'hex'), extract(epoch FROM kept.stamped_at))::text, 'UTF8'))
$$;

-- A restored row has its line already, and one that is replicated brings it.
CREATE FUNCTION ledger.register_proof() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('session_replication_role') <> 'replica' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('register ' || NEW.book, 0));
        INSERT INTO ledger.proof_register (book, origin, number, digest)
        SELECT NEW.book, NEW.origin, coalesce(max(number), 0) + 1, ledger.digest_of(NEW) FROM ledger.proof_register
        WHERE book = NEW.book AND origin = NEW.origin
        ON CONFLICT (book, origin, digest) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

INSERT INTO ledger.proof_register (book, origin, number, digest)
SELECT book, origin, row_number() OVER (PARTITION BY book, origin ORDER BY kept_at, digest), digest FROM (
    SELECT book, origin, signed_at AS kept_at, ledger.digest_of(c) AS digest FROM ledger.checkpoints c
    UNION ALL
    SELECT book, origin, cosigned_at, ledger.digest_of(c) FROM ledger.cosignatures c
    UNION ALL
    SELECT book, origin, stamped_at, ledger.digest_of(t) FROM ledger.time_tokens t
) AS kept;

CREATE TRIGGER checkpoints_are_registered AFTER INSERT ON ledger.checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger.register_proof();
CREATE TRIGGER cosignatures_are_registered AFTER INSERT ON ledger.cosignatures
    FOR EACH ROW EXECUTE FUNCTION ledger.register_proof();
CREATE TRIGGER time_tokens_are_registered AFTER INSERT ON ledger.time_tokens
    FOR EACH ROW EXECUTE FUNCTION ledger.register_proof();
CREATE TRIGGER proof_register_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.proof_register
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_row_is_changed BEFORE UPDATE OR DELETE ON ledger.proof_register
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

SELECT ledger.set_guards();
GRANT SELECT ON ledger.proof_register TO ledger_reader, ledger_auditor;
GRANT EXECUTE ON FUNCTION ledger.digest_of(ledger.checkpoints), ledger.digest_of(ledger.cosignatures),
    ledger.digest_of(ledger.time_tokens) TO ledger_writer, ledger_auditor;

-- migrate:down
-- Nothing: migrations only go forward.
