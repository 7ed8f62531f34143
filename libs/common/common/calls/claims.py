"""The claims that a token may hold, by its kind, and what each must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

SUBJECT = re.compile(r"(?:officer|party|partner|device|svc):[a-z0-9_-]{1,64}|anonymous")


def is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= 4096


def is_seconds(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40


def are_texts(value: Any) -> bool:
    return type(value) is list and len(value) <= 256 and all(map(is_text, value))


def matching(pattern: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and re.fullmatch(pattern, value) is not None


Shape = dict[str, Callable[[Any], bool]]
WHO: Shape = dict.fromkeys(("iss", "aud", "sub"), is_text) | dict.fromkeys(("iat", "exp"), is_seconds)
WHO |= {"jti": matching("[A-Za-z0-9_-]{22,64}")}
OPTIONAL: Shape = dict.fromkeys(
    ("scope", "acr", "sid", "txn", "cert", "cert_until", "cip", "org", "adm"), is_text
)
OPTIONAL |= dict.fromkeys(("agr", "prp", "cse"), is_text)  # what the token of a partner's system names
OPTIONAL |= {"cas": matching("cas_[0-7][0-9a-hjkmnp-tv-z]{25}")}  # the one case of a session
OPTIONAL |= {"crt": matching("[0-9a-f]{64}")}  # SHA-256 of the client's TLS certificate
OPTIONAL |= {"obo": matching("[A-Za-z0-9:_-]{1,80}")}
OPTIONAL |= {"cnf": lambda value: type(value) is dict and value.keys() == {"jkt"} and is_text(value["jkt"])}
OPTIONAL |= {
    "authorization_details": lambda value: (
        type(value) is list
        and len(value) == 1
        and type(value[0]) is dict
        and all(is_text(text) for text in value[0].values())
    )
}
OPTIONAL |= dict.fromkeys(("nbf", "auth_time", "epo"), is_seconds) | dict.fromkeys(
    ("amr", "cmp", "vis"), are_texts
)
OPTIONAL |= {
    "pur": lambda value: value is None or is_text(value),
    "act": lambda value: value == {"sub": "svc:gateway"},
}
ACCESS: Shape = WHO | {"client_id": is_text}
INTERNAL: Shape = WHO | dict.fromkeys(("kind", "tnt", "scope", "htm", "htu", "rid"), is_text)
INTERNAL |= {"nbf": is_seconds, "bdy": matching("[0-9a-f]{64}"), "sub": matching(SUBJECT.pattern)}
INTERNAL |= {"roles": lambda value: are_texts(value) and len(value) <= 16}
INTERNAL |= {"conf": lambda value: type(value) is int and 1 <= value <= 4}
