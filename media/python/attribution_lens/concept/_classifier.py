"""What learns to tell concepts apart."""

import abc

from .. import _arguments, _client, _tensors
from .._errors import InvalidArgumentError


class Classifier(abc.ABC):
    """Learns to tell concepts apart by a layer's activations: extend it to bring a linear classifier of your own.

    It must be linear, for its weights are the concept activation vectors.
    """

    @abc.abstractmethod
    def __init__(self):
        pass

    @abc.abstractmethod
    def train_and_eval(self, dataloader, **kwargs):
        """Learns anew from batches of activations, [examples, features], and the ids of their concepts, [examples].

        May return a dict that tells how good it got.
        """

    @abc.abstractmethod
    def weights(self):
        """[classes, features], one row for each class also when there are two."""

    @abc.abstractmethod
    def classes(self):
        """The id of each row's concept."""


class DefaultClassifier(Classifier):
    """A linear support vector machine, learned by stochastic gradient descent in the engine. Keeps all activations in memory."""

    def __init__(self):
        self._learned = None

    def train_and_eval(self, dataloader, test_split_ratio=0.33, **kwargs):
        """Learns from a random part of the examples.

        Args:
            dataloader: Batches of activations and the ids of their concepts.
            test_split_ratio: The part of the examples that is held out to measure the accuracy.
            kwargs: Options of the classifier: alpha (0.01), max_iter (1000), tol (0.001), seed.

        Returns:
            `accs`: the part of the examples held out that it tells right.
        """
        import torch

        batches = list(dataloader)
        if not batches:
            raise InvalidArgumentError("DefaultClassifier: there are no activations to learn from")
        activations, labels = (torch.cat(column) for column in zip(*batches))
        options = dict({"seed": _tensors.drawn_seed(activations)}, **kwargs)
        client = _client.client()
        learned = client.construct("DefaultClassifier", {"testSplitRatio": test_split_ratio, **{_arguments.camel(name): value for name, value in options.items()}})
        found = client.method(learned, "trainAndEval", {"activations": activations, "labels": labels.tolist()}).value or {}
        self._learned = (client.method(learned, "weights").value.torch().clone(), [int(label) for label in client.method(learned, "classes").value])
        return {name: torch.tensor(value) for name, value in found.items()}

    def weights(self):
        return self._trained()[0]

    def classes(self):
        return self._trained()[1]

    def _trained(self):
        if self._learned is None:
            raise InvalidArgumentError("The weights cannot be obtained because no model was trained. In order to train the model call `train_and_eval` method first.")
        return self._learned
