"""A kubeconfig for a ServiceAccount, for tests with its rights."""

from pathlib import Path

import yaml
from kubernetes.client import AuthenticationV1TokenRequest, CoreV1Api, V1TokenRequestSpec
from kubernetes.config import new_client_from_config


def kubeconfig_of(name: str, namespace: str, own: Path, path: Path) -> Path:
    """Write a kubeconfig with a ServiceAccount's token.

    Args:
        name: the ServiceAccount.
        namespace: its namespace.
        own: kubeconfig of a user who may create the token; its contexts are kept.
        path: path of the new kubeconfig.
    """
    content = yaml.safe_load(own.read_text())
    request = AuthenticationV1TokenRequest(spec=V1TokenRequestSpec(audiences=[], expiration_seconds=3600))
    core = CoreV1Api(new_client_from_config(str(own)))
    granted = core.create_namespaced_service_account_token(name, namespace, request).to_dict()
    for user in content["users"]:
        user["user"] = {"token": granted["status"]["token"]}
    path.write_text(yaml.safe_dump(content))
    path.chmod(0o600)
    return path
