"""shellper: say it, see exactly what will happen, run it, take it back."""
__version__ = "0.1.0"
