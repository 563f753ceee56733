"""The files of docs/deploy call opinia as it is, in the versions that are tested."""

import json
import re
import shlex
from pathlib import Path

import yaml

from opinia.cli.score import command as score
from opinia.cli.serve import command as serve

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs/deploy"


def test_the_containers_command_is_one():
    (words,) = re.findall(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    program, name, *arguments = json.loads(words)
    assert (program, name) == ("opinia", "serve")
    assert serve.make_context(name, arguments).params["host"] == "0.0.0.0"


def test_the_services_command_is_one_and_its_objects_belong_together():
    deployment, service, scaler, budget = yaml.safe_load_all((DEPLOY / "service.yaml").read_text())
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    program, name, *arguments = container["args"]
    assert (program, name) == ("opinia", "serve")
    given = serve.make_context(name, arguments).params
    assert given["port"] == container["ports"][0]["containerPort"]
    assert service["spec"]["selector"] == pod["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]


def test_the_jobs_command_is_one_and_ray_is_the_pinned_one():
    job = yaml.safe_load((DEPLOY / "rayjob.yaml").read_text())["spec"]
    program, name, *arguments = shlex.split(job["entrypoint"])
    assert (program, name) == ("opinia", "score")
    given = score.make_context(name, arguments).params
    assert (given["engine"], given["address"]) == ("ray", "auto")
    pinned = re.findall(r"^ray==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert [job["rayClusterSpec"]["rayVersion"]] == pinned
