-- migrate:up

-- The read side: one row of positions per projection, and each projection's tables. All of it can be rebuilt from the log.

CREATE SCHEMA projections;

CREATE TABLE projections.positions (
    book       text NOT NULL,
    projection text NOT NULL,
    version    int NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (book, projection)
);

CREATE TABLE projections.journal_entries (
    book          text NOT NULL,
    position      bigint NOT NULL,
    originator_id text NOT NULL,
    topic         text NOT NULL,
    posting_date  date NOT NULL,
    occurred_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (book, position)
);

CREATE TABLE projections.journal_postings (
    book          text NOT NULL,
    position      bigint NOT NULL,
    line          int NOT NULL,
    account       text NOT NULL,
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL,
    balance_minor bigint NOT NULL,
    PRIMARY KEY (book, position, line)
);
CREATE INDEX postings_by_account ON projections.journal_postings (book, account, currency, position, line);

CREATE TABLE projections.balances (
    book          text NOT NULL,
    account       text NOT NULL,
    currency      text NOT NULL,
    control       text NOT NULL,
    balance_minor bigint NOT NULL,
    position      bigint NOT NULL,
    PRIMARY KEY (book, account, currency)
);

CREATE TABLE projections.orders (
    book               text NOT NULL,
    "order"            text NOT NULL,
    buyer              text NOT NULL,
    exporter           text NOT NULL,
    currency           text NOT NULL,
    status             text NOT NULL,
    transport_mode     text NOT NULL,
    ship_by            date NOT NULL,
    rulebook           text NOT NULL,
    total_minor        bigint NOT NULL,
    received_minor     bigint NOT NULL,
    held_minor         bigint NOT NULL,
    frozen_minor       bigint NOT NULL,
    released_minor     bigint NOT NULL,
    recovered_minor    bigint NOT NULL,
    refunded_minor     bigint NOT NULL,
    charged_back_minor bigint NOT NULL,
    placed_at          timestamptz NOT NULL,
    position           bigint NOT NULL,
    PRIMARY KEY (book, "order")
);
CREATE INDEX orders_by_buyer ON projections.orders (book, buyer, position);
CREATE INDEX orders_by_exporter ON projections.orders (book, exporter, position);
CREATE INDEX orders_by_status ON projections.orders (book, status, position);

-- Every entry sums to zero in every currency when a statement ends that touched its postings. Checking once a statement, not
-- once a row, keeps a batch of thousands cheap. Postings that are added are checked among themselves; where some are changed
-- or removed, what is left of their entries is.

CREATE FUNCTION projections.raise_unbalanced(book text, "position" bigint, currency text, difference numeric)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entry at position % of book % is off by % % minor units', "position", book, difference, currency
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_sum_to_zero';
END
$$;

CREATE FUNCTION projections.refuse_unbalanced_addition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM projections.raise_unbalanced(book, "position", currency, sum(amount_minor)) FROM added
    GROUP BY book, "position", currency HAVING sum(amount_minor) <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION projections.refuse_unbalanced_rest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM projections.raise_unbalanced(book, "position", currency, sum(amount_minor))
    FROM projections.journal_postings JOIN (SELECT DISTINCT book, "position" FROM touched) t USING (book, "position")
    GROUP BY book, "position", currency HAVING sum(amount_minor) <> 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER entries_sum_to_zero AFTER INSERT ON projections.journal_postings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION projections.refuse_unbalanced_addition();
CREATE TRIGGER changed_entries_sum_to_zero AFTER UPDATE ON projections.journal_postings
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION projections.refuse_unbalanced_rest();
CREATE TRIGGER shortened_entries_sum_to_zero AFTER DELETE ON projections.journal_postings
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION projections.refuse_unbalanced_rest();

-- migrate:down
-- Nothing: migrations only go forward.
