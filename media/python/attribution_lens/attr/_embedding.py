"""Embeddings as inputs, so that algorithms for float inputs attribute texts."""

import torch

from .._errors import InvalidArgumentError
from .._warnings import warn


class InterpretableEmbeddingBase(torch.nn.Module):
    """Takes the place of an embedding layer: passes embedding vectors on, which are then the model's inputs."""

    def __init__(self, embedding, full_name):
        super().__init__()
        self.num_embeddings = getattr(embedding, "num_embeddings", None)
        self.embedding_dim = getattr(embedding, "embedding_dim", None)
        self.embedding = embedding
        self.full_name = full_name

    def forward(self, *inputs, **kwargs):
        """The first argument, which holds embedding vectors already."""
        if not inputs and not kwargs:
            raise InvalidArgumentError("Input embedding tensor has to be provided as first argument to forward function")
        return inputs[0] if inputs else next(iter(kwargs.values()))

    def indices_to_embeddings(self, *input, **kwargs):
        """The embedding vectors of token ids."""
        return self.embedding(*input, **kwargs)


def configure_interpretable_embedding_layer(model, embedding_layer_name="embedding"):
    """Replaces an embedding layer of a model, so that the model takes embedding vectors.

    Args:
        model: A torch.nn.Module.
        embedding_layer_name: The name of the layer in the model ("bert.embeddings").

    Returns:
        What replaces the layer: its `indices_to_embeddings` makes the vectors. Undo by remove_interpretable_embedding_layer.
    """
    layer = model.get_submodule(embedding_layer_name)
    if isinstance(layer, InterpretableEmbeddingBase):
        raise InvalidArgumentError("Embedding layer '%s' is interpretable already: call remove_interpretable_embedding_layer first" % embedding_layer_name)
    warn("The model takes embedding vectors in place of the ids of '%s' until remove_interpretable_embedding_layer is called" % embedding_layer_name)
    replacement = InterpretableEmbeddingBase(layer, embedding_layer_name)
    _replace(model, embedding_layer_name, replacement)
    return replacement


def remove_interpretable_embedding_layer(model, interpretable_emb):
    """Puts the original embedding layer back.

    Args:
        model: The model.
        interpretable_emb: What configure_interpretable_embedding_layer returned.
    """
    _replace(model, interpretable_emb.full_name, interpretable_emb.embedding)


def _replace(model, name, layer):
    owner, _, last = name.rpartition(".")
    setattr(model.get_submodule(owner), last, layer)
