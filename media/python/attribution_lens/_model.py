"""Models of every kind, loaded into the engine once for each state of their weights and shape of their inputs."""

import collections
import contextlib
import difflib
import re
import sys
import weakref

from . import _batch_axis, _client, _keras_model, _tensors, _warnings
from ._errors import AttributionLensError, ExportError, InvalidArgumentError
from ._torch_export import WHAT_STILL_WORKS, evaluating

_MOST_LOADED = 4
_loaded = weakref.WeakKeyDictionary()


class LoadedModel:
    """A model in the engine."""

    def __init__(self, client, described, names=None, dtype=None, input_names=None):
        self.client = client
        self.handle = described["handle"]
        self.layers = [layer["name"] if isinstance(layer, dict) else layer for layer in described.get("layers") or []]
        self.dtype = dtype
        #: For each of the inputs and the values after them, whether its examples are moved from axis 1 to axis 0 on the way here.
        self.moved = ()
        #: The names of what layers return that return several tensors, by the identity of the module; None for the others.
        self.outputs = {}
        self._names = names or {}
        #: Whether the export uses each of the inputs and of the tensors after them; exporters leave out what is not used.
        self._used = None if input_names is None else [name in {port["name"] for port in described["inputs"]} for name in input_names]
        self._output = (described.get("outputs") or [{"name": "output"}])[0]["name"]

    def predict(self, inputs, forward_args):
        """The model's output in the engine."""
        return self.values_at(self._output, inputs, forward_args)

    def values_at(self, layer, inputs, forward_args, **options):
        """What a layer computes, or gets, in the engine."""
        activation = self.client.construct("LayerActivation", self.handle, layer)
        return self.client.method(activation, "attribute", tuple(inputs), dict(options, **self.forward_options(forward_args))).value

    def forward_options(self, forward_args):
        """Additional forward arguments as the engine's option: the tensors among them that the model uses."""
        tensors = [value for value in forward_args if _tensors.is_tensor(value)]
        if self._used is not None:
            tensors = [value for value, is_used in zip(tensors, self._used[len(self._used) - len(tensors) :]) if is_used]
        return {"additionalForwardArgs": tuple(tensors)} if tensors else {}

    def unused_input(self, count):
        """The place of the first of so many inputs that the model does not use; None when it uses all."""
        return next((index for index, is_used in enumerate((self._used or [])[:count]) if not is_used), None)

    def layer_name(self, layer):
        """The engine's name of a layer that is given as a module or by name.

        Raises InvalidArgumentError for one that the exported model does not have.
        """
        name = layer if isinstance(layer, str) else self._names.get(id(layer))
        if name is None:
            raise InvalidArgumentError("The layer must be a module of the model or the name of one, got %s" % _shown(layer))
        if name in self.layers:
            return name
        within = [known for known in self.layers if known.startswith(name + ".")]
        if within and not isinstance(layer, str) and not (hasattr(layer, "children") and list(layer.children())):
            return within[-1]  # a module that is used several times: its last values, as hooks see them
        for shorter in _endings(name):  # a module that is used without the one it belongs to
            if shorter in self.layers and sum(known == shorter or known.endswith("." + shorter) for known in self._names.values()) == 1:
                return shorter
        ending = re.compile(r"(?:.*[./])?%s(?:_\d+)?" % re.escape(name))  # Keras numbers the names of what it traces
        prefixed = [known for known in self.layers if ending.fullmatch(known)]
        if len(prefixed) == 1:
            return prefixed[0]
        near = difflib.get_close_matches(name, self.layers, 5, 0.4) or self.layers[:12]
        raise InvalidArgumentError(
            "Layer '%s' computes nothing in the exported model: it is not used, does nothing in evaluation mode (as dropout), or is no single value. "
            "Layers near it: %s" % (name, ", ".join(near))
        )

    def names_within(self, module):
        """The name of a module and the engine's names of what is computed within it.

        Raises InvalidArgumentError for one that the exported model does not have.
        """
        name = self._names.get(id(module), "")
        for own in [name, *_endings(name)]:
            within = [known for known in self.layers if known == own or known.startswith(own + ".")]
            if within:
                return own, within
        found = self.layer_name(module)
        return found, [found]


def _endings(name):
    parts = name.split(".")
    return [".".join(parts[index:]) for index in range(1, len(parts))]


def describe(forward_func):
    """What messages call a model: `Model 'Net'`."""
    name = getattr(forward_func, "__name__", None) or type(forward_func).__name__
    return "Model '%s'" % ("function" if name == "<lambda>" else name)


def _shown(value):
    return "'%s'" % value if isinstance(value, str) else "a %s" % type(value).__name__


def model_for(forward_func, inputs, forward_args, by_perturbation, moved=None):
    """The model in the engine, exported for inputs like these where it is not there yet.

    Where `by_perturbation`, a model that cannot be exported is called back for its outputs. Raises ExportError otherwise.
    `moved` says which of the tensors the model itself takes with the examples on axis 1; False: none. Where it is not given,
    such models are refused.
    """
    if moved is None:
        _batch_axis.require_first(forward_func, inputs, forward_args)
    model = _model_for(forward_func, inputs, forward_args, by_perturbation, moved or None)
    model.moved = moved.marks if moved else ()
    return model


def _model_for(forward_func, inputs, forward_args, by_perturbation, moved):
    if not callable(forward_func):
        method = next((name for name in ("predict_proba", "predict") if hasattr(forward_func, name)), None)
        hint = ": give its method %s" % method if method else ""
        raise InvalidArgumentError("The model must be a torch.nn.Module, a Keras model or a function over tensors, got %s%s" % (_shown(forward_func), hint))
    client = _client.client()
    forward_func = _keras_model.called_model(forward_func)
    exporter = _exporter_for(forward_func, inputs, by_perturbation, moved)
    called = forward_func if moved is None else moved
    if exporter is None:
        if not by_perturbation:
            raise ExportError(
                "%s is a function of %s: gradients need a torch.nn.Module, a function over torch tensors, or a Keras model. %s"
                % (describe(forward_func), _tensors.kind_of(inputs[0]), WHAT_STILL_WORKS)
            )
        return _called_back(client, called, inputs, forward_args)
    known = _known(forward_func)
    key = exporter.key(inputs, forward_args)
    model = known.get(key)
    if model is not None and model.client is client:
        known.move_to_end(key)
        if not isinstance(model, _Failure):
            return model
    else:
        model = _load(client, exporter, inputs, forward_args)
        known[key] = model
        while len(known) > _MOST_LOADED:
            known.popitem(last=False)
    if isinstance(model, _Failure):
        if not by_perturbation:
            raise model.error
        return _called_back(client, called, inputs, forward_args)
    return model


class _Failure:
    """A model that cannot be exported; tried once."""

    def __init__(self, client, error):
        self.client = client
        self.error = error


def _load(client, exporter, inputs, forward_args):
    failure = None
    for attempt in exporter.attempts(inputs, forward_args):
        try:
            exported = attempt()
            described = client.load_model(exported.content, exporter.name, format=exported.format)
            model = LoadedModel(client, described, exported.names, exporter.dtype, exported.input_names)
            exporter.verify(model, exported, inputs, forward_args)
            return model
        except AttributionLensError as error:
            if failure is None or not isinstance(failure, ExportError):
                failure = error if isinstance(error, ExportError) else _refused(exporter, error)
    return _Failure(client, failure)


def _refused(exporter, error):
    if getattr(error, "code", None) not in ("unsupported-operator", "invalid-model", "shape-mismatch", "runtime-failure"):
        return error
    return ExportError("%s: %s. %s" % (exporter.describe, str(error).rstrip("."), WHAT_STILL_WORKS))


def _exporter_for(forward_func, inputs, by_perturbation, moved=None):
    """How a model becomes one that the engine can differentiate; None when it can only be called."""
    if _keras_model.is_keras(forward_func):  # first: with its torch backend, Keras' models are modules of torch
        return _keras_model.KerasExporter(forward_func, describe(forward_func))
    if _keras_model.is_keras(forward_func, "Layer"):
        raise InvalidArgumentError("%s is a layer of Keras: attribute a model of it, keras.Sequential([layer])" % describe(forward_func))
    torch = sys.modules.get("torch")
    if torch is not None and (isinstance(forward_func, torch.nn.Module) or (not by_perturbation and isinstance(inputs[0], torch.Tensor))):
        if not all(isinstance(value, torch.Tensor) for value in inputs):
            raise InvalidArgumentError("%s takes torch tensors, got inputs of %s" % (describe(forward_func), _tensors.kind_of(inputs[0])))
        from ._torch_model import TorchExporter

        return TorchExporter(forward_func, describe(forward_func), moved)
    return None


def outputs_of(forward_func, inputs, forward_args=()):
    """What a model of any kind returns for inputs, called as its kind is."""
    model = _keras_model.called_model(forward_func)
    return _keras_model.outputs_of(model, inputs) if _keras_model.is_keras(model) and not forward_args else forward_func(*inputs, *forward_args)


def _known(forward_func):
    owner = getattr(forward_func, "__self__", forward_func)
    try:
        models = _loaded.setdefault(owner, {})
    except TypeError:  # neither hashable nor weakly referable
        return collections.OrderedDict()
    return models.setdefault(getattr(forward_func, "__name__", ""), collections.OrderedDict())


def _as_exported(forward_func):
    """A module computes what its export would: in evaluation mode."""
    torch = sys.modules.get("torch")
    if isinstance(forward_func, _batch_axis.Moved):
        forward_func = forward_func.model
    is_module = torch is not None and isinstance(forward_func, torch.nn.Module) and not _keras_model.is_keras(forward_func)
    return evaluating(forward_func) if is_module else contextlib.nullcontext()


def _called_back(client, forward_func, inputs, forward_args):
    """A model whose outputs are asked of Python, batch by batch."""
    example = inputs[0]
    tensors = [_tensors.is_tensor(value) for value in forward_args]
    warned = set()

    def forward(*values):
        given = list(values)
        count = len(given) - sum(tensors)
        batch = [_tensors.like(inputs[index], value, dtype=_tensors.dtype_of(inputs[index])) for index, value in enumerate(given[:count])]
        arguments = []
        rest = iter(given[count:])
        for is_tensor, value in zip(tensors, forward_args):
            arguments.append(_tensors.like(value, next(rest), dtype=_tensors.dtype_of(value)) if is_tensor else value)
        with _tensors.without_gradients(example), _as_exported(forward_func), _warnings.once(warned):
            output = outputs_of(forward_func, batch, arguments)
        if isinstance(output, (int, float)):
            output = _tensors.scalar(output)
        return _tensors.as_output(output, describe(forward_func))

    name = describe(forward_func)[7:-1]
    shape = None if _keras_model.is_keras(forward_func) else getattr(forward_func, "output_shape", None)
    return LoadedModel(client, client.function_model(forward, name, shape))
