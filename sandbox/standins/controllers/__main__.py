"""Stand-in for the controllers of Kargo and External Secrets: answers the waits of `pulumi up`, and receives webhooks.

It promotes nothing: no Freight, no commit. `make push` says what Kargo would do with a delivery. After its lifetime it
ends every server of the sandbox, itself last.
"""

import os
import threading
import time

from sandbox import processes
from sandbox.layout import Layout
from sandbox.real.kubernetes_api import client
from sandbox.standins.controllers import webhook_server
from sandbox.standins.controllers.reconciler import Reconciler

_SECONDS = 0.3


def main() -> None:
    """Run until the sandbox's lifetime is over (SANDBOX_HOURS, default 12)."""
    layout = Layout.from_environment()
    end = time.monotonic() + float(os.environ.get("SANDBOX_HOURS", "12")) * 3600
    print("stand-in for the controllers of Kargo and External Secrets", flush=True)
    server = webhook_server.create(layout)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reconciler = Reconciler(client(layout.kubeconfig), layout.webhooks_url)
    while time.monotonic() < end:
        try:
            reconciler.reconcile()
        except Exception as error:  # the API may be stopping, or an object gone between list and patch
            print(f"{type(error).__name__}: trying again", flush=True)
        time.sleep(_SECONDS)
    processes.stop_all(layout)


if __name__ == "__main__":
    main()
