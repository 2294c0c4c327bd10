"""Words and context become plans: the shipped network, its source, its grammar and its vocabulary."""
