"""The transport of the attribution_lens package against a real engine. Run by python.test.ts, which sets the environment."""

import array
import dis
import importlib.util
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from attribution_lens import _client, _endpoint, _errors, _frames, _values
from attribution_lens._values import Encoder, Layer, Tensor

NET = os.environ["TEST_NET"]
HAS = {name: importlib.util.find_spec(name) is not None for name in ("numpy", "torch")}


def floats(*values, shape=None):
    return Tensor("F32", shape or (len(values),), array.array("f", values))


IMAGE = floats(*[(i % 13) / 13 for i in range(2500)], shape=(1, 1, 50, 50))
IMAGES = floats(*[(i % 13) / 13 for i in range(50000)], shape=(20, 1, 50, 50))
#: An hour of work for the images, if it were not cancelled.
ENDLESS = {"nSteps": 100000, "method": "riemann_trapezoid", "internalBatchSize": 20, "target": 0}
TABLE = floats(1, 2, 3, 4, shape=(1, 4))


def formula(rows):
    """3 a + b c for every row."""
    return [3 * a + b * c for a, b, c, _ in rows.tolist()]


class Interrupter:
    """Raises KeyboardInterrupt in the package, at one of the places where Python looks for signals: after calls, where functions
    begin, and where loops go back."""

    FILES = {module.__file__ for module in (_client, _frames, _values)}

    def __init__(self, at):
        self.places, self.place, self._at, self._before = 0, None, at, {}

    def __enter__(self):
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def _trace(self, frame, event, _):
        code = frame.f_code
        if code.co_filename not in self.FILES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            before, self._before[frame] = self._before.get(frame, ""), dis.opname[code.co_code[frame.f_lasti]]
            if before.startswith(("CALL", "RESUME", "JUMP_BACKWARD", "JUMP_ABSOLUTE")):
                self.places += 1
                if self.places == self._at:
                    self.place = "%s, line %d of %s" % (code.co_name, frame.f_lineno, os.path.basename(code.co_filename))
                    raise KeyboardInterrupt
        return self._trace


class Values(unittest.TestCase):
    def there_and_back(self, value):
        encoder = Encoder(lambda function: 7)
        text = json.dumps(encoder.encode(value), allow_nan=False)
        return _values.decode(json.loads(text), _values.read_tensors(bytearray(b"".join(encoder.payload()))))

    def test_plain_values_survive(self):
        for value in [None, True, 3, -2.5, "größer", [1, [2, 3]], (1, (2,)), {"nSteps": 5}, 2**70, float("inf"), float("-inf"), ()]:
            self.assertEqual(self.there_and_back(value), value)
        self.assertNotEqual(self.there_and_back(float("nan")), self.there_and_back(float("nan")))

    def test_special_values_are_tagged(self):
        encoder = Encoder(lambda function: 7)
        self.assertEqual(encoder.encode([Layer("conv1"), slice(0, None, 2), print]), [{"$layer": "conv1"}, {"$slice": [0, None, 2]}, {"$callback": 7}])

    def test_tensors_of_all_types_survive_together(self):
        given = [Tensor("U8", (3,), b"\x01\x02\x03"), Tensor("F32", (1, 2), array.array("f", [1.5, -2])), Tensor("I64", (), array.array("q", [2**62])), Tensor("BOOL", (2,), b"\x01\x00")]
        returned = self.there_and_back(tuple(given))
        self.assertEqual([tensor.tolist() for tensor in returned], [[1, 2, 3], [[1.5, -2]], 2**62, [True, False]])

    def test_buffers_are_tensors(self):
        self.assertEqual(self.there_and_back(array.array("d", [0.1])).dtype, "F64")
        self.assertEqual(self.there_and_back(memoryview(bytes(range(6))).cast("B", (2, 3))).tolist(), [[0, 1, 2], [3, 4, 5]])

    @unittest.skipUnless(HAS["numpy"], "no numpy")
    def test_numpy_arrays_of_any_order_and_type(self):
        import numpy

        for dtype in ("float32", "int64", "int32", "int8", "uint8", "bool", ">f4", "int16"):
            given = numpy.arange(12).reshape(3, 4).astype(dtype)
            for view in (given, given.T, given[::2, ::-1], given[:0]):
                numpy.testing.assert_array_equal(self.there_and_back(view).numpy(), view)
        self.assertEqual(self.there_and_back(numpy.array([0.1])).dtype, "F32")
        self.assertEqual(self.there_and_back([numpy.int64(3), numpy.float32(0.5), numpy.bool_(True)]), [3, 0.5, True])
        with self.assertRaises(_errors.InvalidArgumentError):
            self.there_and_back(numpy.array(["text"]))

    @unittest.skipUnless(HAS["torch"], "no torch")
    def test_torch_tensors_of_any_stride_and_type(self):
        import torch

        for dtype in (torch.float32, torch.int64, torch.uint8, torch.bool):
            given = torch.arange(12).reshape(3, 4).to(dtype)
            for view in (given, given.T, given[::2], given[:0]):
                self.assertTrue(torch.equal(self.there_and_back(view).torch(), view))
        for dtype in (torch.float64, torch.float16, torch.bfloat16):
            self.assertTrue(torch.equal(self.there_and_back(torch.tensor([0.5, 3], dtype=dtype, requires_grad=True)).torch(), torch.tensor([0.5, 3])))

    def test_values_that_cannot_be_sent_are_refused(self):
        class Thing:
            pass

        with self.assertRaises(_errors.InvalidArgumentError):
            Encoder().encode(Thing())
        with self.assertRaises(_errors.InvalidArgumentError):
            value = []
            value.append(value)
            Encoder().encode(value)

    def test_damaged_tensors_are_refused(self):
        for data in (b"\xff" * 8, b"\x10\0\0\0\0\0\0\0{}", json.dumps({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}).encode()):
            header = len(data).to_bytes(8, "little") + data if data[:1] == b"{" else data
            with self.assertRaises((_errors.AttributionLensError, ValueError)):
                _values.read_tensors(bytearray(header + b"1234"))


class Endpoints(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        patch = mock.patch.object(_endpoint, "endpoint_folders", lambda: [self.folder.name])
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, name, mode=0o600, **fields):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            json.dump(dict({"port": 9, "token": "t", "pid": os.getpid(), "workspaceFolders": []}, **fields), file)
        os.chmod(path, mode)
        return path

    def test_the_workspace_that_holds_the_folder_comes_first_then_the_newest(self):
        for age, (name, folders) in enumerate([("a", ["/somewhere"]), ("b", ["/data"]), ("c", ["/data/project"]), ("d", []), ("e", ["/data/proj"])]):
            os.utime(self.write(name + ".json", workspaceFolders=folders), (1000 - age, 1000 - age))
        found = [os.path.basename(endpoint.path)[0] for endpoint in _endpoint.find_endpoints("/data/project/notebooks")]
        self.assertEqual("".join(found), "cbade")

    @unittest.skipIf(os.name == "nt", "file modes")
    def test_files_that_others_can_read_are_refused(self):
        for mode in (0o644, 0o640, 0o606):
            with self.assertRaisesRegex(_errors.EngineNotReachableError, "read or replaced by other users"):
                _endpoint.read_endpoint(self.write("x.json", mode=mode))

    @unittest.skipIf(os.name == "nt", "file modes")
    def test_files_of_others_links_and_open_folders_are_refused(self):
        path = self.write("x.json")
        with mock.patch("os.getuid", lambda: 54321), self.assertRaisesRegex(_errors.EngineNotReachableError, "another user"):
            _endpoint.read_endpoint(path)
        os.symlink(path, path + "l")
        with self.assertRaises(_errors.EngineNotReachableError):
            _endpoint.read_endpoint(path + "l")
        os.chmod(self.folder.name, 0o777)
        with self.assertRaisesRegex(_errors.EngineNotReachableError, "replaced by other users"):
            _endpoint.read_endpoint(path)

    def test_files_that_hold_something_else_are_refused(self):
        for fields in ({"port": "9"}, {"port": 0}, {"pid": -1}, {"token": 5}):
            with self.assertRaisesRegex(_errors.EngineNotReachableError, "does not hold"):
                _endpoint.read_endpoint(self.write("x.json", **fields))

    @unittest.skipIf(os.name == "nt", "process numbers")
    def test_files_of_engines_that_were_killed_are_removed(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        path = self.write("x.json", port=port, pid=ended.pid)
        with self.assertRaises(_errors.EngineNotReachableError):
            _endpoint.open_socket(_endpoint.read_endpoint(path))
        self.assertFalse(os.path.exists(path))

    def test_another_process_at_the_port_gets_neither_the_token_nor_data(self):
        received = []
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()

            def answer():
                sock, _ = server.accept()
                with sock:
                    received.append(_frames.receive_frame(sock)[0])
                    _frames.send_frame(sock, {"type": "welcome", "version": 1, "api": {}, "proof": received[0]["proof"]})

            thread = threading.Thread(target=answer)
            thread.start()
            self.write("x.json", port=server.getsockname()[1], token="secret")
            with mock.patch.dict(os.environ, {_endpoint.ENDPOINT_VARIABLE: ""}), mock.patch.object(_endpoint, "engine_script", lambda: None):
                with self.assertRaisesRegex(_errors.EngineNotReachableError, "is not the engine"):
                    _client.Client()
            thread.join()
        self.assertNotIn("secret", json.dumps(received))

    def test_without_an_engine_the_message_says_what_to_do(self):
        with mock.patch.dict(os.environ, {_endpoint.ENDPOINT_VARIABLE: "/nowhere.json"}), mock.patch.object(_endpoint, "engine_script", lambda: None):
            with self.assertRaisesRegex(_errors.EngineNotReachableError, "Connect Python Kernel.*another machine.*Remote - SSH"):
                _client.Client()


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = _client.Client()
        with open(NET, "rb") as file:
            cls.model = cls.client.load_model(file.read(), "net")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def test_the_environment_names_the_endpoint(self):
        self.assertEqual(self.client.endpoint.path, os.environ[_endpoint.ENDPOINT_VARIABLE])

    def test_attribute_and_present(self):
        seen = []
        algorithm = self.client.construct("IntegratedGradients", self.model["handle"])
        result = self.client.method(algorithm, "attribute", IMAGE, {"nSteps": 10, "target": 0, "returnConvergenceDelta": True}, progress=lambda *given: seen.append(given))
        attributions, delta = result.value
        self.assertEqual((attributions.shape, delta.shape), ((1, 1, 50, 50), (1,)))
        self.assertLess(abs(delta.tolist()[0]), 0.1)
        self.assertGreater(max(map(abs, attributions.tolist()[0][0][25])), 0)
        self.assertEqual(seen[-1][0], 1)
        bundle = self.client.present(result.explanation, hints=[{"name": "digit"}])
        self.assertEqual(sorted(bundle), ["application/vnd.attribution-lens.v1+json", "image/png", "text/plain"])
        again = self.client.recompute(result.explanation, {"options": {"nSteps": 4}})
        self.assertEqual(again["application/vnd.attribution-lens.v1+json"]["method"]["options"]["nSteps"], 4)

    def test_nested_lists_come_back_as_lists_and_tuples_as_tuples(self):
        algorithm = self.client.construct("Saliency", self.model["handle"])
        self.assertIsInstance(self.client.method(algorithm, "attribute", IMAGE.tolist(), {"target": 0}).value, list)
        self.assertIsInstance(self.client.method(algorithm, "attribute", (IMAGE,), {"target": 0}).value, tuple)

    def test_errors_are_those_that_captum_raises(self):
        algorithm = self.client.construct("Saliency", self.model["handle"])
        with self.assertRaises((AssertionError, IndexError)) as caught:
            self.client.method(algorithm, "attribute", IMAGE, {"target": 7})
        self.assertEqual(caught.exception.code, "target-out-of-range")
        with self.assertRaises(ValueError):
            self.client.method(algorithm, "attribute", IMAGE, {"bogus": 7})

    def test_a_function_is_a_model(self):
        rows = []
        model = self.client.function_model(lambda given: rows.append(given.shape[0]) or formula(given), "formula")
        algorithm = self.client.construct("ShapleyValueSampling", model["handle"])
        value = self.client.method(algorithm, "attribute", TABLE, {"nSamples": 40, "perturbationsPerEval": 16}).value
        for found, expected in zip(value.tolist()[0], [3, 3, 3, 0]):
            self.assertAlmostEqual(found, expected, delta=1.5)
        self.assertLess(len(rows), sum(rows))

    def test_what_a_function_raises_comes_out_as_it_was(self):
        class Odd(Exception):
            pass

        def fail(given):
            raise Odd("no")

        model = self.client.function_model(fail, "failing")
        with self.assertRaises(Odd):
            self.client.method(self.client.construct("FeatureAblation", model["handle"]), "attribute", TABLE, {})

    def test_a_function_may_call_the_engine_with_the_same_model(self):
        saliency = self.client.construct("Saliency", self.model["handle"])
        threads = set()

        def perturb(given, radius):
            threads.add(threading.current_thread())
            self.client.method(saliency, "attribute", given[0], {"target": 0})
            return tuple(given)

        def explain(given, options):
            return (self.client.method(saliency, "attribute", given[0], {"target": 0}).value,)

        found = self.client.function("sensitivityMax", explain, IMAGE, {"perturbFunc": perturb, "nPerturbSamples": 2}).value
        self.assertEqual(found.tolist(), [0.0])
        self.assertEqual(threads, {threading.current_thread()})

    def test_infidelity_calls_a_function_that_perturbs(self):
        def perturb(given, *baselines):
            zeros = Tensor("F32", given[0].shape, bytes(given[0].data.nbytes))
            return {"inputs": (given[0],), "perturbations": (zeros,)}

        attributions = self.client.method(self.client.construct("Saliency", self.model["handle"]), "attribute", IMAGE, {"target": 0}).value
        value = self.client.function("infidelity", self.model["handle"], perturb, IMAGE, attributions, {"target": 0, "nPerturbSamples": 3}).value
        self.assertAlmostEqual(value.tolist()[0], 0, places=8)

    def test_several_threads_share_a_connection(self):
        algorithm = self.client.construct("IntegratedGradients", self.model["handle"])
        alone = {steps: self.client.method(algorithm, "attribute", IMAGE, {"nSteps": steps, "target": 0}).value.tolist() for steps in (2, 3, 4)}
        found, failures = {}, []

        def run(number, steps):
            try:
                found[number] = (steps, self.client.method(algorithm, "attribute", IMAGE, {"nSteps": steps, "target": 0}).value.tolist())
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(number, 2 + number % 3)) for number in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        self.assertEqual(failures, [])
        self.assertEqual(len(found), 9)
        for steps, value in found.values():
            self.assertEqual(value, alone[steps])

    @unittest.skipIf(os.name == "nt", "signals")
    def test_an_interrupt_cancels_and_the_connection_stays(self):
        algorithm = self.client.construct("IntegratedGradients", self.model["handle"])
        interrupted = []

        def interrupt(fraction, message, seconds_left):
            if not interrupted:
                interrupted.append(threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)))
                interrupted[0].start()

        with self.assertRaises(KeyboardInterrupt):
            self.client.method(algorithm, "attribute", IMAGES, ENDLESS, progress=interrupt)
        self.assertTrue(self.client.is_open)
        self.assert_has_its_turn(algorithm)

    def assert_has_its_turn(self, algorithm):
        """Another call of the model waits until the one before has stopped."""
        started = time.monotonic()
        self.client.method(algorithm, "attribute", IMAGE, {"nSteps": 2, "target": 0})
        self.assertLess(time.monotonic() - started, 120)

    def test_an_interrupt_at_any_place_comes_out_and_the_connection_stays(self):
        def attribute():
            model = self.client.function_model(formula, "formula", [-1])
            algorithm = self.client.construct("FeatureAblation", model["handle"])
            return self.client.method(algorithm, "attribute", TABLE, {}).value.tolist()

        wanted, at = attribute(), 1
        while True:
            try:
                with Interrupter(at) as interrupter:
                    attribute()
                break
            except KeyboardInterrupt:
                self.assertEqual((self.client.is_open, attribute()), (True, wanted), interrupter.place)
            at += 3
        self.assertIsNone(interrupter.place, "the interrupt was lost")
        self.assertGreater(at, 200)

    def test_an_exception_of_a_progress_function_cancels(self):
        algorithm = self.client.construct("IntegratedGradients", self.model["handle"])
        with self.assertRaises(ZeroDivisionError):
            self.client.method(algorithm, "attribute", IMAGES, ENDLESS, progress=lambda *given: 1 / 0)
        self.assert_has_its_turn(algorithm)

    def test_handles_are_released_with_their_variables(self):
        algorithm = self.client.construct("SkLearnLasso", {"alpha": 0.1})
        number = algorithm.number
        del algorithm
        with self.assertRaisesRegex(_errors.AttributionLensError, "no object %d any more" % number):
            self.client.method(_values.Handle("object", number), "attribute")

    @unittest.skipUnless(hasattr(os, "fork"), "fork")
    def test_a_fork_of_the_process_does_not_use_its_connection(self):
        child = os.fork()
        if child == 0:
            os._exit(0 if not self.client.is_open else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertTrue(self.client.is_open)


class OwnEngine(unittest.TestCase):
    def test_an_engine_is_started_and_ends_with_the_process(self):
        code = "from attribution_lens import _client; print(_client.client().endpoint.pid, _client.client().endpoint.path)"
        with tempfile.TemporaryDirectory() as empty:
            env = dict(os.environ, **{_endpoint.ENDPOINT_VARIABLE: "", "XDG_RUNTIME_DIR": empty, "HOME": empty, _endpoint.ENGINE_VARIABLE: os.environ["TEST_ENGINE"]})
            done = subprocess.run([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, timeout=300, check=True)
        pid, path = done.stdout.decode().split()
        self.assertFalse(os.path.exists(path))
        deadline = time.monotonic() + 120
        while _endpoint._is_alive(int(pid)) and os.name != "nt" and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(os.name != "nt" and _endpoint._is_alive(int(pid)))

    def test_an_engine_that_cannot_start_says_why(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "endpoint.js")
            with open(script, "w") as file:
                file.write("throw new Error('no such luck')")
            with self.assertRaisesRegex(_errors.EngineNotReachableError, "no such luck"):
                _endpoint.start_engine(script)

    def test_a_connection_whose_engine_ends_says_so_and_another_one_is_made(self):
        endpoint = _endpoint.start_engine(os.environ["TEST_ENGINE"])
        with mock.patch.dict(os.environ, {_endpoint.ENDPOINT_VARIABLE: endpoint.path}):
            client = _client.Client()
        os.kill(endpoint.pid, signal.SIGTERM)
        with self.assertRaises(_errors.EngineNotReachableError):
            for _ in range(12000):
                client.construct("SkLearnLasso")
                time.sleep(0.01)
        self.assertFalse(client.is_open)
        self.assertTrue(_client.client().is_open)


if __name__ == "__main__":
    unittest.main()
