"""Which language the commands speak: that of the locale, unless --lang names one; runner.py's is Polish."""

import os
import shutil
import sys

import pytest

import prepared
from models import write_counting_model
from opinia.language.locale import locale_language

WORDS = {"pl": "pozytywna", "en": "positive"}
ENVIRONMENTS = [
    ({}, "en"),
    ({"LANG": "pl_PL.UTF-8"}, "pl"),
    ({"LANG": "pl_PL"}, "pl"),
    ({"LANG": "pl"}, "pl"),
    ({"LANG": "PL_pl.utf8"}, "pl"),
    ({"LANG": "pl_PL@euro"}, "pl"),
    ({"LANG": "pl-PL"}, "pl"),
    ({"LANG": "Polish_Poland.1250"}, "pl"),
    ({"LANG": "pt_PT.UTF-8"}, "en"),
    ({"LANG": "plt_MG.UTF-8"}, "en"),  # Malagasy
    ({"LANG": "C.UTF-8"}, "en"),
    ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "pl_PL.UTF-8"}, "pl"),
    ({"LANG": "pl_PL.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
    ({"LANG": "pl_PL.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
    ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "pl_PL.UTF-8"}, "pl"),
    ({"LANG": "pl_PL.UTF-8", "LC_MESSAGES": "", "LC_ALL": ""}, "pl"),
    ({"LANG": "en_US.UTF-8", "LC_TIME": "pl_PL.UTF-8", "LC_CTYPE": "pl_PL.UTF-8"}, "en"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx")


def call(*command, cwd, data=b"", **locale):
    """Run a command in an environment with no locale but this."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k not in ("LANG", "LANGUAGE")}
    variables = {**plain, "PYTHONUTF8": "1", **locale}
    found = prepared.run(
        [sys.executable, *map(str, command)],
        kind=prepared.popen_in(variables),
        input=data,
        capture_output=True,
        cwd=cwd,
        env=variables,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.decode()


@pytest.mark.parametrize(("environment", "language"), ENVIRONMENTS)
def test_the_first_variable_that_is_set_decides(environment, language):
    assert locale_language(environment) == language


@pytest.mark.parametrize(("environment", "language"), [*ENVIRONMENTS[:3], *ENVIRONMENTS[-6:]])
def test_the_console_follows_the_locale(model, tmp_path, environment, language):
    said = call("-m", "opinia", "--model", model, cwd=tmp_path, data=b"good\n", **environment)
    assert said.startswith(WORDS[language])


@pytest.mark.parametrize("command", ["analyse", "explain"])
@pytest.mark.parametrize("locale", ["pl_PL.UTF-8", "en_US.UTF-8"])
def test_commands_follow_the_locale_and_lang_decides(model, tmp_path, command, locale):
    words = ("-m", "opinia", command, "good", "--model", model)
    assert call(*words, cwd=tmp_path, LC_ALL=locale).startswith(WORDS[locale[:2]])
    for language, word in WORDS.items():
        assert call(*words, "--lang", language, cwd=tmp_path, LC_ALL=locale).startswith(word)


@pytest.mark.parametrize("environment", [{}, {"LC_ALL": "en_US.UTF-8"}, {"LANG": "pl_PL.UTF-8"}])
def test_runner_answers_in_polish_whatever_the_locale(root, model, tmp_path, environment):
    command = (root / "runner.py", "--path", model)
    assert call(*command, cwd=tmp_path, data=b"good\n", **environment) == "pozytywna (95,0%)\n"
    english = call(*command, "--lang", "en", cwd=tmp_path, data=b"good\n", **environment)
    assert english == "positive (95.0%)\n"


@pytest.mark.parametrize(("locale", "language"), [("pl_PL.UTF-8", "pl"), ("C.UTF-8", "en")])
def test_reports_and_conclusions_follow_the_locale(root, tmp_path, locale, language):
    runs = tmp_path / "runs"
    shutil.copytree(root / "docs/results/study/runs/batch64-epochs10", runs / "batch64-epochs10")
    study = ("-m", "opinia", "study", "--report-only", "-o", runs)
    page = call(*study, "--report", tmp_path / "report", cwd=tmp_path, LANG=locale)
    assert f'<html lang="{language}"' in (tmp_path / page.strip()).read_text("utf-8")
    compare = ("-m", "opinia", "runs", "compare", runs)
    said = call(*compare, cwd=tmp_path, LANG=locale)
    assert said == call(*compare, "--lang", language, cwd=tmp_path)
    other = "en" if language == "pl" else "pl"
    assert said != call(*compare, "--lang", other, cwd=tmp_path)
