"""The models of the comparison, with fixed random weights: each activation is a module of its own, as DeepLift wants it."""

import torch
from torch import nn


class Net(nn.Module):
    """The network of the talk."""

    def __init__(self):
        super().__init__()
        self.conv1, self.relu1, self.pool1 = nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.relu2, self.pool2 = nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.conv3, self.relu3, self.pool3 = nn.Conv2d(64, 128, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.fc1, self.relu4 = nn.Linear(512, 512), nn.ReLU()
        self.fc2, self.softmax = nn.Linear(512, 2), nn.Softmax(dim=1)

    def forward(self, x):
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x)))
        x = self.pool3(self.relu3(self.conv3(x)))
        return self.softmax(self.fc2(self.relu4(self.fc1(x.flatten(1)))))


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, normalised before each."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.softmax = nn.Softmax(dim=-1)
        self.linear1, self.relu, self.linear2 = nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width)

    def forward(self, x):
        y = self.norm1(x)
        query, key, value = (part(y).reshape(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        weights = self.softmax(query @ key.transpose(2, 3) / (query.shape[3] ** 0.5))
        x = x + self.out((weights @ value).transpose(1, 2).flatten(2))
        return x + self.linear2(self.relu(self.linear1(self.norm2(x))))


class Transformer(nn.Module):
    """An encoder over the embeddings of tokens, and ten classes."""

    def __init__(self, layers=6, width=384, heads=12):
        super().__init__()
        self.layers = nn.Sequential(*(EncoderLayer(width, heads) for _ in range(layers)))
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        return self.out(self.layers(x).mean(dim=1))


def residual(name):
    """One of torchvision's networks, its ReLUs, which it uses several times, taken apart."""
    import torchvision
    from torch import fx

    model = fx.symbolic_trace(getattr(torchvision.models, name)())
    uses = {}
    for node in model.graph.nodes:
        if node.op == "call_module" and isinstance(model.get_submodule(node.target), nn.ReLU):
            uses[node.target] = uses.get(node.target, 0) + 1
            if uses[node.target] > 1:
                node.target = "%s_%d" % (node.target, uses[node.target])
                model.add_submodule(node.target, nn.ReLU())
    model.recompile()
    return model


def made(name):
    """A model in evaluation mode and an input, which follow from fixed seeds."""
    torch.manual_seed(0)
    model = residual(name) if name.startswith("resnet") else {"net": Net, "transformer": Transformer}[name]()
    torch.manual_seed(1)
    shape = {"net": (1, 1, 50, 50), "transformer": (1, 64, 384)}.get(name, (1, 3, 224, 224))
    return model.eval(), torch.randn(shape)
