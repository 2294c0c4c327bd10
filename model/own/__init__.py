"""Train a student for other tools: OpenAI function schemas and conversations in, a small int8 student out."""
