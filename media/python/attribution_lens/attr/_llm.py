"""Attributions of what a language model answers to the parts of its prompt."""

import copy

from .. import _tensors
from .._algorithm import Attribution
from .._errors import InvalidArgumentError
from ._interpretable_input import TextTemplateInput, TextTokenInput, ids_of
from ._layer import LayerActivation, LayerGradientShap, LayerGradientXActivation, LayerIntegratedGradients
from ._llm_result import LLMAttributionResult
from ._perturbation import FeatureAblation, KernelShap, Lime, ShapleyValues, ShapleyValueSampling

DEFAULT_GEN_ARGS = {"max_new_tokens": 25, "do_sample": False, "temperature": None, "top_p": None}


class _OverLanguageModel(Attribution):
    """What both ways have in common. The model is of Hugging Face's transformers, or called like it: token ids [rows, tokens]
    give logits [rows, tokens, vocabulary], or an object that has them as `logits`."""

    SUPPORTED_METHODS = ()
    SUPPORTED_INPUTS = ()
    _advice = ""

    def __init__(self, attr_method, tokenizer):
        if not isinstance(attr_method, self.SUPPORTED_METHODS):
            raise InvalidArgumentError("%s does not support %s: use %s. %s" % (type(self).__name__, type(attr_method).__name__, ", ".join(kind.__name__ for kind in self.SUPPORTED_METHODS), self._advice))
        super().__init__(attr_method.forward_func)
        self.attr_method = copy.copy(attr_method)
        self.model = self.forward_func
        self.tokenizer = tokenizer
        given = getattr(self.model, "device", None)
        self.device = given if given is not None else next((parameter.device for parameter in self.model.parameters()), "cpu")

    def _target_tokens(self, inp, target, skip_tokens, gen_args):
        """The ids of the tokens that are explained."""
        import torch

        if not isinstance(inp, self.SUPPORTED_INPUTS):
            raise InvalidArgumentError("%s: the input must be a %s, got %s" % (type(self).__name__, " or ".join(kind.__name__ for kind in self.SUPPORTED_INPUTS), type(inp).__name__))
        if target is None:
            if not callable(getattr(self.model, "generate", None)):
                raise InvalidArgumentError("%s: the model has no generate(), so the target must be given" % type(self).__name__)
            prompt = self._ids(inp.to_model_input())
            ids = self.model.generate(prompt, **(gen_args or DEFAULT_GEN_ARGS))[0][prompt.shape[1] :]
        elif gen_args is not None:
            raise InvalidArgumentError("%s: gen_args are for a target that is generated, and one is given" % type(self).__name__)
        elif isinstance(target, str):
            ids = torch.as_tensor(self.tokenizer.encode(target, add_special_tokens=False))
        elif isinstance(target, torch.Tensor):
            ids = target
        else:
            raise TypeError("target must either be str or Tensor, but the type of target is %s" % type(target))
        skipped = ids_of(skip_tokens, self.tokenizer)
        kept = [id for id in ids.reshape(-1).tolist() if id not in skipped]
        if not kept:
            raise InvalidArgumentError("%s: the target must have at least one token, got none" % type(self).__name__)
        return kept

    def _ids(self, model_input):
        import torch

        if isinstance(model_input, str):
            model_input = torch.as_tensor(self.tokenizer.encode(model_input, return_tensors="pt")).reshape(1, -1)
        return model_input.to(self.device)

    def _readable(self, ids):
        """The text of each token; the token itself where it is part of a character."""
        texts = [self.tokenizer.decode([id]) for id in ids]
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        return [token if not text or "\ufffd" in text else text for text, token in zip(texts, tokens)]


class LLMAttribution(_OverLanguageModel):
    """Attribution of a language model's answer to the parts of its prompt (Miglani et al., "Using Captum to Explain Generative
    Language Models", 2023): prompts with parts removed are scored by the log probability of the target tokens.

    The model runs in Python; all target tokens are scored at once, without a cache.

    Args:
        attr_method: FeatureAblation, ShapleyValueSampling, ShapleyValues, Lime or KernelShap over the language model. Lime and
            KernelShap attribute the answer as a whole only.
        tokenizer: The model's tokenizer.
        attr_target: log_prob or prob of the answer.
    """

    SUPPORTED_METHODS = (FeatureAblation, ShapleyValueSampling, ShapleyValues, Lime, KernelShap)
    SUPPORTED_PER_TOKEN_ATTR_METHODS = (FeatureAblation, ShapleyValueSampling, ShapleyValues)
    SUPPORTED_INPUTS = (TextTemplateInput, TextTokenInput)
    _advice = "For gradients there is LLMGradientAttribution"

    def __init__(self, attr_method, tokenizer, attr_target="log_prob"):
        super().__init__(attr_method, tokenizer)
        if attr_target not in ("log_prob", "prob"):
            raise InvalidArgumentError("attr_target must be log_prob or prob, got %r" % (attr_target,))
        self.attr_target = attr_target
        self.include_per_token_attr = isinstance(attr_method, self.SUPPORTED_PER_TOKEN_ATTR_METHODS)

    def attribute(
        self, inp, target=None, skip_tokens=None, num_trials=1, gen_args=None, use_cached_outputs=True, _inspect_forward=None, **kwargs,
    ):
        """Attributes an answer.

        Args:
            inp: A TextTemplateInput or a TextTokenInput.
            target: The answer, a text or token ids. Default: the one that the model generates.
            skip_tokens: Tokens, or ids, that are left out of the target.
            num_trials: How often to attribute: the mean is returned. For algorithms and baselines that draw at random.
            gen_args: What model.generate gets. Default: 25 new tokens, the most probable ones.
            use_cached_outputs: Taken for Captum's sake: all target tokens are scored at once.
            _inspect_forward: Called with the prompt, the answer and the scores of each prompt that is tried.
            kwargs: Options of the algorithm: n_samples, perturbations_per_eval. Newer Captum's forward_in_tokens is taken
                as use_cached_outputs is.

        Returns:
            An LLMAttributionResult.
        """
        import torch

        kwargs.pop("forward_in_tokens", None)
        ids = self._target_tokens(inp, target, skip_tokens, gen_args)

        def score(rows):
            return torch.cat([self._scored(inp, row[None], ids, _inspect_forward) for row in rows])

        score.output_shape = [-1, 1 + len(ids)] if self.include_per_token_attr else [-1]
        self.attr_method.forward_func = score
        total = 0
        for _ in range(num_trials):
            features = inp.to_tensor().float()
            total = total + self.attr_method.attribute(features, **kwargs).reshape(-1, inp.n_itp_features)
        found = inp.format_attr(total.cpu() / num_trials)
        return LLMAttributionResult(
            seq_attr=found[0], token_attr=found[1:] if self.include_per_token_attr else None, input_tokens=list(inp.values),
            output_tokens=self._readable(ids), inp=inp,
        )

    def _scored(self, inp, row, ids, inspect_forward):
        """[1, 1 + tokens]: log probabilities of the whole target and of each token; [1] where only the whole is wanted."""
        import torch

        prompt = self._ids(inp.to_model_input(row))
        with torch.no_grad():
            each = _log_probabilities(self.model, torch.cat([prompt, torch.tensor([ids], device=prompt.device)], 1), ids)
        scores = torch.cat([each.sum(1, keepdim=True), each], 1) if self.include_per_token_attr else each.sum(1)
        scores = scores.exp() if self.attr_target == "prob" else scores
        if inspect_forward is not None:
            inspect_forward(self.tokenizer.decode(prompt[0]), self.tokenizer.decode(ids), scores[0].reshape(-1).tolist())
        return scores.float().cpu()


class LLMGradientAttribution(_OverLanguageModel):
    """Attribution of each token of an answer to the tokens of the prompt, by gradients of its log probability at the embedding.

    Args:
        attr_method: LayerIntegratedGradients, LayerGradientXActivation or LayerGradientShap on the layer that embeds tokens.
        tokenizer: The model's tokenizer.
    """

    SUPPORTED_METHODS = (LayerGradientShap, LayerGradientXActivation, LayerIntegratedGradients)
    SUPPORTED_INPUTS = (TextTokenInput,)
    _advice = "Without gradients there is LLMAttribution"

    def attribute(self, inp, target=None, skip_tokens=None, gen_args=None, **kwargs):
        """Attributes an answer.

        Args:
            inp: A TextTokenInput.
            target: The answer, a text or token ids. Default: the one that the model generates.
            skip_tokens: Tokens, or ids, that are left out of the target.
            gen_args: What model.generate gets.
            kwargs: Options of the algorithm: n_steps, method, internal_batch_size of LayerIntegratedGradients; baselines
                (rows of 1 for tokens that are kept, 0 for those that are not; default: none is kept) and n_samples of
                LayerGradientShap. Between prompts there is nothing, so that its gradients are those at the baselines.

        Returns:
            An LLMAttributionResult.
        """
        import torch

        target_ids = self._target_tokens(inp, target, skip_tokens, gen_args)
        prompt = self._followed(inp.to_model_input(), target_ids)
        self.attr_method.forward_func = _scorer(self.model, target_ids)
        if isinstance(self.attr_method, LayerGradientShap):
            attributions = self._from_baselines(inp, prompt, target_ids, **kwargs)
        else:
            if isinstance(self.attr_method, LayerIntegratedGradients):
                kwargs = dict(kwargs, baselines=self._followed(inp.to_model_input(torch.zeros_like(inp.itp_tensor)), target_ids))
            attributions = [self.attr_method.attribute(prompt, target=index, **kwargs) for index in range(len(target_ids))]
        found = torch.cat([part[:, : inp.inp_tensor.shape[1]].sum(-1) for part in attributions])
        if inp.itp_mask is not None:
            found = found[:, inp.itp_mask[0].to(found.device)]
        return LLMAttributionResult(seq_attr=found.sum(0), token_attr=found, input_tokens=list(inp.values), output_tokens=self._readable(target_ids), inp=inp)


    def _followed(self, model_input, target_ids):
        """Token ids of prompts, each followed by the target but its last token."""
        import torch

        ids = self._ids(model_input)
        return torch.cat([ids, torch.tensor([target_ids[:-1]], dtype=torch.long, device=ids.device).expand(ids.shape[0], -1)], 1)

    def _from_baselines(self, inp, prompt, target_ids, baselines=None, n_samples=5, stdevs=0.0):
        """The embedding's difference from a baseline times the gradient there, the mean of so many drawn baselines."""
        import torch

        if stdevs:
            raise InvalidArgumentError("LayerGradientShap: stdevs must be 0 for tokens, which are there or not, got %s" % stdevs)
        kept = torch.zeros_like(inp.itp_tensor) if baselines is None else baselines
        drawn, counts = torch.randint(kept.shape[0], (n_samples,)).unique(return_counts=True)
        without = self._followed(inp.to_model_input(kept[drawn]), target_ids)
        model, layer, multiplies = self.attr_method.forward_func, self.attr_method.layer, self.attr_method.multiplies_by_inputs
        weights = (counts / n_samples).reshape(-1, 1, 1).to(prompt.device)
        if multiplies:
            embedding = LayerActivation(model, layer)
            weights = weights * (embedding.attribute(prompt) - embedding.attribute(without))
        gradients = LayerGradientXActivation(model, layer, multiply_by_inputs=False)
        return [(weights * gradients.attribute(without, target=index)).sum(0, keepdim=True) for index in range(len(target_ids))]


def _scorer(model, target_ids):
    """A module that gives the log probability of each target token, [rows, tokens], for a prompt and the target but its last token."""
    import torch

    class LogProbabilities(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model
            self.ids = target_ids

        def forward(self, ids):
            return _log_probabilities(self.model, torch.cat([ids, ids[:, :1]], 1), self.ids)

    scorer = LogProbabilities()
    scorer.training = False
    return scorer


def _log_probabilities(model, ids, target_ids):
    """log p of each target token, [rows, tokens], given token ids that end with the target."""
    import torch

    count = len(target_ids)
    output = model(ids[:, :-1])
    logits = output if _tensors.is_tensor(output) else output.logits
    log_probabilities = torch.log_softmax(logits[:, logits.shape[1] - count :].float(), dim=2)
    return torch.stack([log_probabilities[:, place, id] for place, id in enumerate(target_ids)], 1)
