"""The nets whose gradients are compared: architectures of torchvision at reduced widths and sizes, with weights that
anyone can compute again from their names.

A net is a pair of the module and the shape of one example. No weights are downloaded.
"""

import numpy as np
import torch
from torch import nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.swin_transformer import SwinTransformer

CLASSES = 10


def uniform(name: str, size: int) -> np.ndarray:
    """The first `size` numbers, in [-1, 1), of the generator mulberry32 started from the FNV-1a hash of a name, as float32."""
    seed = 2166136261
    for byte in name.encode("ascii"):
        seed = (seed ^ byte) * 16777619 % 2**32
    with np.errstate(over="ignore"):
        state = np.uint32(seed) + np.arange(1, size + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        mixed = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        mixed ^= mixed + (mixed ^ (mixed >> np.uint32(7))) * (mixed | np.uint32(61))
        mixed ^= mixed >> np.uint32(14)
    return (mixed / 2.0**31 - 1.0).astype(np.float32)


def values(name: str, shape, offset: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """offset + scale * u in float32, where u are the numbers of the name."""
    numbers = uniform(name, int(np.prod(shape, dtype=np.int64)))
    return (np.float32(offset) + np.float32(scale) * numbers).reshape(shape)


def rule_of(name: str, value: torch.Tensor, gain: float):
    """Offset and scale of a parameter, so that signals neither vanish nor explode."""
    kind = name.rsplit(".", 1)[-1]
    if kind == "running_var":
        return 1.0, 0.5
    if kind == "layer_scale":
        return 0.5, 0.25
    if kind == "weight" and value.dim() == 1:
        return 1.0, 0.25
    if value.dim() < 2 or kind in ("class_token", "pos_embedding"):
        return 0.0, 0.1
    return 0.0, float(np.float32(gain * (3.0 / value[0].numel()) ** 0.5))


def fill(module: nn.Module, gain: float) -> dict:
    """Sets the weights of a module and returns the rule of each."""
    rules = {}
    for name, value in module.state_dict().items():
        if not value.is_floating_point():
            continue
        rules[name] = rule_of(name, value, gain)
        with torch.no_grad():
            value.copy_(torch.from_numpy(values(name, tuple(value.shape), *rules[name])))
    return rules


class LstmClassifier(nn.Module):
    """Two bidirectional layers, and a linear one on the mean over time."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.classifier = nn.Linear(16, CLASSES)

    def forward(self, x):
        return self.classifier(self.lstm(x)[0].mean(1))


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        split = lambda part: part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = (query @ key.transpose(-1, -2) / (width // self.heads) ** 0.5).softmax(-1)
        return self.output((weights @ value).transpose(1, 2).reshape(batch, length, width))


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = SelfAttention(width, heads)
        self.attention_norm, self.output_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.intermediate, self.output = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.attention_norm(x + self.attention(x))
        return self.output_norm(x + self.output(nn.functional.gelu(self.intermediate(x))))


class BertEncoder(nn.Module):
    """Encoder layers as in BERT, from embedded words to the classes."""

    def __init__(self, width=32, heads=4, layers=3, length=12):
        super().__init__()
        self.position_embeddings = nn.Embedding(length, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(BertLayer(width, heads) for _ in range(layers))
        self.pooler, self.classifier = nn.Linear(width, width), nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.norm(x + self.position_embeddings(torch.arange(x.shape[1])))
        for layer in self.layers:
            x = layer(x)
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


def narrow_resnet(block, layers):
    """A ResNet with a quarter of the channels."""
    net = models.ResNet(block, layers, num_classes=CLASSES, width_per_group=64)
    net.inplanes = 16
    net.conv1, net.bn1 = nn.Conv2d(3, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16)
    for index, planes in enumerate((16, 32, 64, 128)):
        setattr(net, f"layer{index + 1}", net._make_layer(block, planes, layers[index], stride=1 if index == 0 else 2))
    net.fc = nn.Linear(128 * block.expansion, CLASSES)
    return net


def narrow_vgg():
    plan = [16, 16, "M", 32, 32, "M", 64, 64, 64, "M", 64, 64, 64, "M", 64, 64, 64, "M"]
    net = models.VGG(models.vgg.make_layers(plan), num_classes=CLASSES, init_weights=False)
    net.avgpool = nn.AdaptiveAvgPool2d(1)
    net.classifier = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, CLASSES))
    return net


def narrow_efficientnet():
    configuration = models.efficientnet._efficientnet_conf("efficientnet_b0", width_mult=0.25, depth_mult=1.0)
    configuration = configuration[0] if isinstance(configuration, tuple) else configuration
    return models.EfficientNet(configuration, dropout=0.2, num_classes=CLASSES)


def narrow_convnext():
    plan = [CNBlockConfig(12, 24, 2), CNBlockConfig(24, 48, 2), CNBlockConfig(48, 96, 4), CNBlockConfig(96, None, 2)]
    return models.ConvNeXt(plan, num_classes=CLASSES)


# What the weights are scaled by: about the square root of 2 where layers end in ReLU.
GAINS = {"vgg16": 1.5, "densenet121": 1.6, "googlenet": 1.4, "efficientnet_b0": 1.45, "lstm": 2.0}

NETS = {
    "resnet18": (lambda: narrow_resnet(models.resnet.BasicBlock, [2, 2, 2, 2]), (3, 64, 64)),
    "resnet50": (lambda: narrow_resnet(models.resnet.Bottleneck, [3, 4, 6, 3]), (3, 64, 64)),
    "vgg16": (narrow_vgg, (3, 32, 32)),
    "mobilenet_v2": (lambda: models.mobilenet_v2(width_mult=0.25, num_classes=CLASSES), (3, 64, 64)),
    "densenet121": (lambda: models.DenseNet(8, (6, 12, 24, 16), 16, num_classes=CLASSES), (3, 64, 64)),
    "googlenet": (lambda: models.GoogLeNet(num_classes=CLASSES, aux_logits=False, init_weights=False), (3, 64, 64)),
    "efficientnet_b0": (narrow_efficientnet, (3, 64, 64)),
    "convnext": (narrow_convnext, (3, 64, 64)),
    "vit_b_16": (lambda: models.VisionTransformer(32, 8, 4, 4, 48, 96, num_classes=CLASSES), (3, 32, 32)),
    "swin_t": (lambda: SwinTransformer([4, 4], 12, [2, 2, 2, 2], [1, 2, 4, 8], [4, 4], num_classes=CLASSES), (3, 64, 64)),
    "bert": (BertEncoder, (12, 32)),
    "lstm": (LstmClassifier, (10, 6)),
}


def build(name: str):
    """The net in evaluation mode, the rules of its weights, and the shape of one example."""
    make, shape = NETS[name]
    torch.manual_seed(0)
    net = make().eval()
    return net, fill(net, GAINS.get(name, 1.2)), shape
