"""The data folder of one installation, called D in every text.

D/pg                a link to or the home of the embedded PostgreSQL (see `reachable_home`)
D/keys/<service>/   token-k1.pem (P-256) and record-k1.pem (Ed25519); evidence also log-k1.pem (Ed25519) and
                    log-sm2-k1.pem, which sign checkpoints; gateway also edge-k1.pem (internal tokens) and
                    issuer-k1.pem (the demo's access tokens). A higher number takes over: see `./mz keys`
                    case also bank.pub.pem, the key of the one bank that it trusts; data-exchange also answers-k1.pem
                    (Ed25519), which signs the answers to partners' systems, and sandboxes.txt, the keys of sandboxes
D/keys/root.pem     the root key of the demo's ledger;  D/keys/database.secret  only for a foreign server
D/bank.pem          the private key of the demo's bank, which is no part of the platform
D/city.json         only in a city's own installation: its profile, public address and identity provider
D/profile.json      the city's own profile, if it is no shipped one;  D/issuer.json  the keys of its identity provider
D/people.json       the ids of the officers whom `./mz city open` entered
D/ring.json         public token keys;                  D/origin.json  the name of the ledger
D/vkeys.json        the public keys that its genesis names
D/clock.json        the demo clock's offset;            D/checkpoint   the last checkpoint that was published
D/registers.json    the registers that the exchange compares with
D/sandbox.json      only in a sandbox: the public key of its conformance reports. Their private key is
                    keys/data-exchange/sandbox-k1.pem;       D/enrolments.json  the systems that were enrolled
D/data-authority.json  only in a sandbox: where its data authority answers
D/providers.toml    by whom messages are sent, if any are (docs/NOTIFICATION.md)
D/calendars         public holidays loaded by `./mz calendar load`
D/blobs/<service>   content by hash;                    D/backup       the second copy;  D/buckets.json  only where
                    both lie in buckets: which (cli/mz/operate/filestores.py)
D/erasable/<service>  the secrets under which personal data is sealed; never in the same backup as the rest
D/second-bureau     keys and state of the demo's own witness and monitor, which another bureau would run
D/keys/policy.txt   the witnesses that the platform trusts;  D/keys/monitor.txt  the monitor that it asks
D/keys/authorities.txt  the time-stamping authorities;       D/keys/authorities/<name>.pem  their certificates
D/demo.json         the demo's people, cameras and their secrets, mode 0600
D/bundles           the court bundles that `./mz demo` exports
D/run.lock          held by the running process;        D/run.json     pid and port, once it is ready
D/log               the log of the services;            D/up.log       the output of `./mz up --detach`
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from case.runtime import BANK_KEY_FILE
from common.calls.answerkeys import ANSWERS_KEY
from common.calls.tokens import GATEWAY, SERVICE, TokenKey
from common.values.datafiles import load_profile
from common.values.profile import Suite
from common.web.settings import RECORD_KEY, TOKEN_KEY, Settings
from data_exchange.runtime import SANDBOX_KEY, sandbox_key_name
from gateway.identity.runtime import EDGE_KEY, ISSUER_KEY
from ledger.clock import real_time
from ledger.keyfiles import NoteKey, create_durably, make_key, replace_durably
from ledger.sm2 import make_sm2_key
from mz.demo.fakebank import FakeBank
from mz.postgres import Server
from mz.services import SERVICES

LOG_KEY = "log-k1.pem"
SM2_LOG_KEY = "log-sm2-k1.pem"
PROFILE_FILE = "profile.json"
_S3 = ("endpoint", "region", "credentials")
ISSUER_RING_FILE = "issuer.json"
OPENID_SECRET_FILE = "openid.secret"
CITY_FILES = (PROFILE_FILE, ISSUER_RING_FILE, OPENID_SECRET_FILE)
_YEAR_S = 365 * 86_400
S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class DataDir:
    """The paths of one installation."""

    root: Path

    @property
    def city(self) -> dict[str, Any]:
        """What a city's own installation is: profile, origin, issuer. Empty for the demo.

        Its files lie in this folder, by name alone: a restored installation has them in its own.
        """
        city: dict[str, Any] = read(self.root / "city.json") or {}
        return {
            name: str(self.root / value) if value in CITY_FILES else value for name, value in city.items()
        }

    @property
    def profile(self) -> str:
        """The city's profile, by name or as the path of its file."""
        return str(self.city.get("profile", "DEMO"))

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def ring(self) -> Path:
        return self.root / "ring.json"

    @property
    def ml_dsa_key(self) -> Path:
        """The log's own key of ML-DSA-44, if the operator made one."""
        return self.keys / "evidence" / "log-ml-dsa.pem"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    @property
    def calendars(self) -> Path:
        """The notices of public holidays that were loaded since the release: calendar-<year>.json."""
        return self.root / "calendars"

    @property
    def demo(self) -> Path:
        return self.root / "demo.json"

    @property
    def run(self) -> Path:
        return self.root / "run.json"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def policy(self) -> Path:
        """The witnesses that the platform trusts: a c2sp.org/tlog-policy."""
        return self.keys / "policy.txt"

    @property
    def authorities(self) -> Path:
        """The authorities that time-stamp checkpoints: `<name>=<url>,…`."""
        return self.keys / "authorities.txt"

    @property
    def authority_certs(self) -> Path:
        """The folder of their certificates, <name>.pem."""
        return self.keys / "authorities"

    @property
    def registers(self) -> Path:
        """The registers that the exchange may ask, as JSON."""
        return self.root / "registers.json"

    @property
    def sandbox(self) -> Path:
        """The file that makes this installation a sandbox, for ever."""
        return self.root / "sandbox.json"

    @property
    def is_sandbox(self) -> bool:
        return self.sandbox.exists()

    @property
    def enrolments(self) -> Path:
        """The systems that were enrolled in the sandbox, as JSON."""
        return self.root / "enrolments.json"

    @property
    def data_authority(self) -> Path:
        """Where the sandbox's data authority answers, as JSON."""
        return self.root / "data-authority.json"

    @property
    def monitor(self) -> Path:
        """The monitor that it asks: `<vkey> <url>`."""
        return self.keys / "monitor.txt"

    @property
    def city_domain(self) -> str:
        return load_profile(self.profile).city_domain

    @property
    def strange_ledger(self) -> str:
        """The name of the ledger that lies here, if it is not one of this installation's city; else empty."""
        origin = str((read(self.root / "origin.json") or {}).get("origin", ""))
        return "" if origin.startswith(f"ledger.{self.city_domain}/") else origin

    def make(self, *, root_elsewhere: bool = False) -> None:
        """Make the missing folders and keys. A key is never replaced: its signatures would no longer verify."""
        self.root.mkdir(parents=True, exist_ok=True)
        # If we are root, PostgreSQL runs as `nobody` and reaches D/pg through this folder. Secrets have mode 0600.
        self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (self.keys, self.root / "blobs", self.root / "backup", self.root / "erasable"):
            folder.mkdir(mode=0o700, exist_ok=True)
        for service in SERVICES:
            place = self.keys / service
            place.mkdir(mode=0o700, exist_ok=True)
            _make_once(place / TOKEN_KEY, "p256")
            _make_first(place / RECORD_KEY)
        _make_once(self.keys / "data-exchange" / ANSWERS_KEY)
        _make_first(self.keys / "evidence" / LOG_KEY)
        if Suite.SM3_SM2 in load_profile(self.profile).ledger.suites:
            _make_first(self.keys / "evidence" / SM2_LOG_KEY, "sm2")
        # The gateway has three token keys, one for each issuer: calls of svc:gateway (above), the requests that it
        # forwards, and the access tokens of the demo's people.
        _make_once(self.keys / "gateway" / EDGE_KEY, "p256")
        _make_once(self.keys / "gateway" / ISSUER_KEY, "p256")
        # Never create a second root key: the ledger already names the first.
        if not root_elsewhere and not (self.root / "vkeys.json").exists():
            _make_once(self.keys / "root.pem")
        bank = self.keys / "case" / BANK_KEY_FILE
        # A city has a bank of its own, whose public key an operator puts here.
        if not self.city and not bank.exists():
            bank.write_bytes(self.bank().public_pem)
        self._publish_ring()

    def make_sandbox(self) -> None:
        """Make this folder that of a sandbox, before its first start. Raises ValueError once it is another one."""
        if self.is_sandbox:
            return
        if (self.root / "vkeys.json").exists():
            raise ValueError(f"{self.root} holds an installation that is no sandbox")
        place = self.keys / "data-exchange"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.mark_sandbox()

    def mark_sandbox(self) -> None:
        """Make the key of the conformance reports, and D/sandbox.json, which names its public half."""
        path = self.keys / "data-exchange" / SANDBOX_KEY
        _make_once(path)
        key = NoteKey.load(sandbox_key_name(self.city_domain), path)
        write(self.sandbox, {"vkey": key.vkey}, mode=0o644)

    def bank(self) -> FakeBank:
        """The demo's bank. The platform gets its public key only."""
        return FakeBank.open(self.root / "bank.pem")

    def _publish_ring(self) -> None:
        """Write D/ring.json: the public token key of every service, bound to its issuer, valid for a year from now."""
        now = int(real_time().timestamp())
        keys = {SERVICE + service: self.keys / service / TOKEN_KEY for service in SERVICES}
        keys[GATEWAY] = self.keys / "gateway" / EDGE_KEY
        ring = [TokenKey.load(path).entry(iss, nbf=now - 60, naf=now + _YEAR_S) for iss, path in keys.items()]
        write(self.ring, ring, mode=0o644)

    @property
    def providers(self) -> Path:
        """By whom messages leave this system; none leaves without it."""
        return self.root / "providers.toml"

    def root_key(self) -> NoteKey:
        """The private root key of the demo's ledger."""
        return NoteKey.load(f"root.{self.city_domain}/r1", self.keys / "root.pem")

    def settings(
        self, service: str, server: Server, kind: type[S], *, database: str | None = None, mode: str = "demo"
    ) -> S:
        """The settings of `service` on `server`, as its environment would give them to a process of its own."""
        name = SERVICES[service].database
        stored = database or name
        more: dict[str, Any] = {
            "blobs": self.place(f"blobs/{service}"),
            "backup": self.place("backup"),
            "registers": self.registers,
            "sandbox": self.is_sandbox,
            "providers": self.providers if self.providers.exists() else None,
            "data_authority_url": (read(self.data_authority) or {}).get("url"),
            **{f"s3_{name}": value for name, value in (self.buckets or {}).items() if name in _S3},
        }
        return kind(
            mode=mode,  # type: ignore[arg-type]
            profile=self.profile,
            database_url=server.url(f"svc_{name}", stored),
            relay_url=server.url(f"relay_{name}", stored),
            keys=self.keys / service,
            ring=self.ring,
            clock=self.clock,
            calendars=self.calendars,
            erasable=self.erasable(service),
            spans=self.root / "spans.jsonl" if mode == "demo" else None,
            **{name: value for name, value in more.items() if name in kind.model_fields},
        )

    @property
    def buckets(self) -> dict[str, str] | None:
        """D/buckets.json; None where files lie in this folder."""
        buckets: dict[str, str] | None = read(self.root / "buckets.json")
        return buckets

    def place(self, name: str) -> Any:
        """Where the files `blobs/<service>` or `backup` lie: a folder, or `s3://…` as a setting says it."""
        if self.buckets is None:
            return self.root / name
        folder, _, service = name.partition("/")
        return f"{self.buckets['place']}/{service}" if folder == "blobs" else self.buckets[folder]

    def erasable(self, service: str) -> Path:
        """The folder of the secrets under which `service` seals personal data."""
        return self.root / "erasable" / service

    def database_secret(self) -> bytes:
        """The secret from which the passwords on a foreign server are derived."""
        path = self.keys / "database.secret"
        if not path.exists():
            create_durably(path, secrets.token_bytes(32))
        return path.read_bytes()


def _make_once(path: Path, kind: str = "ed25519") -> None:
    if not path.exists():
        make_sm2_key(path) if kind == "sm2" else make_key(path, kind)


def _make_first(path: Path, kind: str = "ed25519") -> None:
    """Make the first key of a series unless the series has a key: the first may be gone when a later one signs."""
    if not any(path.parent.glob(path.name.replace("k1", "k*"))):
        _make_once(path, kind)


def write(path: Path, value: Any, *, mode: int = 0o600) -> None:
    """Replace `path` by `value` as JSON in one step, so that no reader sees half of it."""
    replace_durably(path, json.dumps(value, ensure_ascii=False, indent=1).encode(), mode=mode)


def read(path: Path) -> Any:
    """The JSON in `path`, None if the file is missing or incomplete."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
