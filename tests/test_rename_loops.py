"""A rename tool runs as single moves; its text is a shell loop. Both leave the same tree."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from undo_kit import proposed

from shellper import pipeline, render
from shellper.errors import BadInput, PlanInvalid
from shellper.tools import catalogue
from shellper.types import Plan, ToolCall

LOOPS = [name for name, tool in catalogue().tools.items() if tool.loop]
FILES = ("a.txt", "b b.txt", "IMG_1.JPG", "draft-draft-x.md", "it's.txt", "x&y.txt", "$HOME.txt", "new [1].txt", "Copy of z.txt", "Ümlaut.TXT", "sub/c.txt", "sub/Copy of d.txt", "noext", "back\\slash.txt")
TEXTS = st.sampled_from(("txt", "JPG", "md", "x", "&", "&&", "$HOME", "`id`", "*", "?", "[1]", "a b", '"', "'", "\\", "draft-", "Copy of ", "#", "%", "!", "}", "ü", "_old", "{}"))
PATHS = st.sampled_from((["*.txt"], ["*"], ["*.*"], ["sub/*"], ["a.txt", "noext"], ["b b.txt", "it's.txt"], ["Copy of *"], ["x&y.txt"]))


def tree(folder: str) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in Path(folder).rglob("*") if path.is_file()}


def new_tree() -> str:
    folder = tempfile.mkdtemp()
    os.mkdir(f"{folder}/sub")
    for name in FILES:
        Path(folder, name).write_text(name)
    return folder


@st.composite
def renames(draw) -> ToolCall:
    tool = catalogue().tools[draw(st.sampled_from(LOOPS))]
    arguments = {}
    for name, schema in tool.properties.items():
        if name in tool.required or draw(st.booleans()):
            arguments[name] = draw(PATHS if name == "paths" else st.sampled_from(schema["enum"]) if "enum" in schema else st.just(True) if "const" in schema else TEXTS)
    return ToolCall(tool.name, arguments)


@given(renames())
@settings(max_examples=60)
def test_the_shell_loop_and_the_single_moves_leave_the_same_tree(call):
    ours, theirs = new_tree(), new_tree()
    plan = Plan((call,))
    try:
        command = render.render(plan)
        approved = pipeline.approve(shown := proposed(plan, ours), ours)
    except (PlanInvalid, BadInput):
        return  # names clash, nothing matches, or one expression cannot say it
    if pipeline.perform(shown, approved).exit_code:
        return  # we stop at the first error, a loop goes on
    subprocess.run(["/bin/bash", "-c", command.text], cwd=theirs, capture_output=True)
    assert tree(ours) == tree(theirs), command.text
    shutil.rmtree(ours)
    shutil.rmtree(theirs)


@pytest.mark.parametrize(("names", "said"), [(("a.txt", "a.md"), "exists"), (("A.txt", "a.TXT"), "share"), ((), "no file matches")])
def test_a_rename_that_would_lose_a_file_is_refused(folder, names, said):
    for name in names:
        (folder / name).touch()
    call = ToolCall("rename_case", {"paths": ["*"], "case": "lower"}) if said == "share" else ToolCall("rename_extension", {"paths": ["*.txt"], "from": "txt", "to": "md"})
    plan = Plan((call,))
    with pytest.raises(BadInput, match=said):
        pipeline.approve(proposed(plan, str(folder)), str(folder))
    assert sorted(os.listdir(folder)) == sorted(names)
