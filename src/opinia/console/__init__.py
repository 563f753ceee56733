"""The console that answers what is typed."""
