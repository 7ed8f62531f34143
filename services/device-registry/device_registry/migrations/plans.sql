-- What an agency plans (NJ 7): four sections, and how many devices for what. A plan is never changed.
CREATE TABLE plans (
    id                    text PRIMARY KEY CHECK (id ~ '^pln_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id             text NOT NULL,
    name                  text NOT NULL CHECK (name <> ''),
    from_on               date NOT NULL,
    until_on              date NOT NULL,
    funding               text NOT NULL CHECK (funding = 'FISCAL'),
    devices               text NOT NULL CHECK (devices <> ''),
    enforcement_equipment text NOT NULL CHECK (enforcement_equipment <> ''),
    network_security      text NOT NULL CHECK (network_security <> ''),
    technical_indicators  text NOT NULL CHECK (technical_indicators <> ''),
    planned               jsonb NOT NULL CHECK (jsonb_array_length(planned) > 0),
    adopted_at            timestamptz NOT NULL,
    row_salt              bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_plan_ends_after_it_begins CHECK (until_on >= from_on)
);
SELECT guard('plans', 'plan', 'id');
SELECT fence('plans');
