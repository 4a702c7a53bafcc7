"""Results, progress, interrupts and pictures in a real IPython kernel."""

import json
import os
import sys
import threading
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

from kernel import Kernel

MIME = "application/vnd.attribution-lens.v1+json"
SETUP = """
import numpy as np, torch
from models import Net, made
from attribution_lens.attr import IntegratedGradients, LayerActivation, Saliency
from attribution_lens.attr import visualization as viz
net, x = made(Net), torch.rand(1, 3, 20, 20)
found = Saliency(net).attribute(x, target=1)
pixels, image = (np.transpose(part[0].numpy(), (1, 2, 0)) for part in (found, x))
"""


class Notebook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        assert cls.kernel.run(SETUP) == [], "the first cell printed something"

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def only(self, code):
        # A call that takes longer than half a second leaves the empty output of its bar.
        outputs = [output for output in self.kernel.run(code) if output.get("data", {}).get("text/plain") != ""]
        self.assertEqual(len(outputs), 1, outputs)
        return outputs[0]

    def test_last_expression_shows_the_picture(self):
        data = self.only("found")["data"]
        self.assertEqual(set(data), {MIME, "image/png", "text/plain"})
        self.assertEqual(data[MIME]["method"]["name"], "Saliency")
        self.assertIn("Saliency", data["text/plain"])

    def test_pair_with_delta_shows_one_picture(self):
        data = self.only("IntegratedGradients(net).attribute(x, target=1, n_steps=8, return_convergence_delta=True)")["data"]
        self.assertEqual(data[MIME]["method"]["options"]["nSteps"], 8)
        self.assertIn("Integrated Gradients", data["text/plain"])

    def test_list_of_layers_shows_one_picture(self):
        self.assertIn(MIME, self.only("LayerActivation(net, [net.conv1, net.conv2]).attribute(x)")["data"])

    def test_other_tensors_print_as_ever(self):
        for code in ("torch.ones(2)", "found * 2", "found.clone()"):
            data = self.only(code)["data"]
            self.assertEqual(list(data), ["text/plain"])
            self.assertTrue(data["text/plain"].startswith("tensor("))
        self.assertEqual(self.only("(1, torch.ones(2), 'a')")["data"], {"text/plain": "(1, tensor([1., 1.]), 'a')"})
        self.assertEqual(self.only("type(found) is torch.Tensor")["data"]["text/plain"], "True")

    def test_printing_gives_the_numbers(self):
        self.assertTrue(self.only("print(found)")["text"].startswith("tensor([[[["))

    def test_long_calls_show_progress_and_can_be_interrupted(self):
        seen = threading.Event()

        def stop(kind, content):
            if "█" in str(content.get("data", "")) and not seen.is_set():
                seen.set()
                self.kernel.interrupt_soon()

        # Hours of work, if it went on.
        outputs = self.kernel.run("IntegratedGradients(net).attribute(x.repeat(30, 1, 1, 1), target=1, n_steps=100000, method='riemann_middle', internal_batch_size=30)", on_output=stop)
        self.assertTrue(seen.is_set())
        self.assertEqual(outputs[-1].get("ename"), "KeyboardInterrupt")
        self.assertEqual(outputs[0]["data"]["text/plain"], "")
        self.assertIn(MIME, self.only("Saliency(net).attribute(x, target=1)")["data"])

    def test_a_bar_that_is_interrupted_while_it_is_shown_goes(self):
        interrupted = """
from attribution_lens._display import Progress
from unittest import mock
publish = get_ipython().display_pub.publish
def stop(*arguments, **named):
    publish(*arguments, **named)
    if not named.get('update'):
        raise KeyboardInterrupt
with Progress('Long', always=True) as bar, mock.patch.object(type(get_ipython().display_pub), 'publish', staticmethod(stop)):
    while True:
        bar(0.5)
"""
        shown, error = self.kernel.run(interrupted)
        self.assertEqual(error.get("ename"), "KeyboardInterrupt")
        self.assertIn("█", shown["history"][0]["text/plain"])
        self.assertEqual(shown["data"]["text/plain"], "")

    def test_visualize_image_attr(self):
        data = self.only("_ = viz.visualize_image_attr(pixels, image, 'blended_heat_map', 'all', show_colorbar=True, title='Mine')")["data"]
        view = data[MIME]["examples"][0]["views"][0]
        self.assertEqual((view["kind"], view["width"], view["height"], data[MIME]["method"]["title"]), ("image", 20, 20, "Mine"))
        self.assertEqual(data[MIME]["initialView"]["sign"], "all")

    def test_visualize_image_attr_multiple(self):
        data = self.only("_ = viz.visualize_image_attr_multiple(pixels, image, ['original_image', 'heat_map'], ['all', 'positive'])")["data"]
        self.assertEqual([panel["mode"] for panel in data[MIME]["examples"][0]["views"][0]["panels"]], ["original_image", "heat_map"])

    def test_visualize_timeseries_attr(self):
        data = self.only("_ = viz.visualize_timeseries_attr(np.random.randn(30, 2), np.random.randn(30, 2), channel_labels=['a', 'b'], method='overlay_combined')")["data"]
        view = data[MIME]["examples"][0]["views"][0]
        self.assertEqual((view["kind"], view["channels"], view["length"]), ("timeseries", ["a", "b"], 30))

    def test_visualize_text(self):
        data = self.only("_ = viz.visualize_text([viz.VisualizationDataRecord(np.array([.5, -.5]), .9, 'pos', 'neg', 'pos', 1.2, ['good', '<b>bad'], 0.1)])")["data"]
        self.assertEqual(data[MIME]["examples"][0]["views"][0]["records"][0]["tokens"], ["good", "<b>bad"])
        self.assertIn("&lt;b&gt;bad", data["text/html"])


class Sample(unittest.TestCase):
    def test_the_talk_runs(self):
        samples = os.path.join(FOLDER, "..", "..", "media", "samples")
        with open(os.path.join(samples, "captum-talk-python.ipynb"), encoding="utf-8") as file:
            cells = ["".join(cell["source"]) for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
        kernel = Kernel(cwd=samples)
        try:
            outputs = [kernel.run(cell) for cell in cells]
        finally:
            kernel.stop()
        errors = [output["evalue"] for cell in outputs for output in cell if output["type"] == "error"]
        self.assertEqual(errors, [])
        methods = [output["data"][MIME]["method"]["title"] for cell in outputs for output in cell if MIME in output.get("data", {})]
        self.assertEqual(len(methods), 6, methods)
        self.assertIn("Convergence Delta: tensor", str(outputs[2]))


if __name__ == "__main__":
    unittest.main()
