"""What all algorithms of the engine have in common on the side of Python."""

import copy
import re
import sys

from . import _arguments, _batch_axis, _display, _layer_outputs, _model, _tables, _tensors
from ._errors import InvalidArgumentError


class Attribution:
    """All attribution algorithms extend this class, and own ones can: define ``attribute``, which gets inputs and options.

    ``self.forward_func`` is the model; results are tensors in the form of the inputs::

        class GradientNorm(Attribution):
            def attribute(self, inputs, target=None):
                ...
    """

    _engine_class = None
    _has_delta = False
    _multiplies = False
    #: The element type of results; None: that of the inputs.
    _dtype = None
    _by_perturbation = False
    #: Whether random numbers are drawn.
    _draws = False

    def __init__(self, forward_func):
        self.forward_func = forward_func
        self._settings = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if getattr(vars(cls).get("attribute"), "by_engine", False):
            cls._engine_class = cls.__name__

    def attribute(self, inputs, **kwargs):
        """Attributes the model's output to the inputs. Every algorithm defines its own."""
        raise NotImplementedError("%s defines no attribute()" % type(self).__name__)

    @property
    def multiplies_by_inputs(self):
        """Whether attributions are multiplied by (input - baseline)."""
        return self._settings.get("multiply_by_inputs", self._multiplies) if hasattr(self, "_settings") else False

    def has_convergence_delta(self):
        """Whether ``return_convergence_delta`` is an argument of ``attribute``."""
        return self._has_delta

    def attribute_future(self):
        """Captum has it for distributed work; the engine has one process."""
        raise NotImplementedError("attribute_future is not implemented for %s: call attribute" % type(self).__name__)

    def compute_convergence_delta(self, attributions, *args):
        """Defined by algorithms by gradients."""
        raise NotImplementedError("%s has no convergence delta" % type(self).__name__)

    @classmethod
    def get_name(cls):
        """The class's name with spaces: `Integrated Gradients`."""
        return "".join(" " + char if char.isupper() and not re.match(r".*[A-Z]$", cls.__name__[:index]) and index else char for index, char in enumerate(cls.__name__))

    def _keep(self, model, rest):
        self.forward_func = model
        for name, value in rest.items():
            if name in ("layer", "device_ids"):
                setattr(self, name, value)
            else:
                self._settings[name] = value

    def _attribute(self, arguments):
        """Runs the algorithm in the engine."""
        is_tuple = isinstance(arguments["inputs"], tuple)
        inputs = _arguments.as_tuple(arguments["inputs"])
        self._require_gradients(inputs)
        forward_args = _arguments.forward_args_of(arguments.get("additional_forward_args"))
        moved = _batch_axis.moved(self._model(), inputs, forward_args)
        if moved is not None:
            values = moved.turned([*inputs, *forward_args])
            inputs, forward_args = tuple(values[: len(inputs)]), values[len(inputs) :]
            arguments = moved.arguments(arguments, len(inputs))
        model = _model.model_for(self._model(), inputs, forward_args, self._by_perturbation, moved or False)
        return self._run(model, dict(arguments, inputs=inputs), forward_args, is_tuple)

    def _run(self, model, arguments, forward_args, is_tuple):
        """Runs the algorithm on a model in the engine; `arguments` have a tuple of inputs, the caller gave one where `is_tuple`."""
        inputs = arguments["inputs"]
        arguments = self._prepared(arguments, model, forward_args)
        algorithm = self._construct(model, inputs)
        options = self._options(arguments, inputs)
        if self._draws:
            options["seed"] = _tensors.drawn_seed(inputs[0])
        options.update(model.forward_options(forward_args))
        given = inputs if is_tuple else inputs[0]
        with _display.Progress(type(self).__name__, always=bool(arguments.get("show_progress"))) as progress:
            result = model.client.method(algorithm, "attribute", given, options, progress=progress)
        hints = [] if hasattr(self, "layer") else [_tables.hint(value) for value in inputs]
        picture = None if result.explanation is None else _display.Picture(model.client, result.explanation, hints)
        return self._returned(result.value, arguments, model, picture)

    def _require_gradients(self, inputs):
        """Refuses inputs of another type than the algorithm can take."""

    def _model(self):
        return self.forward_func

    def _prepared(self, arguments, model, forward_args):
        """The arguments, with what only the engine's model makes of them."""
        return arguments

    def _construct(self, model, inputs):
        """The algorithm as an object of the engine."""
        place = [self._layer_names(model)] if hasattr(self, "layer") else []
        settings = {_arguments.camel(name): value for name, value in self._engine_settings(model, inputs).items() if value is not None}
        return model.client.construct(self._engine_class, model.handle, *place, *([settings] if settings else []))

    def _engine_settings(self, model, inputs):
        return self._settings

    def _options(self, arguments, inputs):
        return _arguments.options(arguments, inputs)

    def _layer_names(self, model):
        return [model.layer_name(layer) for layer in self.layer] if isinstance(self.layer, list) else model.layer_name(self.layer)

    def _returned(self, value, arguments, model, picture):
        """What the engine returned, in the form, type and device of the inputs."""
        inputs = arguments["inputs"]
        pair = bool(arguments.get("return_convergence_delta"))
        attributions, delta = value if pair else (value, None)
        returned = self._converted(attributions, arguments, model)
        if pair:
            delta = [self._like(inputs[0], part, model) for part in delta] if isinstance(delta, (tuple, list)) else self._like(inputs[0], delta, model)
            returned = (returned, delta)
        return returned if picture is None else _display.remember(returned, picture)

    def _converted(self, attributions, arguments, model):
        inputs = arguments["inputs"]
        if isinstance(attributions, (tuple, list)):
            return tuple(self._of_input(inputs, min(index, len(inputs) - 1), part, model) for index, part in enumerate(attributions))
        return self._of_input(inputs, 0, attributions, model)

    def _of_input(self, inputs, index, part, model):
        """An attribution with the examples on the axis on which the caller's input has them."""
        part = self._like(inputs[index], part, model)
        is_moved = any(model.moved[index : index + 1]) and tuple(part.shape) == tuple(inputs[index].shape)
        return part.transpose(0, 1) if is_moved else part

    def _like(self, example, tensor, model):
        dtype = self._dtype
        if dtype is None and not _tensors.is_floating(example):
            dtype = model.dtype or "float32"
        return _tensors.like(example, tensor, dtype)


class GradientAttribution(Attribution):
    """Algorithms that need the model's gradients, or relevances in their place."""

    def compute_convergence_delta(self, attributions, start_point, end_point, target=None, additional_forward_args=None):
        """sum(attributions) - (F(end_point) - F(start_point)) for each example; points are a tensor or a tuple of tensors."""
        starts, ends = (_arguments.as_tuple(point) for point in (start_point, end_point))
        parts = _arguments.as_tuple(attributions)
        arguments = _arguments.forward_args_of(additional_forward_args)
        moved = None if hasattr(self, "layer") else _batch_axis.moved(self._model(), ends, arguments)
        if moved is not None:
            parts = tuple(moved.turned(parts))
        with _tensors.without_gradients(ends[0]):
            outputs = [_model.outputs_of(self._model(), point, arguments) for point in (starts, ends)]
            if not all(_tensors.kind_of(value) == "torch" for value in (*outputs, *parts)):  # what others can do differs
                outputs, parts = map(_tensors.to_numpy, outputs), tuple(map(_tensors.to_numpy, parts))
            values = [_selected(output, target) for output in outputs]
        total = sum(part.reshape(part.shape[0], -1).sum(1) for part in parts)
        return total - (values[1] - values[0])

    def _require_gradients(self, inputs):
        wrong = [part for part in inputs if not _tensors.is_floating(part)]
        if wrong and not hasattr(self, "layer"):
            raise InvalidArgumentError(
                "%s: gradients need floating point inputs, got %s. Token ids are attributed at their embedding: LayerIntegratedGradients(model, model.embedding)"
                " or LayerGradientXActivation; whole numbers that are quantities as .float()" % (type(self).__name__, _tensors.dtype_of(wrong[0]))
            )


class PerturbationAttribution(Attribution):
    """Algorithms that only need the model's outputs for perturbed inputs: they work for any callable."""

    _multiplies = True
    _by_perturbation = True


class LayerAttribution(Attribution):
    """Attributions to what a layer computes, or gets. The result has the layer's shape, also where its examples are not on
    axis 0, as over [time, batch, width]; each example is attributed to by itself."""

    #: How a layer that returns several tensors is attributed to: "each" by itself, all "together", or not at all (None).
    _outputs = None

    def __init__(self, forward_func, layer, device_ids=None):
        super().__init__(forward_func)
        self.layer = layer
        self.device_ids = device_ids

    @staticmethod
    def interpolate(layer_attribution, interpolate_dims, interpolate_mode="nearest"):
        """A layer's attributions at another size of their spatial axes, as torch.nn.functional.interpolate does it; those of a
        Keras model as keras.ops.image.resize does it."""
        if _tensors.kind_of(layer_attribution) != "torch" and "keras" in sys.modules:
            keras = sys.modules["keras"]
            resized = keras.ops.image.resize(layer_attribution, interpolate_dims, interpolation=interpolate_mode)
            return keras.ops.convert_to_numpy(resized) if _tensors.kind_of(layer_attribution) == "numpy" else resized
        import torch

        return torch.nn.functional.interpolate(layer_attribution, interpolate_dims, mode=interpolate_mode)

    def _run(self, model, arguments, forward_args, is_tuple):
        names = None
        if not arguments.get("attribute_to_layer_input"):
            names = _layer_outputs.names_of_outputs(model, self._model(), self.layer, arguments["inputs"], forward_args)
        if names is None:
            return super()._run(model, arguments, forward_args, is_tuple)
        if self._outputs is None:
            raise InvalidArgumentError("%s: the layer returns %d tensors; give the one to attribute to: %s" % (type(self).__name__, len(names), ", ".join(repr(name) for name in names)))
        with_delta = arguments.get("return_convergence_delta")
        if self._outputs == "together":
            found = self._at(names)._run(model, arguments, forward_args, is_tuple)
            return (tuple(found[0]), found[1]) if with_delta else tuple(found)
        found = [self._at(name)._run(model, arguments, forward_args, is_tuple) for name in names]
        if not with_delta:
            return tuple(found)
        parts, deltas = zip(*found)
        return parts, deltas[0] + sum(part.reshape(part.shape[0], -1).sum(1) for part in parts[1:])

    def _at(self, layer):
        method = copy.copy(self)
        method.layer = layer
        return method

    def _converted(self, attributions, arguments, model):
        example = arguments["inputs"][0]
        if isinstance(attributions, (tuple, list)):
            return [self._like(example, part, model) for part in attributions]
        return self._like(example, attributions, model)


class NeuronAttribution(Attribution):
    """Attributions of a neuron of a layer, in place of the model's output, to the inputs. An index leaves out the axis of the
    examples, wherever it is; a function gets the layer's values as the layer has them."""

    def __init__(self, forward_func, layer, device_ids=None):
        super().__init__(forward_func)
        self.layer = layer
        self.device_ids = device_ids

    def _prepared(self, arguments, model, forward_args):
        """A function that selects neurons becomes a model of the layer's values, which follows the layer in the engine."""
        selector, inputs = arguments["neuron_selector"], arguments["inputs"]
        if not callable(selector):
            return arguments
        if _tensors.kind_of(inputs[0]) != "torch":
            raise InvalidArgumentError("neuron_selector: functions select neurons of models of torch, got inputs of %s; give an index or a tuple of indices" % _tensors.kind_of(inputs[0]))
        one, two = (self._layer_values(model, _batch_axis.repeated([*inputs, *forward_args], inputs[0], count), len(inputs), arguments) for count in (1, 2))
        axis = _batch_axis.axis_of(one.shape, two.shape)
        if axis is None:
            raise InvalidArgumentError("neuron_selector: functions need a layer with an axis for the examples, got shape %s for one example; give an index or a tuple of indices" % list(one.shape))
        # The engine has the examples on axis 0, where the function may expect them elsewhere.
        select = selector if axis == 0 else lambda values: selector(values.movedim(0, axis))
        selecting = _model.model_for(select, (two.movedim(axis, 0),), [], by_perturbation=False)
        return dict(arguments, neuron_selector=selecting.handle)

    def _layer_values(self, model, values, count, arguments):
        found = model.values_at(self._layer_names(model), values[:count], values[count:], attributeToLayerInput=bool(arguments.get("attribute_to_neuron_input")))
        return _tensors.like(arguments["inputs"][0], found, "float32")


def _selected(output, target):
    if target is None:
        return output.reshape(-1)
    if isinstance(target, int):
        return output[:, target]
    if isinstance(target, tuple):
        return output[(slice(None),) + target]
    if isinstance(target, list) or (_tensors.is_tensor(target) and len(target.shape) == 1 and target.shape[0] > 1):
        picks = target if isinstance(target, list) else _tensors.to_list(target)
        rows = [output[(row,) + (tuple(pick) if isinstance(pick, (tuple, list)) else (pick,))] for row, pick in enumerate(picks)]
        if _tensors.kind_of(output) == "torch":
            import torch

            return torch.stack(rows)
        import numpy

        return numpy.stack(rows)
    if _tensors.is_tensor(target):
        return output[:, int(target)]
    raise InvalidArgumentError("target must be an index, a tuple, a list or a tensor, got %s" % type(target).__name__)
