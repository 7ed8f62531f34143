"""Where the files of an installation lie: in its data folder, or in buckets that D/buckets.json names.

    {"place": "s3://city-files/2026", "backup": "s3://other-site/copy", "endpoint": "https://…",
     "region": "us-east-1", "credentials": "/etc/mingzheng/s3"}

`blobs/<service>` lies below `place`, the second copy at `backup`; `region` may be left out. `credentials` is the path
of a file of two lines. What is copied out of buckets (`backup`, `export`) is folders, so that a copy needs no bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.door.stores import Bucket, BucketPlace, Credentials, Folder, Store, StoreUnfit
from mz.operate.datadir import DataDir
from mz.services import SERVICES

BACKUP: Final = "backup"


@dataclass(frozen=True)
class FileStores:
    """The stores of one installation by place: `blobs/<service>` and `backup`. One that is not there yet is missing."""

    of: Mapping[str, Store]

    @classmethod
    def at(cls, d: DataDir) -> FileStores:
        """Opens no connection. Raises StoreUnfit, ValueError or OSError for a D/buckets.json that cannot be used."""
        names = [f"blobs/{service}" for service in SERVICES] + [BACKUP]
        if d.buckets is None:
            return cls({name: Folder(d.root / name) for name in names if (d.root / name).is_dir()})
        try:
            credentials = Credentials.read(Path(d.buckets["credentials"]))
            places = {name: BucketPlace.parse(d.place(name)) for name in names}
            where: dict[str, Any] = {"endpoint": d.buckets["endpoint"], "credentials": credentials}
        except KeyError as error:
            raise StoreUnfit(f"buckets.json: 缺少 (missing) {error}") from None
        region = d.buckets.get("region", "us-east-1")
        return cls({name: Bucket(place, region=region, **where) for name, place in places.items()})

    @property
    def are_buckets(self) -> bool:
        return any(isinstance(store, Bucket) for store in self.of.values())

    def of_column(self, where: str, service: str) -> Store | None:
        """The store that a column of `service` names files of; `where` is `backup` or another word for its own."""
        return self.of.get(BACKUP if where == BACKUP else f"blobs/{service}")
