-- migrate:up

-- Balances at any moment: by what was recorded up to a position, by what was posted up to a day, and by both at once.
--
-- A posting is on time for its account if no posting before it, in the order of the log, has a later posting date; else it
-- is late. Postings on time stand in order of position and of day alike, so one running sum answers for both; late ones are
-- summed by the year, month and day of their posting date. Both columns are null in rows that journal version 1 made.

ALTER TABLE projections.journal_postings
    ADD COLUMN posting_date  date,
    ADD COLUMN late          boolean,
    ADD COLUMN on_time_minor bigint;
CREATE INDEX postings_by_day ON projections.journal_postings
    (book, account, currency, late, posting_date, position, line);

CREATE TABLE projections.late_sums (
    book      text NOT NULL,
    account   text NOT NULL,
    currency  text NOT NULL,
    span      text NOT NULL,
    first_day date NOT NULL,
    position  bigint NOT NULL,
    line      int NOT NULL,
    sum_minor bigint NOT NULL,
    PRIMARY KEY (book, account, currency, span, first_day, position, line)
);

-- migrate:down
-- Nothing: migrations only go forward.
