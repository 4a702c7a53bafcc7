"""What Lime is made of: linear models, similarities, and the framework itself for parts that are Python's own."""

import inspect
import math

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


class SkLearnLasso(_LinearModel):
    """Lasso: 1/(2n) sum w (y - b0 - x b)^2 + alpha |b|_1. Takes scikit-learn's alpha."""

    _sklearn = "Lasso"


class SkLearnRidge(_LinearModel):
    """Ridge regression: sum w (y - b0 - x b)^2 + alpha |b|_2^2. Takes scikit-learn's alpha."""

    _sklearn = "Ridge"


class SkLearnLinearRegression(_LinearModel):
    """Weighted least squares with an intercept."""

    _sklearn = "LinearRegression"


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
