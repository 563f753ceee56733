"""The network as PyTorch trains it, and the weights that it begins with."""
