"""The training half: everything that needs PyTorch, which is imported below here alone."""

from opinia.train.torch_setup import bound_spinning

bound_spinning()  # before PyTorch is there: every way to it in opinia leads through this file
