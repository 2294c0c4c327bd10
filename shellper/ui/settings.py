"""`shellper config`: the values in force, where each comes from, and the default file."""
from __future__ import annotations

import os

from shellper import config
from shellper.errors import BadInput
from shellper.safety import show as visible

from .show import VERSION, json_line


def listing(*, as_json: bool) -> str:
    """One line an option, or one JSON object: value, origin, what is allowed, the variable."""
    found = config.settings()
    if as_json:
        rows = {name: {"value": setting.value, "from": setting.origin, "allowed": config.OPTIONS[name].choices, "variable": config.OPTIONS[name].variable} for name, setting in found.items()}
        return json_line({"version": VERSION, "file": str(config.file()), "options": rows})
    rows = [(name, visible(config.as_toml(setting.value)), setting.origin) for name, setting in found.items()]
    width, column = (max(len(row[at]) for row in rows) for at in (0, 1))
    return "\n".join([f"{name:{width}} = {value:{column}}  # {visible(origin)}" for name, value, origin in rows])


def default() -> str:
    """The default file that comes with the package."""
    return config.DEFAULT_FILE.read_text(encoding="utf-8").rstrip("\n")


def written() -> str:
    """Write the default file to its place; says where. Raises BadInput where there is one already."""
    place = config.file()
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise BadInput(f"{place} is there already: nothing was written", hint="shellper config --default prints the default file") from None
    except OSError as error:
        raise BadInput(f"{place} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(default() + "\n")
    return f"written: {place}"
