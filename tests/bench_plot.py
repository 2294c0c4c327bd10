"""The page of the side-by-side benchmark: a table and a plot (SVG) of the ratios."""
from __future__ import annotations

from pathlib import Path

MEASURES = (
    ("p50", "warm request, tool prompt cached, p50", "ms"), ("p95", "the same, p95", "ms"), ("work", "work of all cores for it, median", "ms"), ("uncached_p50", "tool prompt not cached, p50", "ms"),
    ("uncached_p95", "the same, p95", "ms"), ("cold", "cold start to the first answer", "ms"), ("memory", "peak memory of that", "MB"), ("size", "on disk", "MB"),
)  # fmt: skip
PAGE = """\
# Benchmarks

Our student and a causal model of the shape of Gemma 3 270M (18 layers, hidden 640, 4 heads of 256 and 1 key-value head, feed-forward 2048, vocabulary
262,144) with **random weights**: speed does not depend on their values. Both int8, in the same onnxruntime on the same machine, with the same
requests in turn ([tests/bench_requests.jsonl](../tests/bench_requests.jsonl)) and the 18 SHELLper tools. Made by `make bench-causal`.

| | ours | 270M shape | ratio |
| --- | ---: | ---: | ---: |
{rows}

![ratios](benchmarks.svg)

{conditions}

Where a warm request of ours goes, with the whole catalogue and a folder of 12 files:

| | ms | share |
| --- | ---: | ---: |
{parts}

While its graphs run they reach {reached:.0f} billion int8 operations a second, {share:.0%} of the {limit:.0f} billion that one large int8 product reaches in the
same onnxruntime with the same threads.

- The causal model is led to the right answer of each request, so that it says as many tokens as a trained one would ({said:.0f} on average), greedily,
  with one reading; ours answers with its four readings. Our student has no tool prompt: its tools are in its weights.
- Its tool prompt has {prompt} tokens with a tokenizer of 32,000 tokens that was trained on shell texts; Gemma's own was not at hand.
- Its logits are computed for the last token only. optimum exports its tied embedding twice, 168 MB each in int8: without the second one its size would
  be {tied:.0f} MB, {tied_ratio:.0f} times ours.
"""


def write_page(found: dict, folder: Path) -> None:
    """Write benchmarks.md and benchmarks.svg to FOLDER."""
    ours, other, how = found["ours"], found["270M"], found["conditions"]
    rows = "\n".join(f"| {label} | {ours[key]:,.1f} {unit} | {other[key]:,.1f} {unit} | {other[key] / ours[key]:,.1f} |" for key, label, unit in MEASURES)
    quiet = "The machine was quiet." if how["load"] <= how["cores"] else "**The machine was busy with other work: the times are longer than on a quiet one, and of the ratios those of work, memory and size are the ones to go by. To be run again.**"
    conditions = (
        f"{how['cores']} cores, load {how['load']:.1f}; {how['requests']} requests, {how['uncached']} without the cached prompt, {how['colds']} cold starts of each. {quiet}"
    )
    whole = sum(spent for _, spent in found["parts"])
    parts = "\n".join(f"| {name} | {spent:.2f} | {spent / whole:.0%} |" for name, spent in found["parts"])
    tied = other["size"] - 262_144 * 640 / 1e6
    folder.mkdir(exist_ok=True)
    text = PAGE.format(
        rows=rows, conditions=conditions, parts=parts, reached=found["reached"] / 1e9, limit=found["limit"] / 1e9, share=found["reached"] / found["limit"], said=how["said"],
        prompt=how["prompt"], tied=tied, tied_ratio=tied / ours["size"],
    )  # fmt: skip
    (folder / "benchmarks.md").write_text(text, encoding="utf-8")
    (folder / "benchmarks.svg").write_text(plot([(label, other[key] / ours[key]) for key, label, _ in MEASURES]), encoding="utf-8")


def plot(bars: list[tuple[str, float]]) -> str:
    """Horizontal bars on a logarithmic scale from 1; each is the 270M shape's share of ours."""
    import math

    top, left, wide = max(math.log10(max(value, 1.1)) for _, value in bars), 270, 400
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{len(bars) * 30 + 40}" font-family="sans-serif" font-size="13">', '<rect width="100%" height="100%" fill="white"/>']
    for at, (label, value) in enumerate(bars):
        length, y = wide * math.log10(max(value, 1.0)) / top, 12 + at * 30
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{label}</text><rect x="{left}" y="{y}" width="{length:.0f}" height="20" fill="#3a6ea5"/>')
        parts.append(f'<text x="{left + length + 6:.0f}" y="{y + 14}">{value:,.0f} ×</text>')
    parts.append(f'<text x="{left}" y="{len(bars) * 30 + 28}">270M shape divided by ours, logarithmic</text></svg>')
    return "\n".join(parts) + "\n"
