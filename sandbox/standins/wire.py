"""What every stand-in plugin shares: how it is served, and the engine's wire form of properties."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent import futures
from threading import Event, Thread
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

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
    """Return `value` in the engine's wire form."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(value, {}))
    finally:
        loop.close()


def from_struct(value: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties that the engine sent; what a preview does not know yet is a marker string."""
    return dict(rpc.deserialize_properties(value, keep_unknowns=True))


def project(live: Any, shape: Any) -> Any:
    """Return the part of `live` that `shape` speaks of: what refresh compares."""
    if isinstance(live, dict) and isinstance(shape, dict):
        return {key: project(live[key], value) for key, value in shape.items() if key in live}
    if isinstance(live, list) and isinstance(shape, list) and len(live) == len(shape):
        return [project(a, b) for a, b in zip(live, shape, strict=True)]
    return live


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
