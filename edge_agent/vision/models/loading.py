"""Opens a model file: checked, opened by a child first when nobody vouches for it, understood, tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.conventions import Convention, Evidence, recognise
from edge_agent.vision.models.file_checks import ModelFile, read_model_file
from edge_agent.vision.models.first_opening import opened_by_a_child
from edge_agent.vision.models.inputs import open_size, plan_input
from edge_agent.vision.models.labels import Names, embedded_labels, read_labels
from edge_agent.vision.models.manifest import InputDeclared, ModelManifest, OutputDeclared
from edge_agent.vision.models.model import Model, invoked
from edge_agent.vision.models.runtime import (
    RUNTIME_ERRORS,
    Interpreter,
    Runtime,
    TensorFact,
    facts,
    find_runtime,
)
from edge_agent.vision.models.self_test import pictures
from edge_agent.vision.postprocess.tensors import Output

MOST_NUMBERS = 51_000_000  # of an input, 4096 x 4096 in colour: memory is taken before it is run


def open_model(
    path: Path,
    *,
    manifest: ModelManifest | None = None,
    labels: Path | None = None,
    convention: str = "auto",
    threads: int = 1,
) -> Model:
    """ModelRefused with what was found. A file whose SHA-256 its manifest gives is opened at once; any
    other first by a child process, which may crash. `labels`, `convention` come before the manifest's."""
    file = read_model_file(path)
    if manifest is None:
        opened_by_a_child(file, labels, convention)
    elif manifest.sha256 != file.sha256:
        raise ModelRefused(
            f"{path}: expected SHA-256 {manifest.sha256} as in {manifest.name}'s manifest, "
            f"found {file.sha256}"
        )
    return open_here(file, manifest, labels, convention, runtime=find_runtime(), threads=threads)


def open_here(
    file: ModelFile,
    manifest: ModelManifest | None,
    labels: Path | None,
    convention: str = "auto",
    *,
    runtime: Runtime,
    threads: int = 1,
) -> Model:
    """In this process, whoever vouches for it. ModelRefused when it raises, fits no convention or
    answers nothing."""
    path = file.path
    names = _names(file, manifest, labels)
    wanted = convention if convention != "auto" or manifest is None else manifest.convention
    try:
        return _Opening(file, manifest, names, wanted).model(runtime, threads)
    except ModelRefused as error:
        raise ModelRefused(f"{path}: {error}") from error
    except RUNTIME_ERRORS as error:
        raise ModelRefused(
            f"{path}: expected a model that runs, found: {_one_line(error)}"
        ) from error


def _names(file: ModelFile, manifest: ModelManifest | None, labels: Path | None) -> Names:
    if labels is not None:
        return read_labels(labels)
    if manifest is not None and manifest.labels is not None:
        return read_labels(manifest.labels)
    return embedded_labels(file.content)


class _Opening:
    """One opening of one file; what its steps share."""

    def __init__(
        self, file: ModelFile, manifest: ModelManifest | None, names: Names, wanted: str
    ) -> None:
        self._file, self._manifest, self._names, self._wanted = file, manifest, names, wanted
        self._input = manifest.input if manifest else InputDeclared()
        self._output = manifest.output if manifest else OutputDeclared()

    def model(self, runtime: Runtime, threads: int) -> Model:
        interpreter = runtime.interpreter(model_content=self._file.content, num_threads=threads)
        fact = self._allocated(interpreter)
        outputs = facts(interpreter.get_output_details())
        samples = self._samples(interpreter, fact, outputs)
        found = self._convention(fact, outputs, samples)
        task = self._names.task
        plan, said = plan_input(fact, self._file.graph, self._input, found.name, task=task)
        return Model(
            name=self._manifest.name if self._manifest else self._file.path.stem,
            sha256=self._file.sha256,
            file_name=self._file.path.name,
            input=fact,
            outputs=outputs,
            plan=plan,
            found=found,
            min_score=self._output.min_score,
            max_overlap=self._output.max_overlap,
            runtime=runtime.name,
            why=(*said, *found.why),
            interpreter=interpreter,
            families=_families(self._output.alike, found.labels.names),
        )

    def _allocated(self, interpreter: Interpreter) -> TensorFact:
        inputs = facts(interpreter.get_input_details())
        if len(inputs) != 1:
            shapes = ", ".join(one.described() for one in inputs)
            raise ModelRefused(f"expected one input, a picture, found {len(inputs)}: {shapes}")
        size = open_size(inputs[0], self._input)
        if prod(size or inputs[0].shape) > MOST_NUMBERS:
            raise ModelRefused(
                f"expected an input of at most {MOST_NUMBERS // 10**6} million numbers, found "
                f"{inputs[0].described()}"
            )
        if size is not None:
            interpreter.resize_tensor_input(inputs[0].place, size)
        interpreter.allocate_tensors()
        return facts(interpreter.get_input_details())[0]

    def _samples(
        self, interpreter: Interpreter, fact: TensorFact, outputs: Sequence[TensorFact]
    ) -> list[list[Output]]:
        plan, _ = plan_input(fact, self._file.graph, self._input, "")
        return [
            invoked(interpreter, fact, list(outputs), plan.prepare(picture)[0])
            for picture in pictures()
        ]

    def _convention(
        self, fact: TensorFact, outputs: list[TensorFact], samples: list[list[Output]]
    ) -> Convention:
        plan, _ = plan_input(fact, self._file.graph, self._input, "")
        size = plan.height, plan.width
        # A runtime knows shapes that a file leaves open only once it has run.
        run = [
            one._replace(shape=out.values.shape)
            for one, out in zip(outputs, samples[0], strict=True)
        ]
        evidence = Evidence(run, size, self._file.graph, self._names, self._output, samples)
        found = recognise(evidence, self._wanted)
        if found.zeros and self._manifest is None:
            raise ModelRefused(
                f"expected an answer to the self-test pictures, found {found.zeros} "
                f"(convention {found.name})"
            )
        self._check_kind(found)
        return found

    def _check_kind(self, found: Convention) -> None:
        if self._manifest is not None and self._manifest.kind != found.kind:
            raise ModelRefused(
                f"expected a {self._manifest.kind} as in its manifest, found a {found.kind} "
                f"({found.why[0]})"
            )


def _families(alike: Sequence[Sequence[str]], names: Mapping[int, str]) -> dict[int, int]:
    """Each class of a group to the group's first."""
    numbers = {name: number for number, name in names.items()}
    for label in (one for group in alike for one in group):
        if label not in numbers:
            known = ", ".join(names.values())
            raise ModelRefused(f"alike: expected labels of the model ({known}), found {label!r}")
    return {numbers[label]: numbers[group[0]] for group in alike for label in group}


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
