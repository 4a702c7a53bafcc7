"""Attributions of a neuron, in place of the output, to the inputs."""

from .._algorithm import GradientAttribution, NeuronAttribution, PerturbationAttribution
from .._declaring import by_engine, settings


class NeuronGradient(NeuronAttribution, GradientAttribution):
    """The gradient of a neuron."""

    @by_engine
    def attribute(self, inputs, neuron_selector, additional_forward_args=None, attribute_to_neuron_input=False):
        """Gradients of the neuron."""


class NeuronIntegratedGradients(NeuronAttribution, GradientAttribution):
    """Integrated Gradients of a neuron."""

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines=None, additional_forward_args=None, n_steps=50, method="gausslegendre", internal_batch_size=None, attribute_to_neuron_input=False):
        """Attributes the neuron to the inputs."""


class NeuronConductance(NeuronAttribution, GradientAttribution):
    """Conductance of a neuron (Dhamdhere, Sundararajan, Yan, ICLR 2019): what each input contributes to the output through it."""

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines=None, target=None, additional_forward_args=None, n_steps=50, method="riemann_trapezoid", internal_batch_size=None, attribute_to_neuron_input=False, grad_kwargs=None):
        """Attributes the target's output to the inputs through the neuron."""


class NeuronDeepLift(NeuronAttribution, GradientAttribution):
    """DeepLIFT of a neuron."""

    @settings
    def __init__(self, model, layer, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines=None, additional_forward_args=None, attribute_to_neuron_input=False, custom_attribution_func=None):
        """Attributes the neuron to the inputs."""


class NeuronDeepLiftShap(NeuronAttribution, GradientAttribution):
    """DeepSHAP of a neuron."""

    @settings
    def __init__(self, model, layer, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines, additional_forward_args=None, attribute_to_neuron_input=False, custom_attribution_func=None):
        """Attributes the neuron to the inputs."""


class NeuronGradientShap(NeuronAttribution, GradientAttribution):
    """GradientSHAP of a neuron."""

    _draws = True

    @settings
    def __init__(self, forward_func, layer, device_ids=None, multiply_by_inputs=True): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines, n_samples=5, stdevs=0.0, additional_forward_args=None, attribute_to_neuron_input=False):
        """Attributes the neuron to the inputs."""


class NeuronGuidedBackprop(NeuronAttribution, GradientAttribution):
    """Guided Backpropagation of a neuron."""

    @settings
    def __init__(self, model, layer, device_ids=None): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, additional_forward_args=None, attribute_to_neuron_input=False):
        """Guided gradients of the neuron."""


class NeuronDeconvolution(NeuronAttribution, GradientAttribution):
    """Deconvolution of a neuron."""

    @settings
    def __init__(self, model, layer, device_ids=None): ...

    @by_engine
    def attribute(self, inputs, neuron_selector, additional_forward_args=None, attribute_to_neuron_input=False):
        """Deconvolved gradients of the neuron."""


class NeuronFeatureAblation(NeuronAttribution, PerturbationAttribution):
    """Feature ablation of a neuron."""

    _by_perturbation = False  # a function has no layers

    @by_engine
    def attribute(self, inputs, neuron_selector, baselines=None, additional_forward_args=None, feature_mask=None, attribute_to_neuron_input=False, perturbations_per_eval=1):
        """What the neuron loses with each feature."""
