-- migrate:up

-- Webhooks: who outside is told of a book's events, how far they are, and what couldn't be delivered. It is no part of
-- the record: events stay in the log whatever becomes of a delivery. `secret` is sealed with a key that no database holds.
CREATE TABLE ledger.webhooks (
    book            text NOT NULL,
    webhook         text NOT NULL,
    key             text NOT NULL,
    request_hash    bytea NOT NULL,
    url             text NOT NULL,
    description     text NOT NULL,
    reader_role     text NOT NULL,
    reader_party    text NOT NULL,
    topics          text[] NOT NULL,
    about_order     text NOT NULL,
    about_party     text NOT NULL,
    status          text NOT NULL,
    reason          text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    created_by      text NOT NULL,
    secret          bytea NOT NULL,
    former_secret   bytea NOT NULL DEFAULT '',
    former_until    timestamptz NOT NULL DEFAULT 'epoch',
    rotated_by_key  text NOT NULL DEFAULT '',
    position        bigint NOT NULL,
    attempts        int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT 'epoch',
    failing_since   timestamptz,
    problem         text NOT NULL DEFAULT '',
    deliveries      bigint NOT NULL DEFAULT 0,
    leased_by       text NOT NULL DEFAULT '',
    leased_until    timestamptz NOT NULL DEFAULT 'epoch',
    PRIMARY KEY (book, webhook),
    CONSTRAINT a_key_subscribes_once UNIQUE (book, key),
    CONSTRAINT a_webhook_is_active_paused_or_ended CHECK (status IN ('active', 'paused', 'ended')),
    CONSTRAINT what_is_ended_signs_nothing CHECK (status <> 'ended' OR (secret = '' AND former_secret = ''))
) WITH (fillfactor = 50);

-- The last attempts to deliver, so many of each webhook as api/webhooks/outbox.py says.
CREATE TABLE ledger.webhook_deliveries (
    book         text NOT NULL,
    webhook      text NOT NULL,
    number       bigint NOT NULL,
    position     bigint NOT NULL,
    attempt      int NOT NULL,
    at           timestamptz NOT NULL,
    outcome      text NOT NULL,
    status       int,
    problem      text NOT NULL,
    milliseconds int NOT NULL,
    PRIMARY KEY (book, webhook, number)
);

-- An event that wasn't delivered by the last attempt. While it is replayed, `next_attempt_at` says when it is tried again.
CREATE TABLE ledger.webhook_dead_letters (
    book            text NOT NULL,
    webhook         text NOT NULL,
    position        bigint NOT NULL,
    attempts        int NOT NULL,
    died_at         timestamptz NOT NULL,
    problem         text NOT NULL,
    replay_attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    PRIMARY KEY (book, webhook, position)
);

SELECT ledger.set_guards();
GRANT UPDATE ON ledger.webhooks, ledger.webhook_dead_letters TO ledger_writer;
GRANT DELETE ON ledger.webhook_deliveries, ledger.webhook_dead_letters TO ledger_writer;
GRANT SELECT ON ledger.webhook_deliveries, ledger.webhook_dead_letters TO ledger_auditor;
GRANT SELECT (book, webhook, url, description, reader_role, reader_party, topics, about_order, about_party, status, reason,
    created_at, created_by, position, attempts, next_attempt_at, failing_since, problem, deliveries)
    ON ledger.webhooks TO ledger_auditor;

-- migrate:down
-- Nothing: migrations only go forward.
