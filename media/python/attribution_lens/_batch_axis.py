"""Modules of torch that take their examples on axis 1, [time, batch, ...], as its recurrent and attention layers do by default."""

import copy
import sys
import weakref

from . import _tensors
from ._errors import InvalidArgumentError
from ._warnings import warn

_known = weakref.WeakKeyDictionary()


class Moved:
    """Which inputs, and values after them, have the examples on axis 1; in the engine they are on axis 0 everywhere."""

    def __init__(self, forward_func, inputs, forward_args):
        self.model = forward_func
        self.marks = tuple(_is_time_major(value, inputs[0]) for value in (*inputs, *forward_args))
        # What messages call a model is the name of its class.
        self.__name__ = getattr(forward_func, "__name__", None) or type(forward_func).__name__

    def __call__(self, *values):
        return self.model(*self.turned(values))

    def module(self, root):
        """A module with the same submodules and names as the model's that takes the examples first."""
        turned = copy.copy(root)
        call = root.forward
        vars(turned)["forward"] = lambda *values: call(*self.turned(values))
        return turned

    def turned(self, values):
        """Values with their first two axes exchanged where they are marked: to the examples first, and back."""
        return [value.swapaxes(0, 1) if mark and _tensors.is_tensor(value) and len(value.shape) > 1 else value for mark, value in zip(self.marks, values)]

    def arguments(self, arguments, count):
        """Arguments that have a part for each of `count` inputs, with the examples first."""
        turned = {name: self._parts(arguments[name], count) for name in ("baselines", "feature_mask") if arguments.get(name) is not None}
        return dict(arguments, **turned)

    def _parts(self, given, count):
        if isinstance(given, tuple):
            return tuple(self.turned(given))
        return self.turned([given])[0] if count == 1 else given


def moved(forward_func, inputs, forward_args):
    """How the tensors of a call of a torch model are moved to the examples first; None where they are there.

    The model is run on one and on two examples where it has layers that expect [time, batch, ...].
    """
    torch = sys.modules.get("torch")
    if torch is None or not callable(forward_func) or not all(isinstance(value, torch.Tensor) for value in inputs) or inputs[0].dim() < 2:
        return None
    from . import _torch_state

    root = _torch_state.root_of(forward_func)
    if isinstance(root, torch.jit.ScriptModule) or not any(getattr(module, "batch_first", None) is False for module in root.modules()):
        return None
    key = repr([(tuple(value.shape), str(value.dtype)) if isinstance(value, torch.Tensor) else type(value) for value in (*inputs, *forward_args)])
    try:
        known = _known.setdefault(forward_func, {})
    except TypeError:  # neither hashable nor weakly referable
        known = {}
    if key not in known:
        known[key] = _is_moved(forward_func, root, inputs, forward_args)
    return Moved(forward_func, inputs, forward_args) if known[key] else None


def repeated(values, example, count):
    """So many examples of values that have an entry for each row of an example; the others as they are."""
    rows = example.shape[0] if example.dim() else 0
    follow = [rows and hasattr(value, "dim") and value.dim() and value.shape[0] == rows for value in values]
    places = [min(place, rows - 1) for place in range(count)]
    return [value[places] if follows else value for follows, value in zip(follow, values)]


def axis_of(one, two):
    """The axis of the examples, from the shapes for one and for two; None where none is 1 and 2 long."""
    found = [axis for axis, lengths in enumerate(zip(one, two)) if lengths == (1, 2)]
    return found[0] if len(one) == len(two) and len(found) == 1 else None


def require_first(forward_func, inputs, forward_args):
    """Raises InvalidArgumentError for a model of torch that takes its examples on axis 1."""
    if moved(forward_func, inputs, forward_args) is not None:
        raise InvalidArgumentError(
            "The model takes its examples on axis 1, as [time, batch, ...], where they must be on axis 0: give a function lambda x: model(x.transpose(0, 1)),"
            " and inputs with the examples on axis 0"
        )


def _is_moved(forward_func, root, inputs, forward_args):
    import torch

    from ._torch_export import evaluating

    marks = Moved(forward_func, inputs, forward_args).marks
    values = [value.detach() if isinstance(value, torch.Tensor) else value for value in (*inputs, *forward_args)]
    steps, examples = inputs[0].shape[:2]

    def outputs_of(count):
        places = [min(place, examples - 1) for place in range(count)]
        return forward_func(*(_chosen(value, mark, places, examples) for value, mark in zip(values, marks)))

    try:
        with evaluating(root), torch.no_grad():
            one, two = outputs_of(1), outputs_of(2)
            if one.shape[:1] == (1,) and two.shape[:1] == (2,):
                return True
            if steps > 1 and one.shape[:2] == (steps, 1) and two.shape[:2] == (steps, 2):
                _warn_of_steps(forward_func, values, steps)
    except Exception:  # whatever the model raises for other shapes: then it is called as it is
        return False
    return False


def _chosen(value, is_time_major, places, examples):
    if is_time_major:
        return value[:, places]
    follows = hasattr(value, "dim") and value.dim() > 0 and value.shape[0] == examples
    return value[places] if follows else value


def _is_time_major(value, example):
    if not hasattr(value, "dim") or value.dim() < 2:
        return False
    examples = example.shape[1]
    return value.shape[1] == examples and (value.shape[0] != examples or value.dim() == example.dim())


def _warn_of_steps(forward_func, values, steps):
    """What a model returns for each step: of steps that depend on each other, it is told."""
    import torch

    last = [value[-1:] if isinstance(value, torch.Tensor) and value.dim() and value.shape[0] == steps else value for value in values]
    alone, among = forward_func(*last)[-1], forward_func(*values)[-1]
    if (alone - among).abs().max().item() <= 1e-4 + 1e-3 * among.abs().max().item():
        return
    warn(
        "axis 0 of the inputs is taken for the examples, but the outputs of one entry change with the others: where it is time, as in [time, batch, ...],"
        " give lambda x: model(x.transpose(0, 1)).transpose(0, 1) and inputs with the examples on axis 0"
    )
