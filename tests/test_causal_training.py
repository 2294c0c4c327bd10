"""Small randomly initialised models of both architectures, through export, int8 and decoding."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from shellper import pipeline
from shellper.errors import BadInput
from shellper.student.causal.chat import FAMILIES
from shellper.student.causal.network import CausalNetwork
from shellper.student.causal.student import CausalStudent
from shellper.student.causal.tokens import TokenTable
from shellper.student.open import open_student
from shellper.tools import catalogue, validate
from shellper.types import Context, Request, ToolCall

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
TOOLS = ("ls", "rm", "pwd")
LEARNED = {
    "list everything": ToolCall("ls", {"all": True}),
    "remove a.txt and b.txt": ToolCall("rm", {"paths": ["a.txt", "b.txt"]}),
    "where am i": ToolCall("pwd", {}),
}


def tokens_of(family: str, folder: Path) -> tuple[TokenTable, list[int]]:
    table = TokenTable(folder / "tokenizer.json", FAMILIES[family])
    return table, table.encode(FAMILIES[family].prefix([catalogue().tools[name] for name in TOOLS], None))


def said(folder: Path) -> str:
    """The command of the student in FOLDER for `where am i`, as this process reads it."""
    return pipeline.propose(Request("where am i", os.getcwd()), pipeline.student_in(folder)).command.text


def learn(family: str, checkpoint: Path) -> None:
    """Teach the model in CHECKPOINT the answers of LEARNED by heart."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    table, prefix = tokens_of(family, checkpoint)
    rows = []
    for words, call in LEARNED.items():
        prompt = prefix + table.encode(FAMILIES[family].request((), words, table.plain))
        answer = table.encode(FAMILIES[family].answer([call], table.plain))
        rows.append((torch.tensor([prompt + answer]), torch.tensor([[-100] * len(prompt) + answer])))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(150):
        loss = sum(model(input_ids=ids, labels=labels).loss for ids, labels in rows)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss.item() < 0.02:
            break
    model.eval().save_pretrained(checkpoint)


@pytest.fixture(scope="module", params=FAMILIES)
def made(request, tmp_path_factory) -> tuple[str, Path, Path]:
    """Family, checkpoint and exported folder of a tiny model that has learned three requests."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # so small a model only waits for the second one
    from model.causal import export
    from model.causal_shapes import TINY, write_checkpoint

    folder = tmp_path_factory.mktemp(request.param)
    prefix = FAMILIES[request.param].prefix([catalogue().tools[name] for name in TOOLS], None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_checkpoint(request.param, folder / "checkpoint", [prefix, *LEARNED] * 3, TINY, tokens=700)
        learn(request.param, folder / "checkpoint")
        export(folder / "checkpoint", folder / "student", TOOLS)
    return request.param, folder / "checkpoint", folder / "student"


def test_an_exported_model_answers_what_it_has_learned(made, tmp_path):
    from model.causal import export_graph

    whole = open_student(made[2])
    student = CausalStudent(whole.tools, whole.artefact, network=CausalNetwork(export_graph(made[1], tmp_path).parent))
    for words, call in LEARNED.items():
        best = student.propose(words, Context(), 1)[0]
        assert best.plan.calls == (call,) and best.confidence > 0.5


def test_int8_finds_likely_what_was_learned(made):
    """Not every single token: what a model of width 64 has by heart does not always survive 7 bits."""
    import numpy as np

    student = open_student(made[2])
    for words, call in LEARNED.items():
        logits, cache = student.network.run(student.prompt(words, Context()), student.prefix_cache())
        found = []
        for token in student.table.encode(student.family.answer([call], student.table.plain)):
            found.append(logits[token] - np.logaddexp.reduce(logits))
            logits, cache = student.network.run([token], cache)
        assert np.mean(found) > -0.7 and np.mean(np.array(found) > -0.7) >= 0.75


def test_whatever_an_exported_model_says_fits_the_catalogue(made):
    for words in ("paint the house", "remove", "ls -la\n\"x\"", "größe 中文"):
        for candidate in open_student(made[2]).propose(words, Context(), 2):
            validate(candidate.plan)


def test_int8_with_a_kept_prefix_agrees_with_torch_on_the_whole_prompt(made):
    import numpy as np
    import torch
    from transformers import AutoModelForCausalLM

    _, checkpoint, folder = made
    student = open_student(folder)
    prompt = student.prompt("where am i", Context())
    logits, _ = student.network.run(prompt, student.prefix_cache())
    whole, _ = student.network.run(student.prefix + prompt)
    with torch.no_grad():
        expected = AutoModelForCausalLM.from_pretrained(checkpoint)(input_ids=torch.tensor([student.prefix + prompt])).logits[0, -1].numpy()
    assert np.argmax(logits) == np.argmax(expected) == np.argmax(whole)
    assert np.corrcoef(logits, expected)[0, 1] > 0.85  # 7 bits at a width of 64


def test_the_command_line_uses_it_without_torch_or_transformers(made, tmp_path):
    code = (
        "import sys; from shellper.ui.cli import main\n"
        "try:\n main(['--student', sys.argv[1], '--json', 'where am i'])\n"
        "finally: print({'torch', 'transformers', 'onnx', 'optimum'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(made[2])], capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), stdin=subprocess.DEVNULL)
    assert json.loads(done.stdout)["command"] == said(made[2]) and done.stderr.strip() == "set()"


def test_the_setting_names_it_for_the_key_and_the_flag_for_a_session(made, clean_house, folder):
    from session_kit import SHIPPED, Session

    place = clean_house / ".config/shellper/config.toml"
    place.parent.mkdir(parents=True)
    place.write_text(f'student = "{made[2]}"\n')
    done = subprocess.run([*SHIPPED, "widget", "bash", "--", "where am i"], capture_output=True, text=True, cwd=folder, env=dict(os.environ), stdin=subprocess.DEVNULL)
    assert done.stdout.startswith(f"take\t{said(made[2])}\n"), done
    place.unlink()
    session = Session(folder, None, "session", "--student", str(made[2]))
    try:
        session.line("where am i").expect(f"  {said(made[2])}")
    finally:
        session.child.kill(signal.SIGKILL)
        session.child.wait()


def test_a_damaged_graph_is_refused_in_one_line(made, tmp_path):
    from shellper.errors import ModelMissing

    broken = tmp_path / "broken"
    broken.mkdir()
    for file in made[2].iterdir():
        if file.is_file():
            (broken / file.name).write_bytes(file.read_bytes() if file.name != "model.onnx" else b"\0" * file.stat().st_size)
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        open_student(broken)


def test_a_checkpoint_of_another_kind_is_refused(tmp_path):
    from model.causal import export

    with pytest.raises(BadInput, match=r"config\.json cannot be read"):
        export(tmp_path, tmp_path / "out", TOOLS)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(BadInput, match="'llama' is not supported"):
        export(tmp_path, tmp_path / "out", TOOLS)
    (tmp_path / "config.json").write_text('{"model_type": "qwen3"}')
    with pytest.raises(BadInput, match="no tool is called 'frobnicate'"):
        export(tmp_path, tmp_path / "out", ["frobnicate"])
    with pytest.raises(BadInput, match=r"tokenizer\.json"):
        export(tmp_path, tmp_path / "out", TOOLS)
