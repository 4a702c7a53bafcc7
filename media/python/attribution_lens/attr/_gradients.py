"""Algorithms by gradients, multipliers and relevances, to the inputs."""

from .._algorithm import GradientAttribution
from .._arguments import as_tuple
from .._declaring import by_engine, settings
from .._lrp import rules_of


class IntegratedGradients(GradientAttribution):
    """Integrated Gradients (Sundararajan, Taly, Yan, ICML 2017).

    (x - x') * integral over a in 0..1 of dF(x' + a (x - x'))/dx. Attributions of an example sum to F(x) - F(x').
    """

    _has_delta = True

    @settings
    def __init__(self, forward_func, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, n_steps=50, method="gausslegendre", internal_batch_size=None, return_convergence_delta=False):
        """Attributes the target's output to the inputs along the path from the baselines."""


class Saliency(GradientAttribution):
    """Saliency (Simonyan, Vedaldi, Zisserman, 2013): the gradient of the output, by default its magnitude."""

    @by_engine
    def attribute(self, inputs, target=None, abs=True, additional_forward_args=None):
        """Gradients of the target's output."""


class InputXGradient(GradientAttribution):
    """Input times gradient (Shrikumar et al., "Not Just a Black Box", 2016)."""

    _multiplies = True

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None):
        """Inputs times the gradients of the target's output."""


class Deconvolution(GradientAttribution):
    """Deconvolution (Zeiler, Fergus, ECCV 2014): gradients that pass every ReLU only where they are positive."""

    @settings
    def __init__(self, model): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None):
        """Deconvolved gradients of the target's output."""


class GuidedBackprop(GradientAttribution):
    """Guided Backpropagation (Springenberg et al., 2014): gradients that pass every ReLU only where they and its input are positive."""

    @settings
    def __init__(self, model): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None):
        """Guided gradients of the target's output."""


class GuidedGradCam(GradientAttribution):
    """Guided Grad-CAM (Selvaraju et al., ICCV 2017): Guided Backpropagation times the positive part of Grad-CAM at a layer."""

    @settings
    def __init__(self, model, layer, device_ids=None): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, interpolate_mode="nearest", attribute_to_layer_input=False):
        """Attributes the target's output to the inputs."""


class DeepLift(GradientAttribution):
    """DeepLIFT (Shrikumar, Greenside, Kundaje, ICML 2017), rescale rule: multiplier times (x - x')."""

    _has_delta = True

    @settings
    def __init__(self, model, multiply_by_inputs=True, eps=1e-10): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, return_convergence_delta=False, custom_attribution_func=None):
        """Attributes the difference of the target's output from that at the baselines."""

    def _engine_settings(self, model, inputs):
        return {name: value for name, value in self._settings.items() if name != "eps" or value != 1e-10}


class DeepLiftShap(DeepLift):
    """DeepSHAP (Lundberg, Lee, NeurIPS 2017): the mean of DeepLift over baselines approximates SHAP values."""

    @settings
    def __init__(self, model, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines, target=None, additional_forward_args=None, return_convergence_delta=False, custom_attribution_func=None):
        """Attributes to the inputs; the delta has an entry for each pair of an example and a baseline."""


class GradientShap(GradientAttribution):
    """GradientSHAP (Lundberg, Lee, 2017; Erion et al., 2019): expected gradients between noisy inputs and drawn baselines."""

    _draws = True
    _has_delta = True

    @settings
    def __init__(self, forward_func, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines, n_samples=5, stdevs=0.0, target=None, additional_forward_args=None, return_convergence_delta=False):
        """Attributes to the inputs; the delta has an entry for each sample."""


class LRP(GradientAttribution):
    """Layer-wise relevance propagation (Bach et al., PLOS ONE 2015).

    ``module.rule = GammaRule()`` sets the rule of a layer for the next call, as in Captum. The convergence delta has the
    opposite sign of the other algorithms': F(x) - sum(attributions).
    """

    _has_delta = True
    _multiplies = True

    @settings
    def __init__(self, model): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, return_convergence_delta=False, verbose=False):
        """The relevance of the inputs for the target's output."""

    def compute_convergence_delta(self, attributions, output):
        """F(x) - sum(attributions) for each example, from the output that was attributed."""
        return output.flatten() - sum(part.reshape(part.shape[0], -1).sum(1) for part in as_tuple(attributions))

    def _engine_settings(self, model, inputs):
        rules = rules_of(self.forward_func, model)
        return dict(self._settings, rules=rules) if rules else self._settings
