"""Algorithms by perturbation: they only call the model, so that any callable will do."""

from .. import _tensors
from .._algorithm import PerturbationAttribution
from .._declaring import by_engine, settings
from .._errors import InvalidArgumentError
from .._lime import ENGINE_MODELS, SkLearnLasso, default_from_interp_rep_transform, default_perturb_func, explain_in_python, get_exp_kernel_similarity_function, own_lime


class FeatureAblation(PerturbationAttribution):
    """Feature ablation: F(x) - F(x with the feature at its baseline)."""

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, feature_mask=None, perturbations_per_eval=1, show_progress=False, **kwargs):
        """What the target's output loses with each feature."""


class Occlusion(FeatureAblation):
    """Occlusion (Zeiler, Fergus, ECCV 2014): the mean loss over the windows that cover an element."""

    _dtype = "float32"

    @by_engine
    def attribute(self, inputs, sliding_window_shapes, strides=None, baselines=None, target=None, additional_forward_args=None, perturbations_per_eval=1, show_progress=False):
        """What the target's output loses when a window slides over the inputs."""


def _permute_feature(x, feature_mask):
    """The features of a mask shuffled among the examples: what FeaturePermutation does unless told otherwise."""
    import torch

    count = x.size(0)
    order = torch.randperm(count)
    while count > 1 and bool((order == torch.arange(count)).all()):
        order = torch.randperm(count)
    return (x[order] * feature_mask.to(dtype=x.dtype)) + (x * feature_mask.bitwise_not().to(dtype=x.dtype))


class FeaturePermutation(FeatureAblation):
    """Feature permutation (Breiman, 2001; Fisher, Rudin, Dominici, 2019): the loss when a feature is shuffled among the examples."""

    _draws = True

    @settings
    def __init__(self, forward_func, perm_func=_permute_feature): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, feature_mask=None, perturbations_per_eval=1, show_progress=False, **kwargs):
        """What the target's output loses when each feature is shuffled."""

    def _engine_settings(self, model, inputs):
        own = self._settings.get("perm_func", _permute_feature)
        if own is _permute_feature:
            return {}  # the engine shuffles by itself

        def permute(x, feature_mask):
            return own(_tensors.like(inputs[0], x), _tensors.like(inputs[0], feature_mask, "bool"))

        return {"perm_func": permute}


class ShapleyValueSampling(PerturbationAttribution):
    """Shapley value sampling (Castro, Gómez, Tejada, 2009; Strumbelj, Kononenko, 2010): mean marginal contributions in random orders."""

    _draws = True
    _dtype = "float32"

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, feature_mask=None, n_samples=25, perturbations_per_eval=1, show_progress=False):
        """Approximate Shapley values of the features."""


class ShapleyValues(ShapleyValueSampling):
    """Shapley values: mean marginal contributions in all orders of the features; for few features."""

    _draws = False

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, feature_mask=None, perturbations_per_eval=1, show_progress=False):
        """Exact Shapley values of the features."""


class LimeBase(PerturbationAttribution):
    """The framework of LIME (Ribeiro, Singh, Guestrin, KDD 2016): a simple model fitted to weighted samples around an example."""

    _dtype = "float32"

    def __init__(self, forward_func, interpretable_model, similarity_func, perturb_func, perturb_interpretable_space, from_interp_rep_transform, to_interp_rep_transform):
        super().__init__(forward_func)
        self.interpretable_model = interpretable_model
        self.similarity_func = similarity_func
        self.perturb_func = perturb_func
        self.perturb_interpretable_space = perturb_interpretable_space
        self.from_interp_rep_transform = from_interp_rep_transform
        self.to_interp_rep_transform = to_interp_rep_transform
        needed = "from_interp_rep_transform" if perturb_interpretable_space else "to_interp_rep_transform"
        if getattr(self, needed) is None:
            raise InvalidArgumentError("Must provide transform %s" % ("from interpretable space to original input space: from_interp_rep_transform" if perturb_interpretable_space else "from original input space to interpretable space: to_interp_rep_transform"))

    def attribute(self, inputs, target=None, additional_forward_args=None, n_samples=50, perturbations_per_eval=1, show_progress=False, **kwargs):
        """The coefficients of the simple model, one for each interpretable feature: shape [1, features]. Runs in Python."""
        return explain_in_python(self, inputs, target, additional_forward_args, n_samples, perturbations_per_eval, kwargs)


class Lime(LimeBase):
    """LIME (Ribeiro, Singh, Guestrin, KDD 2016) on features that are present or at the baseline.

    With an interpretable model, a similarity or samples of one's own it runs in Python; the linear models of
    attribution_lens then need scikit-learn.
    """

    _draws = True
    perturb_interpretable_space = True
    #: Makes an input of a sample that says which features are present: those that are not have the baseline.
    from_interp_rep_transform = staticmethod(default_from_interp_rep_transform)
    to_interp_rep_transform = None

    @settings
    def __init__(self, forward_func, interpretable_model=None, similarity_func=None, perturb_func=None): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, feature_mask=None, n_samples=25, perturbations_per_eval=1, return_input_shape=True, show_progress=False):
        """The coefficients of a linear model of the features' presence."""

    def _engine_settings(self, model, inputs):
        fitted, similarity = self._settings.get("interpretable_model"), self._settings.get("similarity_func")
        found = {}
        if fitted is not None:
            found["interpretable_model"] = model.client.construct(type(fitted).__name__, fitted.construct_kwargs)
        if similarity is not None:
            found["similarity_func"] = model.client.function("getExpKernelSimilarityFunction", similarity.engine_options).value
        return found

    def _attribute(self, arguments):
        given = self._settings
        fitted, similarity = given.get("interpretable_model"), given.get("similarity_func")
        known = type(fitted) in (type(None), *ENGINE_MODELS) and (similarity is None or hasattr(similarity, "engine_options"))
        if known and given.get("perturb_func") is None:
            return super()._attribute(arguments)
        parts = Lime.__new__(Lime)
        LimeBase.__init__(parts, self.forward_func, fitted or SkLearnLasso(alpha=0.01), similarity or get_exp_kernel_similarity_function(), given.get("perturb_func") or default_perturb_func, True, default_from_interp_rep_transform, None)
        return own_lime(parts, **{name: value for name, value in arguments.items() if name not in ("perturbations_per_eval", "show_progress")})


class KernelShap(Lime):
    """Kernel SHAP (Lundberg, Lee, NeurIPS 2017): Shapley values by a linear regression over drawn coalitions."""

    @settings
    def __init__(self, forward_func): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, feature_mask=None, n_samples=25, perturbations_per_eval=1, return_input_shape=True, show_progress=False):
        """Approximate Shapley values of the features."""


__all__ = ["FeatureAblation", "Occlusion", "FeaturePermutation", "ShapleyValueSampling", "ShapleyValues", "LimeBase", "Lime", "KernelShap"]
