"""The TracIn family: influence by gradients at the checkpoints of the training."""

import os

from .. import _arguments, _model, _tensors
from .._display import Progress
from .._errors import InvalidArgumentError
from ._results import KMostInfluentialResults, gathered


def _load_flexible_state_dict(model, path):
    """Loads a state dict from a file into a model. Returns the learning rate that lies beside it, else 1."""
    import torch

    checkpoint = torch.load(path, map_location="cpu")
    learning_rate = checkpoint.get("learning_rate", 1.0)
    state = checkpoint.get("model_state_dict", checkpoint)
    inner = model.module if isinstance(model, torch.nn.DataParallel) else model
    inner.load_state_dict({name[len("module.") :] if name.startswith("module.") else name: value for name, value in state.items() if name != "learning_rate"})
    return learning_rate


class _TracIn:
    """What the family has in common: a training set, losses and checkpoints."""

    def __init__(self, model, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn):
        self.model = model
        self.train_dataset = train_dataset
        self.checkpoints = sorted(os.path.join(checkpoints, name) for name in os.listdir(checkpoints)) if isinstance(checkpoints, str) else list(checkpoints)
        if not self.checkpoints:
            raise InvalidArgumentError("Invalid checkpoints provided for %s: at least one is needed" % type(self).__name__)
        self.checkpoints_load_func = checkpoints_load_func
        self.loss_fn = loss_fn
        self.test_loss_fn = test_loss_fn
        self.batch_size = batch_size
        self._losses = [_engine_loss(loss, type(self).__name__) for loss in (loss_fn, loss_fn if test_loss_fn is None else test_loss_fn)]
        self._train = None
        self._made = None

    def _influence(self, inputs, k, proponents, options=None):
        tests = gathered(inputs, "inputs")
        client, handle = self._engine_object()
        if k is not None:
            options = dict(options or {}, k=k, proponents=proponents)
        with Progress(type(self).__name__) as progress:
            found = client.method(handle, "influence", _examples(tests), options or {}, progress=progress).value
        scale = self._scale(self.loss_fn) * self._scale(self.loss_fn if self.test_loss_fn is None else self.test_loss_fn)
        if k is None:
            return self._tensor(found, scale)
        import torch

        return KMostInfluentialResults(torch.tensor(found["indices"]), self._tensor(found["influenceScores"], scale))

    def _self_influence(self, inputs):
        client, handle = self._engine_object()
        given = [] if inputs is None else [_examples(gathered(inputs, "inputs"))]
        with Progress(type(self).__name__) as progress:
            found = client.method(handle, "selfInfluence", *given, progress=progress).value
        return self._tensor(found, self._scale(self.loss_fn) ** 2)

    def _tensor(self, value, scale):
        return _tensors.like(self._train[0], value, "float32") * scale

    def _scale(self, loss):
        """Losses that are means over the outputs of an example, where the engine's are sums."""
        return 1 / max(1, self._train[-1][0].numel()) if _engine_loss(loss, "") == "squared_error" and getattr(loss, "reduction", "mean") == "mean" else 1

    def _engine_object(self):
        """The algorithm in the engine, with every checkpoint's model; the model gets its own weights back."""
        from .. import _client

        client = _client.client()
        if self._made is None or self._made[0] is not client:
            self._train = self._train or gathered(self.train_dataset, "train_dataset")
            inputs = self._train[:-1]
            models, rates, before = [], [], {name: value.clone() for name, value in self.model.state_dict().items()}
            try:
                for checkpoint in self.checkpoints:
                    rates.append(self.checkpoints_load_func(self.model, checkpoint))
                    models.append(_model.model_for(self.model, tuple(part[:2] for part in inputs), [], by_perturbation=False))
            finally:
                self.model.load_state_dict(before)
            listed = [{"model": model.handle, "learningRate": float(rate)} for model, rate in zip(models, rates)]
            options = dict({_arguments.camel(name): value for name, value in self._own_options(models[0]).items()}, lossFn=self._losses[0], testLossFn=self._losses[1])
            handle = client.construct(type(self).__name__, models[0].handle, *self._own_arguments(models[0]), _examples(self._train), listed, options)
            self._made = (client, handle, models)
        return self._made[:2]

    def _own_arguments(self, model):
        return []

    def _own_options(self, model):
        return {}


class TracInCP(_TracIn):
    """TracInCP (Pruthi, Liu, Kale, Sundararajan, NeurIPS 2020): how much training on an example lowered the loss of a test example.

    The sum over checkpoints of learning rate * <gradient of the loss of one, gradient of the loss of the other>.

    Args:
        model: A torch module.
        train_dataset: A dataset, or a data loader, of inputs and labels.
        checkpoints: A folder of checkpoints, or a list of what checkpoints_load_func takes.
        checkpoints_load_func: Loads a checkpoint into the model and returns its learning rate.
        layers: The names of the layers whose parameters count. Default: all.
        loss_fn: torch's CrossEntropyLoss or MSELoss, or their functions.
        batch_size: Taken for Captum's sake: the engine plans batches.
        test_loss_fn: The loss of test examples. Default: loss_fn.
        sample_wise_grads_per_batch: Taken for Captum's sake.

    Raises:
        NotImplementedError: For other losses.
    """

    def __init__(self, model, train_dataset, checkpoints, checkpoints_load_func=_load_flexible_state_dict, layers=None, loss_fn=None, batch_size=1, test_loss_fn=None, sample_wise_grads_per_batch=False):
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

    def _own_options(self, model):
        return {} if self.layers is None else {"layers": [model.layer_name(layer) for layer in self.layers]}


class TracInCPFast(_TracIn):
    """TracInCP of the weights of the last fully-connected layer, for which no gradients of parameters are needed.

    Args:
        final_fc_layer: The layer, a module or its name.
        vectorize: Taken for Captum's sake. The others are as for TracInCP.
    """

    def __init__(self, model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func=_load_flexible_state_dict, loss_fn=None, batch_size=1, test_loss_fn=None, vectorize=False):
        super().__init__(model, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn)
        self.final_fc_layer = final_fc_layer
        self.vectorize = vectorize

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
        nearest_neighbors: Not taken: the engine compares with all training examples.
        projection_dim: The most numbers of an example at each checkpoint. Default: all.
        seed: The same seed projects the same. The others are as for TracInCPFast.
    """

    def __init__(self, model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func=_load_flexible_state_dict, loss_fn=None, batch_size=1, test_loss_fn=None, vectorize=False, nearest_neighbors=None, projection_dim=None, seed=0):
        super().__init__(model, final_fc_layer, train_dataset, checkpoints, checkpoints_load_func, loss_fn, batch_size, test_loss_fn, vectorize)
        if nearest_neighbors is not None:
            raise NotImplementedError("TracInCPFastRandProj: nearest_neighbors is not taken; leave it out, the engine compares with all training examples")
        self.projection_dim = projection_dim
        self.seed = seed

    def influence(self, inputs, k=1, proponents=True):
        """The training examples that helped most, or hurt most: a KMostInfluentialResults."""
        return self._influence(inputs, k, proponents)

    def self_influence(self, inputs=None, show_progress=False, outer_loop_by_checkpoints=False):
        """Not of projections."""
        raise NotImplementedError("TracInCPFastRandProj: self influence is not implemented; TracInCPFast has it")

    def _own_options(self, model):
        return dict({"seed": self.seed}, **({} if self.projection_dim is None else {"projection_dim": self.projection_dim}))


def _examples(parts):
    if len(parts) < 2:
        raise InvalidArgumentError("Examples must be inputs with labels, got %d tensor" % len(parts))
    return {"inputs": parts[:-1] if len(parts) > 2 else parts[0], "labels": parts[-1]}


def _engine_loss(loss, name):
    """The engine's name of a loss of torch."""
    import torch

    functional = torch.nn.functional
    if isinstance(loss, torch.nn.CrossEntropyLoss) and loss.weight is None and loss.ignore_index == -100 and not getattr(loss, "label_smoothing", 0) or loss is functional.cross_entropy:
        return "cross_entropy"
    if isinstance(loss, torch.nn.MSELoss) or loss is functional.mse_loss:
        return "squared_error"
    raise NotImplementedError("%s: loss_fn must be torch's CrossEntropyLoss without weights, or MSELoss, got %s; of other losses Captum's own %s is needed" % (name, type(loss).__name__ if loss is not None else None, name))
