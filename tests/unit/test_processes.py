"""The sandbox's servers stop whoever started them."""

import subprocess
import sys

from sandbox import processes
from sandbox.layout import PROJECT, Layout

STARTED_ELSEWHERE = """
import sys, time
from pathlib import Path
from sandbox import processes
from sandbox.layout import Layout
processes.start(Layout(Path(sys.argv[1])), "server", ["sleep", "60"], ready=lambda: True)
time.sleep(60)
"""


def test_a_server_stops_while_the_process_that_started_it_does_not_collect_it(tmp_path):
    layout = Layout(tmp_path)
    parent = subprocess.Popen([sys.executable, "-c", STARTED_ELSEWHERE, str(tmp_path)], cwd=PROJECT)
    try:
        processes.eventually(lambda: processes.running(layout, "server") is not None, "the server")
        assert processes.stop(layout, "server") == ["server"]
        assert processes.running(layout, "server") is None
    finally:
        parent.kill()
        parent.wait()
