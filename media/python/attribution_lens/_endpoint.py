"""Finds the engine of this user: that of a VS Code window, or one that is started for this process."""

import atexit
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time

from ._errors import EngineNotReachableError

ENDPOINT_VARIABLE = "ATTRIBUTION_LENS_ENDPOINT"
ENGINE_VARIABLE = "ATTRIBUTION_LENS_ENGINE"
NODE_VARIABLE = "ATTRIBUTION_LENS_NODE"
_MOST_FILE_BYTES = 1 << 16
_START_SECONDS = 120


class Endpoint:
    """Where an engine listens on this machine, and the token that it wants."""

    def __init__(self, path, port, token, pid, folders, modified):
        self.path = path
        self.port = port
        self.token = token
        self.pid = pid
        self.folders = folders
        self.modified = modified

    def __repr__(self):
        return "Endpoint(port %d of process %d)" % (self.port, self.pid)


def endpoint_folders():
    """The folders in which engines leave their endpoint files."""
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA")
        return [os.path.join(local, "attribution-lens")] if local else []
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    found = [os.path.join(runtime, "attribution-lens")] if runtime else []
    return found + [os.path.join(os.path.expanduser("~"), ".attribution-lens", "endpoints")]


def read_endpoint(path):
    """Reads an endpoint file. Raises :class:`EngineNotReachableError` when it is not there, or not only this user's."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            info = os.fstat(file.fileno())
            _require_private(path, info)
            text = file.read(_MOST_FILE_BYTES + 1)
    except OSError as error:
        raise EngineNotReachableError("The endpoint file %s cannot be read: %s" % (path, error.strerror or error))
    try:
        found = json.loads(text.decode("utf-8"))
        port, token, pid = found["port"], found["token"], found["pid"]
        folders = [str(folder) for folder in found.get("workspaceFolders", [])]
        if not (isinstance(port, int) and 0 < port < 65536 and isinstance(token, str) and isinstance(pid, int) and pid > 0):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise EngineNotReachableError("The endpoint file %s does not hold an endpoint" % path)
    return Endpoint(path, port, token, pid, folders, info.st_mtime)


def _require_private(path, info):
    """The token counts only when nobody else could read or write it."""
    if not stat.S_ISREG(info.st_mode):
        raise EngineNotReachableError("The endpoint file %s is not a file" % path)
    if os.name == "nt":
        return
    folder = os.stat(os.path.dirname(os.path.abspath(path)))
    if info.st_uid != os.getuid() or folder.st_uid not in (os.getuid(), 0):
        raise EngineNotReachableError("The endpoint file %s belongs to another user" % path)
    if info.st_mode & 0o077 or (folder.st_mode & 0o022 and not folder.st_mode & stat.S_ISVTX):
        raise EngineNotReachableError("The endpoint file %s can be read or replaced by other users" % path, None, "Restart the engine: it writes the file anew.")


def find_endpoints(cwd=None):
    """The endpoints of this user's engines: those whose workspace holds the folder first, the newest first."""
    here = os.path.realpath(cwd or os.getcwd())
    found = []
    for folder in endpoint_folders():
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names[:1000]:
            if not name.endswith(".json"):
                continue
            try:
                found.append(read_endpoint(os.path.join(folder, name)))
            except EngineNotReachableError:
                continue
    return sorted(found, key=lambda endpoint: (-_match(endpoint, here), -endpoint.modified))


def _match(endpoint, here):
    """How many letters of a folder's path the best workspace folder shares, when it holds the folder; else -1."""
    best = -1
    for folder in endpoint.folders:
        real = os.path.realpath(folder)
        try:
            if os.path.commonpath([os.path.normcase(real), os.path.normcase(here)]) == os.path.normcase(real):
                best = max(best, len(real))
        except ValueError:
            continue  # on different drives
    return best


def open_socket(endpoint, timeout=5):
    """Connects to an engine. Files that engines left behind when they were killed are removed."""
    try:
        sock = socket.create_connection(("127.0.0.1", endpoint.port), timeout=timeout)
    except OSError as error:
        if isinstance(error, ConnectionRefusedError) and not _is_alive(endpoint.pid):
            try:
                os.unlink(endpoint.path)
            except OSError:
                pass
        raise EngineNotReachableError("The engine at port %d of this machine does not answer: %s" % (endpoint.port, error))
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _is_alive(pid):
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def engine_script():
    """The script of an engine that can be started for this process; ``None`` when none is known."""
    named = os.environ.get(ENGINE_VARIABLE)
    if named:
        return named
    # media/python/attribution_lens beside dist, in the folder of the extension
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
    script = os.path.join(root, "dist", "endpoint.js")
    return script if os.path.isfile(script) else None


def start_engine(script):
    """Starts an engine that ends with this process, and waits until it listens."""
    node = os.environ.get(NODE_VARIABLE) or shutil.which("node")
    if not node:
        raise EngineNotReachableError("The engine needs Node.js (20 or newer), and there is no 'node' on the PATH", None, "Install it, or set %s to its path." % NODE_VARIABLE)
    if not os.path.isfile(script):
        raise EngineNotReachableError("There is no engine at %s" % script, None, "Set %s to the endpoint.js of the extension." % ENGINE_VARIABLE)
    folder = tempfile.mkdtemp(prefix="attribution-lens-")
    path = os.path.join(folder, "endpoint.json")
    log = open(os.path.join(folder, "log.txt"), "w+b")
    options = {"creationflags": 0x08000000} if os.name == "nt" else {"start_new_session": True}
    process = subprocess.Popen([node, script, "--stdio-file", path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, **options)
    atexit.register(_stop_engine, process, folder, log, os.getpid())
    deadline = time.monotonic() + _START_SECONDS
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            said = log.read(4000).decode("utf-8", "replace").strip()
            raise EngineNotReachableError("The engine did not start%s" % (": " + said if said else ""))
        time.sleep(0.01)
    return read_endpoint(path)


def _stop_engine(process, folder, log, owner):
    if os.getpid() != owner:
        return  # a fork of the process that the engine belongs to
    try:
        process.stdin.close()  # at which it leaves
        process.wait(2)
    except (OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
    log.close()
    shutil.rmtree(folder, ignore_errors=True)


def connect(cwd=None, usable=None):
    """A socket to an engine, and its endpoint: the one that the environment names, that of the workspace, the newest one,
    or one that is started.

    ``usable(socket, endpoint)`` may introduce itself, and raises :class:`EngineNotReachableError` to have the next tried.
    """
    failures = []
    named = os.environ.get(ENDPOINT_VARIABLE)
    candidates = []
    if named:
        try:
            candidates.append(read_endpoint(named))
        except EngineNotReachableError as error:
            failures.append(error.message)
    candidates += [endpoint for endpoint in find_endpoints(cwd) if endpoint.path != named]
    for endpoint in candidates:
        try:
            return _introduced(endpoint, usable)
        except EngineNotReachableError as error:
            failures.append(error.message)
    script = engine_script()
    if script:
        return _introduced(start_engine(script), usable)
    raise EngineNotReachableError(
        "No engine of Attribution Lens can be reached from this process on '%s' (Python %s)%s"
        % (socket.gethostname(), sys.version.split()[0], ": " + "; ".join(failures) if failures else ""),
        None,
        "Open the folder in VS Code with Attribution Lens and run 'Connect Python Kernel'. A kernel on another machine cannot reach it: "
        "open that machine with Remote - SSH, or set %s there to the endpoint.js of the extension." % ENGINE_VARIABLE,
    )


def _introduced(endpoint, usable):
    sock = open_socket(endpoint)
    try:
        welcome = usable(sock, endpoint) if usable else None
    except BaseException:
        sock.close()
        raise
    return sock, endpoint, welcome
