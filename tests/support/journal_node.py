"""
A node whose container publishes thousands of events a second, with a journal in a file.

Its configuration is the gateway's own but for what the container runs, and how soon it is started again when it ends.
"""

import json
import os
import sys
from pathlib import Path

from components.runtime.data_directory import prepare_data_dir, take_lock
from components.runtime.node_config import CONFIG_NAME, jwt_secret, node_config
from components.runtime.settings import Settings
from router import restarts
from router.personality import run_node
from router.stop_request import remember, stop_request

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.support.journal_node")
LONGEST_DELAY_S = 0.5
"""Half a minute between two starts would leave no time to be killed again and again."""


def main() -> None:
    """Run the node until it is stopped."""
    stop_request.listen(remember)
    settings = Settings.from_environment(os.environ)
    directory = prepare_data_dir(settings)
    jwt_secret(settings, directory)
    (directory / CONFIG_NAME).write_text(json.dumps(_config(settings, directory)))
    restarts.LONGEST_DELAY_S = LONGEST_DELAY_S
    with take_lock(directory):
        run_node(directory, CONFIG_NAME, settings.log)


def _config(settings: Settings, directory: Path) -> dict[str, object]:
    config = node_config(settings, directory)
    (container,) = [worker for worker in config["workers"] if worker["type"] == "container"]
    container["options"]["pythonpath"] = [str(PROJECT)]
    container["components"][0]["classname"] = "tests.support.journal_container.JournalSession"
    return config


if __name__ == "__main__":
    main()
