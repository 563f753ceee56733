"""What may stand in the place of a small file: a pipe, a device, too much, too deep, of another kind."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def no_file(path: Path, kind: str) -> None:
    """Put something in the place of a file that is none, or none that one should read whole."""
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(path.parent)  # the address of a socket is short
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
        os.chdir(here)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "nowhere":
        path.symlink_to("nowhere")
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 36)


NO_FILES = ("pipe", "socket", "device", "loop", "nowhere", "folder", "huge")
ODD_TEXTS = {
    "recipe.toml": (
        "",
        "what",
        "a = " + "[" * 50_000,
        "a" + ".a" * 30_000 + " = 1",
        "".join(f"[{'a.' * 150}b{i}]\n" for i in range(150)),
        "[training]\nepochs = " + "9" * 10_000,
        "[training]\nepochs = 1e999",
        "name = 2024-99-99",
        "name = 1\x00",
        "[training]\nseed = {a = {a = {a = 1}}}",
        "\ufeff",
        "training = 5",
    ),
    "history.csv": (
        "",
        "what",
        "\0",
        "epoch,loss,accuracy,val_loss,val_accuracy\n" + "1" * 200_000 + ",1,1,1,1\n",
        'epoch,loss,accuracy,val_loss,val_accuracy\n"' + "x" * 200_000,
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,a,b,c,d\n",
        "epoch,loss,accuracy,val_loss,val_accuracy\n1\n",
        "epoch,loss,accuracy,val_loss,val_accuracy\n2,0.5,0.5,0.5,0.5\n",
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,0.5,7,0.5,0.5\n",
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,inf,0.5,0.5,0.5\n",
    ),
    "run.json": ("", "[", "[" * 100_000, "[]", "null", '{"digests": 5}', '{"digests": {}}', "1" * 10_000),
    "environment.json": ("", "{", "[" * 100_000, "null", '{"data": 5}', '{"versions": []}'),
    "timings.csv": ("", "a,b\nc", "epoch,seconds\n1,nan\n", "epoch,seconds\n1,-5\n", "\0"),
}
CASES = [(name, kind) for name in ODD_TEXTS for kind in NO_FILES]
CASES += [(name, number) for name, texts in ODD_TEXTS.items() for number in range(len(texts))]


def spoil(folder: Path, name: str, how: str | int) -> None:
    """Spoil a file of a run."""
    if isinstance(how, str):
        no_file(folder / name, how)
    else:
        (folder / name).write_bytes(ODD_TEXTS[name][how].encode())
