"""Train your own student: `python -m model`, the same as `shellper-train`."""
from .own.cli import run

if __name__ == "__main__":
    run()
