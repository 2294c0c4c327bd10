"""Causal students: fine-tuned FunctionGemma or Qwen3 models behind the same protocol, in onnxruntime and tokenizers alone."""
