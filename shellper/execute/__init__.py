"""Run approved steps without a shell, and take them back."""
from .back import take_back
from .run import listing, run

__all__ = ["listing", "run", "take_back"]
