-- One item of the catalogue of government data. Its agency sees it; the data authority once it was submitted to it;
-- every agency once a version is listed.
CREATE TABLE catalogue_items (
    id                   text PRIMARY KEY CHECK (id ~ '^cat_[0-9a-z]{26}$'),
    agency_id            text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    authority_id         text CHECK (authority_id ~ '^agy_[0-9a-z]{26}$'),
    state                text NOT NULL CHECK (state IN ('DRAFT', 'SIGNED_OFF', 'SUBMITTED', 'RETURNED', 'LISTED')),
    version              integer NOT NULL CHECK (version > 0),
    listed_version       integer CHECK (listed_version BETWEEN 1 AND version),
    secrecy              text CHECK (secrecy IN ('PASSED', 'NOT_PASSED')),
    personal_information text CHECK (personal_information IN ('PASSED', 'NOT_PASSED')),
    change_extended      boolean NOT NULL,
    revision             integer NOT NULL CHECK (revision >= 0),
    row_salt             bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_submitted_item_has_an_authority CHECK (state NOT IN ('SUBMITTED', 'LISTED') OR authority_id IS NOT NULL),
    CONSTRAINT a_sign_off_needs_both_assessments CHECK (state NOT IN ('SIGNED_OFF', 'SUBMITTED', 'LISTED')
        OR (secrecy = 'PASSED' AND personal_information = 'PASSED'))
);
CREATE INDEX catalogue_items_of_an_agency ON catalogue_items (agency_id, id);
SELECT guard('catalogue_items', 'catalogue', 'id');
SELECT fence('catalogue_items', NULL, 'agency_id', 'authority_id');
CREATE POLICY listed_for_every_agency ON catalogue_items FOR SELECT USING (listed_version IS NOT NULL);

-- Whether the caller is the item's agency or its authority. A listed item alone does not show what the two told each other.
CREATE FUNCTION is_party_to_item(of text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM catalogue_items i WHERE i.id = of AND (sees(i.agency_id) OR sees(i.authority_id)))
$$;

-- What a version says. Its words are sealed under the secret of the item. `listed_at` is null until it is listed.
CREATE TABLE catalogue_versions (
    item_id         text NOT NULL REFERENCES catalogue_items,
    n               integer NOT NULL CHECK (n > 0),
    share           text NOT NULL CHECK (share IN ('UNCONDITIONAL', 'CONDITIONAL', 'NOT_SHARED')),
    classification  text NOT NULL,
    manners         text[] NOT NULL,
    fields          text[] NOT NULL,
    personal_fields text[] NOT NULL,
    drafted_at      timestamptz NOT NULL,
    listed_at       timestamptz,
    sealed          bytea,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (item_id, n),
    CONSTRAINT a_secret_is_no_government_data CHECK (classification IN ('GENERAL', 'IMPORTANT', 'CORE')),
    CONSTRAINT a_personal_field_is_a_field CHECK (personal_fields <@ fields)
);
SELECT guard('catalogue_versions', 'catalogue', 'item_id');
ALTER TABLE catalogue_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON catalogue_versions USING (is_party_to_item(item_id)) WITH CHECK (is_party_to_item(item_id));
CREATE POLICY listed_for_every_agency ON catalogue_versions FOR SELECT USING (listed_at IS NOT NULL);

-- The periods of an item: for the authority's review, and for a change that a law or a duty demands.
CREATE TABLE catalogue_clocks (
    item_id          text NOT NULL REFERENCES catalogue_items,
    rule             text NOT NULL CHECK (rule IN ('review', 'change')),
    law              text NOT NULL,
    unit             text NOT NULL,
    n                integer NOT NULL,
    holder           text NOT NULL,
    trigger_on       date NOT NULL,
    raw_on           date NOT NULL,
    due_on           date NOT NULL,
    rolled_by        text,
    alarm_on         date,
    calendar_version text NOT NULL,
    provisional      boolean NOT NULL,
    ended_at         timestamptz,
    missed           boolean NOT NULL,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (item_id, rule),
    CONSTRAINT a_missed_catalogue_period_has_ended CHECK (NOT missed OR ended_at IS NOT NULL)
);
CREATE INDEX catalogue_clocks_that_run ON catalogue_clocks (due_on) WHERE ended_at IS NULL;
SELECT guard('catalogue_clocks', 'catalogue', 'item_id');
SELECT fence_with('catalogue_clocks', 'catalogue_items', 'item_id');

-- The words of an assessment, a return, a cause, an extension: for the agency and the authority alone. Sealed.
CREATE TABLE catalogue_papers (
    item_id  text NOT NULL REFERENCES catalogue_items,
    n        integer NOT NULL CHECK (n > 0),
    kind     text NOT NULL CHECK (kind IN ('SECRECY', 'PERSONAL_INFORMATION', 'RETURN', 'CAUSE', 'EXTENSION')),
    made_at  timestamptz NOT NULL,
    sealed   bytea,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (item_id, n)
);
SELECT guard('catalogue_papers', 'catalogue', 'item_id');
ALTER TABLE catalogue_papers ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON catalogue_papers USING (is_party_to_item(item_id)) WITH CHECK (is_party_to_item(item_id));
