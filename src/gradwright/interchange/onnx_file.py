"""A model as an ONNX file, and back: the graph for every other library, the metadata for our own."""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.errors import ConfigError, RecordError
from gradwright.inputs import parsing, read_input
from gradwright.interchange.about import KEY, from_about, to_about
from gradwright.interchange.agreement import require_equal
from gradwright.interchange.model import Model
from gradwright.interchange.onnx_graph import Graph
from gradwright.interchange.wiring import wire
from gradwright.nn.layer import Array
from gradwright.nn.walk import Place
from gradwright.outputs import require_place, write_output
from gradwright.training import Run

OPSET, IR_VERSION = 20, 10  # newer ones are not read by every onnxruntime in use
MOST_BYTES = 2**31 - 1  # of a file in protobuf's form
WHAT = "an ONNX file that gradwright wrote"


def save_onnx(source: Run | Model, path: Path | str, *, overwrite: bool = False) -> None:
    """Write a run as an ONNX file (opset 20), which onnxruntime and others run.

    Its input ``x`` (N, d) takes rows as they are stored, in the precision of the run; the scaling is part of
    the graph. Its outputs are ``outputs`` (N, k), numbers in the targets' own units, and of a classifier
    ``probabilities`` too. ``classes`` and ``feature_names`` are lists in JSON in the metadata. Before it is
    written, the graph must answer random rows as the run does, within 1e-5: by ONNX's own reference, and by
    onnxruntime where it is installed.

    Args:
        source: the run, or a model.
        path: the file to write, such as "model.onnx".
        overwrite: whether a file that is there may go.

    Raises ``ConfigError`` for a layer of one's own, a file that is in the way, and where the package onnx is
    not installed, ``RecordError`` where the graph does not answer as the run.

    >>> import tempfile
    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_onnx(run, f"{folder}/model.onnx")
    ...     bool((load_onnx(f"{folder}/model.onnx").theta == run.theta).all())
    True
    """
    model, path = Model.of(source), Path(path)
    require_place(path, overwrite=overwrite)
    proto = as_onnx(model)
    _verify(model, proto, str(path))
    write_output(path, proto.SerializeToString(), overwrite=overwrite)


def load_onnx(path: Path | str) -> Model:
    """The model in an ONNX file that ``save_onnx`` wrote.

    The file is not run: the network is made from its metadata, and its graph must be the one that this
    network has.

    Args:
        path: the file.

    Raises ``ConfigError`` where the package onnx is not installed, ``RecordError`` for a file that is
    missing, damaged, of another origin, or changed since. ``save_onnx`` has an example.
    """
    path = Path(path)
    onnx = _onnx()
    content = read_input(path, RecordError, WHAT, MOST_BYTES)
    with parsing(path, "an ONNX file", RecordError):
        proto = onnx.load_model_from_string(content)
        about = {entry.key: entry.value for entry in proto.metadata_props}.get(KEY)
        if about is None:
            raise RecordError(f"{path}: expected {WHAT}, found one of {proto.producer_name or 'nobody'!r}")
        if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in proto.graph.initializer):
            raise RecordError(f"{path}: expected {WHAT}, found one whose numbers lie in other files")
        arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
        model = from_about(about, {name: a for name, a in arrays.items() if _is_parameter(name)}, str(path))
        if as_onnx(model).graph != proto.graph:
            raise RecordError(f"{path}: expected the graph of the network in its metadata, found another")
    return model


def as_onnx(model: Model) -> Any:
    """The ONNX model.

    Raises ``ConfigError`` as ``save_onnx`` does.
    """
    onnx = _onnx()
    if model.theta.nbytes > MOST_BYTES:
        raise ConfigError(f"ONNX: expected parameters of less than 2 GiB, found {model.theta.nbytes:,} bytes")
    helper, k = onnx.helper, model.out_features
    graph = Graph(model.theta.dtype)
    start = Place("", model.network, model.in_features)
    y = wire(start, _scaled(graph, model), graph.through, lambda _, ends: graph.add("Sum", *ends))
    outputs = {"outputs": k} | _answer(graph, model, y)
    arrays = model.layout.named(model.theta) | graph.constants
    kind = helper.np_dtype_to_tensor_dtype(graph.dtype)
    made = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info("x", kind, ["N", model.in_features])],
        [helper.make_tensor_value_info(name, kind, ["N", width]) for name, width in outputs.items()],
        [
            onnx.numpy_helper.from_array(np.ascontiguousarray(a).reshape(a.shape), n)
            for n, a in arrays.items()
        ],
    )
    proto = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="gradwright",
        producer_version=version("gradwright"),
    )
    about = {"classes": json.dumps(model.classes), "feature_names": json.dumps(model.feature_names)}
    helper.set_model_props(proto, {**about, KEY: to_about(model)})
    return proto


def _scaled(graph: Graph, model: Model) -> str:
    """The network's inputs."""
    x = "x"
    if np.any(model.features.shift):
        x = graph.add("Sub", x, graph.number(model.features.shift))
    if np.any(np.not_equal(model.features.scale, 1)):
        x = graph.add("Mul", x, graph.number(model.features.scale))
    return x


def _answer(graph: Graph, model: Model, y: str) -> dict[str, int]:
    """What comes after the last layer; returns the outputs beside the first one, and their columns."""
    target = model.target.affine
    if model.answers == "rates":
        y = graph.add("Exp", y)
    if not model.classifies and not target.is_identity:
        y = graph.add("Div", y, graph.number(target.scale))
        y = graph.add("Add", y, graph.number(target.shift))
    y, k = graph.add("Identity", y, called="outputs"), model.out_features
    match model.answers:
        case "one of k":
            graph.add("Softmax", y, axis=1, called="probabilities")
            return {"probabilities": k}
        case "yes or no" if k == 1:
            yes = graph.add("Sigmoid", y)
            no = graph.add("Sub", graph.number(1), yes)
            graph.add("Concat", no, yes, axis=1, called="probabilities")
            return {"probabilities": 2}
        case "yes or no":
            graph.add("Sigmoid", y, called="probabilities")
            return {"probabilities": k}
    return {}


def _verify(model: Model, proto: Any, what: str) -> None:
    """Run the graph on random rows, by each library that is here, and hold it against the model."""
    onnx = _onnx()
    from onnx.reference import ReferenceEvaluator

    with parsing(what, "a graph by the rules of ONNX", RecordError):
        onnx.checker.check_model(proto, full_check=True)
    x = model.draw().astype(model.theta.dtype)
    expected = [model.results(model.outputs(x))]
    if model.has_probabilities:
        expected.append(model.predict_proba(x))
    for library, found in (
        ("ONNX's reference", ReferenceEvaluator(proto).run(None, {"x": x})),
        *_by_onnxruntime(proto, x, what),
    ):
        for each, other in zip(expected, found, strict=True):
            require_equal(f"{what} by {library}", each, other)


def _by_onnxruntime(proto: Any, x: Array, what: str) -> list[tuple[str, list[Array]]]:
    """What onnxruntime answers; nothing where it is not installed."""
    if find_spec("onnxruntime") is None:
        return []
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with parsing(what, "a graph that onnxruntime runs", RecordError):
        session = onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return [("onnxruntime", session.run(None, {"x": x}))]


def _is_parameter(name: str) -> bool:
    """Whether a constant is a parameter of a layer: the graph's own are called c1, c2, ..."""
    return not (name[:1] == "c" and name[1:].isdecimal())


def _onnx() -> Any:
    try:
        import onnx
        import onnx.checker
        import onnx.numpy_helper
    except ImportError:
        raise ConfigError('onnx is not installed; pip install "gradwright[onnx]"') from None
    return onnx
