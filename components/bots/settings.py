"""The settings of bots: `TAPECAST_BOT_` and a name."""

from collections.abc import Mapping
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.model.setting_values import Parse, read_setting, seconds


@attrs.frozen(kw_only=True)
class BotSettings:
    """
    How bots are watched.

    Attributes:
        silence_ns: A bot that has not reported for so long is stale.
    """

    silence_ns: int = 60 * NS_PER_S

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "BotSettings":
        """
        Read all variables of `BOT_VARIABLES`; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs.
        """
        values: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in BOT_VARIABLES.items()
            if environ.get(name)
        }
        return cls(**values)


BOT_VARIABLES: Mapping[str, tuple[str, Parse]] = {"TAPECAST_BOT_SILENCE_S": ("silence_ns", seconds(1, 86_400))}
"""Which attribute each variable sets, and what reads it."""
