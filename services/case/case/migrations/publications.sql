-- Whether a decision has social impact, and its publication where it has (APL 48).
CREATE TABLE publications (
    case_id        text NOT NULL REFERENCES cases,
    number         int NOT NULL CHECK (number > 0),
    document_id    text NOT NULL,
    has_impact     boolean NOT NULL,
    criteria       text[] NOT NULL,
    judged_by      text NOT NULL,
    judged_at      timestamptz NOT NULL,
    publish_by     date,
    publication_id text UNIQUE CHECK (publication_id ~ '^pub_[0-9a-z]{26}$'),
    published_at   timestamptz,
    sha256         text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    fallen         text CHECK (fallen IN ('REVOKED', 'CHANGED', 'UNLAWFUL', 'INVALID')),
    withdraw_by    date,
    withdrawn_at   timestamptz,
    overdue_at     timestamptz,
    -- What anybody reads, masked, and why it was withdrawn, under the secret of the case; null once it is erased.
    sealed         bytea,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT impact_names_its_criteria CHECK (has_impact = (cardinality(criteria) > 0)),
    CONSTRAINT what_has_impact_is_due CHECK (has_impact = (publish_by IS NOT NULL)),
    CONSTRAINT a_publication_is_whole CHECK (
        num_nonnulls(publication_id, published_at, sha256) IN (0, 3)),
    CONSTRAINT what_was_not_published_has_no_words CHECK (sealed IS NULL OR published_at IS NOT NULL),
    CONSTRAINT only_what_has_impact_is_published CHECK (published_at IS NULL OR has_impact),
    CONSTRAINT what_fell_is_due_for_withdrawal CHECK (
        (fallen IS NULL) = (withdraw_by IS NULL) AND (fallen IS NULL OR published_at IS NOT NULL)),
    CONSTRAINT only_what_fell_is_withdrawn CHECK (withdrawn_at IS NULL OR fallen IS NOT NULL)
);
CREATE INDEX publications_in_order ON publications (publication_id) WHERE publication_id IS NOT NULL;
SELECT guard('publications', 'case', 'case_id');
SELECT fence_with('publications', 'cases', 'case_id');
