"""How faithful and how steady explanations are."""

import inspect

from .. import _arguments, _model, _tensors
from .._errors import InvalidArgumentError


def infidelity(
    forward_func, perturb_func, inputs, attributions, baselines=None, additional_forward_args=None, target=None,
    n_perturb_samples=10, max_examples_per_batch=None, normalize=False,
):
    """Infidelity (Yeh et al., NeurIPS 2019): mean of (sum of attribution * I - (F(x) - F(x perturbed by I)))^2 for each example.

    Args:
        forward_func: The model; any callable.
        perturb_func: Gets the inputs, every example several times in a row (and the baselines, where given), and returns
            a pair: the perturbations and the perturbed inputs.
        inputs: A tensor or a tuple of tensors.
        attributions: What explains the inputs, in their shapes.
        baselines: Handed on to perturb_func.
        additional_forward_args: What the model takes after the inputs.
        target: The output that is explained.
        n_perturb_samples: Perturbations of each example.
        max_examples_per_batch: How many perturbed examples are made at once. None: all.
        normalize: Whether attributions are first scaled to fit the changes best.

    Returns:
        One number for each example.
    """
    is_tuple = isinstance(inputs, tuple)
    parts = _arguments.as_tuple(inputs)
    forward_args = _arguments.forward_args_of(additional_forward_args)
    model = _model.model_for(forward_func, parts, forward_args, by_perturbation=True)

    def perturb(given, references=None):
        """Between the engine's tensors and the user's."""
        own = tuple(_tensors.like(part, value) for part, value in zip(parts, given))
        arguments = [own if is_tuple else own[0]]
        if references is not None:
            starts = tuple(_tensors.like(part, value) for part, value in zip(parts, references))
            arguments.append(starts if is_tuple else starts[0])
        returned = perturb_func(*arguments)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise InvalidArgumentError("perturb_func must return a pair: perturbations and perturbed inputs. infidelity_perturb_func_decorator makes one of the inputs alone")
        return {name: list(_arguments.as_tuple(value)) for name, value in zip(("perturbations", "inputs"), returned)}

    options = _arguments.options({"baselines": baselines, "target": target, "n_perturb_samples": n_perturb_samples, "max_examples_per_batch": max_examples_per_batch, "normalize": normalize}, parts)
    options.update(model.forward_options(forward_args))
    result = model.client.function("infidelity", model.handle, perturb, parts, _arguments.as_tuple(attributions), options)
    return _tensors.like(parts[0], result.value)


def infidelity_perturb_func_decorator(multiply_by_inputs=True):
    """Makes a perturbation function of one that only returns perturbed inputs.

    Args:
        multiply_by_inputs: Whether attributions are multiplied by inputs: the perturbation is then the part
            (x - x') / (x - baseline) that was taken away; else x - x'.
    """

    def decorate(perturb_func):
        def perturb(inputs, baselines=None):
            changed = _arguments.as_tuple(perturb_func(inputs) if baselines is None else perturb_func(inputs, baselines))
            parts = _arguments.as_tuple(inputs)
            starts = baselines if isinstance(baselines, tuple) else (baselines,) * len(parts)
            return tuple(_taken_away(x, new, start, multiply_by_inputs) for x, new, start in zip(parts, changed, starts)), changed

        return perturb

    return decorate


def _taken_away(x, changed, start, multiply_by_inputs):
    difference = x - changed
    if not multiply_by_inputs:
        return difference
    whole = x if start is None else x - start
    return difference / (whole + (whole == 0))


def default_perturb_func(inputs, perturb_radius=0.02):
    """Uniform noise of ±perturb_radius."""
    parts = _arguments.as_tuple(inputs)
    return tuple(part + _uniform(part) * perturb_radius for part in parts)


def sensitivity_max(
    explanation_func, inputs, perturb_func=default_perturb_func, perturb_radius=0.02, n_perturb_samples=10, norm_ord="fro",
    max_examples_per_batch=None, **kwargs,
):
    """Maximum sensitivity (Yeh et al., NeurIPS 2019): max over x' near x of |E(x) - E(x')| / |E(x)| for each example.

    Args:
        explanation_func: Attributes a tuple of inputs: `IntegratedGradients(model).attribute`.
        inputs: A tensor or a tuple of tensors.
        perturb_func: Gets the inputs, every example several times in a row, and the radius. Default: uniform noise.
        perturb_radius: How far inputs are moved.
        n_perturb_samples: Perturbations of each example.
        norm_ord: The norm of attributions: fro (Euclidean), 1, inf or another order.
        max_examples_per_batch: How many perturbed examples are attributed at once. None: all.
        kwargs: Handed on to explanation_func; what has an entry for each example is repeated with the examples.

    Returns:
        One number for each example.
    """
    import numpy

    parts = _arguments.as_tuple(inputs)
    examples = parts[0].shape[0]
    order = 2 if norm_ord == "fro" else float(norm_ord)
    original = _flat(explanation_func(parts, **kwargs), examples)
    norms = numpy.linalg.norm(original, ord=order, axis=1)
    norms[norms == 0] = 1
    largest = numpy.zeros(examples)
    chunk = n_perturb_samples if max_examples_per_batch is None else max(1, max_examples_per_batch // examples)
    takes_radius = perturb_func is default_perturb_func or len(inspect.signature(perturb_func).parameters) > 1
    for begin in range(0, n_perturb_samples, chunk):
        samples = min(chunk, n_perturb_samples - begin)
        expanded = tuple(repeated(part, samples) for part in parts)
        given = expanded if isinstance(inputs, tuple) or perturb_func is default_perturb_func else expanded[0]
        perturbed = _arguments.as_tuple(perturb_func(given, perturb_radius) if takes_radius else perturb_func(given))
        found = _flat(explanation_func(perturbed, **{name: _repeated_option(name, value, parts, samples) for name, value in kwargs.items()}), examples * samples)
        changes = numpy.linalg.norm(numpy.repeat(original, samples, axis=0) - found, ord=order, axis=1).reshape(examples, samples)
        largest = numpy.maximum(largest, changes.max(axis=1) / norms)
    return _as_kind(parts[0], largest)


def repeated(value, times):
    """Each example so many times in a row."""
    return value.repeat_interleave(times, dim=0) if _tensors.kind_of(value) == "torch" else value.repeat(times, axis=0)


def _repeated_option(name, value, inputs, times):
    examples = inputs[0].shape[0]
    if isinstance(value, tuple) and any(_tensors.is_tensor(part) for part in value):
        return tuple(_repeated_option(name, part, inputs, times) for part in value)
    if _tensors.is_tensor(value):
        return repeated(value, times) if len(value.shape) and value.shape[0] == examples and (examples > 1 or name == "additional_forward_args") else value
    if name == "target" and isinstance(value, list) and len(value) == examples:
        return [part for part in value for _ in range(times)]
    return value


def _flat(attributions, rows):
    import numpy

    parts = [part.detach().cpu().numpy() if _tensors.kind_of(part) == "torch" else numpy.asarray(part) for part in _arguments.as_tuple(attributions)]
    return numpy.concatenate([part.reshape(rows, -1).astype(numpy.float64) for part in parts], axis=1)


def _as_kind(example, values):
    if _tensors.kind_of(example) == "torch":
        import torch

        return torch.as_tensor(values, dtype=example.dtype if example.is_floating_point() else torch.float32, device=example.device)
    return values.astype(example.dtype if _tensors.is_floating(example) else "float32")


def _uniform(part):
    if _tensors.kind_of(part) == "torch":
        import torch

        return torch.rand_like(part) * 2 - 1
    import numpy

    return (numpy.random.random_sample(part.shape) * 2 - 1).astype(part.dtype)
