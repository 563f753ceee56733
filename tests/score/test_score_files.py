"""Inputs and outputs that are no ordinary files: what is refused, and what works all the same."""

import os
import subprocess
import sys
import threading

import pytest

import prepared
from scoring import run, table


def test_files_that_are_none(tmp_path, score):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "in.csv").write_bytes(b"text\ngood\n")
    (tmp_path / "link.csv").symlink_to("in.csv")
    os.link(tmp_path / "in.csv", tmp_path / "hard.csv")
    for arguments, said in [
        (["none.csv", "-o", "out.csv"], "there is no file none.csv"),
        (["folder.csv", "-o", "out.csv"], "folder.csv is a folder"),
        (["in.csv", "-o", "folder.csv"], "folder.csv is a folder"),
        (["in.csv", "-o", "nowhere/out.csv"], "there is no folder nowhere"),
        (["in.csv", "-o", "in.csv", "--force"], "is the input itself"),
        (["in.csv", "-o", "link.csv", "--force"], "is the input itself"),
        (["link.csv", "-o", "hard.csv", "--force"], "is the input itself"),
        (["in.csv", "-o", "out.pdf"], "no .pdf is written"),
        (["in.csv", "-o", "out", "--format", "doc"], "there is no table format 'doc'"),
        (["-", "-o", "-"], "does not say what format it has"),
        (["in.csv", "-o", "out", "--format", "parquet.gz"], "Parquet is compressed inside"),
    ]:
        result = score(*arguments)
        assert result.returncode == 1, arguments
        assert said in result.stderr.decode(), arguments
        assert b"hint: " in result.stderr or "no file" in said
    assert (tmp_path / "in.csv").read_bytes() == b"text\ngood\n"
    assert score("in.csv", "-o", "out.csv", "--force", "--resume").returncode == 2


def test_an_output_that_is_there_is_kept(tmp_path, score):
    (tmp_path / "in.csv").write_bytes(b"text\ngood\n")
    (tmp_path / "out.csv").write_bytes(b"mine")
    assert b"exists already\nhint: --force replaces it" in score("in.csv", "-o", "out.csv").stderr
    assert (tmp_path / "out.csv").read_bytes() == b"mine"
    assert score("in.csv", "-o", "out.csv", "--force").returncode == 0
    assert (tmp_path / "out.csv").read_bytes().startswith(b"text,label,")


def test_named_pipes_and_devices(tmp_path, score):
    data = table(300)
    os.mkfifo(tmp_path / "pipe.csv")
    feeder = threading.Thread(target=(tmp_path / "pipe.csv").write_bytes, args=[data])
    feeder.start()
    result = score("pipe.csv", "-o", "out.csv")
    feeder.join()
    assert result.returncode == 0, result.stderr
    assert (
        score("-", "-o", "/dev/stdout", "--format", "csv", data=data).stdout
        == (tmp_path / "out.csv").read_bytes()
    )


@pytest.mark.parametrize("command", ["check", "score", "evaluate"])
def test_a_named_pipe_is_closed_at_the_end(tmp_path, model_path, command):
    os.mkfifo(tmp_path / "pipe.csv")
    data = b"text,label\n" + b'"a good film, really",1\n"a bad film",0\n' * 20
    feeder = threading.Thread(target=(tmp_path / "pipe.csv").write_bytes, args=[data])
    feeder.start()
    arguments = {
        "check": ("check", "pipe.csv", "--model", model_path),
        "score": ("score", "pipe.csv", "-o", "out.csv", "--model", model_path),
        "evaluate": ("evaluate", model_path, "pipe.csv"),
    }[command]
    loud = "import warnings; warnings.simplefilter('always', ResourceWarning)"
    result = run(*arguments, folder=tmp_path, before=loud)
    feeder.join()
    assert (result.returncode, b"ResourceWarning" in result.stderr) == (0, False), result.stderr


def test_a_reader_who_goes_away(tmp_path, model_path):
    (tmp_path / "in.csv").write_bytes(table(20_000))
    command = [sys.executable, "-m", "opinia", "score", "in.csv", "-o", "-", "--model", str(model_path)]
    process = prepared.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    said = process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()
    assert said == b'commas, header, utf-8; judging column "text"\n'
