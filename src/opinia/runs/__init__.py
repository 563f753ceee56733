"""What a training run is, and what it leaves: recipe, folder, history, checkpoint. Without PyTorch."""
