"""Decoding in a process of its own: a codestream that makes the native decoder abort takes nothing else down.

gdcm ends the whole process on some damaged JPEG Lossless streams (a C++ exception that nobody catches). Run as a
program, this file reads bare DICOM files (pixels and their description, nothing else) from standard input, each after
its length, and answers with type, shape and values. It imports nothing of this project, so that it starts fast; it
ends when its parent does.
"""

import atexit
import io
import json
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import pixel_array

__all__ = ["Worker", "decoded_apart"]

_SECONDS = 30.0
_DESCRIPTION = (
    "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData",
)  # fmt: skip


class Worker:
    """The other process: started when first needed, again after it died."""

    def __init__(self, program: Path) -> None:
        self._command = [sys.executable, "-P", "-W", "ignore", str(program)]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def answer(self, question: bytes) -> bytes:
        """The answer to one question; RuntimeError where the process dies over it or takes too long."""
        with self._lock:
            process = self._running()
            timer = threading.Timer(_SECONDS, process.kill)
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                _send(process.stdin, question)
                return _receive(process.stdout)
            except (OSError, EOFError) as error:
                self._end()
                raise RuntimeError("the decoder died") from error
            finally:
                timer.cancel()

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


_WORKER = Worker(Path(__file__).resolve())
atexit.register(_WORKER.close)


def decoded_apart(ds: Dataset, worker: Worker = _WORKER) -> NDArray[Any]:
    """As `pixel_array(ds, index=0)`, in another process; RuntimeError where that fails, dies or takes too long."""
    bare = Dataset()
    for keyword in _DESCRIPTION:
        if keyword in ds:
            bare[keyword] = ds[keyword]
    bare.file_meta = FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, bare)
    described, _, values = worker.answer(buffer.getvalue()).partition(b"\n")
    if not described:
        raise RuntimeError("the decoder refused")
    description = json.loads(described)
    return np.frombuffer(values, dtype=description["dtype"]).reshape(description["shape"]).copy()


def _send(pipe: IO[bytes], message: bytes) -> None:
    rest = memoryview(struct.pack("<Q", len(message)) + message)
    while rest:
        rest = rest[pipe.write(rest) :]
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    (length,) = struct.unpack("<Q", _exactly(pipe, 8))
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = pipe.read(min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _serve() -> None:
    while True:
        try:
            question = _receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            pixels = pixel_array(pydicom.dcmread(io.BytesIO(question), force=True), index=0)
            described = json.dumps({"dtype": pixels.dtype.str, "shape": pixels.shape}).encode()
            answer = described + b"\n" + np.ascontiguousarray(pixels).tobytes()
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, OSError):
            answer = b""
        _send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    _serve()
