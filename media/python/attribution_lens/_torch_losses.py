"""Losses of torch that its exporters do not know, or export as something else, by what they are made of."""

import contextlib
import inspect

from ._interrupts import surely


@contextlib.contextmanager
def known_losses():
    """mse_loss, smooth_l1_loss, huber_loss, and cross_entropy with label smoothing, of operations that have a form in ONNX."""
    import torch

    owner = torch.nn.functional
    before = {name: getattr(owner, name) for name in _MADE_OF if hasattr(owner, name)}

    def restore():
        for name, loss in before.items():
            setattr(owner, name, loss)

    try:
        for name, loss in before.items():
            setattr(owner, name, _replacing(loss, _MADE_OF[name]))
        yield
    finally:
        surely(restore)


def _replacing(loss, made_of):
    """A loss of torch: its own where it is given what only that takes."""
    signature = inspect.signature(loss)

    def replaced(*args, **kwargs):
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        values = dict(given.arguments)
        plain = all(values.pop(name, None) is None for name in ("size_average", "reduce", "weight"))
        found = made_of(loss, **values) if plain else None
        return loss(*args, **kwargs) if found is None else found

    return replaced


def _reduced(values, reduction):
    return {"none": lambda: values, "sum": values.sum, "mean": values.mean}[reduction]()


def _mse_loss(_, input, target, reduction):
    return _reduced((input - target) ** 2, reduction)


def _smooth_l1_loss(_, input, target, reduction, beta):
    import torch

    distance = (input - target).abs()
    return _reduced(distance if beta == 0 else torch.where(distance < beta, distance**2 * (0.5 / beta), distance - 0.5 * beta), reduction)


def _huber_loss(_, input, target, reduction, delta):
    import torch

    distance = (input - target).abs()
    return _reduced(torch.where(distance < delta, distance**2 * 0.5, (distance - 0.5 * delta) * delta), reduction)


def _cross_entropy(loss, input, target, ignore_index, reduction, label_smoothing=0.0):
    import torch

    if not label_smoothing or target.dtype.is_floating_point:
        return None
    known = target != ignore_index
    evenly = torch.where(known, -input.log_softmax(1).mean(1), torch.zeros((), dtype=input.dtype))
    each = (1 - label_smoothing) * loss(input, target, ignore_index=ignore_index, reduction="none") + label_smoothing * evenly
    return each.sum() / known.sum() if reduction == "mean" else _reduced(each, reduction)


_MADE_OF = {"mse_loss": _mse_loss, "smooth_l1_loss": _smooth_l1_loss, "huber_loss": _huber_loss, "cross_entropy": _cross_entropy}
