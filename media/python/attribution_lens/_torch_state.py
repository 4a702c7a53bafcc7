"""What a PyTorch model is made of, and what tells two states of it apart."""

import contextlib
import ctypes
import re
import types

# Tensors of more bytes are summed before they are hashed.
_MOST_HASHED_BYTES = 1 << 14
_COLUMNS = 1024


def root_of(forward_func):
    """The module that a model is: itself, or one around a function, with the modules that the function refers to."""
    import torch

    if isinstance(forward_func, (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)):
        forward_func = forward_func.module
    if isinstance(forward_func, torch.nn.Module):
        return forward_func
    owner = getattr(forward_func, "__self__", None)
    if isinstance(owner, torch.nn.Module) and forward_func.__name__ in ("forward", "__call__"):
        return owner
    root = torch.nn.Module()
    root.__dict__["forward"] = forward_func
    for name, module in _modules_of(forward_func, torch).items():
        name = re.sub(r"\W", "_", name)
        root.add_module(name + "_" if hasattr(root, name) else name, module)  # a module has methods: train, double
    return root


def _modules_of(function, torch, depth=0):
    """The modules that a function, and functions that it calls, refer to."""
    found = {}
    for name, value in referred(function).items():
        if isinstance(value, torch.nn.Module):
            found[name] = value
        elif isinstance(value, types.MethodType) and isinstance(value.__self__, torch.nn.Module):
            found[name] = value.__self__
        elif isinstance(value, types.FunctionType) and depth < 3:
            found.update({key: module for key, module in _modules_of(value, torch, depth + 1).items() if key not in found})
    return found


def referred(function):
    """What a function refers to by name: its closure, its owner, and the globals in its code."""
    found = {}
    if isinstance(function, types.MethodType):
        found["self"] = function.__self__
        found.update(vars(function.__self__) if hasattr(function.__self__, "__dict__") else {})
        function = function.__func__
    while hasattr(function, "func") and hasattr(function, "args"):  # functools.partial
        found.update({"argument%d" % index: value for index, value in enumerate(function.args)}, **function.keywords)
        function = function.func
    if not isinstance(function, types.FunctionType):
        call = getattr(type(function), "__call__", None)
        if isinstance(call, types.FunctionType):
            found.update(vars(function) if hasattr(function, "__dict__") else {})
            function = call
    code = getattr(function, "__code__", None)
    if code is None:
        return found
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        with contextlib.suppress(ValueError):  # an empty cell
            found[name] = cell.cell_contents
    for name in _names(code):
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    for index, value in enumerate(function.__defaults__ or ()):
        found["default%d" % index] = value
    return found


def _names(code):
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _names(constant)
    return names


def state_of(value, depth=0):
    """What decides what a model computes, comparable: weights by place, version and content; plain attributes."""
    import torch

    if isinstance(value, torch.Tensor):
        return _fingerprint(value, torch)
    if isinstance(value, torch.nn.Module):
        # Read from __dict__: attributes of modules may be computed, and expensive.
        parts = []
        for name, module in value.named_modules():
            plain = [(key, state_of(item, depth + 1)) for key, item in vars(module).items() if not key.startswith("_") and key not in ("training", "forward", "rule")]
            parts.append((name, type(module).__qualname__, plain))
            forward = vars(module).get("forward")
            if forward is not None and depth < 4:
                parts.append(state_of(forward, depth + 1))
        tensors = [(name, _fingerprint(tensor, torch)) for name, tensor in list(value.named_parameters()) + list(value.named_buffers())]
        return (parts, tensors)
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, type, slice)):
        return repr(value)
    if isinstance(value, (tuple, list)) and depth < 4:
        return [state_of(item, depth + 1) for item in value]
    if isinstance(value, dict) and depth < 4:
        return [(str(key), state_of(item, depth + 1)) for key, item in value.items()]
    if isinstance(value, (types.FunctionType, types.MethodType)) and depth < 4:
        # Modules are registered with the root, and counted there.
        parts = [(name, state_of(item, depth + 1)) for name, item in referred(value).items() if not isinstance(item, (torch.nn.Module, types.ModuleType))]
        return (id(getattr(value, "__code__", value)), parts)
    if hasattr(value, "__array__") and hasattr(value, "tobytes"):
        return hash(value.tobytes())
    return id(value)


def _fingerprint(tensor, torch):
    """Place, version and content. Versions alone do not tell: what is written by way of ``.data`` or a NumPy view of the
    same memory leaves them as they are."""
    flat = tensor.detach()
    version = 0 if getattr(tensor, "is_inference", bool)() else tensor._version
    if flat.layout is not torch.strided or flat.is_quantized or flat.device.type == "meta":
        return (id(tensor), version)
    flat = flat.reshape(-1).contiguous()
    content = [_digest(part) for part in _parts(torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat, torch)]
    return (tuple(tensor.shape), str(tensor.dtype), tensor.data_ptr(), version, content)


def _parts(flat, torch):
    """What is hashed of the elements: all of them where they are few; else the sums of the rows and of the columns of their
    bits, laid out as a matrix of 64-bit integers, which wrap around, and what is left over. They are read at the speed of
    memory; a change shows in both, and so does an exchange."""
    size = flat.element_size()
    if flat.numel() * size <= _MOST_HASHED_BYTES:
        return [flat]
    if flat.storage_offset() * size % 8:
        flat = flat.clone()
    whole = flat.numel() * size // 8 // _COLUMNS * _COLUMNS * 8 // size
    matrix = flat[:whole].view(torch.int64).view(-1, _COLUMNS)
    return [matrix.sum(0), matrix.sum(1), flat[whole:]]


def _digest(part):
    memory = part.cpu().contiguous()
    return hash(ctypes.string_at(memory.data_ptr(), memory.numel() * memory.element_size())) if memory.numel() else 0
