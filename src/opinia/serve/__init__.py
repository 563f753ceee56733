"""The classifier over HTTP: a FastAPI application, the threads behind it, and the server around it."""
