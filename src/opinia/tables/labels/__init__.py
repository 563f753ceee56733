"""What the labels of a table mean: the words and scales they lie on, maps to classes, and which map fits."""
