"""Every bad input gets one clear sentence that names no file, or is read rightly; nothing else is ever raised."""

import gzip
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from assistant.errors import InputError
from assistant.intake.base import Limits
from assistant.intake.open import open_upload
from assistant.language.concepts import in_language
from tests.intake.files import LIMITS, SECRET, build_dicom, build_grey, encoded, read


def refusal(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(InputError) as caught:
        read(data, limits)
    return one_sentence(str(caught.value))


def one_sentence(text: str) -> str:
    """One sentence, that says what to do, quotes neither paths nor machinery, and is known in Vietnamese."""
    translated = in_language(text, "vi")
    assert translated != text
    assert "#" not in translated
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text.replace("e.g. ", "")
    assert not any(word in text for word in ("tmp/", "Traceback", "pydicom", "PIL", "0x", "Error"))
    assert any(word in text for word in ("send", "export", "copy", "check its name"))
    return text


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 999))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


NIFTI = struct.pack("<i", 348) + b"\x00" * 340 + b"n+1\x00" + b"\x00" * 64


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x00" * 5000, "zero bytes"),
        (b"<!DOCTYPE html><html><body>hello</body></html>", "web page"),
        (b"\n <html>", "web page"),
        (b"<svg xmlns='x'></svg>", "SVG"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"PK\x03\x04" + b"\x00" * 60, "ZIP"),
        (gzip.compress(b"hello", mtime=0), "archive"),
        (gzip.compress(NIFTI, mtime=0), "NIfTI"),
        (NIFTI, "NIfTI"),
        (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 60, "video"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video"),
        (b"\x00\x00\x00\x20ftypheic" + b"\x00" * 60, "HEIC"),
        (b"NRRD0004\ntype: short", "volume"),
        (b"dear doctor, please look at this", "text"),
        (bytes(range(255, 0, -1)) * 9, "no image"),
        (b"\x89PNG\r\n\x1a\n" + b"\x01" * 40, "picture"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 40, "picture"),
        (b"II*\x00" + b"\xff" * 40, "picture"),
    ],
)
def test_what_is_no_picture_is_named_for_what_it_is(data: bytes, words: str) -> None:
    assert words in refusal(data)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_picture_is_refused(format: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 80), dtype=np.uint8)
    data = encoded(noise, format)
    assert "damaged" in refusal(data[: int(len(data) * share)])


def test_a_truncated_picture_is_refused_even_if_another_library_asked_pillow_to_be_lenient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    data = encoded(build_grey(), "PNG")
    assert "damaged" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize(("width", "height"), [(12_000, 9_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    assert "pixels" in refusal(png_claiming(width, height))


@pytest.mark.parametrize("size_rc", [(63, 64), (47, 400), (8, 8)])
def test_a_tiny_picture_is_refused_with_the_least_size(size_rc: tuple[int, int]) -> None:
    assert "at least 64" in refusal(encoded(build_grey(*size_rc)), Limits(10**7, 10**7))


def test_a_low_wide_strip_of_teeth_is_read() -> None:
    facts = read(encoded(build_grey(60, 158)), Limits(10**7, 10**7)).image.facts
    assert (facts.size_rc, facts.quality.readable) == ((60, 158), True)


def test_a_picture_at_the_least_size_is_read() -> None:
    assert read(encoded(build_grey(64, 64)), Limits(10**7, 10**7)).image.facts.size_rc == (64, 64)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    data = encoded(build_grey())
    limits = Limits(len(data) - 1, 10**7, 1)
    assert "larger than" in refusal(data, limits)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match="larger than"):
        open_upload(tmp_path / "a.png", limits, SECRET)


@pytest.mark.parametrize("format", ["GIF", "TIFF", "PNG", "WEBP"])
def test_several_pictures_in_one_file_are_refused(format: str) -> None:
    frames = [Pillow.fromarray(np.roll(build_grey(), k, axis=0)) for k in (0, 7, 14)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    assert "several pictures" in refusal(data)


def test_a_gif_of_one_frame_is_read() -> None:
    assert read(encoded(build_grey(), "GIF")).image.facts.channels == 1


@pytest.mark.parametrize(
    "name",
    [
        "scan\nDROP TABLE.png",
        "a" * 250 + ".png",
        "\u202egnp.nacs\u200f.png",
        "scan.exe",
        "scan",
        "ảnh chụp.dcm",
        "<img src=x onerror=alert(1)>.png",
        " .png",
    ],
)
def test_the_name_of_a_file_does_not_matter_and_is_kept_nowhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(build_grey()))
    intake = open_upload(path, LIMITS, SECRET)
    assert name not in intake.image.facts.model_dump_json()
    path.write_bytes(b"no picture")
    with pytest.raises(InputError) as caught:
        open_upload(path, LIMITS, SECRET)
    assert name not in one_sentence(str(caught.value))


@pytest.mark.parametrize("name", ["missing.png", "b" * 300 + ".png", "nul\x00byte.png", "a/b/c.png"])
def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        open_upload(tmp_path / name, LIMITS, SECRET)
    assert name not in one_sentence(str(caught.value))


def test_a_folder_a_pipe_and_a_device_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path, words in ((tmp_path, "folder"), (tmp_path / "pipe.png", "pipe"), (Path("/dev/zero"), "device")):
        with pytest.raises(InputError, match=words) as caught:
            open_upload(path, LIMITS, SECRET)
        one_sentence(str(caught.value))


def test_a_dicom_file_under_a_picture_s_name_is_read_as_dicom(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(build_dicom())
    assert open_upload(tmp_path / "photo.jpg", LIMITS, SECRET).image.facts.source == "dicom"


def test_a_deflate_bomb_in_a_dicom_file_is_refused_before_it_is_unpacked() -> None:
    meta = b"\x02\x00\x10\x00UI" + struct.pack("<H", 22) + b"1.2.840.10008.1.2.1.99"
    head = b"\x00" * 128 + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00" + struct.pack("<I", len(meta)) + meta
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = squeeze.compress(b"\x00" * 40_000_000) + squeeze.flush()
    assert "unpacks to far more" in refusal(head + bomb, Limits(1_000_000, 10**7, 1))
