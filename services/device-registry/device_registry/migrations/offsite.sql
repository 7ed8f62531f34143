-- An inspection of an enterprise without a visit. Its code stands here for the count of the year; records commit to it.
CREATE TABLE offsite_inspections (
    id              text PRIMARY KEY CHECK (id ~ '^osi_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id       text NOT NULL,
    enterprise_code text NOT NULL CHECK (enterprise_code ~ '^[0-9A-Z]{18}$'),
    matter          text NOT NULL,
    year            int NOT NULL,
    nth             int NOT NULL CHECK (nth > 0),
    ground          text CHECK (ground IN ('COMPLAINT', 'ASSIGNED', 'MONITORING_LEAD', 'EMERGENCY')),
    ground_note     text,
    opened_by       text NOT NULL,
    opened_at       timestamptz NOT NULL,
    result          text CHECK (result IN ('NO_FINDING', 'FINDING')),
    conclusion      text,
    closed_by       text,
    closed_at       timestamptz,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_closure_is_whole CHECK (num_nonnulls(result, conclusion, closed_by, closed_at) IN (0, 4)),
    CONSTRAINT a_ground_is_written_down CHECK ((ground IS NULL) = (ground_note IS NULL))
);
CREATE INDEX offsite_inspections_of_an_enterprise ON offsite_inspections (agency_id, enterprise_code, year);
SELECT guard('offsite_inspections', 'offsite_inspection', 'id');
SELECT fence('offsite_inspections');

-- A visit that was ordered.
CREATE TABLE onsite_tasks (
    id              text PRIMARY KEY CHECK (id ~ '^ost_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id       text NOT NULL,
    enterprise_code text NOT NULL CHECK (enterprise_code ~ '^[0-9A-Z]{18}$'),
    matter          text NOT NULL,
    year            int NOT NULL,
    nth             int NOT NULL CHECK (nth > 0),
    ground          text CHECK (ground IN ('COMPLAINT', 'ASSIGNED', 'MONITORING_LEAD', 'EMERGENCY')),
    ground_note     text,
    despite         text REFERENCES offsite_inspections,
    reason          text,
    ordered_by      text NOT NULL,
    ordered_at      timestamptz NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_visit_without_a_finding_has_its_reason CHECK ((despite IS NULL) = (reason IS NULL)),
    CONSTRAINT a_ground_is_written_down CHECK ((ground IS NULL) = (ground_note IS NULL))
);
CREATE INDEX onsite_tasks_of_an_enterprise ON onsite_tasks (agency_id, enterprise_code, year);
SELECT guard('onsite_tasks', 'onsite_task', 'id');
SELECT fence('onsite_tasks');
