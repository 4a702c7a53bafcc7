"""What the editor asks a real kernel of values and models of TensorFlow, JAX, Keras, scikit-learn and pandas."""

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
        outputs = self.kernel.run(code)
        self.assertEqual([output["evalue"] for output in outputs if output["type"] == "error"], [])
        return outputs

    def ask(self, files, request):
        code = "exec(compile(%r, '<attribution-lens>', 'exec'), {'__name__': 'attribution_lens_editor', 'REQUEST': %r})" % (source_of([*files, "run"]), json.dumps(request))
        (output,) = self.run_cell(code)
        self.assertNotIn("error", output["data"][MIME])
        return output["data"][MIME]["value"]

    def hover(self, *path):
        return self.ask(["values", "hover"], {"path": path, "code": "", "line": 1})

    def choices(self, expression):
        return self.ask(["values", "frameworks", "calls", "choices"], {"expression": expression})

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

    @needs("keras")
    def test_choices_for_keras(self):
        self.run_cell(
            "import keras, numpy as np\nfrom keras import layers\nrows, others = np.ones((2, 4), 'float32'), np.ones((2, 3), 'float32')\n"
            "mlp = keras.Sequential([layers.Input((4,)), layers.Dense(5, name='first layer'), layers.Dropout(0.5), layers.Dense(3, activation='softmax', name='last')])\nmlp.compile('sgd', 'mse')\n"
            "left, right = keras.Input((4,), name='left'), keras.Input((3,), name='right')\npair = keras.Model([left, right], layers.Dense(2)(layers.Concatenate()([left, right])))\n"
            "class Code(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.dense = layers.Dense(2)\n    def call(self, x):\n        return self.dense(x)\ncode = Code()"
        )
        for expression in ("mlp(rows)", "mlp.predict(rows, verbose=0)", "mlp(rows, training=False)"):
            found = self.choices(expression)
            self.assertEqual([found[name] for name in ("kind", "model", "framework", "inputs", "arguments")], ["call", "mlp", "keras", ["rows"], []])
        self.assertEqual([(layer["name"], layer["shape"], len(layer["mostActive"])) for layer in found["layers"]], [("first layer", [5], 1), ("last", [3], 1)])
        self.assertAlmostEqual(sum(each["probability"] for each in found["predictions"]), 1, places=5)
        for given in ("[rows, others]", "{'right': others, 'left': rows}"):
            found = self.choices("pair(%s)" % given)
            self.assertEqual((found["inputs"], found["called"]), (["rows", "others"], given))
        self.assertRegex(self.choices("code(rows)")["noGradients"], "Code is Python code") if importlib.util.find_spec("tf2onnx") is None else None
        self.assertEqual([each["variable"] for each in self.choices("mlp")["variables"]["inputs"]], ["rows"])
        for name in ("fit", "evaluate", "train_on_batch"):
            self.assertRegex(self.choices("mlp.%s(rows, rows)" % name)["problem"], "is no prediction: select the call of a model")
        lines = "from attribution_lens.attr import IntegratedGradients, LayerGradCam\n_ = LayerGradCam(mlp, mlp.get_layer('first layer')).attribute(rows, target=%s.argmax(1))\nIntegratedGradients(pair).attribute((rows, others), target=1)"
        outputs = self.run_cell(lines % ("mlp(rows)" + found["asNumpy"]))
        self.assertIn("application/vnd.attribution-lens.v1+json", outputs[-1]["data"])

    @needs("sklearn", "pandas")
    def test_choices_for_sklearn(self):
        self.run_cell(
            "import numpy as np, pandas as pd\nfrom sklearn.linear_model import LinearRegression, LogisticRegression\nfrom sklearn.preprocessing import StandardScaler\nfrom sklearn.svm import SVC\n"
            "data = pd.DataFrame(np.random.RandomState(0).rand(30, 3), columns=list('abc'))\nlabels = np.where(data['a'] > 0.5, 'yes', 'no')\nrow, wide = data[:1], np.ones((2, 7))\n"
            "logistic, svm, linear = LogisticRegression().fit(data, labels), SVC().fit(data, labels), LinearRegression().fit(data, data['b'])\nscaler, untrained = StandardScaler().fit(data), LogisticRegression()"
        )
        for expression, model in (("logistic.predict(row)", "logistic.predict_proba"), ("svm.predict(row)", "svm.decision_function"), ("linear.predict(row)", "linear.predict")):
            found = self.choices(expression)
            self.assertEqual([found[name] for name in ("model", "framework", "inputs", "shapes", "asNumpy")], [model, "function", ["row"], [[1, 3]], ""])
        found = self.choices("logistic")
        self.assertEqual((found["model"], [each["variable"] for each in found["variables"]["inputs"]][:2]), ("logistic.predict_proba", ["row", "data"]))
        self.assertNotIn("wide", [each["variable"] for each in found["variables"]["inputs"]])
        models = [each["variable"] for each in self.choices("row")["variables"]["models"]]
        self.assertEqual([name for name in models if name.split(".")[0] in ("logistic", "svm", "linear", "scaler", "untrained")], ["logistic.predict_proba", "svm.decision_function", "linear.predict"])
        self.assertRegex(self.choices("untrained")["problem"], "run the cell that fits it")
        self.assertRegex(self.choices("untrained.fit(data, labels)")["problem"], "is no prediction")
        outputs = self.run_cell("from attribution_lens.attr import FeatureAblation\nFeatureAblation(logistic.predict_proba).attribute(row, target=logistic.predict_proba(row).argmax(1))")
        self.assertIn("application/vnd.attribution-lens.v1+json", outputs[-1]["data"])


if __name__ == "__main__":
    unittest.main()
