"""`python -m shellper` is the command line."""
from shellper.ui.cli import run

run()
