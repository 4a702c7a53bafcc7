"""The TracIn family: influence by gradients at the checkpoints of the training."""

import os

from .. import _arguments
from .._errors import InvalidArgumentError
from ._data_influence import InfluenceByGradients, examples_of, load_flexible_state_dict
from ._results import KMostInfluentialResults


class TracInCPBase(InfluenceByGradients):
    """What the TracIn family has in common: a training set, losses and checkpoints."""

    def __init__(self, model, train_dataset, checkpoints, checkpoints_load_func=load_flexible_state_dict, loss_fn=None, batch_size=1, test_loss_fn=None):
        super().__init__(model, train_dataset, checkpoints_load_func, loss_fn, batch_size, test_loss_fn)
        self.checkpoints = checkpoints

    @property
    def checkpoints(self):
        """What checkpoints_load_func takes, one after the other: a list, or all files of a folder."""
        return self._checkpoints

    @checkpoints.setter
    def checkpoints(self, checkpoints):
        self._checkpoints = sorted(os.path.join(checkpoints, name) for name in os.listdir(checkpoints)) if isinstance(checkpoints, str) else list(checkpoints)
        if not self._checkpoints:
            raise InvalidArgumentError("Invalid checkpoints provided for %s: at least one is needed" % type(self).__name__)
        self._made = None

    def influence(self, inputs, k=None, proponents=True, show_progress=False):
        """How much each training example helped (above 0) or hurt (below 0) the model on each test example."""
        return self._influence(inputs, k, proponents)

    def self_influence(self, inputs=None, show_progress=False):
        """How much training on an example lowered its own loss, [examples]. Default: of the training examples."""
        return self._self_influence(inputs)

    def _loaded_checkpoints(self):
        return self._checkpoints

    def _construct(self, client, models, rates, losses):
        listed = [{"model": model.handle, "learningRate": float(rate)} for model, rate in zip(models, rates)]
        options = dict({_arguments.camel(name): value for name, value in self._own_options(models[0]).items()}, **losses)
        return client.construct(type(self).__name__, models[0].handle, *self._own_arguments(models[0]), examples_of(self._train), listed, options)

    def _own_arguments(self, model):
        return []

    def _own_options(self, model):
        return {}


class TracInCP(TracInCPBase):
    """TracInCP (Pruthi, Liu, Kale, Sundararajan, NeurIPS 2020): how much training on an example lowered the loss of a test example.

    The sum over checkpoints of learning rate * <gradient of the loss of one, gradient of the loss of the other>.

    Args:
        model: A torch module.
        train_dataset: A dataset, or a data loader, of inputs and labels.
        checkpoints: A folder of checkpoints, or a list of what checkpoints_load_func takes.
        checkpoints_load_func: Loads a checkpoint into the model and returns its learning rate.
        layers: The names of the layers whose parameters count. Default: all.
        loss_fn: The loss of outputs and labels: one of torch's, or a function that returns one loss for each example. None
            where the model returns its loss.
        batch_size: Taken for Captum's sake: the engine plans batches.
        test_loss_fn: The loss of test examples. Default: loss_fn.
        sample_wise_grads_per_batch: Taken for Captum's sake.
    """

    def __init__(self, model, train_dataset, checkpoints, checkpoints_load_func=load_flexible_state_dict, layers=None, loss_fn=None, batch_size=1, test_loss_fn=None, sample_wise_grads_per_batch=False):
        super().__init__(model, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn)
        self.layers = layers
        self.sample_wise_grads_per_batch = sample_wise_grads_per_batch

    def influence(self, inputs, k=None, proponents=True, show_progress=False, aggregate=False):
        """How much each training example helped (above 0) or hurt (below 0) the model on each test example.

        Args:
            inputs: The test examples with their labels: a tuple of tensors, or a data loader.
            k: How many training examples are returned for each. Default: the scores of all.
            proponents: Whether these are those that helped most, not those that hurt most.
            show_progress: Taken for Captum's sake.
            aggregate: Whether the scores of all test examples are summed, into one row.

        Returns:
            [tests, training examples]; with `k` a KMostInfluentialResults of indices and influence_scores.
        """
        return self._influence(inputs, k, proponents, {"aggregate": bool(aggregate)})

    def self_influence(self, inputs=None, show_progress=False, outer_loop_by_checkpoints=False):
        """How much training on an example lowered its own loss, [examples]. Default: of the training examples."""
        return self._self_influence(inputs)

    def compute_intermediate_quantities(self, inputs, aggregate=False):
        """learning rate * gradient of the loss of each example, all checkpoints in a row: [examples, checkpoints * parameters].

        Args:
            inputs: Examples with their labels: a tuple of tensors, or a data loader.
            aggregate: Whether they are summed, into one row.
        """
        return self._quantities(inputs, aggregate)

    def _own_options(self, model):
        return {} if self.layers is None else {"layers": [model.layer_name(layer) for layer in self.layers]}


class TracInCPFast(TracInCPBase):
    """TracInCP of the weights of the last fully-connected layer, for which no gradients of parameters are needed.

    Args:
        final_fc_layer: The layer, a module or its name.
        vectorize: Taken for Captum's sake. The others are as for TracInCP.
    """

    def __init__(self, model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func=load_flexible_state_dict, loss_fn=None, batch_size=1, test_loss_fn=None, vectorize=False):
        super().__init__(model, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn)
        self.final_fc_layer = final_fc_layer
        self.vectorize = vectorize
        if loss_fn is None:
            raise InvalidArgumentError("%s: loss_fn must be given" % type(self).__name__)

    @property
    def final_fc_layer(self):
        """The last fully-connected layer: a module of the model, or its name."""
        return self._final_fc_layer

    @final_fc_layer.setter
    def final_fc_layer(self, layer):
        self._final_fc_layer = layer
        self._made = None

    def influence(self, inputs, k=None, proponents=True, show_progress=False):
        """As `influence` of TracInCP, of the last layer."""
        return self._influence(inputs, k, proponents)

    def self_influence(self, inputs=None, show_progress=False, outer_loop_by_checkpoints=False):
        """As `self_influence` of TracInCP, of the last layer."""
        return self._self_influence(inputs)

    def _own_arguments(self, model):
        return [model.layer_name(self.final_fc_layer)]


class TracInCPFastRandProj(TracInCPFast):
    """TracInCPFast by embeddings of the training examples, which may be projected at random to fewer numbers.

    Args:
        nearest_neighbors: A NearestNeighbors that finds the examples that matter most. Default: the engine compares with all.
        projection_dim: The most numbers of an example at each checkpoint. Default: all.
        seed: The same seed projects the same. The others are as for TracInCPFast.
    """

    def __init__(self, model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func=load_flexible_state_dict, loss_fn=None, batch_size=1, test_loss_fn=None, vectorize=False, nearest_neighbors=None, projection_dim=None, seed=0):
        super().__init__(model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn, vectorize)
        self.nearest_neighbors = nearest_neighbors
        self._indexed = None
        self.projection_dim = projection_dim
        self.seed = seed

    def influence(self, inputs=None, k=5, proponents=True):
        """The training examples that helped most, or hurt most, a KMostInfluentialResults; the scores of all where `k` is None."""
        if inputs is None:
            raise InvalidArgumentError("inputs must be given; the influence of examples on themselves is self_influence of TracInCPFast")
        if self.nearest_neighbors is None or k is None:
            return self._influence(inputs, k, proponents)
        return self._nearest(inputs, k, 1 if proponents else -1)

    def compute_intermediate_quantities(self, inputs):
        """The embeddings of examples, whose inner products are influence: [examples, numbers]."""
        return self._quantities(inputs, aggregate=False)

    def self_influence(self, inputs=None, show_progress=False, outer_loop_by_checkpoints=False):
        """Not of projections."""
        raise NotImplementedError("TracInCPFastRandProj: self influence is not implemented; TracInCPFast has it")

    def _nearest(self, inputs, k, sign):
        """The training examples whose embeddings have the largest, or the smallest, inner products with those of examples."""
        if self.test_loss_fn is not self.loss_fn:
            raise InvalidArgumentError("TracInCPFastRandProj: nearest_neighbors compare embeddings by loss_fn: leave test_loss_fn or nearest_neighbors out")
        queries = self.compute_intermediate_quantities(inputs)
        if self._indexed is not self._made:
            self.nearest_neighbors.setup(self._quantities(self.train_dataset, aggregate=False))
            self._indexed = self._made
        indices, products = self.nearest_neighbors.get_nearest_neighbors(sign * queries, k)
        return KMostInfluentialResults(indices, sign * products)

    def _own_options(self, model):
        return dict({"seed": self.seed}, **({} if self.projection_dim is None else {"projection_dim": self.projection_dim}))
