"""python -m model.drills: see the package."""
from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from model import drills

from .drill import CHUNK
from .make import KINDS, make


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.drills", description=drills.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[kind.__name__ for kind, _ in KINDS], help="drills of this kind alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args(argv)
    done = 0
    with ProcessPoolExecutor(options.workers) as pool, options.out.open("w", encoding="utf-8") as out:
        parts = -(-options.count // CHUNK)
        for examples in pool.map(make, [f"{options.seed}:{at}" for at in range(parts)], [CHUNK] * parts, [options.only] * parts):
            for example in examples:
                out.write(json.dumps(example, ensure_ascii=False) + "\n")
            done += len(examples)
            print(f"\r{done} drills", end="", flush=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
