-- migrate:up

-- The log: events, what became of commands, and one head row per book. `book` leads every key.

CREATE SCHEMA ledger;

CREATE TABLE ledger.log_head (
    book             text PRIMARY KEY,
    size             bigint NOT NULL DEFAULT 0,
    frontier         bytea NOT NULL DEFAULT '',
    last_recorded_at timestamptz NOT NULL DEFAULT 'epoch',
    CONSTRAINT frontier_holds_whole_hashes CHECK (octet_length(frontier) % 32 = 0)
) WITH (fillfactor = 10);

CREATE TABLE ledger.events (
    book          text NOT NULL,
    position      bigint NOT NULL,
    originator_id text NOT NULL,
    version       bigint NOT NULL,
    topic         text NOT NULL,
    state         bytea NOT NULL,
    leaf_hash     bytea NOT NULL,
    PRIMARY KEY (book, position),
    CONSTRAINT an_aggregate_has_one_event_per_version UNIQUE (book, originator_id, version),
    CONSTRAINT positions_count_from_one CHECK (position >= 1),
    CONSTRAINT a_leaf_hash_is_sha256 CHECK (octet_length(leaf_hash) = 32)
);

CREATE TABLE ledger.outcomes (
    book           text NOT NULL,
    principal      text NOT NULL,
    command_id     text NOT NULL,
    request_hash   bytea NOT NULL,
    first_position bigint,
    last_position  bigint,
    refusal        bytea,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (book, command_id, principal),
    CONSTRAINT an_outcome_is_accepted_or_refused
        CHECK ((refusal IS NULL) = (first_position IS NOT NULL) AND (refusal IS NULL) = (last_position IS NOT NULL))
);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION ledger.refuse_shrinking_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.book <> OLD.book OR NEW.size < OLD.size OR NEW.last_recorded_at < OLD.last_recorded_at THEN
        RAISE EXCEPTION 'the head of book % only moves forward', OLD.book
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER outcomes_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER heads_are_never_removed BEFORE DELETE OR TRUNCATE ON ledger.log_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER heads_only_move_forward BEFORE UPDATE ON ledger.log_head
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_shrinking_head();

-- migrate:down
-- Nothing: migrations only go forward.
