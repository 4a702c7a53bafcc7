"""Influence by similarity."""

import warnings

from .. import _arguments
from .._errors import InvalidArgumentError
from ._data_influence import DataInfluence
from ._results import gathered


def cosine_similarity(test, train, replace_nan=0):
    """The cosine of each pair of a test and a training vector, [tests, training examples]."""
    import torch

    test, train = (values.reshape(values.shape[0], -1) for values in (test, train))
    lengths = torch.linalg.norm(test, dim=1, keepdim=True) * torch.linalg.norm(train, dim=1, keepdim=True).T
    return torch.where(lengths == 0, torch.full_like(lengths, replace_nan), test @ train.T / lengths)


def euclidean_distance(test, train):
    """The distance of each pair of a test and a training vector, [tests, training examples]."""
    import torch

    return torch.cdist(test.reshape(test.shape[0], -1), train.reshape(train.shape[0], -1))


class SimilarityInfluence(DataInfluence):
    """The source examples whose activations at a layer are most like an input's: what a layer treats alike.

    Args:
        module: A torch module.
        layers: The name of a layer, or a list of names.
        influence_src_dataset: The examples, usually those of training: a dataset or data loader of inputs.
        activation_dir: Taken for Captum's sake, as model_id: activations are not written to disk.
        model_id: See activation_dir.
        similarity_metric: Gets two batches of activations, returns [inputs, sources].
        similarity_direction: Whether large (max) or small (min) numbers of the metric mean alike.
        batch_size: Sources that are compared at a time.
        kwargs: `replace_nan`: what stands for a direction that vectors of zeros do not have.
    """

    def __init__(self, module, layers, influence_src_dataset, activation_dir, model_id="", similarity_metric=cosine_similarity, similarity_direction="max", batch_size=1, **kwargs):
        if similarity_direction not in ("max", "min"):
            raise InvalidArgumentError("%s is not a valid value. Must be either 'max' or 'min'" % similarity_direction)
        self.module = module
        self.layers = [layers] if isinstance(layers, str) else list(layers)
        self.influence_src_dataset = influence_src_dataset
        self.activation_dir = activation_dir
        self.model_id = model_id
        self.similarity_metric = similarity_metric
        self.similarity_direction = similarity_direction
        self.batch_size = batch_size
        self.replace_nan = kwargs.get("replace_nan", -2 if similarity_direction == "max" else 2)

    def influence(self, inputs, top_k=1, additional_forward_args=None, load_src_from_disk=True, **kwargs):
        """The sources that are most like each input.

        Args:
            inputs: A tensor or a tuple of tensors.
            top_k: How many sources for each.
            additional_forward_args: What the model takes after the inputs.
            load_src_from_disk: Taken for Captum's sake.

        Returns:
            A dict by layer of a pair: the places of the sources, [inputs, top_k], and their similarity. For layers with
            activations of only zeros there is also `zero_acts-LAYER` with pairs of places.
        """
        import torch

        from ..attr import LayerActivation

        parts = _arguments.as_tuple(inputs)
        sources = gathered(self.influence_src_dataset, "SimilarityInfluence")[: len(parts)]
        of_inputs = LayerActivation(self.module, self.layers).attribute(parts, additional_forward_args)
        of_sources = LayerActivation(self.module, self.layers).attribute(sources, additional_forward_args)
        largest, found = self.similarity_direction == "max", {}
        for layer, own, others in zip(self.layers, of_inputs, of_sources):
            columns = [self._compared(own, others[first : first + self.batch_size]) for first in range(0, others.shape[0], self.batch_size)]
            values, places = torch.topk(torch.cat(columns, 1), min(top_k, others.shape[0]), dim=1, largest=largest)
            found[layer] = (places, values)
            zeros = [part.reshape(part.shape[0], -1).eq(0).all(1) for part in (own, others)]
            if self.similarity_metric is cosine_similarity and bool(zeros[0].any() or zeros[1].any()):
                warnings.warn("Layer %s has zero-vector activations for some inputs: their cosine means nothing. The pairs are under 'zero_acts-%s'." % (layer, layer), RuntimeWarning, stacklevel=2)
                found["zero_acts-" + layer] = (zeros[0][:, None] | zeros[1][None]).nonzero()
        return found

    def _compared(self, inputs, sources):
        options = {"replace_nan": self.replace_nan} if self.similarity_metric is cosine_similarity else {}
        scores = self.similarity_metric(inputs, sources, **options)
        wanted = (inputs.shape[0], sources.shape[0])
        if tuple(scores.shape) != wanted:
            raise InvalidArgumentError("Output of custom similarity does not meet required dimensions. Your output has shape %s. Please ensure the output shape matches (inputs_batch_size, src_dataset_batch_size), which should be %s." % (tuple(scores.shape), wanted))
        return scores
