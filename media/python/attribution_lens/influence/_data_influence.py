"""What methods that explain by training examples have in common."""

from .. import _client, _model, _tensors
from .._display import Progress
from .._errors import InvalidArgumentError
from .._interrupts import surely
from ._losses import engine_loss
from ._results import KMostInfluentialResults, gathered


class DataInfluence:
    """All methods that explain by training examples extend this class, and own ones can: define ``influence``."""

    def influence(self, inputs=None, **kwargs):
        """The influence of training examples on examples. Every method defines its own."""
        raise NotImplementedError("%s defines no influence()" % type(self).__name__)

    @classmethod
    def get_name(cls):
        """The class's name."""
        return cls.__name__


class InfluenceByGradients(DataInfluence):
    """Influence by gradients of losses: a training set, losses, and checkpoints of the model."""

    def __init__(self, model, train_dataset, checkpoints_load_func, loss_fn, batch_size, test_loss_fn):
        self.model = model
        self.train_dataset = train_dataset
        self.checkpoints_load_func = checkpoints_load_func
        self.loss_fn = loss_fn
        self.test_loss_fn = loss_fn if test_loss_fn is None else test_loss_fn
        self.batch_size = batch_size
        self._train = None
        self._made = None

    def _influence(self, inputs, k, proponents, options=None):
        tests = gathered(inputs, "inputs")
        client, handle = self._engine_object()
        if k is not None:
            options = dict(options or {}, k=k, proponents=proponents)
        with Progress(type(self).__name__) as progress:
            found = client.method(handle, "influence", examples_of(tests), options or {}, progress=progress).value
        if k is None:
            return self._tensor(found)
        import torch

        return KMostInfluentialResults(torch.tensor(found["indices"]), self._tensor(found["influenceScores"]))

    def _self_influence(self, inputs):
        client, handle = self._engine_object()
        given = [] if inputs is None else [examples_of(gathered(inputs, "inputs"))]
        with Progress(type(self).__name__) as progress:
            return self._tensor(client.method(handle, "selfInfluence", *given, progress=progress).value)

    def _quantities(self, inputs, aggregate, **options):
        """What the engine compares of each example; their sum as the only row, where aggregated."""
        client, handle = self._engine_object()
        with Progress(type(self).__name__) as progress:
            found = self._tensor(client.method(handle, "computeIntermediateQuantities", examples_of(gathered(inputs, "inputs")), options, progress=progress).value)
        return found.sum(0, keepdim=True) if aggregate else found

    def _tensor(self, value):
        return _tensors.like(self._train[0], value, "float32")

    def _engine_object(self):
        """The algorithm in the engine, with the model at every checkpoint; the model gets its own weights back."""
        client = _client.client()
        if self._made is None or self._made[0] is not client:
            self._train = self._train or gathered(self.train_dataset, "train_dataset")
            inputs = self._train[:-1]
            models, rates, before = [], [], {name: value.clone() for name, value in self.model.state_dict().items()}
            try:
                for checkpoint in self._loaded_checkpoints():
                    rates.append(self.checkpoints_load_func(self.model, checkpoint))
                    models.append(_model.model_for(self.model, tuple(part[:2] for part in inputs), [], by_perturbation=False))
            finally:
                surely(lambda: self.model.load_state_dict(before))
            losses = {"lossFn": self._engine_loss(self.loss_fn, models[0], "loss_fn")}
            losses["testLossFn"] = losses["lossFn"] if self.test_loss_fn is self.loss_fn else self._engine_loss(self.test_loss_fn, models[0], "test_loss_fn")
            by_handle = {option: loss if isinstance(loss, str) else loss.handle for option, loss in losses.items()}
            handle = self._construct(client, models, rates, by_handle)
            self._made = (client, handle, models, losses)
        return self._made[:2]

    def _loaded_checkpoints(self):
        """What checkpoints_load_func takes, one after the other."""
        raise NotImplementedError

    def _engine_loss(self, loss, model, name):
        return engine_loss(loss, model, self._train, "%s: %s" % (type(self).__name__, name))

    def _construct(self, client, models, rates, losses):
        """The algorithm as an object of the engine."""
        raise NotImplementedError


def examples_of(parts):
    """Tensors of examples, the labels last, as the engine takes them."""
    if len(parts) < 2:
        raise InvalidArgumentError("Examples must be inputs with labels, got %d tensor" % len(parts))
    return {"inputs": parts[:-1] if len(parts) > 2 else parts[0], "labels": parts[-1]}


def load_flexible_state_dict(model, path):
    """Loads a state dict from a file into a model. Returns the learning rate that lies beside it, else 1."""
    import torch

    checkpoint = torch.load(path, map_location="cpu")
    learning_rate = checkpoint.get("learning_rate", 1.0)
    state = checkpoint.get("model_state_dict", checkpoint)
    inner = model.module if isinstance(model, torch.nn.DataParallel) else model
    inner.load_state_dict({name[len("module.") :] if name.startswith("module.") else name: value for name, value in state.items() if name != "learning_rate"})
    return learning_rate
