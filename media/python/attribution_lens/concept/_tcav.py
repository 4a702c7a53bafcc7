"""Testing with concept activation vectors."""

import copy

from .. import _tensors
from .._errors import InvalidArgumentError
from ._cav import CAV
from ._classifier import DefaultClassifier
from ._concept import ConceptInterpreter, concepts_to_str

_BATCH = 64


class TCAV(ConceptInterpreter):
    """Testing with concept activation vectors (Kim et al., ICML 2018): how the output depends on concepts at layers.

    For each experimental set of concepts a linear classifier learns to tell their activations apart; its weights are the
    concept activation vectors. With the derivative S(x) = grad F(h(x)) . v of a layer h towards a concept's vector v,
    `sign_count` is the part of the inputs with S(x) > 0, and `magnitude` the mean of S(x).

    Args:
        model: A torch module.
        layers: The name of a layer, or a list of names.
        model_id: Tells models apart in save_path: give another one after you trained the model anew.
        classifier: A Classifier. Default: a linear support vector machine.
        layer_attr_method: A layer attribution that says how the output depends on a layer. Default: the layer's gradients.
        attribute_to_layer_input: Whether layers mean what they get, not what they compute.
        save_path: The folder that vectors are saved to, and read from in later runs. Activations are not saved.
        classifier_kwargs: What the classifier's train_and_eval takes besides: test_split_ratio, alpha, max_iter, tol, seed.
    """

    def __init__(self, model, layers, model_id="default_model_id", classifier=None, layer_attr_method=None, attribute_to_layer_input=False, save_path="./cav/", **classifier_kwargs):
        from ..attr import LayerGradientXActivation

        super().__init__(model)
        if not model_id:
            raise InvalidArgumentError("`model_id` cannot be None or empty. Consider giving `model_id` a meaningful name or leave it unspecified")
        self.layers = [layers] if isinstance(layers, str) else list(layers)
        self.model_id = model_id
        self.concepts = set()
        self.classifier = DefaultClassifier() if classifier is None else classifier
        self.classifier_kwargs = classifier_kwargs
        self.layer_attr_method = LayerGradientXActivation(model, None, multiply_by_inputs=False) if layer_attr_method is None else copy.copy(layer_attr_method)
        self.attribute_to_layer_input = attribute_to_layer_input
        self.save_path = save_path
        self.cavs = {}
        self._activations = {}

    def interpret(self, inputs, experimental_sets, target=None, additional_forward_args=None, processes=None, **kwargs):
        """The scores of the concepts of each set at each layer.

        Args:
            inputs: A tensor or a tuple of tensors.
            experimental_sets: Lists of concepts that are tested against each other.
            target: The output that is explained.
            additional_forward_args: What the model takes after the inputs.
            processes: Taken for Captum's sake.
            kwargs: Options of the layer attribution.

        Returns:
            A dict by the ids of a set's concepts (`0-1`), then by layer: `sign_count` and `magnitude`, [concepts].
        """
        if "attribute_to_layer_input" in kwargs:
            raise InvalidArgumentError("attribute_to_layer_input is an argument of TCAV itself; there it applies to activations and attributions alike")
        self.compute_cavs(experimental_sets)
        scores = {concepts_to_str(concepts): {} for concepts in experimental_sets}
        for layer in self.layers:
            self.layer_attr_method.layer = layer
            found = self.layer_attr_method.attribute(inputs, target=target, additional_forward_args=additional_forward_args, attribute_to_layer_input=self.attribute_to_layer_input, **kwargs)
            sensitivity = _rows(found[0] if isinstance(found, (tuple, list)) else found)
            for concepts in experimental_sets:
                scores[concepts_to_str(concepts)][layer] = _scores(sensitivity, self.cavs[concepts_to_str(concepts)][layer], concepts)
        return scores

    def compute_cavs(self, experimental_sets, force_train=False, processes=None):
        """The vectors of each experimental set at each layer: those of save_path, the others learned and saved there.

        Args:
            experimental_sets: Lists of concepts that are tested against each other.
            force_train: Whether saved vectors are learned anew.
            processes: Taken for Captum's sake.

        Returns:
            A dict by the ids of a set's concepts (`0-1`), then by layer, of CAVs.
        """
        self._require_sets(experimental_sets)
        if force_train:
            self.generate_all_activations()
        for concepts in experimental_sets:
            layers, missing = (self.layers, {}) if force_train else self.load_cavs(concepts)
            self.generate_activations(missing)
            for layer in layers:
                self.cavs.setdefault(concepts_to_str(concepts), {})[layer] = self._trained(concepts, layer)
        return self.cavs

    def load_cavs(self, concepts):
        """Reads the saved vectors of a set. Returns the layers without any, and by concept those without activations."""
        known = self.cavs.setdefault(concepts_to_str(concepts), {})
        for layer in self.layers:
            saved = CAV.load(self.save_path, self.model_id, concepts, layer)
            if saved is not None:
                known[layer] = saved
        layers = [layer for layer in self.layers if layer not in known]
        missing = {concept: [layer for layer in layers if layer not in self._activations.get(concept, {})] for concept in concepts}
        return layers, {concept: needed for concept, needed in missing.items() if needed}

    def generate_all_activations(self):
        """Computes the activations of all concepts at all layers."""
        for concept in self.concepts:
            self.generate_activation(self.layers, concept)

    def generate_activations(self, concept_layers):
        """Computes the activations of concepts at the layers that a dict names for each."""
        for concept, layers in concept_layers.items():
            self.generate_activation(layers, concept)

    def generate_activation(self, layers, concept):
        """Computes the activations of a concept at one or several layers; they are kept in memory."""
        from ..attr import LayerActivation

        names = [layers] if isinstance(layers, str) else list(layers)
        found = LayerActivation(self.model, names).attribute(concept.examples(), attribute_to_layer_input=self.attribute_to_layer_input)
        self._activations.setdefault(concept, {}).update({name: _rows(values) for name, values in zip(names, found)})

    def _require_sets(self, experimental_sets):
        for concepts in experimental_sets:
            if len(concepts) < 2:
                raise InvalidArgumentError("TCAV: an experimental set must hold at least two concepts to tell apart, got %d" % len(concepts))
            self.concepts.update(concepts)
        ids = [concept.id for concept in self.concepts]
        twice = next((id for id in ids if ids.count(id) > 1), None)
        if twice is not None:
            raise InvalidArgumentError("There is more than one instance of a concept with id %s defined in experimental sets. Please, make sure to reuse the same instance of concept" % twice)

    def _trained(self, concepts, layer):
        """Learns the vectors of a set at a layer, and saves them."""
        import torch
        from torch.utils.data import DataLoader, TensorDataset

        parts = [self._activations[concept][layer] for concept in concepts]
        labels = torch.cat([torch.full((part.shape[0],), concept.id, device=part.device) for concept, part in zip(concepts, parts)])
        told = self.classifier.train_and_eval(DataLoader(TensorDataset(torch.cat(parts), labels), batch_size=_BATCH), **self.classifier_kwargs) or {}
        weights, classes = self.classifier.weights(), self.classifier.classes()
        classes = [int(label) for label in (_tensors.to_list(classes) if _tensors.is_tensor(classes) else classes or [])]
        wanted = (len(classes), parts[0].shape[1])
        if weights is None or tuple(weights.shape) != wanted:
            raise InvalidArgumentError("TCAV: the classifier's weights must have the shape %s (classes, features of layer '%s'), got %s" % (list(wanted), layer, None if weights is None else list(weights.shape)))
        absent = next((concept for concept in concepts if concept.id not in classes), None)
        if absent is not None:
            raise InvalidArgumentError("TCAV: the classifier has no weights for %r, its classes are %s" % (absent, ", ".join(map(str, classes))))
        CAV.create_cav_dir_if_missing(self.save_path, self.model_id)
        cav = CAV(concepts, layer, dict({"weights": weights, "classes": classes}, **told), self.save_path, self.model_id)
        cav.save()
        return cav


def _rows(values):
    """[examples, everything else]"""
    return values.detach().reshape(values.shape[0], -1)


def _scores(sensitivity, cav, concepts):
    """`sign_count` and `magnitude` of the concepts, in their order."""
    import torch

    weights = torch.as_tensor(cav.stats["weights"]).to(sensitivity.device).float()
    classes = [int(label) for label in cav.stats["classes"]]
    derivatives = sensitivity.float() @ weights[[classes.index(concept.id) for concept in concepts]].T
    return {"sign_count": (derivatives > 0).float().mean(0), "magnitude": derivatives.mean(0)}
