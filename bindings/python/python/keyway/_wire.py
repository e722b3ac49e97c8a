"""Between Python's values and the binding's JSON: integers of any size are `{"integer": "…"}`, bytes are base64."""

from __future__ import annotations

import base64
import json
from typing import Any, Callable, Optional, TypeVar, Union

from ._errors import error_of
from ._native import NativeActor, NativeSandbox, Problem, tool

#: NEAR: text with a unit, such as `"0.25 NEAR"`, or an int of yoctoNEAR.
Amount = Union[str, int]
#: Gas: text with a unit, such as `"30 Tgas"`, or an int of gas units.
Gas = Union[str, int]

T = TypeVar("T")


def ask(target: Union[NativeActor, NativeSandbox], op: str, **request: Any) -> Any:
    """What a sandbox or an account answers."""
    text = _request(op, request)
    return _read(guarded(lambda: target.run(text)))


def open_native(op: str, **source: Any) -> NativeSandbox:
    """A sandbox that goes on from a file or a network."""
    text = _request(op, source)
    return guarded(lambda: NativeSandbox.open(text))


def ask_tool(op: str, **request: Any) -> Any:
    """What needs no sandbox."""
    return _read(tool(_request(op, request)))


def guarded(call: Callable[[], T]) -> T:
    """Calls the binding, whose errors are JSON."""
    try:
        return call()
    except Problem as problem:
        raise error_of(parse(str(problem))) from None


def number(value: Union[None, str, int]) -> Any:
    """An amount or a gas; the binding says what is wrong with it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"integer": str(value)}
    return value


def to_text(data: Optional[bytes]) -> Optional[str]:
    """Bytes for the binding."""
    return None if data is None else base64.b64encode(data).decode()


def to_bytes(text: Optional[str]) -> Optional[bytes]:
    """Bytes of the binding."""
    return None if text is None else base64.b64decode(text)


def args_of(args: Any) -> dict[str, Any]:
    """The arguments of a call: bytes as they are, anything else as JSON."""
    if args is None:
        return {}
    if isinstance(args, (bytes, bytearray, memoryview)):
        return {"args": to_text(bytes(args))}
    return {"args_json": json.dumps(args)}


def _request(op: str, request: dict[str, Any]) -> str:
    return json.dumps({"op": op, **{name: value for name, value in request.items() if value is not None}})


def _read(answer: str) -> Any:
    parsed = parse(answer)
    if "error" in parsed:
        raise error_of(parsed["error"])
    return parsed["ok"]


def parse(text: str) -> Any:
    """JSON of the binding."""
    return json.loads(text, object_hook=_integer)


def _integer(value: dict[str, Any]) -> Any:
    return int(value["integer"]) if len(value) == 1 and "integer" in value else value
