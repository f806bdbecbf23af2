"""The node's configuration: the template filled in, the directory around it closed, no secret in it."""

import json
import os
from pathlib import Path

import pytest

from auth.claims import TokenRules
from auth.secret_store import SECRET_FILE_NAME
from auth.settings import AuthenticatorSettings
from auth.token_settings import TokenSettings
from components.contract.roles import Role
from components.model.errors import ConfigError
from components.runtime.data_directory import LOCK_NAME, prepare_data_dir, running_pid, take_lock
from components.runtime.node_config import (
    CONFIG_NAME,
    authenticator_config,
    jwt_secret,
    node_config,
    read_url,
    write_config,
)
from components.runtime.profiles import Profile
from components.runtime.settings import Settings
from router.personality import TapecastPersonality
from router.rules import BENCH_REALM


def test_the_filled_template_passes_the_personalitys_check(tmp_path: Path) -> None:
    """What `tapecast start` writes is what Crossbar accepts."""
    settings = Settings(
        port=9000, allowed_origins=("https://desk.example",), compression=True, ping_interval_s=20, ping_timeout_s=45
    )

    config = node_config(settings, tmp_path)

    TapecastPersonality.check_config(TapecastPersonality, config)
    web = config["workers"][0]["transports"][1]
    assert web["endpoint"]["port"] == 9000
    assert web["paths"]["ws"]["options"] == {
        "allowed_origins": ["https://desk.example"],
        "compression": {"deflate": {}},
        "auto_ping_interval": 20_000,
        "auto_ping_timeout": 45_000,
    }
    assert "${" not in json.dumps(config)


def test_the_router_alone_is_as_its_settings_say(tmp_path: Path) -> None:
    """The profile of benchmarks has one worker and no container, and listens like the gateway."""
    settings = Settings(port=9000, ping_timeout_s=45)

    config = node_config(settings, tmp_path, Profile.BENCH)

    TapecastPersonality.check_config(TapecastPersonality, config)
    (router,) = config["workers"]
    (transport,) = router["transports"]
    gateways = node_config(settings, tmp_path)["workers"][0]["transports"][1]
    assert transport["endpoint"] == gateways["endpoint"]
    assert transport["paths"]["ws"]["options"] == gateways["paths"]["ws"]["options"]
    assert [realm["name"] for realm in router["realms"]] == [BENCH_REALM]
    assert "${" not in json.dumps(config)


def test_a_gateway_that_is_not_public_asks_for_a_token(tmp_path: Path) -> None:
    """Over the web nobody is anonymous then; who is on the same machine comes in as before."""
    config = node_config(Settings(public=False), tmp_path)

    TapecastPersonality.check_config(TapecastPersonality, config)
    transports = {one["id"]: one for one in config["workers"][0]["transports"]}
    assert "anonymous" not in transports["clients"]["paths"]["ws"]["auth"]
    assert "ticket" in transports["clients"]["paths"]["ws"]["auth"]
    assert all("anonymous" in transports[name]["auth"] for name in ("services", "service", "admin"))
    bench = node_config(Settings(public=False), tmp_path, Profile.BENCH)["workers"][0]["transports"][0]
    assert "anonymous" in bench["paths"]["ws"]["auth"]


def test_a_certificate_is_where_crossbar_looks_for_one(tmp_path: Path) -> None:
    """The clients' endpoint names both files, and what is told of the address says that it is encrypted."""
    settings = Settings(port=9000, tls_certificate=tmp_path / "tls.crt", tls_key=tmp_path / "tls.key")

    config = node_config(settings, tmp_path)
    write_config(settings, tmp_path)

    TapecastPersonality.check_config(TapecastPersonality, config)
    endpoint = config["workers"][0]["transports"][1]["endpoint"]
    assert endpoint["tls"] == {"certificate": f"{tmp_path}/tls.crt", "key": f"{tmp_path}/tls.key"}
    assert read_url(tmp_path) == "https://127.0.0.1:9000"


def test_the_realm_has_every_role_of_the_contract(tmp_path: Path) -> None:
    """A role that the realm lacks could not join, whatever its token says."""
    config = node_config(Settings(), tmp_path)

    assert {role["name"] for role in config["workers"][0]["realms"][0]["roles"]} == set(Role)


def test_crossbars_unsafe_services_cannot_be_configured(tmp_path: Path) -> None:
    """Static files, bridges and the like are not of this personality."""
    config = node_config(Settings(), tmp_path)
    config["workers"][0]["transports"][1]["paths"]["files"] = {"type": "static", "directory": "/"}

    with pytest.raises(Exception, match="static"):
        TapecastPersonality.check_config(TapecastPersonality, config)


def test_a_data_directory_that_is_made_is_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else can look into it."""
    directory = prepare_data_dir(Settings(data_dir=tmp_path / "data"))

    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o702, 0o1777])
def test_a_data_directory_that_others_can_use_is_refused_and_left_alone(tmp_path: Path, mode: int) -> None:
    """It may be the system's own: nobody's mode is changed, the line says what to type."""
    directory = tmp_path / "data"
    directory.mkdir()
    directory.chmod(mode)

    with pytest.raises(ConfigError, match=f"received mode {mode:04o}; chmod 700 {directory}"):
        prepare_data_dir(Settings(data_dir=directory))

    assert directory.stat().st_mode & 0o7777 == mode


def test_the_configuration_is_written_whole_and_for_the_owner(tmp_path: Path) -> None:
    """What a start that was killed left behind is no hindrance, and nothing but the configuration stays."""
    (tmp_path / f"{CONFIG_NAME}.new").touch(mode=0o644)

    write_config(Settings(port=9000), tmp_path)

    (path,) = tmp_path.iterdir()
    assert path.name == CONFIG_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["version"] == 2


def test_a_configuration_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A directory in its place gives one line with its path."""
    (tmp_path / CONFIG_NAME).mkdir()

    with pytest.raises(ConfigError, match=rf"{tmp_path}/config\.json: cannot be written: .+"):
        write_config(Settings(), tmp_path)


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:9000"), ("::1", "http://[::1]:9000")])
def test_the_address_is_the_written_configurations(tmp_path: Path, host: str, address: str) -> None:
    """Where a gateway serves is told by what it runs with."""
    write_config(Settings(host=host, port=9000), tmp_path)

    assert read_url(tmp_path) == address


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"workers": []}', '{"workers": [[]]}'])
def test_a_damaged_configuration_is_named(tmp_path: Path, content: str) -> None:
    """One line with its path, whatever it holds."""
    (tmp_path / CONFIG_NAME).write_text(content)

    with pytest.raises(ConfigError, match=r"config\.json: expected the configuration of a node"):
        read_url(tmp_path)


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One line with its path."""
    with pytest.raises(ConfigError, match=r"config\.json: cannot be read: .+"):
        read_url(tmp_path)


@pytest.mark.parametrize(("host", "version"), [("::1", 6), ("::", 6), ("127.0.0.1", 4), ("localhost", 4)])
def test_an_ipv6_address_is_listened_on_as_such(tmp_path: Path, host: str, version: int) -> None:
    """Crossbar is told which version of IP an address is of."""
    config = node_config(Settings(host=host), tmp_path)

    TapecastPersonality.check_config(TapecastPersonality, config)
    assert config["workers"][0]["transports"][1]["endpoint"]["version"] == version


def test_a_development_secret_is_made_once_and_stays_out_of_the_configuration(tmp_path: Path) -> None:
    """The second start finds the first one's secret, in a file of its own."""
    settings = Settings(data_dir=tmp_path)

    first = jwt_secret(settings, prepare_data_dir(settings))
    second = jwt_secret(settings, prepare_data_dir(settings))
    write_config(settings, tmp_path)

    assert first is not None
    assert first == second
    assert first.decode() not in (tmp_path / CONFIG_NAME).read_text()
    assert str(tmp_path / SECRET_FILE_NAME) in (tmp_path / CONFIG_NAME).read_text()


def test_beside_keys_of_the_operators_there_is_no_development_secret(tmp_path: Path) -> None:
    """It would be a second way in; what the authenticator is told instead can be read from any directory."""
    tokens = TokenSettings(key_files=(Path("keys.pem"),), rules=TokenRules(role_map={"ops": Role.ADMIN}))
    settings = Settings(data_dir=tmp_path, tokens=tokens)

    assert jwt_secret(settings, prepare_data_dir(settings)) is None
    write_config(settings, tmp_path)

    assert not (tmp_path / SECRET_FILE_NAME).exists()
    told = authenticator_config(settings, tmp_path)
    assert (told["secret_file"], told["key_files"]) == (None, [str(Path.cwd() / "keys.pem")])
    assert AuthenticatorSettings.from_config(json.loads(json.dumps(told))).rules == tokens.rules


def test_the_lock_is_one_processes_and_names_it(tmp_path: Path) -> None:
    """While it is taken the pid can be read; afterwards nobody runs."""
    with take_lock(tmp_path) as first, take_lock(tmp_path) as second:
        assert (first, second) == (True, False)
        assert running_pid(tmp_path) == os.getpid()

    assert running_pid(tmp_path) is None


def test_a_lock_that_is_a_directory_is_named(tmp_path: Path) -> None:
    """Whoever takes it and whoever reads it says where it is."""
    (tmp_path / LOCK_NAME).mkdir()

    with pytest.raises(ConfigError, match=r"node\.lock: cannot be used: "), take_lock(tmp_path):
        pass
    with pytest.raises(ConfigError, match=r"node\.lock: cannot be used: "):
        running_pid(tmp_path)


def test_a_lock_without_a_process_id_is_named(tmp_path: Path) -> None:
    """Something else has locked it, or has damaged it."""
    with take_lock(tmp_path):
        (tmp_path / LOCK_NAME).write_text("x")

        with pytest.raises(ConfigError, match=r"node\.lock: expected the running gateway's process id"):
            running_pid(tmp_path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in the way gives one line with its path."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"TAPECAST_DATA_DIR: cannot use .*/file/data"):
        prepare_data_dir(Settings(data_dir=tmp_path / "file" / "data"))
