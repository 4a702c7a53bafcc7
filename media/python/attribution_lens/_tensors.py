"""Tensors of the frameworks that users have: which kind, and the engine's tensors in the same kind."""

import contextlib
import sys

from . import _tables
from ._errors import InvalidArgumentError


def kind_of(value):
    """`torch`, `tensorflow`, `jax`, `numpy`, `pandas`; the module's name for what is none of these."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return "torch"
    root = type(value).__module__.partition(".")[0]
    return {"jaxlib": "jax"}.get(root, root)


def is_tensor(value):
    """Whether a value is a tensor of any framework, or a DataFrame."""
    return _tables.is_table(value) or hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type)


def require_dense(value):
    """Refuses torch tensors whose elements cannot be read one by one as real numbers.

    Raises InvalidArgumentError that says what to do.
    """
    if kind_of(value) != "torch":
        return
    if value.device.type == "meta":
        raise InvalidArgumentError("inputs must hold numbers, got a tensor on the device 'meta'")
    if value.is_quantized:
        raise InvalidArgumentError("inputs must not be quantized, got %s: call .dequantize()" % value.dtype)
    if value.is_complex():
        raise InvalidArgumentError("inputs must be real numbers, got %s: give real and imaginary parts (torch.view_as_real)" % value.dtype)
    if str(value.layout) != "torch.strided":
        raise InvalidArgumentError("inputs must be dense, got a tensor of the layout %s: call .to_dense()" % value.layout)


def first_examples(values, example, count):
    """The first entries of the values that have one for each row of an example; the others as they are."""
    rows = example.shape[0] if len(example.shape) else 0
    return [value[:count] if rows and is_tensor(value) and len(value.shape) and value.shape[0] == rows else value for value in values]


def dtype_of(value):
    """The element type, as its framework has it; of a DataFrame those of its columns; None for what has none."""
    return value.dtypes if _tables.is_table(value) else getattr(value, "dtype", None)


def is_floating(value):
    """Whether a tensor's elements are floating point numbers."""
    if _tables.is_table(value):
        return True  # numbers of columns of several types are attributed as what they count
    dtype = dtype_of(value)
    if kind_of(value) == "torch":
        return dtype.is_floating_point
    return "float" in str(getattr(dtype, "name", dtype))


def like(example, tensor, dtype=None):
    """A tensor of the engine as one of the example's framework, on its device; `dtype` is the framework's or a name.

    Without a type, floating point examples give theirs, and others float32.
    """
    if _tables.is_table(example):
        return _tables.like(example, tensor.numpy(), dtype)
    if dtype is None:
        dtype = dtype_of(example) if is_floating(example) else "float32"
    kind = kind_of(example)
    if kind == "torch":
        import torch

        wanted = getattr(torch, dtype) if isinstance(dtype, str) else dtype
        return tensor.torch().to(device=example.device, dtype=wanted, copy=True)
    import numpy

    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or str(dtype)
    if kind == "tensorflow":
        import tensorflow

        return tensorflow.cast(tensorflow.convert_to_tensor(numpy.array(tensor.numpy())), name)
    if kind == "jax":
        import jax.numpy

        return jax.numpy.asarray(tensor.numpy()).astype(name)
    return tensor.numpy().astype(name, copy=True)


def filled(example, value):
    """A number in the shape of one example, [1, ...]."""
    kind = kind_of(example)
    shape = (1,) + tuple(int(size) for size in example.shape[1:])
    if kind == "torch":
        import torch

        return torch.full(shape, value, dtype=example.dtype)
    import numpy

    return numpy.full(shape, value, dtype=to_numpy(example).dtype)


def scalar(value):
    """A number as a tensor without axes."""
    import numpy

    return numpy.float32(value)


def as_output(output, subject):
    """What a model returned, if it is a tensor."""
    if not is_tensor(output):
        raise InvalidArgumentError("%s must return a tensor, got %s" % (subject, type(output).__name__))
    if getattr(dtype_of(output), "kind", "f") in "OSUT":
        raise InvalidArgumentError("%s must return numbers, got an array of %s: of a classifier of scikit-learn give predict_proba" % (subject, dtype_of(output)))
    return output


def drawn_seed(example):
    """A seed for the engine, drawn from the global generator of torch, or of NumPy for arrays: after ``torch.manual_seed`` the
    same numbers follow. Each call moves that generator on by one number."""
    if kind_of(example) == "torch":
        import torch

        return int(torch.randint(2**31 - 1, (1,), device="cpu"))
    import numpy

    return int(numpy.random.randint(2**31 - 1))


@contextlib.contextmanager
def without_gradients(example):
    """No gradients are recorded inside."""
    if kind_of(example) == "torch":
        import torch

        with torch.no_grad():
            yield
    else:
        yield


def as_array(value):
    """A DataFrame's numbers as a NumPy array; any other tensor itself."""
    return _tables.numbers(value) if _tables.is_table(value) else value


def to_numpy(value):
    """A tensor of any framework as a NumPy array."""
    if kind_of(value) == "torch":
        return value.detach().cpu().numpy()
    import numpy

    return numpy.asarray(as_array(value))


def to_list(value):
    """The numbers of a tensor as a list; a number for one element without axes."""
    if kind_of(value) == "torch":
        return value.detach().cpu().tolist()
    import numpy

    return numpy.asarray(value).tolist()
