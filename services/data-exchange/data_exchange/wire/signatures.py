"""The signature of a partner's request (RFC 9421): read, held against the rules, verified.

    Signature-Input: partner=("@method" "@authority" "@path" …);created;expires;keyid;nonce;tag="mingzheng-req-v1"

The library verifies the bytes. The policy is here, because the library has none: which key, how long, which
components, which nonce. Every rule has its own code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureComponentResolver,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from common.calls.faults import Fault
from common.calls.jwk import PublicJwk
from common.values.errors import Kind
from common.values.law import GDS_35_2
from data_exchange.wire.messages import LABEL, RequestMessage, dictionary, digest_field

TAG: Final = "mingzheng-req-v1"
LASTS_S: Final = 300
SKEW_S: Final = 60
_NONCE: Final = re.compile(r"[A-Za-z0-9+/_=-]{22,128}")
_SHORT: Final = re.compile(r"[\x21-\x7e]{0,21}")
_PARAMETERS: Final = frozenset({"created", "expires", "nonce", "keyid", "tag", "alg"})
_DERIVED: Final = frozenset(HTTPSignatureComponentResolver.derived_component_resolvers) - {"@status"}
_ALGORITHMS: Final[dict[str, Any]] = {
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
}


@dataclass(frozen=True)
class Claimed:
    """What the signature says of itself, with its form checked and its bytes not yet."""

    components: tuple[str, ...]
    kid: str
    nonce: str
    created: int
    expires: int
    alg: str | None

    @property
    def until(self) -> datetime:
        """Until when its nonce must be remembered."""
        return datetime.fromtimestamp(self.expires + SKEW_S, UTC)


def read_signature(message: RequestMessage, at: datetime) -> Claimed:
    """The one signature with the label `partner`. Raises Fault, with a code for each fault."""
    input_field, field = message.headers.get("signature-input"), message.headers.get("signature")
    if field is None and input_field is None:
        raise _fault("DX_SIGNATURE_MISSING", "Signature", f"{LABEL}=:...:", None, at)
    if input_field is None:
        raise _fault("DX_SIGNATURE_INPUT_MISSING", "Signature-Input", f"{LABEL}=(...)", None, at)
    if field is None:
        raise _fault("DX_SIGNATURE_BYTES_MISSING", "Signature", f"{LABEL}=:...:", None, at)
    inputs = _labels("DX_SIGNATURE_INPUT_UNREADABLE", "Signature-Input", input_field, at)
    signatures = _labels("DX_SIGNATURE_UNREADABLE", "Signature", field, at)
    if LABEL not in inputs:
        raise _fault("DX_SIGNATURE_LABEL_WRONG", "Signature-Input", LABEL, " ".join(inputs), at)
    if inputs.keys() != signatures.keys():
        raise _fault("DX_SIGNATURE_LABELS_DIFFER", "Signature", " ".join(inputs), " ".join(signatures), at)
    members, parameters = inputs[LABEL]
    if not isinstance(members, list) or not isinstance(signatures[LABEL][0], bytes):
        raise _fault("DX_SIGNATURE_FORM_WRONG", "Signature-Input", "an inner list", "another type", at)
    return _claimed(_components(members, message, at), parameters, at)


def require_key(claimed: Claimed, key: PublicJwk, at: datetime) -> None:
    """The algorithm belongs to the key; a message that names another one is refused."""
    if claimed.alg is not None and claimed.alg != key.algorithm:
        raise _fault("DX_SIGNATURE_ALGORITHM_WRONG", "Signature-Input", key.algorithm, claimed.alg, at)


def require_digest(message: RequestMessage, at: datetime) -> None:
    """The Content-Digest is that of the body (RFC 9530). Raises Fault."""
    field = message.headers.get("content-digest")
    if field is None:
        if message.body:
            raise _digest("DX_DIGEST_MISSING", digest_field(message.body), None, at)
        return
    try:
        digests = dictionary(field)
    except ValueError:
        raise _digest("DX_DIGEST_UNREADABLE", "sha-256=:...:", field, at) from None
    if "sha-256" not in digests:
        raise _digest("DX_DIGEST_ALGORITHM_WRONG", "sha-256", " ".join(digests), at)
    received = digests["sha-256"][0]
    if not isinstance(received, bytes):
        raise _digest("DX_DIGEST_UNREADABLE", "sha-256=:...:", field, at)
    if received != hashlib.sha256(message.body).digest():
        shown = f"sha-256=:{base64.b64encode(received).decode()}:"
        raise _digest("DX_DIGEST_DIFFERS", digest_field(message.body), shown, at)


def verify(message: RequestMessage, claimed: Claimed, key: PublicJwk, at: datetime) -> str:
    """The SHA-256 of the signature base, lowercase hex. Raises Fault DX_SIGNATURE_WRONG, which names that digest too.

    With it a developer sees at once whether both sides signed the same bytes.
    """
    keys = MappingKeyResolver(public_keys={claimed.kid: key.public}, private_keys={})
    verifier = _Verifier(signature_algorithm=_ALGORITHMS[key.algorithm], key_resolver=keys)
    try:
        verifier.verify(message, max_age=None, expect_tag=TAG, expect_label=LABEL)
    except InvalidSignature:
        expected = f'{key.algorithm};keyid="{claimed.kid}";base-sha256={verifier.base_sha256}'
        raise _fault("DX_SIGNATURE_WRONG", "Signature", expected, "another signature", at) from None
    return verifier.base_sha256


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, which also tells the digest of the base that it built."""

    max_clock_skew = timedelta(seconds=SKEW_S)
    base_sha256 = "-"

    def _build_signature_base(self, *args: Any, **options: Any) -> Any:
        built = super()._build_signature_base(*args, **options)
        self.base_sha256 = hashlib.sha256(built[0].encode()).hexdigest()
        return built


def _labels(code: str, header: str, field: str, at: datetime) -> dict[str, Any]:
    try:
        return dictionary(field)
    except ValueError:
        raise _fault(code, header, "a dictionary of RFC 9651", field[:40], at) from None


def _components(members: list[Any], message: RequestMessage, at: datetime) -> tuple[str, ...]:
    names: list[str] = []
    for value, parameters in members:
        if not isinstance(value, str) or parameters or value != value.lower():
            raise _fault(
                "DX_COMPONENT_FORM_WRONG", "Signature-Input", "names in lower case, no parameters", value, at
            )
        if value in names:
            raise _fault("DX_COMPONENT_TWICE", "Signature-Input", "each component once", value, at)
        if value.startswith("@") and value not in _DERIVED:
            raise _fault("DX_COMPONENT_UNKNOWN", "Signature-Input", " ".join(sorted(_DERIVED)), value, at)
        if not value.startswith("@") and value not in message.headers:
            raise _fault("DX_COMPONENT_ABSENT", value, "a header that reaches the service", None, at)
        names.append(value)
    return tuple(names)


def _claimed(components: tuple[str, ...], parameters: Any, at: datetime) -> Claimed:
    now = int(at.timestamp())
    unknown = parameters.keys() - _PARAMETERS
    if unknown:
        raise _input("DX_PARAMETER_UNKNOWN", " ".join(sorted(_PARAMETERS)), " ".join(sorted(unknown)), at)
    if parameters.get("tag") != TAG:
        raise _input("DX_SIGNATURE_TAG_WRONG", TAG, parameters.get("tag"), at)
    created = _seconds(parameters, "created", "DX_CREATED_MISSING", at)
    expires = _seconds(parameters, "expires", "DX_EXPIRES_MISSING", at)
    if created > now + SKEW_S:
        raise _input("DX_CREATED_IN_FUTURE", f"created <= {now + SKEW_S}", created, at)
    if expires <= created:
        raise _input("DX_EXPIRES_FIRST", f"expires > {created}", expires, at)
    if expires - created > LASTS_S:
        raise _input("DX_SIGNATURE_TOO_LONG", f"expires <= {created + LASTS_S}", expires, at)
    if expires + SKEW_S <= now:
        raise _input("DX_SIGNATURE_EXPIRED", f"expires > {now - SKEW_S}", expires, at)
    kid = _text(parameters, "keyid", "DX_KEYID_MISSING", at)
    nonce = _text(parameters, "nonce", "DX_NONCE_MISSING", at)
    if _SHORT.fullmatch(nonce) or _bits(nonce) < 128:
        raise _input("DX_NONCE_TOO_SHORT", "128 random bits, base64url", f"length={len(nonce)}", at)
    if not _NONCE.fullmatch(nonce):
        raise _input("DX_NONCE_FORM_WRONG", "22 to 128 characters of base64", f"length={len(nonce)}", at)
    alg = parameters.get("alg")
    return Claimed(components, kid, nonce, created, expires, alg if isinstance(alg, str) else None)


def _bits(nonce: str) -> int:
    """The length of what the nonce spells in base64."""
    try:
        text = nonce.replace("-", "+").replace("_", "/").rstrip("=")
        return 8 * len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError):
        return 8 * len(nonce)


def _seconds(parameters: Any, name: str, code: str, at: datetime) -> int:
    value = parameters.get(name)
    if type(value) is not int:
        raise _input(code, f"{name}=<seconds>", value, at)
    return value


def _text(parameters: Any, name: str, code: str, at: datetime) -> str:
    value = parameters.get(name)
    if not isinstance(value, str) or not value:
        raise _input(code, f'{name}="..."', None, at)
    return str(value)


def _input(code: str, expected: object, received: object, at: datetime) -> Fault:
    return _fault(code, "Signature-Input", expected, received, at)


def _fault(code: str, header: str, expected: object, received: object, at: datetime) -> Fault:
    return Fault(
        Kind.UNAUTHENTICATED,
        code,
        header=header,
        expected=expected,
        received=received,
        at=at,
        article=GDS_35_2,
    )


def _digest(code: str, expected: object, received: object, at: datetime) -> Fault:
    return Fault(
        Kind.MALFORMED,
        code,
        header="Content-Digest",
        expected=expected,
        received=received,
        at=at,
        article=GDS_35_2,
    )
