"""Testing with concept activation vectors."""

from .. import _arguments, _model, _tensors
from .._display import Progress


class TCAV:
    """Testing with concept activation vectors (Kim et al., ICML 2018): how the output depends on concepts at layers.

    For each experimental set of concepts a linear support vector machine learns to tell their activations apart; its weights are
    the concept activation vectors. Runs in the engine; nothing is saved to disk.

    Args:
        model: A torch module.
        layers: The name of a layer, or a list of names.
        model_id: Taken for Captum's sake, as save_path: vectors are kept with this object, not on disk.
        classifier: Only the default; see NotImplementedError.
        layer_attr_method: Only the default, the gradients of layers.
        attribute_to_layer_input: Whether layers mean what they get, not what they compute.
        save_path: See model_id.
        classifier_kwargs: Options of the classifier: test_split_ratio, alpha, max_iter, tol, seed.

    Raises:
        NotImplementedError: For a classifier or a layer attribution of one's own.
    """

    def __init__(self, model, layers, model_id="default_model_id", classifier=None, layer_attr_method=None, attribute_to_layer_input=False, save_path="./cav/", **classifier_kwargs):
        for name, value in (("classifier", classifier), ("layer_attr_method", layer_attr_method)):
            if value is not None:
                raise NotImplementedError("TCAV: %s is not taken; leave it out for Captum's default (a linear support vector machine; the layer's gradients), which the engine has" % name)
        self.model = model
        self.layers = [layers] if isinstance(layers, str) else list(layers)
        self.model_id = model_id
        self.attribute_to_layer_input = attribute_to_layer_input
        self.save_path = save_path
        self._classifier_options = classifier_kwargs
        self._made = None

    def interpret(self, inputs, experimental_sets, target=None, additional_forward_args=None, processes=None, **kwargs):
        """The scores of the concepts of each set at each layer.

        Args:
            inputs: A tensor or a tuple of tensors.
            experimental_sets: Lists of concepts that are tested against each other.
            target: The output that is explained.
            additional_forward_args: What the model takes after the inputs; tensors.
            processes: Taken for Captum's sake.
            kwargs: Options of the layer attribution.

        Returns:
            A dict by the ids of a set's concepts (`0-1`), then by layer: `sign_count`, the part of the inputs for which the
            derivative towards each concept is above 0, and `magnitude`, its mean.
        """
        parts = _arguments.as_tuple(inputs)
        forward_args = _arguments.forward_args_of(additional_forward_args)
        model = _model.model_for(self.model, parts, forward_args, by_perturbation=False)
        names = {model.layer_name(layer): layer for layer in self.layers}
        tcav = self._engine_object(model, list(names))
        sets = [[concept.engine_object(model.client) for concept in concepts] for concepts in experimental_sets]
        options = _arguments.options(dict(kwargs, target=target), parts)
        options.update(model.forward_options(forward_args))
        with Progress("TCAV") as progress:
            found = model.client.method(tcav, "interpret", parts, sets, options, progress=progress).value
        return {
            key: {names[layer]: {"sign_count": _tensors.like(parts[0], scores["signCount"], "float32"), "magnitude": _tensors.like(parts[0], scores["magnitude"], "float32")} for layer, scores in by_layer.items()}
            for key, by_layer in found.items()
        }

    def compute_cavs(self, experimental_sets, force_train=False, processes=None):
        """Vectors by themselves are not taken out of the engine."""
        raise NotImplementedError("TCAV.compute_cavs: the engine keeps concept activation vectors to itself; interpret computes them and tells the scores")

    def _engine_object(self, model, layers):
        if self._made is None or self._made[0] is not model:
            settings = {"attributeToLayerInput": self.attribute_to_layer_input}
            if self._classifier_options:
                settings["classifier"] = model.client.construct("DefaultClassifier", {_arguments.camel(name): value for name, value in self._classifier_options.items()})
            self._made = (model, model.client.construct("TCAV", model.handle, layers, settings))
        return self._made[1]

