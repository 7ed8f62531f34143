-- An agency's own words for a class of messages. The words themselves are no secret: everybody gets them.
CREATE TABLE templates (
    id           text PRIMARY KEY CHECK (id ~ '^tpl_[0-9a-z]{26}$'),
    agency_id    text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    code         text NOT NULL,
    language     text NOT NULL CHECK (language IN ('zh', 'en')),
    channel      text,
    version      integer NOT NULL CHECK (version > 0),
    title        text NOT NULL,
    text         text NOT NULL CHECK (char_length(text) BETWEEN 1 AND CASE language WHEN 'zh' THEN 300 ELSE 900 END),
    state        text NOT NULL CHECK (state IN ('DRAFT', 'IN_FORCE', 'WITHDRAWN')),
    drafted_by   text NOT NULL,
    drafted_at   timestamptz NOT NULL,
    approved_by  text[] NOT NULL,
    in_force_at  timestamptz,
    withdrawn_at timestamptz,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT words_are_in_force_after_two_approvals
        CHECK ((in_force_at IS NOT NULL) = (cardinality(approved_by) = 2) AND (state <> 'IN_FORCE' OR in_force_at IS NOT NULL)),
    CONSTRAINT two_approvals_are_of_two_people CHECK (cardinality(approved_by) < 2 OR approved_by[1] <> approved_by[2]),
    CONSTRAINT an_author_does_not_approve CHECK (drafted_by <> ALL (approved_by)),
    CONSTRAINT withdrawn_words_have_their_hour CHECK ((state = 'WITHDRAWN') = (withdrawn_at IS NOT NULL))
);
CREATE UNIQUE INDEX a_version_of_a_scope_is_given_once
    ON templates (agency_id, code, language, coalesce(channel, ''), version);
CREATE INDEX templates_in_order ON templates (agency_id, id);
SELECT guard('templates', 'template', 'id');
SELECT fence('templates');
