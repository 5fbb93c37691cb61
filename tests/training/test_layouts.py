"""Data folders as other tools leave them become the same rows as an index.csv."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import InputError
from assistant.training.data import read_index
from tests.training.fakes import write_picture

BLANK = np.zeros((20, 40), dtype=np.uint8)


def test_a_folder_per_class_with_splits_and_without(tmp_path: Path) -> None:
    for name in ("train/cataract/a.png", "train/normal/b.png", "valid/normal/c.jpg", "test/images/normal/d.png"):
        write_picture(tmp_path / "split" / name, BLANK)
    rows = {r.image.name: r for r in read_index(tmp_path / "split")}
    assert {n: (r.label, r.split) for n, r in rows.items()} == {
        "a.png": ("cataract", "train"),
        "b.png": ("normal", "train"),
        "c.jpg": ("normal", "val"),
        "d.png": ("normal", "test"),
    }
    for i in range(60):
        write_picture(tmp_path / "plain" / ("yes", "no")[i % 2] / f"{i}.png", BLANK)
    drawn = [r.split for r in read_index(tmp_path / "plain")]
    assert 30 < drawn.count("train") < 54
    assert {"train", "val", "test"} == set(drawn)
    assert drawn == [r.split for r in read_index(tmp_path / "plain")], "the same each time"


def test_coco_boxes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_picture(tmp_path / "images" / f"{name}.png", BLANK)
    data = {
        "images": [{"id": 1, "file_name": "images/a.png"}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": 7, "name": "glioma"}],
        "annotations": [{"image_id": 1, "category_id": 7, "bbox": [2, 3, 10, 5]}],
    }
    file = tmp_path / "annotations" / "instances_val.json"
    file.parent.mkdir()
    file.write_text(json.dumps(data), encoding="utf-8")
    a, b = read_index(tmp_path)
    assert a.boxes[0].xyxy == (2, 3, 12, 8)
    assert (a.boxes[0].label, a.label, a.split) == ("glioma", "glioma", "val")
    assert (b.boxes, b.label) == ((), "no")
    data["images"].append({"id": 3, "file_name": "gone.png"})
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="gone"):
        read_index(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data.yaml", "path: x\nnames: [glioma, 'meningioma']\n"),
        ("data.yaml", "nc: 2\nnames:\n  0: glioma\n  1: meningioma\n"),
        ("data.yaml", "names:\n- glioma\n- meningioma\n"),
        ("classes.txt", "glioma\nmeningioma\n"),
    ],
)
def test_yolo_boxes(tmp_path: Path, file: str, text: str) -> None:
    for split in ("train", "val"):
        write_picture(tmp_path / "images" / split / f"{split}.png", BLANK)
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "train.txt").write_text("1 0.5 0.5 0.25 0.5\n", encoding="utf-8")
    (tmp_path / file).write_text(text, encoding="utf-8")
    train, val = read_index(tmp_path)
    assert train.boxes[0].xyxy == (15, 5, 25, 15)
    assert (train.boxes[0].label, train.split) == ("meningioma", "train")
    assert (val.boxes, val.label, val.split) == ((), "no", "val")


def test_images_with_masks_of_the_same_name(tmp_path: Path) -> None:
    for name in ("images/train/a.jpg", "masks/train/a.png", "images/test/b.jpg", "masks/test/b.png"):
        write_picture(tmp_path / name, BLANK)
    write_picture(tmp_path / "images" / "test" / "without.jpg", BLANK)
    rows = read_index(tmp_path)
    assert [(r.image.name, r.split) for r in rows] == [("b.jpg", "test"), ("a.jpg", "train")]
    assert rows[0].mask == tmp_path / "masks" / "test" / "b.png"


def test_a_folder_of_no_layout_and_none_at_all_are_said(tmp_path: Path) -> None:
    write_picture(tmp_path / "lone.png", BLANK)
    with pytest.raises(InputError, match=r"index\.csv"):
        read_index(tmp_path)
    with pytest.raises(InputError, match="no such"):
        read_index(tmp_path / "none")
