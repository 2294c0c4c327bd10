"""What was done, written down before and after, and how it is taken back. The only room that writes state."""
from .kept import cannot_keep
from .ledger import Entry, Ledger, note_read
from .runs import Run, runs
from .trash import release
from .trash import usable as cannot_trash
from .undo import reversals
from .words import remember, remembered

__all__ = ["Entry", "Ledger", "Run", "cannot_keep", "cannot_trash", "note_read", "release", "remember", "remembered", "reversals", "runs"]
