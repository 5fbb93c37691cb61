"""Reading a data folder: what is there counts, what is unknown is ignored, what is missing is said."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from assistant.errors import InputError
from assistant.training.data import load_grey, mapped, read_index
from assistant.training.pool import overlapping
from assistant.training.train import training_rows
from tests.training.folders import write_folder


def test_unknown_columns_and_empty_cells_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text(
        "image,label,split,colour,boxes,mask\na.png,yes,train,red,[],\nb.png,no,train,,,m.png\n"
        'c.png,glioma,test,x,"[[1, 2, 3.5, 4, ""glioma""]]",\n',
        encoding="utf-8-sig",
    )
    rows = read_index(tmp_path)
    assert [r.boxes for r in rows[:2]] == [(), ()]
    assert rows[2].boxes[0].xyxy == (1, 2, 3.5, 4)
    assert rows[2].boxes[0].label == "glioma"
    assert rows[0].mask is None
    assert rows[1].mask == tmp_path / "m.png"
    assert rows[0].group == "a.png", "without a group a picture is its own"


@pytest.mark.parametrize(
    ("text", "words"), [("image,split\na.png,train\n", "label"), (None, "index.csv"), ("image,label,split\n", "none")]
)
def test_what_is_missing_is_said(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "index.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_index(tmp_path, "val")


def test_a_split_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", n=4)
    with pytest.raises(InputError, match="train, val"):
        read_index(tmp_path / "d", "nonesuch")


def test_labels_are_mapped_and_the_rest_counted(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text(
        "image,label,split\na,glioma,t\nb,no_tumour,t\nc,unmarked,t\nd,tumour,t\n", encoding="utf-8"
    )
    rows, truth, skipped = mapped(read_index(tmp_path), ("no_tumour", "tumour"), {"glioma": "tumour"})
    assert [r.label for r in rows] == ["glioma", "no_tumour", "tumour"]
    assert truth.tolist() == [1, 0, 1]
    assert skipped == {"unmarked": 1}


def test_a_held_out_fold_takes_its_copies_elsewhere_along(tmp_path: Path) -> None:
    small = tmp_path / "brain-mri-tumour"
    extra = tmp_path / "extra"
    small.mkdir()
    extra.mkdir()
    (small / "index.csv").write_text(
        "image,label,split,group,fold\na,tumour,train,g1,0\nb,tumour,test,g2,1\nc,no_tumour,val,g3,1\n",
        encoding="utf-8",
    )
    (extra / "index.csv").write_text(
        "image,label,split,group,same_picture_in_brain_mri_tumour\n"
        "p,tumour,train,x1,g1|g9\nq,tumour,train,x2,\nr,tumour,val,x3,\ns,tumour,train,x4,g2\n",
        encoding="utf-8",
    )
    rows = training_rows([small, extra], "0")
    assert sorted(r.image.name for r in rows) == ["b", "c", "q", "s"]
    held = frozenset({("brain-mri-tumour", "g9")})
    assert overlapping(read_index(extra)[0], held)
    assert [r.image.name for r in training_rows([small, extra])] == ["a", "p", "q", "s"]


def test_colour_and_grey_pictures_give_the_same_grey(tmp_path: Path) -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Picture.fromarray(grey).save(tmp_path / "grey.png")
    Picture.fromarray(grey).convert("RGBA").save(tmp_path / "colour.png")
    assert (load_grey(tmp_path / "grey.png") == load_grey(tmp_path / "colour.png")).all()
