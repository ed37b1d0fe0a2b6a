"""What every stand-in plugin shares: how it is served, and the engine's wire form of properties."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent import futures
from threading import Event, Thread
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2

# Pulumi's marks on the wire: of an envelope, of one with a secret, and of what a preview does not know.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_WATCH_SECONDS = 0.3


def end_with_the_engine() -> None:
    """End this process soon after the engine that started it: Pulumi's own plugins notice a killed engine as well."""
    engine = os.getppid()

    def watch() -> None:
        while os.getppid() == engine:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def serve(register: Any) -> None:
    """Serve a plugin on a free loopback port until the engine ends it; `register` adds the servicers."""
    end_with_the_engine()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)],
    )
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    # The engine ends its plugins with an interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server.start()
    print(port, flush=True)
    Event().wait()


def to_struct(value: dict[str, Any]) -> struct_pb2.Struct:
    """Return `value`, secrets in their envelopes, in the engine's wire form."""
    return json_format.ParseDict(value, struct_pb2.Struct())


def from_struct(value: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties that the engine sent: secrets in envelopes, what it does not know yet as marker strings."""
    properties: dict[str, Any] = _whole(json_format.MessageToDict(value))
    return properties


def _whole(value: Any) -> Any:
    """Return `value` with whole numbers as such; the wire form has floats alone."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_secret(value: Any) -> bool:
    """Return whether `value` is a secret's envelope."""
    return isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET


def secret(value: Any) -> Any:
    """Return `value` in a secret's envelope."""
    return value if is_secret(value) else {_SIGNATURE: _SECRET, "value": value}


def contains(value: Any, predicate: Any) -> bool:
    """Return whether `predicate` holds for `value` or anything inside it."""
    if predicate(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains(v, predicate) for v in inner)


def is_unknown(value: Any) -> bool:
    """Return whether a preview does not know `value` yet."""
    return bool(value == _UNKNOWN)


def revealed(value: Any) -> Any:
    """Return `value` with every envelope opened."""
    if is_secret(value):
        return revealed(value["value"])
    if isinstance(value, dict):
        return {key: revealed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [revealed(inner) for inner in value]
    return value


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two objects differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            inner = f"{path}.{key}" if path else key
            if key in old and key in new:
                yield from differences(old[key], new[key], inner)
            else:
                yield inner
    elif old != new:
        yield path
