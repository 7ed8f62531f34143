"""What a cluster gives to the manifests from elsewhere, taken here from a data folder: secrets, claims, a database.

The file D/k8s/values.json names a file for every key of every Secret and ConfigMap that the manifests refer to and do
not hold, and a folder for every claim:

    {"files": {"mingzheng/case-keys": {"record-k1.pem": "/…"}}, "claims": {"mingzheng/case-blobs": "/…"},
     "database": 5439}
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Final

from mz.demo.bureau import Bureau
from mz.k8s.objects import Manifest, of_kind
from mz.operate.assembly import Installation
from mz.services import SERVICES

PLATFORM: Final = "mingzheng"
BUREAU: Final = "mingzheng-bureau"
OUTSIDER: Final = 10_002
"""The numeric user of the second bureau's programs."""


@dataclass
class Values:
    """Files by `namespace/object` and key, folders by `namespace/claim`, and the port of PostgreSQL."""

    files: dict[str, dict[str, Path]] = field(default_factory=dict)
    claims: dict[str, Path] = field(default_factory=dict)
    database: int = 0

    def written(self, path: Path) -> None:
        """Write it as JSON to `path`."""
        document = {
            "files": {name: {k: str(v) for k, v in files.items()} for name, files in self.files.items()},
            "claims": {name: str(folder) for name, folder in self.claims.items()},
            "database": self.database,
        }
        path.write_text(json.dumps(document, indent=1))

    @classmethod
    def read(cls, path: Path) -> Values:
        """The values in the file `path`."""
        document = json.loads(path.read_text())
        files = {name: {k: Path(v) for k, v in each.items()} for name, each in document["files"].items()}
        claims = {name: Path(folder) for name, folder in document["claims"].items()}
        return cls(files, claims, document["database"])


async def roles_and_databases(installation: Installation, manifests: Sequence[Manifest]) -> dict[str, str]:
    """Make what a Cluster and its Databases name, as CloudNativePG would; the password of each role."""
    admin = await installation.server.connect()
    passwords = {}
    try:
        for cluster in of_kind(manifests, "Cluster"):
            for role in cluster["spec"]["managed"]["roles"]:
                passwords[role["name"]] = token_hex(16)
                if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role["name"]):
                    await admin.execute(f'CREATE ROLE "{role["name"]}" LOGIN')
                await admin.execute(f"ALTER ROLE \"{role['name']}\" PASSWORD '{passwords[role['name']]}'")
        for base in (each["spec"] for each in of_kind(manifests, "Database")):
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", base["name"]):
                await admin.execute(f'CREATE DATABASE "{base["name"]}" OWNER "{base["owner"]}"')
    finally:
        await admin.close()
    return passwords


def gathered(installation: Installation, passwords: dict[str, str], port: int) -> Values:
    """The values for this data folder. The second bureau's keys are made here too: it is a drill."""
    d, folder = installation.d, installation.d.root / "k8s"
    bureau = Bureau(
        installation, f"http://witness.{BUREAU}:8100", f"http://monitor.{BUREAU}:8101", "http://no.invalid"
    )
    bureau.settle()
    values = Values(database=port)
    for name, service in SERVICES.items():
        values.files[f"{PLATFORM}/{name}-keys"] = {
            path.name: path for path in sorted((d.keys / name).iterdir())
        }
        own = {"service": f"svc_{service.database}", "relay": f"relay_{service.database}"}
        own |= {"ledger": "ledger_seq"} if name == "evidence" else {}
        for secret, roles in (
            (f"{name}-database", own),
            (f"{name}-owner", {"owner": f"own_{service.database}"}),
        ):
            place = folder / "secrets" / secret
            place.mkdir(parents=True, exist_ok=True)
            for key, role in roles.items():
                (place / key).write_text(
                    f"postgresql://{role}:{passwords[role]}@mingzheng-database-rw:5432/{service.database}\n"
                )
            values.files[f"{PLATFORM}/{secret}"] = {key: place / key for key in roles}
        values.claims[f"{PLATFORM}/{name}-erasable"] = d.erasable(name)
        values.claims[f"{PLATFORM}/{name}-blobs"] = d.root / "blobs" / name
    authority = folder / "ca.crt"
    authority.write_text("# PostgreSQL answers on the loopback, without TLS\n")
    values.files[f"{PLATFORM}/mingzheng-database-ca"] = {"ca.crt": authority}
    values.files[f"{PLATFORM}/token-ring"] = {"ring.json": d.ring}
    values.files[f"{PLATFORM}/root-key"] = {"root.pem": d.keys / "root.pem"}
    values.claims[f"{PLATFORM}/people"] = folder / "people"
    trust = {"roots.txt": bureau.folder / "roots.txt", "policy.txt": d.policy}
    values.files[f"{PLATFORM}/ledger-trust"] = {**trust, "monitor.txt": d.monitor}
    values.files[f"{BUREAU}/witness-trust"] = {"logs.txt": bureau.folder / "logs.txt"}
    values.files[f"{BUREAU}/monitor-trust"] = trust
    values.claims[f"{PLATFORM}/evidence-backup"] = d.root / "backup"
    values.claims[f"{PLATFORM}/clock"] = d.root
    for name in ("witness", "monitor"):
        claim = folder / "claims" / name
        claim.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bureau.folder / f"{name}.pem", claim / f"{name}.pem")
        (claim / f"{name}.pem").chmod(0o600)
        values.claims[f"{BUREAU}/{name}"] = claim
    (values.claims[f"{BUREAU}/witness"] / "memory").mkdir(exist_ok=True)
    # As the jobs of second-bureau/first-start leave it, which run as this user.
    for path in (folder / "claims").rglob("*"):
        os.chown(path, OUTSIDER, OUTSIDER)
    return values
