"""Explanations by training examples under Captum's names."""

from .._errors import missing
from ._results import KMostInfluentialResults
from ._similarity import SimilarityInfluence, cosine_similarity, euclidean_distance
from ._tracin import TracInCP, TracInCPFast, TracInCPFastRandProj

__all__ = ["SimilarityInfluence", "TracInCP", "TracInCPFast", "TracInCPFastRandProj"]

_INSTEAD = {
    "ArnoldiInfluenceFunction": "TracInCP tells the influence of training examples from checkpoints",
    "NaiveInfluenceFunction": "TracInCP tells the influence of training examples from checkpoints",
    "DataInfluence": "use one of %s" % ", ".join(__all__),
    "TracInCPBase": "use TracInCP, TracInCPFast or TracInCPFastRandProj",
}


def __getattr__(name):
    """Captum's names that are not here say what works instead."""
    raise missing(__name__, name, _INSTEAD)
