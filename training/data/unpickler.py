"""Open the pickles of gait data sets: numpy arrays, numbers, strings and plain containers, nothing else.

A pickle names functions and calls them. Here each of the few names that numpy writes leads to a stand-in of
our own, and every other name is refused, so nothing that a file says is run, not even numpy's own code for
restoring arrays, which trusts the file. The names of numpy 1 and 2 are both known.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

KINDS = "biufcSU"  # of array elements beside objects: numbers, bytes, strings
# A broken file can make an unpickler raise nearly anything; all of it means the same.
BROKEN = (
    pickle.UnpicklingError, ValueError, TypeError, EOFError, LookupError, AttributeError, ArithmeticError,
)  # fmt: skip


def read_pickle(path: Path) -> Any:
    """What a pickle file holds; ValueError names the file when it is broken or wants anything else run."""
    with path.open("rb") as opened:
        try:
            return _finished(_PlainUnpickler(opened, encoding="latin1").load())
        except RecursionError:
            raise ValueError(f"{path} is refused: it holds itself") from None
        except MemoryError:
            raise ValueError(f"{path} is broken: it asks for more memory than there is") from None
        except BROKEN as why:
            raise ValueError(f"{path} is refused: {why or type(why).__name__}") from None


class _StandIn:
    """A function as a pickle may name it; the pickle can call it but not change it."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("it changes a function")


class _Kind:
    """A dtype on its way in."""

    def __init__(self, words: Any, align: Any = False, copy: Any = True) -> None:
        if not isinstance(words, str):
            raise pickle.UnpicklingError(f"a dtype must be named by a string; got {words!r:.40}")
        self.dtype = np.dtype(words)
        if self.dtype.kind not in KINDS + "O" or self.dtype.names or self.dtype.subdtype:
            raise pickle.UnpicklingError(f"arrays of {words} are not data of a gait sequence")

    def __setstate__(self, state: Any) -> None:
        _, order, *fields = state
        if any(field is not None for field in fields[:3]) or order not in ("<", ">", "|", "="):
            raise pickle.UnpicklingError("a dtype has fields or an unknown byte order")
        if order in "<>" and self.dtype.kind != "O":
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """An array on its way in; .value once its state came."""

    value: NDArray[Any]

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, fortran, content = state
        self.value = _filled(content, kind, shape, "F" if fortran else "C")


def _filled(content: Any, kind: Any, shape: Any, order: str) -> NDArray[Any]:
    if not isinstance(kind, _Kind) or order not in ("C", "F"):
        raise pickle.UnpicklingError("an array without a dtype")
    if kind.dtype.kind == "O":
        return _objects(content, shape, order)
    if isinstance(content, str):  # of Python 2
        content = content.encode("latin1")
    if not isinstance(content, (bytes, bytearray)):
        raise pickle.UnpicklingError(f"an array's content must be bytes; got {type(content).__name__}")
    return np.frombuffer(bytearray(content), kind.dtype).reshape(shape, order=order)  # type: ignore[call-overload]


def _objects(content: Any, shape: Any, order: str) -> NDArray[Any]:
    if not isinstance(content, list):
        raise pickle.UnpicklingError(f"an array of objects must come as a list; got {type(content).__name__}")
    values = np.empty(len(content), object)
    for k, value in enumerate(content):
        values[k] = value
    return values.reshape(shape, order=order)  # type: ignore[call-overload]


def _scalar(kind: Any, content: Any) -> Any:
    return _filled(content, kind, (), "C")[()]


def _latin1(text: Any, encoding: Any) -> bytes:
    if encoding != "latin1" or not isinstance(text, str):
        raise pickle.UnpicklingError("bytes in an encoding other than latin1")
    return text.encode("latin1")


def _from_buffer(content: Any, kind: Any, shape: Any, order: Any) -> NDArray[Any]:
    return _filled(content, kind, shape, order)


_RESTORED = {
    "multiarray._reconstruct": _StandIn(lambda subtype, shape, kind: _Array()),
    "multiarray.scalar": _StandIn(_scalar),
    "numeric._frombuffer": _StandIn(_from_buffer),
}
ADMITTED: dict[str, Any] = {
    "numpy.ndarray": _StandIn(lambda *_: _Array()),
    "numpy.dtype": _StandIn(_Kind),
    "_codecs.encode": _StandIn(_latin1),
    "collections.OrderedDict": _StandIn(OrderedDict),
    "builtins.bytes": _StandIn(lambda: b""),  # how old protocols write an empty one
    **{f"builtins.{kind.__name__}": _StandIn(kind) for kind in (set, frozenset, complex)},
    **{f"numpy.core.{name}": call for name, call in _RESTORED.items()},
    **{f"numpy._core.{name}": call for name, call in _RESTORED.items()},
}


class _PlainUnpickler(pickle.Unpickler):
    """Knows the names in ADMITTED alone."""

    def __init__(self, opened: IO[bytes], **how: Any) -> None:
        super().__init__(opened, **how)

    def find_class(self, module: str, name: str) -> Any:
        home = "builtins" if module == "__builtin__" else module  # the old protocols' word
        if (found := ADMITTED.get(f"{home}.{name}")) is None:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, which is neither a numpy array nor a plain container"
            )
        return found


def _finished(value: Any) -> Any:
    """The same, with each array on its way in replaced by its numpy array."""
    if isinstance(value, _Array):
        return _finished(value.value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return _objects([_finished(v) for v in value.ravel()], value.shape, "C")
    if isinstance(value, dict):
        return type(value)((_finished(k), _finished(v)) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_finished(v) for v in value)
    if isinstance(value, (_StandIn, _Kind)):
        raise pickle.UnpicklingError("it holds a function or a dtype where data should be")
    return value
