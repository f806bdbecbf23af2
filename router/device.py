"""What a client says of the device that it runs on, in HELLO or in the headers of its opening handshake."""

import enum
from collections.abc import Mapping

import attrs

from components.model.errors import InvalidArgument

MAX_VERSION_CHARS = 64


class DeviceType(enum.StrEnum):
    """Kinds of devices; each has a pace to begin with."""

    MOBILE = "mobile"
    TABLET = "tablet"
    DESKTOP = "desktop"


_STARTING_PACES_HZ = {DeviceType.MOBILE: 5.0, DeviceType.TABLET: 10.0}
_TYPES = {device_type.value: device_type for device_type in DeviceType}
_SWITCH = {"true": True, "1": True, "false": False, "0": False}
DEVICE_FIELDS = frozenset({"type", "version", "background"})
"""What HELLO may say of it."""


@attrs.frozen(kw_only=True)
class Device:
    """
    A client's device, as the client says.

    Attributes:
        type: None where the client does not say.
        version: Of the client's program.
        background: Whether nobody looks at it now.
    """

    type: DeviceType | None = None
    version: str | None = None
    background: bool = False

    @property
    def starting_pace_hz(self) -> float | None:
        """How many events a second a conflated topic has until the client asks for another pace; None is all."""
        return None if self.type is None else _STARTING_PACES_HZ.get(self.type)

    @property
    def is_mobile(self) -> bool:
        """Whether it says that it is a mobile one."""
        return self.type is DeviceType.MOBILE


def device_of_headers(headers: Mapping[str, str]) -> Device:
    """
    Read `x-device-type`, `x-client-version` and `x-background-mode`, names in lower case.

    What cannot be read counts as not said: proxies add headers of these names, with words of their own.
    """
    version = headers.get("x-client-version", "")
    return Device(
        type=_TYPES.get(headers.get("x-device-type", "").lower()),
        version=version if _is_version(version) else None,
        background=_SWITCH.get(headers.get("x-background-mode", "").lower(), False),
    )


def device_of_hello(authextra: Mapping[str, object] | None, default: Device) -> Device:
    """
    Read `device` of HELLO's authextra; what it does not say is as in the headers.

    Raises:
        InvalidArgument: It says something that is none of the things to be said.
    """
    said = (authextra or {}).get("device")
    if said is None:
        return default
    if not isinstance(said, dict) or not said.keys() <= DEVICE_FIELDS:
        raise InvalidArgument("authextra.device", f"expected a dict with {', '.join(sorted(DEVICE_FIELDS))} at most")
    return Device(
        type=_read_type(said.get("type"), default),
        version=_read_version(said.get("version"), default),
        background=_read_background(said.get("background"), default),
    )


def _read_type(said: object, default: Device) -> DeviceType | None:
    if said is None:
        return default.type
    if not isinstance(said, str) or said not in _TYPES:
        raise InvalidArgument("authextra.device.type", f"expected one of {', '.join(_TYPES)}")
    return _TYPES[said]


def _read_version(said: object, default: Device) -> str | None:
    if said is None:
        return default.version
    if not isinstance(said, str) or not _is_version(said):
        text = f"expected 1 to {MAX_VERSION_CHARS} printable characters"
        raise InvalidArgument("authextra.device.version", text)
    return said


def _read_background(said: object, default: Device) -> bool:
    if said is None:
        return default.background
    if not isinstance(said, bool):
        raise InvalidArgument("authextra.device.background", "expected true or false")
    return said


def _is_version(text: str) -> bool:
    return 0 < len(text) <= MAX_VERSION_CHARS and text.isprintable()
