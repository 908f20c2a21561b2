"""Open the pickles of gait data sets: numpy arrays, numbers, strings and plain containers, nothing else.

A pickle names functions and calls them. Here each of the few names that numpy writes leads to a stand-in of
our own, and every other name is refused, so nothing that a file says is run, not even numpy's own code for
restoring arrays, which trusts the file. The names of numpy 1 and 2 are both known.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MOST_PARTS = 10_000_000  # of containers; an array of numbers is one
KINDS = "biufcSU"  # of array elements beside objects: numbers, bytes, strings
# A broken file can make an unpickler raise nearly anything; all of it means the same.
BROKEN = (
    pickle.UnpicklingError, ValueError, TypeError, EOFError, LookupError, AttributeError, ArithmeticError,
)  # fmt: skip


def read_pickle(path: Path) -> Any:
    """What a pickle file holds; ValueError names the file when it is broken or wants anything else run."""
    with path.open("rb") as opened:
        try:
            return _Finisher()(_PlainUnpickler(opened, encoding="latin1").load())
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
        return _objects(content, shape)
    if isinstance(content, str):  # of Python 2
        content = content.encode("latin1")
    if not isinstance(content, (bytes, bytearray)):
        raise pickle.UnpicklingError(f"an array's content must be bytes; got {type(content).__name__}")
    return np.frombuffer(bytearray(content), kind.dtype).reshape(shape, order=order)  # type: ignore[call-overload]


def _objects(content: Any, shape: Any) -> NDArray[Any]:
    """numpy lists objects row by row, also those of an array that has its columns together."""
    if not isinstance(content, list):
        raise pickle.UnpicklingError(f"an array of objects must come as a list; got {type(content).__name__}")
    values = np.empty(len(content), object)
    for k, value in enumerate(content):
        values[k] = value
    return values.reshape(shape)


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


class _Finisher:
    """Gives the same value with each array on its way in replaced by its numpy array.

    What a value holds many times is visited once, but counted each time: whoever unfolds it later has to
    visit it so often.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, int]] = {}  # by id, which is safe while the unpickled value lives

    def __call__(self, value: Any) -> Any:
        return self._finished(value)[0]

    def _finished(self, value: Any) -> tuple[Any, int]:
        """The value and how many parts it unfolds to."""
        if id(value) not in self._known:
            self._known[id(value)] = self._made(value)
        return self._known[id(value)]

    def _made(self, value: Any) -> tuple[Any, int]:
        if isinstance(value, _Array):
            return self._finished(value.value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "O":
            parts, size = self._all(value.ravel())
            return _objects(parts, value.shape), size
        if isinstance(value, dict):
            (names, n), (values, m) = self._all(value.keys()), self._all(value.values())
            return type(value)(zip(names, values, strict=True)), n + m
        if isinstance(value, (list, tuple, set, frozenset)):
            parts, size = self._all(value)
            return type(value)(parts), size
        if isinstance(value, (_StandIn, _Kind)):
            raise pickle.UnpicklingError("it holds a function or a dtype where data should be")
        return value, 1

    def _all(self, values: Iterable[Any]) -> tuple[list[Any], int]:
        found = [self._finished(value) for value in values]
        size = 1 + sum(n for _, n in found)
        if size > MOST_PARTS:
            raise pickle.UnpicklingError(f"it unfolds to more than {MOST_PARTS} parts")
        return [part for part, _ in found], size
