"""Captum's names: all are here, with the same arguments and defaults, or stand in a list of differences with reasons."""

import importlib.util
import os
import sys
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(FOLDER, "..", "..", "media", "python"), FOLDER]

import captumNames


class Names(unittest.TestCase):
    maxDiff = None

    def test_arguments_and_defaults_are_captums(self):
        self.assertEqual(captumNames.problems(captumNames.stored()["names"]), [])

    def test_differences_are_found(self):
        names = {"attr": {"Saliency": {"attribute": "self, inputs"}, "Absent": {}}, "metrics": {"infidelity": "forward_func"}}
        found = "\n".join(captumNames.problems(names))
        for pattern in (r"attr.Saliency.attribute: Captum has \(self, inputs\), we have \(self, inputs, target=None", "attr.Absent: ", "metrics.infidelity: ", "is no difference any more"):
            self.assertRegex(found, pattern)

    @unittest.skipUnless(importlib.util.find_spec("captum"), "no captum")
    def test_stored_names_are_those_of_captum(self):
        import captum

        stored = captumNames.stored()
        if stored["version"] != captum.__version__:
            self.skipTest("captum %s, not %s" % (captum.__version__, stored["version"]))
        self.assertEqual(stored["names"], captumNames.table())

    def test_names_that_are_not_here_say_what_is(self):
        with self.assertRaisesRegex(NotImplementedError, "takes any model"):
            from attribution_lens.attr import RemoteLLMAttribution  # noqa: F401
        with self.assertRaisesRegex(NotImplementedError, "shows its picture beneath the cell"):
            from attribution_lens.insights import AttributionVisualizer  # noqa: F401
        with self.assertRaises(ImportError):
            from attribution_lens.attr import Nothing  # noqa: F401


if __name__ == "__main__":
    unittest.main()
