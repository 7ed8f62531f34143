-- The draft of the prompt that waits for an officer, and when it was found overdue.
CREATE TABLE prompt_drafts (
    case_id         text PRIMARY KEY REFERENCES cases,
    ruleset         text NOT NULL,
    drafted_at      timestamptz NOT NULL,
    sla_missed_at   timestamptz,
    limit_missed_at timestamptz,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT the_last_day_passes_after_the_first CHECK (limit_missed_at IS NULL OR sla_missed_at IS NOT NULL)
);
SELECT guard('prompt_drafts', 'case', 'case_id');
SELECT fence_with('prompt_drafts', 'cases', 'case_id');

-- What each prompt that was sent asks of the party.
CREATE TABLE prompts (
    document_id text PRIMARY KEY REFERENCES documents,
    case_id     text NOT NULL REFERENCES cases,
    -- The officer's words, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
CREATE INDEX prompts_of_a_case ON prompts (case_id);
SELECT guard('prompts', 'case', 'case_id');
SELECT fence_with('prompts', 'cases', 'case_id');
