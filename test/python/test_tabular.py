"""Estimators of scikit-learn, called back with arrays and with DataFrames."""

import os
import sys
import unittest
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from attribution_lens import ExportError, _display
from attribution_lens._errors import InvalidArgumentError
from attribution_lens.attr import FeatureAblation, IntegratedGradients, KernelShap, Lime, ShapleyValues, ShapleyValueSampling

WEIGHTS = np.array([1.0, -2.0, 0.5, 0.0])


class Tabular(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rows = np.random.RandomState(0).randn(60, 4)
        labels = np.where(rows @ WEIGHTS > 0, "yes", "no")
        cls.table = pd.DataFrame(rows, columns=list("abcd"), index=range(100, 160)).assign(count=np.arange(60) % 5)
        cls.rows, cls.linear = rows[:3], LinearRegression().fit(rows, rows @ WEIGHTS)
        cls.classifier = LogisticRegression().fit(rows, labels)
        cls.pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(cls.table, labels)

    def test_shapley_values_of_a_linear_model(self):
        for found in (ShapleyValueSampling(self.linear.predict).attribute(self.rows, n_samples=3), KernelShap(self.linear.predict).attribute(self.rows[:1], n_samples=300)):
            np.testing.assert_allclose(found, self.rows[: len(found)] * WEIGHTS, atol=1e-3)

    def test_completeness(self):
        found = ShapleyValues(self.classifier.predict_proba).attribute(self.rows, target=1)
        change = self.classifier.predict_proba(self.rows) - self.classifier.predict_proba(self.rows * 0)
        np.testing.assert_allclose(found.sum(1), change[:, 1], atol=1e-5)

    def test_lime(self):
        found = Lime(self.linear.predict).attribute(self.rows[:1], n_samples=500)
        self.assertEqual(np.abs(found[0]).argmax(), np.abs(self.rows[0] * WEIGHTS).argmax())

    def test_tables(self):
        table = self.table[:3]
        before, seen = table.copy(), []

        def predict(rows):
            seen.append(rows.dtypes)
            return self.pipeline.predict_proba(rows)

        with warnings.catch_warnings():
            warnings.simplefilter("error")  # scikit-learn warns where the names of features are lost
            found = FeatureAblation(predict).attribute(table, target=1)
        pd.testing.assert_frame_equal(table, before)
        self.assertTrue(all(dtypes.equals(table.dtypes) for dtypes in seen))
        self.assertEqual((list(found.columns), list(found.index)), (list(table.columns), list(table.index)))
        for name in table.columns:
            change = self.pipeline.predict_proba(table) - self.pipeline.predict_proba(table.assign(**{name: table[name] * 0}))
            np.testing.assert_allclose(found[name], change[:, 1], atol=1e-6)

    def test_pictures_of_tables_name_the_columns(self):
        picture = _display.picture_of(FeatureAblation(self.pipeline.predict_proba).attribute(self.table[:1], target=1)).bundle()
        self.assertEqual(picture["application/vnd.attribution-lens.v1+json"]["examples"][0]["views"][0]["features"], list(self.table.columns))

    def test_a_warning_of_the_model_is_shown_once(self):
        with warnings.catch_warnings(record=True) as shown:
            warnings.simplefilter("always")
            FeatureAblation(self.classifier.predict_proba).attribute(self.table[:2][list("abcd")], target=1)
        self.assertEqual(len(shown), 1, [str(each.message) for each in shown])
        self.assertIn("feature names", str(shown[0].message))

    def test_baselines_of_tables(self):
        means = self.table.mean().to_frame().T.astype(self.table.dtypes)
        found = ShapleyValueSampling(self.pipeline.predict_proba).attribute(self.table[:2], baselines=means, target=1, n_samples=3)
        change = self.pipeline.predict_proba(self.table[:2])[:, 1] - self.pipeline.predict_proba(means)[:, 1]
        np.testing.assert_allclose(found.sum(axis=1), change, atol=1e-4)

    def test_what_cannot_be_attributed(self):
        for model, inputs, message in [
            (self.classifier, self.rows, "got a LogisticRegression: give its method predict_proba"),
            (self.classifier.predict, self.rows, "must return numbers.*predict_proba"),
            (self.pipeline.predict_proba, self.table[:3].assign(a="x"), "Column 'a' must hold numbers, got .*encode it first"),
            (self.pipeline.predict_proba, self.table[:3].assign(a=np.nan), "Column 'a' must not lack values.*fillna"),
        ]:
            with self.assertRaisesRegex(InvalidArgumentError, message):
                FeatureAblation(model).attribute(inputs)
        with self.assertRaisesRegex(ExportError, "'predict_proba' is a function of pandas: gradients need"):
            IntegratedGradients(self.pipeline.predict_proba).attribute(self.table[:3], target=1)


if __name__ == "__main__":
    unittest.main()
