"""JSON Schema in words, for the reference pages."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A field of an object, with the objects that its type names."""

    name: str
    type: str
    description: str
    references: list[str]


def name_of(schema: dict[str, Any]) -> str:
    """The object that a schema refers to; empty where it refers to none."""
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]


def fields_of(schema: dict[str, Any]) -> list[Field]:
    """Of an object, in its order."""
    return [
        Field(
            name, words_for(one), " ".join(filter(None, (one.get("description", ""), described(one)))), _named_in(one)
        )
        for name, one in schema.get("properties", {}).items()
    ]


def words_for(schema: dict[str, Any]) -> str:
    """The type: `text`, `list of Meter`, `number or null`."""
    if "$ref" in schema:
        return name_of(schema)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(words_for, options)))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(words_for({**schema, "type": one}) for one in kind)
    if kind == "array":
        if "prefixItems" in schema:
            return "pair of " + words_for(schema["prefixItems"][0]) + "s"
        return "list of " + words_for(schema.get("items", {}))
    if kind == "string" and schema.get("format") in {"date-time", "date"}:
        return {"date-time": "timestamp", "date": "date"}[schema["format"]]
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return words.get(str(kind), {"null": "null", "object": "object"}.get(str(kind), "text"))


def described(schema: dict[str, Any]) -> str:
    """Its default and its limits, as sentences: `Default: 1000. At least 1.`"""
    said = []
    for option in [schema, *schema.get("anyOf", [])]:
        if "enum" in option:
            said.append("One of " + ", ".join(f"“{value}”" for value in option["enum"]) + ".")
        for key, words in (("minimum", "At least"), ("maximum", "At most"), ("maxItems", "Items at most:")):
            if key in option:
                said.append(f"{words} {option[key]}.")
        if "maxLength" in option:
            said.append(f"At most {option['maxLength']} characters.")
    if schema.get("default") not in (None, "", [], {}):
        said.append(f"Default: {schema['default']}.".replace("True", "true").replace("False", "false"))
    return " ".join(said)


def _named_in(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [name_of(schema)] if "$ref" in schema else []
        return own + [name for value in schema.values() for name in _named_in(value)]
    return [name for item in schema for name in _named_in(item)] if isinstance(schema, list) else []
