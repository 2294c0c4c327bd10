"""Train the student. `[accelerate launch] python -m model.train --data examples.jsonl --out runs/x --minutes 60`"""
from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from shellper.errors import BadInput
from shellper.student.source import SourceTokenizer
from shellper.student.vocabulary import SPECIALS, Vocabulary, build
from shellper.tools import catalogue

from .augment import Augmenter
from .checkpoint import NAME, Progress, Run, warm_start
from .config import StudentConfig
from .data import Batch, Encoding, Position, Row, stream, usable
from .devices import Devices
from .evaluate import exact_by_source
from .examples import Example, read_examples
from .network import Student, load_minilm, minilm_folder
from .optimise import Average, optimizer_for, rate_factor
from .pieces import learn_pieces

Draw = Callable[[Example, random.Random], Row]


def shell_variants(encoding: Encoding, examples: Sequence[Example]) -> Draw:
    """Variants of requests for commands, see model/augment.py."""
    turns = list({turn.command: turn for example in examples for turn in example.turns}.values())
    return Augmenter(encoding, whole_words(minilm_folder() / "vocab.txt"), turns)


@dataclass(frozen=True)
class Task:
    """What a student is trained for: its tools by name, the special tokens that its plans may use, and how an epoch varies the examples."""

    tools: Mapping[str, Any]
    specials: Sequence[str] = SPECIALS
    variants: Callable[[Encoding, Sequence[Example]], Draw] = shell_variants


def loss_of(model: nn.Module, batch: Batch, smoothing: float, vocabulary: int) -> Tensor:
    """Mean cross entropy over the target steps; smoothing spreads over the vocabulary alone."""
    with torch.autocast(batch.ids.device.type, torch.bfloat16):
        logits = model(batch.sources, batch.inputs, batch.marks)
    real = batch.targets >= 0
    chosen, targets = logits[real].float(), batch.targets[real]
    loss = cross_entropy(chosen, targets)
    if smoothing:
        spread = (chosen.logsumexp(1) - chosen[:, :vocabulary].mean(1)).mean()
        loss = (1 - smoothing) * loss + smoothing * spread
    return loss


def update(run: Run, batch: Batch, factor: float) -> float:
    """One step of the optimizer at FACTOR of the full rate; returns the loss."""
    config = run.model.config
    for group in run.optimizer.param_groups:
        group["lr"] = group["base"] * factor
    loss = loss_of(run.shared or run.model, batch.to(run.model.bias.device), config.label_smoothing, len(run.vocabulary))
    loss.backward()
    nn.utils.clip_grad_norm_([weight for weight in run.model.parameters() if weight.grad is not None], config.clip, foreach=True)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    run.progress.step += 1
    run.progress.examples += len(batch)
    if run.progress.step % Average.EVERY == 0:
        run.average.move(run.model)
    return loss.item()


def prepare(args: argparse.Namespace, config: StudentConfig, task: Task, devices: Devices) -> tuple[Encoding, list[Example], list[Example]]:
    """Read the examples, make the vocabulary (or load it to resume), and part training from development examples."""
    tokenizer = SourceTokenizer(minilm_folder() / "tokenizer.json", remember=2**16)
    examples = read_examples(args.data)
    names, kept = build(task.tools, specials=task.specials), args.out / "vocabulary.json"
    devices.wait()
    goes_on = args.resume and kept.exists()
    devices.wait()
    if goes_on:
        vocabulary = Vocabulary.load(kept)
        if set(names.tokens) - set(vocabulary.tokens):
            raise BadInput("the catalogue has grown since this run began", hint="use --init with its checkpoint and another --out")
    else:
        bare = Encoding(config, names, task.tools, tokenizer)
        vocabulary = build(task.tools, learn_pieces([example for example in examples if example.split == "train"], bare), task.specials)
        if devices.first:
            vocabulary.save(kept)
    encoding = Encoding(config, vocabulary, task.tools, tokenizer)
    examples, refused = usable(examples, encoding)
    for reason, count in sorted(refused.items(), key=lambda pair: -pair[1])[:20] if devices.first else ():
        print(f"left out {count}: {reason}", flush=True)
    parted = [[example for example in examples if example.split == split] for split in ("train", "dev")]
    if devices.first:
        print(f"{len(parted[0])} training and {len(parted[1])} development examples, vocabulary {len(vocabulary)}", flush=True)
    if not parted[0]:
        raise BadInput(f"{args.data} has no example to train on")
    return encoding, parted[0], parted[1]


def start(args: argparse.Namespace, config: StudentConfig, vocabulary: Vocabulary, devices: Devices) -> Run:
    """A new run from MiniLM, from the weights of --init, or from where --resume finds it."""
    model = Student(config, len(vocabulary))
    load_minilm(model.encoder)
    if args.init:
        print(f"warm start, {warm_start(model, vocabulary, args.init)} new rows", flush=True)
    model.to(devices.device)
    progress = Progress.after(args.init) if args.init else Progress()
    run = Run(model, vocabulary, optimizer_for(model, config), Average(model, config.ema), progress, Position(), devices.share(model))
    if args.resume and (args.out / NAME).exists():
        run.restore(args.out)
    return run


def train(args: argparse.Namespace, config: StudentConfig, task: Task | None = None) -> None:
    """Train for TASK (default: the catalogue) until the schedule is done; checkpoints and progress on the way."""
    task, devices = task or Task(catalogue().tools), Devices()
    torch.manual_seed(config.seed)
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    if devices.first:
        config.save(args.out / "config.json")
    encoding, examples, held_back = prepare(args, config, task, devices)
    run = start(args, config, encoding.vocabulary, devices)
    progress = run.progress
    batches = devices.part(stream(examples, encoding, task.variants(encoding, examples), run.position))

    def share() -> float:
        return progress.step / args.steps if args.steps else progress.seconds / (60 * args.minutes)

    if devices.rank:
        torch.manual_seed(config.seed + progress.step + devices.rank)  # every process drops out other cells
    (run.shared or run.model).train()
    saved, losses, mark = time.monotonic(), [], Progress(**asdict(progress))
    while share() < 1:
        began = time.monotonic()
        batch = next(batches)
        losses.append(update(run, batch, rate_factor(share(), config.warm_up)))
        progress.seconds = devices.agreed(progress.seconds + time.monotonic() - began)
        progress.examples += (devices.count - 1) * len(batch)
        if not devices.first:
            continue
        if progress.step % args.log_every == 0:
            speed = (progress.examples - mark.examples) / (progress.seconds - mark.seconds)
            left = progress.seconds * (1 / share() - 1) / 60
            loss, epoch = sum(losses) / len(losses), run.position.epoch
            print(f"step {progress.step} epoch {epoch} loss {loss:.4f} {speed:.1f} ex/s done {share():.1%} eta {left:.0f} min", flush=True)
            losses, mark = [], Progress(**asdict(progress))
        if progress.step % args.dev_every == 0:
            report(run, encoding, held_back[: args.dev_size])
        if time.monotonic() - saved > args.save_every * 60:
            run.save(args.out)
            saved = time.monotonic()
    if devices.first:
        run.save(args.out)
        report(run, encoding, held_back)


def report(run: Run, encoding: Encoding, examples: Sequence[Example]) -> None:
    """Print the exact plans of the averaged weights by source of the examples."""
    if not examples:
        return
    with run.average.inside(run.model):
        scores = exact_by_source(run.model, encoding, examples)
    print("dev " + " ".join(f"{source} {right}/{count}={right / count:.3f}" for source, (right, count) in scores.items()), flush=True)


def whole_words(path: Path) -> list[str]:
    """Words of the encoder's vocabulary, for fresh names."""
    words = path.read_text(encoding="utf-8").split()
    return [word for word in words if word.isascii() and word.isalpha() and 3 <= len(word) <= 9]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="examples, JSON Lines")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=60, help="length of the schedule in training time (default %(default)s)")
    length.add_argument("--steps", type=int, help="length of the schedule in steps")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    origin.add_argument("--init", type=Path, help="start from this checkpoint's weights; its vocabulary may be another")
    parser.add_argument("--config", type=Path, help="a config.json; default: the built-in one")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings that differ from the config")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--log-every", type=int, default=50, metavar="STEPS")
    parser.add_argument("--dev-every", type=int, default=500, metavar="STEPS")
    parser.add_argument("--dev-size", type=int, default=400, help="development examples that are looked at during training")
    parser.add_argument("--save-every", type=float, default=5, metavar="MINUTES")
    args = parser.parse_args(argv)
    values = asdict(StudentConfig.load(args.config) if args.config else StudentConfig())
    for name, _, text in (pair.partition("=") for pair in args.set):
        values[name] = type(values.get(name, ""))(text)
    train(args, StudentConfig.of(values))


if __name__ == "__main__":
    main(sys.argv[1:])
