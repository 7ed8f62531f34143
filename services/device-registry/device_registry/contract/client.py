"""The registry, as other services ask it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.calls.http import Peers
from common.values.ids import DeviceId
from device_registry.contract.accounts import ClientCertificatesView, PushAccountView, SecretAddressView
from device_registry.contract.devices import PublicDeviceView
from device_registry.contract.directory import ListedDevicesView
from device_registry.contract.keys import NamedKeysView
from device_registry.contract.partydossiers import SignedDossier
from device_registry.contract.standing import SignedCapability


class DeviceRegistry:
    """The registry, as other services ask it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def capability(self, device_id: DeviceId, at: datetime) -> SignedCapability:
        """The device's standing at `at`, signed. Refusal NOT_FOUND for an unknown device, INVALID for the future."""
        answer = await self._peers.get(
            "device-registry", f"/v1/devices/{device_id}/capability", {"at": at.isoformat()}
        )
        return SignedCapability.model_validate(answer)

    async def dossier(self, device_id: DeviceId, at: datetime) -> SignedDossier:
        """The dossier of the device at `at` for the party of a case, signed. Refusals as `capability`."""
        path = f"/v1/devices/{device_id}/party-dossier"
        answer = await self._peers.get("device-registry", path, {"at": at.isoformat()})
        return SignedDossier.model_validate(answer)

    async def published(self, device_id: DeviceId) -> PublicDeviceView:
        """The device as the public list shows it. Refusal NOT_FOUND if the list does not show it."""
        answer = await self._peers.get("device-registry", f"/v1/public/devices/{device_id}")
        return PublicDeviceView.model_validate(answer)

    async def push_account(self, account: str) -> PushAccountView:
        """The Digest account. Refusal NOT_FOUND if there is none; only evidence may ask."""
        return PushAccountView.model_validate(
            await self._peers.get("device-registry", f"/v1/push-accounts/{account}")
        )

    async def account_devices(
        self, account: str, *, types: Sequence[str], codes: Sequence[str], first: int, limit: int
    ) -> ListedDevicesView:
        """The devices for which the account speaks, of these `types` (digits 11 to 13 of the code) and `codes`."""
        params = {
            "types": ",".join(types),
            "codes": ",".join(codes),
            "first": str(first),
            "limit": str(limit),
        }
        path = f"/v1/push-accounts/{account}/devices"
        return ListedDevicesView.model_validate(await self._peers.get("device-registry", path, params))

    async def client_certificate(self, sha256: str) -> ClientCertificatesView:
        """The accounts that a TLS certificate is, the newest first; only evidence may ask."""
        answer = await self._peers.get("device-registry", f"/v1/client-certificates/{sha256}")
        return ClientCertificatesView.model_validate(answer)

    async def secret_address(self, token_sha256: str) -> SecretAddressView:
        """The account behind a secret address. Refusal NOT_FOUND if there is none; only evidence may ask."""
        answer = await self._peers.get("device-registry", f"/v1/secret-addresses/{token_sha256}")
        return SecretAddressView.model_validate(answer)

    async def signing_keys(self, device_code: str, number: int) -> NamedKeysView:
        """The keys named `<device_code>#<number>`; only evidence may ask."""
        answer = await self._peers.get("device-registry", f"/v1/signing-keys/{device_code}/{number}")
        return NamedKeysView.model_validate(answer)
