"""Models of Keras, read and written without Keras: archives, layers as graphs, texts as Keras splits them."""
