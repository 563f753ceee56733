"""The root of the command line, and `opinia info`."""

import importlib
import json
import subprocess
import sys

import click
import pytest

import opinia
import prepared
from models import write_counting_model
from opinia import shell
from opinia.cli.helpers.options import FilledPath
from opinia.cli.main import COMMANDS

CARD = {
    "name": "seed",
    "recipe": {"training": {"epochs": 10, "learning_rate": 0.001}},
    "figures": {"val_accuracy": 0.8712, "confusion": [[1, 2], [3, 4]], "test": None},
    "data": {"rows": 22500, "fingerprint": "ab12"},
    "nasty": "\x1b[31mred\nline",
    "many": list(range(100)),
    "runs": [{"seed": 1}, {"seed": 2}],
    "empty": {},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "card.onnx", card=CARD)


def call(*arguments, data=b"", before=""):
    """Run the command line in a process of its own."""
    script = f"import sys\n{before}\nfrom opinia.cli.main import main\nmain()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    begin = subprocess.run if before else prepared.run
    return begin(command, input=data, capture_output=True, timeout=60, check=False)


def test_every_command_of_the_table_is_there():
    for place, _ in COMMANDS.values():
        module, _, attribute = place.partition(":")
        assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_the_table_says_what_the_commands_are_for():
    for name, (_, summary) in COMMANDS.items():
        assert summary.endswith("."), name
        assert len(summary) < 65, name


def test_no_path_may_be_empty():
    def paths(command):
        for inner in getattr(command, "commands", {}).values():
            yield from paths(inner)
        yield from (each for each in command.params if isinstance(each.type, click.Path))

    for place, _ in COMMANDS.values():
        module, _, attribute = place.partition(":")
        for path in paths(getattr(importlib.import_module(module), attribute)):
            assert isinstance(path.type, FilledPath), (place, path.name)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command_and_imports_none(option):
    heavy = {
        "torch",
        "onnx",
        "onnxruntime",
        "rich",
        "prompt_toolkit",
        "opinia.console.session",
        "opinia.cli.train",
    }
    before = f"import atexit; atexit.register(lambda: print('loaded', sorted({heavy} & set(sys.modules))))"
    result = call(option, before=before)
    assert result.returncode == 0
    shown = result.stdout.decode()
    assert "loaded []" in shown
    for name in COMMANDS:
        assert f"\n  {name} " in shown


def test_one_text_is_judged_without_the_reading_of_tables():
    before = "import atexit; atexit.register(lambda: print('opinia.tables' in sys.modules))"
    result = call("analyse", "A warm film.", "--model", "seed", before=before)
    assert result.returncode == 0
    assert result.stdout.decode().endswith("False\n")


def test_help_names_every_map_that_is_ready():
    from opinia.tables.labels.maps import READY

    assert ", ".join(READY) in " ".join(call("evaluate", "--help").stdout.decode().split())


def test_version():
    assert call("--version").stdout.decode() == f"opinia {opinia.__version__}\n"


def test_the_module_is_the_command_line():
    command = [sys.executable, "-m", "opinia", "--version"]
    result = subprocess.run(command, capture_output=True, check=False)
    assert result.stdout.decode() == f"opinia {opinia.__version__}\n"


def test_no_command_is_the_console_and_takes_its_options(model):
    for arguments in (["--model", model], ["console", "--model", model]):
        result = call(*arguments, "--lang", "en", data=b"good\n")
        assert (result.returncode, result.stdout) == (0, b"positive (95.0%)\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trian"], "There is no command 'trian'. Did you mean train?"),
        (["xyzzy"], "There is no command 'xyzzy'.\n"),
        (["--lnag", "en"], "No such option"),
        (["--path", "seed"], "hint: --model names the model; --path is of runner.py"),
        (["analyse", "good", "--path=seed"], "hint: --model names the model; --path is of runner.py"),
        (["score", "in.csv", "-o", "out.csv", "--path", "seed"], "hint: --model names the model"),
        (["info", "--path", "seed"], "hint: the model is named without an option"),
        (["behave", "--model", "seed"], "hint: the model is named without an option"),
        (["train", "--source", "x"], "hint: --imdb names a copy of the IMDB reviews"),
        (["study", "--data", "x.csv"], "error: a table of your own is trained on by opinia train"),
        (["evaluate", "seed", "--data", "x.csv"], "hint: DATA is named without an option, and --imdb"),
        (["data", "imdb", "--source", "x"], "hint: --imdb names a copy of the IMDB reviews"),
        (["info", "a", "b"], "unexpected extra argument"),
    ],
)
def test_wrong_calls_are_status_2_with_a_hint(arguments, said):
    result = call(*arguments)
    assert result.returncode == 2
    error, hint = result.stderr.decode().split("\n", 1)
    assert error.startswith("error: ")
    assert said in result.stderr.decode()
    assert hint.startswith("hint: ")


def test_a_missing_package_names_the_extra():
    result = call("train", "--sample", before="sys.modules['torch'] = None")
    assert result.returncode == 1
    assert result.stderr.decode().splitlines()[-1] == f"hint: {shell.install('train')}"
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell):
    result = call("completion", shell)
    assert result.returncode == 0
    assert b"_OPINIA_COMPLETE" in result.stdout


def test_completion_completes_commands_and_options():
    def complete(words, number):
        before = (
            "import os; os.environ.update(_OPINIA_COMPLETE='bash_complete', "
            f"COMP_WORDS={words!r}, COMP_CWORD={str(number)!r})"
        )
        return call(before=before).stdout.decode().split()

    assert complete("opinia tr", 1) == ["plain,train"]
    assert complete("opinia info --j", 2) == ["plain,--json"]
    assert complete("opinia --lang ", 2) == ["plain,pl", "plain,en"]


def test_info_prints_the_whole_card(model):
    result = call("info", model)
    assert result.returncode == 0
    lines = result.stdout.decode().splitlines()
    for line in (
        f"file: {model}",
        f"bytes: {model.stat().st_size}",
        "labels: negative, positive",
        "vocabulary: 10",
        "  name: seed",
        "      learning_rate: 0.001",
        "    val_accuracy: 0.8712",
        "    confusion: 1, 2, 3, 4",
        "    test: -",
        "    rows: 22,500",
        "  nasty: \\x1b[31mred\\nline",
        "      seed: 2",
        "  empty: -",
    ):
        assert line in lines
    assert "… (100 in all)" in result.stdout.decode()


def test_info_as_json_is_complete(model):
    facts = json.loads(call("info", "--json", model).stdout)
    assert facts["card"] == CARD
    assert facts["sha256"] == opinia.load(model).model.sha256
    assert facts["bytes"] == model.stat().st_size
    assert facts["labels"] == ["negative", "positive"]


def test_info_takes_a_run_folder_and_refuses_what_is_no_model(model, tmp_path):
    assert call("info", tmp_path).returncode == 1
    (tmp_path / "best.onnx").write_bytes(model.read_bytes())
    assert b"best.onnx" in call("info", tmp_path).stdout
    result = call("info", tmp_path / "none.onnx")
    assert result.returncode == 1
    assert result.stderr.startswith(b"error: there is no model at")
