"""Small models of the usual kinds, with fixed random weights."""

import torch
from torch import nn


class Net(nn.Module):
    """The talk's network: convolutions, ReLUs, pools and linear layers as modules."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 8, 3)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.AvgPool2d(2)
        self.fc1 = nn.Linear(8 * 3 * 3, 16)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(16, 4)

    def forward(self, x):
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x)))
        return self.fc2(self.relu3(self.fc1(x.flatten(1))))


class Lrp(nn.Module):
    """Only layers that LRP has rules for."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 3))

    def forward(self, x):
        return self.layers(x)


class Gated(nn.Module):
    """Modules that LRP has rules for, and functions that are called, of which some have none."""

    def __init__(self):
        super().__init__()
        self.queries = nn.Linear(4, 4)
        self.keys = nn.Linear(4, 4)
        self.gate = nn.Linear(4, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        weights = torch.softmax(self.queries(x) @ self.keys(x).transpose(1, 2) / 2, dim=-1)
        x = nn.functional.gelu(weights @ x) + x
        return self.out((torch.sigmoid(self.gate(x)) * nn.functional.relu(x)).mean(1))


class Tabular(nn.Module):
    """Two tables and a factor, several activations, probabilities."""

    def __init__(self):
        super().__init__()
        self.numbers = nn.Linear(5, 8)
        self.others = nn.Linear(3, 8)
        self.norm = nn.BatchNorm1d(16)
        self.relu = nn.ReLU()
        self.hidden = nn.Linear(16, 6)
        self.sigmoid = nn.Sigmoid()
        self.out = nn.Linear(6, 3)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, numbers, others, factor=1.0):
        x = self.norm(torch.cat([self.numbers(numbers), self.others(others)], dim=1))
        return self.softmax(self.out(self.sigmoid(self.hidden(self.relu(x) * factor))))


class Transformer(nn.Module):
    """A text classifier: token ids, positions, an encoder layer of torch's own, mean over positions."""

    def __init__(self, vocabulary=30, length=7, width=16):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(1, length, width) * 0.1)
        self.encoder = nn.TransformerEncoderLayer(width, 4, 32, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(width, 3)

    def forward(self, tokens):
        return self.out(self.dropout(self.encoder(self.embedding(tokens) + self.positions)).mean(dim=1))


class Decoder(nn.Module):
    """A causal language model that is called as those of Hugging Face's transformers are."""

    def __init__(self, vocabulary=12, width=16, longest=24):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(longest, width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)
        self.device = torch.device("cpu")

    def forward(self, input_ids, attention_mask=None, use_cache=None):
        length = input_ids.shape[1]
        x = self.embedding(input_ids) * 3 + self.positions(torch.arange(length))
        later = torch.full((length, length), float("-inf")).triu(1)
        x = self.norm(x + self.attention(x, x, x, attn_mask=later, need_weights=False)[0])
        return Logits(logits=self.head(x))

    def generate(self, input_ids, max_new_tokens=3, **_):
        for _ in range(min(max_new_tokens, 3)):
            input_ids = torch.cat([input_ids, self(input_ids).logits[:, -1:].argmax(2)], 1)
        return input_ids


class Logits:
    """What language models of transformers return: an object with the logits."""

    def __init__(self, logits):
        self.logits = logits


class Words:
    """A tokenizer of words."""

    def __init__(self, words):
        self.words = ["<unk>", "<s>"] + words

    def encode(self, text, return_tensors=None, add_special_tokens=True):
        ids = [1] * add_special_tokens + self.convert_tokens_to_ids(text.split())
        return torch.tensor([ids]) if return_tensors == "pt" else ids

    def __call__(self, text, add_special_tokens=True, return_offsets_mapping=False):
        places, start = [], 0
        for word in text.split():
            start = text.index(word, start)
            places.append((start, start + len(word)))
            start += len(word)
        return {"input_ids": self.convert_tokens_to_ids(text.split()), "offset_mapping": places}

    def decode(self, ids):
        return " ".join(self.convert_ids_to_tokens([int(id) for id in ids]))

    def convert_ids_to_tokens(self, ids):
        return [self.words[id] for id in ids]

    def convert_tokens_to_ids(self, tokens):
        return [self.words.index(token) if token in self.words else 0 for token in tokens]


def made(kind, *arguments, seed=0):
    """A model with the weights that follow from the seed, in evaluation mode."""
    torch.manual_seed(seed)
    model = kind(*arguments)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()
