"""Stand-in for the controllers of Kargo and External Secrets: answers the waits of `pulumi up`, and receives webhooks.

They do for this project's objects what the real ones do, Freight and commits included. After its lifetime this process
ends every server of the sandbox, itself last.
"""

import os
import threading
import time

from sandbox import processes
from sandbox.layout import Layout
from sandbox.real.kubernetes_api import client
from sandbox.real.programs import own_program
from sandbox.standins.controllers.kargo import webhook_server
from sandbox.standins.controllers.kargo.controller import Controller
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.objects import Objects
from sandbox.standins.controllers.reconciler import Reconciler

_SECONDS = 0.3


def main() -> None:
    """Run until the sandbox's lifetime is over (SANDBOX_HOURS, default 12)."""
    layout = Layout.from_environment()
    end = time.monotonic() + float(os.environ.get("SANDBOX_HOURS", "12")) * 3600
    print("stand-in for the controllers of Kargo and External Secrets", flush=True)
    objects, libraries = Objects(client(layout.kubeconfig)), Libraries(own_program("kargolibs"))
    server = webhook_server.create(layout, objects, libraries)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kargo = Controller(objects, libraries, layout.folder("promotions"), layout.ca)
    reconciler = Reconciler(objects, layout.webhooks_url, kargo)
    while time.monotonic() < end:
        try:
            reconciler.reconcile()
        except Exception as error:  # the API may be stopping, or an object gone between list and patch
            print(f"{type(error).__name__}: trying again", flush=True)
        time.sleep(_SECONDS)
    processes.stop_all(layout)


if __name__ == "__main__":
    main()
