"""A human-friendly idea as examples that show it."""

from .. import _tensors
from .._errors import InvalidArgumentError


class Concept:
    """A human-friendly idea (stripes, happiness) as examples that show it.

    Args:
        id: Tells concepts apart; the same in all experimental sets.
        name: Shown to users.
        data_iter: Batches of inputs that show the concept: a data loader, or another iterable of tensors or tuples of tensors.
            None where the concept's vectors are saved.
    """

    def __init__(self, id, name, data_iter):
        self.id = id
        self.name = name
        self.data_iter = data_iter

    @property
    def identifier(self):
        """`name-id`."""
        return "%s-%s" % (self.name, self.id)

    def __repr__(self):
        return "Concept(%r, %r)" % (self.id, self.name)

    def examples(self):
        """All examples: a tensor for each input of the model."""
        import torch

        batches = [tuple(batch) if isinstance(batch, (list, tuple)) else (batch,) for batch in ([] if self.data_iter is None else self.data_iter)]
        if not batches or not all(_tensors.is_tensor(part) for batch in batches for part in batch):
            wrong = next((part for batch in batches for part in batch if not _tensors.is_tensor(part)), None)
            raise InvalidArgumentError("%r: data_iter must give batches of tensors, got %s" % (self, type(wrong).__name__ if batches else "none"))
        return tuple(torch.cat(column) for column in zip(*batches))


class ConceptInterpreter:
    """All methods that explain by concepts extend this class, and own ones can: define ``interpret``."""

    def __init__(self, model):
        self.model = model

    def interpret(self, inputs, **kwargs):
        """Explains the model's output for the inputs by concepts. Every method defines its own."""
        raise NotImplementedError("%s defines no interpret()" % type(self).__name__)


def concepts_to_str(concepts):
    """The ids of concepts, joined by hyphens: how an experimental set is called."""
    return "-".join(str(concept.id) for concept in concepts)
