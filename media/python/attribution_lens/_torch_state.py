"""What a PyTorch model is made of, and what tells two states of it apart."""

import contextlib
import re
import types


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
    flat = tensor.detach()
    version = 0 if getattr(tensor, "is_inference", bool)() else tensor._version
    if flat.layout is not torch.strided or flat.is_quantized or flat.device.type == "meta":
        return (id(tensor), version)
    flat = flat.reshape(-1)
    kind = {8: torch.int64, 4: torch.int32, 2: torch.int16}.get(flat.element_size())
    bits = flat.view(kind) if kind and not flat.is_complex() else flat
    if kind is torch.int32 and bits.numel() % 2 == 0 and bits.storage_offset() % 2 == 0:
        bits = bits.view(torch.int64)  # summed without a conversion, several times as fast
    parts = (bits, bits[: len(bits) // 2], bits[::7])
    sums = [part.sum(dtype=torch.int64 if kind else None).item() for part in parts] if bits.numel() else []
    return (tuple(tensor.shape), str(tensor.dtype), tensor.data_ptr(), version, sums)
