"""The objects that a service process holds while it runs: handed to `create_app`, reached by routes and jobs.

A service that holds more declares a frozen subclass in its own runtime.py. No field of it is optional, because an
optional field would have to be checked at every use.

    @dataclass(frozen=True, kw_only=True)
    class CaseRuntime(Runtime):
        settings: CaseSettings
        sealed: SealedBlobs

    def runtime_of(settings: CaseSettings, *, background: bool = True) -> CaseRuntime:
        core = build_runtime("case", settings, background=background)
        return CaseRuntime(**vars(core), sealed=SealedBlobs(settings.store(settings.blobs), core.db.secrets))

    Run = Annotated[CaseRuntime, the_runtime]  # its routes declare this; see common.web.auth
"""

from __future__ import annotations

from dataclasses import dataclass

from common.calls.http import Peers
from common.calls.tokens import InternalVerifier, KeyRing, TokenKey
from common.documents import glyphs
from common.door.feed import FRESH_S, Feed
from common.door.secrets import Secrets
from common.door.uow import Database
from common.values.calendar import Calendar
from common.values.clock import OffsetClock
from common.values.datafiles import load_profile
from common.values.notices import Calendars
from common.values.profile import Profile
from common.values.profiles import Profiles
from common.web.settings import TOKEN_KEY, RelaySettings, Settings, record_keys
from ledger.clock import Clock, real_time
from ledger.keyfiles import RecordSigner


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One service's surroundings. Nothing here is global, so that five of them fit in one process."""

    service: str
    settings: Settings
    db: Database
    relay_url: str
    clock: Clock
    verifier: InternalVerifier
    peers: Peers
    feed: Feed
    profiles: Profiles
    calendars: Calendars
    background: bool = True  # False in tests, which run the jobs themselves

    @property
    def profile(self) -> Profile:
        """The city's figures now. They may change: a version of the catalogue may be published meanwhile."""
        return self.profiles()

    @property
    def calendar(self) -> Calendar:
        """The working days now. It may change: an operator may load a notice while the service runs."""
        return self.calendars()


def build_runtime(service: str, settings: Settings, *, background: bool = True, pool: int = 5) -> Runtime:
    """The part of the runtime that every service has. Opens no connection.

    Raises ValueError or OSError for a key file that cannot be used.
    """
    glyphs.use(settings.fonts)
    profile = load_profile(settings.profile)
    clock = clock_of(settings)
    signer = RecordSigner.load(*record_keys(service, profile.city_domain, settings.keys)[-1])
    peers = Peers(service, TokenKey.load(settings.keys / TOKEN_KEY), settings.peer_urls(service))
    return Runtime(
        service=service,
        settings=settings,
        db=Database.connect(
            settings.database_url,
            service=service,
            signer=signer,
            clock=clock,
            secrets=Secrets(settings.erasable),
            pool=pool,
        ),
        relay_url=settings.relay_url,
        clock=clock,
        # Token lifetimes are in real time: a demo clock that jumps a month must not end every session.
        verifier=InternalVerifier(KeyRing(settings.ring), audience=service),
        peers=peers,
        feed=Feed(peers, fresh_s=FRESH_S if background else 0),
        profiles=Profiles(profile),
        calendars=Calendars(settings.calendars),
        background=background,
    )


def clock_of(settings: RelaySettings) -> Clock:
    """The real time, or in demo and test the clock that a file sets."""
    return OffsetClock(settings.clock) if settings.clock else real_time
