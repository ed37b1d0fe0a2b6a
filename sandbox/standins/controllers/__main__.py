"""Stand-in for the controllers of `kargo` or of `external-secrets`: does for this project's objects what they do.

So it answers the waits of `pulumi up`; Kargo's receives webhooks and promotes as well, commits included.
"""

import argparse
import sys
import threading
import time

from sandbox.layout import Layout
from sandbox.real.kubernetes_api import client
from sandbox.real.objects import Objects
from sandbox.real.programs import own_program
from sandbox.standins.controllers.external_secrets import ExternalSecrets
from sandbox.standins.controllers.kargo import webhook_server
from sandbox.standins.controllers.kargo.controller import Controller
from sandbox.standins.controllers.kargo.libraries import Libraries

_SECONDS = 0.3
# What waits for a time, such as a Warehouse's interval, is not written in the cluster.
_LONGEST_SECONDS = 1.0


def _kargo(layout: Layout, objects: Objects) -> Controller:
    libraries = Libraries(own_program("kargolibs"))
    server = webhook_server.create(layout, objects, libraries)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Controller(objects, libraries, layout)


def main() -> None:
    """Look at the cluster when it has changed, and once a second, until the process is ended."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("whose", choices=["kargo", "external-secrets"])
    whose, layout = parser.parse_args().whose, Layout.from_environment()
    print(f"stand-in for the controllers of {whose}", flush=True)
    objects = Objects(client(layout.kubeconfig))
    controller = _kargo(layout, objects) if whose == "kargo" else ExternalSecrets(objects)
    seen, looked = "", 0.0
    while True:
        try:
            revision, now = objects.revision(), time.monotonic()
            if revision != seen or now - looked > _LONGEST_SECONDS:
                controller.reconcile()
                seen, looked = revision, now
        except Exception as error:  # the API may be stopping, or an object gone between list and patch
            print(f"{type(error).__name__}: trying again", flush=True)
        time.sleep(_SECONDS)


if __name__ == "__main__":
    main()
