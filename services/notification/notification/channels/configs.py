"""The file of providers, as an operator writes it (docs/NOTIFICATION.md): TOML, one table a provider.

A secret is never in it: where one is needed, the file names another file, beside it, that holds the secret alone.
"""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from notification.domain.answers import Verdict
from notification.domain.channels import Channel
from notification.domain.delivery import Basis


class Part(BaseModel):
    """A table of the file. An unknown name in it stops the start: a misspelt one would be silently without effect."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Codes(Part):
    """What the codes of a provider mean. A code in no list, in an answer that is no success, refuses the order."""

    taken: list[str] = []
    arrived: list[str] = []
    later: list[str] = []
    address: list[str] = []
    unwanted: list[str] = []
    order: list[str] = []

    def meaning(self, code: str) -> Verdict | None:
        """The verdict of `code`; None for one that no list names."""
        for verdict in (
            Verdict.TAKEN,
            Verdict.ARRIVED,
            Verdict.LATER,
            Verdict.ADDRESS,
            Verdict.UNWANTED,
            Verdict.ORDER,
        ):
            if code in getattr(self, verdict.value.lower()):
                return verdict
        return None


class Auth(Part):
    """How the provider knows us. `secret` is the name of the file of the secret.

    BEARER and HEADER put it into a header; HMAC puts the hex HMAC-SHA256 of the body there.
    """

    kind: Literal["NONE", "BEARER", "HEADER", "HMAC", "BASIC"] = "NONE"
    secret: Path | None = None
    header: str = "authorization"
    user: str = ""

    @model_validator(mode="after")
    def _has_its_secret(self) -> Auth:
        if self.kind != "NONE" and self.secret is None:
            raise ValueError("this kind of authentication needs the file of a secret")
        return self


class Query(Part):
    """How to ask what became of an order. `{reference}` in the address is our own name of it."""

    url: str
    code: str
    reference: str = ""
    unknown: list[str] = []  # codes by which the provider says that it never got the order


class Reports(Part):
    """Status reports that the provider posts to us. Every path leads to one value of a report.

    The header X-Signature holds the HMAC-SHA256 of the body in hex under the content of the file `secret`, or, with
    `sign` TOKEN, that content itself. `networks` are the ranges from which the provider calls.
    """

    secret: Path
    sign: Literal["HMAC", "TOKEN"] = "HMAC"
    networks: list[str]
    items: str = ""  # the list of reports in the body; empty: the body is the list or the one report
    ours: str = ""  # our own name of the order
    theirs: str = ""  # the provider's name of it
    code: str
    at: str = ""
    at_form: str = "%Y-%m-%d %H:%M:%S"  # local time of the city; an RFC 3339 instant is understood without it
    codes: Codes
    answer: str = '{"code":0}'

    @field_validator("networks")
    @classmethod
    def _are_ranges(cls, networks: list[str]) -> list[str]:
        for network in networks:
            ipaddress.ip_network(network)
        return networks


class Http(Part):
    """An order as one HTTP call. In `fields` and `url` these words stand for what the letter holds:

        {address} {title} {text} {signed} {reference} {template} {segments} {values} {value.NAME}

    `{signed}` is the text with the signature before it. `template` of the letter is looked up in `templates`.
    """

    url: str
    method: Literal["POST", "PUT"] = "POST"
    form: Literal["JSON", "FORM"] = "JSON"
    headers: dict[str, str] = {}
    fields: dict[str, Any]
    auth: Auth = Auth()
    signature: str = ""
    templates: dict[str, str] = {}
    bare_template: str = ""
    most_segments: int = 0  # 0: the text is not measured
    statuses: Codes = Codes()  # HTTP statuses that say it all, before the body is read
    code: str = ""
    reference: str = ""
    codes: Codes = Codes()
    query: Query | None = None
    deadline_s: Annotated[float, Field(gt=0, le=30)] = 10.0


class Smtp(Part):
    """A mail server. One that `is_final` is the recipients' own: its 250 is an arrival, at an address in one of its
    `domains` and at no other. Every other one passes mail on, to every domain or to those that are named."""

    host: str
    port: int = 25
    tls: Literal["STARTTLS", "TLS", "NONE"] = "STARTTLS"
    is_final: bool = False
    domains: list[str] = []
    user: str = ""
    secret: Path | None = None
    sender: str
    bounces: str = ""
    domain: str
    deadline_s: Annotated[float, Field(gt=0, le=40)] = 30.0

    @model_validator(mode="after")
    def _is_final_somewhere(self) -> Smtp:
        if self.is_final and not self.domains:
            raise ValueError("a server that is the recipients' own names the domains of its mailboxes")
        return self

    def reaches(self, address: str) -> bool:
        """Whether mail to `address` may be handed to this server."""
        domain = address.rpartition("@")[2].lower()
        return not self.domains or domain in [each.lower() for each in self.domains]


class WebPush(Part):
    """RFC 8292: the P-256 key, in PEM, and the contact that a push service may write to."""

    key: Path
    contact: str
    ttl_s: int = 86_400
    deadline_s: Annotated[float, Field(gt=0, le=30)] = 10.0

    @field_validator("contact")
    @classmethod
    def _is_a_contact(cls, contact: str) -> str:
        if not contact.startswith(("mailto:", "https:")) or any(character.isspace() for character in contact):
            raise ValueError("the contact is a mailto: or https: address without blanks")
        return contact


class PostFile(Part):
    """A folder from which a print house takes its work."""

    folder: Path


class Provider(Part):
    """One provider of one channel. Exactly one of the four last tables says how it is reached."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
    channel: Channel
    level: Annotated[int, Field(ge=1, le=4)] = 1
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    basis: Basis = Basis.PROVIDER_REPORT
    networks: list[str] = []
    http: Http | None = None
    smtp: Smtp | None = None
    webpush: WebPush | None = None
    post: PostFile | None = None
    reports: Reports | None = None

    @model_validator(mode="after")
    def _is_reached_in_one_way(self) -> Provider:
        if sum(way is not None for way in (self.http, self.smtp, self.webpush, self.post)) != 1:
            raise ValueError(f"provider {self.name} has exactly one of http, smtp, webpush and post")
        return self


class Providers(Part):
    """The whole file. Names are unique: a record names a provider by its name for ever."""

    provider: list[Provider] = []

    @model_validator(mode="after")
    def _have_names_of_their_own(self) -> Providers:
        names = [each.name for each in self.provider]
        if len(set(names)) != len(names):
            raise ValueError("two providers have the same name")
        return self


def read_providers(path: Path | None) -> list[Provider]:
    """The providers in the file, none without one. Raises ValueError for a file that contradicts itself."""
    if path is None or not path.exists():
        return []
    return Providers.model_validate(tomllib.loads(path.read_text())).provider


def read_secret(folder: Path, name: Path | None) -> str:
    """The secret in a file beside the file of providers. Raises OSError without it, ValueError for an empty one."""
    if name is None:
        return ""
    secret = (folder / name).read_text().strip()
    if not secret:
        raise ValueError(f"{name} is empty: it holds the secret of a provider")
    return secret
