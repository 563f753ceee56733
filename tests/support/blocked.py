"""Packages that are there, and cannot be imported: as if they were not installed."""


def without(*packages: str) -> str:
    """Return lines of code after which packages cannot be imported, nor what is in them."""
    return (
        "import sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "class Blocked(MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {packages!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
    )
