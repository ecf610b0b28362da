"""What a pickle stream says, without running anything it names.

torch's own ``weights_only`` reader refuses a checkpoint that carries any object beside its
tensors, as training frameworks write them. Here the stream is not unpickled at all: its
opcodes are interpreted over dictionaries, lists, numbers and text, and whatever else it names
(a class, a function, a call, an object's state) becomes a `Named`, `Call` or `Skipped` record,
which is data. Nothing is imported and nothing is called.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from typing import Any

# The opcodes that put their own argument, a number, text or bytes, on the stack.
_VALUES = frozenset(
    code.name
    for code in pickletools.opcodes
    if code.arg and not code.stack_before and code.stack_after not in ([], [pickletools.anyobject])
)
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class PickleSyntaxError(ValueError):
    """The stream ends early or is no pickle."""


@dataclass(frozen=True, slots=True)
class Named:
    """A class or function that the stream names, ``module.name``; not imported."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call that the stream asks for; not made."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Persistent:
    """A reference to something outside the stream, as torch refers to its storages."""

    key: Any


@dataclass(frozen=True, slots=True, eq=False)
class Skipped:
    """An object of no further interest."""


def read_records(stream: bytes) -> Any:
    """Read the one object of a pickle stream as plain data and records.

    Parameters
    ----------
    stream : bytes
        A pickle of any protocol.

    Returns
    -------
    object
        dict, list, tuple, str, bytes, number, bool or None, holding the same and `Named`,
        `Call`, `Persistent` and `Skipped`. An ``OrderedDict`` comes back as a dict.

    Raises
    ------
    PickleSyntaxError
        If the stream ends early or is no pickle.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.step(opcode.name, argument)
        return machine.stack[-1]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise PickleSyntaxError(str(error) or type(error).__name__) from error


class _Machine:
    """The stack, the marks on it and the memo of a pickle stream."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def step(self, opcode: str, argument: Any) -> None:
        if opcode in _VALUES:
            self.stack.append(argument)
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode])
        elif opcode in _TUPLES:
            self.stack.append(tuple(self._take(_TUPLES[opcode])))
        else:
            handler = getattr(self, f"_on_{opcode.lower()}", None)
            if handler is None:
                raise ValueError(f"opcode {opcode} is not expected in a checkpoint")
            handler(argument)

    def _take(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise IndexError("the stack is empty")
        start = len(self.stack) - count
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def _take_to_mark(self) -> list[Any]:
        return self._take(len(self.stack) - self.marks.pop())

    def _on_proto(self, _: Any) -> None: ...

    _on_frame = _on_stop = _on_proto

    def _on_mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def _on_pop(self, _: Any) -> None:
        self.stack.pop()

    def _on_pop_mark(self, _: Any) -> None:
        self._take_to_mark()

    def _on_dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _on_binput(self, key: int) -> None:
        self.memo[key] = self.stack[-1]

    _on_long_binput = _on_put = _on_binput

    def _on_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _on_binget(self, key: int) -> None:
        self.stack.append(self.memo[key])

    _on_long_binget = _on_get = _on_binget

    def _on_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._take_to_mark()))

    def _on_empty_list(self, _: Any) -> None:
        self.stack.append([])

    def _on_list(self, _: Any) -> None:
        self.stack.append(self._take_to_mark())

    def _on_append(self, _: Any) -> None:
        self._extend(self._take(1))

    def _on_appends(self, _: Any) -> None:
        self._extend(self._take_to_mark())

    def _extend(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def _on_empty_dict(self, _: Any) -> None:
        self.stack.append({})

    def _on_dict(self, _: Any) -> None:
        items = self._take_to_mark()
        self.stack.append({})
        self._update(items)

    def _on_setitem(self, _: Any) -> None:
        self._update(self._take(2))

    def _on_setitems(self, _: Any) -> None:
        self._update(self._take_to_mark())

    def _update(self, items: list[Any]) -> None:
        """Set alternating keys and values in the dict on top; other kinds of keys are left out."""
        if isinstance(self.stack[-1], dict):
            pairs = zip(items[::2], items[1::2], strict=True)
            self.stack[-1].update((k, v) for k, v in pairs if isinstance(k, (str, int)))

    def _on_empty_set(self, _: Any) -> None:
        self.stack.append(Skipped())

    def _on_additems(self, _: Any) -> None:
        self._take_to_mark()

    def _on_frozenset(self, _: Any) -> None:
        self._take_to_mark()
        self.stack.append(Skipped())

    def _on_global(self, argument: str) -> None:
        self.stack.append(Named(argument.replace(" ", ".", 1)))

    def _on_stack_global(self, _: Any) -> None:
        module, name = self._take(2)
        self.stack.append(Named(f"{module}.{name}"))

    def _on_reduce(self, _: Any) -> None:
        function, arguments = self._take(2)
        self.stack.append(_called(function, arguments))

    def _on_newobj(self, _: Any) -> None:
        self._take(2)
        self.stack.append(Skipped())

    def _on_newobj_ex(self, _: Any) -> None:
        self._take(3)
        self.stack.append(Skipped())

    def _on_obj(self, _: Any) -> None:
        self._take_to_mark()
        self.stack.append(Skipped())

    _on_inst = _on_obj

    def _on_build(self, _: Any) -> None:
        self._take(1)  # an object's state: a state dict's `_metadata` is one

    def _on_binpersid(self, _: Any) -> None:
        self.stack.append(Persistent(self._take(1)[0]))


def _called(function: Any, arguments: Any) -> Any:
    if not isinstance(function, Named) or not isinstance(arguments, tuple):
        return Skipped()
    if function.name == "collections.OrderedDict" and not arguments:
        return {}
    return Call(function.name, arguments)
