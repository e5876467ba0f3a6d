"""The checked syntax tree of CEL (``cel.expr.CheckedExpr``), read and written without generated code.

The messages follow the CEL specification, ``cel/expr/{syntax,checked}.proto``. Only the fields that we use are
declared; the others are carried along as unknown fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as Wrapped

from definitions.expressions import kinds
from definitions.expressions.kinds import Kind

Tree = Any
"""A ``CheckedExpr`` message. Made at run time, so that it has no static type."""
Expr = Any
"""An ``Expr`` message."""

_URL = "type.googleapis.com/cel.expr.CheckedExpr"
_MESSAGES = {
    "Ident": "name:1:text",
    "Select": "operand:1:Expr field:2:text test_only:3:bool",
    "Call": "target:1:Expr function:2:text args:3:*Expr",
    "CreateList": "elements:1:*Expr",
    "Entry": "id:1:int64 field_key:2:text map_key:3:Expr value:4:Expr",
    "CreateStruct": "message_name:1:text entries:2:*Entry",
    "Comprehension": "iter_var:1:text iter_range:2:Expr accu_var:3:text accu_init:4:Expr loop_condition:5:Expr "
    "loop_step:6:Expr result:7:Expr iter_var2:8:text",
    "Expr": "id:2:int64 |const_expr:3:Constant |ident_expr:4:Ident |select_expr:5:Select |call_expr:6:Call "
    "|list_expr:7:CreateList |struct_expr:8:CreateStruct |comprehension_expr:9:Comprehension",
    "Constant": "|null_value:1:int32 |bool_value:2:bool |int64_value:3:int64 |uint64_value:4:uint64 "
    "|double_value:5:double |string_value:6:text |bytes_value:7:bytes",
    "Position": "key:1:int64 value:2:int32",
    "SourceInfo": "line_offsets:3:*int32 positions:4:*Position",
    "Reference": "name:1:text overload_id:3:*text",
    "ReferenceEntry": "key:1:int64 value:2:Reference",
    "Empty": "",
    "ListType": "elem_type:1:Type",
    "MapType": "key_type:1:Type value_type:2:Type",
    "Type": "|dyn:1:Empty |null:2:int32 |primitive:3:int32 |wrapper:4:int32 |well_known:5:int32 "
    "|list_type:6:ListType |map_type:7:MapType",
    "TypeEntry": "key:1:int64 value:2:Type",
    "CheckedExpr": "reference_map:2:*ReferenceEntry type_map:3:*TypeEntry expr:4:Expr source_info:5:SourceInfo",
}


def _message_class() -> type[Any]:
    proto = descriptor_pb2.FieldDescriptorProto
    scalars = {
        "int64": proto.TYPE_INT64, "int32": proto.TYPE_INT32, "uint64": proto.TYPE_UINT64, "bool": proto.TYPE_BOOL,
        "double": proto.TYPE_DOUBLE, "text": proto.TYPE_STRING, "bytes": proto.TYPE_BYTES,
    }  # fmt: skip
    file = descriptor_pb2.FileDescriptorProto(name="cel_checked.proto", package="cel_checked", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if "|" in fields:
            message.oneof_decl.add(name="kind")
        for text in fields.split():
            label, number, type_name = text.removeprefix("|").split(":")
            field = message.field.add(name=label, number=int(number))
            field.label = proto.LABEL_REPEATED if type_name.startswith("*") else proto.LABEL_OPTIONAL
            type_name = type_name.removeprefix("*")
            if type_name in scalars:
                field.type = scalars[type_name]
            else:
                field.type, field.type_name = proto.TYPE_MESSAGE, f".cel_checked.{type_name}"
            if text.startswith("|"):
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("cel_checked.CheckedExpr"))


_CheckedExpr = _message_class()


def read(serialized: bytes) -> Tree:
    return _CheckedExpr.FromString(Wrapped.FromString(serialized).value)


def write(tree: Tree) -> bytes:
    return Wrapped(type_url=_URL, value=tree.SerializeToString(deterministic=True)).SerializeToString()


def parts(expr: Expr) -> Iterator[Expr]:
    """The direct parts of ``expr``."""
    match expr.WhichOneof("kind"):
        case "select_expr":
            yield expr.select_expr.operand
        case "call_expr":
            if expr.call_expr.HasField("target"):
                yield expr.call_expr.target
            yield from expr.call_expr.args
        case "list_expr":
            yield from expr.list_expr.elements
        case "struct_expr":
            for entry in expr.struct_expr.entries:
                yield from (entry.map_key, entry.value)
        case "comprehension_expr":
            inner = expr.comprehension_expr
            yield from (inner.iter_range, inner.accu_init, inner.loop_condition, inner.loop_step, inner.result)


def walk(expr: Expr) -> Iterator[Expr]:
    """``expr`` and all expressions inside it, outermost first."""
    yield expr
    for part in parts(expr):
        yield from walk(part)


_PRIMITIVES = {1: kinds.BOOLEAN, 2: kinds.INTEGER, 4: kinds.NUMBER, 5: kinds.TEXT}
_WELL_KNOWN = {1: kinds.ANY, 2: kinds.TIME, 3: kinds.DURATION}


def kind_of(type_: Any) -> Kind:
    """The kind for a ``Type`` message; ``other`` for bytes, unsigned numbers and types themselves."""
    match type_.WhichOneof("kind"):
        case "dyn":
            return kinds.ANY
        case "null":
            return kinds.NULL
        case "primitive":
            return _PRIMITIVES.get(type_.primitive, kinds.OTHER)
        case "wrapper":
            return _PRIMITIVES.get(type_.wrapper, kinds.OTHER)
        case "well_known":
            return _WELL_KNOWN.get(type_.well_known, kinds.OTHER)
        case "list_type":
            return kinds.list_of(kind_of(type_.list_type.elem_type))
        case "map_type":
            return kinds.map_of(kind_of(type_.map_type.value_type))
    return kinds.OTHER


def new_expr() -> Expr:
    return _CheckedExpr().expr
