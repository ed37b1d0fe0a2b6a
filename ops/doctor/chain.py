"""The chain from a stack's file to its images file: its links in order, each looked at whatever the others say."""

from collections.abc import Iterator

from clients.cluster import AbsentError, NotAllowedError, UnreachableClusterError
from clients.connection import ServiceError
from ops.doctor import (
    certificates,
    credentials,
    deployment,
    git_ops,
    images_file,
    objects,
    platform,
    project,
    stages,
    warehouses,
    webhooks,
)
from ops.doctor.finding import Finding, Link, Look, broken, unseen
from ops.doctor.subject import Subject

_PARTS = (
    deployment,
    platform,
    project,
    objects,
    credentials,
    git_ops,
    webhooks,
    warehouses,
    stages,
    images_file,
    certificates,
)


def walk(subject: Subject) -> Iterator[tuple[str, Finding]]:
    """Yield each link's name and what was found there; nothing stops it."""
    for part in _PARTS:
        links: Iterator[Link] = part.links(subject)
        for name, look in links:
            yield name, _found(look)


def _found(look: Look) -> Finding:
    try:
        return look()
    except NotAllowedError as error:
        return unseen(f"may not see: {error}", "ask for a login that may, or have somebody look who may")
    except UnreachableClusterError as error:
        return broken(str(error), "an answer", "see the kubeconfig's context, and that its cluster runs")
    except AbsentError as error:
        return unseen(f"{error}; see the rows above")
    except ServiceError as error:
        return unseen(str(error))
    except Exception as error:  # what a server says may hold a secret, as may the error's text
        return unseen(f"could not be looked at ({type(error).__name__})", "report this; it is a defect of the doctor")
