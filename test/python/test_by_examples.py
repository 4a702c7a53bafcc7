"""Explanations by concepts and by training examples."""

import os
import sys
import tempfile
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]

import torch
from torch import nn

from attribution_lens.concept import CAV, TCAV, Concept
from attribution_lens.concept._utils.data_iterator import CustomIterableDataset, dataset_to_dataloader
from attribution_lens.influence import NaiveInfluenceFunction, SimilarityInfluence, TracInCP, TracInCPFast, TracInCPFastRandProj
from attribution_lens.influence._utils.nearest_neighbors import AnnoyNearestNeighbors
from models import Lrp, made


class Examples(unittest.TestCase):
    def setUp(self):
        self.net = made(Lrp)
        self.rows, self.labels = torch.randn(8, 6), torch.randint(0, 3, (8,))
        self.train = torch.utils.data.TensorDataset(self.rows[:5], self.labels[:5])
        self.state = {name: value.clone() for name, value in self.net.state_dict().items()}

    def load(self, model, scale):
        model.load_state_dict({name: value * scale for name, value in self.state.items()})
        return 0.5

    def test_influence_of_training_examples(self):
        loss = nn.CrossEntropyLoss(reduction="none")
        found = TracInCP(self.net, self.train, [1.0], self.load, loss_fn=loss).influence((self.rows[5:], self.labels[5:]))

        def gradient(index):
            parts = torch.autograd.grad(loss(self.net(self.rows[index : index + 1]), self.labels[index : index + 1])[0], list(self.net.parameters()))
            return torch.cat([part.reshape(-1) for part in parts])

        wanted = torch.tensor([[0.5 * (gradient(test) @ gradient(train)).item() for train in range(5)] for test in range(5, 8)])
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-5)
        for name, value in self.net.state_dict().items():
            torch.testing.assert_close(value, self.state[name], rtol=0, atol=0)

    def test_last_layer_and_projections(self):
        arguments = (self.net, self.net.layers[4], self.train, [0.5, 1.0], self.load, nn.CrossEntropyLoss(reduction="sum"))
        tests = (self.rows[5:], self.labels[5:])
        fast = TracInCPFast(*arguments).influence(tests, k=3)
        projected = TracInCPFastRandProj(*arguments).influence(tests, k=3)
        self.assertEqual(fast.indices.tolist(), projected.indices.tolist())
        torch.testing.assert_close(fast.influence_scores, projected.influence_scores, rtol=1e-3, atol=1e-5)
        found = TracInCPFastRandProj(*arguments, nearest_neighbors=AnnoyNearestNeighbors(num_trees=5)).influence(tests, k=2, proponents=False)
        opposed = TracInCPFast(*arguments).influence(tests, k=2, proponents=False)
        self.assertEqual(found.indices.tolist(), opposed.indices.tolist())
        torch.testing.assert_close(found.influence_scores, opposed.influence_scores, rtol=1e-3, atol=1e-5)

    def test_losses_of_ones_own(self):
        tests = (self.rows[5:], self.rows[5:, :3])
        train = torch.utils.data.TensorDataset(self.rows[:5], self.rows[:5, :3])

        def found(loss):
            return TracInCP(self.net, train, [1.0], self.load, loss_fn=loss).influence(tests)

        squares = found(nn.MSELoss(reduction="sum"))
        self.assertGreater(squares.abs().max().item(), 0.1)
        for same in (lambda output, labels: ((output - labels) ** 2).sum(1), lambda output, labels: ((output - labels) ** 2).sum()):
            torch.testing.assert_close(found(same), squares)
        torch.testing.assert_close(found(nn.functional.mse_loss), squares / 9)
        torch.testing.assert_close(found(nn.HuberLoss(reduction="sum", delta=100.0)), squares / 4)
        with self.assertRaisesRegex(AssertionError, "TracInCP: loss_fn: with weights or an ignored label the mean of a batch is no mean"):
            found(nn.CrossEntropyLoss(weight=torch.ones(3)))
        with self.assertRaisesRegex(AssertionError, "must be none, sum or mean, got 'batchmean'"):
            found(nn.KLDivLoss(reduction="batchmean"))
        with self.assertRaisesRegex(TypeError, "TracInCP: loss_fn: Model 'LossOfExamples': its ONNX export computes something else"):
            found(lambda output, labels: (output - labels).sum(1) if output.abs().sum() > 0 else labels.sum(1))

    def test_influence_functions(self):
        net = nn.Sequential(nn.Linear(6, 1, bias=False))
        train, tests = (self.rows[:5], self.rows[:5, :1]), (self.rows[5:], self.rows[5:, :1])
        method = NaiveInfluenceFunction(net, torch.utils.data.TensorDataset(*train), "here", lambda model, _: 1.0, loss_fn=nn.MSELoss(reduction="sum"), hessian_reg=0.5)

        def gradients(x, y):
            return 2 * (net(x) - y).detach() * x

        inverse = torch.linalg.inv(2 * train[0].T @ train[0] + 0.5 * torch.eye(6))
        wanted = gradients(*tests) @ inverse @ gradients(*train).T
        torch.testing.assert_close(method.influence(tests), wanted, rtol=1e-3, atol=1e-4)
        self.assertEqual(method.influence(tests, k=2).indices.tolist(), wanted.topk(2).indices.tolist())
        parts = method.compute_intermediate_quantities(tests)
        torch.testing.assert_close((parts**2).sum(1), method.self_influence(tests), rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(method.compute_intermediate_quantities(tests, aggregate=True), parts.sum(0, keepdim=True))

    def test_similar_examples(self):
        found = SimilarityInfluence(self.net, "layers.0", list(self.rows), "unused").influence(self.rows[2:4], top_k=2)
        self.assertEqual(found["layers.0"][0][:, 0].tolist(), [2, 3])
        torch.testing.assert_close(found["layers.0"][1][:, 0], torch.ones(2))

    def test_concepts(self):
        model = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2)).eval()
        with torch.no_grad():
            model[0].weight.copy_(torch.eye(6))
            model[2].weight.abs_()
        high, low = Concept(0, "high", [torch.rand(20, 6) + 2]), Concept(1, "low", dataset_to_dataloader(CustomIterableDataset(lambda _: iter(torch.rand(20, 6)), "low.csv"), batch_size=6))
        with tempfile.TemporaryDirectory() as folder:
            scores = TCAV(model, ["0", "1"], save_path=folder).interpret(torch.rand(4, 6) + 1, [[high, low]], target=1)
        self.assertEqual(scores["0-1"]["0"]["sign_count"].tolist(), [1, 0])
        self.assertGreater(scores["0-1"]["1"]["magnitude"][0].item(), 0)
        with self.assertRaisesRegex(AssertionError, "'2' computes nothing"), tempfile.TemporaryDirectory() as folder:
            TCAV(model[:2], "2", save_path=folder).interpret(torch.rand(4, 6), [[high, low]], target=1)

    def test_vectors_of_concepts_are_kept(self):
        high, low = Concept(0, "high", [torch.rand(20, 6) + 2]), Concept(1, "low", [torch.rand(20, 6)])
        with tempfile.TemporaryDirectory() as folder:
            first = TCAV(self.net, "layers.1", save_path=folder).compute_cavs([[high, low]])["0-1"]["layers.1"].stats
            again = TCAV(self.net, "layers.1", save_path=folder).compute_cavs([[high, low]])["0-1"]["layers.1"]
            torch.testing.assert_close(again.stats["weights"], first["weights"], rtol=0, atol=0)
            self.assertEqual((again.stats["classes"], [concept.name for concept in again.concepts], first["weights"].shape), ([0, 1], ["high", "low"], (2, 8)))
            path = CAV.assemble_save_path(folder, "default_model_id", [high, low], "layers.1")
            torch.save({"layer": Harmful()}, path)
            with self.assertRaisesRegex(AssertionError, "The vectors in .*0-1-layers.1.pkl' cannot be read"):
                TCAV(self.net, "layers.1", save_path=folder).compute_cavs([[high, low]])


class Harmful:
    """What runs code when a pickle is read."""

    def __reduce__(self):
        return os._exit, (1,)


if __name__ == "__main__":
    unittest.main()
