"""The connection to the engine: calls from any thread, progress, cancelling, and callbacks into Python."""

import collections
import hashlib
import hmac
import itertools
import os
import queue
import secrets
import socket
import sys
import threading
import traceback
import weakref

from . import _endpoint, _frames, _values, _warnings
from ._errors import AttributionLensError, EngineNotReachableError, error_of
from ._values import Encoder, Handle

PROTOCOL = 1
_HELLO_SECONDS = 30
_WINDOWS = os.name == "nt"
_current = threading.local()


class Result:
    """What a call returned: its value, and a handle of the record behind attributions (``None`` for other calls)."""

    __slots__ = ("value", "explanation")

    def __init__(self, value, explanation=None):
        self.value = value
        self.explanation = explanation


class _Reference(weakref.ref):
    """A reference to a handle that knows its number."""

    __slots__ = ("number",)


class _Call:
    """A call that waits: what arrives for it, the functions it may call back, and what they raised."""

    def __init__(self):
        self.frames = queue.SimpleQueue()
        self.raised = None
        self.callbacks = []
        self.keeps_callbacks = False
        self.has_ended = False


class Client:
    """A connection to the engine. Calls may come from several threads; callbacks run in the thread that waits for them.

    ``on_progress(fraction, message, seconds_left)`` follows calls that have no ``progress`` of their own.
    """

    def __init__(self, cwd=None):
        self.on_progress = None
        self._cwd = os.path.realpath(cwd or os.getcwd())
        self._pid = os.getpid()
        self._ids = itertools.count(1)
        self._callback_ids = itertools.count(1)
        self._calls = {}
        self._callbacks = {}
        self._references = set()
        self._released = collections.deque()
        self._sending = threading.Lock()
        self._state = threading.Lock()
        self._background = None
        self._closed = None
        self._sock, self.endpoint, self.welcome = _endpoint.connect(self._cwd, self._introduce)
        self._reader = threading.Thread(target=self._read, name="attribution-lens", daemon=True)
        self._reader.start()

    # Calls

    def load_model(self, data, name, labels=None, progress=None, format="onnx"):
        """Loads the bytes of an ONNX file, or of a file of Keras (``format="keras"``). Returns a dict: ``handle``, ``inputs``, ``outputs``, ``layers``, ``notes``."""
        fields = {"format": format, "name": name}
        if labels is not None:
            fields["labels"] = list(labels)
        return self._invoke("loadModel", fields, payload=[data], progress=progress).value

    def function_model(self, function, name, outputs=None):
        """A model without gradients: ``function(*tensors)`` gets batches of rows and returns the output for each of them.

        ``outputs`` is the shape of its output, -1 for the axis of the rows; it is found out by two small calls otherwise.
        """
        fields = {"name": name, "callback": self.register(function)}
        if outputs is not None:
            fields["outputs"] = list(outputs)
        return self._invoke("functionModel", fields).value

    def construct(self, name, *arguments):
        """Makes an algorithm; options are given in a dict with the engine's names (``multiplyByInputs``)."""
        return self._invoke("construct", {"class": name}, arguments).value

    def method(self, handle, name, *arguments, progress=None):
        """Calls a method of an algorithm: ``method(handle, "attribute", inputs, {"nSteps": 20})``. Returns a :class:`Result`."""
        return self._invoke("method", {"object": handle.number, "name": name}, arguments, progress=progress)

    def function(self, name, *arguments, progress=None):
        """Calls a function of the engine: ``function("infidelity", model, perturb, inputs, attributions)``."""
        return self._invoke("function", {"name": name}, arguments, progress=progress)

    def present(self, explanation, **options):
        """The mime bundle of attributions: MIME type to data, PNG in base64. Takes ``Result.explanation`` or an algorithm."""
        return self._invoke("present", {"of": Encoder().encode(explanation)}, ({_camel(key): value for key, value in options.items()},)).value

    def recompute(self, explanation, request, progress=None):
        """The mime bundle of attributions computed anew with other ``method``, ``options``, ``target`` or ``baseline``."""
        return self._invoke("recompute", {"of": Encoder().encode(explanation), "request": request}, progress=progress).value

    def register(self, function):
        """The number under which the engine can call a function until the connection ends, or :meth:`forget` is called."""
        number = next(self._callback_ids)
        self._callbacks[number] = function
        return number

    def forget(self, number):
        """Takes a registered function away again."""
        self._callbacks.pop(number, None)

    @property
    def is_open(self):
        """Whether calls can be made: the engine is there, and this is not a fork of the process that connected."""
        return self._closed is None and os.getpid() == self._pid

    def close(self):
        """Ends the connection; what the engine keeps for it is released."""
        self._end(EngineNotReachableError("The connection to the engine was closed"))

    # Connecting

    def _introduce(self, sock, endpoint):
        sock.settimeout(_HELLO_SECONDS)
        versions = {"python": sys.version.split()[0]}
        for name in ("torch", "numpy", "keras", "tensorflow"):
            version = getattr(sys.modules.get(name), "__version__", None)
            if version is not None:
                versions[name] = str(version)
        nonce = secrets.token_hex(16)
        hello = {"type": "hello", "version": PROTOCOL, "nonce": nonce, "proof": _proof(endpoint, "client", nonce), "client": versions, "cwd": self._cwd}
        try:
            _frames.send_frame(sock, hello)
            answer = _frames.receive_frame(sock)
        except (OSError, _frames.FrameError) as error:
            raise EngineNotReachableError("The engine at port %d does not answer: %s" % (endpoint.port, error))
        if answer is None or answer[0].get("type") != "welcome":
            reason = answer[0].get("message") if answer else "it closed the connection"
            raise EngineNotReachableError("The engine at port %d refused this process: %s" % (endpoint.port, reason))
        if not hmac.compare_digest(str(answer[0].get("proof")).encode(), _proof(endpoint, "server", nonce).encode()):
            raise EngineNotReachableError("What listens at port %d is not the engine of %s" % (endpoint.port, endpoint.path))
        sock.settimeout(None)
        return answer[0]

    # Sending and waiting

    def _invoke(self, name, fields, arguments=(), payload=None, progress=None):
        number = next(self._ids)
        call = _Call()
        try:
            encoder = Encoder(lambda function: self._register_for(call, function))
            header = dict(fields, type="invoke", id=number, call=name, arguments=[encoder.encode(item) for item in arguments])
            within = getattr(_current, "callback", None)
            if within is not None and within[0] is self:
                header["within"] = within[1]
            with self._state:
                self._require_open()
                self._calls[number] = call
            self._send(header, payload if payload is not None else encoder.payload())
            return self._wait(call, progress or self.on_progress)
        except BaseException:
            if not call.has_ended:
                self._cancel(number)  # an interrupt, or an exception of a progress function
            raise
        finally:
            with self._state:
                self._calls.pop(number, None)
            while not call.frames.empty():
                frame = call.frames.get()
                if frame is not None:
                    self._drop(frame[0])
            if not call.keeps_callbacks:
                for callback in call.callbacks:
                    self.forget(callback)

    def _register_for(self, call, function):
        number = next(self._callback_ids)
        call.callbacks.append(number)
        self._callbacks[number] = function
        return number

    def _wait(self, call, progress):
        while True:
            header, payload = self._next(call)
            kind = header.get("type")
            call.has_ended = kind in ("result", "error")
            if kind == "progress":
                if progress is not None:
                    progress(header["fraction"], header.get("message", ""), header.get("secondsLeft"))
            elif kind == "callback":
                self._serve(header, payload, call)
            elif kind == "error":
                error = error_of(header.get("code"), header.get("message", ""), header.get("nextStep"))
                if call.raised is not None and header.get("callback") is True:
                    raise call.raised
                raise error
            elif kind == "result":
                tensors = _values.read_tensors(payload)
                value = _values.decode(header.get("value"), tensors, self._handle)
                # An object that was made with functions of Python may call them later.
                call.keeps_callbacks = isinstance(value, Handle)
                for message in header.get("warnings", ()):
                    _warnings.warn(message)
                explanation = header.get("explanation")
                return Result(value, None if explanation is None else self._handle("explanation", explanation))

    def _next(self, call):
        while True:
            try:
                # A wait without an end cannot be interrupted on Windows.
                frame = call.frames.get(timeout=0.2 if _WINDOWS else None)
            except queue.Empty:
                continue
            if frame is None:
                raise self._closed or EngineNotReachableError("The connection to the engine ended")
            return frame

    def _serve(self, header, payload, call=None):
        """Calls a function for the engine and sends what it returns."""
        number = header["id"]
        outer = getattr(_current, "callback", None)
        _current.callback = (self, number)
        try:
            try:
                function = self._callbacks[header["callback"]]
                tensors = _values.read_tensors(payload)
                value = function(*_values.decode(header.get("arguments", []), tensors, self._handle))
                encoder = Encoder()
                answer, parts = {"type": "returned", "id": number, "value": encoder.encode(value)}, encoder.payload()
            except BaseException as error:
                if call is not None:
                    call.raised = error
                self._send({"type": "raised", "id": number, "message": _described(error)})
                if isinstance(error, (KeyboardInterrupt, SystemExit)) and call is not None:
                    raise
                return
            self._send(answer, parts)
        finally:
            _current.callback = outer

    def _cancel(self, number):
        if self.is_open:
            try:
                self._send({"type": "cancel", "id": number})
            except AttributionLensError:
                pass

    def _send(self, header, parts=()):
        self._require_open()
        pieces, sent, has_begun = _frames.frame(header, parts), [], False
        try:
            with self._sending:
                pieces = self._released_frame() + pieces
                sending = map(self._sock.sendall, pieces)
                has_begun = True
                sent.extend(sending)  # in one step: an interrupt after it finds all of them there
        except OSError as error:
            self._end(EngineNotReachableError("The connection to the engine ended: %s" % error))
            raise self._closed
        except KeyboardInterrupt:
            if has_begun and len(sent) < len(pieces):  # a message that was sent in part cannot be taken back
                self._end(EngineNotReachableError("The connection to the engine was interrupted in the middle of a message"))
            raise

    def _released_frame(self):
        numbers = []
        while self._released:
            reference = self._released.popleft()
            self._references.discard(reference)
            numbers.append(reference.number)
        return _frames.frame({"type": "release", "handles": numbers}) if numbers else []

    def _require_open(self):
        if os.getpid() != self._pid:
            raise EngineNotReachableError("This connection to the engine belongs to the process that was forked")
        if self._closed is not None:
            raise self._closed

    # Receiving

    def _read(self):
        error = EngineNotReachableError("The engine ended", None, "Run the cell again: it connects anew.")
        try:
            while True:
                frame = _frames.receive_frame(self._sock)
                if frame is None:
                    break
                self._dispatch(*frame)
        except (OSError, _frames.FrameError) as failure:
            error = EngineNotReachableError("The connection to the engine ended: %s" % failure)
        finally:
            self._end(error)

    def _dispatch(self, header, payload):
        of = header.get("of") if header.get("type") == "callback" else header.get("id")
        with self._state:
            call = self._calls.get(of)
            if call is not None:
                call.frames.put((header, payload))
        if call is not None:
            return
        if header.get("type") == "callback" and of is None:
            self._serve_in_background(header, payload)
        else:
            self._drop(header)

    def _drop(self, header):
        """Releases what a call made that was interrupted before its result came; the functions that it calls are not called any more."""
        if header.get("type") == "result":
            _values.decode(header.get("value"), collections.defaultdict(bytes), self._handle)
            if header.get("explanation") is not None:
                self._handle("explanation", header["explanation"])

    def _serve_in_background(self, header, payload):
        """Functions that are called while no cell waits: a picture in an output is computed anew."""
        if self._background is None:
            self._background = queue.SimpleQueue()
            threading.Thread(target=self._serve_all, name="attribution-lens-callbacks", daemon=True).start()
        self._background.put((header, payload))

    def _serve_all(self):
        while True:
            frame = self._background.get()
            if frame is None:
                return
            try:
                self._serve(*frame)
            except AttributionLensError:
                return

    def _end(self, error):
        with self._state:
            if self._closed is not None:
                return
            self._closed = error
            waiting = list(self._calls.values())
        for end in (lambda: self._sock.shutdown(socket.SHUT_RDWR), self._sock.close):
            try:
                end()
            except OSError:
                pass
        for call in waiting:
            call.frames.put(None)
        if self._background is not None:
            self._background.put(None)

    def _handle(self, kind, number):
        handle = Handle(kind, number)
        # No function of Python, in which an interrupt would be lost: nothing can be raised while something is taken away.
        reference = _Reference(handle, self._released.append)
        reference.number = number
        self._references.add(reference)
        return handle


def _proof(endpoint, side, nonce):
    """Shows that one knows the token, which itself is never sent."""
    return hmac.new(endpoint.token.encode(), ("%s %s" % (side, nonce)).encode(), hashlib.sha256).hexdigest()


def _described(error):
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return text[:4000]


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


_shared = None
_sharing = threading.Lock()


def client():
    """The connection of this process; made when it is first needed, and anew when the engine ended."""
    global _shared
    with _sharing:
        if _shared is None or not _shared.is_open:
            _shared = Client()
        return _shared
