-- Money that is not owed goes back: one row a refund, from the ground to the bank's word.
CREATE TABLE refunds (
    case_id       text NOT NULL REFERENCES cases,
    number        int NOT NULL CHECK (number > 0),
    cause         text NOT NULL CHECK (cause IN ('OVERPAID', 'REVOKED', 'CHANGED')),
    reference     text NOT NULL CHECK (reference ~ '^[0-9]{20}$'),
    fine_fen      bigint NOT NULL CHECK (fine_fen >= 0),
    surcharge_fen bigint NOT NULL CHECK (surcharge_fen >= 0),
    surplus_fen   bigint NOT NULL CHECK (surplus_fen >= 0),
    opened_at     timestamptz NOT NULL,
    opened_by     text,
    asked_by      text,
    approved_by   text,
    approved_at   timestamptz,
    interest_fen  bigint NOT NULL CHECK (interest_fen >= 0),
    refunded_at   timestamptz,
    serial        text,
    notice_sha256 bytea CHECK (length(notice_sha256) = 32),
    withdrawn     boolean NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_refund_reference_names_one_refund UNIQUE (reference),
    CONSTRAINT a_serial_of_the_bank_is_one_refund UNIQUE (serial),
    CONSTRAINT something_goes_back CHECK (fine_fen + surcharge_fen + surplus_fen > 0),
    CONSTRAINT nobody_approves_what_they_asked_for CHECK (approved_by <> asked_by AND approved_by <> opened_by),
    CONSTRAINT an_approval_was_asked_for CHECK (approved_by IS NULL OR asked_by IS NOT NULL),
    CONSTRAINT an_approved_refund_has_its_hour CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT money_goes_back_once_approved CHECK (refunded_at IS NULL OR refunded_at >= approved_at),
    CONSTRAINT the_bank_says_what_went_back CHECK (num_nonnulls(refunded_at, serial, notice_sha256) IN (0, 3)),
    CONSTRAINT what_is_approved_is_not_withdrawn CHECK (NOT withdrawn OR approved_by IS NULL)
);
SELECT guard('refunds', 'case', 'case_id');
SELECT fence_with('refunds', 'cases', 'case_id');
