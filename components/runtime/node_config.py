"""The node's configuration, made from its template and the settings, in the data directory."""

import json
import os
from pathlib import Path
from typing import Any

import attrs

from auth.authenticator import ANONYMOUS
from auth.key_file_store import read_keys
from auth.keys import SECRET_VARIABLE, KeySet, secret_key
from auth.secret_store import SECRET_FILE_NAME, load_or_make_development_secret, load_secret
from auth.user_settings import DirectoryKind
from components.contract.topics import Owner
from components.model.errors import ConfigError
from components.runtime.profiles import Profile
from components.runtime.settings import Settings, is_ipv6
from components.trading.settings import Execution

PROJECT = Path(__file__).parents[2]
TEMPLATES = {
    Profile.GATEWAY: PROJECT / "crossbar-config" / "node.json",
    Profile.BENCH: PROJECT / "crossbar-config" / "bench.json",
}
WEB_DIRECTORY = PROJECT / "web"
JAVASCRIPT_CLIENT_DIRECTORY = PROJECT / "clients" / "js"
CONFIG_NAME = "config.json"
MS_PER_S = 1000


def write_config(settings: Settings, directory: Path, profile: Profile = Profile.GATEWAY) -> None:
    """
    Write the node's configuration into the data directory: all of it or nothing, for the owner alone.

    Only for whom the directory is locked.

    Raises:
        ConfigError: It cannot be written.
    """
    path, new = directory / CONFIG_NAME, directory / f"{CONFIG_NAME}.new"
    text = json.dumps(node_config(settings, directory, profile), indent=4) + "\n"
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def read_url(directory: Path) -> str:
    """
    Where the gateway of a data directory serves, as `http://host:port`, by the configuration that it runs with.

    Raises:
        ConfigError: The configuration cannot be read.
    """
    path = directory / CONFIG_NAME
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        endpoints = [one["endpoint"] for worker in config["workers"] for one in worker.get("transports", ())]
        endpoint = next(one for one in endpoints if one["type"] == "tcp")
        scheme = "https" if "tls" in endpoint else "http"
        host, port = endpoint["interface"], endpoint["port"]
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise ConfigError(f"{path}: expected the configuration of a node, received something else") from None
    return f"{scheme}://[{host}]:{port}" if is_ipv6(host) else f"{scheme}://{host}:{port}"


def jwt_secret(settings: Settings, directory: Path) -> bytes | None:
    """
    The secret of tokens: from the environment, else the development secret of the data directory, made if needed.

    Where the operator names public keys, there is no development secret: it would be one more way in.

    Returns:
        None where there is none.

    Raises:
        ConfigError: It cannot be made, read or used.
    """
    if settings.tokens.has_secret:
        return load_secret(os.environ, variable=SECRET_VARIABLE, path=None)
    return load_or_make_development_secret(directory) if settings.tokens.has_development_secret else None


def check_keys(settings: Settings) -> None:
    """
    Read the keys that the operator names, as the router will.

    Raises:
        ConfigError: The secret or a file cannot be used, or two different keys have one name.
    """
    keys = [key for file in settings.tokens.key_files for key in read_keys(file)]
    if settings.tokens.has_secret:
        keys.append(secret_key(load_secret(os.environ, variable=SECRET_VARIABLE, path=None)))
    KeySet(tuple(keys))


def authenticator_config(settings: Settings, directory: Path) -> dict[str, object]:
    """What the authenticator is told; the secret itself is not in it."""
    tokens = settings.tokens
    return {
        "secret_file": str(directory / SECRET_FILE_NAME) if tokens.has_development_secret else None,
        "key_files": [str(file.absolute()) for file in tokens.key_files],
        "jwks_url": tokens.jwks_url,
        **attrs.asdict(tokens.rules),
        "required_claims": list(tokens.rules.required_claims),
        "hands_over_grant": True,
        "asks_about_users": settings.users.directory.kind is not DirectoryKind.ALL,
    }


def containers_of(settings: Settings) -> tuple[str, ...]:
    """The containers that a gateway of these settings has."""
    return tuple(
        owner.value
        for owner in (Owner.MARKET, Owner.TRADING)
        if owner is not Owner.TRADING or settings.trading.execution is not Execution.OFF
    )


def node_config(settings: Settings, directory: Path, profile: Profile = Profile.GATEWAY) -> dict[str, Any]:
    """The node's configuration: the profile's template with every `"${name}"` in it replaced by what it stands for."""
    values: dict[str, Any] = {
        "host": settings.host,
        "ip_version": 6 if is_ipv6(settings.host) else 4,
        "port": settings.port,
        "web_directory": str(WEB_DIRECTORY),
        "javascript_client_directory": str(JAVASCRIPT_CLIENT_DIRECTORY),
        "allowed_origins": list(settings.allowed_origins),
        "compression": {"deflate": {}} if settings.compression else {},
        "ping_interval_ms": settings.ping_interval_s * MS_PER_S,
        "ping_timeout_ms": settings.ping_timeout_s * MS_PER_S,
        "authenticator": authenticator_config(settings, directory),
    }
    config: dict[str, Any] = _filled(json.loads(TEMPLATES[profile].read_text(encoding="utf-8")), values)
    if not settings.public and profile is Profile.GATEWAY:
        _close_to_the_public(config)
    if settings.tls_certificate is not None:
        _encrypt(config, settings.tls_certificate, settings.tls_key)
    wanted = containers_of(settings)
    config["workers"] = [one for one in config["workers"] if one["type"] != "container" or one["id"] in wanted]
    return config


def _encrypt(config: dict[str, Any], certificate: Path, key: Path | None) -> None:
    for transport in config["workers"][0]["transports"]:
        if transport["type"] == "web":
            transport["endpoint"]["tls"] = {"certificate": str(certificate), "key": str(key)}


def _close_to_the_public(config: dict[str, Any]) -> None:
    for transport in config["workers"][0]["transports"]:
        for path in transport.get("paths", {}).values():
            path.get("auth", {}).pop(ANONYMOUS, None)


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, str) and value.startswith("${"):
        return values[value[2:-1]]
    return value
