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


def made(kind, *arguments, seed=0):
    """A model with the weights that follow from the seed, in evaluation mode."""
    torch.manual_seed(seed)
    model = kind(*arguments)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()
