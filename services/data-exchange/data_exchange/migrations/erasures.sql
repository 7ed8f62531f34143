-- The end of the texts of an exchange: one person proposed it after the period of keeping, another approved it.
CREATE TABLE exchange_erasures (
    exchange_id text PRIMARY KEY REFERENCES exchanges,
    proposed_by text NOT NULL CHECK (proposed_by ~ '^off_[0-9a-z]{26}$'),
    proposed_at timestamptz NOT NULL,
    approved_by text CHECK (approved_by ~ '^off_[0-9a-z]{26}$'),
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nobody_approves_their_own_proposal CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_instant CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('exchange_erasures', 'exchange', 'exchange_id');
SELECT fence_with('exchange_erasures', 'exchanges', 'exchange_id');
