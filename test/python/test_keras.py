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
from attribution_lens._errors import InvalidArgumentError
from attribution_lens.attr import FeatureAblation, IntegratedGradients, LayerActivation, LayerAttribution, LayerGradCam, Saliency


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
        return keras.ops.convert_to_numpy(self.model(x, training=False))

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

    def test_inputs_of_two_by_name(self):
        left, right = keras.Input((4,), name="zeta"), keras.Input((3,), name="alpha")
        model = keras.Model({"zeta": left, "alpha": right}, layers.Dense(2)(layers.Concatenate()([left, right])))
        rights, lefts = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
        self.assertEqual([part.shape for part in Saliency(model).attribute((rights, lefts), target=1)], [(2, 3), (2, 4)])
        with self.assertRaisesRegex(InvalidArgumentError, r"It takes alpha \[None, 3\], zeta \[None, 4\], in this order"):
            Saliency(model).attribute((lefts, rights), target=1)

    def test_tensors_of_the_backend(self):
        x = keras.ops.convert_to_tensor(self.x)
        target = keras.ops.argmax(self.model(x), 1)
        found, delta = IntegratedGradients(self.model).attribute(x, target=target, return_convergence_delta=True)
        self.assertEqual((type(found), type(delta)), (type(x), type(x)))
        wanted = IntegratedGradients(self.model).attribute(self.x, target=keras.ops.convert_to_numpy(target))
        np.testing.assert_allclose(keras.ops.convert_to_numpy(found), wanted, atol=1e-6)

    def test_delta_and_size_of_attributions(self):
        found = IntegratedGradients(self.model).attribute(self.x, target=[2, 0])
        delta = IntegratedGradients(self.model).compute_convergence_delta(found, self.x * 0, self.x, target=[2, 0])
        self.assertLess(abs(delta).max(), 1e-4)
        seen = LayerGradCam(self.model, "conv").attribute(self.x, target=1)
        self.assertEqual(LayerAttribution.interpolate(seen, (12, 12)).shape, (2, 12, 12, 1))

    def test_predict(self):
        found = [Saliency(model).attribute(self.x, target=1) for model in (self.model.predict, self.model)]
        np.testing.assert_array_equal(*found)

    def test_layers_of_a_model_inside(self):
        inner = keras.Sequential([layers.Dense(3, name="deep")], name="inner")
        model = keras.Sequential([layers.Input((4,)), inner, layers.Dense(2)])
        x = np.random.RandomState(1).rand(2, 4).astype("float32")
        for layer in (inner.layers[0], inner, "inner/deep"):
            np.testing.assert_allclose(LayerActivation(model, layer).attribute(x), np.asarray(keras.ops.convert_to_numpy(inner(x))), atol=1e-6)

    def test_half_precision(self):
        model = keras.Sequential([layers.Input((4,)), layers.Dense(8, activation="relu", dtype="mixed_bfloat16"), layers.Dense(2, dtype="float32")])
        x = np.random.RandomState(1).rand(3, 4).astype("float32")
        found = IntegratedGradients(model).attribute(x, target=1)
        change = keras.ops.convert_to_numpy(model(x) - model(x * 0))[:, 1]
        np.testing.assert_allclose(found.sum(1), change, atol=0.03)

    def test_models_that_are_code(self):
        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(2)

            def call(self, x, y=None):
                return self.dense(x if y is None else x * y)

        x = np.ones((2, 4), "float32")
        code = keras.Sequential([layers.Input((4,)), layers.Lambda(lambda values: values * 2), layers.Dense(2)])
        for model in (Own(), code):
            if importlib.util.find_spec("tf2onnx") is None:
                with self.assertRaisesRegex(ExportError, "Python code.*FeatureAblation"):
                    Saliency(model).attribute(x, target=1)
            found = FeatureAblation(model).attribute(x, target=1)
            change = [keras.ops.convert_to_numpy(model(x) - model(x * (np.arange(4) != place).astype("float32")))[:, 1] for place in range(4)]
            np.testing.assert_allclose(found, np.stack(change, 1), atol=1e-6)
        self.assertEqual([part.shape for part in FeatureAblation(Own()).attribute((x, x), target=1)], [x.shape] * 2)

    def test_what_is_no_model_of_one_output(self):
        x, port = np.ones((2, 4), "float32"), keras.Input((4,))
        model = keras.Model(port, [layers.Dense(2)(port), layers.Dense(3)(port)])
        for method in (Saliency, FeatureAblation):
            with self.assertRaisesRegex(InvalidArgumentError, r"returns 2 outputs.*keras.Model\(model.inputs, model.outputs\[0\]\)"):
                method(model).attribute(x, target=1)
        with self.assertRaisesRegex(InvalidArgumentError, r"is a layer of Keras.*keras.Sequential\(\[layer\]\)"):
            Saliency(layers.Dense(2)).attribute(x, target=1)
        with self.assertRaisesRegex(InvalidArgumentError, r"fails for inputs of shape \[1, 5\]: ValueError: .* It takes \[None, 12, 12, 3\]"):
            Saliency(self.model).attribute(np.ones((1, 5), "float32"), target=1)


if __name__ == "__main__":
    unittest.main()
