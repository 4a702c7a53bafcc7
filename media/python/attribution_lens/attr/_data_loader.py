"""Attribution of a metric over a whole data set."""

import copy

from .._algorithm import Attribution
from .._errors import InvalidArgumentError
from ._perturbation import FeatureAblation


class InputRole:
    """What an element of a batch is for."""

    need_attr = 0
    need_forward = 1
    no_forward = 2


class DataLoaderAttribution(Attribution):
    """Feature ablation of a metric over all batches of a data loader (its accuracy, its mean output).

    Args:
        attr_method: A FeatureAblation.
    """

    def __init__(self, attr_method):
        if type(attr_method) is not FeatureAblation:
            raise InvalidArgumentError("DataLoaderAttribution does not support %s: give a FeatureAblation" % type(attr_method).__name__)
        super().__init__(attr_method.forward_func)
        self.attr_method = copy.copy(attr_method)

    def attribute(
        self, dataloader, input_roles=None, baselines=None, feature_mask=None, reduce=None, to_metric=None, perturbations_per_pass=1,
        show_progress=False, return_input_shape=True,
    ):
        """What the metric loses when a feature is at its baseline in every batch.

        Args:
            dataloader: Batches, that can be gone through several times: tensors, or lists or tuples of equal length.
            input_roles: For each element of a batch: 0, it goes to the model and is attributed; 1, it only goes to the model;
                2, it only goes to `reduce` (labels). Default: all 0.
            baselines: For attributed elements; numbers, or tensors with a first axis of 1. Default: zero.
            feature_mask: Elements with the same number change together; tensors with a first axis of 1, for attributed elements.
            reduce: reduce(state, output, batch) -> state, called for every batch, first with None. Default: outputs are joined.
            to_metric: Makes the metric, a tensor, of the last state. Default: the state itself.
            perturbations_per_pass: How many features are ablated each time the data are gone through. More need more memory.
            show_progress: Whether a bar appears.
            return_input_shape: Whether attributions have the shapes of the elements; else one number for each feature.

        Returns:
            Tensors with an axis for the numbers of the metric, then those of an element without the examples; a tuple when
            batches are lists or tuples.
        """
        import torch

        data = _Data(self.forward_func, dataloader, input_roles, baselines, feature_mask, reduce or _joined, to_metric)
        whole = data.metrics(torch.ones(1, data.features))

        def metrics(rows):
            return torch.cat([whole if bool(row.all()) else data.metrics(row[None]) for row in rows]) if perturbations_per_pass == 1 else data.metrics(rows)

        metrics.output_shape = [-1, *whole.shape[1:]]
        self.attr_method.forward_func = metrics
        found = self.attr_method.attribute(torch.ones(1, data.features), perturbations_per_eval=perturbations_per_pass, show_progress=show_progress)
        found = found.reshape(-1, data.features)
        if not return_input_shape:
            return found
        parts = tuple(found[:, mask[0]] for mask in data.masks)
        return parts if data.is_tuple else parts[0]


class _Data:
    """A data loader with what is known from its first batch."""

    def __init__(self, forward_func, dataloader, input_roles, baselines, feature_mask, reduce, to_metric):
        self._forward, self._loader, self._reduce, self._to_metric = forward_func, dataloader, reduce, to_metric
        first = next(iter(dataloader))
        self.is_tuple = isinstance(first, (list, tuple))
        parts = tuple(first) if self.is_tuple else (first,)
        self._roles = tuple(input_roles or (InputRole.need_attr,) * len(parts))
        if len(self._roles) != len(parts):
            raise InvalidArgumentError("input_roles must have one role for each of the %d elements of a batch, got %d" % (len(parts), len(self._roles)))
        attributed = [part for part, role in zip(parts, self._roles) if role == InputRole.need_attr]
        if not attributed:
            raise InvalidArgumentError("input_roles: at least one element must be attributed (role 0), got %s" % (self._roles,))
        self._baselines = _each(baselines, attributed, "baselines", 0)
        given = _each(feature_mask, attributed, "feature_mask", None)
        self.masks = _numbered(attributed) if feature_mask is None else given
        for name, values in (("baselines", self._baselines), ("feature_mask", self.masks)):
            wrong = next((value for value in values if hasattr(value, "shape") and value.shape[0] != 1), None)
            if wrong is not None:
                raise InvalidArgumentError("%s must have a first axis of 1, to fit every batch, got shape %s" % (name, list(wrong.shape)))
        self.features = 1 + max(int(mask.max()) for mask in self.masks)

    def metrics(self, rows):
        """The metric for each row of features that are kept, [rows, ...metric]."""
        import torch

        states = [None] * len(rows)
        for batch in self._loader:
            parts = tuple(batch) if isinstance(batch, (list, tuple)) else (batch,)
            for index, row in enumerate(rows):
                changed = self._ablated(parts, row.bool())
                with torch.no_grad():
                    output = self._forward(*(part for part, role in zip(changed, self._roles) if role != InputRole.no_forward))
                states[index] = self._reduce(states[index], output, changed)
        found = [state if self._to_metric is None else self._to_metric(state) for state in states]
        wrong = next((metric for metric in found if not isinstance(metric, torch.Tensor)), None)
        if wrong is not None or not found:
            raise InvalidArgumentError("The metric (what to_metric returns, or reduce without it) must be a tensor, got %s" % type(wrong).__name__)
        return torch.stack([metric.detach().float().cpu() for metric in found])

    def _ablated(self, parts, kept):
        import torch

        changed, place = [], 0
        for part, role in zip(parts, self._roles):
            if role == InputRole.need_attr:
                baseline = self._baselines[place]
                baseline = baseline.to(part) if hasattr(baseline, "to") else torch.tensor(baseline, dtype=part.dtype, device=part.device)
                part = torch.where(kept[self.masks[place]].to(part.device), part, baseline)
                place += 1
            changed.append(part)
        return tuple(changed)


def _each(given, attributed, name, otherwise):
    values = given if isinstance(given, tuple) else (given,) * (len(attributed) if given is None or not hasattr(given, "shape") else 1)
    if len(values) != len(attributed):
        raise InvalidArgumentError("%s must have one entry for each of the %d attributed elements, got %d" % (name, len(attributed), len(values)))
    return [otherwise if value is None else value for value in values]


def _numbered(attributed):
    """A feature for each element."""
    import torch

    masks, first = [], 0
    for part in attributed:
        count = part[0].numel()
        masks.append(torch.arange(first, first + count).reshape((1,) + tuple(part.shape[1:])))
        first += count
    return masks


def _joined(state, output, _):
    import torch

    return output if state is None else torch.cat([state, output])
