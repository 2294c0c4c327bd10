"""Train your own student: train -> export -> evaluate and calibrate -> artefact. `python -m model --data examples.jsonl --run runs/x`"""
from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from shellper.student.artefact import BUILT_IN

from . import evaluate, train
from .export import assemble, describe


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="examples, JSON Lines (from `python -m model.synthesis`)")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run; an unfinished run there goes on")
    parser.add_argument("--artefact", type=Path, default=BUILT_IN, help="folder of the artefact (default: the built-in one)")
    parser.add_argument("--minutes", type=float, default=60, help="training time (default %(default)s)")
    args = parser.parse_args(argv)
    train.main(["--data", str(args.data), "--out", str(args.run), "--minutes", str(args.minutes), "--resume"])
    assemble(args.run, args.artefact)
    describe(args.run, args.artefact, {})
    calibration = args.run / "calibration.json"
    evaluate.main(["--data", str(args.data), "--artefact", str(args.artefact), "--calibrate", str(calibration)])
    describe(args.run, args.artefact, json.loads(calibration.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
