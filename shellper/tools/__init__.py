"""The catalogue: one JSON file a tool, the only place that knows the tool."""
from . import forms
from .catalog import Catalogue, Tool, catalogue, load
from .plans import as_json, plan_from_json, validate

__all__ = ["Catalogue", "Tool", "as_json", "catalogue", "forms", "load", "plan_from_json", "validate"]
