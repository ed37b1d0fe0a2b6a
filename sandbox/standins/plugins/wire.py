"""The gRPC server of a stand-in plugin, and the engine's wire format of properties."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent import futures
from threading import Event, Thread
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2

# Pulumi's markers in the wire format: an envelope, an envelope of a secret, and an unknown value of a preview.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_WATCH_SECONDS = 0.3


def end_with_the_engine() -> None:
    """End this process soon after the engine that started it, as Pulumi's own plugins do."""
    engine = os.getppid()

    def watch() -> None:
        while os.getppid() == engine:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def serve(register: Any) -> None:
    """Serve a plugin on a free loopback port until the engine stops it. `register` adds the servicers."""
    end_with_the_engine()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)],
    )
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    # The engine stops its plugins with an interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server.start()
    print(port, flush=True)
    Event().wait()


def to_struct(value: dict[str, Any]) -> struct_pb2.Struct:
    """Return `value`, with secrets in envelopes, in the engine's wire format."""
    return json_format.ParseDict(value, struct_pb2.Struct())


def from_struct(value: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties that the engine sent, with secrets in envelopes and marker strings for unknown values."""
    properties: dict[str, Any] = _whole(json_format.MessageToDict(value))
    return properties


def _whole(value: Any) -> Any:
    """Return `value` with integers. The wire format has floats only."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_secret(value: Any) -> bool:
    """Return whether `value` is the envelope of a secret."""
    return isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET


def secret(value: Any) -> Any:
    """Return `value` in the envelope of a secret."""
    return value if is_secret(value) else {_SIGNATURE: _SECRET, "value": value}


def contains(value: Any, predicate: Any) -> bool:
    """Return whether `predicate` is true for `value` or for any value inside it."""
    if predicate(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains(v, predicate) for v in inner)


def is_unknown(value: Any) -> bool:
    """Return whether `value` is unknown in a preview."""
    return bool(value == _UNKNOWN)


def revealed(value: Any) -> Any:
    """Return `value` without envelopes."""
    if is_secret(value):
        return revealed(value["value"])
    if isinstance(value, dict):
        return {key: revealed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [revealed(inner) for inner in value]
    return value


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the differences between two objects."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            inner = f"{path}.{key}" if path else key
            if key in old and key in new:
                yield from differences(old[key], new[key], inner)
            else:
                yield inner
    elif old != new:
        yield path
