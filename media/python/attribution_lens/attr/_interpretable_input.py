"""Prompts seen as features that can be there or not."""

from .._errors import InvalidArgumentError


class InterpretableInput:
    """A prompt as a row of features, each kept (1) or at its baseline (0): what attribution methods perturb."""

    n_itp_features = 0
    values = []

    def to_tensor(self):
        """All features kept: a row of ones."""
        raise NotImplementedError("%s defines no to_tensor()" % type(self).__name__)

    def to_model_input(self, perturbed_tensor=None):
        """The prompt with these features kept: a text, or token ids [rows, tokens]. Default: all kept."""
        raise NotImplementedError("%s defines no to_model_input()" % type(self).__name__)

    def format_attr(self, itp_attr):
        """Attributions of the features, [rows, features], as those of `values`."""
        return itp_attr


class TextTemplateInput(InterpretableInput):
    """A prompt made of a template whose values are attributed to.

    Args:
        template: A text with places for the values (`{}` or `{name}`), or a function that makes the text of the values.
        values: A list of texts, or a dict of them by name.
        baselines: What stands in for a value that is removed, in the form of the values, or a function that returns that and is
            asked anew for each prompt. Default: nothing.
        mask: Values with the same number are kept and removed together. In the form of the values.
    """

    def __init__(self, template, values, baselines=None, mask=None):
        self.dict_keys = list(values) if isinstance(values, dict) else []
        self.values = self._ordered(values, "values")
        self.n_features = len(self.values)
        self.baselines = baselines if callable(baselines) else [""] * self.n_features if baselines is None else self._ordered(baselines, "baselines")
        self.template = template
        if not callable(template) and not isinstance(template, str):
            raise InvalidArgumentError("TextTemplateInput: template must be a string or a function, got %s" % type(template).__name__)
        self.format_fn = template if callable(template) else template.format
        self.mask = None if mask is None else self._ordered(mask, "mask")
        groups = list(dict.fromkeys(self.mask or []))
        self.formatted_mask = [groups.index(group) for group in self.mask] if self.mask is not None else list(range(self.n_features))
        self.n_itp_features = len(set(self.formatted_mask))

    def to_tensor(self):
        import torch

        return torch.ones(1, self.n_itp_features)

    def to_model_input(self, perturbed_tensor=None):
        values = list(self.values)
        if perturbed_tensor is not None:
            removed = self._ordered(self.baselines(), "baselines") if callable(self.baselines) else self.baselines
            values = [value if perturbed_tensor[0][feature] else other for value, other, feature in zip(values, removed, self.formatted_mask)]
        return self.format_fn(**dict(zip(self.dict_keys, values))) if self.dict_keys else self.format_fn(*values)

    def format_attr(self, itp_attr):
        return itp_attr[:, self.formatted_mask]

    def _ordered(self, given, name):
        """Entries in the order of the values."""
        wanted = dict if self.dict_keys else (list, tuple)
        if not isinstance(given, wanted):
            raise InvalidArgumentError("TextTemplateInput: %s must be a %s, got %s" % (name, "dict, as the values are" if self.dict_keys else "list", type(given).__name__))
        found = [given[key] for key in self.dict_keys] if self.dict_keys else list(given)
        if name != "values" and len(found) != self.n_features:
            raise InvalidArgumentError("TextTemplateInput: %s must have one entry for each of the %d values, got %d" % (name, self.n_features, len(found)))
        return found


class TextTokenInput(InterpretableInput):
    """A prompt whose tokens are attributed to.

    Args:
        text: The prompt.
        tokenizer: A tokenizer of Hugging Face's transformers, or an object with encode, decode, convert_ids_to_tokens and
            convert_tokens_to_ids.
        baselines: The token, or its id, that stands in for one that is removed.
        skip_tokens: Tokens, or ids, that always stay and are not attributed to.
    """

    def __init__(self, text, tokenizer, baselines=0, skip_tokens=None):
        import torch

        self.tokenizer = tokenizer
        self.inp_tensor = torch.as_tensor(tokenizer.encode(text, return_tensors="pt")).reshape(1, -1)
        self.skip_tokens = ids_of(skip_tokens, tokenizer)
        kept = [id not in self.skip_tokens for id in self.inp_tensor[0].tolist()]
        self.itp_mask = torch.tensor([kept]) if self.skip_tokens else None
        self.itp_tensor = self.inp_tensor if self.itp_mask is None else self.inp_tensor[self.itp_mask].unsqueeze(0)
        self.values = tokenizer.convert_ids_to_tokens(self.itp_tensor[0].tolist())
        self.n_itp_features = len(self.values)
        if not self.n_itp_features:
            raise InvalidArgumentError("TextTokenInput: the text must have at least one token that is not skipped, got %r" % text[:40])
        self.baselines = baselines if isinstance(baselines, int) else ids_of([baselines], tokenizer)[0]

    def to_tensor(self):
        import torch

        return torch.ones_like(self.itp_tensor)

    def to_model_input(self, perturbed_tensor=None):
        if perturbed_tensor is None:
            return self.inp_tensor
        rows = perturbed_tensor.shape[0]
        features = self.itp_tensor.repeat(rows, 1).to(perturbed_tensor.device)
        features[perturbed_tensor != 1] = self.baselines
        if self.itp_mask is None:
            return features
        ids = self.inp_tensor.repeat(rows, 1).to(perturbed_tensor.device)
        ids[self.itp_mask.repeat(rows, 1).to(ids.device)] = features.reshape(-1)
        return ids


def ids_of(tokens, tokenizer):
    """Ids of tokens that are given as such or as ids."""
    return [token if isinstance(token, int) else tokenizer.convert_tokens_to_ids([token])[0] for token in tokens or []]
