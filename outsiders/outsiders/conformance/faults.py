"""Faulty requests, one for each rule: how it differs from a good one, and the code that must answer it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from secrets import token_urlsafe
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outsiders.conformance.partner import ASSISTANCE, Call, Partner
from outsiders.conformance.refusals import Fault
from outsiders.conformance.settings import Check
from outsiders.conformance.signing import Signature, digest, now
from outsiders.conformance.tokens import proof

_ALL: Final = ["@method", "@authority", "@path", "content-type", "content-digest", "idempotency-key"]
_GRANTS: Final = ["mingzheng-agreement", "mingzheng-purpose"]


def faults(partner: Partner) -> Iterator[Fault]:
    """All of them. Each is made when its turn comes, because its times run."""
    yield from _signatures()
    yield from _components()
    yield from _digests()
    yield from _grants(partner)
    yield from _proofs()
    yield from _assertions(partner)
    yield from _repeats()


def left_out(partner: Partner) -> Iterator[Check]:
    """Checks for which the settings name no key."""
    own = partner.settings
    if own.revoked_kid is None:
        yield Check(
            "refused.dx_key_revoked", "已撤销的密钥", "a revoked key", left_out="settings name no revoked_kid"
        )
    if own.unproven_kid is None:
        yield Check(
            "refused.dx_key_unproven",
            "未证明持有的密钥",
            "an unproven key",
            left_out="settings name no unproven_kid",
        )


def _posted(**changes: Any) -> Callable[[Partner], Call]:
    return lambda partner: partner.call("POST", ASSISTANCE, partner.order(), **changes)


def _signed(**parameters: Any) -> Callable[[Partner], Call]:
    """A call whose signature has these parameters; a number counts from now on."""

    def make(partner: Partner) -> Call:
        times = {n: now() + v if n in ("created", "expires") and v else v for n, v in parameters.items()}
        return partner.call("POST", ASSISTANCE, partner.order(), signature=Signature(parameters=times))

    return make


def _covering(*names: str, **changes: Any) -> Callable[[Partner], Call]:
    return lambda partner: partner.call(
        "POST", ASSISTANCE, partner.order(), signature=Signature(components=list(names)), **changes
    )


def _signatures() -> Iterator[Fault]:
    stranger = Ed25519PrivateKey.generate()
    for code, zh, en, make in (
        (
            "DX_SIGNATURE_MISSING",
            "没有签名",
            "no signature",
            _posted(over=_gone("signature", "signature-input")),
        ),
        (
            "DX_SIGNATURE_INPUT_MISSING",
            "没有签名参数",
            "no Signature-Input",
            _posted(over=_gone("signature-input")),
        ),
        ("DX_SIGNATURE_BYTES_MISSING", "没有签名值", "no Signature", _posted(over=_gone("signature"))),
        (
            "DX_SIGNATURE_INPUT_UNREADABLE",
            "签名参数无法读取",
            "unreadable Signature-Input",
            _posted(over={"signature-input": "partner=("}),
        ),
        (
            "DX_SIGNATURE_UNREADABLE",
            "签名值无法读取",
            "unreadable Signature",
            _posted(over={"signature": "partner=:"}),
        ),
        (
            "DX_SIGNATURE_LABEL_WRONG",
            "签名标签不对",
            "another label",
            _posted(signature=Signature(label="sig1")),
        ),
        (
            "DX_SIGNATURE_LABELS_DIFFER",
            "两个标签不一致",
            "two labels that differ",
            _posted(over={"signature": "sig1=:AAAA:"}),
        ),
        (
            "DX_SIGNATURE_FORM_WRONG",
            "签名不是字节串",
            "no byte sequence",
            _posted(over={"signature": "partner=1"}),
        ),
        (
            "DX_SIGNATURE_ALGORITHM_WRONG",
            "算法与密钥不符",
            "an algorithm of another kind of key",
            _signed(alg="rsa-pss-sha512"),
        ),
        ("DX_SIGNATURE_TAG_WRONG", "用途标记不对", "another tag", _signed(tag="other")),
        ("DX_SIGNATURE_EXPIRED", "签名已过期", "an expired signature", _signed(created=-400, expires=-200)),
        ("DX_SIGNATURE_TOO_LONG", "签名有效期过长", "valid for too long", _signed(expires=900)),
        ("DX_SIGNATURE_WRONG", "密钥不对", "the wrong key", _posted(signature=Signature(key=stranger))),
        ("DX_CREATED_MISSING", "没有签名时间", "no created", _signed(created=None)),
        (
            "DX_CREATED_IN_FUTURE",
            "签名时间在将来",
            "created in the future",
            _signed(created=200, expires=250),
        ),
        ("DX_EXPIRES_MISSING", "没有到期时间", "no expires", _signed(expires=None)),
        ("DX_EXPIRES_FIRST", "到期早于签名", "expires before created", _signed(expires=-1)),
        ("DX_KEYID_MISSING", "没有密钥编号", "no keyid", _signed(keyid=None)),
        ("DX_KEY_UNKNOWN", "未知的密钥编号", "an unknown keyid", _signed(keyid="nobody-knows")),
        ("DX_NONCE_MISSING", "没有一次性随机数", "no nonce", _signed(nonce=None)),
        ("DX_NONCE_TOO_SHORT", "随机数过短", "a short nonce", _signed(nonce="AAAA")),
        (
            "DX_NONCE_FORM_WRONG",
            "随机数形式不对",
            "a nonce of another form",
            _signed(nonce="a b c d e f g h i j k l m n o p"),
        ),
        ("DX_PARAMETER_UNKNOWN", "未知的签名参数", "an unknown parameter", _signed(more=1)),
    ):
        yield Fault(code, zh, en, make)
    elsewhere = Signature(authority="elsewhere.example")
    yield Fault(
        "DX_SIGNATURE_WRONG",
        "为别的主机签名",
        "signed for another authority",
        _posted(signature=elsewhere),
        "authority",
    )
    yield Fault(
        "DX_SIGNATURE_WRONG",
        "签名后改动标头",
        "a header altered after signing",
        _posted(over={"idempotency-key": "altered-after-signing"}),
        "altered",
    )


def _components() -> Iterator[Fault]:
    every = [*_ALL, *_GRANTS]
    for name in ("@method", "@authority", "@path", "content-digest", "idempotency-key", "mingzheng-purpose"):
        others = [each for each in every if each != name]
        yield Fault(
            "DX_COMPONENT_UNCOVERED",
            f"签名未覆盖 {name}",
            f"{name} not covered",
            _covering(*others),
            f"uncovered.{name.strip('@')}",
        )
    yield Fault("DX_COMPONENT_UNKNOWN", "未知的组成部分", "an unknown component", _covering(*every, "@other"))
    yield Fault(
        "DX_COMPONENT_ABSENT", "覆盖不存在的标头", "an absent header covered", _covering(*every, "date")
    )
    yield Fault("DX_COMPONENT_TWICE", "重复的组成部分", "a component twice", _covering(*every, "@path"))
    yield Fault(
        "DX_COMPONENT_FORM_WRONG", "组成部分大写", "a component in capitals", _covering(*every, "Date")
    )


def _digests() -> Iterator[Fault]:
    for code, zh, en, value in (
        ("DX_DIGEST_UNREADABLE", "摘要无法读取", "an unreadable digest", "sha-256="),
        ("DX_DIGEST_ALGORITHM_WRONG", "摘要算法不对", "a digest of another algorithm", "sha-512=:AAAA:"),
        ("DX_DIGEST_DIFFERS", "摘要与内容不符", "a digest of other bytes", digest(b"other")),
    ):
        yield Fault(code, zh, en, _posted(sent={"content-digest": value}))


def _grants(partner: Partner) -> Iterator[Fault]:
    for code, zh, en, header, value in (
        (
            "DX_AGREEMENT_DIFFERS",
            "另一协议",
            "another agreement",
            "mingzheng-agreement",
            _like("agr_", partner),
        ),
        ("DX_PURPOSE_DIFFERS", "另一目的", "another purpose", "mingzheng-purpose", _like("prp_", partner)),
        ("DX_CASE_DIFFERS", "令牌未列的案件", "a case that the token lacks", "mingzheng-case", "2026-1"),
        (
            "DX_ON_BEHALF_DIFFERS",
            "令牌未列的经办人",
            "somebody whom the token lacks",
            "mingzheng-on-behalf-of",
            "somebody",
        ),
    ):
        yield Fault(code, zh, en, _posted(sent={header: value}))
    yield Fault(
        "DX_CASE_MISSING",
        "缺少令牌所列案件",
        "the token's case is not named",
        lambda partner: partner.call(
            "POST", ASSISTANCE, partner.order(), token=partner.token(partner.settings.case_no or "2026-1")
        ),
    )
    if partner.settings.revoked_kid is not None:
        revoked = _signed(keyid=partner.settings.revoked_kid)
        yield Fault("DX_KEY_REVOKED", "已撤销的密钥", "a revoked key", revoked)
    if partner.settings.unproven_kid is not None:
        unproven = _signed(keyid=partner.settings.unproven_kid)
        yield Fault("DX_KEY_UNPROVEN", "未证明持有的密钥", "an unproven key", unproven)


def _proofs() -> Iterator[Fault]:
    def shown(whole: str | None = None, **changes: Any) -> Callable[[Partner], Call]:
        def make(partner: Partner) -> Call:
            bearer, url = partner.token(), partner.settings.origin + ASSISTANCE
            given = proof(partner.key, "POST", url, bearer, **changes) if whole is None else whole
            return partner.call("POST", ASSISTANCE, partner.order(), shown=given)

        return make

    stranger = Ed25519PrivateKey.generate()
    for code, zh, en, make in (
        ("DPOP_MISSING", "没有密钥证明", "no proof of the key", shown("")),
        ("DPOP_UNREADABLE", "密钥证明无法读取", "an unreadable proof", shown("a.b.c")),
        ("DPOP_TYPE_WRONG", "证明类型不对", "a proof of another type", shown(typ="jwt")),
        (
            "DPOP_KEY_UNUSABLE",
            "证明中的密钥不可用",
            "a key that is none",
            shown(jwk={"kty": "oct", "k": "AA"}),
        ),
        ("DPOP_ALGORITHM_WRONG", "证明算法不对", "a proof by another algorithm", shown(alg="PS512")),
        ("DPOP_METHOD_WRONG", "证明属于别的方法", "a proof for another method", shown(htm="GET")),
        (
            "DPOP_ADDRESS_WRONG",
            "证明属于别的地址",
            "a proof for another address",
            shown(htu="https://elsewhere.example/v1/x"),
        ),
        ("DPOP_TIME_WRONG", "证明时间不对", "a proof of another time", shown(iat=1)),
        ("DPOP_TOKEN_WRONG", "证明属于别的令牌", "a proof for another token", shown(ath="AAAA")),
        ("DPOP_ID_MISSING", "证明没有编号", "a proof without an id", shown(jti=None)),
    ):
        yield Fault(code, zh, en, make)

    def by_a_stranger(partner: Partner) -> Call:
        own = proof(stranger, "POST", partner.settings.origin + ASSISTANCE, partner.token())
        return partner.call("POST", ASSISTANCE, partner.order(), shown=own)

    def as_bearer(partner: Partner) -> Call:
        over = {"authorization": f"Bearer {partner.token()}"}
        return partner.call("POST", ASSISTANCE, partner.order(), over=over)

    yield Fault("DPOP_KEY_WRONG", "他人密钥的证明", "a proof by a stranger's key", by_a_stranger)
    yield Fault("TOKEN_NOT_PROVEN", "不带证明使用令牌", "a bound token as a bearer token", as_bearer)
    yield Fault(
        "TOKEN_UNKNOWN", "伪造的令牌", "a forged token", _posted(over={"authorization": "DPoP a.b.c"})
    )


def _assertions(partner: Partner) -> Iterator[Fault]:
    nobody = _like("app_", partner)

    def asked(**changes: Any) -> Callable[[Partner], httpx.Response]:
        return lambda partner: partner.ask_token(**changes)

    def twice(partner: Partner) -> httpx.Response:
        jti = uuid.uuid4().hex
        partner.ask_token(jti=jti)
        return partner.ask_token(jti=jti)

    for code, zh, en, make in (
        (
            "ASSERTION_SIGNATURE_WRONG",
            "断言签名不对",
            "a forged assertion",
            asked(key=Ed25519PrivateKey.generate()),
        ),
        ("ASSERTION_ISSUER_WRONG", "断言签发方不对", "an assertion by another issuer", asked(iss=nobody)),
        (
            "ASSERTION_AUDIENCE_WRONG",
            "断言受众不对",
            "for another audience",
            asked(aud="https://elsewhere.example"),
        ),
        ("ASSERTION_EXPIRY_MISSING", "断言没有到期时间", "an assertion without expiry", asked(exp=None)),
        ("ASSERTION_EXPIRED", "断言已过期", "an expired assertion", lambda p: p.ask_token(exp=now() - 100)),
        (
            "ASSERTION_TOO_LONG",
            "断言有效期过长",
            "an assertion for too long",
            lambda p: p.ask_token(exp=now() + 900),
        ),
        ("ASSERTION_ID_MISSING", "断言没有编号", "an assertion without an id", asked(jti=None)),
        (
            "ASSERTION_KEY_UNKNOWN",
            "断言密钥未知",
            "an assertion by an unknown key",
            asked(kid="nobody-knows"),
        ),
        (
            "ASSERTION_ALGORITHM_WRONG",
            "断言算法不对",
            "an assertion by another algorithm",
            asked(alg="PS512"),
        ),
        ("APPLICATION_UNKNOWN", "未知的应用", "an unknown application", asked(iss=nobody, sub=nobody)),
        ("ASSERTION_UNREADABLE", "断言无法读取", "unreadable", asked(form={"client_assertion": "a.b"})),
        ("GRANT_TYPE_WRONG", "授权类型不对", "another grant type", asked(form={"grant_type": "password"})),
        (
            "DETAILS_UNREADABLE",
            "授权明细无法读取",
            "unreadable details",
            asked(form={"authorization_details": "{}"}),
        ),
        ("ASSERTION_REPLAYED", "重复使用断言", "an assertion twice", twice),
    ):
        yield Fault(code, zh, en, make)
    other = partner.details(agreement_id=_like("agr_", partner))
    yield Fault(
        "DETAILS_NOT_GRANTED",
        "未批准的协议",
        "an agreement that is not granted",
        asked(form={"authorization_details": other}),
    )


def _repeats() -> Iterator[Fault]:
    def nonce_twice(partner: Partner) -> Call:
        nonce = token_urlsafe(24)
        for _ in range(2):
            call = partner.call(
                "GET", "/v1/exchanges?limit=1", signature=Signature(parameters={"nonce": nonce})
            )
        return call

    def all_of_it(partner: Partner) -> Call:
        first = partner.call("GET", "/v1/exchanges?limit=1")
        return partner.send(first.target, first.sent, first.body)

    yield Fault("DX_NONCE_USED", "重复使用随机数", "a used nonce", nonce_twice)
    yield Fault("DPOP_REPLAYED", "原样重发", "the same bytes a second time", all_of_it)


def _gone(*names: str) -> dict[str, str | None]:
    return dict.fromkeys(names)


def _like(prefix: str, partner: Partner) -> str:
    """An id of the form of the platform's own that names nothing."""
    known = {
        "agr_": partner.settings.agreement_id,
        "prp_": partner.settings.purpose_id,
        "app_": partner.settings.application_id,
    }[prefix]
    last = known[-1]
    return known[:-1] + ("0" if last != "0" else "1")
