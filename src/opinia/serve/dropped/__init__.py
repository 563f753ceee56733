"""Tables that were dropped on the page: read, judged and shown, and deleted after."""
