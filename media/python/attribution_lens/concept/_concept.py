"""A human-friendly idea as examples that show it."""

from .. import _tensors
from .._errors import InvalidArgumentError


class Concept:
    """A human-friendly idea (stripes, happiness) as examples that show it.

    Args:
        id: Tells concepts apart; the same in all experimental sets.
        name: Shown to users.
        data_iter: Batches of inputs that show the concept: a data loader, or another iterable of tensors.
    """

    def __init__(self, id, name, data_iter):
        self.id = id
        self.name = name
        self.data_iter = data_iter
        self._made = None

    @property
    def identifier(self):
        """`name-id`."""
        return "%s-%s" % (self.name, self.id)

    def __repr__(self):
        return "Concept(%r, %r)" % (self.id, self.name)

    def examples(self):
        """All examples as one tensor."""
        import torch

        batches = [batch[0] if isinstance(batch, (list, tuple)) else batch for batch in self.data_iter or []]
        if not batches or not all(_tensors.is_tensor(batch) for batch in batches):
            raise InvalidArgumentError("%r: data_iter must give batches of tensors, got %s" % (self, "none" if not batches else type(batches[0]).__name__))
        return torch.cat(batches)

    def engine_object(self, client):
        """The concept in the engine, made once."""
        if self._made is None or self._made[0] is not client:
            self._made = (client, client.construct("Concept", self.id, self.name, self.examples()))
        return self._made[1]
