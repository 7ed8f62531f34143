-- The life of a device: append-only, and a period recorded later may begin before one recorded earlier.
CREATE TABLE device_periods (
    device_id      text NOT NULL REFERENCES devices,
    n              int NOT NULL CHECK (n > 0),
    state          text NOT NULL,
    effective_from timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    reason         text,
    note           text NOT NULL,
    by_agency      text,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT no_period_begins_in_the_future CHECK (effective_from <= recorded_at),
    CONSTRAINT a_suspension_has_a_reason CHECK ((state = 'SUSPENDED') = (reason IS NOT NULL))
);
SELECT guard('device_periods', 'device', 'device_id');
SELECT fence_with('device_periods', 'devices', 'device_id');
