"""What commands are made of: options, models and texts that are given, and how things show on a terminal."""
