"""The training half: everything that needs PyTorch."""
