"""What Lime is made of."""

from ..._lime import default_from_interp_rep_transform, default_perturb_func, get_exp_kernel_similarity_function
from .._perturbation import Lime, LimeBase

__all__ = ["Lime", "LimeBase", "default_from_interp_rep_transform", "default_perturb_func", "get_exp_kernel_similarity_function"]
