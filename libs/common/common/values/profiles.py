"""The city's profile as it stands: the file that came with the release, and what was published since.

The file is the first version of every catalogue item. A later version is published in the case service's catalogue
before it takes effect, so a process that hears of it a moment late applies no wrong law.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from common.values.catalogue import CatalogueItem
from common.values.profile import Profile


class Profiles:
    """The profile now. One process holds one; it changes when `publish` is told of another version."""

    def __init__(self, shipped: Profile) -> None:
        self._shipped = shipped
        self._now = shipped

    def __call__(self) -> Profile:
        return self._now

    def publish(self, items: Iterable[CatalogueItem]) -> None:
        """From now on the profile has these published versions, and no others beside those of the file."""
        self._now = self.shipped_with(items)

    def shipped_with(self, items: Iterable[CatalogueItem]) -> Profile:
        """The profile of the file with these published versions, whatever this process was told before."""
        return with_versions(self._shipped, items)


def with_versions(profile: Profile, items: Iterable[CatalogueItem]) -> Profile:
    """`profile` with further versions of its catalogue. The version before each of them ends on the day before it.

    Raises ValueError where a version follows none, or not the one before it.
    """
    catalogue = list(profile.catalogue)
    for item in sorted(items, key=lambda item: (item.code, item.version)):
        known = [n for n, earlier in enumerate(catalogue) if earlier.code == item.code]
        if known:
            last = max(known, key=lambda n: catalogue[n].version)
            before, end = catalogue[last], item.valid_from - timedelta(days=1)
            if before.valid_until is None or before.valid_until > end:
                catalogue[last] = replace(before, valid_until=end, no_violation_after=False)
        catalogue.append(item)
    return replace(profile, catalogue=tuple(catalogue))
