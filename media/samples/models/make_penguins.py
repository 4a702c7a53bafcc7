"""Trains penguins.onnx on the Palmer penguins and writes penguins.json beside it.

    python make_penguins.py PENGUINS_JSON      (data/penguins.json of the npm package vega-datasets 3.2.1)
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
DATA_SHA256 = "0facf769609f1205b82cbceb8238c36af3e6147a0ca0e163902cc6281ce3e917"
FEATURES = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
TEST_EVERY = 4


class Penguins(nn.Module):
    """Measurements in millimetres and grams -> logits of the three species."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.fc1, self.relu1 = nn.Linear(4, 16), nn.ReLU()
        self.fc2, self.relu2 = nn.Linear(16, 16), nn.ReLU()
        self.fc3 = nn.Linear(16, 3)

    def forward(self, measurements):
        x = (measurements - self.mean) / self.std
        return self.fc3(self.relu2(self.fc2(self.relu1(self.fc1(x)))))


def load(path):
    """Complete rows as float32 [rows, 4] and int64 [rows], shuffled with a fixed seed."""
    data = pathlib.Path(path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != DATA_SHA256:
        raise SystemExit(f"{path}: sha256 must be {DATA_SHA256}, got {digest}")
    rows = [row for row in json.loads(data) if all(row[name] is not None for name in FEATURES)]
    x = np.array([[row[name] for name in FEATURES] for row in rows], np.float32)
    y = np.array([SPECIES.index(row["Species"]) for row in rows])
    order = np.random.RandomState(0).permutation(len(rows))
    return x[order], y[order]


def accuracy(logits, y):
    return float((logits.argmax(1) == y).mean())


def main(path):
    x, y = load(path)
    test = np.arange(len(x)) % TEST_EVERY == 0
    train_x, train_y = torch.from_numpy(x[~test]), torch.from_numpy(y[~test])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = Penguins(train_x.mean(0), train_x.std(0))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-3)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(train_x), train_y).backward()
        optimiser.step()
    net.eval().requires_grad_(False)
    torch.onnx.export(
        net, train_x[:1], str(HERE / "penguins.onnx"), opset_version=13, input_names=["measurements"],
        output_names=["logits"], dynamic_axes={"measurements": {0: "N"}, "logits": {0: "N"}},
    )
    session = onnxruntime.InferenceSession(str(HERE / "penguins.onnx"), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"measurements": x})[0]
    difference = np.abs(logits - net(torch.from_numpy(x)).numpy()).max()
    if difference > 1e-4:
        raise SystemExit(f"ONNX Runtime and PyTorch logits must agree within 1e-4, got {difference:.2g}")
    held_out = accuracy(logits[test], y[test])
    print(f"rows: {(~test).sum()} for training, {test.sum()} held out")
    print(f"accuracy: {accuracy(logits[~test], y[~test]):.4f} on training rows, {held_out:.4f} on held-out rows")
    print(f"ONNX Runtime against PyTorch: max |logit difference| {difference:.2g}")
    print("sha256", hashlib.sha256((HERE / "penguins.onnx").read_bytes()).hexdigest())
    examples = [int(np.flatnonzero(test & (y == k))[i]) for k in range(3) for i in range(2)]
    metadata = {
        "name": "Palmer penguins",
        "file": "penguins.onnx",
        "task": "tabular-classification",
        "input": {"name": "measurements", "features": FEATURES},
        "output": {"name": "logits", "activation": "softmax"},
        "classes": SPECIES,
        "baseline": [round(v, 4) for v in net.mean.tolist()],
        "examples": [{"values": [round(float(v), 4) for v in x[i]], "class": SPECIES[y[i]]} for i in examples],
        "accuracy": round(held_out, 4),
        "licence": "CC0-1.0 (data)",
        "source": "data/penguins.json of vega-datasets 3.2.1 (npm); Palmer Station Antarctica LTER, "
                  "Kristen Gorman, via palmerpenguins",
    }
    text = json.dumps(metadata, indent=2)
    (HERE / "penguins.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
