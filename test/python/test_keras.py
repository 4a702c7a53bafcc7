"""Keras models, which go to the engine as Keras saves them."""

import importlib.util
import os
import sys
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]
os.environ.setdefault("KERAS_BACKEND", next((name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)), "tensorflow"))

import keras
import numpy as np
from keras import layers

from attribution_lens import ExportError
from attribution_lens.attr import FeatureAblation, IntegratedGradients, LayerActivation, LayerGradCam, Saliency


class Keras(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        keras.utils.set_random_seed(0)
        cls.model = keras.Sequential([
            layers.Input((12, 12, 3)), layers.Conv2D(4, 3, activation="relu", name="conv"), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dense(5, activation="softmax", name="out"),
        ])
        cls.x = np.random.RandomState(0).rand(2, 12, 12, 3).astype("float32")

    def predict(self, x):
        return np.asarray(self.model(x, training=False))

    def test_gradients(self):
        found = Saliency(self.model).attribute(self.x, target=1, abs=False)
        self.assertEqual((type(found), found.dtype, found.shape), (np.ndarray, np.float32, self.x.shape))
        step = np.zeros_like(self.x)
        step[:, 5, 6, 1] = 1e-2
        wanted = (self.predict(self.x + step) - self.predict(self.x - step))[:, 1] / 2e-2
        np.testing.assert_allclose(found[:, 5, 6, 1], wanted, rtol=0.05, atol=1e-5)

    def test_delta(self):
        found, delta = IntegratedGradients(self.model).attribute(self.x, target=2, return_convergence_delta=True)
        change = self.predict(self.x) - self.predict(self.x * 0)
        np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), change[:, 2], atol=1e-4)
        self.assertLess(abs(delta).max(), 1e-4)

    def test_layers_by_object_and_name(self):
        for layer in (self.model.layers[0], "conv"):
            self.assertEqual(LayerActivation(self.model, layer).attribute(self.x).shape, (2, 10, 10, 4))
            self.assertEqual(LayerGradCam(self.model, layer).attribute(self.x, target=1).shape, (2, 10, 10, 1))

    def test_several_inputs(self):
        left, right = keras.Input((4,)), keras.Input((3,))
        model = keras.Model([left, right], layers.Dense(2)(layers.Concatenate()([layers.Dense(5, activation="tanh")(left), right])))
        found = IntegratedGradients(model).attribute((np.ones((2, 4), "float32"), np.ones((2, 3), "float32")), target=1)
        self.assertEqual([part.shape for part in found], [(2, 4), (2, 3)])

    def test_models_that_are_code(self):
        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(2)

            def call(self, x):
                return self.dense(x)

        x = np.ones((2, 4), "float32")
        model = Own()
        if importlib.util.find_spec("tf2onnx") is None:
            with self.assertRaisesRegex(ExportError, "Python code that the file does not hold.*FeatureAblation"):
                Saliency(model).attribute(x, target=1)
        self.assertEqual(FeatureAblation(model).attribute(x, target=1).shape, x.shape)


if __name__ == "__main__":
    unittest.main()
