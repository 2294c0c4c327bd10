"""Drills: short exchanges whose last request points into what came before, composed from hand-written phrases and run for real.

    python -m model.drills --out drills.jsonl --count 20000 [--seed 1]

The corpus (model/corpus) teaches what people want and how they say it; drills teach the one skill that takes thousands of
repetitions: to find the second name, the longest file, the other one, in an output that was never seen. Files and their contents
come from the worlds of the corpus, put together anew for every drill; phrases from model/phrases. The commands run in a folder made for
the drill, and a drill whose command fails is thrown away. Output as of model/synthesis.py.
"""
