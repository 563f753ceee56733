"""The loop of every training: steps of an optimiser over streams of texts, and what happens beside them."""
