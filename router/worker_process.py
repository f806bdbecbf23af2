"""Where a worker process begins: Crossbar's own entry, once this package has been imported."""

import runpy

if __name__ == "__main__":
    runpy.run_module("crossbar.worker.main", run_name="__main__", alter_sys=True)
