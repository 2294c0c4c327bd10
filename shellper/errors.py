"""Errors are types with a code, an exit status and a hint; the command line turns them into one line each."""
from __future__ import annotations


class ShellperError(Exception):
    """Something that the user can act on; never shown with a traceback."""

    code = "error"
    exit_code = 1
    hint = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class BadInput(ShellperError):
    """The words, a file or an option cannot be used as they are."""

    code, exit_code = "bad-input", 2


class ToolFileInvalid(BadInput):
    """A catalogue file is wrong; the message names file, JSON pointer and reason."""

    code = "tool-file-invalid"


class PlanInvalid(BadInput):
    """A plan does not fit the catalogue; the message begins with a JSON pointer."""

    code = "plan-invalid"


class Unparsed(ShellperError):
    """A command line has no reading as a plan; `reason` is a short class such as "expansion" or "unknown program: foo"."""

    code, exit_code = "unparsed", 125

    def __init__(self, reason: str) -> None:
        super().__init__(f"no reading as tool calls: {reason}")
        self.reason = reason


class ModelMissing(ShellperError):
    """The student's artefact is absent, damaged or made for another catalogue."""

    code, exit_code, hint = "model-missing", 3, "run `shellper doctor`"


class Cannot(ShellperError):
    """The student abstains."""

    code, exit_code = "cannot", 125


class ProgramMissing(ShellperError):
    """A program of the command is not installed here; nothing was run."""

    code, exit_code, hint = "program-missing", 127, "nothing was run"


class Refused(ShellperError):
    """Not run: it needs a yes that was not given, or must never run."""

    code, exit_code = "refused", 126


class StateUnusable(Refused):
    """The journal, the kept copies or the trash cannot be used; nothing was changed."""

    code, hint = "state-unusable", "nothing was changed; `shellper doctor` shows the folders"


class NotUndone(ShellperError):
    """Undo could not take back what was asked for, or not all of it; the message says why."""

    code, exit_code = "not-undone", 1
