"""Stand-in for the controllers of `kargo` or of `external-secrets`. It imitates them for this project's objects.

It sets the status that `pulumi up` waits for. The stand-in for Kargo also receives webhooks, promotes and commits.
"""

import argparse
import sys
import threading
import time
import traceback

from sandbox.layout import Layout
from sandbox.names import EXTERNAL_SECRETS, KARGO
from sandbox.real.kubernetes_api import client
from sandbox.real.programs import own_program
from sandbox.standins.controllers.cache import Cache
from sandbox.standins.controllers.external_secrets import ExternalSecrets
from sandbox.standins.controllers.kargo import webhook_server
from sandbox.standins.controllers.kargo.controller import Controller
from sandbox.standins.controllers.kargo.libraries import Libraries

# Changes often come together.
_TOGETHER_SECONDS = 0.2
# The cluster does not show when a time, such as a Warehouse's interval, has passed.
_LONGEST_SECONDS, _LONGEST_SECONDS_WHILE_BUSY = 2.0, 0.3
_OF_KARGO = ("Project", "ProjectConfig", "Warehouse", "Freight", "PromotionTask", "Promotion", "Stage")
_OF_EXTERNAL_SECRETS = ("ExternalSecret", "ClusterSecretStore", "SecretStore")
_KINDS = {
    "kargo": [(KARGO, kind) for kind in _OF_KARGO],
    "external-secrets": [("v1", "Secret"), *((EXTERNAL_SECRETS, kind) for kind in _OF_EXTERNAL_SECRETS)],
}


def _kargo(layout: Layout, objects: Cache) -> Controller:
    libraries = Libraries(own_program("kargolibs"))
    server = webhook_server.create(layout, objects, libraries)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Controller(objects, libraries, layout)


def main() -> None:
    """Reconcile after each change of the cluster and every two seconds, until the process is stopped."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("whose", choices=[*_KINDS])
    whose, layout = parser.parse_args().whose, Layout.from_environment()
    print(f"stand-in for the controllers of {whose}", flush=True)
    objects = Cache(client(layout.kubeconfig), _KINDS[whose])
    controller = _kargo(layout, objects) if whose == "kargo" else ExternalSecrets(objects, layout)
    while True:
        try:
            controller.reconcile()
        except Exception as error:  # the API may be stopping, or an object was deleted between list and patch
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"{type(error).__name__} in {place.filename}:{place.lineno}: trying again", flush=True)
        objects.wait(_LONGEST_SECONDS_WHILE_BUSY if controller.busy else _LONGEST_SECONDS)
        time.sleep(_TOGETHER_SECONDS)


if __name__ == "__main__":
    main()
