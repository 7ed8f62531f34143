"""The settings of a service that keeps files: in folders, or in buckets that speak the S3 API.

MINGZHENG_CASE_BLOBS=/var/lib/mingzheng/blobs        or        MINGZHENG_CASE_BLOBS=s3://city-files/case
MINGZHENG_CASE_S3_ENDPOINT=https://…                 only for buckets; the two lines of S3_CREDENTIALS are a file's,
MINGZHENG_CASE_S3_CREDENTIALS=/run/secrets/s3        so that no environment and no listing of processes holds them
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from common.door.stores import SCHEME, Bucket, BucketPlace, Credentials, Folder, Store, StoreUnfit
from common.web.settings import Settings


def _place(value: Any) -> Any:
    return BucketPlace.parse(value) if isinstance(value, str) and value.startswith(SCHEME) else value


Place = Annotated[Path | BucketPlace, BeforeValidator(_place)]
"""A folder, or `s3://<bucket>/<prefix>`."""


class KeepingSettings(Settings):
    """What a service that keeps files needs beside their places."""

    s3_endpoint: str | None = Field(
        None, description="对象存储地址 https://…,文件放桶中时用 · the S3 API, where files lie in a bucket"
    )
    s3_region: str = Field("us-east-1", description="对象存储区域 · the region that requests are signed for")
    s3_credentials: Path | None = Field(
        None, description="两行文件: 密钥标识与密钥 · a file of two lines, key id and secret"
    )

    def store(self, place: Path | BucketPlace) -> Store:
        """What keeps files at `place`. Opens no connection. Raises ValueError or OSError for unusable credentials."""
        if isinstance(place, Path):
            return Folder(place)
        if self.s3_endpoint is None or self.s3_credentials is None:
            raise StoreUnfit(f"{place}: 缺少 S3_ENDPOINT 或 S3_CREDENTIALS (both are needed for a bucket)")
        credentials = Credentials.read(self.s3_credentials)
        return Bucket(place, endpoint=self.s3_endpoint, region=self.s3_region, credentials=credentials)

    def prove_places(self) -> None:
        for name in type(self).model_fields:
            if isinstance(place := getattr(self, name), BucketPlace):
                self.store(place).prove()

    def _must_exist(self) -> tuple[str, ...]:
        return (*super()._must_exist(), "s3_credentials")
