-- The orders to correct (APL 28(1)): one row for each document that gives one.
CREATE TABLE correction_orders (
    document_id     text PRIMARY KEY REFERENCES documents,
    case_id         text NOT NULL REFERENCES cases,
    alone           boolean NOT NULL,
    ordered_at      timestamptz NOT NULL,
    days            int NOT NULL CHECK (days >= 0),
    service_ordered boolean NOT NULL,
    served_at       timestamptz,
    correct_by      date,
    complied        boolean,
    checked_at      timestamptz,
    proof_sha256    text CHECK (proof_sha256 ~ '^[0-9a-f]{64}$'),
    -- Since when it binds nobody, because its party was the wrong one.
    released_at     timestamptz,
    -- What the party is to do, under the secret of the case; null once the case is erased.
    sealed          bytea,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT the_days_run_from_the_service CHECK ((served_at IS NULL) = (correct_by IS NULL)),
    CONSTRAINT a_look_after_an_order_is_whole CHECK (num_nonnulls(complied, checked_at, proof_sha256) IN (0, 3)),
    CONSTRAINT nobody_is_checked_on_what_was_not_served CHECK (complied IS NULL OR served_at IS NOT NULL)
);
CREATE INDEX correction_orders_of_a_case ON correction_orders (case_id);
SELECT guard('correction_orders', 'case', 'case_id');
SELECT fence_with('correction_orders', 'cases', 'case_id');
