"""Write the network as two ONNX graphs: the encoder, run once a request, and one step of the decoder, run for all beams at once.

Names and shapes (S source tokens, B beams, T steps so far, L decoder layers, H heads, D = W / H, V vocabulary):

    encoder.onnx  ids, kinds, ages int64 (S)
                  -> pointed (S, W), pointer_keys (S, W), cross (L, 2, H, S, D)
    decoder.onnx  steps, marks, parents int64 (B), cache (L, 2, B', H, T, D), and the encoder's three outputs
                  -> logits (B, V + S), present (L, 2, B, H, T + 1, D); parents say which of the B' rows of `cache` a beam goes on from
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .checkpoint import NAME, read
from .config import StudentConfig
from .network import Reading, Student, load_minilm

OPSET = 17
ENCODER, DECODER = "encoder.onnx", "decoder.onnx"
FROM_ENCODER = ("pointed", "pointer_keys", "cross")


class EncoderGraph(nn.Module):
    """The encoder for one source without padding."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, ids: Tensor, kinds: Tensor, ages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        states = self.student.encoder(ids[None], kinds[None], ages[None], None)
        cross = [torch.stack(layer.cross.keys_values(states)) for layer in self.student.layers]
        return self.student.pointed(states)[0], self.student.pointer_key(states)[0], torch.stack(cross)[:, :, 0]


class DecoderGraph(nn.Module):
    """One step of every beam. The beams share the source, so they attend to it as if they were steps of one row."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(
        self, steps: Tensor, marks: Tensor, parents: Tensor, cache: Tensor, pointed: Tensor, pointer_keys: Tensor, cross: Tensor
    ) -> tuple[Tensor, Tensor]:
        student = self.student
        past = cache.index_select(2, parents)
        table = torch.cat((student.output_rows(), pointed))
        place = student.step_positions.weight[cache.shape[4]]
        x = (table[steps] + student.marks(marks) + place)[:, None]  # (B, 1, W)
        present = []
        for depth, layer in enumerate(student.layers):
            normed = layer.own_norm(x)
            keys, values = layer.own.keys_values(normed)
            keys, values = torch.cat((past[depth, 0], keys), 2), torch.cat((past[depth, 1], values), 2)
            present.append(torch.stack((keys, values)))
            x = x + layer.own(normed, keys, values, None)
            attended = layer.cross(layer.cross_norm(x).transpose(0, 1), cross[depth, 0][None], cross[depth, 1][None], None)
            x = x + attended.transpose(0, 1)
            x = x + layer.feed_forward(x)
        reading = Reading(pointed[None], pointer_keys[None], [], None)
        return student.logits(x.transpose(0, 1), reading)[0], torch.stack(present)


def student_of(run: Path) -> tuple[Student, StudentConfig, dict[str, Any]]:
    """The averaged student of a training run, its config and the checkpoint that it comes from."""
    parts = read(run / NAME)
    config = StudentConfig.of(parts["config"])
    student = Student(config, len(parts["vocabulary"]))
    load_minilm(student.encoder)  # the word embeddings, which training leaves as they are
    student.load_state_dict(parts["average"], strict=False)
    return student.eval(), config, parts


@torch.no_grad()
def export(student: Student, folder: Path) -> None:
    """Write encoder.onnx and decoder.onnx into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    config, size, beams, past = student.config, student.output_rows().shape[0], 3, 2
    ids = torch.arange(1000, 1009)
    source = (ids, torch.zeros_like(ids), torch.zeros_like(ids))
    encoder = EncoderGraph(student).eval()
    torch.onnx.export(
        encoder, source, str(folder / ENCODER), dynamo=False, opset_version=OPSET,
        input_names=["ids", "kinds", "ages"], output_names=list(FROM_ENCODER),
        dynamic_axes={"ids": {0: "S"}, "kinds": {0: "S"}, "ages": {0: "S"}, "pointed": {0: "S"}, "pointer_keys": {0: "S"}, "cross": {3: "S"}},
    )  # fmt: skip
    steps = torch.tensor([1, size, size - 1])
    cache = torch.zeros(config.decoder_layers, 2, beams, config.heads, past, config.width // config.heads)
    torch.onnx.export(
        DecoderGraph(student).eval(), (steps, torch.zeros_like(steps), torch.arange(beams), cache, *encoder(*source)), str(folder / DECODER),
        dynamo=False, opset_version=OPSET,
        input_names=["steps", "marks", "parents", "cache", *FROM_ENCODER], output_names=["logits", "present"],
        dynamic_axes={
            "steps": {0: "B"}, "marks": {0: "B"}, "parents": {0: "B"}, "cache": {2: "P", 4: "T"}, "pointed": {0: "S"}, "pointer_keys": {0: "S"},
            "cross": {3: "S"}, "logits": {0: "B", 1: "N"}, "present": {2: "B", 4: "U"},
        },
    )  # fmt: skip
