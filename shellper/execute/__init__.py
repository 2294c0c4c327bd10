"""Run approved steps without a shell, and take them back."""
from .back import take_back
from .repository import checked
from .run import listing, run

__all__ = ["checked", "listing", "run", "take_back"]
