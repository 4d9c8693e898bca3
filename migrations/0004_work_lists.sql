-- migrate:up

-- The read side of trades that don't go smoothly: which clocks run, which disputes are open, what partners have accrued;
-- and the part of an order's money that claims are about.

CREATE TABLE projections.deadlines (
    book       text NOT NULL,
    "order"    text NOT NULL,
    clock      text NOT NULL,
    kind       text NOT NULL,
    about      text NOT NULL,
    cause      text NOT NULL,
    silence_of text NOT NULL,
    effect     text NOT NULL,
    days       int NOT NULL,
    counted    text NOT NULL,
    started_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL,
    paused_at  timestamptz,
    position   bigint NOT NULL,
    PRIMARY KEY (book, "order", clock)
);
CREATE INDEX deadlines_by_due ON projections.deadlines (book, due_at, "order", clock);
CREATE INDEX deadlines_by_silence ON projections.deadlines (book, silence_of, due_at);
CREATE INDEX deadlines_by_about ON projections.deadlines (book, about, due_at);
CREATE INDEX deadlines_that_decide ON projections.deadlines (book, due_at, "order")
    WHERE effect = 'decides' AND paused_at IS NULL;

CREATE TABLE projections.disputes (
    book             text NOT NULL,
    "order"          text NOT NULL,
    number           int NOT NULL,
    status           text NOT NULL,
    buyer            text NOT NULL,
    exporter         text NOT NULL,
    currency         text NOT NULL,
    mediator         text NOT NULL,
    claims           int NOT NULL,
    open_claims      int NOT NULL,
    pending_decision int NOT NULL,
    claimed_minor    bigint NOT NULL,
    paid_minor       bigint NOT NULL,
    opened_at        timestamptz NOT NULL,
    escalated_at     timestamptz,
    settled_at       timestamptz,
    position         bigint NOT NULL,
    PRIMARY KEY (book, "order", number)
);
CREATE INDEX disputes_by_status ON projections.disputes (book, status, position);
CREATE INDEX disputes_by_mediator ON projections.disputes (book, mediator) WHERE mediator <> '';

CREATE TABLE projections.commissions (
    book                     text NOT NULL,
    partner                  text NOT NULL,
    exporter                 text NOT NULL,
    payer                    text NOT NULL,
    currency                 text NOT NULL,
    month                    date NOT NULL,
    accrued_minor            bigint NOT NULL,
    earned_minor             bigint NOT NULL,
    gst_minor                bigint NOT NULL,
    withheld_minor           bigint NOT NULL,
    clawed_back_minor        bigint NOT NULL,
    clawed_back_earned_minor bigint NOT NULL,
    position                 bigint NOT NULL,
    PRIMARY KEY (book, partner, exporter, payer, currency, month),
    CONSTRAINT a_month_is_its_first_day CHECK (extract(day FROM month) = 1)
);
CREATE INDEX commissions_by_exporter ON projections.commissions (book, exporter, month);
CREATE INDEX commissions_by_month ON projections.commissions (book, month);

ALTER TABLE projections.orders ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0;

-- migrate:down
-- Nothing: migrations only go forward.
