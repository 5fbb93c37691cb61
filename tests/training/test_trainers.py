"""Every model of the manifest has a training; recipes are changed by name; a tiny run of each ends in weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Picture
from safetensors.torch import load_file, save_file

from assistant.errors import InputError, ModelError
from assistant.training.boxes import box_loss, mask_loss, started
from assistant.training.data import LabelledBox, read_index
from assistant.training.folds import evaluate_folds
from assistant.training.labels import EMPTY_LABELS
from assistant.training.lesions import lesion_batch, slices_of
from assistant.training.train import silent
from assistant.training.trainers import made_by, recipe_of, train_model, trainer_of
from assistant.vision.manifest import ModelCard, load_manifest
from assistant.vision.pyramid import PyramidDetector
from tests.training.fakes import box_card, mask_card, pattern_card, write_index, write_picture
from tests.training.folders import small_card, write_folder, write_start
from tests.vision.weights import WEIGHTS


@pytest.mark.parametrize("card", [c for c in load_manifest(WEIGHTS).cards if c.task != "gate"], ids=lambda c: c.name)
def test_every_model_of_the_manifest_has_a_training(card: ModelCard) -> None:
    assert trainer_of(card).recipe.epochs >= 1


def test_the_gate_is_trained_elsewhere() -> None:
    with pytest.raises(ModelError, match="gate"):
        trainer_of(load_manifest(WEIGHTS).card("gate"))


def test_a_recipe_is_changed_by_name_and_text_is_read_as_the_field_has_it() -> None:
    recipe = recipe_of(pattern_card(), {"epochs": "3", "rate": "0.002", "half": "true", "size": 64})
    assert recipe.model_dump() == {
        **trainer_of(pattern_card()).recipe.model_dump(),
        **{"epochs": 3, "rate": 0.002, "half": True, "size": 64},
    }
    assert recipe_of(mask_card(), {}).batch == 12, "outlines of lesions have their own defaults"
    assert recipe_of(mask_card(frame="disc"), {}).batch == 8


@pytest.mark.parametrize(
    ("changes", "words"), [({"colour": "red"}, "'colour'.*epochs"), ({"epochs": "many"}, "epochs")]
)
def test_a_recipe_says_what_it_does_not_take(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        recipe_of(box_card(), changes)


def lesion_folder(folder: Path, n: int = 8, size: int = 72) -> Path:
    """Slices with a bright outlined spot and its box, and some without; half train, half val."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(n):
        grey = np.zeros((size, size), dtype=np.uint8)
        grey[8:-8, 8:-8] = rng.integers(60, 90, (size - 16, size - 16))
        mask = np.zeros((size, size), dtype=np.uint8)
        if i % 4 != 3:
            mask[20:32, 14:26] = 255
            grey[mask > 0] = 240
            write_picture(folder / f"m{i}.png", mask)
        write_picture(folder / f"{i}.png", grey)
        label = ("glioma", "meningioma", "glioma", "no_tumour")[i % 4]
        lines.append(
            {
                "image": f"{i}.png",
                "label": label,
                "split": ("train", "val")[i >= n // 2],
                "mask": f"m{i}.png" if i % 4 != 3 else "",
                "boxes": [[14, 20, 26, 32, label]] if i % 4 != 3 else [],
            }
        )
    return write_index(folder, lines)


def test_a_detector_and_an_outliner_train_from_one_folder(tmp_path: Path) -> None:
    data = lesion_folder(tmp_path / "d")
    torch.manual_seed(0)
    backbone = PyramidDetector(2).backbone.state_dict()
    save_file({k: v.contiguous() for k, v in backbone.items()}, tmp_path / "pvt.safetensors")
    small = {"epochs": 1, "batch": 2, "size": 64, "cap": 4}
    for card, start in ((box_card(), tmp_path / "pvt.safetensors"), (mask_card(), None)):
        out = tmp_path / card.name
        weights = train_model(card, [data], out, start=start, recipe=recipe_of(card, small))
        assert weights == out / f"{card.name}.safetensors"
        assert load_file(weights)
        made = made_by(out)
        assert made is not None
        assert made.start == (start.name if start else "")
        assert made.recipe["size"] == 64
        assert made.drawn == {"d: glioma": 2, "d: meningioma": 1, "d: no_tumour": 1}
    with pytest.raises(InputError, match="split by patient"):
        train_model(box_card(), [data], tmp_path / "x", start=None, without_fold="0")


def test_a_box_without_an_outline_teaches_the_detector_and_no_outliner(tmp_path: Path) -> None:
    rows = [replace(r, mask=None) for r in read_index(lesion_folder(tmp_path / "d"))]
    found = slices_of(rows, ("glioma", "meningioma"), EMPTY_LABELS, silent, outlined=False)
    assert sum(bool(s.boxes) for s in found) == 6
    assert len(found) == 8, "none is mirrored away without an outline"
    lesion = next(s for s in found if s.boxes)
    assert 0 < (lesion.mask > 0).mean() < 0.2, "an ellipse stands for it"
    assert not [s for s in slices_of(rows, ("glioma", "meningioma"), EMPTY_LABELS, silent) if s.lesion]


def test_slices_with_several_lesions_teach_each_box_and_unknown_boxes_teach_nothing(tmp_path: Path) -> None:
    rows = read_index(lesion_folder(tmp_path / "d"))
    first = next(r for r in rows if r.boxes)
    two = replace(first, mask=None, boxes=(*first.boxes, LabelledBox((40, 44, 52, 60), "meningioma")))
    foreign = replace(first, boxes=(*first.boxes, LabelledBox((40, 44, 52, 60), "abscess")))
    found = slices_of([two, foreign], ("glioma", "meningioma"), EMPTY_LABELS, silent, outlined=False)
    assert len(found) == 1, "a lesion of no known class is not taught as none"
    assert found[0].labels == (0, 1)
    batch = lesion_batch(found, 64, None, torch.Generator())
    assert batch.boxes[0].shape == (2, 4)
    for x0, y0, x1, y1 in batch.boxes[0].round().int().tolist():
        assert batch.masks[0, 0, y0:y1, x0:x1].mean() > 0.6, "each box lies on its own ellipse"
    dense = PyramidDetector(2, outlined=True)(batch.pixels)
    assert torch.isfinite(box_loss(dense, batch))


def test_outlines_without_boxes_teach_an_outliner(tmp_path: Path) -> None:
    rows = [replace(r, boxes=()) for r in read_index(lesion_folder(tmp_path / "d"))]
    found = slices_of(rows, (), EMPTY_LABELS, silent, mirrored=False)
    assert sum(s.lesion for s in found) == 6
    assert not any(s.boxes for s in found)


def test_training_goes_on_from_a_whole_trained_network(tmp_path: Path) -> None:
    torch.manual_seed(1)
    taught = PyramidDetector(2)
    whole, strange = tmp_path / "whole.safetensors", tmp_path / "strange.safetensors"
    save_file({k: v.contiguous() for k, v in taught.state_dict().items()}, whole)
    save_file({"no.such": torch.zeros(1)}, strange)
    network = PyramidDetector(2, outlined=True)
    started(network, whole, "backbone", ("fine.", "mask."))
    assert torch.equal(network.sides.weight, taught.sides.weight)
    assert torch.equal(network.backbone.stages[0].norm.weight, taught.backbone.stages[0].norm.weight)
    with pytest.raises(ModelError, match="another architecture"):
        started(network, strange, "backbone")
    with pytest.raises(ModelError, match="another architecture"):
        started(PyramidDetector(3, outlined=True), whole, "backbone", ("fine.", "mask."))


def test_every_slice_weighs_alike_where_its_own_dice_counts() -> None:
    truth = torch.zeros(2, 1, 16, 16)
    truth[0, :, :12, :12] = 1
    truth[1, :, 4:6, 4:6] = 1
    missed_small = torch.where(truth > 0, 8.0, -8.0)
    missed_small[1] = -8.0
    missed_none = torch.where(truth > 0, 8.0, -8.0)
    gap = [float(mask_loss(missed_small, truth, each=e) - mask_loss(missed_none, truth, each=e)) for e in (0.0, 1.0)]
    assert gap[1] > gap[0] + 0.3, "a small lesion that is missed costs more"


def test_vessels_train_on_crops_with_either_network(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:120, 0:120]
    disc = np.hypot(rows - 60, columns - 60) < 56
    lines = []
    for i in range(2):
        rgb = np.stack([np.where(disc, v, 0) for v in (180, 90, 40)], axis=2).astype(np.uint8)
        vessel = (np.abs(rows - columns - 10 * i) < 3) & disc
        rgb[vessel] = (90, 30, 20)
        write_picture(tmp_path / f"{i}.png", rgb)
        write_picture(tmp_path / f"m{i}.png", vessel.astype(np.uint8) * 255)
        lines.append({"image": f"{i}.png", "label": "vessel", "split": ("train", "val")[i], "mask": f"m{i}.png"})
    write_index(tmp_path, lines)
    card = mask_card(name="retinal_vessels_unet", frame="disc")
    recipe = recipe_of(card, {"epochs": 1, "batch": 2, "size": 64, "steps": 2})
    weights = train_model(card, [tmp_path], tmp_path / "out", recipe=recipe)
    assert "head.weight" in load_file(weights), "the U-Net's"


def test_a_classifier_of_several_concepts_is_cross_validated(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "d")
    for picture in (data / "images").iterdir():
        with Picture.open(picture) as grey:
            grey.convert("RGB").save(picture)
    card = load_manifest(WEIGHTS).card("brain_tumour")
    concept = next(iter(pattern_card().concepts.values()))
    card = small_card().model_copy(update={"concepts": {"tumour": concept}, "positive": card.positive})
    recipe = recipe_of(card, {"epochs": 1, "batch": 2, "size": 64, "repeat": 1, "frozen_stages": 3})
    start = write_start(tmp_path / "start.safetensors")
    folds = evaluate_folds(card, [data], tmp_path / "out", start=start, recipe=recipe)
    assert folds.evaluation.n == 8
    assert [f.n for f in folds.folds] == [4, 4]
    assert set(folds.concept_coverage["tumour"]) == {"present", "absent"}
    assert folds.recipe == recipe
    assert folds.model_validate_json(folds.model_dump_json()) == folds
