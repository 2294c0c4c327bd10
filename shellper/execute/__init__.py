"""Run approved steps without a shell, and take them back; and what a person typed for the shell, in it."""
from .back import take_back
from .repository import checked
from .run import listing, run
from .screen import screen
from .shell import shell_line

__all__ = ["checked", "listing", "run", "screen", "shell_line", "take_back"]
