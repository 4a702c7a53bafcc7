"""Noise around any algorithm."""

import inspect

from .. import _arguments, _tensors
from .._algorithm import Attribution
from .._declaring import by_engine
from .._errors import InvalidArgumentError

_TYPES = ("smoothgrad", "smoothgrad_sq", "vargrad")


class NoiseTunnel(Attribution):
    """Noise Tunnel: attributions of noisy samples of each example, their mean, mean square or variance.

    SmoothGrad (Smilkov et al., 2017), SmoothGrad Squared (Hooker et al., 2019), VarGrad (Adebayo et al., 2018). Algorithms
    of the engine run there; others, such as own subclasses of Attribution, get their noisy samples here.
    """

    _draws = True

    def __init__(self, attribution_method):
        self.attribution_method = attribution_method
        super().__init__(attribution_method.forward_func)

    @property
    def multiplies_by_inputs(self):
        """Whether attributions of the wrapped method are multiplied by (input - baseline)."""
        return self.attribution_method.multiplies_by_inputs

    def has_convergence_delta(self):
        """Whether the wrapped method has a convergence delta."""
        return self.attribution_method.has_convergence_delta()

    @by_engine
    def attribute(self, inputs, nt_type="smoothgrad", nt_samples=5, nt_samples_batch_size=None, stdevs=1.0, draw_baseline_from_distrib=False, **kwargs):
        """Attributes by the wrapped method to noisy samples; the delta has an entry for each sample."""

    def _attribute(self, arguments):
        method = self.attribution_method
        _require_known(method, arguments)
        if not getattr(type(method).attribute, "by_engine", False):
            return _in_python(method, arguments)
        # The wrapped method's own defaults hold for what is not given.
        self._by_perturbation = method._by_perturbation
        self._dtype = method._dtype
        return super()._attribute(arguments)

    def _model(self):
        return self.attribution_method.forward_func

    def _construct(self, model, inputs):
        return model.client.construct("NoiseTunnel", self.attribution_method._construct(model, inputs))

    def _prepared(self, arguments, model, forward_args):
        return self.attribution_method._prepared(arguments, model, forward_args)

    def _options(self, arguments, inputs):
        return self.attribution_method._options(arguments, inputs)

    def _converted(self, attributions, arguments, model):
        return self.attribution_method._converted(attributions, arguments, model)


_OWN = ("inputs", "nt_type", "nt_samples", "nt_samples_batch_size", "stdevs", "draw_baseline_from_distrib")


def _require_known(method, arguments):
    """Refuses what neither of both methods takes."""
    known = inspect.signature(method.attribute).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        return
    unknown = next((name for name in arguments if name not in _OWN and name not in known), None)
    if unknown is not None:
        hint = ": the number of noisy samples is nt_samples" if unknown == "n_samples" else ""
        raise TypeError("%s.attribute() got an unexpected keyword argument '%s'%s" % (type(method).__name__, unknown, hint))


def _in_python(method, arguments):
    """For algorithms that are Python's own, over torch tensors."""
    import torch

    own = {name: value for name, value in arguments.items() if name not in _OWN}
    kind, samples, given = arguments["nt_type"], arguments["nt_samples"], arguments["inputs"]
    if kind not in _TYPES:
        raise InvalidArgumentError("Noise types must be either smoothgrad, smoothgrad_sq or vargrad, got %r" % (kind,))
    inputs = _arguments.as_tuple(given)
    stdevs = arguments["stdevs"] if isinstance(arguments["stdevs"], tuple) else (arguments["stdevs"],) * len(inputs)
    examples, chunk = inputs[0].shape[0], arguments["nt_samples_batch_size"] or samples
    sums, squares, deltas, done, is_tuple = None, None, [], 0, False
    while done < samples:
        count = min(chunk, samples - done)
        noisy = tuple(part.detach().repeat_interleave(count, dim=0) for part in inputs)
        noisy = tuple((part + torch.randn_like(part) * stdev).requires_grad_() for part, stdev in zip(noisy, stdevs))
        options = {name: _drawn(value, examples * count) if name == "baselines" and arguments["draw_baseline_from_distrib"] else _repeated(value, examples, count) for name, value in own.items()}
        found = method.attribute(noisy if isinstance(given, tuple) else noisy[0], **options)
        if own.get("return_convergence_delta"):
            found, delta = found
            deltas.append(delta.detach())
        is_tuple = isinstance(found, tuple)
        parts = [part.detach().reshape((examples, count) + part.shape[1:]) for part in (found if is_tuple else (found,))]
        sums = [part.sum(1) + (sums[index] if sums else 0) for index, part in enumerate(parts)]
        squares = [(part**2).sum(1) + (squares[index] if squares else 0) for index, part in enumerate(parts)]
        done += count
    means, mean_squares = [part / samples for part in sums], [part / samples for part in squares]
    result = {"smoothgrad": means, "smoothgrad_sq": mean_squares, "vargrad": [square - mean * mean for square, mean in zip(mean_squares, means)]}[kind]
    attributions = tuple(result) if is_tuple else result[0]
    return (attributions, torch.cat(deltas)) if deltas else attributions


def _repeated(value, examples, count):
    """Options with an entry for each of several examples, repeated with them."""
    if isinstance(value, tuple) and any(_tensors.is_tensor(part) for part in value):
        return tuple(_repeated(part, examples, count) for part in value)
    if _tensors.is_tensor(value):
        return value.repeat_interleave(count, dim=0) if examples > 1 and len(value.shape) and value.shape[0] == examples else value
    if isinstance(value, list) and len(value) == examples:
        return [part for part in value for _ in range(count)]
    return value


def _drawn(value, rows):
    import torch

    if isinstance(value, tuple):
        return tuple(_drawn(part, rows) for part in value)
    return value[torch.randint(0, value.shape[0], (rows,))] if _tensors.is_tensor(value) else value
