"""A gateway that starts a container that ended again at once: half a minute would leave no time for many kills."""

import sys
from pathlib import Path

from components.runtime.cli import main
from router import restarts

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.support.restarting_node", "start")
LONGEST_DELAY_S = 0.05

if __name__ == "__main__":
    restarts.LONGEST_DELAY_S = LONGEST_DELAY_S
    main()
