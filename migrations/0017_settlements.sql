-- migrate:up

-- What payment providers say that they pay out, and each line of it; `targets` is what a line is, as JSON, empty while it
-- is open; `to_explain_minor` is what of a line has to be explained, nothing where the provider took it for itself. Line 0
-- is what a settlement differs by.

CREATE TABLE projections.settlements (
    book             text NOT NULL,
    settlement       text NOT NULL,
    currency         text NOT NULL,
    settled_on       date,
    bank_reference   text NOT NULL,
    account          text NOT NULL,
    item             text NOT NULL,
    mapping          text NOT NULL,
    file_sha256      text NOT NULL,
    lines            int NOT NULL,
    unread           int NOT NULL,
    gross_minor      bigint NOT NULL,
    fee_minor        bigint NOT NULL,
    tax_minor        bigint NOT NULL,
    net_minor        bigint NOT NULL,
    difference_minor bigint NOT NULL,
    detail           text NOT NULL,
    recorded_on      date NOT NULL,
    recorded         bigint NOT NULL,
    position         bigint NOT NULL,
    PRIMARY KEY (book, settlement)
);
CREATE INDEX settlements_by_record ON projections.settlements (book, recorded);

CREATE TABLE projections.settlements_lines (
    book              text NOT NULL,
    settlement_line   text NOT NULL,
    settlement        text NOT NULL,
    number            int NOT NULL,
    kind              text NOT NULL,
    reference         text NOT NULL,
    payment_reference text NOT NULL,
    occurred_on       date,
    gross_minor       bigint NOT NULL,
    fee_minor         bigint NOT NULL,
    tax_minor         bigint NOT NULL,
    net_minor         bigint NOT NULL,
    to_explain_minor  bigint NOT NULL,
    targets           text NOT NULL,
    was_reopened      boolean NOT NULL,
    position          bigint NOT NULL,
    PRIMARY KEY (book, settlement_line)
);
CREATE INDEX settlement_lines_by_settlement ON projections.settlements_lines (book, settlement, number);
CREATE INDEX settlement_lines_open ON projections.settlements_lines (book, settlement)
    WHERE targets = '' AND to_explain_minor <> 0;

SELECT ledger.set_guards();

-- migrate:down
-- Nothing: migrations only go forward.
