"""Stand-in for the script that Pulumi ships beside its CLI: runs the SDK's own dynamic provider host.

Unlike that script it ends with the engine, so that a killed `pulumi` leaves nothing running.
"""

import runpy

from sandbox.standins.plugins.wire import end_with_the_engine

if __name__ == "__main__":
    end_with_the_engine()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
