"""A notice in one change: its message, its words, and the deliveries that bring it; or why it was not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import end_of
from common.values.errors import Refusal
from common.values.ids import AgencyId, DeliveryId, MessageId
from notification.domain import delivering
from notification.domain.channels import Address
from notification.domain.delivery import Dispatch
from notification.domain.drafting import Scope
from notification.domain.joining import gathered_at
from notification.domain.mailings import Result
from notification.domain.message import Failure, Message, Order, create, deliver, fail
from notification.domain.preferences import Wishes
from notification.domain.telling import Ways, is_urgent, ways_to
from notification.domain.templates import Category, Language, MessageClass, Template, Words, class_of, worded
from notification.runtime import NotificationRuntime
from notification.store import addresses, deliveries, messages, preferences, templates
from notification.store.deliveries import Sending
from notification.store.parties import resource, resource_of
from notification.telling import context as contexts
from notification.telling.context import Asked, Context

_FAILURES: Final = {
    "NOTI_VARIABLE_MISSING": Failure.VARIABLE_MISSING,
    "NOTI_CONTENT_FORBIDDEN": Failure.CONTENT_FORBIDDEN,
}
_AT_BIRTH: Final = frozenset({Failure.DOCUMENT_DIFFERS, *_FAILURES.values()})
"""For these a message fails while it is made: it was never sent."""


async def tell(runtime: NotificationRuntime, asked: Asked) -> Result:
    """Make the notice that `asked` asks for, once, and send it on its ways; what became of it."""
    if runtime.db.secrets.is_erased(asked.case_id.stream):
        # Our database is an older backup without the message; nothing is told about an erased case.
        return Result.ERASED
    async with view(runtime.db, mandate()) as v:
        made = await _made_before(v, asked)
    if made is not None:
        return made
    context = await contexts.find(runtime, asked)
    if context is None:
        return Result.NO_PARTY
    async with change(runtime.db, mandate()) as tx:
        await messages.hold_cause(tx, asked.cause)
        # Read again under the lock: another process may have made it meanwhile.
        made = await _made_before(tx, asked)
        if made is not None:
            return made
        wishes = (await preferences.of_party(tx, context.party_id)).wishes
        category = class_of(asked.code).category
        if category is Category.CAMPAIGN and not wishes.wants(category):
            return Result.NOT_WANTED  # not even its inbox shows what nobody has to be told
        is_sent = await _make(runtime, tx, asked, context, wishes)
    return Result.MADE if is_sent else Result.NOT_SENT


def mandate() -> Mandate:
    """Of the service at its own work."""
    return authorize(service_actor("notification"), Action.MESSAGE_DELIVER)


async def _made_before(at: Tx | View, asked: Asked) -> Result | None:
    """What became of the notice when it was made; None where it was not yet."""
    if not await messages.is_made(at, asked.cause):
        return None
    failure = await messages.find_failure(at, asked.cause)
    return Result.NOT_SENT if failure in _AT_BIRTH else Result.MADE


async def _make(runtime: NotificationRuntime, tx: Tx, asked: Asked, context: Context, wishes: Wishes) -> bool:
    """Make the message and send it. False where it may not go out: then it is on record as failed, with the reason."""
    of = class_of(asked.code)
    template = await _template(tx, of, context.of_case.agency_id, Language.ZH)
    words, failed = _words(runtime, of, template, asked, context)
    name = template.name
    if failed is None and wishes.language is not Language.ZH:
        other = await _template(tx, of, context.of_case.agency_id, wishes.language)
        beside, unfit = _words(runtime, of, other, asked, context)
        if unfit is None:  # otherwise the Chinese words go alone: they say everything
            words, name = replace(words, supplement=beside.text), f"{name}+{other.name}"
    order = Order(
        kind=of.kind,
        agency_id=context.of_case.agency_id,
        party_id=context.party_id,
        case_id=asked.case_id,
        cause=asked.cause,
        document_id=asked.paper.document_id if asked.paper else None,
        document_kind=asked.paper.kind if asked.paper else None,
        document_sha256=asked.paper.sha256 if asked.paper else None,
        code=asked.code,
        template=name,
    )
    created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
    permit = tx.permit(
        resource_of(MessageId(created.owner), created.agency_id, created.party_id, created.case_id)
    )
    message = await messages.add(tx, permit, created, texts=words)
    if not context.intact:
        await messages.save(tx, permit, message, fail(message, Failure.DOCUMENT_DIFFERS))
    elif failed is not None:
        await messages.save(
            tx, permit, message, fail(message, _FAILURES[failed.code], because=names_in(failed))
        )
    else:
        await _send(runtime, tx, message, words, context, wishes)
    return context.intact and failed is None


async def _template(tx: Tx, of: MessageClass, agency_id: AgencyId, language: Language) -> Template:
    """The agency's own words in force for the class, or those that ship."""
    own = await templates.find_in_force(tx, agency_id, Scope(of.code, language))
    return own.template if own else of.templates[language]


def _words(
    runtime: NotificationRuntime, of: MessageClass, template: Template, asked: Asked, context: Context
) -> tuple[Words, Refusal | None]:
    """The words of the notice; or the title alone, and the refusal that says why they may not go out."""
    values = contexts.values_of(context, asked.says, template.language)
    try:
        return worded(of, template, values, official_domain=runtime.profile.city_domain), None
    except Refusal as refusal:
        if refusal.code not in _FAILURES:
            raise
        return Words(template.title, ""), refusal


async def _send(
    runtime: NotificationRuntime, tx: Tx, message: Message, words: Words, context: Context, wishes: Wishes
) -> None:
    """The inbox tells at once; the channels queue here and report later. Without any way an officer tells by hand."""
    rules, known = runtime.profile.notification, context.addresses
    shunned = await addresses.list_shunned(
        tx, message.party_id, message.case_id, [Address(channel, value) for channel, value in known.items()]
    )
    ways = ways_to(known, rules, has_account=context.has_account, shunned=shunned, first=wishes.channels)
    if ways.by_inbox:
        permit = tx.permit(resource(message.id, message.party_id))
        message = await messages.save(tx, permit, message, deliver(message))
    if ways.first is not None and wishes.wants(class_of(message.code).category):
        await _queue(runtime, tx, message, words, context, ways, wishes)


async def _queue(
    runtime: NotificationRuntime,
    tx: Tx,
    message: Message,
    words: Words,
    context: Context,
    ways: Ways,
    wishes: Wishes,
) -> None:
    rules, of_case = runtime.profile.notification, context.of_case
    assert ways.first is not None
    of = class_of(message.code)
    urgent = is_urgent(
        correct_until=of_case.correct_until,
        prompt_until=end_of(of_case.prompt_by) if of.document_kind == "D-02" else None,
        night=wishes.quiet_in(rules).length,
        at=tx.now,
    )
    # One text for the day's messages, where nothing hurries.
    hour = gathered_at(of, rules, is_urgent=urgent, at=tx.now)
    dispatch = Dispatch(
        message_id=message.id,
        case_id=message.case_id,
        party_id=message.party_id,
        agency_id=message.agency_id,
        channel=ways.first.channel,
        expires_at=(hour or tx.now) + timedelta(hours=rules.next_channel_h),
        not_before=hour,
        level=of.level,
        is_urgent=urgent,
        may_come_twice=of.alike,
    )
    fact = delivering.accept(DeliveryId.new(tx.now), dispatch, at=tx.now)
    permit = tx.permit(resource(DeliveryId(fact.owner), message.party_id))
    sending = Sending(
        ways.first.value,
        words.title,
        words.text,
        others=ways.others,
        supplement=words.supplement,
        large_print=wishes.large_print,
    )
    await deliveries.add(tx, permit, fact, texts=sending)


def names_in(refusal: Refusal) -> tuple[str, ...]:
    """What the words lack or hold, as the refusal names it."""
    named = refusal.facts.get("missing") or refusal.facts.get("forbidden") or []
    return tuple(str(name) for name in named)
