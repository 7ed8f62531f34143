-- HA1 is sealed under the secret of the device's stream, which this database does not hold: 12 bytes of nonce, 32
-- digits, 16 bytes of tag.
CREATE TABLE push_accounts (
    account    text PRIMARY KEY,
    device_id  text NOT NULL REFERENCES devices,
    realm      text NOT NULL,
    ha1_sealed bytea NOT NULL CHECK (length(ha1_sealed) = 60),
    host_code  text,
    sessions   boolean NOT NULL,
    digest     boolean NOT NULL,
    media_hosts text[] NOT NULL,
    issued_at  timestamptz NOT NULL,
    revoked_at timestamptz,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    rotated_to text REFERENCES push_accounts,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_account_is_valid_for_a_time CHECK (valid_from < valid_until OR rotated_to IS NOT NULL),
    CONSTRAINT no_account_replaces_itself CHECK (rotated_to <> account),
    CONSTRAINT a_host_code_is_twenty_digits CHECK (host_code ~ '^[0-9]{20}$')
);
CREATE INDEX push_accounts_by_end ON push_accounts (valid_until);
CREATE INDEX push_accounts_of_a_device ON push_accounts (device_id);
SELECT guard('push_accounts', 'device', 'device_id');
SELECT fence_with('push_accounts', 'devices', 'device_id');

-- The further devices for which the account of a host speaks: its own device stands in push_accounts.
CREATE TABLE push_account_devices (
    account     text NOT NULL REFERENCES push_accounts,
    device_id   text NOT NULL REFERENCES devices,
    listed_at   timestamptz NOT NULL,
    unlisted_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (account, device_id)
);
CREATE INDEX push_account_devices_of_a_device ON push_account_devices (device_id);
SELECT guard('push_account_devices', 'device', 'device_id');
SELECT fence_with('push_account_devices', 'devices', 'device_id');

-- The TLS certificates that are an account: who holds their keys needs no password.
CREATE TABLE client_certificates (
    account     text NOT NULL REFERENCES push_accounts,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    device_id   text NOT NULL REFERENCES devices,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    bound_at    timestamptz NOT NULL,
    released_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (account, sha256),
    CONSTRAINT a_certificate_is_valid_for_a_time CHECK (valid_from < valid_until)
);
CREATE INDEX client_certificates_by_digest ON client_certificates (sha256);
SELECT guard('client_certificates', 'device', 'device_id');
SELECT fence_with('client_certificates', 'devices', 'device_id');

-- Addresses that nobody can guess, by the digest of their secret part: a camera that proves nothing pushes to its own.
CREATE TABLE secret_addresses (
    token_sha256 text PRIMARY KEY CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    account      text NOT NULL REFERENCES push_accounts,
    device_id    text NOT NULL REFERENCES devices,
    addresses    text[] NOT NULL CHECK (cardinality(addresses) > 0),
    issued_at    timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('secret_addresses', 'device', 'device_id');
SELECT fence_with('secret_addresses', 'devices', 'device_id');
