"""Baselines drawn from what each feature may take."""

import random


class ProductBaselines:
    """Draws baselines from the product of what each feature may take.

    Args:
        baseline_values: A list with a list of values for each feature, or a dict of such lists by name. A tuple of names has
            a list of tuples: features whose values belong together.
    """

    def __init__(self, baseline_values):
        named = isinstance(baseline_values, dict)
        self.dict_keys = list(baseline_values) if named else []
        self.baseline_values = [baseline_values[key] for key in self.dict_keys] if named else baseline_values

    def sample(self):
        """One value for each feature: a list, or a dict where features have names. Drawn by Python's random."""
        drawn = [random.choice(values) for values in self.baseline_values]
        if not self.dict_keys:
            return drawn
        found = {}
        for key, value in zip(self.dict_keys, drawn):
            found.update(zip(key, value) if isinstance(key, tuple) else {key: value})
        return found

    def __call__(self):
        return self.sample()
