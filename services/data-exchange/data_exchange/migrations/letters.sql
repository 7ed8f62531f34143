-- The letters of an exchange (D-37), in the order of making. Their bytes lie in the blob store, sealed for the exchange.
-- A letter that is void keeps its number: none is given twice.
CREATE TABLE exchange_letters (
    exchange_id text NOT NULL REFERENCES exchanges,
    n           integer NOT NULL CHECK (n > 0),
    kind        text NOT NULL CHECK (kind IN ('REQUEST', 'REPLY', 'URGING')),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    series      text NOT NULL,
    year        integer NOT NULL,
    serial      integer NOT NULL CHECK (serial > 0),
    number      text NOT NULL,
    template    text NOT NULL,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    made_at     timestamptz NOT NULL,
    voided_at   timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (exchange_id, n),
    CONSTRAINT a_letter_number_is_given_once UNIQUE (series, year, serial)
);
SELECT guard('exchange_letters', 'exchange', 'exchange_id');
SELECT fence_with('exchange_letters', 'exchanges', 'exchange_id');
