"""Every provider that takes orders over HTTP: SMS, fax, WeChat and the push of a phone's vendor are configurations of
it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from common.calls.providers import Lines, NoAnswer, NotSent, Reply
from notification.channels.configs import Http, Provider
from notification.channels.letters import Letter
from notification.channels.texts import code_of, filled, found, segments_of
from notification.domain.answers import Answer, Verdict
from notification.domain.content import MESSAGE_LENGTH


class HttpCarrier:
    """Gives orders to one provider as its configuration says."""

    def __init__(self, provider: Provider, lines: Lines, *, secret: str) -> None:
        assert provider.http is not None
        self.name, self.channel = provider.name, provider.channel
        self.level, self.weight = provider.level, provider.weight
        self._provider, self._form, self._lines, self._secret = provider, provider.http, lines, secret

    async def send(self, letter: Letter) -> Answer:
        form = self._form
        values = self._values(letter)
        if form.most_segments and values["segments"] > form.most_segments:
            return Answer(Verdict.ORDER, "TOO_LONG")
        try:
            url = _address(form.url, values)
            content, media_type = _body(form, filled(form.fields, values))
        except KeyError as name:
            # A template that needs a value which the message has not is wrong in every message of its kind.
            return Answer(Verdict.ORDER, code_of(f"NO_VALUE:{name.args[0]}"))
        headers = {"content-type": media_type, **form.headers, **self._auth(content)}
        try:
            reply = await self._lines.call(
                form.method, url, headers=headers, content=content, deadline_s=form.deadline_s
            )
        except NotSent as end:
            return Answer(Verdict.AWAY, end.why)
        except NoAnswer as end:
            return Answer(Verdict.SILENT, end.why)
        return self._judged(reply, is_bare=letter.is_bare)

    async def ask(self, reference: str) -> Answer | None:
        query = self._form.query
        if query is None:
            return None
        url = query.url.replace("{reference}", quote(reference, safe=""))
        try:
            reply = await self._lines.call(
                "GET",
                url,
                headers={**self._form.headers, **self._auth(b"")},
                deadline_s=self._form.deadline_s,
            )
        except (NotSent, NoAnswer):
            return None
        body = _json(reply.body)
        code = code_of(found(body, query.code))
        if code in query.unknown or (reply.status == 404 and "404" in query.unknown):
            return Answer(Verdict.AWAY, code)
        codes = self._provider.reports.codes if self._provider.reports else self._form.codes
        verdict = codes.meaning(code) or self._form.codes.meaning(code)
        if not 200 <= reply.status < 300 or verdict is None:
            return None
        named = found(body, query.reference) if query.reference else None
        theirs = code_of(named) if named is not None else None
        return Answer(verdict, code, reference=theirs, basis=self._provider.basis, transcript=_shown(reply))

    async def close(self) -> None:
        await self._lines.close()

    def _values(self, letter: Letter) -> dict[str, Any]:
        form = self._form
        text = letter.whole
        is_long = len(text) > MESSAGE_LENGTH or segments_of(form.signature + text) > form.most_segments
        if form.most_segments and is_long:
            text = letter.text  # two languages are too long; the Chinese one says everything and prevails
        signed = form.signature + text
        template = form.bare_template if letter.is_bare else form.templates.get(letter.template or "", "")
        return {
            "address": letter.address,
            "title": letter.title,
            "text": text,
            "signed": signed,
            "reference": letter.reference,
            "template": template,
            "segments": segments_of(signed),
            "values": dict(letter.values),
            **{f"value.{name}": value for name, value in letter.values.items()},
        }

    def _auth(self, content: bytes) -> Mapping[str, str]:
        auth = self._form.auth
        match auth.kind:
            case "BEARER":
                return {auth.header: f"Bearer {self._secret}"}
            case "HEADER":
                return {auth.header: self._secret}
            case "HMAC":
                return {auth.header: hmac.new(self._secret.encode(), content, "sha256").hexdigest()}
            case "BASIC":
                pair = base64.b64encode(f"{auth.user}:{self._secret}".encode()).decode()
                return {auth.header: f"Basic {pair}"}
        return {}

    def _judged(self, reply: Reply, *, is_bare: bool) -> Answer:
        """What `reply` means. Only a success that the configuration names is one: a page of a proxy is none."""
        body = _json(reply.body)
        code = code_of(found(body, self._form.code)) if self._form.code else code_of(reply.status)
        verdict = self._form.statuses.meaning(str(reply.status)) or self._form.codes.meaning(code)
        if verdict is None:
            verdict = _by_status(reply.status)
            code = code if code != "-" else code_of(reply.status)
        theirs = found(body, self._form.reference) if self._form.reference else None
        return Answer(
            verdict,
            code,
            reference=code_of(theirs) if theirs is not None else None,
            retry_after_s=reply.retry_after_s,
            basis=self._provider.basis,
            is_bare=is_bare,
            transcript=_shown(reply),
        )


def _by_status(status: int) -> Verdict:
    """The meaning of an answer whose code no list names. A 2xx without a known code is a refusal, not a success.

    502 and 504 come from something in between that may have passed the order on (RFC 9110, 15.6).
    """
    if status in (502, 504):
        return Verdict.SILENT
    if status in (408, 425, 429) or status >= 500:
        return Verdict.LATER
    return Verdict.ORDER


def _address(url: str, values: Mapping[str, Any]) -> str:
    return str(filled(url, {name: quote(str(value), safe="") for name, value in values.items()}))


def _body(form: Http, fields: Any) -> tuple[bytes, str]:
    if form.form == "FORM":
        flat = {
            name: orjson.dumps(v).decode() if isinstance(v, dict | list) else v for name, v in fields.items()
        }
        return urlencode(flat).encode(), "application/x-www-form-urlencoded"
    return orjson.dumps(fields), "application/json"


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _shown(reply: Reply) -> str:
    return f"HTTP {reply.status}\n{reply.body[:2_000].decode(errors='replace')}"
