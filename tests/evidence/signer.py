"""A camera that signs: its key at the registry, and its manifests in the objects that it pushes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_registry.domain.keys import possession_text
from evidence.domain.manifest import START
from ledger.canonical import canonical
from tests.evidence.camera import Device


@dataclass
class Signer:
    """The key of `camera` with this number, and the end of its chain."""

    camera: Device
    number: int = 1
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seq: int = 0
    prev: str = START

    @property
    def kid(self) -> str:
        return f"{self.camera.code}#{self.number}"

    async def enroll(self, *, days: float = 300, **order: Any) -> None:
        """The key at the registry; two minutes later what the camera saw a minute ago can be signed with it."""
        world, public = self.camera.world, self.key.public_key().public_bytes_raw()
        made = await world.person("DEVICE_ADMIN").post(
            f"/v1/devices/{self.camera.id}/signing-keys",
            json={
                "kid": self.kid,
                "algorithm": "ed25519",
                "public_key": base64.b64encode(public).decode(),
                "proof": base64.b64encode(self.key.sign(possession_text(self.kid, public))).decode(),
                "valid_until": (world.clock() + timedelta(days=days)).isoformat(),
            }
            | order,
        )
        assert made.status_code == 201, made.text
        world.clock.advance(minutes=2)
        forget(self.camera)

    async def revoke(self, *, since: str | None = None) -> None:
        """The key is stolen."""
        path = f"/v1/devices/{self.camera.id}/signing-keys/{self.number}/revocation"
        order = {"reason": "COMPROMISED", "since": since}
        answer = await self.camera.world.person("DEVICE_ADMIN").post(path, json=order)
        assert answer.status_code == 201, answer.text
        forget(self.camera)

    def manifest(self, vehicle: dict[str, Any], **changes: Any) -> bytes:
        """The next manifest of the chain, over this object."""
        self.seq += 1
        entries = vehicle["SubImageList"]["SubImageInfoObject"]
        said = {
            "alg": "ed25519",
            "device_id": self.camera.code,
            "images": [_image(entry) for entry in entries],
            "kid": self.kid,
            "motor_vehicle_id": vehicle["MotorVehicleID"],
            "plate_color": vehicle["PlateColor"],
            "plate_no": vehicle["PlateNo"],
            "prev": self.prev,
            "seq": self.seq,
            "shot_time": vehicle["PassTime"],
            "tz": "+08:00",
            "v": 1,
        }
        if violation := vehicle.get("X-ViolationCode"):
            said["violation_code"] = violation
        data = canonical(said | changes)
        self.prev = hashlib.sha256(data).hexdigest()
        return data

    def signs(self, vehicle: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """`vehicle` with its manifest and its signature."""
        data = self.manifest(vehicle, **changes)
        return vehicle | carried(data, self.key.sign(data))


def carried(manifest: bytes, signature: bytes) -> dict[str, str]:
    """The two keys that an object carries."""
    return {
        "X-CaptureManifest": base64.b64encode(manifest).decode(),
        "X-CaptureSignature": base64.b64encode(signature).decode(),
    }


def forget(camera: Device) -> None:
    """As a minute of real time does."""
    intake = camera.world.app.apps["evidence"].state.intake
    intake.accounts.forget()
    intake.keys.forget()


def _image(entry: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64decode(entry["Data"])
    said = {
        "image_id": entry.get("ImageID", ""),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "type": entry["Type"],
    }
    return said | ({"shot_time": entry["ShotTime"]} if entry.get("ShotTime") else {})
