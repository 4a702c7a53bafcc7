"""How robust a model is to several attacks."""

import collections
import warnings

from .._arguments import forward_args_of

_ORIGINAL = "Original"
_Attack = collections.namedtuple("_Attack", "function name attempts apply_before_preproc kwargs argument_names")


class AttackComparator:
    """Compares attacks by a metric of the model's output on the inputs that they perturb, and on the inputs as they are.

    Args:
        forward_func: The model; any callable.
        metric: Gets the model's output and what `evaluate` got besides the inputs; returns a number, a tensor with an entry
            for each example, or a (named) tuple of these.
        preproc_fn: Turns the given inputs into the model's.
    """

    def __init__(self, forward_func, metric, preproc_fn=None):
        self.forward_func = forward_func
        self.metric = metric
        self.preproc_fn = preproc_fn
        self.attacks = {}
        self._batches = collections.OrderedDict()

    def add_attack(self, attack, name=None, num_attempts=1, apply_before_preproc=True, attack_kwargs=None, additional_attack_arg_names=None):
        """Adds an attack: a Perturbation or a function of inputs.

        Args:
            attack: The attack.
            name: What results go by. Default: the name of its class.
            num_attempts: How often a random attack is tried on each batch.
            apply_before_preproc: Whether the attack gets the inputs before preproc_fn.
            attack_kwargs: Arguments of the attack that are always the same.
            additional_attack_arg_names: Arguments that the attack gets from those of `evaluate`.
        """
        name = attack.__class__.__name__ if name is None else name
        if name == _ORIGINAL or name in self.attacks:
            raise RuntimeError("Cannot add attack with same name as existing attack %s" % name)
        self.attacks[name] = _Attack(attack, name, num_attempts, apply_before_preproc, attack_kwargs or {}, additional_attack_arg_names or [])

    def evaluate(self, inputs, additional_forward_args=None, perturbations_per_eval=1, **kwargs):
        """The metric of each attack for one batch.

        Args:
            inputs: What preproc_fn, or the model, takes.
            additional_forward_args: What the model takes after the inputs.
            perturbations_per_eval: Taken for Captum's sake: does not change the result.
            kwargs: Handed on to the metric and, where they ask for it, to attacks.

        Returns:
            By name of the attack the metrics `mean`, and with several attempts `max` and `min`; the metric itself of `Original`.
        """
        arguments = forward_args_of(additional_forward_args)
        prepared = inputs if self.preproc_fn is None else self.preproc_fn(inputs)
        results = {_ORIGINAL: self._measured(prepared, arguments, kwargs)}
        self._add(_ORIGINAL, results[_ORIGINAL])
        for attack in self.attacks.values():
            given = {}
            for name in attack.argument_names:
                if name in kwargs:
                    given[name] = kwargs[name]
                else:
                    warnings.warn("Additional sample arg %s not provided for %s" % (name, attack.name), stacklevel=2)
            found = []
            for _ in range(attack.attempts):
                attacked = attack.function(inputs if attack.apply_before_preproc else prepared, **given, **attack.kwargs)
                if attack.apply_before_preproc and self.preproc_fn is not None:
                    attacked = self.preproc_fn(attacked)
                found.append(self._measured(attacked, arguments, kwargs))
            results[attack.name] = {"mean": _combined(found, _mean)}
            if attack.attempts > 1:
                results[attack.name].update(min=_combined(found, _least), max=_combined(found, _largest))
            for key, value in results[attack.name].items():
                self._add(attack.name if attack.attempts == 1 else "%s %s Attempt" % (attack.name, key.title()), value)
        return results

    def summary(self):
        """The mean of each result over all batches so far."""
        return {name: {"mean": _combined(values, _mean)} for name, values in self._batches.items()}

    def reset(self):
        """Forgets all batches."""
        self._batches.clear()

    def _measured(self, inputs, arguments, kwargs):
        output = self.forward_func(*(inputs if isinstance(inputs, tuple) else (inputs,)), *arguments)
        return self.metric(output, **kwargs)

    def _add(self, name, value):
        self._batches.setdefault(name, []).append(_combined([value], _batch_mean))


def _combined(values, combine):
    """Combines metrics; those of tuples one by one."""
    if isinstance(values[0], tuple):
        parts = [combine(list(column)) for column in zip(*values)]
        kind = type(values[0])
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    return combine(values)


def _numeric(value):
    return value.float() if hasattr(value, "float") and hasattr(value, "dim") else value


def _mean(values):
    return sum(_numeric(value) for value in values) / len(values)


def _batch_mean(values):
    value = _numeric(values[0])
    return value.mean(dim=0) if hasattr(value, "dim") and value.dim() else value


def _least(values):
    return _extreme(values, "minimum", min)


def _largest(values):
    return _extreme(values, "maximum", max)


def _extreme(values, name, plain):
    if not hasattr(values[0], "dim"):
        return plain(values)
    import torch

    result = values[0]
    for value in values[1:]:
        result = getattr(torch, name)(result, value)
    return result


