-- A decision that is revoked, made lighter or corrected: as proposed, reviewed, decided and served (APL 75(2)).
CREATE TABLE amendments (
    case_id       text NOT NULL REFERENCES cases,
    number        int NOT NULL CHECK (number > 0),
    kind          text NOT NULL CHECK (kind IN ('REVOKE', 'CHANGE', 'CORRECT')),
    cause         text NOT NULL,
    violations    text[],
    proposed_kind text,
    proposed_fen  bigint CHECK (proposed_fen >= 0),
    proposed_by   text NOT NULL,
    conclusion    text CHECK (conclusion IN ('PASS', 'RETURN')),
    reviewed_by   text,
    document_id   text,
    decided_at    timestamptz,
    refund_fen    bigint NOT NULL CHECK (refund_fen >= 0),
    served_at     timestamptz,
    -- Why, the reviewer's opinion and the corrected words, under the secret of the case; null once it is erased.
    sealed        bytea,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT only_a_change_has_a_penalty CHECK (
        num_nonnulls(violations, proposed_kind, proposed_fen) = CASE WHEN kind = 'CHANGE' THEN 3 ELSE 0 END),
    CONSTRAINT a_review_is_whole CHECK ((conclusion IS NULL) = (reviewed_by IS NULL)),
    CONSTRAINT nobody_reviews_what_they_proposed CHECK (reviewed_by IS DISTINCT FROM proposed_by),
    CONSTRAINT what_was_returned_is_not_decided CHECK (decided_at IS NULL OR conclusion IS DISTINCT FROM 'RETURN'),
    CONSTRAINT we_revoke_nothing_unreviewed CHECK (
        decided_at IS NULL OR conclusion = 'PASS' OR kind = 'CORRECT' OR cause = 'REMEDY_RESULT'),
    CONSTRAINT only_what_is_decided_is_served CHECK (served_at IS NULL OR decided_at IS NOT NULL)
);
-- One decision is revoked once.
CREATE UNIQUE INDEX a_revocation_ends_a_decision ON amendments (case_id)
    WHERE kind = 'REVOKE' AND decided_at IS NOT NULL;
SELECT guard('amendments', 'case', 'case_id');
SELECT fence_with('amendments', 'cases', 'case_id');
