"""A PyTorch model on its way into the engine."""

from . import _tensors, _torch_export, _torch_state
from ._errors import AttributionLensError, ExportError


class TorchExporter:
    """Exports a module, or a function over torch tensors, and checks that the result computes the same."""

    def __init__(self, forward_func, describe, moved=None):
        self.describe = describe
        self.name = describe[7:-1]
        self._forward = forward_func if moved is None else moved
        self._root = _torch_state.root_of(forward_func)
        self._moved = moved
        dtype = _torch_export.parameter_dtype(self._root)
        self.dtype = None if dtype is None else str(dtype).rpartition(".")[2]

    def key(self, inputs, forward_args):
        """Equal for calls that the same export serves."""
        shapes = [(tuple(value.shape[1:]), value.dim(), str(value.dtype)) for value in inputs]
        batch = inputs[0].shape[0] if inputs[0].dim() else 0
        arguments = []
        for value in forward_args:
            if hasattr(value, "shape") and hasattr(value, "dim"):
                follows = value.dim() > 0 and value.shape[0] == batch
                arguments.append((tuple(value.shape[1:]) if follows else tuple(value.shape), follows, str(value.dtype)))
            else:
                arguments.append(_torch_state.state_of(value))
        return repr((shapes, arguments, self._moved and self._moved.marks, _torch_state.state_of(self._root)))

    def attempts(self, inputs, forward_args):
        """Ways to export, best first."""
        for exporter in _torch_export.exporters():
            yield lambda exporter=exporter: _torch_export.export(self._root if self._moved is None else self._moved.module(self._root), inputs, forward_args, self.describe, exporter)

    def verify(self, model, exported, inputs, forward_args):
        """Raises ExportError when the engine's output differs from the module's: for a few examples, or for all of them
        and for zeros where the module's code looked at values while it was traced."""
        batch = inputs[0].shape[0] if inputs[0].dim() else 0
        unused = model.unused_input(len(inputs))
        if unused is not None:
            raise ExportError("%s does not use its input %d in torch (.numpy() leaves it): leave it out of the inputs, or give it as one of additional_forward_args" % (self.describe, unused))
        count = batch if exported.is_doubtful else 3
        few = [value[:count].detach() if value.dim() else value for value in inputs]
        arguments = _tensors.first_examples(forward_args, inputs[0], count)
        self._compare(model, few, arguments)
        if exported.is_doubtful:
            self._compare(model, [value * 0 for value in few], arguments)

    def _compare(self, model, inputs, arguments):
        import torch

        with _torch_export.evaluating(self._root), _torch_export.in_float32(self._root), torch.no_grad():
            wanted = self._forward(*map(_torch_export.as_float32, inputs), *map(_torch_export.as_float32, arguments)).detach().float().cpu()
        if not wanted.numel() or not bool(torch.isfinite(wanted).all()):
            return
        try:
            got = model.predict(inputs, arguments).torch()
        except AttributionLensError as error:
            raise ExportError("%s: its ONNX export does not run: %s" % (self.describe, error)) from error
        if got.shape != wanted.shape:
            raise ExportError("%s: its ONNX export returns shape %s where it returns %s itself" % (self.describe, list(got.shape), list(wanted.shape)))
        difference = (got - wanted).abs().max().item()
        if difference > 1e-4 + 1e-3 * wanted.abs().max().item():
            raise ExportError(
                "%s: its ONNX export computes something else (outputs differ by %.3g). Its Python code may branch on the values of tensors, draw random numbers, or leave torch"
                " (as .numpy() does), which an export cannot hold. %s" % (self.describe, difference, _torch_export.WHAT_STILL_WORKS)
            )
