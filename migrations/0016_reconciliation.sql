-- migrate:up

-- The bank beside the ledger: its accounts, their statements and lines, what the ledger expects there, which lines were
-- matched, and the breaks: what isn't explained yet.

CREATE TABLE projections.reconciliation_accounts (
    book         text NOT NULL,
    bank_account text NOT NULL,
    account      text NOT NULL,
    currency     text NOT NULL,
    identifiers  text[] NOT NULL,
    name         text NOT NULL,
    bic          text NOT NULL,
    country      text NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (book, bank_account)
);

CREATE TABLE projections.reconciliation_statements (
    book             text NOT NULL,
    statement        text NOT NULL,
    bank_account     text NOT NULL,
    number           text NOT NULL,
    format           text NOT NULL,
    file_sha256      text NOT NULL,
    from_on          date,
    to_on            date,
    opening_minor    bigint,
    closing_minor    bigint,
    entries          int NOT NULL,
    new_entries      int NOT NULL,
    difference_minor bigint,
    gap_minor        bigint,
    position         bigint NOT NULL,
    PRIMARY KEY (book, statement)
);
CREATE INDEX statements_by_account ON projections.reconciliation_statements (book, bank_account, position);
CREATE INDEX statements_by_position ON projections.reconciliation_statements (book, position);

-- `targets` is what the line is matched to, as JSON; empty while it is open.

CREATE TABLE projections.reconciliation_entries (
    book         text NOT NULL,
    entry        text NOT NULL,
    bank_account text NOT NULL,
    account      text NOT NULL,
    currency     text NOT NULL,
    amount_minor bigint NOT NULL,
    value_date   date NOT NULL,
    booking_date date NOT NULL,
    ordinal      int NOT NULL,
    statement    text NOT NULL,
    code         text NOT NULL,
    is_reversal  boolean NOT NULL,
    detail       text NOT NULL,
    match        text NOT NULL,
    targets      text NOT NULL,
    recorded     bigint NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (book, entry)
);
CREATE INDEX bank_entries_by_record ON projections.reconciliation_entries (book, recorded);
CREATE INDEX bank_entries_by_day ON projections.reconciliation_entries (book, bank_account, booking_date);
CREATE INDEX bank_entries_by_statement ON projections.reconciliation_entries (book, statement);
CREATE INDEX bank_entries_open ON projections.reconciliation_entries (book, bank_account, recorded) WHERE match = '';

-- `said_minor` is the whole of the posting as matches said it: `verify` compares it with what was posted.

CREATE TABLE projections.reconciliation_items (
    book          text NOT NULL,
    item          text NOT NULL,
    account       text NOT NULL,
    currency      text NOT NULL,
    of_minor      bigint NOT NULL,
    settled_minor bigint NOT NULL,
    said_minor    bigint,
    originator    text NOT NULL,
    topic         text NOT NULL,
    reference     text NOT NULL,
    posted_on     date NOT NULL,
    posted        bigint NOT NULL,
    position      bigint NOT NULL,
    PRIMARY KEY (book, item)
);
CREATE INDEX open_items_by_post ON projections.reconciliation_items (book, posted);
CREATE INDEX open_items_open ON projections.reconciliation_items (book, account, posted) WHERE of_minor <> settled_minor;

CREATE TABLE projections.reconciliation_matches (
    book        text NOT NULL,
    match       text NOT NULL,
    entries     text[] NOT NULL,
    rule        text NOT NULL,
    certain     boolean NOT NULL,
    score       int NOT NULL,
    reason      text NOT NULL,
    made_by     text NOT NULL,
    made_at     timestamptz NOT NULL,
    undone_by   text NOT NULL,
    undone_at   timestamptz,
    undone_for  text NOT NULL,
    made        bigint NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (book, match)
);
CREATE INDEX matches_by_make ON projections.reconciliation_matches (book, made);

-- `candidates` is JSON; `how` and `closed_at` are empty while the break is open.

CREATE TABLE projections.breaks (
    book          text NOT NULL,
    break_key     text NOT NULL,
    number        int NOT NULL,
    subject       text NOT NULL,
    kind          text NOT NULL,
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL,
    of_minor      bigint NOT NULL,
    bank_account  text NOT NULL,
    since         date NOT NULL,
    candidates    text NOT NULL,
    reason        text NOT NULL,
    owner         text NOT NULL,
    comments      int NOT NULL,
    write_off     int NOT NULL,
    how           text NOT NULL,
    explained_by  text NOT NULL,
    raised_at     timestamptz NOT NULL,
    closed_at     timestamptz,
    raised        bigint NOT NULL,
    position      bigint NOT NULL,
    PRIMARY KEY (book, break_key)
);
CREATE INDEX breaks_by_raise ON projections.breaks (book, raised);
CREATE INDEX breaks_open ON projections.breaks (book, since) WHERE how = '';

CREATE TABLE projections.breaks_comments (
    book         text NOT NULL,
    comment_of   text NOT NULL,
    break_key    text NOT NULL,
    number       int NOT NULL,
    comment      text NOT NULL,
    commented_by text NOT NULL,
    commented_at timestamptz NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (book, comment_of)
);
CREATE INDEX comments_by_break ON projections.breaks_comments (book, break_key, number);

SELECT ledger.set_guards();

-- migrate:down
-- Nothing: migrations only go forward.
