-- The documents of a contract with a market entity. Their bytes lie sealed beside the database, under the device's secret.
CREATE TABLE device_contract_files (
    device_id text NOT NULL REFERENCES devices,
    sha256    text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    document  text NOT NULL CHECK (document IN ('CONTRACT', 'DECLARATION')),
    size      bigint NOT NULL CHECK (size > 0),
    filed_at  timestamptz NOT NULL,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, sha256)
);
SELECT guard('device_contract_files', 'device', 'device_id');
SELECT fence_with('device_contract_files', 'devices', 'device_id');

-- A contract with the signed declaration that the market entity has no link to the fines (PJ 1). Who signed is sealed.
CREATE TABLE device_contracts (
    device_id        text NOT NULL REFERENCES devices,
    n                int NOT NULL CHECK (n > 0),
    contract         text NOT NULL,
    declaration      text NOT NULL,
    entity           text NOT NULL CHECK (entity <> ''),
    signatory_sealed bytea NOT NULL,
    declared_on      date NOT NULL,
    recorded_at      timestamptz NOT NULL,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    FOREIGN KEY (device_id, contract) REFERENCES device_contract_files,
    FOREIGN KEY (device_id, declaration) REFERENCES device_contract_files,
    CONSTRAINT a_contract_declares_nothing_by_itself CHECK (contract <> declaration)
);
SELECT guard('device_contracts', 'device', 'device_id');
SELECT fence_with('device_contracts', 'devices', 'device_id');
