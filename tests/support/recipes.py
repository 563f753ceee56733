"""A recipe of a network so small that a test trains it in a second or two, on the built-in sample."""

SMALL = """
name = "small"
[text]
max_tokens = 200
[network]
embedding = 8
units = 8
dense = 8
[training]
epochs = 2
threads = 1
[data]
source = "sample"
validation = 300
"""
