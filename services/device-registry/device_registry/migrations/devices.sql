-- Null coordinates, division and code: an imported inventory may not know them. The submitter and the first day of
-- service come later in a device's life.
CREATE TABLE devices (
    id                  text PRIMARY KEY CHECK (id ~ '^dev_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id           text NOT NULL,
    code                text,
    kind                text NOT NULL CHECK (kind IN ('FIXED_CAMERA', 'MOBILE_VEHICLE', 'UAV', 'SENSOR',
                            'REGULATED_PARTY_DEVICE', 'SHARED_CAMERA', 'UNKNOWN')),
    state               text NOT NULL CHECK (state IN ('LEGACY', 'DRAFT', 'UNDER_REVIEW', 'REJECTED', 'APPROVED',
                            'INSTALLED', 'TRIAL', 'PUBLISHED', 'ACTIVE', 'MAINTENANCE', 'SUSPENDED', 'STOPPED',
                            'RECTIFYING', 'RETIRED')),
    place               text NOT NULL CHECK (length(place) BETWEEN 1 AND 2000),
    place_type          text NOT NULL,
    division            text,
    longitude           numeric(9,6),
    latitude            numeric(9,6),
    datum               text NOT NULL CHECK (datum IN ('WGS84', 'UNKNOWN')),
    direction           text NOT NULL,
    secret_unit_consent text NOT NULL,
    owner_type          text NOT NULL CHECK (owner_type IN ('AGENCY', 'REGULATED_PARTY', 'OTHER_AGENCY',
                            'UNKNOWN')),
    installer_type      text NOT NULL CHECK (installer_type IN ('AGENCY', 'MARKET_ENTITY', 'REGULATED_PARTY',
                            'UNKNOWN')),
    funding             text NOT NULL CHECK (funding IN ('FISCAL', 'MARKET_ENTITY', 'PARTY', 'SHARED_WITH_PARTY',
                            'UNKNOWN')),
    revenue_link        text NOT NULL CHECK (revenue_link IN ('NONE', 'DIRECT', 'INDIRECT', 'SHARE_BEARING',
                            'UNKNOWN')),
    obligation_basis    text NOT NULL,
    installer_contract  text NOT NULL,
    functions           jsonb NOT NULL CHECK (jsonb_typeof(functions) = 'array'),
    registered_by       text NOT NULL,
    submitted_by        text,
    plan_id             text REFERENCES plans,
    in_service_from     timestamptz,
    agency_number       text NOT NULL,
    warnings            jsonb NOT NULL CHECK (jsonb_typeof(warnings) = 'array'),
    operator_id         text,
    sharing_id          text,
    shared              jsonb,
    cell                int,
    registered_at       timestamptz NOT NULL,
    row_salt            bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_has_one_device_of_a_code UNIQUE (agency_id, code),
    CONSTRAINT a_code_is_twenty_digits CHECK (code ~ '^[0-9]{20}$'),
    CONSTRAINT a_location_is_whole CHECK ((longitude IS NULL) = (latitude IS NULL)),
    CONSTRAINT a_location_lies_in_a_cell CHECK ((longitude IS NULL) = (cell IS NULL)),
    -- The floor of VSR 8 and NJ 9 once more, where no code can lower it: a device in a private place may stand in
    -- the register only if it is stopped or taken down.
    CONSTRAINT no_device_works_in_a_private_place CHECK (state IN ('STOPPED', 'RETIRED') OR place_type IN ('ROAD', 'PUBLIC_SPACE',
        'CONSTRUCTION_SITE', 'BUSINESS_PREMISES', 'WATERWAY', 'SCHOOL', 'MEDICAL_INSTITUTION',
        'MILITARY_OR_SECRET_VICINITY', 'UNKNOWN')),
    CONSTRAINT only_a_shared_camera_has_a_source
        CHECK ((shared IS NULL OR kind = 'SHARED_CAMERA') AND (sharing_id IS NULL OR shared IS NOT NULL)),
    CONSTRAINT only_a_partys_own_device_has_an_operator CHECK (operator_id IS NULL OR owner_type = 'REGULATED_PARTY'),
    CONSTRAINT service_starts_with_activation
        CHECK (state NOT IN ('ACTIVE', 'SUSPENDED') OR in_service_from IS NOT NULL)
);
CREATE INDEX devices_by_state ON devices (state, id);
CREATE INDEX devices_in_a_cell ON devices (cell, id);
CREATE INDEX devices_of_a_sharing ON devices (sharing_id, id) WHERE sharing_id IS NOT NULL;
CREATE INDEX devices_of_a_plan ON devices (plan_id, id) WHERE plan_id IS NOT NULL;
SELECT guard('devices', 'device', 'id');
SELECT fence('devices', 'operator_id');
CREATE INDEX devices_of_an_operator ON devices (operator_id, id) WHERE operator_id IS NOT NULL;

-- `round` counts how often the device was handed in: a device that was rectified is reviewed anew from the beginning.
-- The texts to which the record of the submission commits, and the field of view. `sharing` is empty where no device
-- nearby could be shared.
CREATE TABLE device_applications (
    device_id    text NOT NULL REFERENCES devices,
    round        int NOT NULL CHECK (round > 0),
    necessity    text NOT NULL CHECK (necessity <> ''),
    alternatives text NOT NULL CHECK (alternatives <> ''),
    siting       text NOT NULL CHECK (siting <> ''),
    sharing      text NOT NULL,
    nearby       jsonb NOT NULL CHECK (jsonb_typeof(nearby) = 'array'),
    sketch       text NOT NULL CHECK (sketch ~ '^[0-9a-f]{64}$'),
    windows      jsonb NOT NULL CHECK (jsonb_typeof(windows) = 'array'),
    masks        jsonb NOT NULL CHECK (jsonb_typeof(masks) = 'array'),
    submitted_at timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, round),
    CONSTRAINT a_device_beside_others_says_why CHECK (nearby = '[]' OR sharing <> '')
);
SELECT guard('device_applications', 'device', 'device_id');
SELECT fence_with('device_applications', 'devices', 'device_id');

-- A round has one legal and one technical review. The rule and the constraint below demand two reviewers.
CREATE TABLE device_reviews (
    device_id    text NOT NULL REFERENCES devices,
    round        int NOT NULL CHECK (round > 0),
    kind         text NOT NULL CHECK (kind IN ('LEGAL', 'TECHNICAL')),
    result       text NOT NULL CHECK (result IN ('PASS', 'FAIL')),
    reviewer     text NOT NULL,
    reviewed_at  timestamptz NOT NULL,
    failed_items jsonb NOT NULL,
    items_na     jsonb NOT NULL,
    notes        jsonb NOT NULL CHECK (jsonb_typeof(notes) = 'object'),
    opinion      text NOT NULL CHECK (opinion <> ''),
    mask_sample  text CHECK (mask_sample ~ '^[0-9a-f]{64}$'),
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, round, kind),
    CONSTRAINT two_reviews_come_from_two_persons UNIQUE (device_id, round, reviewer),
    CONSTRAINT a_review_fails_by_its_items CHECK ((result = 'FAIL') = (jsonb_array_length(failed_items) > 0))
);
SELECT guard('device_reviews', 'device', 'device_id');
SELECT fence_with('device_reviews', 'devices', 'device_id');

-- A device is approved once a round, by the head of its agency.
CREATE TABLE device_approvals (
    device_id   text NOT NULL REFERENCES devices,
    round       int NOT NULL CHECK (round > 0),
    approver    text NOT NULL,
    approved_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, round)
);
SELECT guard('device_approvals', 'device', 'device_id');
SELECT fence_with('device_approvals', 'devices', 'device_id');
