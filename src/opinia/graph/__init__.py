"""Networks as ONNX graphs: built, quantised, read back, and looked at before they are run."""
