"""What explaining a language model's answer gave."""

from .. import _display
from .._errors import InvalidArgumentError
from .._visualized import show_tokens


class LLMAttributionResult:
    """Attributions of an answer to the features of its prompt.

    Args:
        seq_attr: Of all of the answer, [features].
        token_attr: Of each token of the answer, [tokens, features]; None of methods that explain one number.
        input_tokens: What each feature reads.
        output_tokens: What each token of the answer reads.
        output_probs: The probability of each token of the answer, where it is known.
        inp: The prompt.
    """

    def __init__(self, seq_attr, token_attr, input_tokens, output_tokens, output_probs=None, inp=None):
        self.seq_attr = seq_attr
        self.token_attr = token_attr
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.output_probs = output_probs
        self.inp = inp

    @property
    def seq_attr_dict(self):
        """`seq_attr` by input token; of tokens that stand in several places, the last."""
        return dict(zip(self.input_tokens, self.seq_attr.cpu().tolist()))

    def plot_token_attr(self, show=False):
        """A heat map of input tokens against output tokens.

        Args:
            show: Whether to show it at once, in a notebook as a picture that can be read token by token. Otherwise the
                matplotlib figure and its axes are returned.
        """
        if self.token_attr is None:
            raise InvalidArgumentError("token_attr is None (no token-level attribution was performed), please use plot_seq_attr instead for the sequence-level attribution plot")
        if show and _display.notebook() is not None:
            return show_tokens(self)
        from matplotlib import pyplot

        values = self.token_attr.cpu().numpy()
        figure, axes = pyplot.subplots(figsize=(max(values.shape[1] * 1.3, 6.4), max(values.shape[0] / 2.5, 4.8)))
        largest = abs(values).max() or 1
        image = axes.imshow(values, vmin=-largest, vmax=largest, cmap="RdBu_r", aspect="auto")
        figure.colorbar(image, ax=axes).ax.set_ylabel("Token Attribution", rotation=-90, va="bottom")
        axes.set_yticks(range(len(self.output_tokens)), labels=[repr(token)[1:-1] for token in self.output_tokens])
        axes.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False)
        self._label(axes, pyplot, right=False)
        for row, numbers in enumerate(values):
            for column, number in enumerate(numbers):
                axes.text(column, row, "%.4f" % number, ha="center", va="center", color="black" if 0.2 < image.norm(number) < 0.8 else "white")
        return _finished(figure, axes, pyplot, show)

    def plot_seq_attr(self, show=False):
        """A bar for each input token; `show` as for plot_token_attr."""
        if show and _display.notebook() is not None:
            return show_tokens(self, of_tokens=False)
        from matplotlib import pyplot

        values = self.seq_attr.cpu().numpy()
        figure, axes = pyplot.subplots(figsize=(max(len(values) / 2, 6.4), max(len(values) / 4, 4.8)))
        axes.bar(range(len(values)), values, color=["#d0365b" if value < 0 else "#4772b3" for value in values])
        axes.set_ylabel("Sequence Attribution", rotation=90, va="bottom")
        self._label(axes, pyplot, right=True)
        return _finished(figure, axes, pyplot, show)

    def _label(self, axes, pyplot, right):
        labels = [repr(token)[1:-1] if len(token) <= 50 else repr(token[:47])[1:-1] + "..." for token in self.input_tokens]
        axes.set_xticks(range(len(labels)), labels=labels)
        pyplot.setp(axes.get_xticklabels(), rotation=-30, ha="left" if right else "right", rotation_mode="anchor")


def _finished(figure, axes, pyplot, show):
    if not show:
        return figure, axes
    pyplot.show()
    return None
