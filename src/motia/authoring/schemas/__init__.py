"""Schemas as authors write them in Python: model classes, dataclasses, TypedDicts, types, and mappings of names to types."""

from motia.authoring.schemas.recognition import Schema, schema_of, schema_to_json_schema

__all__ = ["Schema", "schema_of", "schema_to_json_schema"]
