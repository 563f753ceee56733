"""``requirements-hashed.txt`` is ``constraints.txt`` with digests."""

import re


def pinned(text):
    """The requirements of a file, without digests, as name, version and marker."""
    lines = [
        line.split(" \\")[0] for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))
    ]
    return {re.sub(r"[\s\"']", "", line) for line in lines}


def test_both_name_the_same_versions(root):
    constraints = pinned((root / "constraints.txt").read_text())
    hashed = pinned((root / "requirements-hashed.txt").read_text())
    assert {re.split("[;]", line)[0] for line in constraints if not line.startswith("torch==")} == {
        re.split("[;]", line)[0] for line in hashed
    }


def test_each_has_digests(root):
    blocks = re.split(r"\n(?=\S)", (root / "requirements-hashed.txt").read_text())
    for block in blocks:
        if not block.startswith("#"):
            assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block), block
