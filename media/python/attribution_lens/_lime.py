"""What Lime is made of: linear models, similarities, and the framework itself for parts that are Python's own."""

import inspect
import math
import types

from . import _arguments, _client, _tensors
from ._errors import InvalidArgumentError
from ._warnings import warn


class _LinearModel:
    """A linear model that is fitted to weighted samples: by the engine in Lime, by scikit-learn in LimeBase."""

    _sklearn = ""

    def __init__(self, **kwargs):
        self.construct_kwargs = kwargs
        self._fitted = None

    def fit(self, train_data, **kwargs):
        """Fits to a data loader, or another iterable, of (features, outputs, weights)."""
        try:
            from sklearn import linear_model
        except ImportError:
            raise ImportError("%s.fit needs scikit-learn (pip install scikit-learn); Lime and KernelShap do without" % type(self).__name__)
        import numpy

        parts = [numpy.concatenate([numpy.asarray(part) for part in column]) for column in zip(*train_data)]
        features, outputs, weights = parts if len(parts) == 3 else parts + [None]
        self._fitted = getattr(linear_model, self._sklearn)(**self.construct_kwargs).fit(features, outputs, sample_weight=weights)
        return {}

    def representation(self):
        """The coefficients, [1, features]."""
        import torch

        return torch.tensor(self._fitted.coef_, dtype=torch.float32).reshape(1, -1)

    def bias(self):
        """The intercept."""
        import torch

        return torch.tensor([self._fitted.intercept_], dtype=torch.float32)

    def classes(self):
        """None: it is no classifier."""

    def forward(self, x):
        """The fitted model's outputs, [rows, 1], for features [rows, features]."""
        return x @ self.representation().T + self.bias()

    __call__ = forward


class SkLearnLasso(_LinearModel):
    """Lasso: 1/(2n) sum w (y - b0 - x b)^2 + alpha |b|_1. Takes scikit-learn's alpha."""

    _sklearn = "Lasso"


class SkLearnRidge(_LinearModel):
    """Ridge regression: sum w (y - b0 - x b)^2 + alpha |b|_2^2. Takes scikit-learn's alpha."""

    _sklearn = "Ridge"


class SkLearnLinearRegression(_LinearModel):
    """Weighted least squares with an intercept."""

    _sklearn = "LinearRegression"


class _SGDModel(_LinearModel):
    """A linear model that Captum trains by stochastic gradient descent; here its objective is minimized exactly, by the engine."""

    def __init__(self, **kwargs):
        if kwargs:
            raise NotImplementedError("%s: %s is not taken: the objective is minimized exactly, without normalisation or initial values" % (type(self).__name__, ", ".join(kwargs)))
        super().__init__()

    def fit(self, train_data, **kwargs):
        """Fits to a data loader, or another iterable, of (features, outputs, weights). Takes alpha, the weight of the norm; options
        of the descent are not needed."""
        import torch

        parts = [torch.cat(column) for column in zip(*train_data)]
        features, outputs, weights = parts if len(parts) == 3 else parts + [torch.ones(len(parts[0]))]
        client = _client.client()
        model = client.construct(type(self).__name__, {name: value for name, value in kwargs.items() if name == "alpha"})
        found = client.method(model, "fit", features.tolist(), outputs.reshape(-1).tolist(), weights.reshape(-1).tolist()).value
        self._fitted = types.SimpleNamespace(coef_=_tensors.to_list(found["coefficients"].torch()), intercept_=found["intercept"])
        return {}


class SGDLinearRegression(_SGDModel):
    """Least squares, 1/2 sum w (y - b0 - x b)^2 with weights of the sum 1."""


class SGDLasso(_SGDModel):
    """1/2 sum w (y - b0 - x b)^2 + |b|_1 with weights of the sum 1."""


class SGDRidge(_SGDModel):
    """1/2 sum w (y - b0 - x b)^2 + |b|_2 with weights of the sum 1; the norm is not squared."""


ENGINE_MODELS = (SkLearnLasso, SkLearnRidge, SkLearnLinearRegression, SGDLasso, SGDRidge, SGDLinearRegression)
"""What the engine fits by itself."""


def get_exp_kernel_similarity_function(distance_mode="cosine", kernel_width=1.0):
    """exp(-d^2 / (2 width^2)) of the cosine or euclidean distance d between the model's inputs, all elements as one vector."""
    if distance_mode not in ("cosine", "euclidean"):
        raise InvalidArgumentError("distance_mode must be cosine or euclidean, got %r" % (distance_mode,))

    def similarity(original_inp, perturbed_inp, __, **kwargs):
        import torch

        left, right = (torch.cat([part.reshape(-1).float() for part in (given if isinstance(given, tuple) else (given,))]) for given in (original_inp, perturbed_inp))
        distance = 1 - torch.nn.functional.cosine_similarity(left, right, dim=0).item() if distance_mode == "cosine" else torch.norm(left - right).item()
        return math.exp(-(distance**2) / (2 * kernel_width**2))

    similarity.engine_options = {"distanceMode": distance_mode, "kernelWidth": float(kernel_width)}
    return similarity


def own_lime(lime, inputs, baselines, target, additional_forward_args, feature_mask, n_samples, return_input_shape):
    """Lime with a model, a similarity or samples that are Python's own: each example by itself, in Python."""
    import torch

    parts = _arguments.as_tuple(inputs)
    is_tuple = isinstance(inputs, tuple)
    references = [torch.as_tensor(0 if value is None else value, dtype=part.dtype, device=part.device) for part, value in zip(parts, baselines if isinstance(baselines, tuple) else (baselines,) * len(parts))]
    masks = _features(parts, feature_mask)
    count = 1 + max(int(mask.max()) for mask in masks)
    forward_args = _arguments.forward_args_of(additional_forward_args)
    examples = parts[0].shape[0]

    def own(value, example):
        return value[example : example + 1] if _tensors.is_tensor(value) and value.dim() and value.shape[0] == examples else value

    rows = []
    for example in range(examples):
        of_example = {"inputs": [own(part, example) for part in parts], "baselines": [own(value, example) for value in references], "feature_mask": [own(mask, example) for mask in masks]}
        formed = {name: tuple(values) if is_tuple else values[0] for name, values in of_example.items()}
        chosen = [target[example]] if isinstance(target, list) and examples > 1 else own(target, example)
        rows.append(explain_in_python(lime, formed.pop("inputs"), chosen, tuple(own(value, example) for value in forward_args), n_samples, 1, dict(formed, num_interp_features=count)).reshape(-1))
    coefficients = torch.stack(rows)
    if not return_input_shape:
        return coefficients
    shaped = tuple(torch.stack([coefficients[example][own(mask, example)[0]] for example in range(examples)]) for mask in masks)
    return shaped if is_tuple else shaped[0]


def default_perturb_func(original_inp, **kwargs):
    """A sample of Lime: every feature is kept with probability 1/2."""
    import torch

    return torch.bernoulli(torch.full((1, kwargs["num_interp_features"]), 0.5)).long()


def default_from_interp_rep_transform(curr_sample, original_inputs, **kwargs):
    """The inputs that a sample stands for: features of a 0 are at the baseline."""
    as_parts = [value if isinstance(value, tuple) else (value,) for value in (original_inputs, kwargs["baselines"], kwargs["feature_mask"])]
    found = tuple(_where(curr_sample[0][mask].bool().to(part.device), part, baseline) for part, baseline, mask in zip(*as_parts))
    return found if isinstance(original_inputs, tuple) else found[0]


def _where(kept, part, baseline):
    import torch

    return torch.where(kept, part, torch.as_tensor(baseline).to(part))


def _features(parts, feature_mask):
    """A mask with the features' numbers from 0 for each input."""
    import torch

    if feature_mask is None:
        sizes = [part[0].numel() for part in parts]
        return [torch.arange(sum(sizes[:index]), sum(sizes[: index + 1])).reshape((1,) + tuple(part.shape[1:])) for index, part in enumerate(parts)]
    given = [mask.long().cpu() for mask in (feature_mask if isinstance(feature_mask, tuple) else (feature_mask,))]
    least = min(int(mask.min()) for mask in given)
    return [(mask - least).expand((mask.shape[0],) + tuple(part.shape[1:])) for mask, part in zip(given, parts)]


def explain_in_python(lime, inputs, target, additional_forward_args, n_samples, perturbations_per_eval, options):
    """LimeBase with parts that are Python's own: samples, weights and the fit are theirs, so the model is called directly."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    from ._algorithm import _selected
    from ._arguments import forward_args_of

    arguments = forward_args_of(additional_forward_args)
    samples = lime.perturb_func(inputs, **options) if inspect.isgeneratorfunction(lime.perturb_func) else None
    features, weights, outputs = [], [], []
    with torch.no_grad():
        for _ in range(n_samples):
            try:
                sample = lime.perturb_func(inputs, **options) if samples is None else next(samples)
            except StopIteration:
                warn("Generator completed prior to given n_samples iterations!")
                break
            if lime.perturb_interpretable_space:
                interpretable, perturbed = sample, lime.from_interp_rep_transform(sample, inputs, **options)
            else:
                interpretable, perturbed = lime.to_interp_rep_transform(sample, inputs, **options), sample
            weight = lime.similarity_func(inputs, perturbed, interpretable, **options)
            output = lime.forward_func(*(perturbed if isinstance(perturbed, tuple) else (perturbed,)), *arguments)
            features.append(interpretable)
            weights.append(weight.reshape(-1).float() if torch.is_tensor(weight) else torch.tensor([float(weight)]))
            outputs.append(_selected(output, target).reshape(-1).float().cpu())
    dataset = TensorDataset(torch.cat(features).float().cpu(), torch.cat(outputs), torch.cat(weights).cpu())
    lime.interpretable_model.fit(DataLoader(dataset, batch_size=len(dataset)))
    return lime.interpretable_model.representation()
