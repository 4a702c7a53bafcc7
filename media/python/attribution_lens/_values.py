"""Values on their way to the engine and back: JSON with the tensors in a safetensors file beside it.

Tensors of PyTorch, NumPy, JAX, TensorFlow, and anything with the buffer protocol or ``__array__``, are recognised by
what they can do; none of these packages is needed.
"""

import array
import ctypes
import json
import math
import sys

from . import _tables, _tensors
from ._errors import InvalidArgumentError

MOST_NESTED = 60
_SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_ARRAY_CODES = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "B"}
# Formats of the buffer protocol, after byte order marks were taken away.
_FORMATS = {"d": "F64", "f": "F32", "e": "F16", "b": "I8", "B": "U8", "?": "BOOL", "h": "I16", "i": "I32", "q": "I64"}
_NUMPY_NAMES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32", "I16": "int16",
    "I8": "int8", "U8": "uint8", "BOOL": "bool",
}
_DTYPES = {name: dtype for dtype, name in _NUMPY_NAMES.items()}
_DTYPES["bfloat16"] = "BF16"


class Handle:
    """Something that lives in the engine: a model, an algorithm, what an attribution found."""

    __slots__ = ("kind", "number", "__weakref__")

    def __init__(self, kind, number):
        self.kind = kind
        self.number = number

    def __repr__(self):
        return "Handle(%s %d)" % (self.kind, self.number)


class Layer:
    """A layer of a model, by its name."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class Tensor:
    """A tensor from the engine: shape, dtype (of safetensors: ``F32``, ``I64``...) and bytes in C order."""

    __slots__ = ("dtype", "shape", "data")

    def __init__(self, dtype, shape, data):
        self.dtype = dtype
        self.shape = tuple(shape)
        self.data = memoryview(data).cast("B")

    def __repr__(self):
        return "Tensor(%s, %s)" % (self.dtype, list(self.shape))

    def tolist(self):
        """Nested lists; a number for a scalar."""
        flat = array.array(_ARRAY_CODES[self.dtype])
        flat.frombytes(self.data)
        if sys.byteorder == "big":
            flat.byteswap()
        values = [bool(item) for item in flat] if self.dtype == "BOOL" else flat.tolist()
        for size in reversed(self.shape[1:]):
            values = [values[start:start + size] for start in range(0, len(values), size)] if size else [[] for _ in range(_product(self.shape[:-1]))]
        return values if self.shape else values[0]

    def numpy(self):
        """A NumPy array over the same memory."""
        import numpy

        return numpy.frombuffer(self.data, dtype=numpy.dtype(_NUMPY_NAMES[self.dtype]).newbyteorder("<")).reshape(self.shape)

    def torch(self):
        """A torch tensor over the same memory."""
        import torch

        dtype = getattr(torch, _NUMPY_NAMES[self.dtype])
        if not self.data.nbytes:
            return torch.empty(self.shape, dtype=dtype)
        if hasattr(torch, "frombuffer") and not self.data.readonly:
            return torch.frombuffer(self.data, dtype=dtype).reshape(self.shape)
        return torch.tensor(self.tolist(), dtype=dtype)


def is_tensor(value):
    """Whether a value is sent as a tensor: anything with a shape and a dtype, or an ``array.array``."""
    return isinstance(value, (Tensor, array.array, memoryview)) or _tensors.is_tensor(value)


class Encoder:
    """Collects the tensors and callbacks of values.

    ``register(function)`` gives the number under which a function can be called by the engine.
    """

    def __init__(self, register=None):
        self._register = register
        self._tensors = []
        self._kept = []

    def encode(self, value, depth=0):
        """The value as JSON can hold it."""
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return value if abs(value) <= 2**53 else {"$bigint": str(value)}
        if isinstance(value, float):
            return value if math.isfinite(value) else {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
        if isinstance(value, Handle):
            return {"$" + value.kind: value.number}
        if isinstance(value, Layer):
            return {"$layer": value.name}
        if isinstance(value, slice):
            return {"$slice": [value.start, value.stop, value.step]}
        if depth > MOST_NESTED:
            raise InvalidArgumentError("Values for the engine are nested at most %d levels deep" % MOST_NESTED)
        if isinstance(value, tuple):
            return {"$tuple": [self.encode(item, depth + 1) for item in value]}
        if isinstance(value, list):
            return [self.encode(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {str(key): self.encode(item, depth + 1) for key, item in value.items()}
        if _is_numpy_scalar(value):
            return self.encode(value.item())
        if is_tensor(value):
            return {"$tensor": self._add(value)}
        if hasattr(value, "__index__"):
            return self.encode(value.__index__())
        if callable(value) and self._register is not None:
            return {"$callback": self._register(value)}
        if hasattr(value, "__array__"):
            import numpy

            return {"$tensor": self._add(numpy.asarray(value))}
        raise InvalidArgumentError("The engine takes tensors, numbers, strings, lists and functions, got %s" % type(value).__name__)

    def payload(self):
        """The safetensors file of the tensors as a list of bytes-like objects; empty without tensors."""
        if not self._tensors:
            return []
        header, offset, parts = {}, 0, []
        # Widest elements first: every tensor then begins where its elements are aligned.
        for key, dtype, shape, data in sorted(self._tensors, key=lambda tensor: -_SIZES[tensor[1]]):
            header[key] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + data.nbytes]}
            offset += data.nbytes
            parts.append(data)
        text = json.dumps(header, separators=(",", ":")).encode("utf-8")
        text += b" " * (-len(text) % 8)
        return [len(text).to_bytes(8, "little") + text] + parts

    def _add(self, value):
        key = str(len(self._tensors))
        dtype, shape, data, kept = _bytes_of(value)
        if data.nbytes != _product(shape) * _SIZES[dtype]:
            raise InvalidArgumentError("A tensor of shape %s and type %s has %d bytes" % (list(shape), dtype, data.nbytes))
        self._tensors.append((key, dtype, shape, data))
        self._kept.append(kept)
        return key


def decode(value, tensors, objects=None, depth=0):
    """The inverse of :meth:`Encoder.encode`. ``objects(kind, number)`` makes what stands for a handle."""
    if depth > MOST_NESTED:
        raise InvalidArgumentError("A value of the engine is nested too deeply")
    if isinstance(value, list):
        return [decode(item, tensors, objects, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (tag, content), = value.items()
        if tag == "$tensor":
            return tensors[content]
        if tag == "$tuple":
            return tuple(decode(item, tensors, objects, depth + 1) for item in content)
        if tag == "$bigint":
            return int(content)
        if tag == "$number":
            return float(content.replace("Infinity", "inf"))
        if tag in ("$model", "$object", "$explanation"):
            return (objects or Handle)(tag[1:], content)
    return {key: decode(item, tensors, objects, depth + 1) for key, item in value.items()}


def read_tensors(payload):
    """The tensors of a safetensors file, by name, over its memory."""
    if not len(payload):
        return {}
    view = memoryview(payload)
    size = int.from_bytes(view[:8], "little")
    if size > view.nbytes - 8:
        raise InvalidArgumentError("The tensors that arrived are cut off")
    header = json.loads(bytes(view[8:8 + size]).decode("utf-8"))
    data = view[8 + size:]
    tensors = {}
    for key, entry in header.items():
        if key == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        dtype, shape = entry["dtype"], entry["shape"]
        if dtype not in _SIZES or not 0 <= begin <= end <= data.nbytes or end - begin != _product(shape) * _SIZES[dtype]:
            raise InvalidArgumentError("Tensor '%s' does not have the bytes that its shape needs" % key)
        tensors[key] = Tensor(dtype, shape, data[begin:end])
    return tensors


def _is_numpy_scalar(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def _bytes_of(value):
    """dtype, shape, bytes in C order and little-endian, and what keeps them alive."""
    if isinstance(value, Tensor):
        return value.dtype, value.shape, value.data, value
    module = type(value).__module__.partition(".")[0]
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _from_torch(value, torch)
    if _tables.is_table(value):
        value = _tables.numbers(value)
    elif module in ("tensorflow", "keras") and hasattr(value, "numpy"):
        value = value.numpy()
    elif not _has_buffer(value) and hasattr(value, "__array__"):
        import numpy

        value = numpy.asarray(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        return _from_numpy(numpy.asarray(value), numpy)
    try:
        view = memoryview(value)
    except TypeError:
        raise InvalidArgumentError("A %s cannot be read as a tensor" % type(value).__name__)
    return _from_buffer(view, type(value).__name__)


def _has_buffer(value):
    try:
        memoryview(value)
    except (TypeError, ValueError, BufferError):
        return False
    return True


def _from_torch(value, torch):
    tensor = value.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if hasattr(tensor, "resolve_conj"):
        tensor = tensor.resolve_conj().resolve_neg()
    name = str(tensor.dtype).rpartition(".")[2]
    if name in ("float64", "float16", "bfloat16"):
        tensor = tensor.to(torch.float32)  # what the engine computes in
        name = "float32"
    if name not in _DTYPES:
        raise InvalidArgumentError("A torch tensor of type %s cannot be attributed" % name)
    tensor = tensor.cpu().contiguous()
    if sys.byteorder == "big":
        return _from_numpy(tensor.numpy(), sys.modules["numpy"])
    size = tensor.numel() * tensor.element_size()
    if size == 0:
        return _DTYPES[name], tuple(tensor.shape), memoryview(b""), None
    memory = (ctypes.c_char * size).from_address(tensor.data_ptr())
    return _DTYPES[name], tuple(tensor.shape), memoryview(memory).cast("B"), tensor


def _from_numpy(value, numpy):
    name = value.dtype.name
    if name in ("float64", "float16", "bfloat16", "longdouble", "float128"):
        value = value.astype(numpy.float32)
    elif name == "uint16":
        value = value.astype(numpy.int32)
    elif name in ("uint32", "uint64"):
        value = value.astype(numpy.int64)
    elif name not in _DTYPES:
        raise InvalidArgumentError("A NumPy array of type %s cannot be attributed" % name)
    shape = value.shape
    value = numpy.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    data = memoryview(value.reshape(-1).view(numpy.uint8)) if value.size else memoryview(b"")
    return _DTYPES[value.dtype.name], shape, data, value


def _from_buffer(view, name):
    code = view.format.lstrip("@=<")
    if code == "l":
        code = "q" if view.itemsize == 8 else "i"
    if code not in _FORMATS or sys.byteorder == "big":
        raise InvalidArgumentError("A %s of format '%s' cannot be attributed" % (name, view.format))
    return _FORMATS[code], view.shape, memoryview(view.tobytes()), view


def _product(shape):
    size = 1
    for dim in shape:
        size *= dim
    return size
