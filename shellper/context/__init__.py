"""What the student may look at beside the words: earlier turns, cleaned, and the names that lie around, nearest first."""
from .build import build
from .clean import clean
from .columns import columns
from .fruitless import fruitless
from .ground import ground, repeats_path
from .listing import nearest, walk

__all__ = ["build", "clean", "columns", "fruitless", "ground", "nearest", "repeats_path", "walk"]
