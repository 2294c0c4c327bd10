"""Data, augmentation, network and export of the student; skipped where torch is not installed."""
from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from student_kit import TOOLS, tokenizer, vocabulary  # noqa: E402

from model.augment import Augmenter, Copied, rename_others, reorder, swap  # noqa: E402
from model.checkpoint import Progress, Run, warm_start  # noqa: E402
from model.config import StudentConfig  # noqa: E402
from model.data import Encoding, Example, Position, collate, stream, usable  # noqa: E402
from model.graphs import export  # noqa: E402
from model.network import END_MARK, START_MARK, TOKEN_MARK, Student, causal_bias, padding_bias  # noqa: E402
from model.optimise import Average, optimizer_for, rate_factor  # noqa: E402
from model.pieces import learn_pieces  # noqa: E402
from model.train import update  # noqa: E402
from shellper.student.vocabulary import Vocabulary, build  # noqa: E402
from shellper.types import Plan, ToolCall, Turn  # noqa: E402

pytestmark = pytest.mark.train
CONFIG = StudentConfig(encoder_layers=1, width=48, heads=4, encoder_inner=64, decoder_layers=2, decoder_inner=64, dropout=0.0)
WORDS = ["kestrel", "harbour", "lantern", "quartz"]


def example(request="copy notes.txt there", paths=("notes.txt",), **rest) -> Example:
    return Example(request, rest.pop("turns", ()), rest.pop("names", ()), Plan((ToolCall("rm", {"paths": list(paths)}),)), **rest)


@pytest.fixture
def encoding() -> Encoding:
    return Encoding(CONFIG, vocabulary(), TOOLS, tokenizer())


def student(tokens: int | None = None) -> Student:
    torch.manual_seed(0)
    return Student(CONFIG, tokens or len(vocabulary())).eval()


def test_a_swap_changes_a_name_in_all_places_at_once():
    turn = Turn("show notes.txt", "cat notes.txt", "see notes.txt")
    changed = swap(example(turns=(turn,), names=("notes.txt", "a.log")), Copied("notes", True), WORDS, random.Random(1))
    name = changed.plan.calls[0].arguments["paths"][0]
    assert name != "notes.txt" and name.endswith(".txt")
    for text in (changed.request, changed.turns[0].request, changed.turns[0].command, changed.turns[0].output, changed.names[0]):
        assert name in text
    assert changed.names[1] == "a.log"


def test_a_name_that_the_request_describes_is_not_swapped():
    described = example("delete the harvest notes", ("harvest/notes.txt",), names=("harvest/notes.txt",))
    assert swap(described, Copied("harvest/notes.txt", False), WORDS, random.Random(1)) == described


@pytest.mark.parametrize(("request_text", "moves"), [("delete the second one", True), ("delete the second pdf", False), ("delete the b one", False), ("delete what comes after a", False)])
def test_a_line_that_is_counted_out_is_exchanged_for_another(request_text, moves):
    turn = Turn("list", "ls", "a.txt\nb.log\nc.md\n")
    told = example(request_text, ("b.log",), turns=(turn,))
    changed = [reorder(told, "b.log", random.Random(seed))[0] for seed in range(40)]
    answers = {(variant.turns[0].output.splitlines()[1], variant.plan.calls[0].arguments["paths"][0]) for variant in changed}
    if moves:
        assert answers == {("b.log", "b.log"), ("a.txt", "a.txt"), ("c.md", "c.md")}
    else:
        assert {answer for _, answer in answers} == {"b.log"}


def test_lines_are_shuffled_only_where_their_order_means_nothing():
    turn = Turn("list", "wc -l *", " 3 a.txt\n 9 b.log\n 12 total\n")
    for request_text, free in (("open the longer one", True), ("open the last line", False)):
        told = example(request_text, ("b.log",), turns=(turn,))
        outputs = {reorder(told, "b.log", random.Random(seed))[0].turns[0].output for seed in range(40)}
        assert len(outputs) == (2 if free else 1)
        assert all(output.endswith("12 total\n") for output in outputs)


def test_names_that_nobody_speaks_of_get_fresh_ones_everywhere_at_once():
    turn = Turn("list", "ls", "notes.txt\nmarmot.log\n")
    told = example("remove notes.txt", turns=(turn,), names=("notes.txt", "marmot.log"))
    changed = [rename_others(told, WORDS, random.Random(seed)) for seed in range(20)]
    assert all(variant.plan == told.plan and "notes.txt" in variant.names for variant in changed)
    renamed = [variant for variant in changed if variant != told]
    assert renamed and all(variant.names[1] in variant.turns[0].output and variant.names[1].endswith(".log") for variant in renamed)


def test_variants_never_spell_what_the_example_copies(encoding):
    turn = Turn("list", "ls", "report 2024.csv\nnotes.txt")
    first = example("delete the second one", ("notes.txt",), turns=(turn,), names=("notes.txt", "old.log"))
    own = sum(step in encoding.vocabulary.spelled for step in encoding.row(first).steps)
    augmenter = Augmenter(encoding, WORDS)
    for seed in range(50):
        row = augmenter(first, random.Random(seed))
        assert sum(step in encoding.vocabulary.spelled for step in row.steps) <= own


def test_unusable_examples_are_counted_by_reason(encoding):
    wrong = [replace(example(), plan=Plan((ToolCall("nosuch", {}),))), replace(example(), plan=Plan((ToolCall("rm", {}),)))]
    kept, refused = usable([example(), *wrong], encoding)
    assert kept == [example()]
    assert sorted(refused.values()) == [1, 1]


def test_the_stream_goes_on_from_its_position_with_the_same_batches(encoding):
    examples = [example(f"remove file{n}.txt now", (f"file{n}.txt",)) for n in range(200)]

    def ids(position, count):
        batches = stream(examples, encoding, Augmenter(encoding, WORDS), position)
        return [next(batches).ids.tolist() for _ in range(count)]

    position = Position()
    begun = ids(position, 3)
    assert position.batch == 3
    assert ids(Position(), 6) == begun + ids(position, 3)


def test_pointers_are_marked_as_begin_and_end_and_inputs_are_shifted(encoding):
    row = encoding.row(example())
    batch = collate([row], vocabulary(), 0)
    size = len(vocabulary())
    marks = [mark for mark, step in zip(batch.marks[0, 1:].tolist(), row.steps, strict=False) if step >= size]
    assert marks[:2] == [START_MARK, END_MARK]
    assert batch.inputs[0, 1:].tolist() == list(row.steps[:-1])
    assert batch.marks[0, 0] == TOKEN_MARK


def test_padding_changes_no_logits(encoding):
    rows = [encoding.row(example()), encoding.row(example("please remove the very old file notes.txt for me", ("notes.txt",)))]
    model, size = student(), len(vocabulary())
    together, alone = collate(rows, vocabulary(), 0), collate(rows[:1], vocabulary(), 0)
    with torch.no_grad():
        long, short = (model(batch.sources, batch.inputs, batch.marks) for batch in (together, alone))
    steps, tokens = alone.inputs.shape[1], len(rows[0].source)
    assert torch.allclose(long[0, :steps, : size + tokens], short[0], atol=1e-5)


def test_steps_one_by_one_give_the_logits_of_teacher_forcing(encoding):
    model, batch = student(), collate([encoding.row(example())], vocabulary(), 0)
    with torch.no_grad():
        whole, reading, past = model(batch.sources, batch.inputs, batch.marks), model.read(*batch.sources), None
        for at in range(batch.inputs.shape[1]):
            logits, past = model.step(batch.inputs[:, at : at + 1], batch.marks[:, at : at + 1], reading, past)
            assert torch.allclose(logits, whole[:, at], atol=1e-5)


def test_biases_hide_padding_and_the_future():
    assert padding_bias(torch.tensor([[True, False]])).squeeze().tolist() == [0.0, -1e4]
    assert causal_bias(2)[0, 0].tolist() == [[0.0, -1e4], [0.0, 0.0]]


def test_the_rate_warms_up_and_falls():
    assert rate_factor(0.0, 0.1) < rate_factor(0.05, 0.1) < rate_factor(0.1, 0.1) == 1.0
    assert rate_factor(1.0, 0.1) == pytest.approx(0.02)


def run_of(vocabulary_: Vocabulary) -> Run:
    model = student(len(vocabulary_))
    return Run(model, vocabulary_, optimizer_for(model, CONFIG), Average(model, 0.9), Progress(), Position())


def test_a_run_learns_and_goes_on_from_its_checkpoint(encoding, tmp_path):
    batch = collate([encoding.row(example())], vocabulary(), 0)
    run = run_of(vocabulary())
    losses = [update(run, batch, 1.0) for _ in range(12)]
    assert losses[-1] < losses[0]
    run.save(tmp_path)
    other = run_of(vocabulary())
    other.restore(tmp_path)
    assert other.progress == run.progress
    assert update(other, batch, 1.0) == pytest.approx(update(run, batch, 1.0), rel=1e-3)


def test_a_warm_start_takes_rows_by_name(tmp_path):
    old = run_of(build({"ls": TOOLS["ls"]}))
    old.save(tmp_path)
    model, grown = student(), vocabulary()
    new_rows = warm_start(model, grown, tmp_path / "checkpoint.pt")
    assert new_rows == len(set(grown.tokens) - set(old.vocabulary.tokens))
    kept = old.average.weights["rows.weight"][old.vocabulary.index["tool:ls"]]
    assert torch.equal(model.rows.weight[grown.index["tool:ls"]], kept)


def test_pieces_are_learned_from_what_no_source_offers(encoding):
    examples = [example("the pictures", (f"*.jpeg{n}",)) for n in range(8)]
    bare = Encoding(CONFIG, build(TOOLS), TOOLS, tokenizer())
    assert "*.jpeg" in learn_pieces(examples, bare)


def test_the_onnx_graphs_give_the_logits_of_torch(encoding, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    model, row = student(), encoding.row(example())
    export(model, tmp_path)
    encoder, decoder = (onnxruntime.InferenceSession(str(tmp_path / f"{name}.onnx")) for name in ("encoder", "decoder"))
    source = {"ids": row.source.ids, "kinds": row.source.kinds, "ages": row.source.ages}
    outputs = encoder.run(None, {name: np.array(value, np.int64) for name, value in source.items()})
    reading = dict(zip(("pointed", "pointer_keys", "cross"), outputs, strict=True))
    batch, cache = collate([row], vocabulary(), 0), np.zeros((2, 2, 1, 4, 0, 12), np.float32)
    with torch.no_grad():
        expected = model(batch.sources, batch.inputs, batch.marks)[0].numpy()
    for at, (step, mark) in enumerate(zip(batch.inputs[0].tolist(), batch.marks[0].tolist(), strict=True)):
        # Two beams, the second a copy of the first, and from then on both go on from row 1.
        parents = np.array([min(at, 1)] * 2)
        feed = {"steps": np.array([step] * 2), "marks": np.array([mark] * 2), "parents": parents, "cache": cache}
        logits, cache = decoder.run(None, feed | reading)
        assert np.allclose(logits, expected[at], atol=1e-4)
