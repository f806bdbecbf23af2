"""The node's configuration: the template filled in, the directory around it closed, no secret in it."""

import json
from pathlib import Path

import pytest

from auth.secret_store import SECRET_FILE_NAME
from components.contract.roles import Role
from components.model.errors import ConfigError
from components.runtime.node_config import CONFIG_NAME, jwt_secret, node_config, prepare_data_dir
from components.runtime.settings import Settings
from router.personality import TapecastPersonality


def test_the_filled_template_passes_the_personalitys_check(tmp_path: Path) -> None:
    """What `tapecast start` writes is what Crossbar accepts."""
    config = node_config(Settings(port=9000, allowed_origins=("https://desk.example",)), tmp_path)

    TapecastPersonality.check_config(TapecastPersonality, config)
    web = config["workers"][0]["transports"][1]
    assert web["endpoint"]["port"] == 9000
    assert web["paths"]["ws"]["options"]["allowed_origins"] == ["https://desk.example"]
    assert "${" not in json.dumps(config)


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


def test_the_data_directory_is_the_owners_alone(tmp_path: Path) -> None:
    """Whatever mode it had, nobody else can look into it afterwards."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)

    prepare_data_dir(Settings(data_dir=directory))

    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / CONFIG_NAME).exists()


def test_a_development_secret_is_made_once_and_stays_out_of_the_configuration(tmp_path: Path) -> None:
    """The second start finds the first one's secret, in a file of its own."""
    settings = Settings(data_dir=tmp_path)

    first = jwt_secret(settings, prepare_data_dir(settings))
    second = jwt_secret(settings, prepare_data_dir(settings))

    assert first == second
    assert first.decode() not in (tmp_path / CONFIG_NAME).read_text()
    assert str(tmp_path / SECRET_FILE_NAME) in (tmp_path / CONFIG_NAME).read_text()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in the way gives one line with its path."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"TAPECAST_DATA_DIR: cannot use .*/file/data"):
        prepare_data_dir(Settings(data_dir=tmp_path / "file" / "data"))
