"""Run approved steps without a shell, and take them back."""
from .back import take_back
from .run import listing, run
from .screen import screen

__all__ = ["listing", "run", "screen", "take_back"]
