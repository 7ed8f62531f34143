-- The catalogue of legal sources: each version of a statute, who proposed it and who decided on it.
CREATE TABLE legal_sources (
    id          text NOT NULL CHECK (id ~ '^lgs_[0-9a-z]{26}$'),
    version     integer NOT NULL CHECK (version > 0),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    state       text NOT NULL CHECK (state IN ('PROPOSED', 'PUBLISHED', 'SUPERSEDED', 'RETURNED')),
    level       text NOT NULL CHECK (level IN ('LAW', 'ADMIN_REGULATION', 'LOCAL_REGULATION', 'DEPARTMENT_RULE',
                    'LOCAL_GOV_RULE', 'NORMATIVE_DOCUMENT')),
    title       text NOT NULL CHECK (title <> ''),
    organ       text NOT NULL CHECK (organ <> ''),
    document_no text NOT NULL,
    articles    jsonb NOT NULL CHECK (jsonb_array_length(articles) > 0),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by  text,
    decided_at  timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (id, version),
    CONSTRAINT another_person_decides CHECK (state = 'RETURNED' OR decided_by <> proposed_by),
    CONSTRAINT a_decision_has_its_hour CHECK (
        (state = 'PROPOSED') = (decided_by IS NULL) AND (state = 'PROPOSED') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX a_source_has_one_published_version ON legal_sources (id) WHERE state = 'PUBLISHED';
CREATE UNIQUE INDEX a_source_has_one_waiting_version ON legal_sources (id) WHERE state = 'PROPOSED';
SELECT guard('legal_sources', 'legal_source', 'id');
SELECT fence('legal_sources');

-- The articles of published versions. A range index needs no extension, so the article enters it as a range of its hash.
CREATE TABLE legal_articles (
    source_id  text NOT NULL,
    version    integer NOT NULL,
    n          integer NOT NULL CHECK (n > 0),
    agency_id  text NOT NULL,
    title      text NOT NULL,
    article    text NOT NULL,
    from_on    date NOT NULL,
    until_on   date,
    is_current boolean NOT NULL,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (source_id, version, n),
    FOREIGN KEY (source_id, version) REFERENCES legal_sources,
    CONSTRAINT an_article_ends_after_it_begins CHECK (until_on >= from_on),
    CONSTRAINT an_article_has_one_wording_a_day EXCLUDE USING gist (
        int8range(hashtextextended(title || E'\n' || article, 0), hashtextextended(title || E'\n' || article, 0), '[]')
            WITH &&,
        daterange(from_on, until_on, '[]') WITH &&) WHERE (is_current)
);
CREATE INDEX legal_articles_of_a_title ON legal_articles (title) WHERE is_current;
SELECT guard('legal_articles', 'legal_source', 'source_id');
SELECT fence('legal_articles');
-- What is published is the law of everybody: any agency may propose a succession between articles of another's source.
CREATE POLICY published ON legal_articles FOR SELECT USING (true);

-- Which article takes the place of which, from what day on.
CREATE TABLE legal_successions (
    id           text PRIMARY KEY CHECK (id ~ '^lgx_[0-9a-z]{26}$'),
    agency_id    text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    old_title    text NOT NULL,
    old_article  text NOT NULL,
    new_title    text NOT NULL,
    new_article  text NOT NULL,
    from_on      date NOT NULL,
    state        text NOT NULL CHECK (state IN ('PROPOSED', 'PUBLISHED', 'WITHDRAWN')),
    proposed_by  text NOT NULL,
    proposed_at  timestamptz NOT NULL,
    approved_by  text,
    approved_at  timestamptz,
    withdrawn_at timestamptz,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nothing_succeeds_itself CHECK (old_title <> new_title OR old_article <> new_article),
    CONSTRAINT another_person_approves CHECK (approved_by <> proposed_by),
    CONSTRAINT a_published_succession_was_approved CHECK (
        (state = 'PROPOSED') <= (approved_by IS NULL) AND (state = 'PUBLISHED') <= (approved_by IS NOT NULL)),
    CONSTRAINT a_withdrawal_has_its_hour CHECK ((state = 'WITHDRAWN') = (withdrawn_at IS NOT NULL))
);
CREATE UNIQUE INDEX an_article_has_one_successor ON legal_successions (old_title, old_article) WHERE state = 'PUBLISHED';
SELECT guard('legal_successions', 'legal_succession', 'id');
SELECT fence('legal_successions');
CREATE POLICY published ON legal_successions FOR SELECT USING (state = 'PUBLISHED');
