"""Recipes: TOML in and out, unknown keys, impossible values."""

from pathlib import Path

import pytest

import opinia
from opinia.errors import RecipeError
from opinia.runs.recipe import Recipe, read_recipe, recipe_from_dict
from opinia.runs.settings import RENAMED, DistillationRecipe
from opinia.runs.shipped import shipped
from opinia.study.recipe import default_study, read_study, study_from_dict, trainings

RECIPES = Path(__file__).parents[2] / "recipes"


def test_seed_recipe_is_the_published_network_and_the_default():
    assert read_recipe(RECIPES / "seed.toml") == Recipe()


def test_a_recipe_survives_its_toml_file(tmp_path):
    recipe = Recipe().replace({"name": "own", "training.learning_rate": 0.00037, "network.units": 3})
    path = tmp_path / "recipe.toml"
    path.write_text(recipe.to_toml(), encoding="utf-8")
    assert read_recipe(path) == recipe != Recipe()


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"trainin": {}}, "unknown key 'trainin'", "did you mean 'training'?"),
        ({"training": {"epoch": 3}}, r"unknown key 'epoch' in \[training\]", "did you mean 'epochs'?"),
        ({"training": {"zzz": 3}}, "unknown key 'zzz'", "known are: init_from, init_weight, batch_size"),
        ({"training": {"epochs": 0}}, "training.epochs must be from 1 .*Received: 0", "published"),
        ({"training": {"learning_rate": -0.1}}, "learning_rate must be from .*Received: -0.1", "0.001"),
        ({"training": {"learning_rate": float("nan")}}, "Received: nan", ""),
        ({"training": {"epochs": 2.5}}, "epochs must be a whole number. Received: 2.5", None),
        ({"training": {"epochs": True}}, "epochs must be a whole number. Received: True", None),
        ({"training": {"schedule": "cosinus"}}, "must be one of constant, cosine, linear, plateau", None),
        ({"distillation": {"models": "a.onnx"}}, "models must be a list of texts. Received: 'a.onnx'", None),
        ({"distillation": {"models": [1]}}, r"models must be a list of texts. Received: \[1\]", None),
        ({"training": 3}, r"training must be a table, written \[training\]", None),
        ({"training": {"entropy": 0.1}}, "go together. Received: training.unlabelled = 0.0", "entropy"),
        ({"training": {"unlabelled": 1.0}}, "and nothing above 0", "training.unlabelled to 0"),
        ({"training": {"unlabelled": 1.0, "soft_labels": 0.5}}, "needs a teacher", "distillation.ngrams"),
        ({"name": "a/b"}, "name must be usable", None),
        ({"name": ""}, "name must be usable", None),
        ({"text": {"max_tokens": 2}}, "max_tokens must be from 3", None),
        ({"text": {"language": "polish"}}, "text.language must be one of .*pl.* Received: 'polish'", None),
    ],
)
def test_bad_values_are_named(values, message, hint):
    with pytest.raises(RecipeError, match=message) as error:
        recipe_from_dict(values)
    if hint is not None:
        assert hint in error.value.hint


def test_bad_files_are_named(tmp_path):
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(tmp_path / "missing.toml")
    (tmp_path / "bad.toml").write_text("epochs = = 3")
    with pytest.raises(RecipeError, match="not a TOML file"):
        read_recipe(tmp_path / "bad.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not a TOML file"):
        read_recipe(tmp_path / "binary.toml")


def test_the_published_study_has_five_runs_in_three_trainings_a_seed():
    study = read_study(RECIPES / "study.toml")
    sizes = {name: (r.training.batch_size, r.training.epochs) for name, r in study.runs.items()}
    assert sizes == {
        "batch64-epochs10": (64, 10),
        "batch64-epochs20": (64, 20),
        "batch64-epochs30": (64, 30),
        "batch32-epochs20": (32, 20),
        "batch128-epochs20": (128, 20),
    }
    plan = trainings(study)
    assert len(plan) == 3 * len(study.seeds) == 9
    assert {(t.run, t.shorter) for t in plan} == {
        ("batch64-epochs30", ("batch64-epochs10", "batch64-epochs20")),
        ("batch32-epochs20", ()),
        ("batch128-epochs20", ()),
    }


def test_runs_share_a_training_only_where_nothing_else_depends_on_the_epochs():
    for more in ({"schedule": "cosine"}, {"patience": 3}):
        runs = {f"e{n}": {"training": {"epochs": n, **more}} for n in (2, 4)}
        assert len(trainings(study_from_dict({"seeds": [1], "runs": runs}))) == 2
    runs = {f"e{n}": {"training": {"epochs": n}} for n in (2, 4)}
    assert len(trainings(study_from_dict({"seeds": [1], "runs": runs}))) == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pretraining": {"epochs": 1}}, "separate_embeddings = false"),
        ({"training": {"sentences": 0.3}}, "text.kind = 'keras'"),
        ({"distillation": {"sentences": True}, "text": {"kind": "words"}}, r"distillation.models = \[\]"),
    ],
)
def test_settings_that_need_another_are_refused(values, message):
    with pytest.raises(RecipeError, match=message):
        recipe_from_dict(values)


NAMES = sorted(path.stem for path in RECIPES.glob("*.toml") if path.stem != "study")


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_that_comes_with_opinia_goes_by_its_name(name):
    path = RECIPES / f"{name}.toml"
    assert read_recipe(name) == read_recipe(path) == read_recipe(str(path))
    assert list(shipped()) == NAMES


def test_what_lies_here_comes_before_what_comes_with_opinia(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small").mkdir()  # a run of that name is no recipe
    assert read_recipe("small") == read_recipe(RECIPES / "small.toml")
    (tmp_path / "base").write_text('name = "mine"')
    assert read_recipe("base").name == "mine"
    (tmp_path / "own.toml").write_text('name = "own"')
    assert read_recipe("own.toml").name == "own"


@pytest.mark.parametrize(
    ("name", "message", "near"),
    [
        ("smal", "there is no recipe 'smal'", "did you mean small? "),
        ("Base", "there is no recipe 'Base'", "did you mean base? "),
        ("recrod-cuda", "there is no recipe 'recrod-cuda'", "did you mean record-cuda? "),
        ("xyzzy", "there is no recipe 'xyzzy'", ""),
        ("", "cannot be read", None),
        ("small.toml", "small.toml cannot be read", "did you mean small? "),
        ("recipes/wide-twn.toml", "cannot be read", "did you mean wide-twin? "),
        ("study", "study is a study and no recipe", None),
        ("reviews.csv", "is a table and no recipe", None),
        ("data/reviews.jsonl.gz", "is a table and no recipe", None),
        ("x" * 5000, "cannot be read", None),
        ("a\0b", "", None),
    ],
)
def test_a_wrong_name_lists_those_that_there_are_and_the_nearest(tmp_path, monkeypatch, name, message, near):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError) as error:
        read_recipe(name)
    assert message in error.value.message
    if near is not None:
        assert error.value.hint == f"{near}opinia comes with {', '.join(NAMES)}; a path names your own"


def test_a_study_goes_by_its_name_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_study("study") == read_study(RECIPES / "study.toml") == default_study()
    with pytest.raises(RecipeError, match="small is a recipe and no study") as error:
        read_study("small")
    assert error.value.hint == "opinia train small"
    with pytest.raises(RecipeError, match="there is no study 'studdy'") as error:
        read_study("studdy")
    assert error.value.hint.startswith("did you mean study? ")


def test_recipes_of_earlier_versions_read_as_today():
    for earlier, present in RENAMED.items():
        (old, name), (section, key) = earlier.split("."), present.split(".")
        default = Recipe().to_dict()[section][key]
        assert recipe_from_dict({old: {name: default}}) == Recipe()
    earlier = {
        "pretraining": {"passes": 2, "time": 32, "batch": 8, "warm_up": 0.1, "random_words": 50},
        "network": {"separate_embeddings": True, "compact": True},
        "teacher": {"ngrams": True, "ngram_share": 0.3, "first": True, "models": ["a.onnx"]},
        "linear": {"share": 0.4},
        "training": {"start": "b.onnx", "body_rate": 0.5, "clip": 1.0, "averaging": 0.9, "epochs": 2},
    }
    recipe = recipe_from_dict(earlier)
    assert (recipe.pretraining.epochs, recipe.pretraining.bptt, recipe.pretraining.batch_size) == (2, 32, 8)
    assert (recipe.pretraining.warmup, recipe.pretraining.negative_samples) == (0.1, 50)
    assert recipe.network.int8
    assert recipe.distillation == DistillationRecipe(
        ngrams=True, ngram_weight=0.3, self_training=True, models=("a.onnx",)
    )
    assert recipe.linear.weight == 0.4
    training = recipe.training
    assert (training.init_from, training.encoder_lr_scale, training.epochs) == ("b.onnx", 0.5, 2)
    assert (training.max_grad_norm, training.ema_decay) == (1.0, 0.9)
    assert recipe_from_dict(recipe.to_dict()) == recipe
    dotted = {
        f"{section}.{key}": value for section, values in earlier.items() for key, value in values.items()
    }
    assert Recipe().replace(dotted) == recipe


def test_an_earlier_and_a_present_name_of_one_setting_are_refused():
    with pytest.raises(
        RecipeError, match=r"training.clip is the earlier name of training.max_grad_norm"
    ) as error:
        recipe_from_dict({"training": {"clip": 1.0, "max_grad_norm": 2.0}})
    assert error.value.hint == "keep training.max_grad_norm alone"
    with pytest.raises(RecipeError, match=r"teacher.ngrams is the earlier name of distillation.ngrams"):
        recipe_from_dict({"teacher": {"ngrams": True}, "distillation": {"ngrams": True}})


def test_a_run_of_a_study_changes_what_all_share_under_either_name():
    study = {
        "recipe": {"training": {"clip": 1.0, "averaging": 0.5}},
        "runs": {"a": {"training": {"max_grad_norm": 2.0}}, "b": {"training": {"averaging": 0.7}}},
    }
    runs = study_from_dict(study).runs
    assert (runs["a"].training.max_grad_norm, runs["a"].training.ema_decay) == (2.0, 0.5)
    assert (runs["b"].training.max_grad_norm, runs["b"].training.ema_decay) == (1.0, 0.7)


@pytest.mark.parametrize("name", ["seed", "small", "base"])
def test_the_cards_of_shipped_models_hold_recipes_of_today(name):
    recipe = recipe_from_dict(opinia.load(name).card["recipe"])
    assert recipe.text.kind in {"keras", "words"}
    assert recipe.training.epochs >= 1
