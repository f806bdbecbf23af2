"""Two hundred kills of the process that keeps accounts, at any moment under load."""

import secrets

import pytest
import pytest_twisted

from tests.support.trading_survival import survive

KILLS = 200


@pytest.mark.timeout(7200)
@pytest_twisted.ensureDeferred
async def test_two_hundred_kills_cost_nobody_anything(capsys: pytest.CaptureFixture[str]) -> None:
    """Clients stay connected, acknowledged orders and fills are there once, and every stream goes on in its epoch."""
    seed = secrets.randbits(32)
    with capsys.disabled():
        print(f"\nseed {seed}")  # noqa: T201 - what a failed run is made again with

    survived = await survive(KILLS, seed=seed)

    with capsys.disabled():
        print(survived)  # noqa: T201 - what the soak came to
    assert survived.kills == KILLS
