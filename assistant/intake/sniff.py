"""What a file is, told by its content; its name and extension are never looked at."""

import struct
import zlib
from typing import Literal

__all__ = ["Content", "sniff"]

Content = Literal[
    "dicom", "raster", "empty", "zeros", "html", "svg", "pdf", "zip", "archive", "video", "heic", "nifti", "volume",
    "text", "unknown",
]  # fmt: skip

_RASTER = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF87a", b"GIF89a", b"BM")
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_VIDEO = (b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"FLV\x01", b"OggS")
_HEADLESS_GROUPS = (0x0002, 0x0008)


def sniff(data: bytes) -> Content:
    """The kind of content, as far as it decides what is done with it or said of it."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        return "empty"
    if data[128:132] == b"DICM":
        return "dicom"
    if data.startswith(_RASTER) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "raster"
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "html"
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head):
        return "svg"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data[4:8] == b"ftyp":
        return "heic" if data[8:12] in (b"heic", b"heix", b"mif1", b"avif", b"msf1") else "video"
    if data.startswith(_VIDEO) or (data[:4] == b"RIFF" and data[8:11] == b"AVI"):
        return "video"
    if _is_nifti(data):
        return "nifti"
    if data.startswith(_ARCHIVES):
        return "archive"
    if data.startswith((b"NRRD0", b"ObjectType", b"NDims", b"\x93NUMPY", b"\x89HDF")):
        return "volume"
    if _is_headless_dicom(data):
        return "dicom"
    if not data[:4096].strip(b"\x00"):
        return "zeros"
    return "text" if _is_text(data[:4096]) else "unknown"


def _is_text(head: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)


def _is_nifti(data: bytes) -> bool:
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data[:65536], 352)
        except zlib.error:
            return False
    return data[344:348] in (b"n+1\x00", b"ni1\x00") or data[4:8] == b"n+2\x00"


def _is_headless_dicom(data: bytes) -> bool:
    """A data set without preamble: a first tag of group 2 or 8, followed by a VR or by a plausible length."""
    if len(data) < 12:
        return False
    for order in ("<", ">"):
        group, element = struct.unpack(order + "HH", data[:4])
        if group in _HEADLESS_GROUPS and element < 0x0100:
            explicit = data[4:6].isalpha() and data[4:6].isupper()
            return explicit or struct.unpack(order + "I", data[4:8])[0] <= 1024
    return False
