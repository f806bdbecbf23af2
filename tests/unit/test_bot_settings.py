"""The settings of bots."""

import pytest

from components.bots.settings import BotSettings
from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError


def test_what_is_not_set_is_the_default() -> None:
    """A minute of silence; an empty value counts as not set."""
    assert BotSettings.from_environment({}) == BotSettings.from_environment({"TAPECAST_BOT_SILENCE_S": ""})
    assert BotSettings().silence_ns == 60 * NS_PER_S


def test_the_silence_is_set_in_seconds() -> None:
    """From one to a day."""
    settings = BotSettings.from_environment({"TAPECAST_BOT_SILENCE_S": "5"})

    assert settings.silence_ns == 5 * NS_PER_S


@pytest.mark.parametrize("text", ["0", "86401", "1.5", "x"])
def test_another_silence_is_refused(text: str) -> None:
    """In one line that names the setting."""
    with pytest.raises(ConfigError, match="TAPECAST_BOT_SILENCE_S="):
        BotSettings.from_environment({"TAPECAST_BOT_SILENCE_S": text})
