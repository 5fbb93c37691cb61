"""The leak audit: copies are found however they were changed, other pictures are not, and a leak fails the command."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from PIL import Image as Picture
from typer.testing import CliRunner

from assistant.errors import InputError
from assistant.training.audit import NEAR, audit, structure
from assistant.training.data import load_grey
from assistant.training_commands import add_training_commands
from tests.vision.weights import DATA, needs_data

Pixels = NDArray[np.uint8]

cli = typer.Typer()
add_training_commands(cli)


def picture(seed: int, size: int = 120) -> Pixels:
    """Blotches of several sizes on black: as much structure as a slice has."""
    rng = np.random.default_rng(seed)
    out = np.zeros((size, size), dtype=np.float32)
    for cells in (6, 12, 30):
        grain = Picture.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
        out += np.asarray(grain.resize((size, size), Picture.Resampling.BICUBIC), dtype=np.float32) / 3
    out[:8] = out[-8:] = 0
    out[:, :8] = out[:, -8:] = 0
    return out.astype(np.uint8)


def folder(at: Path, rows: list[tuple[Pixels, str, str, str]], suffix: str = "png") -> Path:
    """A data folder of (pixels, label, split, group)."""
    at.mkdir()
    lines = ["image,label,split,group"]
    for number, (pixels, label, split, group) in enumerate(rows):
        Picture.fromarray(pixels).save(at / f"{number}.{suffix}")
        lines.append(f"{number}.{suffix},{label},{split},{group}")
    (at / "index.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return at


CHANGES = {
    "mirrored": lambda p: p[:, ::-1],
    "turned": lambda p: np.rot90(p),
    "darker": lambda p: (p * 0.5).astype(np.uint8),
    "of another contrast": lambda p: (255 * (p / 255.0) ** 0.6).astype(np.uint8),
    "smaller": lambda p: np.asarray(Picture.fromarray(p).resize((84, 84))),
    "with a wider border": lambda p: np.pad(p, 40),
    "noisy": lambda p: np.clip(p + np.random.default_rng(1).normal(0, 6, p.shape), 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_in_another_split_is_a_leak(tmp_path: Path, change: object) -> None:
    assert callable(change)
    rows = [(picture(s), "a", "train", f"g{s}") for s in range(4)]
    copy = np.ascontiguousarray(change(picture(2)))
    found = audit([folder(tmp_path / "d", [*rows, (copy, "a", "test", "g9")])])
    assert [(p.kind, p.first, p.second) for p in found.leaks] == [("near", "2.png", "4.png")]
    assert not found.clean


def test_an_exact_copy_is_called_exact_and_two_labels_are_named(tmp_path: Path) -> None:
    rows = [(picture(0), "ill", "train", "g0"), (picture(1), "ill", "train", "g1"), (picture(0), "well", "val", "g2")]
    found = audit([folder(tmp_path / "d", rows)])
    assert [p.kind for p in found.leaks] == ["exact"]
    assert [p.labels for p in found.contradictions] == [("ill", "well")]


def test_different_pictures_are_no_copies(tmp_path: Path) -> None:
    rows = [(picture(s), "a", ("train", "val", "test")[s % 3], f"g{s}") for s in range(30)]
    found = audit([folder(tmp_path / "d", rows)])
    assert found.clean
    assert found.duplicates == 0
    assert found.splits == {"test": 10, "train": 10, "val": 10}


def test_blank_pictures_are_equal_only_when_they_are_the_same(tmp_path: Path) -> None:
    grey = [np.full((40, 40), v, dtype=np.uint8) for v in (10, 200)]
    found = audit([folder(tmp_path / "d", [(grey[0], "a", "train", "g0"), (grey[1], "a", "test", "g1")])])
    assert found.clean


def test_a_group_on_both_sides_is_a_leak_though_the_pictures_differ(tmp_path: Path) -> None:
    rows = [(picture(0), "a", "train", "patient 7"), (picture(1), "a", "test", "patient 7")]
    (leak,) = audit([folder(tmp_path / "d", rows)]).leaks
    assert leak.kind == "group"
    assert leak.same_group


def test_copies_in_one_split_are_counted_and_leak_nothing(tmp_path: Path) -> None:
    rows = [(picture(0), "a", "train", "g0"), (picture(0), "a", "train", "g0"), (picture(1), "a", "test", "g1")]
    found = audit([folder(tmp_path / "d", rows)])
    assert found.clean
    assert found.duplicates == 1


def test_folds_are_held_apart_as_splits_are(tmp_path: Path) -> None:
    at = folder(tmp_path / "d", [(picture(0), "a", "train", "g0"), (picture(0), "a", "train", "g1")])
    (at / "index.csv").write_text("image,label,split,group,fold\n0.png,a,train,g0,0\n1.png,a,train,g1,1\n", "utf-8")
    assert [p.folds for p in audit([at]).leaks] == [("0", "1")]


def test_a_copy_in_another_folder_is_found(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", [(picture(0), "a", "train", "g0")])
    two = folder(tmp_path / "two", [(picture(0), "a", "test", "g0")])
    (leak,) = audit([one, two]).leaks
    assert (leak.first, leak.second) == ("one/0.png", "two/0.png")


def test_a_picture_that_cannot_be_read_leaves_the_folder_unproven(tmp_path: Path) -> None:
    at = folder(tmp_path / "d", [(picture(0), "a", "train", "g0"), (picture(1), "a", "test", "g1")])
    (at / "1.png").write_bytes(b"not a picture")
    found = audit([at])
    assert found.unreadable == ("1.png",)
    assert not found.clean


def test_a_folder_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rows"):
        audit([folder(tmp_path / "d", [])])


def test_the_command_fails_on_a_leak_and_says_what_to_do(tmp_path: Path) -> None:
    at = folder(tmp_path / "d", [(picture(0), "ill", "train", "g0"), (picture(0), "well", "test", "g1")])
    done = CliRunner().invoke(cli, ["audit-data", str(at)])
    assert done.exit_code == 1
    assert "leak (exact, 1.00): 0.png [train, ill] = 1.png [test, well]" in done.stdout
    assert "put both rows of each pair in one group" in done.stderr
    assert "Traceback" not in done.output


def test_the_command_prints_one_object_and_succeeds_on_a_clean_folder(tmp_path: Path) -> None:
    at = folder(tmp_path / "d", [(picture(0), "a", "train", "g0"), (picture(1), "a", "test", "g1")])
    done = CliRunner().invoke(cli, ["audit-data", str(at), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["n"] == 2


@needs_data
def test_real_copies_are_told_from_real_neighbours() -> None:
    """Known pairs of the brain MRI pictures: the same slice saved twice, and the most alike of different slices."""
    names = ("No11.jpg", "No15.jpg", "No17.jpg", "no_7.jpg", "39_no.jpg")
    looks = [structure(load_grey(next((DATA / "brain-mri-tumour").rglob(n)))) for n in names]
    likeness = np.array([[float((a * b).sum()) for b in looks] for a in looks])
    assert likeness[1, 2] >= NEAR
    assert likeness[0, 3] >= NEAR
    assert likeness[0, 1] < NEAR - 0.1
