-- An agency has the receipt of a record of the other side, or of a period that passed in silence.
CREATE TABLE receipt_acknowledgements (
    record_id       uuid NOT NULL REFERENCES outbox,
    agency_id       text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    exchange_id     text NOT NULL REFERENCES exchanges,
    acknowledged_at timestamptz NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (record_id, agency_id)
);
SELECT guard('receipt_acknowledgements', 'exchange', 'exchange_id');
SELECT fence_with('receipt_acknowledgements', 'exchanges', 'exchange_id');
