"""What torch computes for an ONNX model of a fixed batch of one example, for two at once.

    python3 light.py MODEL.onnx NAME OUT.json

Needs torch and onnx. The operators are those of the light_*.onnx models.
"""

import json
import pathlib
import sys

import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

from export import reference


class Interpreter:
    """An ONNX graph as a function of torch tensors, [examples, ...] to [examples, classes]."""

    def __init__(self, graph):
        self.nodes = [(node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}) for node in graph.node]
        self.weights = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
        (self.input,) = [value for value in graph.input if value.name not in self.weights and value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT]
        self.output = graph.output[0].name

    def __call__(self, x):
        values = {**self.weights, self.input.name: x}
        constant = set(self.weights)
        for node, attributes in self.nodes:
            inputs = [values[name] for name in node.input]
            if constant.issuperset(node.input):
                constant.update(node.output)
            elif node.op_type == "Reshape":  # its shape is for one example
                inputs[1] = torch.cat([torch.tensor([len(x)]), inputs[1][1:]])
            values[node.output[0]] = OPERATORS[node.op_type](*inputs, **attributes)
        return values[self.output].flatten(1)


def conv(x, weight, bias=None, *, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), group=1, kernel_shape=None):
    return F.conv2d(padded(x, pads), weight, bias, strides, 0, dilations, group)


def max_pool(x, *, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0)):
    return F.max_pool2d(padded(x, pads, float("-inf")), kernel_shape, strides)


def average_pool(x, *, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), count_include_pad=0):
    mean = F.avg_pool2d(padded(x, pads), kernel_shape, strides)
    return mean if count_include_pad else mean / F.avg_pool2d(padded(torch.ones_like(x), pads), kernel_shape, strides)


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value)


def batch_normalization(x, scale, bias, mean, variance, *, epsilon=1e-5, momentum=0.9):
    return F.batch_norm(x, mean, variance, scale, bias, eps=epsilon)


def gemm(a, b, c, *, alpha=1.0, beta=1.0, transA=0, transB=0):
    return alpha * (a.T if transA else a) @ (b.T if transB else b) + beta * c


def unsqueeze(x, *, axes):
    for axis in sorted(axes):
        x = x.unsqueeze(axis)
    return x


OPERATORS = {
    "Add": lambda a, b: a + b,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Conv": conv,
    "Dropout": lambda x, ratio=0.5: x,
    "Gemm": gemm,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "LRN": lambda x, size, alpha=1e-4, beta=0.75, bias=1.0: F.local_response_norm(x, size, alpha, beta, bias),
    "MaxPool": max_pool,
    "Mul": lambda a, b: a * b,
    "Relu": torch.relu,
    "Reshape": lambda x, shape: x.reshape(shape.tolist()),
    "Sum": lambda *parts: sum(parts),
    "Transpose": lambda x, perm: x.permute(perm),
    "Unsqueeze": unsqueeze,
}


def main(model, name, out) -> None:
    net = Interpreter(onnx.load(model).graph)
    shape = [dim.dim_value for dim in net.input.type.tensor_type.shape.dim][1:]
    pathlib.Path(out).write_text(json.dumps(reference(name, net, shape)))


main(*sys.argv[1:])
