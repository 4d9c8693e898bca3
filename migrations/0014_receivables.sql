-- migrate:up

-- What exporters' shipments and remittances come to at their banks: one row per shipping bill, one per remittance, as folded
-- from the log up to positions.receivables.

CREATE TABLE projections.receivables (
    book             text NOT NULL,
    receivable       text NOT NULL,
    exporter         text NOT NULL,
    currency         text NOT NULL,
    settled_in       text NOT NULL,
    shipped_on       date NOT NULL,
    due_on           date NOT NULL,
    due_at           timestamptz NOT NULL,
    orders           text[] NOT NULL,
    invoiced_minor   bigint NOT NULL,
    realised_minor   bigint NOT NULL,
    deducted_minor   bigint NOT NULL,
    open_minor       bigint NOT NULL,
    certified_minor  bigint NOT NULL,
    declarable       boolean NOT NULL,
    closed_by        text,
    position         bigint NOT NULL,
    PRIMARY KEY (book, receivable)
);
CREATE INDEX receivables_by_due ON projections.receivables (book, due_at, receivable) WHERE closed_by IS NULL;

CREATE TABLE projections.receivables_remittances (
    book             text NOT NULL,
    remittance       text NOT NULL,
    exporter         text NOT NULL,
    currency         text NOT NULL,
    amount_minor     bigint NOT NULL,
    allocated_minor  bigint NOT NULL,
    left_minor       bigint NOT NULL,
    received_on      date NOT NULL,
    purpose          text NOT NULL,
    ad_code          text NOT NULL,
    ship_by          date,
    receivables      text[] NOT NULL,
    position         bigint NOT NULL,
    PRIMARY KEY (book, remittance)
);
CREATE INDEX remittances_left ON projections.receivables_remittances (book, received_on, remittance) WHERE left_minor > 0;

-- migrate:down
-- Nothing: migrations only go forward.
