"""Attributions to layers."""

from .._algorithm import GradientAttribution, LayerAttribution, PerturbationAttribution
from .._declaring import by_engine, settings
from ._gradients import LRP, DeepLift, DeepLiftShap
from ._perturbation import FeaturePermutation


class LayerActivation(LayerAttribution):
    """The values of a layer: what it computes, or gets."""

    _outputs = "each"

    @by_engine
    def attribute(self, inputs, additional_forward_args=None, attribute_to_layer_input=False):
        """The layer's values for the inputs."""


class LayerGradientXActivation(LayerAttribution, GradientAttribution):
    """A layer's values times the gradients there."""

    _outputs = "each"
    _multiplies = True

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, attribute_to_layer_input=False, grad_kwargs=None):
        """Activation times gradient."""


class LayerGradCam(LayerAttribution, GradientAttribution):
    """Grad-CAM (Selvaraju et al., ICCV 2017): a layer's channels, weighted by their mean gradients, summed."""

    _outputs = "each"

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, attribute_to_layer_input=False, relu_attributions=False, attr_dim_summation=True, grad_kwargs=None):
        """The weighted channels; LayerAttribution.interpolate brings them to the size of the input."""


class LayerIntegratedGradients(LayerAttribution, GradientAttribution):
    """Integrated Gradients at a layer: along the straight line between the layer's values at the baselines and at the inputs."""

    _outputs = "together"
    _has_delta = True

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, n_steps=50, method="gausslegendre", internal_batch_size=None, return_convergence_delta=False, attribute_to_layer_input=False, grad_kwargs=None):
        """Attributes to the layer; baselines are those of the model's inputs, also token ids."""


class LayerConductance(LayerAttribution, GradientAttribution):
    """Conductance (Dhamdhere, Sundararajan, Yan, ICLR 2019): the flow of Integrated Gradients through a layer."""

    _outputs = "each"
    _has_delta = True
    _multiplies = True

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, n_steps=50, method="gausslegendre", internal_batch_size=None, return_convergence_delta=False, attribute_to_layer_input=False, grad_kwargs=None):
        """Attributes to the layer along the path of the inputs."""


class InternalInfluence(LayerAttribution, GradientAttribution):
    """Internal influence (Leino et al., 2018): gradients at a layer, averaged along the path of the inputs."""

    _outputs = "each"

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, n_steps=50, method="gausslegendre", internal_batch_size=None, attribute_to_layer_input=False, grad_kwargs=None):
        """Mean gradients at the layer."""


class LayerDeepLift(LayerAttribution, DeepLift):
    """DeepLIFT to a layer."""

    _outputs = "each"

    @settings
    def __init__(self, model, layer, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines=None, target=None, additional_forward_args=None, return_convergence_delta=False, attribute_to_layer_input=False, custom_attribution_func=None, grad_kwargs=None):
        """Multipliers at the layer times the difference of its values."""


class LayerDeepLiftShap(LayerDeepLift, DeepLiftShap):
    """DeepSHAP to a layer."""

    _outputs = None

    @settings
    def __init__(self, model, layer, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines, target=None, additional_forward_args=None, return_convergence_delta=False, attribute_to_layer_input=False, custom_attribution_func=None):
        """The mean of LayerDeepLift over baselines."""


class LayerGradientShap(LayerAttribution, GradientAttribution):
    """GradientSHAP to a layer."""

    _draws = True
    _has_delta = True

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, baselines, n_samples=5, stdevs=0.0, target=None, additional_forward_args=None, return_convergence_delta=False, attribute_to_layer_input=False):
        """Expected gradients at the layer times the difference of its values."""


class LayerLRP(LRP, LayerAttribution):
    """Layer-wise relevance propagation up to a layer."""

    @settings
    def __init__(self, model, layer): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, return_convergence_delta=False, attribute_to_layer_input=False, verbose=False):
        """The relevance of what the layer computes, or gets."""

    _converted = LayerAttribution._converted


class LayerFeatureAblation(LayerAttribution, PerturbationAttribution):
    """Feature ablation of what a layer computes: the output's loss with each part at its baseline."""

    _by_perturbation = False  # the engine must re-enter the model at the layer

    @by_engine
    def attribute(self, inputs, layer_baselines=None, target=None, additional_forward_args=None, layer_mask=None, attribute_to_layer_input=False, perturbations_per_eval=1):
        """What the target's output loses with each part of the layer."""


class LayerFeaturePermutation(LayerAttribution, FeaturePermutation):
    """Feature permutation of what a layer computes."""

    _by_perturbation = False

    @settings
    def __init__(self, forward_func, layer, device_ids=None): ...

    @by_engine
    def attribute(self, inputs, target=None, additional_forward_args=None, layer_mask=None, perturbations_per_eval=1):
        """What the target's output loses when each part of the layer is shuffled among the examples."""
