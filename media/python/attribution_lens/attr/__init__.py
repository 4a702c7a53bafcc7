"""Attribution algorithms under Captum's names: change ``captum.attr`` into ``attribution_lens.attr``."""

from .._algorithm import Attribution, GradientAttribution, LayerAttribution, NeuronAttribution, PerturbationAttribution
from . import visualization
from ._gradients import (
    LRP,
    Deconvolution,
    DeepLift,
    DeepLiftShap,
    GradientShap,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    IntegratedGradients,
    Saliency,
)
from ._layer import (
    InternalInfluence,
    LayerActivation,
    LayerConductance,
    LayerDeepLift,
    LayerDeepLiftShap,
    LayerFeatureAblation,
    LayerFeaturePermutation,
    LayerGradCam,
    LayerGradientShap,
    LayerGradientXActivation,
    LayerIntegratedGradients,
    LayerLRP,
)
from ._neuron import (
    NeuronConductance,
    NeuronDeconvolution,
    NeuronDeepLift,
    NeuronDeepLiftShap,
    NeuronFeatureAblation,
    NeuronGradient,
    NeuronGradientShap,
    NeuronGuidedBackprop,
    NeuronIntegratedGradients,
)
from ._noise_tunnel import NoiseTunnel
from ._perturbation import FeatureAblation, FeaturePermutation, KernelShap, Lime, LimeBase, Occlusion, ShapleyValues, ShapleyValueSampling
from ._token_reference import TokenReferenceBase

_OF_TORCH = ("InterpretableEmbeddingBase", "configure_interpretable_embedding_layer", "remove_interpretable_embedding_layer")


def __getattr__(name):
    """What needs torch is imported when it is first used."""
    if name in _OF_TORCH:
        from . import _embedding

        return getattr(_embedding, name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


__all__ = [
    "Attribution", "Deconvolution", "DeepLift", "DeepLiftShap", "FeatureAblation", "FeaturePermutation", "GradientAttribution",
    "GradientShap", "GuidedBackprop", "GuidedGradCam", "InputXGradient", "IntegratedGradients", "InternalInfluence",
    "KernelShap", "LRP", "LayerActivation", "LayerAttribution", "LayerConductance", "LayerDeepLift", "LayerDeepLiftShap",
    "LayerFeatureAblation", "LayerFeaturePermutation", "LayerGradCam", "LayerGradientShap", "LayerGradientXActivation",
    "LayerIntegratedGradients", "LayerLRP", "Lime", "LimeBase", "NeuronAttribution", "NeuronConductance",
    "NeuronDeconvolution", "NeuronDeepLift", "NeuronDeepLiftShap", "NeuronFeatureAblation", "NeuronGradient",
    "NeuronGradientShap", "NeuronGuidedBackprop", "NeuronIntegratedGradients", "NoiseTunnel", "Occlusion",
    "PerturbationAttribution", "Saliency", "ShapleyValueSampling", "ShapleyValues", "TokenReferenceBase", "visualization",
]
