"""Bearer tokens: minting, and the one strict verification. The only import of python-jose.

    external   at+jwt   from the issuer            audience `mingzheng`      gateway only        <= 300 s
    internal   gwi+jwt  urn:mingzheng:gateway      audience = one service    one request         <= 60 s
    service    svc+jwt  urn:mingzheng:svc:<name>   audience = one service    one request         <= 60 s

The demo's issuer gives its access tokens a longer life. `jose.jwt` accepts too much, so nothing here calls it. A token
is checked in this order: shape, strict header, key ring, `jose.jws.verify` with one algorithm, strict payload, types,
issuer and audience, times, the request that it was minted for, replay. Every failure, in any library, becomes one
AuthError with one constant text; only an access token that was sound learns that it has expired.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws

from common.calls import SAFE_METHODS
from common.calls.claims import ACCESS, INTERNAL, OPTIONAL, Shape, is_seconds, is_text
from common.calls.strictjson import strict_json
from common.values.errors import Facts, Kind, Refusal
from ledger.clock import Clock, real_time
from ledger.keyfiles import create_durably

if "ecdsa" in sys.modules or jwk.get_key("ES256").__name__ != "CryptographyECKey":
    raise RuntimeError("couldn't load tokens: python-jose runs on a backend that leaks keys (CVE-2024-23342)")

GATEWAY: Final = "urn:mingzheng:gateway"
SERVICE: Final = "urn:mingzheng:svc:"
LEEWAY_S: Final = 5
INTERNAL_LIFETIME_S: Final = 60
ACCESS_LIFETIME_S: Final = 300
RING_RELOAD_S: Final = 5
_MAX_TOKEN = 8192
_MOST_SOUND = 20_000
_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")


class AuthError(Refusal):
    """We could not establish who is asking. The text is always the same, so that it does not say why.

    `error` is the error code of RFC 6750 §3.1, `said` its description. Both stay empty where the request carried no
    token.
    """

    def __init__(
        self,
        code: str = "UNAUTHENTICATED",
        facts: Facts | None = None,
        *,
        error: str = "",
        said: str = "The token is not valid here.",
    ) -> None:
        super().__init__(Kind.UNAUTHENTICATED, code, facts)
        self.headers["www-authenticate"] = 'Bearer realm="mingzheng"' + (
            f', error="{error}", error_description="{said}"' if error else ""
        )


class TokenAudience(AuthError):
    """The token is sound and meant for another audience."""

    def __init__(self) -> None:
        super().__init__("TOKEN_AUDIENCE", error="invalid_token", said="The token is for another audience.")


class TokenExpired(AuthError):
    """The token is sound in everything but its time. Only such a token learns why it was refused."""

    def __init__(self) -> None:
        super().__init__("TOKEN_EXPIRED", error="invalid_token", said="The access token has expired.")


class TokenRevoked(AuthError):
    """The token was issued by us and is in time; its session has ended, or its person is not known any more."""

    def __init__(self) -> None:
        super().__init__("TOKEN_REVOKED", error="invalid_token", said="The access token was revoked.")


class SignInTooOld(AuthError):
    """The session is sound; this act needs a sign-in of within the last `max_age_s` seconds (RFC 9470 §3)."""

    def __init__(self, max_age_s: int) -> None:
        super().__init__(
            "SIGN_IN_TOO_OLD",
            {"minutes": max_age_s // 60},
            error="insufficient_user_authentication",
            said="A more recent sign-in is needed.",
        )
        self.headers["www-authenticate"] += f", max_age={max_age_s}"


def _require(holds: bool) -> None:
    if not holds:
        raise AuthError


def b64url(data: bytes) -> str:
    """`data` in base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # One spelling per token: the spare bits of the last character must be zero.
    _require(b64url(data) == text)
    return data


def thumbprint(x: str, y: str) -> str:
    """The `kid` of a P-256 key: its RFC 7638 thumbprint, from base64url coordinates."""
    return b64url(hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest())


class TokenKey:
    """A P-256 private key that signs tokens and nothing else (a ledger key never signs one)."""

    def __init__(self, key: Any) -> None:
        """Raises ValueError for anything but a P-256 private key."""
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("couldn't use this token key: it is not a private key on curve P-256")  # noqa: TRY004
        numbers = key.public_key().public_numbers()
        self.x, self.y = b64url(numbers.x.to_bytes(32, "big")), b64url(numbers.y.to_bytes(32, "big"))
        self.kid = thumbprint(self.x, self.y)
        self.jose = jwk.construct(key, "ES256")
        self._heads: dict[str, bytes] = {}

    @classmethod
    def load(cls, path: Path) -> TokenKey:
        """The key in the PEM file `path`. Raises ValueError for anything but a P-256 private key."""
        return cls(serialization.load_pem_private_key(path.read_bytes(), password=None))

    @classmethod
    def generate(cls, path: Path) -> TokenKey:
        """A new key, written to `path` with mode 0600. Raises FileExistsError rather than replace a key."""
        key = ec.generate_private_key(ec.SECP256R1())
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        create_durably(path, pem)
        return cls(key)

    def head(self, typ: str) -> bytes:
        """The header of this key's tokens of type `typ`, encoded: exactly alg, typ and kid."""
        if typ not in self._heads:
            header = {"alg": "ES256", "typ": typ, "kid": self.kid}
            self._heads[typ] = b64url(_compact(header)).encode()
        return self._heads[typ]

    def entry(self, iss: str, *, nbf: int, naf: int) -> dict[str, Any]:
        """The line of this key in a ring: bound to one issuer, good from `nbf` until before `naf` (seconds)."""
        return {"kid": self.kid, "iss": iss, "x": self.x, "y": self.y, "nbf": nbf, "naf": naf}


@dataclass(frozen=True)
class RingKey:
    """A public key of the ring. It is built once, because building it takes three times as long as a verification."""

    iss: str
    nbf: int
    naf: int
    jose: Any


def parse_ring(entries: Any) -> dict[str, RingKey]:
    """`[{kid, iss, x, y, nbf, naf}]` by kid. Raises ValueError, KeyError or TypeError for an unsound ring."""
    ring: dict[str, RingKey] = {}
    for entry in entries:
        x, y, kid, iss, nbf, naf = (entry[name] for name in ("x", "y", "kid", "iss", "nbf", "naf"))
        if (
            kid != thumbprint(x, y)
            or kid in ring
            or not (is_text(iss) and is_seconds(nbf) and is_seconds(naf))
        ):
            raise ValueError(
                "a ring names each key once, by its thumbprint, with its issuer and whole seconds"
            )
        key = jwk.construct({"kty": "EC", "crv": "P-256", "x": x, "y": y}, "ES256")
        ring[kid] = RingKey(iss, nbf, naf, key)
    if not ring:
        raise ValueError("a ring holds at least one key")
    return ring


class KeyRing:
    """Public token keys, from a list, or from a file that is checked for changes at most every 5 seconds.

    A torn, empty or missing file leaves the ring in use unchanged: a bad roll-out must not lock everybody out.
    """

    def __init__(self, source: Path | list[dict[str, Any]], clock: Clock = real_time) -> None:
        self._path = source if isinstance(source, Path) else None
        self._keys = {} if isinstance(source, Path) else parse_ring(source)
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._looked = 0.0
        self.malformed = 0  # how often a changed file could not be used

    def get(self, kid: str) -> RingKey | None:
        """The key of this id, if the ring holds it."""
        now = self._clock().timestamp()
        if self._path and not 0 <= now - self._looked < RING_RELOAD_S:
            self._looked = now
            self._reload(self._path)
        return self._keys.get(kid)

    def _reload(self, path: Path) -> None:
        try:
            stat = path.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._keys, self._stamp = parse_ring(json.loads(path.read_bytes())), stamp
        except Exception:  # noqa: BLE001
            self.malformed += 1


def mint(key: TokenKey, typ: str, claims: Mapping[str, Any]) -> str:
    """`claims` signed with `key` as a compact token (RFC 7515 §7.1) whose header is exactly alg, typ and kid."""
    signed = key.head(typ) + b"." + b64url(_compact(claims)).encode()
    signature: bytes = key.jose.sign(signed)
    return f"{signed.decode()}.{b64url(signature)}"


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _open(
    token: str, ring: KeyRing, required: Mapping[str, Shape], now: int, lifetime: int
) -> tuple[str, RingKey, dict[str, Any]]:
    """The key of `token` and its claims. The audience, the request and the expiry are still to be checked."""
    shape = _SHAPE.fullmatch(token) if len(token) <= _MAX_TOKEN else None
    if shape is None:
        raise AuthError
    head, body, _ = (_unb64url(part) for part in shape.groups())
    header = strict_json(head)
    _require(header.keys() == {"alg", "typ", "kid"} and header["alg"] == "ES256")
    key = ring.get(header["kid"])
    if key is None:
        raise AuthError
    _require(jws.verify(token, key.jose, algorithms=["ES256"]) == body)
    claims, needed = strict_json(body), required[header["typ"]]
    permitted = OPTIONAL | needed
    _require(needed.keys() <= claims.keys() <= permitted.keys())
    _require(all(permitted[claim](value) for claim, value in claims.items()))
    _require(claims["iss"] == key.iss)
    _require(claims["iat"] < claims["exp"] <= claims["iat"] + lifetime)
    _require_in_time(claims, key, now)
    claims["typ"] = header["typ"]
    return header["kid"], key, claims


def _require_in_time(claims: Mapping[str, Any], key: RingKey, now: int) -> None:
    _require(max(claims["iat"], claims.get("nbf", 0), key.nbf) <= now + LEEWAY_S and now < key.naf)


def _is_expired(claims: Mapping[str, Any], now: int) -> bool:
    return bool(now >= claims["exp"] + LEEWAY_S)


class InternalVerifier:
    """The check of every request to a service: its token was minted for this service and for this request."""

    def __init__(self, ring: KeyRing, audience: str, clock: Clock = real_time) -> None:
        self._ring = ring
        self._audience = audience
        self._clock = clock
        self._spent: dict[str, int] = {}

    def verify(self, token: str, *, method: str, target: str, body_sha256: str) -> dict[str, Any]:
        """The claims of `token`, with its `typ`. `target` is the raw path with its query, the hash lowercase hex.

        Raises AuthError for every other token. One token serves one request, unless the method is safe.
        """
        try:
            now = int(self._clock().timestamp())
            shapes = {"gwi+jwt": INTERNAL, "svc+jwt": INTERNAL}
            _, _, claims = _open(token, self._ring, shapes, now, INTERNAL_LIFETIME_S)
            _require(not _is_expired(claims, now))
            kind, _, name = claims["sub"].partition(":")
            service = SERVICE + name if kind == "svc" else None
            _require(kind == claims["kind"] and claims["aud"] == self._audience)
            _require(
                (claims["typ"], claims["iss"]) == (("svc+jwt", service) if service else ("gwi+jwt", GATEWAY))
            )
            _require((claims["htm"], claims["htu"], claims["bdy"]) == (method, target, body_sha256))
            if method not in SAFE_METHODS:
                # Last, so that a token that is refused for another reason is not spent.
                self._spend(claims["jti"], now)
        except Exception:  # noqa: BLE001
            raise AuthError(error="invalid_token") from None
        return claims

    def _spend(self, jti: str, now: int) -> None:
        while self._spent and next(iter(self._spent.values())) <= now:
            del self._spent[next(iter(self._spent))]
        _require(jti not in self._spent)
        self._spent[jti] = now + INTERNAL_LIFETIME_S + 2 * LEEWAY_S + 1


class AccessVerifier:
    """The gateway's check of an external RFC 9068 access token."""

    def __init__(
        self,
        ring: KeyRing,
        issuer: str,
        audience: str = "mingzheng",
        clock: Clock = real_time,
        *,
        lifetime_s: int = ACCESS_LIFETIME_S,
    ) -> None:
        self._ring = ring
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._sound: OrderedDict[bytes, tuple[str, RingKey, dict[str, Any]]] = OrderedDict()

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of `token`. Raises TokenExpired for one that was sound, AuthError for anything else.

        A token that names a role is refused like any unknown claim: the platform alone assigns roles.
        """
        try:
            now = int(self._clock().timestamp())
            claims = self._opened(token, now)
            _require(claims["iss"] == self._issuer)
            if claims["aud"] != self._audience:
                raise TokenAudience  # a token of our own issuer: its holder may know why
            if _is_expired(claims, now):
                raise TokenExpired  # the last check, so that only a sound token is called expired
        except (TokenAudience, TokenExpired):
            raise
        except Exception:  # noqa: BLE001
            raise AuthError(error="invalid_token") from None
        return claims

    def _opened(self, token: str, now: int) -> dict[str, Any]:
        """The claims of `token`. Its bytes are verified once: a caller shows the same token for as long as it lasts.

        What may change is asked each time: whether the ring still holds that very key, and the time.
        """
        digest = hashlib.sha256(token.encode()).digest()
        if (sound := self._sound.get(digest)) is not None:
            kid, key, claims = sound
            if self._ring.get(kid) is key:
                _require_in_time(claims, key, now)
                return dict(claims)
            del self._sound[digest]
        kid, key, claims = _open(token, self._ring, {"at+jwt": ACCESS}, now, self._lifetime_s)
        self._sound[digest] = (kid, key, claims)
        while len(self._sound) > _MOST_SOUND:
            self._sound.popitem(last=False)
        return dict(claims)
