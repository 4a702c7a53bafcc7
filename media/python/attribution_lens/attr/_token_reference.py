"""Reference token ids for texts."""


class TokenReferenceBase:
    """Makes baselines for token ids: sequences of one reference token, padding for example."""

    def __init__(self, reference_token_idx=0):
        self.reference_token_idx = reference_token_idx

    def generate_reference(self, sequence_length, device):
        """A tensor of `sequence_length` reference tokens."""
        import torch

        return torch.tensor([self.reference_token_idx] * sequence_length, device=device)
