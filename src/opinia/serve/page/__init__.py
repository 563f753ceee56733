"""The page: its files put together, for the server and as a folder that needs none."""
