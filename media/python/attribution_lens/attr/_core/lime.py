"""What Lime is made of."""

from ..._lime import get_exp_kernel_similarity_function
from .._perturbation import Lime, LimeBase

__all__ = ["Lime", "LimeBase", "get_exp_kernel_similarity_function"]
