"""Recurrent layers over packed sequences, for torch's older exporter."""

import contextlib

from ._interrupts import surely


@contextlib.contextmanager
def packed_sequences():
    """While a module is traced, recurrent layers note what they return for packed sequences. Yields the list of it.

    They begin with states whose number of examples is that of the input: the exporter reads it from what it takes away later,
    or, in torch 1, fixes it.
    """
    import torch

    noted, counts, kinds = [], {}, (torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN)
    before, pack = [(kind, kind.forward) for kind in kinds], torch._VF._pack_padded_sequence

    def packing(input, lengths, batch_first):
        packed = pack(input, lengths, batch_first)
        counts[id(packed[0])] = (input.shape[0 if batch_first else 1], packed)
        return packed

    def noting(forward):
        def forward_and_note(self, input, hx=None):
            if not isinstance(input, torch.nn.utils.rnn.PackedSequence):
                return forward(self, input, hx)
            if hx is None and id(input.data) in counts:
                hx = _zeros(self, input.data, counts[id(input.data)][0])
            output = forward(self, input, hx)
            noted.append(output[0])
            return output

        return forward_and_note

    def restore():
        for kind, forward in before:
            kind.forward = forward
        vars(torch._VF).pop("_pack_padded_sequence", None)

    try:
        torch._VF._pack_padded_sequence = packing
        for kind, forward in before:
            kind.forward = noting(forward)
        yield noted
    finally:
        surely(restore)


def returning(bound, noted):
    """The module, returning the noted sequences after its output: torch 2 fails on those that nothing uses."""
    import torch

    kind = type(bound)

    def forward(self, *values):
        noted.clear()
        return (kind.forward(self, *values), *(torch.nn.utils.rnn.pad_packed_sequence(sequence)[0] for sequence in noted))

    bound.__class__ = type(kind.__name__, (kind,), {"forward": forward, "__module__": kind.__module__})
    return bound


def _zeros(layer, data, count):
    """The states that a layer begins with."""
    import torch

    def zeros(size):
        return torch.zeros(layer.num_layers * (2 if layer.bidirectional else 1), count, size, dtype=data.dtype, device=data.device)

    hidden = zeros(layer.proj_size or layer.hidden_size)
    return (hidden, zeros(layer.hidden_size)) if isinstance(layer, torch.nn.LSTM) else hidden
