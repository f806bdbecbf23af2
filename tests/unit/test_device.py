"""What a client says of its device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model.errors import InvalidArgument
from router.device import Device, DeviceType, device_of_headers, device_of_hello

MOBILE = Device(type=DeviceType.MOBILE, version="1.2.3", background=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Device()),
        ({"x-device-type": "mobile", "x-client-version": "1.2.3", "x-background-mode": "true"}, MOBILE),
        ({"x-device-type": "Mobile", "x-client-version": "1.2.3", "x-background-mode": "1"}, MOBILE),
        ({"x-device-type": "tablet", "x-background-mode": "false"}, Device(type=DeviceType.TABLET)),
        ({"x-device-type": "smartphone", "x-client-version": 65 * "x", "x-background-mode": "maybe"}, Device()),
        ({"x-client-version": ""}, Device()),
    ],
)
def test_headers_tell_what_they_can(headers: dict[str, str], expected: Device) -> None:
    """What cannot be read counts as not said."""
    assert device_of_headers(headers) == expected


@pytest.mark.parametrize(
    ("authextra", "default", "expected"),
    [
        (None, Device(), Device()),
        ({}, MOBILE, MOBILE),
        ({"device": None}, MOBILE, MOBILE),
        ({"device": {}}, MOBILE, MOBILE),
        ({"device": {"type": "mobile", "version": "1.2.3", "background": True}}, Device(), MOBILE),
        ({"device": {"background": False}}, MOBILE, Device(type=DeviceType.MOBILE, version="1.2.3")),
        ({"device": {"type": None, "version": None, "background": None}}, MOBILE, MOBILE),
        ({"device": {"type": "desktop"}, "other": 1}, Device(), Device(type=DeviceType.DESKTOP)),
    ],
)
def test_hello_goes_before_the_headers(authextra: dict[str, object] | None, default: Device, expected: Device) -> None:
    """Field by field; nothing else of authextra is looked at."""
    assert device_of_hello(authextra, default) == expected


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("mobile", "authextra.device"),
        (["mobile"], "authextra.device"),
        ({"kind": "mobile"}, "authextra.device"),
        ({1: 2}, "authextra.device"),
        ({"type": "phone"}, "authextra.device.type"),
        ({"type": ["mobile"]}, "authextra.device.type"),
        ({"version": 7}, "authextra.device.version"),
        ({"version": ""}, "authextra.device.version"),
        ({"version": 65 * "1"}, "authextra.device.version"),
        ({"version": "1\n2"}, "authextra.device.version"),
        ({"background": 1}, "authextra.device.background"),
    ],
)
def test_hello_must_be_right(said: object, field: str) -> None:
    """A client that says something else than can be said is told which field it is."""
    with pytest.raises(InvalidArgument) as raised:
        device_of_hello({"device": said}, Device())

    assert raised.value.details == {"field": field}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["type", "version", "background"]), inner),
    )
)
def test_whatever_hello_says_is_read_or_refused(said: object) -> None:
    """No value makes anything else happen."""
    try:
        device = device_of_hello({"device": said}, Device())
    except InvalidArgument:
        return
    assert device.type is None or device.type in DeviceType


@pytest.mark.parametrize(
    ("device_type", "pace_hz"),
    [(None, None), (DeviceType.MOBILE, 5.0), (DeviceType.TABLET, 10.0), (DeviceType.DESKTOP, None)],
)
def test_a_device_has_a_pace_to_begin_with(device_type: DeviceType | None, pace_hz: float | None) -> None:
    """Small screens on radio links get less until they ask for more."""
    assert Device(type=device_type).starting_pace_hz == pace_hz
    assert Device(type=device_type).is_mobile is (device_type is DeviceType.MOBILE)
