"""Attribution algorithms under Captum's names: change ``captum.attr`` into ``attribution_lens.attr``."""

import importlib

from .._algorithm import Attribution, GradientAttribution, LayerAttribution, NeuronAttribution, PerturbationAttribution
from .._errors import missing
from . import visualization
from ._data_loader import DataLoaderAttribution
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
from ._interpretable_input import InterpretableInput, TextTemplateInput, TextTokenInput
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
from ._llm import LLMAttribution, LLMGradientAttribution
from ._llm_result import LLMAttributionResult
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
from ._product_baselines import ProductBaselines
from ._token_reference import TokenReferenceBase

_OF_TORCH = {
    "_embedding": ("InterpretableEmbeddingBase", "configure_interpretable_embedding_layer", "remove_interpretable_embedding_layer"),
    "_stat": ("CommonStats", "Count", "Max", "Mean", "Min", "MSE", "StdDev", "Sum", "Var"),
    "_summarizer": ("ClassSummarizer", "Summarizer", "SummarizerSingleTensor"),
}
_INSTEAD = {
    "RemoteLLMAttribution": "LLMAttribution takes any model that can be called in this process",
    "RemoteLLMProvider": "LLMAttribution takes any model that can be called in this process",
    "VLLMProvider": "LLMAttribution takes any model that can be called in this process",
    "ImageMaskInput": "FeatureAblation and Lime take images with a feature_mask; LLMAttribution takes TextTemplateInput and TextTokenInput",
}


def __getattr__(name):
    """What needs torch is imported when it is first used."""
    for module, names in _OF_TORCH.items():
        if name in names:
            return getattr(importlib.import_module("." + module, __name__), name)
    raise missing(__name__, name, _INSTEAD)


__all__ = [
    "Attribution", "DataLoaderAttribution", "Deconvolution", "DeepLift", "DeepLiftShap", "FeatureAblation",
    "FeaturePermutation", "GradientAttribution", "GradientShap", "GuidedBackprop", "GuidedGradCam", "InputXGradient",
    "IntegratedGradients", "InternalInfluence", "InterpretableInput", "KernelShap", "LLMAttribution",
    "LLMAttributionResult", "LLMGradientAttribution", "LRP", "LayerActivation", "LayerAttribution", "LayerConductance",
    "LayerDeepLift", "LayerDeepLiftShap", "LayerFeatureAblation", "LayerFeaturePermutation", "LayerGradCam",
    "LayerGradientShap", "LayerGradientXActivation", "LayerIntegratedGradients", "LayerLRP", "Lime", "LimeBase",
    "NeuronAttribution", "NeuronConductance", "NeuronDeconvolution", "NeuronDeepLift", "NeuronDeepLiftShap",
    "NeuronFeatureAblation", "NeuronGradient", "NeuronGradientShap", "NeuronGuidedBackprop",
    "NeuronIntegratedGradients", "NoiseTunnel", "Occlusion", "PerturbationAttribution", "ProductBaselines", "Saliency",
    "ShapleyValueSampling", "ShapleyValues", "TextTemplateInput", "TextTokenInput", "TokenReferenceBase",
    "visualization",
]
