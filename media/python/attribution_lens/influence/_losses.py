"""Losses of torch as the engine takes them: by name, or as a model of outputs and labels."""

import copy
import inspect

from .. import _model, _tensors
from .._errors import ExportError, InvalidArgumentError

_REDUCTIONS = ("none", "sum", "mean")


def engine_loss(loss, model, examples, name):
    """A loss for the engine: the name of one that it has, or what was exported for outputs and labels like the examples'.

    Args:
        loss: A function of outputs and labels; None where the model returns its loss.
        model: The model in the engine.
        examples: Tensors of some examples, the labels last.
        name: What messages call the loss.

    Raises:
        InvalidArgumentError: For a loss that says nothing about an example by itself.
        ExportError: For one that cannot be exported, with the operation that stopped it.
    """
    known = _by_name(loss, examples[-1])
    if known is not None:
        return known
    *inputs, labels = _tensors.first_examples(examples, examples[0], 2)
    output = _tensors.like(inputs[0], model.predict(inputs, []), "float32")
    per_example = _per_example(loss, name)
    if _is_reduction(per_example, output, labels, name):
        output, labels = output[:1], labels[:1]  # the engine gives it the examples one by one
    try:
        exported = _model.model_for(per_example, (output,), [labels], by_perturbation=False)
        if not exported.forward_options([labels]):  # the engine gives every loss the labels
            exported = _model.model_for(_taking_labels(per_example), (output,), [labels], by_perturbation=False)
    except ExportError as error:
        raise ExportError("%s: %s" % (name, error)) from error
    return exported


def _by_name(loss, labels):
    """The engine's name of a loss; None for one that it does not have."""
    import torch

    functional = torch.nn.functional
    classes = labels.dim() == 1 or (labels.dim() == 2 and labels.is_floating_point())
    if classes and (loss is functional.cross_entropy or (type(loss) is torch.nn.CrossEntropyLoss and _is_plain(loss))):
        return "cross_entropy"
    if type(loss) is torch.nn.MSELoss and (loss.reduction in ("none", "sum") or labels[0].numel() == 1):
        return "squared_error"
    return None


def _is_plain(loss):
    return loss.weight is None and loss.ignore_index == -100 and not getattr(loss, "label_smoothing", 0) and loss.reduction in _REDUCTIONS


def _per_example(loss, name):
    """A module that gives the loss of each example, [examples], of outputs and labels; [1] of a function that reduces."""
    import torch

    functional = torch.nn.functional
    if loss is not None and getattr(functional, getattr(loss, "__name__", ""), None) is loss and "reduction" in inspect.signature(loss).parameters:
        reduction, loss = inspect.signature(loss).parameters["reduction"].default, _unreduced(loss.__name__)
    else:
        reduction = getattr(loss, "reduction", "none")
    if reduction not in _REDUCTIONS:
        raise InvalidArgumentError("%s: its reduction must be none, sum or mean, got %r" % (name, reduction))
    if reduction == "mean" and (getattr(loss, "weight", None) is not None or getattr(loss, "ignore_index", -100) != -100):
        raise InvalidArgumentError("%s: with weights or an ignored label the mean of a batch is no mean of the losses of its examples; give it reduction='sum' or 'none'" % name)
    if isinstance(loss, torch.nn.Module) and hasattr(loss, "reduction"):
        loss = copy.copy(loss)
        loss.reduction = "none"

    class LossOfExamples(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = loss

        def forward(self, output, labels):
            values = output if self.loss is None else self.loss(output, labels)
            if values.dim() < 2:
                return values.reshape(-1)
            return values.flatten(1).mean(1) if reduction == "mean" else values.flatten(1).sum(1)

    module = LossOfExamples()
    module.eval()
    return module


def _unreduced(name):
    """A function of torch.nn.functional without its reduction, looked up when it is called: exports replace some."""
    import torch

    return lambda output, labels: getattr(torch.nn.functional, name)(output, labels, reduction="none")


def _taking_labels(per_example):
    """The same losses, for which labels are an input although they do not count."""
    import torch

    class TakingLabels(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = per_example

        def forward(self, output, labels):
            return self.loss(output, labels) + labels.reshape(labels.shape[0], -1)[:, 0].float() * 0

    module = TakingLabels()
    module.eval()
    return module


def _is_reduction(per_example, output, labels, name):
    """Whether a loss makes one number of several examples. Raises InvalidArgumentError when it is neither that nor one for each."""
    import torch

    with torch.no_grad():
        found = per_example(output, labels)
    if found.shape[0] not in (1, output.shape[0]):
        raise InvalidArgumentError("%s must return one loss for each example, or one number; of %d examples it returned %s" % (name, output.shape[0], list(found.shape)))
    return found.shape[0] != output.shape[0]
