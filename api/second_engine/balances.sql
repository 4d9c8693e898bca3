-- Every balance of a book, derived from nothing but its exported log and a table of posting rules.
--
-- For DuckDB 1.5 or newer. Reads no table of the ledger's database and runs no code of the ledger. docs/second-engine.md
-- says how to run it alone, what stands in the log, and how to read the rules. It asks for:
--
--   SET VARIABLE log = 'DIR/book=main/*.parquet';
--   SET VARIABLE rules = 'posting_rules.csv';
--   SET VARIABLE positions = [1000, 500000];       -- balances after these events; of the last one, if not set
--   SET VARIABLE as_of = DATE '2026-10-31';        -- of what is posted up to this day; to any day, if not set
--
-- and leaves behind:
--
--   balances     at_position, account, currency, balance_minor: debits minus credits, in minor units
--   movements    position, originator_id, topic, posting_date, account, currency, amount_minor: one row a posting
--   unbalanced   position, currency, difference_minor: no rows where every entry sums to zero
--   altered      position, originator_id: no rows where every event is what its leaf hash was taken of

-- 1. The log. `state` is what the ledger stored, byte for byte, as JSON:
--    {"schema":1,"occurred_at":..,"recorded_at":..,"posting_date":"2026-11-22",..,"event":{..}}

CREATE OR REPLACE TEMP VIEW log AS
SELECT position, originator_id, version, topic, state, leaf_hash
FROM read_parquet(getvariable('log'), hive_partitioning = false);

SELECT error(format('not a whole log: {} events at positions {} to {}', events, first, last)) AS problem
FROM (
    SELECT count(*) AS events, count(DISTINCT position) AS places, min(position) AS first, max(position) AS last FROM log
)
WHERE events <> places OR first <> 1 OR last <> events;

CREATE OR REPLACE TEMP MACRO bytes(number, digits) AS unhex(lpad(hex(number), digits, '0'));

CREATE OR REPLACE TEMP VIEW altered AS
SELECT position, originator_id
FROM log
WHERE unhex(sha256(
    '\x00\x01'::BLOB || bytes(position, 16)
    || bytes(octet_length(encode(originator_id)), 4) || encode(originator_id) || bytes(version, 16)
    || bytes(octet_length(encode(topic)), 4) || encode(topic)
    || bytes(octet_length(state), 8) || state
)) <> leaf_hash;

-- 2. The rules, taken apart. An account is text with {names} in it; an amount is a sum of names; a condition is some
--    "name = value" joined by "and". A name is the path of a field, as event.gst.treatment.

CREATE OR REPLACE TEMP TABLE posting_rules AS
SELECT
    topic, schema, line, side, '$.' || each AS each,
    list_transform(
        regexp_extract_all(account, '[^{}]+|\{[^{}]*\}'),
        lambda part: {'text': if(part[1] = '{', NULL, part), 'path': '$.' || trim(part, '{}')}
    ) AS account,
    list_transform(
        regexp_extract_all(amount, '[+-]? *[^ +-]+'),
        lambda part: {'sign': if(part[1] = '-', -1, 1), 'path': '$.' || trim(part, '+- ')}
    ) AS amount,
    list_transform(
        string_split(condition, ' and '),
        lambda part: {'path': '$.' || split_part(part, ' = ', 1), 'value': split_part(part, ' = ', 2)}
    ) AS condition
FROM read_csv(
    getvariable('rules'),
    header = true,
    columns = {
        'topic': 'VARCHAR', 'schema': 'INTEGER', 'line': 'INTEGER', 'side': 'VARCHAR', 'account': 'VARCHAR',
        'amount': 'VARCHAR', 'each': 'VARCHAR', 'condition': 'VARCHAR'
    }
);

-- 3. What each event posts. Every event must have a rule, and whatever a rule names must be there.

CREATE OR REPLACE TEMP VIEW events AS
SELECT
    position, originator_id, topic, decode(state) AS state,
    regexp_extract(decode(state), '^\{"schema":([0-9]+),', 1)::INTEGER AS schema
FROM log;

SELECT error(format('no rule for {}, schema {}, at position {}', topic, schema, position)) AS problem
FROM (SELECT topic, schema, min(position) AS position FROM events GROUP BY ALL)
ANTI JOIN posting_rules USING (topic, schema)
ORDER BY position;

CREATE OR REPLACE TEMP MACRO found(path, document) AS
    coalesce(document ->> path, error(format('no {} in {}', path[3:], document)));

CREATE OR REPLACE TEMP TABLE movements AS
WITH booked AS (
    SELECT
        position, originator_id, topic, schema, split_part(originator_id, ':', 2) AS key,
        found('$.posting_date', state)::DATE AS posting_date,
        state -> '$.event' AS event
    FROM events
    SEMI JOIN (SELECT topic, schema FROM posting_rules WHERE side <> 'none') USING (topic, schema)
), documents AS (
    SELECT
        position, originator_id, topic, schema, posting_date,
        format('{{"key":{},"party":{},"event":{}}}', to_json(key), to_json(split_part(key, '/', 1)), event) AS document
    FROM booked
), ruled AS (
    SELECT
        position, originator_id, topic, posting_date, side, account, amount, condition,
        unnest(
            CASE
                WHEN each IS NULL THEN [document]
                ELSE list_transform(
                    from_json(found(each, document), '["JSON"]'),
                    lambda item: format('{},"item":{}}}', document[:-2], item)
                )
            END
        ) AS document
    FROM documents
    JOIN posting_rules USING (topic, schema)
), lines AS (
    SELECT
        position, originator_id, topic, posting_date,
        array_to_string(
            list_transform(account, lambda part: coalesce(part.text, found(part.path, document))), ''
        ) AS account,
        coalesce(document ->> '$.item.currency', found('$.event.currency', document)) AS currency,
        CASE side WHEN 'debit' THEN 1 WHEN 'credit' THEN -1 ELSE error(format('not a side: {}', side)) END * list_sum(
            list_transform(amount, lambda part: part.sign * found(part.path, document)::BIGINT)
        )::BIGINT AS amount_minor
    FROM ruled
    WHERE condition IS NULL
        OR list_bool_and(list_transform(condition, lambda part: found(part.path, document) = part.value))
)
SELECT * FROM lines WHERE amount_minor <> 0;

-- What an event takes off an account and puts there again, item by item, it doesn't post.

DELETE FROM movements
WHERE (position, account, currency) IN (
    SELECT position, account, currency
    FROM movements
    SEMI JOIN (SELECT topic FROM posting_rules WHERE each IS NOT NULL) USING (topic)
    GROUP BY ALL HAVING sum(amount_minor) = 0
);

-- 4. What is asked.

CREATE OR REPLACE TEMP VIEW balances AS
SELECT at_position, account, currency, sum(amount_minor)::BIGINT AS balance_minor
FROM movements
JOIN (SELECT unnest(coalesce(getvariable('positions'), [(SELECT max(position) FROM log)])) AS at_position)
    ON position <= at_position
WHERE posting_date <= coalesce(getvariable('as_of'), DATE 'infinity')
GROUP BY ALL;

CREATE OR REPLACE TEMP VIEW unbalanced AS
SELECT position, currency, sum(amount_minor) AS difference_minor
FROM movements GROUP BY ALL HAVING difference_minor <> 0;
