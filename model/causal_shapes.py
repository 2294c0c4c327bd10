"""Randomly initialised models of the causal families, small for tests or of the size of Gemma 3 270M for the benchmark.

Their tokenizers are trained on the spot: byte-level BPE for Qwen3, BPE with byte fallback for Gemma, with the control tokens of the family.
"""
from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from shellper.student.causal.chat import FAMILIES
from shellper.student.causal.student import TOKENIZER
from shellper.tools import catalogue

from .causal import SHELLPER_TOOLS, export

GEMMA_270M = {"vocab_size": 262_144, "hidden_size": 640, "intermediate_size": 2048, "num_hidden_layers": 18, "head_dim": 256, "query_pre_attn_scalar": 256}
TINY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "head_dim": 16}
_EXTRA = {
    "functiongemma": ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<start_function_declaration>", "<end_function_declaration>", "<end_function_response>"),
    "qwen3": ("<|endoftext|>", "<|im_start|>", "<think>", "</think>", "<tool_response>", "</tool_response>"),
}


def train_tokenizer(family: str, texts: Iterable[str], size: int, path: Path) -> int:
    """Train a tokenizer of at most SIZE tokens on TEXTS, write it to PATH and return how many it has."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    specials = [*_EXTRA[family], *FAMILIES[family].controls]
    if FAMILIES[family].byte_level:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(vocab_size=size - len(specials), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    else:
        fallback = [f"<0x{byte:02X}>" for byte in range(256)]
        tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
        tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
        tokenizer.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
        trainer = trainers.BpeTrainer(vocab_size=size - len(specials), special_tokens=["<unk>", *fallback], show_progress=False)
    tokenizer.train_from_iterator((re.sub(r"</?[|\w]+>", "\n", text) for text in texts), trainer)
    spec = json.loads(tokenizer.to_str())
    spec["added_tokens"] = [entry for entry in spec["added_tokens"] if not entry["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in specials])
    tokenizer.save(str(path))
    return tokenizer.get_vocab_size()


def write_checkpoint(family: str, folder: Path, texts: Iterable[str], sizes: dict[str, int], tokens: int = 1000) -> None:
    """A random checkpoint of FAMILY with a tokenizer trained on TEXTS; `vocab_size` in SIZES may be larger than the tokenizer's."""
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, Qwen3Config, Qwen3ForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    known = train_tokenizer(family, texts, tokens, folder / TOKENIZER)
    torch.manual_seed(0)
    shared = {"num_attention_heads": 4, "vocab_size": known, "max_position_embeddings": 32_768, **sizes}
    if family == "functiongemma":
        model = Gemma3ForCausalLM(Gemma3TextConfig(num_key_value_heads=1, sliding_window=512, **{"query_pre_attn_scalar": shared["head_dim"], **shared}))
    else:
        model = Qwen3ForCausalLM(Qwen3Config(num_key_value_heads=2, tie_word_embeddings=True, **shared))
    model.eval().save_pretrained(folder)


def corpus_texts(data: Path, prompt: str) -> Iterable[str]:
    """Text to train a tokenizer on: public pairs in DATA and the tool prompt itself."""
    yield prompt
    for name, keys in (("nl2bash.jsonl", ("nl", "bash")), ("tldr.jsonl", ("nl", "bash"))):
        with (data / name).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield from (row[key] for key in keys)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.causal_shapes", description="Write the int8 student with random weights and the sizes of Gemma 3 270M.")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with nl2bash.jsonl and tldr.jsonl, for the tokenizer")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student")
    parser.add_argument("--tokens", type=int, default=32_000, help="tokens of its tokenizer (the matrices have 262,144 rows)")
    args = parser.parse_args(argv)
    tools = [catalogue().tools[name] for name in SHELLPER_TOOLS]
    checkpoint = args.out / "checkpoint"
    write_checkpoint("functiongemma", checkpoint, corpus_texts(args.data_dir, FAMILIES["functiongemma"].prefix(tools, None)), GEMMA_270M, args.tokens)
    export(checkpoint, args.out, SHELLPER_TOOLS)


if __name__ == "__main__":
    main()
