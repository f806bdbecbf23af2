"""The process that keeps accounts is killed at any moment under load: nothing is lost, nothing comes twice."""

import secrets

import pytest
import pytest_twisted

from tests.support.trading_survival import survive

KILLS = 20


@pytest.mark.timeout(600)
@pytest_twisted.ensureDeferred
async def test_twenty_kills_cost_nobody_anything() -> None:
    """Clients stay connected, acknowledged orders and fills are there once, and every stream goes on in its epoch."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - told where it fails

    survived = await survive(KILLS, seed=seed)

    assert survived.kills == KILLS
    assert min(survived.orders, survived.fills, survived.unavailable, survived.resumed) > 0
