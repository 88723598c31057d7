"""Structs of the protos, from and to values as JSON has them. Numbers of a Struct are doubles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from google.protobuf.struct_pb2 import Struct, Value

EXACT: Final = 2**53
"""Whole numbers up to this are whole in a Struct; larger ones travel as text."""


def struct_of(values: Mapping[str, object]) -> Struct:
    """Return a Struct with these values. Raises ValueError for what JSON does not know."""
    made = Struct()
    for key, value in values.items():
        made.fields[str(key)].CopyFrom(_value(value))
    return made


def _value(value: object) -> Value:
    match value:
        case None:
            return Value(null_value=0)  # type: ignore[arg-type]
        case bool():
            return Value(bool_value=value)
        case int() if abs(value) > EXACT:
            return Value(string_value=str(value))
        case int() | float():
            return Value(number_value=value)
        case str():
            return Value(string_value=value)
        case Mapping():
            return Value(struct_value=struct_of(value))
        case list() | tuple():
            made = Value()
            made.list_value.values.extend(map(_value, value))
            return made
    raise ValueError(f"{type(value).__name__} is nothing that JSON knows; write it as text")


def plain(struct: Struct) -> dict[str, object]:
    """Return the values of a Struct."""
    return {key: _plain(value) for key, value in struct.fields.items()}


def _plain(value: Value) -> object:
    match value.WhichOneof("kind"):
        case "number_value":
            return whole(value.number_value)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return plain(value.struct_value)
        case "list_value":
            return [_plain(each) for each in value.list_value.values]
    return None


def whole(number: float) -> int | float:
    """Return a number as an int when it is a whole one."""
    return int(number) if number.is_integer() and abs(number) <= EXACT else number
