"""A Keras model on its way into the engine: as Keras saves it, by Keras' own ONNX export, or by tf2onnx."""

import contextlib
import io
import os
import tempfile
import warnings
import zlib

from . import _tensors
from ._errors import AttributionLensError, ExportError
from ._torch_export import OPSET, WHAT_STILL_WORKS


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
        yield lambda: self._export(inputs, _as_saved, "keras")
        yield lambda: self._export(inputs, _by_keras, "onnx")
        yield lambda: self._export(inputs, _by_tf2onnx, "onnx")

    def verify(self, model, exported, inputs, forward_args):
        """Raises ExportError when the engine's output differs from the model's."""
        import numpy

        few = [value[:3] for value in inputs]
        wanted = numpy.asarray(self._call(few))
        try:
            got = model.predict(few, []).numpy()
        except AttributionLensError as error:
            raise ExportError("%s: its ONNX export does not run: %s" % (self.describe, error)) from error
        if got.shape != wanted.shape or numpy.abs(got - wanted).max(initial=0) > 1e-4 + 1e-3 * numpy.abs(wanted).max(initial=0):
            raise ExportError("%s: its ONNX export computes something else. %s" % (self.describe, WHAT_STILL_WORKS))

    def _call(self, inputs):
        return self._model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    def _export(self, inputs, exporter, format):
        folder = tempfile.TemporaryDirectory(prefix="attribution-lens-")
        path = os.path.join(folder.name, "model." + format)
        try:
            self._call([value[:1] for value in inputs])  # it is built by its first call
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exporter(self._model, inputs, path)
            with open(path, "rb") as file:
                content = file.read()
        except Exception as error:  # whatever an exporter raises
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ExportError("%s cannot be exported to ONNX, which gradients are taken of: %s: %s. %s" % (self.describe, type(error).__name__, reason, WHAT_STILL_WORKS)) from error
        finally:
            folder.cleanup()
        return _Exported(content, {id(layer): layer.name for layer in getattr(self._model, "layers", [])}, format)


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
