"""What the variables of a notebook hold, read without running code of theirs.

The extension sends these files to kernels as text and runs them in a scope of their own: standard library only, and of numpy,
torch, tensorflow and jax what the user has imported.
"""

import ast
import json
import math
import sys
import types

MIME = "application/vnd.attribution-lens.answer+json"
#: More elements than this are sampled, by steps along the longest axes.
MOST_ELEMENTS = 1 << 20
#: Where the classes of Keras come from.
KERAS = ("keras", "tf_keras", "tensorflow")
#: The longer side of a picture of values.
SIDE = 160


class Missing(Exception):
    """A name or a path leads nowhere that can be read without running code."""


def shell():
    """The IPython of this kernel."""
    return sys.modules["IPython"].get_ipython()


def answer(value):
    """Gives the extension its answer; nothing appears in the notebook."""
    shell().display_pub.publish({MIME: value}, {})


def find(path, variables):
    """The value of a path such as ``["model", "layers", 0]``. Raises Missing where a property or a method would have to run."""
    if path[0] not in variables:
        raise Missing(path[0])
    value = variables[path[0]]
    for step in path[1:]:
        value = _item(value, step) if isinstance(step, int) else _attribute(value, step)
    return value


def _item(value, index):
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, (torch.nn.Sequential, torch.nn.ModuleList)):
        value = list(own(value)["_modules"].values())
    if type(value) in (list, tuple) and -len(value) <= index < len(value):
        return value[index]
    raise Missing(index)


def _attribute(value, name):
    if isinstance(value, types.ModuleType):
        return _from(vars(value), name)
    found = own(value)
    for place in (found, found.get("_parameters"), found.get("_modules"), found.get("_buffers")):
        if isinstance(place, dict) and name in place:
            return place[name]
    if is_keras_layer(value):  # properties of Keras' own, such as kernel
        return keras_layers(value) if name == "layers" and model_kind(value) == "keras" else _from(found, "_" + name)
    raise Missing(name)


def _from(values, name):
    if name not in values:
        raise Missing(name)
    return values[name]


def own(value):
    """The attributes of an object itself."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def array_kind(value):
    """`torch`, `numpy`, `tensorflow` or `jax` for arrays of these, `pandas` for a DataFrame; None for anything else, also for symbolic,
    ragged and sparse tensors."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        return "torch"
    if numpy is not None and isinstance(value, numpy.ndarray):
        return "numpy"
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return "pandas"
    cls = type(value)
    module = cls.__module__.partition(".")[0]
    if module == "tensorflow" and hasattr(cls, "numpy") and hasattr(cls, "shape") and value.shape.is_fully_defined():
        return "tensorflow"
    if module in ("jax", "jaxlib") and hasattr(cls, "addressable_data") and not cls.__name__.endswith("Tracer"):
        return "jax"
    return None


def model_kind(value):
    """`torch` or `keras` for models of these, `sklearn` for estimators; None for anything else."""
    for cls in type(value).__mro__:  # Keras first: with its torch backend, its models are modules of torch
        top = cls.__module__.partition(".")[0]
        if cls.__name__ == "Model" and top in KERAS:
            return "keras"
        if cls.__name__ == "BaseEstimator" and top == "sklearn":
            return "sklearn"
    torch = sys.modules.get("torch")
    return "torch" if torch is not None and isinstance(value, torch.nn.Module) and not is_keras_layer(value) else None


def is_keras_layer(value):
    """Whether a value is a layer or a model of Keras."""
    return any(cls.__name__ == "Layer" and cls.__module__.partition(".")[0] in KERAS for cls in type(value).__mro__)


def keras_layers(value):
    """The layers of a Keras model as Keras tells them, whatever its class overrides."""
    for cls in type(value).__mro__:
        if "layers" in vars(cls) and cls.__module__.partition(".")[0] in KERAS:
            return list(vars(cls)["layers"].fget(value))
    raise Missing("layers")


def shape_of(value):
    """The shape as numbers."""
    return [int(length) for length in value.shape]


def dtype_of(value):
    """The element type without the name of its library."""
    if not hasattr(value, "dtype"):  # a table, of numbers as far as it is attributed
        return "float64"
    name = getattr(value.dtype, "name", None) or str(value.dtype)
    return name.rpartition(".")[2]


def device_of(value, kind):
    """Where the elements are."""
    if kind in ("numpy", "pandas"):
        return "cpu"
    if kind == "jax":
        return ", ".join(sorted(str(device) for device in value.devices())) if not value.is_deleted() else "no device: deleted"
    return str(value.device).rpartition("/device:")[2].lower() if kind == "tensorflow" else str(value.device)


def numbers(value, kind, slices):
    """A part of an array as float64 of numpy; None where it holds no real numbers, or none that can be read."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if kind == "torch":
        torch = sys.modules["torch"]
        if value.is_complex() or value.layout != torch.strided or value.device.type == "meta":
            return None
        part = value.detach()[slices]
        part = part.dequantize() if part.is_quantized else part
        return part.to("cpu", torch.float64).numpy()
    if kind == "jax":
        part = _numbers_of_jax(numpy, value, slices)
    else:
        part = (value.to_numpy() if kind == "pandas" else value)[slices]
        part = part.numpy() if kind == "tensorflow" else part
    part = numpy.asarray(part)
    if part.dtype.kind in "OSUTcmM" or (part.dtype.kind == "V" and part.dtype.type.__module__ != "ml_dtypes"):
        return None
    return part.astype(numpy.float64)


def _numbers_of_jax(numpy, value, slices):
    """Slices of JAX are programs that it compiles: where copying is cheap, the copy is sliced instead."""
    if value.is_deleted() or not value.is_fully_addressable or str(value.dtype).startswith("key<"):
        return numpy.asarray(None)
    is_cheap = value.size <= MOST_ELEMENTS or all(device.platform == "cpu" for device in value.devices())
    return numpy.asarray(value)[slices] if is_cheap else value[slices]


def sampling(shape):
    """Slices that leave at most MOST_ELEMENTS elements, and whether they leave any out."""
    steps = [1] * len(shape)

    def lengths():
        return [math.ceil(length / step) for length, step in zip(shape, steps)]

    while math.prod(lengths()) > MOST_ELEMENTS:
        left = lengths()
        steps[left.index(max(left))] *= 2
    return tuple(slice(None, None, step) for step in steps), any(step > 1 for step in steps)


def is_local(code, line, name):
    """Whether a name at a line (from 1) of a cell is one of a function, whose value there is not the variable's."""
    lines = ["pass" if text.lstrip()[:1] in ("%", "!", "?") else text for text in code.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return False
    return any(name in _locals(node) for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and node.lineno <= line <= node.end_lineno)


def _locals(function):
    arguments = function.args
    found = {each.arg for each in arguments.posonlyargs + arguments.args + arguments.kwonlyargs + [arguments.vararg, arguments.kwarg] if each}
    shared = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            shared.update(node.names)
    return found - shared
