"""What the editor asks a real kernel: hovers on values of TensorFlow, JAX, Keras, scikit-learn and pandas."""

import importlib.util
import json
import os
import sys
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

from kernel import Kernel

SOURCES = os.path.join(FOLDER, "..", "..", "media", "python-editor")
MIME = "application/vnd.attribution-lens.answer+json"
NAMES = "print(sorted(name for name in globals() if not name.startswith('_i')))"


def source_of(names):
    parts = []
    for name in names:
        with open(os.path.join(SOURCES, name + ".py"), encoding="utf-8") as file:
            parts.append(file.read())
    return "\n".join(parts)


def needs(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, "no %s" % ", ".join(missing))


class Editor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        backend = next((name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)), "tensorflow")
        cls.kernel = Kernel({"KERAS_BACKEND": os.environ.get("KERAS_BACKEND", backend)})
        cls.addClassCleanup(cls.kernel.stop)

    def run_cell(self, code):
        outputs = self.kernel.run(code, timeout=300)
        self.assertEqual([output["evalue"] for output in outputs if output["type"] == "error"], [])
        return outputs

    def ask(self, files, request):
        code = "exec(compile(%r, '<attribution-lens>', 'exec'), {'__name__': 'attribution_lens_editor', 'REQUEST': %r})" % (source_of([*files, "run"]), json.dumps(request))
        (output,) = self.run_cell(code)
        self.assertNotIn("error", output["data"][MIME])
        return output["data"][MIME]["value"]

    def hover(self, *path):
        return self.ask(["values", "hover"], {"path": path, "code": "", "line": 1})

    def array(self, *path):
        found = self.hover(*path)["array"]
        return [found[name] for name in ("shape", "dtype", "min", "max", "mean", "nanCount", "infinityCount")] + [found["picture"] is not None]

    @needs("tensorflow")
    def test_hover_on_tensorflow(self):
        self.run_cell(
            "import tensorflow as tf\nnan, inf = float('nan'), float('inf')\nimage = tf.reshape(tf.range(24.0), (1, 2, 4, 3))\nvariable = tf.Variable([[1.0, nan], [inf, 3.0]])\n"
            "half = tf.cast([1.0, 2.0], tf.bfloat16)\ntexts = tf.constant(['a'])\nragged = tf.ragged.constant([[1, 2], [3]])\nlarge = tf.ones((2048, 1024))\nleaked = []\n"
            "@tf.function\ndef traced(x):\n    leaked.append(x)\n    return x\n_ = traced(image)"
        )
        before = self.run_cell(NAMES)
        self.assertEqual(self.array("image"), [[1, 2, 4, 3], "float32", 0, 23, 11.5, 0, 0, True])
        self.assertEqual(self.array("variable"), [[2, 2], "float32", 1, 3, 2, 1, 1, True])
        self.assertEqual(self.array("half"), [[2], "bfloat16", 1, 2, 1.5, 0, 0, True])
        self.assertTrue(self.hover("large")["array"]["sampled"])
        self.assertEqual(self.hover("texts")["array"], {"shape": [1], "dtype": "string", "device": "cpu:0", "sampled": False})
        self.assertIsNone(self.hover("ragged"))
        self.assertIsNone(self.hover("leaked", 0))
        self.assertIsNone(self.hover("traced"))
        self.assertEqual(self.run_cell(NAMES), before)

    @needs("jax")
    def test_hover_on_jax(self):
        self.run_cell(
            "import jax, jax.numpy as jnp\nrows = jnp.arange(24.0).reshape(4, 6)\nhalf = rows.astype(jnp.bfloat16)\nlarge = jnp.ones((2048, 1024))\nkey = jax.random.key(0)\n"
            "gone = jnp.ones(3)\ngone.delete()\nleaked, compiled = [], []\n_ = jax.jit(lambda x: (leaked.append(x), x)[1])(rows)\n"
            "jax.monitoring.register_event_duration_secs_listener(lambda event, _, **__: compiled.append(event))"
        )
        self.assertEqual(self.array("rows"), [[4, 6], "float32", 0, 23, 11.5, 0, 0, True])
        self.assertEqual(self.array("half")[:4], [[4, 6], "bfloat16", 0, 23])
        self.assertTrue(self.hover("large")["array"]["sampled"])
        self.assertEqual(self.hover("key")["array"]["shape"], [])
        self.assertEqual(self.hover("gone")["array"]["device"], "no device: deleted")
        self.assertIsNone(self.hover("leaked", 0))
        self.assertEqual(self.run_cell("print(compiled)")[0]["text"], "[]\n", "a hover compiled something")

    @needs("keras")
    def test_hover_on_keras(self):
        self.run_cell(
            "import keras\nfrom keras import layers\nnet = keras.Sequential([layers.Input((4,)), layers.Dense(3, name='first'), layers.BatchNormalization(name='norm'), layers.Dense(2, name='last')])\n"
            "unbuilt = keras.Sequential([layers.Dense(3)])\nclass Own(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.dense = layers.Dense(2)\n"
            "    def call(self, x):\n        raise SystemExit('a hover called the model')\n    @property\n    def layers(self):\n        raise SystemExit('a property ran')\nown = Own()"
        )
        model = self.hover("net")["model"]
        self.assertEqual([model[name] for name in ("parameters", "trainable", "dtype", "layerCount")], [35, 29, "float32", 3])
        self.assertEqual(model["layers"][:2], [{"name": "first", "type": "Dense", "parameters": 15}, {"name": "norm", "type": "BatchNormalization", "parameters": 12}])
        for name in ("unbuilt", "own"):
            self.assertEqual((self.hover(name)["model"]["parameters"], self.hover(name)["model"]["layerCount"]), (None, 1))
        self.assertEqual((self.hover("net", "layers", 0)["isModel"], self.hover("net")["isModel"]), (False, True))
        self.assertEqual(self.hover("own", "dense")["type"], "Dense")
        self.assertEqual(self.hover("net", "layers", 0)["model"]["parameters"], 15)
        self.run_cell("first = net.layers[0]")
        self.assertEqual(self.array("first", "kernel")[:2], [[4, 3], "float32"])
        self.assertEqual(self.run_cell("print(unbuilt.built, own.built)")[0]["text"], "False False\n")

    @needs("sklearn")
    def test_hover_on_sklearn(self):
        self.run_cell(
            "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
            "raw = LogisticRegression()\npipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.random.rand(20, 3), ['no', 'yes'] * 10)"
        )
        steps = [{"name": "standardscaler", "type": "StandardScaler"}, {"name": "logisticregression", "type": "LogisticRegression"}]
        self.assertEqual(self.hover("pipe")["estimator"], {"isFitted": True, "features": 3, "classes": ["no", "yes"], "steps": steps})
        self.assertEqual(self.hover("raw")["estimator"]["isFitted"], False)

    @needs("pandas")
    def test_hover_on_pandas(self):
        self.run_cell("import numpy as np, pandas as pd\ntable = pd.DataFrame({'a': [1.0, 3.0, np.nan], 'b': ['x', None, 'z']})\ncolumn = pd.Series([1, None, 3], dtype='Int64')\ntables = {'train': table}")
        found = self.hover("table")["table"]
        self.assertEqual((found["rows"], found["columnCount"], found["sampled"]), (3, 2, False))
        self.assertEqual(found["columns"][0], {"name": "a", "dtype": "float64", "min": 1, "max": 3, "mean": 2, "nanCount": 1, "infinityCount": 0})
        self.assertEqual((found["columns"][1]["name"], found["columns"][1]["nanCount"]), ("b", 1))
        self.assertEqual(self.array("column")[:6], [[3], "Int64", 1, 3, 2, 1])
        self.assertEqual(self.hover("tables")["items"][0]["shape"], [3, 2])


if __name__ == "__main__":
    unittest.main()
