"""The node's configuration, made from its template and the settings, in the data directory."""

import json
import os
from pathlib import Path
from typing import Any

from auth.secret_store import SECRET_FILE_NAME, load_or_make_development_secret, load_secret
from auth.tokens import SECRET_VARIABLE
from components.model.errors import ConfigError
from components.runtime.settings import Settings

PROJECT = Path(__file__).parents[2]
TEMPLATE = PROJECT / "crossbar-config" / "node.json"
WEB_DIRECTORY = PROJECT / "web"
CONFIG_NAME = "config.json"


def prepare_data_dir(settings: Settings) -> Path:
    """
    Make the data directory, open to its owner only, and all that a node needs in it.

    Returns:
        The directory's absolute path.

    Raises:
        ConfigError: It cannot be made or written, or the secret in it cannot be used.
    """
    directory = settings.data_dir.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        config = node_config(settings, directory)
        (directory / CONFIG_NAME).write_text(json.dumps(config, indent=4) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"TAPECAST_DATA_DIR: cannot use {directory}: {error.strerror}") from None
    return directory


def jwt_secret(settings: Settings, directory: Path) -> bytes:
    """
    The secret of tokens: from the environment, else the development secret of the data directory, made if needed.

    Raises:
        ConfigError: It cannot be made, read or used.
    """
    if settings.has_jwt_secret:
        return load_secret(os.environ, variable=SECRET_VARIABLE, path=None)
    return load_or_make_development_secret(directory)


def authenticator_config(settings: Settings, directory: Path) -> dict[str, object]:
    """What the authenticator is told; the secret itself is not in it."""
    return {
        "secret_file": None if settings.has_jwt_secret else str(directory / SECRET_FILE_NAME),
        "issuer": settings.jwt_issuer,
        "audience": settings.jwt_audience,
    }


def node_config(settings: Settings, directory: Path) -> dict[str, Any]:
    """The node's configuration: the template with every `"${name}"` in it replaced by what it stands for."""
    values = {
        "host": settings.host,
        "port": settings.port,
        "web_directory": str(WEB_DIRECTORY),
        "allowed_origins": list(settings.allowed_origins),
        "authenticator": authenticator_config(settings, directory),
    }
    config: dict[str, Any] = _filled(json.loads(TEMPLATE.read_text(encoding="utf-8")), values)
    return config


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, str) and value.startswith("${"):
        return values[value[2:-1]]
    return value
