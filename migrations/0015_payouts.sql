-- migrate:up

-- Payouts: one row per payout and one per file that told a bank of some; and what each payee account may be paid, which
-- says whom there is to pay.

CREATE TABLE projections.payouts (
    book           text NOT NULL,
    payout         text NOT NULL,
    kind           text NOT NULL,
    party          text NOT NULL,
    currency       text NOT NULL,
    amount_minor   bigint NOT NULL,
    status         text NOT NULL,
    pays_from      text NOT NULL,
    pays_to        text NOT NULL,
    pay_on         date NOT NULL,
    approvals      int NOT NULL,
    approved_by    text[] NOT NULL,
    planned_by     text NOT NULL,
    planned_at     timestamptz NOT NULL,
    first_item     int NOT NULL,
    last_item      int NOT NULL,
    file           text NOT NULL,
    instructed_at  timestamptz,
    debited_minor  bigint NOT NULL,
    debited_on     date,
    returned_on    date,
    reason         text NOT NULL,
    reissues       text NOT NULL,
    reissued_as    text NOT NULL,
    planned        bigint NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (book, payout)
);
CREATE INDEX payouts_by_plan ON projections.payouts (book, planned);
CREATE INDEX payouts_by_party ON projections.payouts (book, party, planned);
CREATE INDEX payouts_by_status ON projections.payouts (book, status, planned);
CREATE INDEX payouts_by_file ON projections.payouts (book, file) WHERE file <> '';

CREATE TABLE projections.payouts_files (
    book         text NOT NULL,
    file         text NOT NULL,
    format       text NOT NULL,
    pays_from    text NOT NULL,
    pay_on       date NOT NULL,
    currency     text NOT NULL,
    payouts      int NOT NULL,
    amount_minor bigint NOT NULL,
    sha256       text NOT NULL,
    written_by   text NOT NULL,
    written_at   timestamptz NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (book, file)
);
CREATE INDEX payout_files_by_position ON projections.payouts_files (book, position);

CREATE TABLE projections.payees (
    book           text NOT NULL,
    party          text NOT NULL,
    currency       text NOT NULL,
    balance_minor  bigint NOT NULL,
    reserved_minor bigint NOT NULL,
    items          int NOT NULL,
    taken          int NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (book, party, currency)
);
CREATE INDEX payees_with_something ON projections.payees (book, party, currency)
    WHERE balance_minor <> reserved_minor;

-- migrate:down
-- Nothing: migrations only go forward.
