"""A Keras model on its way into the engine: as Keras saves it, by Keras' own ONNX export, or by tf2onnx."""

import contextlib
import inspect
import io
import os
import re
import sys
import tempfile
import warnings
import zlib

from . import _tensors
from ._errors import AttributionLensError, ExportError, InvalidArgumentError
from ._torch_export import OPSET, WHAT_STILL_WORKS

_MODULES = ("keras", "tf_keras", "tensorflow")
# Some messages of Keras hold all numbers of the input.
_LONGEST = 300
# What is computed in half precision differs from float32 by its rounding.
_TOLERANCE, _TOLERANCE_OF_HALVES = 1e-3, 5e-2


def is_keras(value, name="Model"):
    """Whether a value is a model of Keras, or of another of its classes."""
    return any(cls.__name__ == name and cls.__module__.partition(".")[0] in _MODULES for cls in type(value).__mro__)


def called_model(forward_func):
    """The Keras model whose `predict`, `call` or `__call__` a function is; any other function itself."""
    owner = getattr(forward_func, "__self__", None)
    return owner if is_keras(owner) and getattr(forward_func, "__name__", "") in ("predict", "predict_on_batch", "call", "__call__") else forward_func


def outputs_of(model, inputs):
    """What a Keras model computes outside of training. Several inputs go in a list or dict, as Keras' own models take them, or one by
    one where `call` of an own class is written so."""
    inputs = [_tensors.as_array(value) for value in inputs]
    structure = model.input if is_keras(model, "Functional") else None
    if isinstance(structure, dict):
        inputs = [sys.modules["keras"].tree.pack_sequence_as(structure, inputs)]
    elif len(inputs) > 1 and not _takes_each(model, len(inputs)):
        inputs = [inputs]
    return model(*inputs, training=False)


def _takes_each(model, count):
    if is_keras(model, "Functional") or is_keras(model, "Sequential"):
        return False
    parameters = [each for each in inspect.signature(model.call).parameters.values() if each.name not in ("training", "mask")]
    required = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return len(required) >= count or any(each.kind == each.VAR_POSITIONAL for each in parameters)


class _Exported:
    """A file, and how its layers are called."""

    def __init__(self, content, names, format):
        self.content = content
        self.format = format
        self.names = names
        self.input_names = None


class KerasExporter:
    """Exports a Keras model, and checks that the result computes the same."""

    dtype = None

    def __init__(self, model, describe):
        self.describe = describe
        self.name = getattr(model, "name", None) or describe[7:-1]
        self._model = model

    def key(self, inputs, forward_args):
        """Equal for calls that the same export serves."""
        weights = [(weight.shape, zlib.crc32(weight.tobytes())) for weight in self._model.get_weights()]
        return repr(([(tuple(value.shape[1:]), str(value.dtype)) for value in inputs], len(forward_args), weights))

    def attempts(self, inputs, forward_args):
        """Ways to export, best first."""
        if forward_args:
            raise ExportError("%s: additional forward arguments are not taken for Keras models. Make a model with several inputs, and give them as a tuple" % self.describe)
        self._require_one_output([value[:1] for value in inputs])  # a model is built by its first call
        yield lambda: self._export(inputs, _as_saved, "keras")
        yield lambda: self._export(inputs, _by_keras, "onnx")
        yield lambda: self._export(inputs, _by_tf2onnx, "onnx")

    def verify(self, model, exported, inputs, forward_args):
        """Raises ExportError when the engine's output differs from the model's."""
        import numpy

        few = [value[:3] for value in inputs]
        wanted = _tensors.to_numpy(outputs_of(self._model, few)).astype("float32")
        try:
            got = model.predict(few, []).numpy()
        except AttributionLensError as error:
            raise ExportError("%s: its export does not run: %s" % (self.describe, error)) from error
        near = _TOLERANCE_OF_HALVES if _computes_in_halves(self._model) else _TOLERANCE
        if got.shape != wanted.shape or numpy.abs(got - wanted).max(initial=0) > near / 10 + near * numpy.abs(wanted).max(initial=0):
            raise ExportError("%s: its export computes something else. %s" % (self.describe, WHAT_STILL_WORKS))

    def _require_one_output(self, inputs):
        try:
            output = outputs_of(self._model, inputs)
        except Exception as error:  # whatever a model raises
            ports = list(getattr(self._model, "inputs", None) or [])
            shapes = ", ".join(("%s %s" % (port.name, list(port.shape))) if len(ports) > 1 else str(list(port.shape)) for port in ports)
            takes = ". It takes %s%s" % (shapes, ", in this order" if len(ports) > 1 else "") if ports else ""
            raise InvalidArgumentError("%s fails for inputs of shape %s: %s%s" % (self.describe, ", ".join(str(list(value.shape)) for value in inputs), _reason(error), takes)) from error
        if not _tensors.is_tensor(output):
            count = "%d outputs" % len(output) if isinstance(output, (list, tuple, dict)) else "a %s" % type(output).__name__
            raise InvalidArgumentError("%s returns %s, and one tensor is attributed. Make a model of one of them: keras.Model(model.inputs, model.outputs[0])" % (self.describe, count))

    def _export(self, inputs, exporter, format):
        folder = tempfile.TemporaryDirectory(prefix="attribution-lens-")
        path = os.path.join(folder.name, "model." + format)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exporter(self._model, inputs, path)
            with open(path, "rb") as file:
                content = file.read()
        except Exception as error:  # whatever an exporter raises
            raise ExportError("%s cannot be exported, and gradients are taken of its export: %s. %s" % (self.describe, _reason(error), WHAT_STILL_WORKS)) from error
        finally:
            folder.cleanup()
        return _Exported(content, _names_of(self._model), format)


def _names_of(model, scope=""):
    """The engine's names of a model's layers by their identity: those of a model inside it follow its own."""
    names = {}
    for layer in getattr(model, "layers", []):
        names[id(layer)] = scope + layer.name
        names.update(_names_of(layer, scope + layer.name + "/") if is_keras(layer) else {})
    return names


def _computes_in_halves(model):
    layers = [model, *getattr(model, "layers", [])]
    return any("16" in str(getattr(layer, "compute_dtype", "")) or (layer is not model and is_keras(layer) and _computes_in_halves(layer)) for layer in layers)


def _reason(error):
    """The line of an error that says what is wrong: Keras says where first, and writes in bold."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return "%s: %s" % (type(error).__name__, (said or lines or [""])[0].rstrip(".")[:_LONGEST])


def _as_saved(model, _, path):
    """Keras 3 writes its own archive; older versions HDF5, which is told by the file's name."""
    saved = path if hasattr(model, "export") else path + ".h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(saved)
    if saved != path:
        os.replace(saved, path)


def _by_keras(model, _, path):
    model.export(path, format="onnx", verbose=False)


def _by_tf2onnx(model, inputs, path):
    import tensorflow
    import tf2onnx

    signature = [tensorflow.TensorSpec([None] + [int(size) for size in value.shape[1:]], _dtype_name(value), name="input%d" % index) for index, value in enumerate(inputs)]
    run = tensorflow.function(lambda *values: model(list(values) if len(values) > 1 else values[0], training=False), input_signature=signature)
    tf2onnx.convert.from_function(run, input_signature=signature, opset=OPSET, output_path=path)


def _dtype_name(value):
    return getattr(_tensors.dtype_of(value), "name", None) or str(_tensors.dtype_of(value))
