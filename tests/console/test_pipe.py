"""The console without a person: runner.py between real pipes."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

import prepared
from models import write_counting_model, write_failing_model
from opinia.console.examples import EXAMPLES
from terminals import RUNNER, environment


@pytest.fixture
def running(model):
    """runner.py with both ends of its pipes in our hands."""
    command = [sys.executable, str(RUNNER), "--path", str(model), "--lang", "en"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = prepared.popen_in(environment())(command, env=environment(), **pipes)
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):  # what it did not read is still in our buffer
            stream.close()


def said(result):
    """Standard output of a run that was well."""
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def test_each_line_has_an_answer_in_polish_and_nothing_else(pipe):
    result = pipe(b"a good film\nbad\n")
    assert said(result) == "pozytywna (95,0%)\nnegatywna (92,0%)\n"
    assert result.stderr == b""


def test_in_english(pipe):
    assert said(pipe(b"a good film\nbad\n", "--lang", "en")) == "positive (95.0%)\nnegative (92.0%)\n"


@pytest.mark.parametrize(
    "data", [b"good\nbad", b"good\r\nbad\r\n", b"\xef\xbb\xbfgood\nbad\n", b"go\0od good\nbad"]
)
def test_ends_of_lines_and_odd_bytes(pipe, data):
    answers = said(pipe(data)).splitlines()
    assert [answer.split()[0] for answer in answers] == ["pozytywna", "negatywna"]


def test_a_byte_order_mark_does_not_spoil_the_first_word(pipe):
    result = pipe(b"\xef\xbb\xbfbad\n")
    assert said(result) == "negatywna (92,0%)\n"
    assert result.stderr == b""


def test_line_n_answers_line_n(pipe):
    assert said(pipe(b"\ngood\n\n  \t\r\nbad\n\n", "--lang", "en")).splitlines() == [
        "",
        "positive (95.0%)",
        "",
        "",
        "negative (92.0%)",
        "",
    ]


def test_words_that_end_a_conversation_are_data_in_a_pipe(pipe):
    assert said(pipe(b"exit\nbad\nquit\n")).count("tywna") == 3


def test_answers_come_while_the_input_is_still_open(running):
    running.stdin.write(b"good\n")
    running.stdin.flush()
    assert running.stdout.readline() == b"positive (95.0%)\n"
    running.stdin.write(b"bad\n")
    running.stdin.flush()
    assert running.stdout.readline() == b"negative (92.0%)\n"
    running.stdin.close()
    assert running.wait(timeout=30) == 0


def test_a_line_of_a_megabyte(pipe):
    data = b"good film " * 104_858 + b"\nbad\n"
    assert [line.split()[0] for line in said(pipe(data)).splitlines()] == ["pozytywna", "negatywna"]


def test_a_line_that_is_too_long_ends_with_its_number(pipe):
    result = pipe(b"good\n" + b"good " * 420_000 + b"\ngood\n")
    assert result.returncode == 1
    assert result.stdout == b"pozytywna (95,0%)\n"
    assert b"error: line 2 of standard input is too long" in result.stderr
    assert b"hint: " in result.stderr


def test_an_endless_line_is_not_read_to_its_end(running):
    written = 0
    with suppress(BrokenPipeError):
        for _ in range(100):
            written += running.stdin.write(b"\0" * 1_000_000)
    assert written < 20_000_000
    assert b"too long" in running.stderr.read()


def test_invalid_utf8_is_replaced_with_one_warning(pipe):
    result = pipe(b"good\nbad \xff\xfe bad\ngood \x80\ngood\n", "--lang", "en")
    assert [line.split()[0] for line in said(result).splitlines()] == [
        "positive",
        "negative",
        "positive",
        "positive",
    ]
    assert result.stderr.decode().splitlines() == [
        "warning: line 2: not valid UTF-8: the invalid bytes were replaced",
        "warning: lines that are not valid UTF-8: 2 of 4",
    ]


def test_utf16_is_named(pipe):
    result = pipe("good\n".encode("utf-16"))
    assert result.returncode == 1
    assert b"error: standard input is UTF-16" in result.stderr


def test_unknown_words_warn_once_and_are_counted(pipe):
    result = pipe("good\nto jest bardzo dobry film\nbad\nświetny\n!!!\n".encode(), "--lang", "en")
    assert len(said(result).splitlines()) == 5
    assert result.stderr.decode().splitlines() == [
        "warning: line 2: the model does not know 80% of the words: is the text in English?",
        "warning: lines without words or with unknown ones: 3 of 5",
    ]


def test_the_limit_of_unknown_words_is_that_of_the_card(pipe, tmp_path):
    text = b"zzz film good\n"
    strict = write_counting_model(tmp_path / "strict.onnx", card={"text": {"unknown_limit": 0.1}})
    assert pipe(text).stderr == b""
    assert b"33%" in pipe(text, path=strict).stderr
    for card in ({"text": "words"}, {"text": {}}):
        assert pipe(text, path=write_counting_model(tmp_path / "odd.onnx", card=card)).stderr == b""


def test_nothing_in_nothing_out(pipe):
    result = pipe(b"")
    assert said(result) == ""
    assert result.stderr == b""


def test_examples_only_when_there_is_no_input(pipe):
    shown = said(pipe(b"", "--examples")).splitlines()
    assert len(shown) == 2 * len(EXAMPLES) == 6
    for review, line, answer in zip(EXAMPLES, shown[::2], shown[1::2], strict=True):
        assert review.startswith(line.removeprefix("> ").removesuffix(" ..."))
        assert len(line) <= 80
        assert "tywna (" in answer
    assert said(pipe(b"bad\n", "--examples")) == "negatywna (92,0%)\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(("options", "lines"), [("", 0), ("--examples", 6)])
def test_a_closed_standard_input(model, options, lines):
    command = f'"{sys.executable}" "{RUNNER}" --path "{model}" {options} <&-'
    result = subprocess.run(["sh", "-c", command], capture_output=True, env=environment(), check=False)
    assert len(said(result).splitlines()) == lines


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("where", [">&-", ">/dev/full"])
def test_nowhere_to_write(model, where):
    if "full" in where and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    command = f'echo good | "{sys.executable}" "{RUNNER}" --path "{model}" {where}'
    result = subprocess.run(["sh", "-c", command], capture_output=True, env=environment(), check=False)
    assert result.returncode == 1
    assert result.stderr.startswith(b"error: ")
    assert result.stderr.count(b"\n") == 1


def test_a_reader_that_has_enough_ends_it_quietly(running):
    running.stdin.write(b"good\n" * 10)
    running.stdin.flush()
    assert running.stdout.readline() == b"positive (95.0%)\n"
    running.stdout.close()
    with suppress(BrokenPipeError):
        running.stdin.write(b"good\n" * 100_000)
        running.stdin.close()
    assert running.stderr.read() == b""
    assert running.wait(timeout=30) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interrupt_ends_it_without_a_traceback(running):
    running.stdin.write(b"good\n")
    running.stdin.flush()
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 130
    assert running.stderr.read().strip() == b""


@pytest.mark.parametrize("kind", ["missing", "truncated", "foreign", "folder", "empty"])
def test_a_bad_model_is_two_lines_and_status_1(pipe, model, tmp_path, kind):
    path = tmp_path / "model.onnx"
    if kind == "truncated":
        path.write_bytes(model.read_bytes()[:-100])
    elif kind == "foreign":
        path.write_text("PK")
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    result = pipe(b"good\n", path=path)
    assert result.returncode == 1
    assert result.stdout == b""
    error, hint = result.stderr.decode().splitlines()
    assert error.startswith("error: ")
    assert str(path) in error
    assert hint.startswith("hint: ")


def test_a_run_folder(pipe, model, tmp_path):
    (tmp_path / "best.onnx").write_bytes(model.read_bytes())
    assert said(pipe(b"good\n", path=tmp_path)) == "pozytywna (95,0%)\n"


def test_a_wrong_call_is_status_2(pipe):
    result = pipe(b"", "--lang", "de")
    assert result.returncode == 2
    assert result.stderr.decode().splitlines()[1] == "hint: runner.py --help"


def test_a_locale_without_polish_letters(pipe):
    result = pipe("świetny\n".encode(), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert said(result) == "pozytywna (56,2%)\n"
    assert b"Traceback" not in result.stderr


def test_a_pipe_imports_neither_rich_nor_prompt_toolkit_nor_torch(pipe, model):
    unwanted = {"rich", "prompt_toolkit", "torch", "onnx", "importlib.metadata"}
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['runner.py', '--path', {str(model)!r}]\n"
        "try:\n"
        f"    runpy.run_path({str(RUNNER)!r}, run_name='__main__')\n"
        "finally:\n"
        f"    print(sorted({unwanted} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], input=b"good\n", capture_output=True, env=environment(), check=False
    )
    assert result.stdout.decode().splitlines() == ["pozytywna (95,0%)", "[]"]


def test_a_line_on_which_the_network_fails_is_named_in_one_sentence(pipe, tmp_path):
    path = write_failing_model(tmp_path / "failing.onnx", longest=20)
    result = pipe(b"good\n" + b"good " * 21 + b"\nbad\n", path=path)
    assert result.returncode == 1
    assert result.stdout == b"pozytywna (95,0%)\n"
    assert result.stderr.startswith(b"error: line 2 of standard input: the network failed")
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize(("language", "words"), [("en", "1,048,577"), ("pl", "1 048 577")])
def test_a_line_of_too_many_words_is_named_in_one_sentence(pipe, language, words):
    result = pipe(b"," * ((1 << 20) + 1), "--lang", language, path="small")  # one that knows marks
    assert result.returncode == 1
    assert b"line 1" in result.stderr
    assert words in result.stderr.decode().replace("\u00a0", " ").replace("\u202f", " ")
    assert b"Traceback" not in result.stderr
