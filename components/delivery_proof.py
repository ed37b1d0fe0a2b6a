"""A test delivery to a `generic` receiver, checked: it answers 200 and refreshes the expected Warehouse.

Runs when the receiver's URL or the Warehouse changes. Because the delivery refreshes the Warehouse, it also picks up
what was pushed while a rotation moved the URL. It goes straight to Kargo: Gitea's API can neither test a hook of a user
or organisation nor show what became of a delivery (Gitea 1.26).
"""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

_SERVER = "Kargo's external webhooks server"


class DeliveryError(Exception):
    """The receiver did not do what it should; the text says why, never the URL."""


class _DeliveryProofProvider(dynamic.ResourceProvider):
    # The provider is pickled by reference and holds no value, so its code may stand in clear.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        deliver(props["url"], props["owner"], props["image"], props["warehouse"], props["caBundle"])
        return dynamic.CreateResult("delivered", props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        deliver(_news["url"], _news["owner"], _news["image"], _news["warehouse"], _news["caBundle"])
        return dynamic.UpdateResult(_news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        keys = ("url", "owner", "image", "warehouse", "caBundle")
        return dynamic.DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in keys))


@dataclass(frozen=True)
class DeliveryProofArgs:
    """What is delivered where.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    url: pulumi.Input[str]
    owner: str
    image: str
    warehouse: pulumi.Input[str]
    ca_bundle: str | None = None


class DeliveryProof(dynamic.Resource, name="DeliveryProof"):
    """A test delivery that succeeded; `up` fails, and says why, where it does not.

    Args:
        name: Pulumi name.
        args: what is delivered where.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: DeliveryProofArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            _DeliveryProofProvider(),
            name,
            {
                "url": pulumi.Output.secret(args.url),
                "owner": args.owner,
                "image": args.image,
                "warehouse": args.warehouse,
                "caBundle": args.ca_bundle or "",
            },
            opts,
        )


def package_event(owner: str, image: str, tag: str) -> dict[str, Any]:
    """Return the part of Gitea's `package` event that a receiver looks at, for a pushed tag (Gitea 1.26)."""
    return {
        "action": "created",
        "package": {"type": "container", "name": image, "version": tag, "owner": {"login": owner}},
    }


def deliver(url: str, owner: str, image: str, warehouse: str, ca_bundle: str) -> None:
    """Send a package event for `image` to the receiver and check its answer.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file to trust beside the system's CAs; empty means none.

    Raises:
        DeliveryError: saying what failed and what to look at.
    """
    import httpx  # noqa: PLC0415 - only the provider's own process speaks HTTP

    from components.gitea_api import explain_connection, ssl_context  # noqa: PLC0415

    body = package_event(owner, image, "delivery-proof")
    try:
        response = httpx.post(
            url, json=body, headers={"X-Gitea-Event": "package"}, verify=ssl_context(ca_bundle), timeout=20
        )
    except httpx.TransportError as error:
        raise DeliveryError(
            f"test delivery: {explain_connection(error, _SERVER)}; set webhooks.deliveryProof "
            "to false if only Gitea reaches it"
        ) from None
    answer = response.json() if "json" in response.headers.get("content-type", "") else {}
    problem = delivery_problem(response.status_code, answer, warehouse)
    if problem:
        raise DeliveryError(f"test delivery: {problem}")


def delivery_problem(status: int, answer: dict[str, Any], warehouse: str) -> str | None:
    """Return what is wrong with a `generic` receiver's answer, or None (Kargo 1.11's `results[]`)."""
    if status == 404:  # noqa: PLR2004
        return (
            "404, Kargo knows no receiver at the computed path; look at kargo.webhooksBaseUrl and the ProjectConfig's "
            "Ready condition"
        )
    results = answer.get("results") or []
    if status == 200 and not results:  # noqa: PLR2004
        return (
            "200 without results, so something other than Kargo's `generic` receiver answers at kargo.webhooksBaseUrl"
        )
    for result in results:
        targets = {target.get("name"): target.get("success") for target in result.get("selectedTargets") or []}
        if targets.get(warehouse):
            return None
        if warehouse in targets:
            return f"Kargo selected Warehouse '{warehouse}' but could not refresh it; see its controller's log"
        if result.get("matchedWhenExpression"):
            return f"the receiver matched but found no Warehouse '{warehouse}' in the project"
    return f"{status}, and no action matched: {', '.join(str(r.get('summary')) for r in results) or 'no reason given'}"
