"""PyTorch models as ONNX, by whichever of torch's exporters works, layer names kept."""

import contextlib
import copy
import gc
import importlib.util
import inspect
import io
import os
import re
import tempfile
import traceback
import warnings

from ._errors import ExportError
from ._interrupts import surely
from ._torch_losses import known_losses
from ._torch_packed import packed_sequences, returning
from ._warnings import warn

OPSET = 17
WHAT_STILL_WORKS = (
    "Methods by perturbation work, since they only call the model: FeatureAblation, Occlusion, FeaturePermutation, "
    "ShapleyValueSampling, ShapleyValues, Lime, KernelShap."
)
_EVALUATED = re.compile(r"Dropout|BatchNorm|InstanceNorm|RReLU|LSTM|GRU|RNN|Attention|Transformer|DropPath|StochasticDepth")


def parameter_dtype(root):
    """The type that a module computes in; None when no parameter says so."""
    for tensor in list(root.parameters()) + list(root.buffers()):
        if tensor.is_floating_point():
            return tensor.dtype
    return None


def device_of(root):
    """Where a module's weights are; None without weights."""
    for tensor in list(root.parameters()) + list(root.buffers()):
        return tensor.device
    return None


@contextlib.contextmanager
def evaluating(root):
    """Dropout off, statistics fixed; every module's own mode is restored."""
    modes = [(module, module.training) for module in root.modules()]

    def restore():
        for module, training in modes:
            module.training = training

    try:
        for module, _ in modes:
            module.training = False
        yield [module for module, training in modes if training and _EVALUATED.search(type(module).__name__)]
    finally:
        surely(restore)


@contextlib.contextmanager
def in_float32(root):
    """Weights as float32, which exports are of; those of another type are put back at the end."""
    import torch

    others = [tensor for tensor in list(root.parameters()) + list(root.buffers()) if tensor.is_floating_point() and tensor.dtype is not torch.float32]
    kept = [(tensor, tensor.data) for tensor in others]

    def restore():
        for tensor, data in kept:
            tensor.data = data

    try:
        for tensor, data in kept:
            tensor.data = data.float()
        yield
    finally:
        surely(restore)


def as_float32(value):
    """A tensor as models in float32 take it: floating point numbers in that type, others as they are."""
    return value.float() if _is_torch(value) and value.is_floating_point() else value


def _is_torch(value):
    return hasattr(value, "is_floating_point")


@contextlib.contextmanager
def _unfused(root):
    """Layers take the way on which gradients can be taken, not the fused one of inference."""
    import torch

    frozen = [parameter for parameter in root.parameters() if not parameter.requires_grad and parameter.is_floating_point() and parameter.is_leaf and not getattr(parameter, "is_inference", bool)()]

    def restore():
        for parameter in frozen:
            parameter.requires_grad_(False)

    try:
        for parameter in frozen:
            parameter.requires_grad_(True)
        with torch.enable_grad():
            yield
    finally:
        surely(restore)


class Exported:
    """An ONNX file, and how its layers are called."""

    format = "onnx"

    def __init__(self, content, root, is_doubtful, input_names):
        self.content = content
        #: What the inputs, and the tensors after them, are called where they are used.
        self.input_names = input_names
        #: Whether the module's code turned tensors into Python's values while it was traced.
        self.is_doubtful = is_doubtful
        self.names = {id(module): name for name, module in root.named_modules()}


def export(root, inputs, forward_args, describe, exporter):
    """Exports a module for inputs like these; `forward_args` may hold values of any kind.

    Raises ExportError with the operation that has no form in ONNX.
    """
    device = device_of(root)
    if device is not None and device.type == "meta":
        raise ExportError("%s has its weights on the device 'meta', where there are no numbers: load them (model.to_empty, load_state_dict)" % describe)
    failure = None
    with evaluating(root) as changed, in_float32(root), _unfused(root):
        if changed:
            warn("%s is in training mode: attributions are of its evaluation mode (model.eval()), without dropout and with fixed statistics" % describe)
        for examples in _examples(inputs, forward_args, device):
            try:
                with _quietly() as seen:
                    content = exporter(root, *examples)
                names = _names_of(inputs, [value for value in forward_args if _is_torch(value)])
                # The newer exporter follows one branch without a warning.
                doubtful = exporter is _dynamo or any(_DOUBTFUL.search(str(warning.message)) for warning in seen)
                return Exported(content, root, doubtful, names)
            except Exception as error:  # whatever an exporter, or the model under it, raises
                failure = failure or error
                _let_go(error)
    raise ExportError(_reason(failure, describe)) from failure


def _let_go(error):
    """Frees what an exporter holds in the frames of its failure: torch 1 mistakes it for parts of the next export."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    gc.collect()


def _examples(inputs, forward_args, device):
    """Two examples, since one is taken for a fixed length by some models; else the inputs as they are."""
    import torch

    batch = inputs[0].shape[0] if inputs[0].dim() else 0

    def prepared(value, count):
        if not isinstance(value, torch.Tensor):
            return value
        value = as_float32(value.detach())
        if device is not None:
            value = value.to(device)
        if count and value.dim() and value.shape[0] == batch:
            value = value[:count] if batch >= count else value.repeat_interleave(count, dim=0)
        return value.contiguous()

    if batch:
        yield [prepared(value, 2) for value in inputs], [prepared(value, 2) for value in forward_args], True
    yield [prepared(value, 0) for value in inputs], [prepared(value, 0) for value in forward_args], batch > 0


def _bound(root, forward_args):
    """A shallow copy of a module, with the same submodules and names, that takes tensors alone and returns one."""
    import torch

    original = vars(root).get("forward")
    tensors = [isinstance(value, torch.Tensor) for value in forward_args]

    def forward(self, *values):
        given = list(values)
        count = len(given) - sum(tensors)
        rest = iter(given[count:])
        arguments = given[:count] + [next(rest) if is_tensor else value for is_tensor, value in zip(tensors, forward_args)]
        output = original(*arguments) if original is not None else type(root).forward(self, *arguments)
        if not isinstance(output, torch.Tensor):
            raise TypeError(
                "the model must return a tensor, got %s. Give a function that selects one: lambda *inputs: model(*inputs)[0]" % type(output).__name__
            )
        return output if output.dtype is torch.float32 else output.float()

    bound = copy.copy(root)
    vars(bound).pop("forward", None)
    bound.__class__ = type(type(root).__name__, (type(root),), {"forward": forward, "__module__": type(root).__module__})
    return bound


def _names_of(inputs, tensors):
    return ["input%s" % ("" if len(inputs) == 1 else index) for index in range(len(inputs))] + ["argument%d" % index for index in range(len(tensors))]


def _torchscript(root, inputs, forward_args, batched):
    import torch

    tensors = [value for value in forward_args if isinstance(value, torch.Tensor)]
    names = _names_of(inputs, tensors)
    batch = inputs[0].shape[0] if inputs[0].dim() else 0
    axes = {name: {0: "batch"} for name, value in zip(names, list(inputs) + tensors) if batched and value.dim() and value.shape[0] == batch}
    options = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    options.update(opset_version=OPSET, verbose=False)
    if axes:
        options["dynamic_axes"] = dict(axes, output={0: "batch"})
    if isinstance(root, torch.jit.ScriptModule):  # compiled modules cannot be part of another one while that is traced
        module, training = root, torch.onnx.TrainingMode.EVAL
    else:
        module, training = _bound(root, forward_args), torch.onnx.TrainingMode.PRESERVE  # batch normalisation stays a layer of its own
    file = io.BytesIO()
    with _whole_sizes(), known_losses(), packed_sequences() as sequences:
        module = module if module is root else returning(module, sequences)
        torch.onnx.export(module, tuple(inputs) + tuple(tensors), file, input_names=names, output_names=["output"], training=training, **options)
    return file.getvalue()


_POOLS = (("", ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d")), ("nn.functional", ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d")))


@contextlib.contextmanager
def _whole_sizes():
    """Pools over a whole axis, `max_pool1d(x, x.shape[2])`: sizes are tensors while torch traces, which pools refuse."""
    import torch

    def whole(value):
        if isinstance(value, (tuple, list)):
            return type(value)(whole(part) for part in value)
        return int(value) if isinstance(value, torch.Tensor) and value.dim() == 0 and not value.is_floating_point() else value

    def taking_whole(pool):
        return lambda values, *sizes, **options: pool(values, *(whole(size) for size in sizes), **{name: whole(size) for name, size in options.items()})

    owners = [(torch.nn.functional if path else torch, name) for path, names in _POOLS for name in names]
    before = [(owner, name, getattr(owner, name)) for owner, name in owners if hasattr(owner, name)]

    def restore():
        for owner, name, pool in before:
            setattr(owner, name, pool)

    try:
        for owner, name, pool in before:
            setattr(owner, name, taking_whole(pool))
        yield
    finally:
        surely(restore)


def _dynamo(root, inputs, forward_args, batched):
    import torch

    tensors = [value for value in forward_args if isinstance(value, torch.Tensor)]
    batch = inputs[0].shape[0] if inputs[0].dim() else 0
    dim = torch.export.Dim("batch", min=1)
    shapes = tuple({0: dim} if batched and value.dim() and value.shape[0] == batch else None for value in list(inputs) + tensors)
    folder = tempfile.TemporaryDirectory(prefix="attribution-lens-")
    try:
        with known_losses():
            program = torch.onnx.export(
                _bound(root, forward_args), tuple(inputs) + tuple(tensors), dynamo=True, dynamic_shapes=(shapes,), verbose=False, optimize=False,
                input_names=_names_of(inputs, tensors), output_names=["output"]
            )
        path = os.path.join(folder.name, "model.onnx")
        program.save(path, external_data=False)
        with open(path, "rb") as file:
            return file.read()
    finally:
        folder.cleanup()


@contextlib.contextmanager
def _quietly():
    """Without what exporters write: their progress is not the user's. Yields the list of warnings."""
    import logging

    import torch

    log = getattr(torch._C, "_jit_onnx_log", None)  # torch 2 writes the graph of a failed export past Python's streams

    def restore():
        logging.disable(level)
        if log is not None:
            torch._C._jit_onnx_log = log

    with warnings.catch_warnings(record=True) as seen, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("always")
        level = logging.root.manager.disable
        try:
            logging.disable(logging.WARNING)
            if log is not None:
                torch._C._jit_onnx_log = lambda *parts: None
            yield seen
        finally:
            surely(restore)


_DOUBTFUL = re.compile(r"Converting a tensor to a|results are registered as constants|torch\.tensor results|Iterating over a tensor")
_OPERATIONS = (
    re.compile(r"(?:operator|op|node)\s*'?\"?((?:aten|prim|quantized|torchvision|[a-z_]\w*)::\w+)"),
    re.compile(r"\b((?:aten|prim|quantized|torchvision)::\w+)"),
    re.compile(r"OpOverload\(op='([\w.]+)'"),
    re.compile(r"\b(prims?\.\w+|aten\.\w+)"),
)


def _reason(failure, describe):
    text = str(failure)
    operation = next((match.group(1) for pattern in _OPERATIONS for match in [pattern.search(text)] if match), None)
    problem = "operation %s has no form in ONNX" % operation if operation else (text.strip().splitlines() or [type(failure).__name__])[0]
    return "%s cannot be exported to ONNX, which gradients are taken of: %s. %s" % (describe, problem, WHAT_STILL_WORKS)


def exporters():
    """The exporters that this torch has, the older one first: it keeps names best, and is the faster one."""
    import torch

    found = [_torchscript]
    if "dynamic_shapes" in inspect.signature(torch.onnx.export).parameters and importlib.util.find_spec("onnxscript"):
        found.append(_dynamo)
    return found
