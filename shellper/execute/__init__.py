"""Run approved steps without a shell."""
from .run import run

__all__ = ["run"]
