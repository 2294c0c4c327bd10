"""How much a plan can cost here (risk, reasons, existing paths), and its command with patterns expanded."""
from .assess import assess, floor
from .globs import expand
from .raises import distrust
from .resolve import resolve
from .scripts import Reading, script_level
from .show import name, show

__all__ = ["Reading", "assess", "distrust", "expand", "floor", "name", "resolve", "script_level", "show"]
