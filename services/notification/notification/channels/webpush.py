"""Web Push: a hint for a browser or a phone that something waits (RFC 8030, 8188, 8291, 8292).

    {type, cursor} ──aes128gcm──▶ POST endpoint   TTL, Urgency, Topic, Authorization: vapid t=…, k=…

The payload holds nothing personal: it stands on a locked screen, and the push service sees when and how often.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from common.calls.jwk import Unusable, unb64url
from common.calls.providers import Lines, NoAnswer, NotSent, Reply
from ledger.clock import real_time
from notification.channels.configs import Provider
from notification.channels.letters import Letter
from notification.channels.texts import code_of
from notification.domain.answers import Answer, Verdict

_TOKEN_LIFE: Final = timedelta(hours=12)
"""RFC 8292, 2: at most 24 hours. Half of it leaves room for a clock that is wrong."""
_TAG, _POINT, _AUTH = 16, 65, 16


class Subscription(NamedTuple):
    """Where a browser listens: its endpoint, its public P-256 point and its secret of 16 bytes."""

    endpoint: str
    p256dh: bytes
    auth: bytes


class WebPushCarrier:
    """Pushes hints to whatever endpoint a subscription names."""

    def __init__(self, provider: Provider, lines: Lines, *, key: Vapid02) -> None:
        assert provider.webpush is not None
        self.name, self.channel = provider.name, provider.channel
        self.level, self.weight = provider.level, provider.weight
        self._form, self._lines, self._key = provider.webpush, lines, key

    async def send(self, letter: Letter) -> Answer:
        try:
            subscription = subscription_in(letter.address)
            content = sealed_for(subscription, orjson.dumps(dict(letter.values)))
        except ValueError:
            return Answer(Verdict.ADDRESS, "SUBSCRIPTION")
        try:
            reply = await self._lines.call(
                "POST",
                subscription.endpoint,
                headers=self._headers(subscription, letter),
                content=content,
                deadline_s=self._form.deadline_s,
            )
        except NotSent as end:
            return Answer(Verdict.AWAY, end.why)
        except NoAnswer as end:
            return Answer(Verdict.SILENT, end.why)
        return judged(reply)

    async def ask(self, reference: str) -> Answer | None:
        """A push service tells nothing afterwards."""
        return None

    async def close(self) -> None:
        await self._lines.close()

    def _headers(self, subscription: Subscription, letter: Letter) -> dict[str, str]:
        left = int((letter.expires_at - real_time()).total_seconds())
        return {
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            # Without a TTL a push service may refuse, or drop the hint for a phone that is off (RFC 8030, 5.2).
            "ttl": str(max(0, min(self._form.ttl_s, left) if left > 0 else self._form.ttl_s)),
            "urgency": "normal",
            # A newer hint takes the place of one that the phone has not fetched: both say the same.
            "topic": "inbox",
            **self._vapid(subscription.endpoint),
        }

    def _vapid(self, endpoint: str) -> dict[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "sub": self._form.contact,
            "exp": int((real_time() + _TOKEN_LIFE).timestamp()),
        }
        signed: dict[str, str] = self._key.sign(claims)
        return {name.lower(): value for name, value in signed.items()}


def judged(reply: Reply) -> Answer:
    """What the push service answered. Its 201 says that it took the hint, and never that a phone showed it."""
    code, pause = code_of(reply.status), reply.retry_after_s
    match reply.status:
        case 200 | 201 | 202:
            return Answer(Verdict.TAKEN, code)
        case 404 | 410:
            return Answer(Verdict.ADDRESS, code)  # the subscription is gone for good (RFC 8030, 7.3)
        case 429:
            return Answer(Verdict.LATER, code, retry_after_s=pause)
        case status if status >= 500:
            return Answer(Verdict.LATER, code, retry_after_s=pause)
    return Answer(Verdict.ORDER, code)  # 400, 401, 403: our key or claims; 413: our payload


def subscription_in(text: str) -> Subscription:
    """The subscription that a browser gave, as JSON. Raises ValueError for anything that cannot be encrypted for."""
    document: Any = orjson.loads(text)
    try:
        keys = document["keys"]
        found = Subscription(document["endpoint"], unb64url(keys["p256dh"]), unb64url(keys["auth"]))
    except (KeyError, TypeError, AttributeError, Unusable) as error:
        raise ValueError("a subscription has endpoint, keys.p256dh and keys.auth") from error
    if (
        not str(found.endpoint).startswith(("https://", "http://"))
        or len(found.p256dh) != _POINT
        or len(found.auth) != _AUTH
    ):
        raise ValueError("this is no subscription of RFC 8291")
    # A point that is not on the curve is refused here, not by the push service's silence.
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.p256dh)
    return found


def sealed_for(subscription: Subscription, content: bytes) -> bytes:
    """`content` so that only the browser reads it (RFC 8291): one record of aes128gcm."""
    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.p256dh,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    return sealed
