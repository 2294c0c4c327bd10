"""How much a plan can cost here (risk, reasons, existing paths), and its command with patterns expanded."""
from .assess import assess, floor, runs_text
from .globs import expand
from .raises import distrust
from .resolve import resolve
from .show import name, show

__all__ = ["assess", "distrust", "expand", "floor", "name", "resolve", "runs_text", "show"]
