"""How pictures are fed: what reaches the model is copied to its output and looked at there."""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
import pytest

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.inputs import plan_input
from edge_agent.vision.models.manifest import InputDeclared
from edge_agent.vision.models.model import Model
from tests.edge_agent.vision.models.opening import opened
from tests.fakes.tflite_files import (
    Array,
    ModelFile,
    Quantised,
    constant_model,
    with_zip,
    written,
)

RESHAPE, QUANTIZE, DEQUANTIZE, MUL, SUB = 22, 114, 6, 18, 41
BLUE_TO_RED = np.zeros((4, 4, 3), np.uint8)
BLUE_TO_RED[:, :2] = (255, 0, 0)  # blue, green, red
BLUE_TO_RED[:, 2:] = (0, 51, 102)


def echo(
    kind: str = "float32", quantised: Quantised | None = None, shape: tuple[int, ...] = (1, 4, 4, 3)
) -> bytes:
    """Answers its own input, as a row of numbers."""
    file = ModelFile()
    image = file.input(shape, kind, quantised)
    number = int(np.prod(shape))
    target = file.tensor("shape", [2], "int32", values=np.array([1, number], np.int32))
    row = file.tensor("row", [1, number], kind, quantised=quantised)
    file.operator(RESHAPE, [image, target], [row])
    file.output(row)
    return file.content


def fed(model: Model, picture: Array = BLUE_TO_RED) -> Array:
    """What the model was given, in real numbers as it understands them."""
    tensor, _ = model.plan.prepare(picture)
    return model.invoke(tensor)[0].real().reshape(model.input.shape)


def declared(folder: Path, content: bytes, **wishes: object) -> Model:
    """As a manifest would declare its input."""
    model = opened(folder, content)
    file = read_model_file(written(folder, content))
    plan, _ = plan_input(model.input, file.graph, InputDeclared(**wishes), model.convention)  # type: ignore[arg-type]
    return Model(**{**vars(model), "plan": plan})


IMAGENET_MEAN, IMAGENET_STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
RGB = np.stack([BLUE_TO_RED[..., 2], BLUE_TO_RED[..., 1], BLUE_TO_RED[..., 0]], axis=2) / 255.0


@pytest.mark.parametrize(
    ("kind", "quantised", "expected"),
    [
        ("uint8", (1 / 255, 0), RGB),
        ("int8", (1 / 255, -128), RGB),
        ("uint8", (1 / 128, 128), (RGB * 255 - 128) / 128),
        ("int8", (1 / 127.5, 0), (RGB * 255 - 127.5) / 127.5),
        ("int8", (1.0, -128), RGB * 255),
        ("int8", (1.0, 0), RGB * 255 - 128),
        # ml.md, convention 7: calibrated for ImageNet's mean and deviation, [-2.1, 2.6].
        ("int8", (4.76 / 255, -14), (RGB - IMAGENET_MEAN) / IMAGENET_STD),
        ("uint8", (4.76 / 255, 114), (RGB - IMAGENET_MEAN) / IMAGENET_STD),
    ],
)
def test_the_range_of_values_is_told_from_the_quantisation(
    tmp_path: Path, kind: str, quantised: Quantised, expected: Array
) -> None:
    model = opened(tmp_path, echo(kind, quantised))
    assert np.allclose(fed(model)[0], expected, atol=2.1 * quantised[0])


def test_a_range_that_is_not_known_gets_the_bytes_as_they_are(tmp_path: Path) -> None:
    for kind, zero in (("uint8", 17), ("int8", -111)):
        model = opened(tmp_path, echo(kind, (0.3, zero)))
        tensor, _ = model.plan.prepare(BLUE_TO_RED)
        assert np.array_equal(tensor[0].astype(int) + (128 if kind == "int8" else 0), RGB * 255)
        assert any("no range that is known" in one for one in model.why)


def float_around_int8(quantised: Quantised) -> bytes:
    """Float in and out, int8 inside: the first operator quantises the picture."""
    file = ModelFile()
    image = file.input([1, 4, 4, 3])
    inner = file.tensor("inner", [1, 4, 4, 3], "int8", quantised=quantised)
    flat = file.tensor("flat", [1, 48], "int8", quantised=quantised)
    row = file.tensor("row", [1, 48], "float32")
    target = file.tensor("shape", [2], "int32", values=np.array([1, 48], np.int32))
    file.operator(QUANTIZE, [image], [inner])
    file.operator(RESHAPE, [inner, target], [flat])
    file.operator(DEQUANTIZE, [flat], [row])
    file.output(row)
    return file.content


def test_float_inputs_around_int8_are_told_by_the_int8_inside(tmp_path: Path) -> None:
    model = opened(tmp_path, float_around_int8((4.76 / 255, -14)))
    assert np.allclose(fed(model)[0], (RGB - IMAGENET_MEAN) / IMAGENET_STD, atol=0.03)
    model = opened(tmp_path, float_around_int8((1 / 255, -128)))
    assert np.allclose(fed(model)[0], RGB, atol=0.01)


@pytest.mark.parametrize(
    ("code", "constant", "expected"),
    [(MUL, 1 / 255, RGB * 255), (SUB, 127.5, RGB * 255), (SUB, 0.485, RGB)],
)
def test_a_graph_that_scales_pictures_itself_gets_what_it_scales(
    tmp_path: Path, code: int, constant: float, expected: Array
) -> None:
    file = ModelFile()
    image = file.input([1, 4, 4, 3])
    factor = file.tensor("c", [1], "float32", values=np.array([constant], np.float32))
    scaled = file.tensor("scaled", [1, 4, 4, 3], "float32")
    row = file.tensor("row", [1, 48], "float32")
    target = file.tensor("shape", [2], "int32", values=np.array([1, 48], np.int32))
    file.operator(code, [image, factor], [scaled])
    file.operator(RESHAPE, [scaled, target], [row])
    file.output(row)
    tensor, _ = opened(tmp_path, file.content).plan.prepare(BLUE_TO_RED)
    assert np.allclose(tensor[0], expected, atol=1e-4)


def test_a_plain_float_classifier_is_fed_minus_1_to_1_and_a_grid_0_to_1(tmp_path: Path) -> None:
    assert np.allclose(fed(opened(tmp_path, echo()))[0], RGB * 2 - 1, atol=1e-4)
    grid = np.full((1, 6, 2100), 0.5, np.float32)
    model = opened(tmp_path, constant_model([grid], size=(320, 320)))
    tensor, _ = model.plan.prepare(np.full((320, 320, 3), 255, np.uint8))
    assert tensor.max() == pytest.approx(1.0)
    assert tensor.min() == pytest.approx(1.0)


def test_channels_first_is_told_by_the_shape(tmp_path: Path) -> None:
    model = opened(tmp_path, echo(shape=(1, 3, 4, 4)))
    expected = ((RGB - IMAGENET_MEAN) / IMAGENET_STD).transpose(2, 0, 1)
    assert np.allclose(fed(model)[0], expected, atol=1e-3)


def test_one_channel_is_grey(tmp_path: Path) -> None:
    model = opened(tmp_path, echo("uint8", (1 / 255, 0), (1, 4, 4, 1)))
    # ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue
    grey = RGB @ np.array([0.299, 0.587, 0.114])
    assert np.allclose(fed(model)[0, :, :, 0], grey, atol=0.01)


def test_what_is_declared_comes_first(tmp_path: Path) -> None:
    bgr = RGB[:, :, ::-1]
    for wishes, expected in (
        ({"values": "0..1"}, RGB),
        ({"values": "0..1", "colour": "bgr"}, bgr),
        ({"mean": (0.0,), "std": (255.0,)}, RGB),
        (
            {"mean": (10.0, 20.0, 30.0), "std": (2.0, 4.0, 8.0)},
            (RGB * 255 - [10, 20, 30]) / [2, 4, 8],
        ),
        (
            {"mean": (10.0, 20.0, 30.0), "std": (2.0, 4.0, 8.0), "colour": "bgr"},
            ((RGB * 255 - [10, 20, 30]) / [2, 4, 8])[:, :, ::-1],
        ),
    ):
        assert np.allclose(fed(declared(tmp_path, echo(), **wishes))[0], expected, atol=1e-3)


def test_letterbox_stretch_and_crop_are_three_different_things(tmp_path: Path) -> None:
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, 2:6] = 255
    shown = {
        fit: fed(declared(tmp_path, echo(), values="0..255", fit=fit), wide)[0, :, :, 0]
        for fit in ("letterbox", "stretch", "crop")
    }
    assert shown["crop"].min() == 255
    assert shown["stretch"][:, 0].max() == 0
    assert shown["letterbox"][0].tolist() == [114] * 4  # padding above
    assert shown["letterbox"][1].tolist() == [0, 255, 255, 0]


def with_metadata(content: ModelFile, mean: float, std: float) -> bytes:
    """TFLite Metadata (metadata_schema.fbs): ModelMetadata 3 > SubGraphMetadata 2 > TensorMetadata 4 >
    ProcessUnit (0 = 1, 1) > NormalizationOptions (0 mean, 1 std)."""
    builder = flatbuffers.Builder(256)
    numbers = []
    for value in (mean, std):
        builder.StartVector(4, 1, 4)
        builder.PrependFloat32(value)
        numbers.append(builder.EndVector())
    builder.StartObject(2)
    for slot, vector in enumerate(numbers):
        builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
    options = builder.EndObject()
    builder.StartObject(2)
    builder.PrependUint8Slot(0, 1, 0)
    builder.PrependUOffsetTRelativeSlot(1, options, 0)
    inner = builder.EndObject()
    for fields, slot in ((7, 4), (6, 2), (8, 3)):
        builder.StartVector(4, 1, 4)
        builder.PrependUOffsetTRelative(inner)
        vector = builder.EndVector()
        builder.StartObject(fields)
        builder.PrependUOffsetTRelativeSlot(slot, vector, 0)
        inner = builder.EndObject()
    builder.Finish(inner, b"M001")
    content.metadata("TFLITE_METADATA", bytes(builder.Output()))
    return content.content


def scores(kind: str = "float32", quantised: Quantised | None = None) -> ModelFile:
    file = ModelFile()
    file.input([1, 4, 4, 3], kind, quantised)
    file.constant_output("scores", np.array([[0.2, 0.8]], np.float32))
    return file


def test_mean_and_std_of_tflite_metadata_are_followed(tmp_path: Path) -> None:
    model = opened(tmp_path, with_metadata(scores(), 127, 128))
    assert (model.plan.mean, model.plan.std) == ((127.0,) * 3, (128.0,) * 3)
    # EfficientNet-Lite0 as published: quantised for -1.65..1.56, made for (pixel - 127) / 128.
    model = opened(tmp_path, with_metadata(scores("uint8", (0.012566, 131)), 127, 128))
    tensor, _ = model.plan.prepare(np.full((4, 4, 3), 255, np.uint8))
    assert tensor.max() == round(1 / 0.012566 + 131)


def test_metadata_that_the_inputs_own_quantisation_cannot_hold_is_not_followed(
    tmp_path: Path,
) -> None:
    model = opened(tmp_path, with_metadata(scores("uint8", (1 / 255, 0)), 0, 1))
    assert model.plan.table is None


def test_ultralytics_classifiers_are_fed_0_to_1_and_the_middle(tmp_path: Path) -> None:
    said = repr({"task": "classify", "names": {n: f"class {n}" for n in range(48)}})
    model = opened(tmp_path, with_zip(echo(), {"temp_meta.txt": said}))
    assert model.plan.fit == "crop"
    assert np.allclose(fed(model)[0], RGB, atol=1e-4)


def test_means_that_are_not_divided_come_with_blue_first(tmp_path: Path) -> None:
    # Keras' "caffe" mode: blue, green, red less 103.939, 116.779, 123.68.
    model = opened(tmp_path, echo("int8", (274.74 / 255, -13)))
    expected = BLUE_TO_RED - np.array([103.939, 116.779, 123.68])
    assert np.allclose(fed(model)[0], expected, atol=1.2)


def open_file(signature: tuple[int, ...]) -> bytes:
    file = ModelFile()
    file.input([1, 1, 1, 3], "float32", signature=signature)
    file.constant_output("scores", np.array([[0.2, 0.8]], np.float32))
    return file.content


def test_a_size_left_open_has_to_be_declared(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="fixed size"):
        opened(tmp_path, open_file((1, -1, -1, 3)))


@pytest.mark.parametrize(
    ("shape", "found"),
    [((1, 4, 4, 5), r"\[1, 4, 4, 5\]"), ((2, 4, 4, 3), r"\[2, 4, 4, 3\]"), ((1, 48), r"\[1, 48\]")],
)
def test_inputs_that_are_no_picture_are_refused(
    tmp_path: Path, shape: tuple[int, ...], found: str
) -> None:
    with pytest.raises(ModelRefused, match=found):
        opened(tmp_path, echo(shape=shape))


def test_an_input_beyond_any_memory_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    file = ModelFile()
    file.input([1, 20_000, 20_000, 3])
    file.constant_output("scores", np.array([[0.2, 0.8]], np.float32))
    with pytest.raises(ModelRefused, match=r"51 million numbers, found \[1, 20000, 20000, 3\]"):
        opened(tmp_path, file.content)


def test_two_inputs_are_refused(tmp_path: Path) -> None:
    file = ModelFile()
    file.input([1, 4, 4, 3])
    file.input([1, 2])
    file.constant_output("scores", np.array([[0.2, 0.8]], np.float32))
    with pytest.raises(ModelRefused, match="one input, a picture, found 2"):
        opened(tmp_path, file.content)
