"""What influence methods return, and what they take."""

import collections

from .. import _tensors
from .._errors import InvalidArgumentError

KMostInfluentialResults = collections.namedtuple("KMostInfluentialResults", ["indices", "influence_scores"])
KMostInfluentialResults.__doc__ = "The training examples that matter most for each test example, the strongest first: their places and scores, [tests, k]."


def gathered(data, what):
    """All examples of a dataset, a data loader, or a batch, as a tuple of tensors: inputs, and labels where there are some."""
    import torch

    if isinstance(data, torch.Tensor):
        return (data,)
    if isinstance(data, tuple) and data and all(_tensors.is_tensor(part) for part in data):
        return tuple(data)
    batches = [batch if isinstance(batch, (tuple, list)) else (batch,) for batch in (data if isinstance(data, torch.utils.data.DataLoader) else torch.utils.data.DataLoader(data, batch_size=256))]
    if not batches:
        raise InvalidArgumentError("%s: there are no examples" % what)
    return tuple(torch.cat(column) for column in zip(*batches))
