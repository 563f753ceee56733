"""A trained model at work: its file, ONNX Runtime, batches, answers and explanations."""
