"""What the operating system gives: files, locks, processors, streams."""
