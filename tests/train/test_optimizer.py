"""PyTorch's optimizers, step for step and bit for bit, and never its compiler."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from opinia.runs.recipe import Recipe
from opinia.train.loop import optimizer as ours
from scripts import run_script

CALLS = """
import sys
from pathlib import Path
import torch
from opinia.runs.recipe import read_recipe
from opinia.train.extension import extend
from opinia.train.loop.optimizer import LBFGS
from opinia.train.pipeline import fit

run = fit(read_recipe(Path(sys.argv[1])), "run")
with run.alone():
    recipe, _ = extend(run, 2)
assert len(fit(recipe, "run").history()) == 2
weight = torch.ones(2, requires_grad=True)
solver = LBFGS([weight])

def loss():
    solver.zero_grad()
    total = (weight - 3).square().sum()
    total.backward()
    return total

solver.step(loss)
solver.load_state_dict(solver.state_dict())
assert torch.allclose(weight, torch.tensor(3.0)), weight
print([name for name in ("torch._dynamo", "torch._inductor", "sympy") if name in sys.modules])
"""


def test_training_and_resuming_import_no_compiler(tiny: Recipe, tmp_path: Path) -> None:
    recipe = tiny.replace({"training.epochs": 1, "training.ema_decay": 0.9, "data.validation": 300})
    (tmp_path / "tiny.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert run_script(CALLS, tmp_path / "tiny.toml", folder=tmp_path).splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-5, "fused": True}), ("LBFGS", {"max_iter": 3})],
)
def test_its_steps_are_those_of_pytorch(name: str, settings: dict) -> None:
    def steps(optimizer: type[torch.optim.Optimizer]) -> tuple[torch.Tensor, dict]:
        torch.manual_seed(0)
        weight, points = torch.randn(40, requires_grad=True), torch.randn(5, 40)
        solver = optimizer([weight], **settings)

        def loss() -> torch.Tensor:
            solver.zero_grad()
            total = (points @ weight).tanh().square().sum() + weight.square().sum()
            total.backward()
            return total

        for number in range(5):
            if number == 3:  # as a run that is continued
                state = solver.state_dict()
                solver = optimizer([weight], **settings)
                solver.load_state_dict(state)
            if name == "Adam":
                loss()
            solver.step(loss if name == "LBFGS" else None)
        return weight.detach(), solver.state_dict()

    weight, state = steps(getattr(ours, name))
    expected, state_of_pytorch = steps(getattr(torch.optim, name))
    assert torch.equal(weight, expected)
    assert state.keys() == state_of_pytorch.keys()
    assert state["param_groups"] == state_of_pytorch["param_groups"]
    assert repr(state["state"]) == repr(state_of_pytorch["state"])
