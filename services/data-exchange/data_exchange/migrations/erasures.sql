-- The end of the texts of an object: one person proposed it after the period of keeping, another approved it.
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

CREATE TABLE comparison_erasures (
    comparison_id text PRIMARY KEY REFERENCES comparisons,
    proposed_by   text NOT NULL CHECK (proposed_by ~ '^off_[0-9a-z]{26}$'),
    proposed_at   timestamptz NOT NULL,
    approved_by   text CHECK (approved_by ~ '^off_[0-9a-z]{26}$'),
    approved_at   timestamptz,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nobody_approves_their_own_proposal CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_instant CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('comparison_erasures', 'comparison', 'comparison_id');
SELECT fence_with('comparison_erasures', 'comparisons', 'comparison_id');

CREATE TABLE use_erasures (
    use_id      text PRIMARY KEY REFERENCES data_uses,
    proposed_by text NOT NULL CHECK (proposed_by ~ '^off_[0-9a-z]{26}$'),
    proposed_at timestamptz NOT NULL,
    approved_by text CHECK (approved_by ~ '^off_[0-9a-z]{26}$'),
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nobody_approves_their_own_proposal CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_instant CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('use_erasures', 'use', 'use_id');
SELECT fence_with('use_erasures', 'data_uses', 'use_id');

CREATE TABLE dispute_erasures (
    dispute_id  text PRIMARY KEY REFERENCES disputes,
    proposed_by text NOT NULL CHECK (proposed_by ~ '^off_[0-9a-z]{26}$'),
    proposed_at timestamptz NOT NULL,
    approved_by text CHECK (approved_by ~ '^off_[0-9a-z]{26}$'),
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nobody_approves_their_own_proposal CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_instant CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('dispute_erasures', 'dispute', 'dispute_id');
SELECT fence_with('dispute_erasures', 'disputes', 'dispute_id');
