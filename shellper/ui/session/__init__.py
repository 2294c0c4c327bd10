"""The interactive session: words in, preview, a key to answer, output kept as context for what is said next."""
