"""``python -m opinia`` is the command line ``opinia``."""

from opinia.cli.main import main

main()
