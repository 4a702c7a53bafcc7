"""Attacks by the gradient of a loss, which the engine computes."""

from .. import _arguments
from .._errors import InvalidArgumentError
from ..attr import Saliency

_LEAST_GRADIENT = 1e-6


class Perturbation:
    """What perturbs inputs: defines ``perturb``, which calling it does, too."""

    def perturb(self, inputs, **kwargs):
        """The perturbed inputs, in the form of the inputs."""
        raise NotImplementedError("%s defines no perturb()" % type(self).__name__)

    def __call__(self, *args, **kwargs):
        return self.perturb(*args, **kwargs)


class FGSM(Perturbation):
    """The fast gradient sign method (Goodfellow, Shlens, Szegedy, ICLR 2015): x + epsilon * sign(dLoss/dx).

    Args:
        forward_func: The model over torch tensors.
        loss_func: Gets outputs and targets, returns one loss for each example. Default: -log of the target's output.
        lower_bound: What values are not below.
        upper_bound: What values are not above.
    """

    def __init__(self, forward_func, loss_func=None, lower_bound=float("-inf"), upper_bound=float("inf")):
        self.forward_func = forward_func
        self.loss_func = loss_func
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self._gradient = Saliency(_loss_of(forward_func, loss_func))

    def perturb(self, inputs, epsilon, target, additional_forward_args=None, targeted=False, mask=None):
        """Moves inputs away from the target, or towards it.

        Args:
            inputs: A tensor or a tuple of tensors.
            epsilon: How far each element is moved.
            target: The output whose loss it is.
            additional_forward_args: What the model takes after the inputs.
            targeted: Whether to move towards the target.
            mask: 1 where inputs may change, 0 where not; one for each input.

        Returns:
            The perturbed inputs, in the form of the inputs.
        """
        parts = _arguments.as_tuple(inputs)
        moved = self._stepped(parts, epsilon, target, additional_forward_args, targeted, mask)
        bounded = tuple(self._bounded(part) for part in moved)
        return bounded if isinstance(inputs, tuple) else bounded[0]

    def _stepped(self, parts, epsilon, target, additional_forward_args, targeted, mask):
        extra = tuple(_arguments.forward_args_of(additional_forward_args))
        if self.loss_func is None:
            options = {"target": target}
        else:
            options, extra = {}, extra + (_labels(target, parts[0]),)
        gradients = self._gradient.attribute(parts, abs=False, additional_forward_args=extra or None, **options)
        masks = _masks(mask, parts)
        step = -epsilon if targeted else epsilon
        return tuple(part.detach() + step * gradient.sign() * (gradient.abs() > _LEAST_GRADIENT) * own for part, gradient, own in zip(parts, gradients, masks))

    def _bounded(self, part):
        return part.clamp(min=self.lower_bound, max=self.upper_bound)


class PGD(Perturbation):
    """Projected gradient descent (Madry et al., ICLR 2018): steps of FGSM, each brought back into a ball around the input.

    Args:
        forward_func: The model over torch tensors.
        loss_func: Gets outputs and targets, returns one loss for each example. Default: -log of the target's output.
        lower_bound: What values are not below.
        upper_bound: What values are not above.
    """

    def __init__(self, forward_func, loss_func=None, lower_bound=float("-inf"), upper_bound=float("inf")):
        self.forward_func = forward_func
        self.fgsm = FGSM(forward_func, loss_func, lower_bound, upper_bound)

    def perturb(self, inputs, radius, step_size, step_num, target, additional_forward_args=None, targeted=False, random_start=False, norm="Linf", mask=None):
        """Moves inputs away from the target, or towards it.

        Args:
            inputs: A tensor or a tuple of tensors.
            radius: How far a perturbed example may be from the input.
            step_size: How far each element is moved in a step.
            step_num: The number of steps.
            target: The output whose loss it is.
            additional_forward_args: What the model takes after the inputs.
            targeted: Whether to move towards the target.
            random_start: Whether to begin at a random point of the ball.
            norm: Linf, the largest change of an element, or L2, the Euclidean norm of an example's changes.
            mask: 1 where inputs may change, 0 where not; one for each input.

        Returns:
            The perturbed inputs, in the form of the inputs.
        """
        if norm not in ("Linf", "L2"):
            raise InvalidArgumentError("norm must be Linf or L2, got %r" % (norm,))
        starts = tuple(part.detach() for part in _arguments.as_tuple(inputs))
        masks = _masks(mask, starts)
        bounded = self.fgsm._bounded
        current = tuple(bounded(part + _random(part, radius, norm) * own) for part, own in zip(starts, masks)) if random_start else starts
        for _ in range(step_num):
            moved = self.fgsm._stepped(current, step_size, target, additional_forward_args, targeted, mask)
            current = tuple(bounded(_projected(part, start, radius, norm)) for part, start in zip(moved, starts))
        return current if isinstance(inputs, tuple) else current[0]


def _loss_of(forward_func, loss_func):
    """The model's losses as a function that can be differentiated: of all outputs, or of the given labels."""
    if loss_func is None:

        def loss(*arguments):
            return -forward_func(*arguments).log()

    else:

        def loss(*arguments):
            return loss_func(forward_func(*arguments[:-1]), arguments[-1])

    return loss


def _labels(target, example):
    import torch

    if isinstance(target, int):
        return torch.full((example.shape[0],), target, dtype=torch.long, device=example.device)
    return torch.tensor(target, device=example.device) if isinstance(target, (list, tuple)) else target


def _masks(mask, parts):
    if mask is None:
        return (1,) * len(parts)
    return mask if isinstance(mask, tuple) else (mask,)


def _projected(part, start, radius, norm):
    change = part - start
    if norm == "Linf":
        return start + change.clamp(-radius, radius)
    return start + change.reshape(change.shape[0], -1).renorm(2, 0, radius).reshape(change.shape)


def _random(part, radius, norm):
    import torch

    if norm == "Linf":
        return (torch.rand_like(part) * 2 - 1) * radius
    direction = torch.nn.functional.normalize(torch.randn_like(part).reshape(part.shape[0], -1), dim=1)
    size = torch.rand(part.shape[0], 1, dtype=part.dtype, device=part.device) ** (1.0 / direction.shape[1])
    return (direction * size * radius).reshape(part.shape)
