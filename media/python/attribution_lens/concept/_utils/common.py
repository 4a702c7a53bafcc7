"""How experimental sets are called."""

from .._concept import concepts_to_str

__all__ = ["concepts_to_str"]
