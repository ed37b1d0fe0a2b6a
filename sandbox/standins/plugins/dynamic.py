"""Stand-in for the script of Pulumi's distribution that runs the SDK's dynamic provider host.

Unlike the script, it ends with the engine, so a killed `pulumi` leaves no process.
"""

import runpy

from sandbox.standins.plugins.wire import end_with_the_engine

if __name__ == "__main__":
    end_with_the_engine()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
