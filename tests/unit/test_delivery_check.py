"""The test delivery of a pipeline: its inputs, and the moment at which it is sent again."""

import time

import pytest

import clients.receiver
from components.dynamic.delivery_check import DeliveryCheckProvider
from tests.program import WITH_PASSWORD, run
from tests.unit.configuration import git_login

PROPS = {"url": "u", "owner": "o", "image": "i", "secret": "s", "warehouse": "w", "caBundle": ""}


@pytest.mark.parametrize(("now", "sent_at"), [(100.0, 101.95), (100.2, 101.95), (100.99, 101.95)])
def test_another_delivery_comes_late_in_the_next_second(monkeypatch, now, sent_at):
    clock = [now]
    sent: list[float] = []
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    monkeypatch.setattr(clients.receiver, "deliver_package", lambda *_: sent.append(clock[0]))
    DeliveryCheckProvider().create(PROPS)
    assert sent == [now]
    DeliveryCheckProvider().update("delivered", PROPS, {**PROPS, "secret": "another"})
    assert sent[1] == pytest.approx(sent_at)


def test_a_new_secret_for_the_images_is_followed_by_a_delivery():
    assert DeliveryCheckProvider().diff("delivered", PROPS, {**PROPS, "secret": "another"}).changes


def test_the_secret_belongs_to_the_image_credential():
    resources = run("dev", {}, WITH_PASSWORD).recorder.resources
    (check,) = [resource for resource in resources if resource.type.endswith(":DeliveryCheck")]
    (image,) = [resource for resource in resources if resource.name == "credentials-image"]
    assert check.inputs["secret"] == image.inputs["spec"]["target"]["name"]


def test_public_images_need_no_secret():
    changes = {"registry": {"login": None}, **git_login()}
    resources = run("dev", changes, WITH_PASSWORD).recorder.resources
    assert [r.inputs["secret"] for r in resources if r.type.endswith(":DeliveryCheck")] == [""]
