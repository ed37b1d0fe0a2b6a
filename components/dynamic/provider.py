"""What the providers of all dynamic resources share."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from pulumi import dynamic

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def one_line(method: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Make a provider's method end the engine's call with an error's own text.

    The SDK's host lets exceptions reach gRPC, which puts "Exception calling application: " before them, and hands the
    call to no provider (3.259). So it is looked up among the callers; without it, the exception goes its way.
    """

    @functools.wraps(method)
    def told(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        try:
            return method(*args, **kwargs)
        except Exception as error:
            from clients.connection import ServiceError  # noqa: PLC0415

            if isinstance(error, ServiceError):
                _end_call(str(error))
            raise

    return told


def _end_call(text: str) -> None:
    import grpc  # noqa: PLC0415

    frame = inspect.currentframe()
    while frame is not None:
        context = frame.f_locals.get("context")
        if isinstance(context, grpc.ServicerContext):
            context.abort(grpc.StatusCode.UNKNOWN, text)
        frame = frame.f_back


class Provider(dynamic.ResourceProvider):
    """A provider whose resources are compared input by input.

    Attributes:
        replacing: inputs that make a new resource when they change.
        updating: inputs that change it in place.
        ignoring_case: inputs among them that are texts, compared without regard to case.
        deleting_first: inputs among `replacing` whose change deletes the former resource before the new one is created.
    """

    # The provider is pickled by reference and holds no value, so its code may stand in clear.
    serialize_as_secret_always = False

    replacing: Sequence[str] = ()
    updating: Sequence[str] = ()
    ignoring_case: Sequence[str] = ()
    deleting_first: Sequence[str] = ()

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Return whether one of the inputs differs, and which of them replace the resource."""
        replaces = [key for key in self.replacing if self._differs(key, _olds, _news)]
        updates = any(self._differs(key, _olds, _news) for key in self.updating)
        first = any(key in self.deleting_first for key in replaces)
        return dynamic.DiffResult(bool(replaces) or updates, replaces, delete_before_replace=first)

    def _differs(self, key: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        old, new = olds.get(key), news.get(key)
        if key in self.ignoring_case and isinstance(old, str) and isinstance(new, str):
            return old.lower() != new.lower()
        return bool(old != new)
