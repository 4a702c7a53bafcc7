"""Captum's arguments as the engine's options."""

import inspect

from . import _tensors
from ._errors import InvalidArgumentError
from ._values import Handle

# Captum has these for its own way of computing.
_NOT_SENT = {"device_ids", "show_progress", "verbose", "grad_kwargs", "inputs", "additional_forward_args"}


def camel(name):
    """`n_steps` as `nSteps`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def as_tuple(inputs):
    """Inputs as a tuple, whose parts are tensors."""
    parts = inputs if isinstance(inputs, tuple) else (inputs,)
    if not parts or not all(_tensors.is_tensor(part) for part in parts):
        wrong = next((part for part in parts if not _tensors.is_tensor(part)), parts)
        several = isinstance(inputs, list) and inputs and all(_tensors.is_tensor(part) for part in inputs)
        raise InvalidArgumentError("inputs must be a tensor or a tuple of tensors, got %s%s" % (type(wrong).__name__, ": give several inputs as a tuple" if several else ""))
    for part in parts:
        _tensors.require_dense(part)
    return parts


def forward_args_of(given):
    """Additional forward arguments as a list of anything."""
    if given is None:
        return []
    return list(given) if isinstance(given, tuple) else [given]


def options(arguments, inputs):
    """The options of a call: those that are given, in the engine's names and forms. `inputs` are a tuple."""
    found = {}
    for name, value in arguments.items():
        if value is None or name in _NOT_SENT or (name == "perturbations_per_eval" and value == 1):
            continue  # one at a time is Captum's default for want of a plan; the engine plans batches
        convert = _CONVERTED.get(name)
        found[camel(name)] = convert(value, inputs) if convert else value
    return found


def _target(value, inputs):
    """A tuple selects the same output of every example."""
    if isinstance(value, tuple):
        return [[int(index) for index in value]] * int(inputs[0].shape[0])
    if _tensors.is_tensor(value):
        if len(value.shape) == 0 or (len(value.shape) == 1 and value.shape[0] == 1):
            numbers = _tensors.to_list(value)
            return int(numbers[0] if isinstance(numbers, list) else numbers)
        return value
    if isinstance(value, list):
        return [[int(part) for part in index] if isinstance(index, (tuple, list)) else int(index) for index in value]
    return int(value)


def _baselines(value, inputs):
    """Baselines as tensors, where there are several: a list of numbers would be a tensor."""
    if callable(value):
        value = value(*(inputs if len(inputs) == 1 else (inputs,))) if inspect.signature(value).parameters else value()
    if not isinstance(value, tuple):
        return value
    if len(value) != len(inputs):
        raise InvalidArgumentError("baselines must have one entry for each of the %d inputs, got %d" % (len(inputs), len(value)))
    return [part if _tensors.is_tensor(part) else _tensors.filled(inputs[index], part or 0) for index, part in enumerate(value)]


def _neuron(value, _):
    if isinstance(value, Handle):
        return value
    if not isinstance(value, tuple):
        return int(value)
    return [{"start": part.start, "stop": part.stop, "step": part.step} if isinstance(part, slice) else int(part) for part in value]


def _custom(function, inputs):
    """A function of multipliers, and if it wants of inputs and baselines, over the engine's tensors."""
    wanted = len(inspect.signature(function).parameters)

    def custom(*values):
        own = [tuple(_tensors.like(inputs[min(index, len(inputs) - 1)], part) for index, part in enumerate(parts)) for parts in values[:wanted]]
        return list(as_tuple(function(*own)))

    return custom


def _nested(value, _):
    return [_nested(part, _) for part in value] if isinstance(value, (tuple, list)) else value


_CONVERTED = {
    "target": _target,
    "baselines": _baselines,
    "layer_baselines": lambda value, _: list(value) if isinstance(value, tuple) else value,
    "feature_mask": lambda value, _: list(value) if isinstance(value, tuple) else value,
    "layer_mask": lambda value, _: list(value) if isinstance(value, tuple) else value,
    "mask": lambda value, _: list(value) if isinstance(value, tuple) else value,
    "custom_attribution_func": _custom,
    "neuron_selector": _neuron,
    "sliding_window_shapes": _nested,
    "strides": _nested,
    "stdevs": lambda value, _: [float(part) for part in value] if isinstance(value, tuple) else float(value),
}
