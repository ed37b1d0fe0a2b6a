"""All checks in order, from the stack's file to the images file. A failed check does not stop the next one."""

from collections.abc import Iterator

from clients.cluster import AbsentError, NotAllowedError, UnreachableClusterError
from clients.connection import ServiceError
from clients.repository import RepositoryError
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
from ops.doctor.finding import Check, Finding, Look, failed, ok, unknown
from ops.doctor.git_ops import UncheckedError
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
    """Yield the name and the finding of each check."""
    for part in _PARTS:
        checks: Iterator[Check] = part.checks(subject)
        for name, look in checks:
            yield name, _found(look)


def _found(look: Look) -> Finding:
    try:
        return look()
    except UncheckedError as error:
        return ok(str(error))
    except RepositoryError as error:
        problem, _, fix = str(error).partition("; ")
        return failed(problem, "a branch and a file that Promotions can write", fix)
    except NotAllowedError as error:
        return unknown(str(error), "ask for permission to read it, or ask a user who has it to run the doctor")
    except UnreachableClusterError as error:
        return failed(str(error), "an answer", "check the kubeconfig's context, and that its cluster runs")
    except AbsentError as error:
        return unknown(f"{error}; see the rows above")
    except ServiceError as error:
        return unknown(str(error))
    except Exception as error:  # an error's text may contain a secret that a server sent
        return unknown(f"the check failed ({type(error).__name__})", "report this as a defect of the doctor")
