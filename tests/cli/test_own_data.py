"""``opinia train --data``: from a table of one's own to a model that is used."""

import csv
import itertools
import json
import random
import shlex
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import opinia
import prepared
from blocked import without
from commands import call
from opinia.data.labelled import LabelledTexts
from opinia.data.split import Split
from opinia.model.shipped import find_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.own_texts.suggest import start_for, suggest
from opinia.train.texts import Texts

SAID = {
    "zła": ("brudno", "głośno", "niemiła obsługa", "zimne śniadanie", "nie polecam", "fatalny pokój"),
    "taka sobie": ("może być", "przeciętnie", "nic szczególnego", "jak wszędzie", "ani dobrze, ani źle"),
    "dobra": ("czysto", "cicho", "miła obsługa", "pyszne śniadanie", "polecam", "wspaniały pokój"),
}
PLACES = ("w hotelu", "nad morzem", "w górach", "w centrum", "przy plaży", "w pensjonacie", "na wsi")


def reviews(count, *, seed=0, classes=tuple(SAID)):
    """Return rows of texts that a small network can learn in seconds."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        label = classes[number % len(classes)]
        said = draw.sample(SAID[label], 2)
        rows.append(
            (f"Byliśmy {draw.choice(PLACES)} w {draw.randint(1, 30)} osób: {', '.join(said)}.", label)
        )
    return rows


def write_csv(path, rows, *, delimiter=";", encoding="cp1250"):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([("treść", "ocena"), *rows])


def train(folder, *arguments, status=0):
    done = call("train", *arguments, cwd=folder)
    assert done.returncode == status, done.stderr
    return done


def train_in_a_process(folder, *arguments):
    command = [sys.executable, "-m", "opinia", "train", *map(str, arguments)]
    return prepared.run(
        command,
        kind=prepared.TrainingPopen,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    write_csv(folder / "opinie.csv", reviews(300))
    write_csv(folder / "test.csv", reviews(60, seed=1))
    options = [
        "--data",
        "opinie.csv",
        "--test",
        "test.csv",
        "--init-from",
        "none",
        "--epochs",
        6,
        "--threads",
        1,
    ]
    return folder, train_in_a_process(folder, *options)


@pytest.mark.slow
def test_from_a_table_of_polish_excel_to_a_model_of_three_classes(trained):
    folder, done = trained
    run = RunFolder(folder / "runs/opinie-seed1")
    assert shlex.split(done.stdout)[-2:] == ["--model", "runs/opinie-seed1"]
    model = opinia.load(run.path)
    assert list(model.classes_) == ["dobra", "taka sobie", "zła"]
    assert model.predict("Byliśmy na wsi: brudno, nie polecam.") == ["zła"]
    rows = reviews(60, seed=2)
    answers = model.predict([text for text, _ in rows])
    assert np.mean([answer == label for answer, (_, label) in zip(answers, rows, strict=True)]) > 0.8
    data = model.card["data"]
    assert data["source"] == "opinie.csv"
    assert data["train"]["classes"].keys() == {"dobra", "taka sobie", "zła"}
    assert data["test"] == {"source": "test.csv", "reviews": 60}
    asked = subprocess.run(
        ["sh", "-c", done.stdout],
        cwd=folder,
        input="Czysto, polecam.\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.startswith("dobra (")


@pytest.mark.slow
def test_the_language_of_the_texts_goes_into_recipe_card_and_questions(trained):
    folder, done = trained
    assert "text.language = pl: nearly all texts that tell it are in Polish" in done.stderr
    run = RunFolder(folder / "runs/opinie-seed1")
    assert run.recipe().text.language == opinia.load(run.path).card["language"] == "pl"
    asked = prepared.run(
        [sys.executable, "-m", "opinia", "--model", run.path, "--lang", "en"],
        input="Zakwaterowanie okazało się niezgodne, brudno\nThe hotel was not what they said it would be\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "English?" not in asked.stderr
    said = prepared.run(
        [sys.executable, "-m", "opinia", "analyse", "--model", run.path, "--lang", "pl"]
        + ["The hotel was not what they said it would be, brudno, and the food was cold."],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "po angielsku, a model czyta tylko teksty po polsku" in said.stderr


@pytest.mark.slow
def test_what_came_of_it_is_said_beside_what_is_simpler(trained):
    _, done = trained
    assert "accuracy on validation: " in done.stderr
    assert "95 % interval" in done.stderr
    assert "of 60 texts" in done.stderr
    assert "calling every text " in done.stderr
    assert "tf-idf and logistic regression on the same texts: " in done.stderr


@pytest.mark.slow
def test_the_linear_model_is_counted_and_its_part_is_told(trained):
    folder, done = trained
    run = folder / "runs/opinie-seed1"
    card = opinia.load(run).card
    kept = card["linear"]["ngrams"]
    assert f"linear model of {kept:,} n-grams: " in done.stderr
    assert "linear.weight = 0.5: of the linear model in that mean" in done.stderr
    layers = json.loads(call("summary", run, "--json").stdout)["layers"]
    found = {layer["name"].partition(" ")[0]: layer for layer in layers}
    assert found["linear"]["parameters"] == 3 * (kept + 1)
    assert found["dense_1"]["shape"] == [None, 3]
    assert sum(layer["parameters"] for layer in layers) == card["network"]["parameters"]
    compared = " ".join(call("runs", "compare", run).stdout.split())
    assert "the gap between them says nothing of overfitting" in compared
    assert "nic nie mówi o przeuczeniu" in " ".join(
        call("runs", "compare", run, "--lang", "pl").stdout.split()
    )


@pytest.mark.slow
def test_the_settings_are_said_and_can_be_trained_again(trained):
    folder, done = trained
    assert "training.epochs = 6: as you said" in done.stderr
    assert "different words" in done.stderr
    assert "of each class there are dobra 80, taka sobie 80, zła 80" in done.stderr
    recipe = folder / "runs/opinie-seed1/recipe.toml"
    again = train(folder, recipe, "-o", "again")
    assert (folder / "again/best.onnx").stat().st_size
    assert RunFolder(folder / "again").history() == RunFolder(folder / "runs/opinie-seed1").history()
    assert "accuracy on validation: " in again.stderr


@pytest.mark.slow
def test_surprising_rows_are_those_that_the_labels_contradict(tmp_path):
    other = {"zła": "dobra", "dobra": "zła"}
    rows = [
        (text, other[label] if number % 15 == 0 else label)
        for number, (text, label) in enumerate(reviews(300, classes=("zła", "dobra")))
    ]
    write_csv(tmp_path / "opinie.csv", rows)
    options = ("--init-from", "none", "--epochs", 6, "--threads", 1)
    train(tmp_path, "--data", "opinie.csv", "-o", "run", *options)
    with (tmp_path / "run/surprising.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert found
    assert all((int(row["row"]) - 1) % 15 == 0 for row in found[:2])
    assert all(row["answer"] != row["label"] for row in found)
    surprises = [float(row["probability_of_label"]) for row in found]
    assert surprises == sorted(surprises)
    assert surprises[0] < 0.5


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([("Dobrze", "a"), ("Źle", "a")], (), "are 'a': there is nothing to tell apart"),
        ([("Dobrze", "a"), ("Źle", "b")], (), "has one text"),
        ([("Dobrze", "")] * 3, (), "no label"),
        ([], (), "no rows|no row below"),
        (reviews(30), ("--text-column", "opis"), "no column 'opis'"),
        (reviews(30), ("--group-column", "hotel"), "no column 'hotel'"),
        (reviews(30), ("--label-map", "dobra=a"), "two classes or more"),
        (reviews(30), ("--label-map", "dobra=a; zła=b"), "taka sobie"),
        (reviews(30), ("--validation", "30"), "leave nothing to learn from"),
        (reviews(30), ("--test", "nowhere.csv"), "nowhere.csv"),
        (reviews(30), ("--delimiter", "tab"), "no obvious|1 cell|one column"),
        ([("Zawsze to samo", label) for label in "abab" * 5], (), "copies of 1, too few for 2 classes"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_before_anything_is_written(tmp_path, rows, options, said):
    write_csv(tmp_path / "opinie.csv", rows)
    done = train(tmp_path, "--data", "opinie.csv", *options, status=1)
    assert "error: " in done.stderr
    assert any(part in done.stderr for part in said.split("|")), done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--label-column", "ocena"), "name it with --data"),
        (("--delimiter", "tab"), "name it with --data"),
        (("--data", "opinie.csv", "--sample"), "choose one"),
        (("--data", "opinie.csv", "--resume", "runs/a"), "give it alone"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, options, said):
    assert said in train(tmp_path, *options, status=2).stderr


@pytest.mark.slow
def test_a_rare_class_can_count_as_much_as_the_others(tmp_path):
    rows = reviews(200, classes=("zła", "dobra"))
    rows = [row for number, row in enumerate(rows) if row[1] == "dobra" or number % 20 == 0]
    write_csv(tmp_path / "opinie.csv", rows)
    options = ("--init-from", "none", "--epochs", 2, "--threads", 1)
    plain = train(tmp_path, "--data", "opinie.csv", *options, "-o", "plain")
    assert "--class-weight balanced would let rare ones count as much" in plain.stderr
    train(tmp_path, "--data", "opinie.csv", *options, "--class-weight", "balanced", "-o", "balanced")
    texts = [text for text, label in reviews(40, seed=3, classes=("zła", "dobra")) if label == "zła"]
    found = {}
    for name in ("plain", "balanced"):
        model = opinia.load(tmp_path / name)
        share = model.predict_proba(texts)[:, list(model.classes_).index("zła")].mean()
        found[name] = share / (1 - share)
    assert found["balanced"] > 2 * found["plain"]


@pytest.mark.parametrize("classes", ["ab", "abc"])
def test_few_texts_in_which_no_word_stands_twice(tmp_path, classes):
    """Nothing can be learnt from them, but the training ends, and its model answers."""
    words = ["".join(letters) for letters in itertools.product("bcdfg", "aeiou", "klmnp", "aeiou")]
    rows = [(f"{words[2 * n]} {words[2 * n + 1]}", classes[n % len(classes)]) for n in range(60)]
    write_csv(tmp_path / "own.csv", rows)
    options = ["--init-from", "none", "--epochs", 1, "--threads", 1, "-o", "run"]
    done = train(tmp_path, "--data", "own.csv", *options)
    assert "linear model of 0 n-grams" in done.stderr
    assert "Traceback" not in done.stderr
    shares = opinia.load(tmp_path / "run").predict_proba([rows[0][0], "x", ""])
    assert shares.shape == (3, len(classes))


@pytest.mark.slow
def test_without_scikit_learn_the_network_learns_alone_and_it_is_said(tmp_path):
    write_csv(tmp_path / "opinie.csv", reviews(60))
    code = without("sklearn", "scipy") + "from opinia.cli.main import main\nmain()"
    options = ["--data", "opinie.csv", "--init-from", "none", "--epochs", "1", "--threads", "1", "-o", "run"]
    done = prepared.run(
        [sys.executable, "-c", code, "train", *options],
        kind=prepared.TrainingPopen,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "linear.ngrams = 0: with scikit-learn a linear model is averaged with the network" in done.stderr
    assert "[teacher]" in done.stderr
    assert RunFolder(tmp_path / "run").recipe().linear.ngrams == 0


@pytest.mark.slow
def test_the_form_of_a_table_can_be_told_and_stays_with_the_run(tmp_path):
    lines = [f"{label}|{text}" for text, label in reviews(60, classes=("zła", "dobra"))]
    (tmp_path / "opinie.dat").write_bytes("\n".join(lines).encode("cp1250"))
    form = (
        "--format",
        "csv",
        "--delimiter",
        "pipe",
        "--no-header",
        "--encoding",
        "cp1250",
        "--text-column",
        "2",
    )
    options = ("--init-from", "none", "--epochs", 1, "--threads", 1)
    train(tmp_path, "--data", "opinie.dat", *form, "--label-column", "1", "-o", "run", *options)
    data = RunFolder(tmp_path / "run").recipe().data
    assert (data.format, data.delimiter, data.header, data.encoding) == ("csv", "pipe", "no", "cp1250")
    assert opinia.load(tmp_path / "run").card["data"]["labels"] == {"zła": "zła", "dobra": "dobra"}
    train(tmp_path, "run/recipe.toml", "--label-map", "zła=bad; dobra=good", "-o", "again")
    assert list(opinia.load(tmp_path / "again").classes_) == ["bad", "good"]


@pytest.mark.slow
def test_texts_that_stand_there_twice_are_not_validated_on(tmp_path):
    rows = [{"text": text, "label": label} for text, label in reviews(60, classes=("zła", "dobra"))] * 2
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    options = ("--init-from", "none", "--epochs", 1, "--threads", 1)
    train(tmp_path, "--data", "rows.jsonl", "-o", "run", *options)
    card = opinia.load(tmp_path / "run").card["data"]
    assert card["copies"]["same"] >= 60
    assert card["train"]["reviews"] + card["validation"]["reviews"] == 120


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    said = {
        "bad": ("cold food", "rude staff", "late delivery", "broke after a day", "a waste of money"),
        "so-so": ("average food", "okay staff", "does its job", "nothing special", "as expected"),
        "good": ("great food", "lovely staff", "quick delivery", "works perfectly", "would buy again"),
    }
    draw = random.Random(0)
    places = ("The shop on the corner", "My order from there", "This place in the market", "The zorblax")
    rows = [
        (
            f"{draw.choice(places)} number {draw.randint(2, 40)}: {', '.join(draw.sample(said[label], 2))}.",
            label,
        )
        for label in list(said) * 34
    ]
    write_csv(folder / "few.csv", rows, delimiter=",", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_few_english_texts_begin_with_what_base_knows(few):
    done = train(few, "--data", "few.csv", "-o", "known", "--epochs", 1, "--threads", 1)
    assert "--init-from none begins with nothing" in done.stderr
    assert "training.init_from = base: it knows " in done.stderr
    assert "linear.ngrams = 30000: words, pairs and triples at most, of a linear model" in done.stderr
    classifier = opinia.load(few / "known")
    assert list(classifier.classes_) == ["bad", "so-so", "good"]
    assert classifier.card["recipe"]["training"]["init_from"] == "base"
    answers = classifier.predict_proba(["Lovely staff, great food", "Rude staff, a waste of money"])
    assert answers.argmax(1).tolist() == [2, 0]
    base = opinia.load("base")
    assert classifier.card["text"]["vocabulary"] == base.card["text"]["vocabulary"] + 1  # the zorblax


@pytest.mark.slow
def test_few_polish_texts_begin_with_polish_and_its_licence_goes_on(tmp_path):
    write_csv(tmp_path / "opinie.csv", reviews(60))
    options = ["--data", "opinie.csv", "--epochs", 1, "--threads", 1]
    done = train(tmp_path, *options, "-o", "first")
    assert "there are fewer than 10,000 texts, and polish knows their words" in done.stderr
    assert "It is under CC BY-SA 4.0, and so is what begins with it" in done.stderr
    assert "of each class there are dobra 16, taka sobie 16, zła 16" in done.stderr
    assert "CC BY-SA 4.0" in call("info", "first", cwd=tmp_path).stdout
    train(tmp_path, *options, "--init-from", "first", "-o", "second")
    told = [opinia.load(tmp_path / place).card["begun_with"] for place in ("first", "second")]
    assert [each["name"] for each in told] == ["polish", "own"]
    assert [each["licence"] for each in told] == ["CC BY-SA 4.0"] * 2
    assert told[0]["sets"] == told[1]["sets"] == opinia.load("polish").card["data"]["sets"]


def test_many_classes_get_fewer_ngrams_and_it_is_said():
    names = tuple(f"class {number}" for number in range(40))
    rows = LabelledTexts(["good bad"] * 120, [number % 40 for number in range(120)], names)
    made = suggest(Recipe(), Texts(Split(rows, rows, 0, 0, 0), None, {}))
    assert made.recipe.linear.ngrams == 15_000
    assert "of 40 classes no more" in made.reasons["linear.ngrams"]


@pytest.mark.parametrize(("classes", "ngrams"), [("ab", 30_000), ("abc", 0)])
def test_where_many_words_are_of_many_classes_there_is_no_linear_model(classes, ngrams, monkeypatch):
    """It is fitted once for two classes, and of more once for each."""
    monkeypatch.setattr("opinia.train.own_texts.suggest._MOST_NGRAM_WORDS", 100)
    rows = LabelledTexts(["good bad"] * 48, [number % len(classes) for number in range(48)], tuple(classes))
    made = suggest(Recipe(), Texts(Split(rows, rows, 0, 0, 0), None, {}))
    assert made.recipe.linear.ngrams == ngrams
    assert ("would take long" in made.reasons["linear.ngrams"]) == (ngrams == 0)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("The room was clean and the breakfast was very good, we would come again", "base"),
        ("Pokój był czysty, a śniadanie bardzo dobre, chętnie wrócimy", "polish"),
        ("Das Zimmer war sauber und das Frühstück sehr gut, wir kommen gerne wieder", ""),
    ],
)
def test_few_texts_begin_with_the_model_of_their_language(text, start):
    rows = LabelledTexts([text] * 20, [0, 1] * 10, ("bad", "good"))
    assert start_for(Texts(Split(rows, rows, 0, 0, 0), None, {})) == start


@pytest.mark.slow
def test_a_training_begins_with_the_model_that_is_named_or_with_none(few):
    done = train(few, "--data", "few.csv", "-o", "none", "--init-from", "none", "--epochs", 1, "--threads", 1)
    assert "training.init_from" not in done.stderr
    train(few, "--data", "few.csv", "-o", "from-small", "--init-from", "small", "--epochs", 1, "--threads", 1)
    words = [opinia.load(few / name).card["text"]["vocabulary"] for name in ("none", "from-small")]
    assert words[0] < 500
    assert words[1] == opinia.load("small").card["text"]["vocabulary"] + 1
    again = train(
        few, "--data", "few.csv", "-o", "again", "--init-from", "small", "--epochs", 1, "--threads", 1
    )
    assert "val_accuracy" in again.stderr
    assert (few / "again" / "best.onnx").read_bytes() == (few / "from-small" / "best.onnx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--data", "few.csv", "--init-from", "bsae"), "there is no model at bsae"),
        (("--init-from", "base"), "--init-from is for a table of your own"),
        (("--init-from", "base", "small"), "the recipe small learns from imdb: name a table of yours"),
        (("small", "--init-from", "base"), "the recipe small learns from imdb: name a table of yours"),
    ],
)
def test_a_model_to_begin_with_that_is_not_there_is_told(few, arguments, said):
    done = train(few, *arguments, status=2 if "--data" not in arguments else 1)
    assert said in done.stderr
    assert not (few / "runs").exists()


@pytest.mark.parametrize("is_last", [False, True])
def test_a_recipe_of_a_table_begins_with_a_model_wherever_it_stands(few, is_last):
    """Of another shape it says which sizes are the model's; nothing is written."""
    data = '[data]\nsource = "table"\ntable = "few.csv"\nvalidation = 10\n'
    (few / "mine.toml").write_text(f'name = "mine"\n[network]\nunits = 16\n{data}')
    start = ["--init-from", "small", "--batch-size", 8, "-o", "mine"]
    done = train(few, *([*start, "mine.toml"] if is_last else ["mine.toml", *start]), status=1)
    assert "its network has another shape" in done.stderr
    assert "units = 64" in done.stderr
    assert "pooling = 'concat'" in done.stderr
    assert not (few / "mine").exists()


@pytest.mark.slow
def test_a_polish_model_reads_what_is_typed_without_diacritics(trained):
    folder, _ = trained
    run = next((folder / "runs").iterdir())
    classifier = opinia.load(run)
    assert classifier.card["language"] == "pl"
    pairs = [
        ("Pyszne śniadanie, miła obsługa.", "Pyszne sniadanie, mila obsluga."),
        ("Było głośno.", "Bylo glosno."),
    ]
    for typed, hurried in pairs:
        assert np.array_equal(classifier.predict_proba([typed]), classifier.predict_proba([hurried]))


@pytest.mark.slow
def test_a_killed_run_goes_on_where_the_model_that_it_began_with_is_gone(few):
    shutil.copy(find_model("small"), few / "start.onnx")
    options = [
        "--data",
        "few.csv",
        "-o",
        "gone",
        "--init-from",
        "start.onnx",
        "--epochs",
        "8",
        "--threads",
        "1",
    ]
    with prepared.TrainingPopen(
        [sys.executable, "-m", "opinia", "train", *options], cwd=few, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 200
        while not RunFolder(few / "gone").has_checkpoint:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    (few / "start.onnx").unlink()
    train_in_a_process(few, "--resume", "gone")
    run = RunFolder(few / "gone")
    assert run.is_finished
    assert opinia.load(run.path).predict(["Lovely staff, great food"]) == ["good"]


def test_a_model_of_another_language_is_told(few, trained):
    folder, _ = trained
    run = next((folder / "runs").iterdir())
    done = train(few, "--data", "few.csv", "-o", "polish", "--init-from", run, "--epochs", 1, "--threads", 1)
    assert "It was trained on texts in Polish, and these are in English: it helps little" in done.stderr
