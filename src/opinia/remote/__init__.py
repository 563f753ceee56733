"""Training on a machine that is lent for minutes: what travels there, what is done there, what comes back.

prepare   at home: the reviews of a recipe, loaded and tokenised
pack      at home and there: these reviews, the vocabulary and the recipe in one file
trip      there: one call on the machine, with its folders and its clock
check     there: which numbers and streams are fastest, and how many epochs fit
trainers  there: the trainers that the stages run and the check measures
stages    there: language models, then the classifier, each to be continued where it was cut off
parcels   there and at home: weights in files of a bounded size, with a digest
join      at home: the parcels back into weights, and the model file

What runs there (``python -m opinia.remote``) needs PyTorch and NumPy alone.
"""

import opinia.train  # noqa: F401 - before PyTorch: it bounds the spinning of its threads
