"""What Captum's tutorials call, with small models of the same kinds."""

import os
import sys
import unittest
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from attribution_lens.attr import (
    DeepLift, FeatureAblation, GradientShap, IntegratedGradients, LayerAttribution, LayerConductance, LayerDeepLift, LayerGradCam, LayerGradientShap, LayerGradientXActivation, LayerIntegratedGradients, Lime, LLMAttribution,
    LLMGradientAttribution, NoiseTunnel, Occlusion, TextTemplateInput, TextTokenInput, TokenReferenceBase, configure_interpretable_embedding_layer,
    remove_interpretable_embedding_layer,
)
from attribution_lens.attr import visualization as viz
from attribution_lens.robust import FGSM
from models import Decoder, Net, Words, made


class Images(unittest.TestCase):
    """CIFAR, and the interpretation of ResNet."""

    def test_attributions_and_pictures(self):
        net, image = made(Net), torch.rand(1, 3, 20, 20)
        x = ((image - 0.5) / 0.5).requires_grad_()
        score, label = torch.topk(F.softmax(net(x), dim=1), 1)
        label.squeeze_()
        gradients = IntegratedGradients(net)
        found, delta = gradients.attribute(x, baselines=x * 0, target=label, return_convergence_delta=True)
        self.assertLess(abs(delta.item()), 0.02)
        of = {
            "IntegratedGradients": found,
            "NoiseTunnel": NoiseTunnel(gradients).attribute(x, baselines=x * 0, nt_type="smoothgrad_sq", nt_samples=3, stdevs=0.2, target=label, n_steps=4),
            "DeepLift": DeepLift(net).attribute(x, target=label, baselines=x * 0),
            "GradientShap": GradientShap(net).attribute(x, n_samples=5, stdevs=0.0001, baselines=torch.cat([x * 0, x * 1]), target=label),
            "Occlusion": Occlusion(net).attribute(x, strides=(3, 4, 4), target=label, sliding_window_shapes=(3, 7, 7), baselines=0),
            "LayerGradCam": LayerAttribution.interpolate(LayerGradCam(net, net.conv2).attribute(x, target=label), x.shape[2:]),
        }
        shown = np.transpose(image.squeeze().numpy(), (1, 2, 0))
        colours = LinearSegmentedColormap.from_list("custom blue", [(0, "#ffffff"), (0.25, "#000000"), (1, "#000000")], N=256)
        for name, attributions in of.items():
            values = np.transpose(attributions.squeeze(0).cpu().detach().numpy(), (1, 2, 0))
            figure, axes = viz.visualize_image_attr_multiple(values, shown, ["original_image", "heat_map"], ["all", "absolute_value"], cmap=colours, show_colorbar=True, use_pyplot=False)
            self.assertEqual(len(axes), 2, name)
        figure, axes = viz.visualize_image_attr(None, shown, method="original_image", title="Original Image", use_pyplot=False)
        self.assertEqual(axes.get_title(), "Original Image")
        with self.assertRaisesRegex(TypeError, "unexpected keyword argument 'n_samples': the number of noisy samples is nt_samples"):
            NoiseTunnel(gradients).attribute(x, n_samples=3, target=label)
        with self.assertRaisesRegex(AssertionError, "unless only the original image"):
            viz.visualize_image_attr(None, shown, method="heat_map", use_pyplot=False)

    def test_attack_of_outputs_below_zero(self):
        net, x = made(Net), torch.rand(1, 3, 20, 20, requires_grad=True)
        output = net(x)[0]
        self.assertLess(output.min().item(), 0)  # of which the loss, -log, is no number
        label = int(output.argmax())
        gradient, = torch.autograd.grad(-output[label].log(), x)
        moved = x.detach() + 0.1 * gradient.sign() * (gradient.abs() > 1e-6)
        torch.testing.assert_close(FGSM(net, lower_bound=0, upper_bound=1).perturb(x, epsilon=0.1, target=label), moved.clamp(0, 1))

    def test_segmentation(self):
        fcn = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 5, 1)).eval()
        x = torch.rand(1, 3, 16, 16, requires_grad=True)
        chosen = torch.argmax(fcn(x), dim=1, keepdim=True)

        def aggregated(images):
            output = fcn(images)
            return (output * torch.zeros_like(output[0:1]).scatter_(1, chosen, 1)).sum(dim=(2, 3))

        target = int(chosen.flatten().mode().values)
        self.assertEqual(LayerGradCam(aggregated, fcn[0]).attribute(x, target=target).shape, (1, 1, 16, 16))
        self.assertEqual(FeatureAblation(aggregated).attribute(x, feature_mask=chosen, perturbations_per_eval=2, target=target).shape, x.shape)
        without = Lime(aggregated).from_interp_rep_transform(torch.tensor([[1, 0, 1, 1, 1]]), x, feature_mask=chosen, baselines=0)
        torch.testing.assert_close(without, x * (chosen != 1))


class Sentences(nn.Module):
    """The tutorial's network for movie reviews: pools over whatever length the convolution leaves."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 10, padding_idx=1)
        self.convs = nn.ModuleList([nn.Conv2d(1, 5, (size, 10)) for size in (3, 4)])
        self.fc = nn.Linear(10, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, text):
        embedded = self.embedding(text).unsqueeze(1)
        convolved = [F.relu(conv(embedded)).squeeze(3) for conv in self.convs]
        pooled = [F.max_pool1d(part, part.shape[2]).squeeze(2) for part in convolved]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))


class Answers(nn.Module):
    """As BERT for questions: three embeddings, a mask that it does not need, and two outputs."""

    def __init__(self):
        super().__init__()
        self.word_embeddings, self.position_embeddings, self.token_type_embeddings = nn.Embedding(40, 16), nn.Embedding(20, 16), nn.Embedding(2, 16)
        self.norm = nn.LayerNorm(16)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
        self.out = nn.Linear(16, 2)

    def forward(self, ids, token_type_ids=None, position_ids=None, attention_mask=None):
        embedded = self.norm(self.word_embeddings(ids) + self.position_embeddings(position_ids) + self.token_type_embeddings(token_type_ids))
        output = self.out(self.encoder(embedded))
        return output[..., 0], output[..., 1]


class Attending(nn.Module):
    """As a block of BERT that returns its attention, too."""

    def __init__(self):
        super().__init__()
        self.query, self.value = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        attention = torch.softmax(self.query(x) @ x.transpose(1, 2), dim=2)
        return torch.tanh(attention @ self.value(x)), attention


class Halves(nn.Module):
    """Returns two tensors."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(5, 4), nn.Linear(5, 3)

    def forward(self, x):
        return self.first(x), self.second(x)


class Rest(nn.Module):
    """Takes two tensors."""

    def __init__(self):
        super().__init__()
        self.relu, self.tanh, self.last = nn.ReLU(), nn.Tanh(), nn.Linear(7, 2)

    def forward(self, first, second):
        return self.last(torch.cat([self.relu(first), self.tanh(second)], 1))


class Splitting(nn.Module):
    """Two parts with two tensors between them."""

    def __init__(self):
        super().__init__()
        self.split, self.rest = Halves(), Rest()

    def forward(self, x):
        return self.rest(*self.split(x))


class Questions(nn.Module):
    """As the network for visual questions: a hook keeps what the image gives, and words are packed by their number."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.conv = nn.Conv2d(3, 12, 3)
        self.out = nn.Linear(24, 5)
        self.kept = {}
        self.conv.register_forward_hook(lambda module, given, output: self.kept.update({output.device: output}))

    def forward(self, image, words, length):
        _, (_, cell) = self.lstm(pack_padded_sequence(torch.tanh(self.embedding(words)), list(length.data), batch_first=True))
        self.conv(image)
        return self.out(torch.cat([self.kept[image.device].relu().mean((2, 3)), cell[0]], 1))


class Texts(unittest.TestCase):
    def test_movie_reviews(self):
        model, text = made(Sentences), "it was a fantastic performance ! pad".split()
        ids = torch.tensor([[len(word) for word in text]])
        reference = TokenReferenceBase(reference_token_idx=1).generate_reference(7, device="cpu").unsqueeze(0)
        found, delta = LayerIntegratedGradients(model, model.embedding).attribute(ids, reference, n_steps=200, return_convergence_delta=True)
        self.assertEqual(found.shape, (1, 7, 10))
        torch.testing.assert_close(found.sum() - delta.sum(), (model(ids) - model(reference)).sum().detach(), rtol=1e-3, atol=1e-4)
        record = viz.VisualizationDataRecord(found.sum(2)[0].numpy(), 0.9, "pos", "neg", "pos", found.sum(), text, delta)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertIn("fantastic", viz.visualize_text([record]).data)
            numbers = viz.VisualizationDataRecord(found.sum(2)[0], model(ids)[0, 0], torch.argmax(found), torch.tensor(1), "pos", found.sum(), text, delta)
            self.assertNotIn("tensor", viz.visualize_text([numbers]).data)

    def test_answers_to_questions(self):
        model = made(Answers)

        def position(inputs, token_type_ids=None, position_ids=None, attention_mask=None, place=0):
            return model(inputs, token_type_ids=token_type_ids, position_ids=position_ids, attention_mask=attention_mask)[place].max(1).values

        ids, types, places = torch.randint(0, 40, (1, 9)), torch.tensor([[0] * 4 + [1] * 5]), torch.arange(9)[None]
        reference, mask = torch.zeros_like(ids), torch.ones_like(ids)
        for place in (0, 1):
            found = LayerIntegratedGradients(position, model.word_embeddings).attribute(inputs=ids, baselines=reference, additional_forward_args=(types, places, mask, place), n_steps=10)
            self.assertEqual(found.shape, (1, 9, 16))
        layers = [model.word_embeddings, model.token_type_embeddings, model.position_embeddings]
        found = LayerIntegratedGradients(position, layers).attribute(inputs=(ids, types, places), baselines=(reference, types * 0, places * 0), additional_forward_args=(mask, 0), n_steps=10)
        self.assertEqual([part.shape for part in found], [(1, 9, 16)] * 3)
        embedding = configure_interpretable_embedding_layer(model, "word_embeddings")
        try:
            starts = embedding.indices_to_embeddings(reference)
            found = LayerConductance(position, model.encoder.layers[1]).attribute(inputs=embedding.indices_to_embeddings(ids), baselines=starts, additional_forward_args=(types, places, mask, 0), n_steps=5)
        finally:
            remove_interpretable_embedding_layer(model, embedding)
        self.assertEqual(found.shape, (1, 9, 16))

    def test_attention_that_layers_return(self):
        block, x = made(Attending), torch.randn(3, 4, 6)

        def model(x):
            return block(x)[0].sum(2)

        values = block(x)
        gradients = torch.autograd.grad(values[0].sum(2)[:, 1].sum(), values)
        found = LayerGradientXActivation(model, block).attribute(x, target=1)
        self.assertIsInstance(found, tuple)
        for part, value, gradient in zip(found, values, gradients):
            torch.testing.assert_close(part, (value * gradient).detach(), rtol=1e-3, atol=1e-5)
        self.assertEqual([part.shape for part in LayerConductance(model, block).attribute(x, target=1, n_steps=4)], [(3, 4, 6), (3, 4, 4)])

    def test_two_tensors_that_a_layer_returns(self):
        model, x, base = made(Splitting), torch.randn(3, 5), torch.randn(3, 5)
        ends, starts = (tuple(value.detach() for value in model.split(given)) for given in (x, base))
        for of_layer, method in ((LayerIntegratedGradients, IntegratedGradients), (LayerDeepLift, DeepLift)):
            found, delta = of_layer(model, model.split).attribute(x, base, target=1, return_convergence_delta=True)
            expected, of_inputs = method(model.rest).attribute(ends, starts, target=1, return_convergence_delta=True)
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(delta, of_inputs, rtol=1e-3, atol=1e-5)
        with self.assertRaisesRegex(Exception, "LayerGradientShap: the layer returns 2 tensors; give the one to attribute to: 'split.first', 'split.second'"):
            LayerGradientShap(model, model.split).attribute(x, base, target=1)

    def test_visual_questions(self):
        model, image, words = made(Questions), torch.rand(1, 3, 12, 12), torch.randint(0, 20, (1, 6))
        method = LayerIntegratedGradients(model, [model.conv, model.embedding])
        found = method.attribute(inputs=(image, words), baselines=(image * 0, words * 0), target=2, additional_forward_args=torch.tensor([6]), n_steps=10)
        self.assertEqual([part.shape for part in found], [(1, 12, 10, 10), (1, 6, 8)])
        parallel = nn.DataParallel(model)
        embedding = configure_interpretable_embedding_layer(parallel, "module.embedding")
        try:
            vectors, starts = (embedding.indices_to_embeddings(ids) for ids in (words, words * 0))
            difference = (parallel(image, vectors, torch.tensor([6])) - parallel(image * 0, starts, torch.tensor([6])))[0, 2]
            found = IntegratedGradients(parallel).attribute((image, vectors), baselines=(image * 0, starts), target=torch.tensor([2]), additional_forward_args=torch.tensor([6]))
        finally:
            remove_interpretable_embedding_layer(parallel, embedding)
        torch.testing.assert_close(sum(part.sum() for part in found), difference.detach(), rtol=1e-3, atol=1e-4)

    def test_language_models(self):
        net = made(Decoder)
        words = Words("Dave Sarah lives in Rome Oslo likes golf music and".split())

        def score(prompt):
            ids = words.encode(prompt + " golf")
            return torch.log_softmax(net(torch.tensor([ids[:-1]])).logits[0, -1], 0)[ids[-1]].item()

        prompt = TextTemplateInput("{} lives in {} and likes", ["Dave", "Rome"], baselines=["Sarah", "Oslo"])
        result = LLMAttribution(FeatureAblation(net), words).attribute(prompt, "golf")
        whole = score("Dave lives in Rome and likes")
        wanted = torch.tensor([whole - score("Sarah lives in Rome and likes"), whole - score("Dave lives in Oslo and likes")])
        torch.testing.assert_close(result.seq_attr, wanted, rtol=1e-4, atol=1e-5)
        self.assertEqual((result.token_attr.shape, result.input_tokens, result.output_tokens, list(result.seq_attr_dict)), ((1, 2), ["Dave", "Rome"], ["golf"], ["Dave", "Rome"]))
        figure, axes = result.plot_token_attr()
        self.assertEqual([label.get_text() for label in axes.get_xticklabels()], ["Dave", "Rome"])
        tokens = TextTokenInput("Dave lives in Rome and likes", words, skip_tokens=["<s>"])
        result = LLMGradientAttribution(LayerIntegratedGradients(net, net.embedding), words).attribute(tokens, "golf and", n_steps=100)
        torch.testing.assert_close(result.token_attr[0].sum().item(), whole - score("<unk> " * 5 + "<unk>"), rtol=1e-2, atol=1e-2)
        with self.assertRaisesRegex(AssertionError, "does not support GradientShap.*LLMAttribution"):
            LLMGradientAttribution(GradientShap(net), words)


if __name__ == "__main__":
    unittest.main()
