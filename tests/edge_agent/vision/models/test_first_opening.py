"""Unknown files are opened by a child: what happens to it is an answer here."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ModelRefused
from edge_agent.vision.models import open_model, read_manifest
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.first_opening import opened_by_a_child
from edge_agent.vision.models.loading import open_here
from edge_agent.vision.models.runtime import find_runtime
from tests.fakes.tflite_files import ModelFile, constant_model, written

SOUND = constant_model([np.array([[0.25, 0.75]], np.float32)])
CRASHING = """
import os, signal, sys
os.kill(os.getpid(), signal.{name})
"""


def test_a_sound_file_is_opened_by_the_child_and_then_here(tmp_path: Path) -> None:
    model = open_model(written(tmp_path, SOUND))
    assert (model.convention, model.runtime) == ("classifier", "litert")


def test_the_childs_refusal_is_ours_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, constant_model([np.zeros((1, 10), np.float32)]))
    with pytest.raises(ModelRefused, match="only zeros") as refused:
        open_model(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_child_that_crashes_is_a_refusal_that_says_so(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A program that dies as runtimes have died stands in for the child.
    (tmp_path / "crashing_child.py").write_text(CRASHING.format(name=name))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = read_model_file(written(tmp_path, SOUND))
    with pytest.raises(ModelRefused, match=f"ends the runtime by {name}"):
        opened_by_a_child(file, None, "auto", child="crashing_child")


def test_a_child_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeping_child.py").write_text("import signal\nsignal.pause()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = read_model_file(written(tmp_path, SOUND))
    with pytest.raises(ModelRefused, match="did not answer"):
        opened_by_a_child(file, None, "auto", child="sleeping_child", limit_s=0.3)


def huge() -> bytes:
    """A graph that asks for 64 GiB."""
    file = ModelFile()
    image = file.input([1, 8, 8, 3])
    target = file.tensor("multiples", [4], "int32", values=np.array([1, 16384, 8192, 1], np.int32))
    wide = file.tensor("wide", [1, 131072, 65536, 3], "float32")
    file.operator(69, [image, target], [wide])  # TILE
    file.output(wide)
    return file.content


def test_memory_without_bounds_ends_in_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        open_model(written(tmp_path, huge()))


def test_a_file_its_manifest_vouches_for_is_opened_at_once(tmp_path: Path) -> None:
    """What a child would refuse is not: zeros are then a matter of `edile models verify`."""
    path = written(tmp_path, constant_model([np.zeros((1, 2), np.float32)]))
    digest = read_model_file(path).sha256
    (tmp_path / "model.toml").write_text(
        f'name = "x"\nversion = 1\nfile = "model.tflite"\nsha256 = "{digest}"\n'
        'kind = "classifier"\nlicence = "Apache-2.0"\n'
    )
    manifest = read_manifest(tmp_path)
    model = open_model(path, manifest=manifest)
    assert model.name == "x"
    assert "only zeros" in model.found.zeros
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelRefused, match="expected SHA-256"):
        open_model(path, manifest=manifest)


def test_a_manifest_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    digest = read_model_file(path).sha256
    (tmp_path / "model.toml").write_text(
        f'name = "x"\nversion = 1\nfile = "model.tflite"\nsha256 = "{digest}"\n'
        'kind = "detector"\nlicence = "Apache-2.0"\n'
    )
    with pytest.raises(ModelRefused, match=r"expected a detector .* found a classifier"):
        open_model(path, manifest=read_manifest(tmp_path))


def mutations(number: int) -> list[bytes]:
    """A real graph with an operator, its bytes changed here and there."""
    chance = random.Random(11)
    file = ModelFile()
    image = file.input([1, 8, 8, 3])
    row = file.tensor("row", [1, 192], "float32")
    target = file.tensor("shape", [2], "int32", values=np.array([1, 192], np.int32))
    file.operator(22, [image, target], [row])
    file.output(row)
    whole = file.content
    made = []
    for _ in range(number):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        made.append(bytes(broken))
    return made


FUZZ = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from edge_agent.errors import ModelRefused
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.first_opening import bound_this_process
from edge_agent.vision.models.loading import open_here
from edge_agent.vision.models.runtime import find_runtime
bound_this_process()
runtime = find_runtime()
for name in sys.argv[1:]:
    print(name, flush=True)
    try:
        open_here(read_model_file(Path(name)), None, None, runtime=runtime)
    except ModelRefused:
        pass
"""


def test_mutated_models_are_refused_or_end_the_child_and_nothing_else(tmp_path: Path) -> None:
    """Any other exception would be a bug of ours. A crash of the runtime costs the child only: the rest
    goes on in the next."""
    program = FUZZ.format(root=str(Path(__file__).parents[4]))
    left = [str(written(tmp_path, one, f"{n}.tflite")) for n, one in enumerate(mutations(120))]
    crashes = 0
    while left:
        done = subprocess.run(
            [sys.executable, "-c", program, *left], capture_output=True, text=True, check=False
        )
        assert done.returncode <= 0, done.stderr[-2000:]
        if done.returncode == 0:
            break
        crashes += 1
        left = left[left.index(done.stdout.split()[-1]) + 1 :]
    assert crashes < 30


def test_the_runtimes_own_errors_become_refusals(tmp_path: Path) -> None:
    class Refusing:
        def __init__(self, **_: object) -> None:
            raise SystemError("_ARRAY_API not found")  # tflite-runtime 2.14 under numpy 2

    runtime = find_runtime()._replace(interpreter=Refusing)  # type: ignore[arg-type]
    with pytest.raises(ModelRefused, match="_ARRAY_API not found"):
        open_here(read_model_file(written(tmp_path, SOUND)), None, None, runtime=runtime)
