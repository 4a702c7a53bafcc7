"""Layers of torch that return several tensors, as blocks of transformers that return their attention, too."""

import sys

from . import _keras_model, _tensors
from ._errors import InvalidArgumentError


def names_of_outputs(model, forward_func, layer, inputs, forward_args):
    """The engine's names of the tensors that a module returns, in their order; None for a layer that returns one.

    The export knows at most one of them by the module's name; they are found by their values among what is computed within it:
    once for each export.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(layer, torch.nn.Module) or not list(layer.children()) or _keras_model.is_keras(forward_func):
        return None
    if any(model.moved) or not all(isinstance(part, torch.Tensor) for part in inputs):
        return None
    if id(layer) not in model.outputs:
        model.outputs[id(layer)] = _found(model, forward_func, layer, inputs, forward_args)
    return model.outputs[id(layer)]


def _found(model, forward_func, layer, inputs, forward_args):
    few = _tensors.first_examples([*inputs, *forward_args], inputs[0], 2)
    outputs = _returned(forward_func, layer, few)
    if len(outputs) < 2:
        return None
    own, within = model.names_within(layer)
    values = [value.torch() for value in model.values_at(within, few[: len(inputs)], few[len(inputs) :])]
    return [_name_of(output, place, own, dict(zip(within, values))) for place, output in enumerate(outputs)]


def _returned(forward_func, layer, values):
    """The tensors that a module returns when it is called for the last time; none where it returns anything else than a tuple of them."""
    import torch

    from . import _torch_export, _torch_state

    root, seen = _torch_state.root_of(forward_func), []
    hook = layer.register_forward_hook(lambda module, given, output: seen.append(output))
    try:
        with _torch_export.evaluating(root), _torch_export.in_float32(root), torch.no_grad():
            forward_func(*map(_torch_export.as_float32, values))
    finally:
        hook.remove()
    last = seen[-1] if seen else None
    return list(last) if isinstance(last, (tuple, list)) and all(isinstance(part, torch.Tensor) for part in last) else []


def _name_of(output, place, layer, values):
    wanted = output.detach().float().cpu()
    bound = 1e-4 + 1e-3 * wanted.abs().max().item() if wanted.numel() else 0
    equal = [name for name, value in values.items() if value.shape == wanted.shape and (value - wanted).abs().max().item() <= bound]
    if not equal:
        raise InvalidArgumentError("Layer '%s' returns several tensors, and number %d of them is no value of the exported model: give a layer within it: %s" % (layer, place, ", ".join(list(values)[-12:])))
    return equal[-1]
