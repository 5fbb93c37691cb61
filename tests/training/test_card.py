"""Cards and the table of models: written from what `evaluate` printed, and stale when anything else is in them."""

import re
from pathlib import Path

import pytest
import typer
from PIL import Image as Picture
from typer.testing import CliRunner

from assistant.errors import InputError
from assistant.training.card import Printed, printed_evaluation, refresh, stale_cards, write_card
from assistant.training.card_page import model_page
from assistant.training.card_table import BEGIN, END
from assistant.training.card_words import CardFigures, CardWords, DataSource
from assistant.training.evaluate import evaluate, write_evaluation
from assistant.training_commands import add_training_commands
from assistant.vision.manifest import load_manifest
from tests.training.fakes import BrightBoxes, BrightOutline, ChannelPatterns, mask_card, pattern_card
from tests.training.test_box_metrics import made_up as made_up_boxes
from tests.training.test_mask_metrics import made_up as made_up_masks
from tests.training.test_patterns_measured import made_up as made_up_patterns

MANIFEST = """
[models.boxes]
title = "Boxes"
task = "detect"
version = "0.1.0"
weights = "boxes.safetensors"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"  # measured
kinds = ["brain_mri"]
classes = ["glioma", "meningioma"]
input_size = 64
threshold = 0.5
threshold_why = "for the test"
conformal_quantile = { glioma = 0.3, meningioma = 0.3 }
looks_for = "bright squares"
not_looked_for = "anything else"
licence = "research use only"
"""
WORDS = """
what = "a detector of bright squares"
start = "nothing"
readme_note = "its squares are made up."
[[data]]
name = "made up"
origin = "this test"
licence = "none needed"
"""


def weights_folder(folder: Path) -> tuple[Path, Path]:
    (folder / "cards").mkdir(parents=True)
    (folder / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "cards" / "boxes.toml").write_text(WORDS, encoding="utf-8")
    readme = folder.parent / "README.md"
    readme.write_text(f"# Before\n\n{BEGIN}\n{END}\n\nAfter\n", encoding="utf-8")
    return folder, readme


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `evaluate` wrote of that model."""
    folder = tmp_path_factory.mktemp("printed")
    weights, _ = weights_folder(folder / "weights")
    card = load_manifest(weights).card("boxes")
    write_evaluation(evaluate(BrightBoxes(card), made_up_boxes(folder / "made"), "test", by="plane"), folder)
    return folder / "evaluation.json"


def test_a_card_and_the_table_come_from_what_evaluate_printed(tmp_path: Path, printed: Path) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    card = load_manifest(weights).card("boxes")
    figures = write_card(card, [printed_evaluation(printed)], weights, readme)
    assert set(figures.headline) == {"mean_iou", "map50", "box_class_accuracy"}
    page = (weights / "cards" / "boxes.md").read_text(encoding="utf-8")
    for words in ("none needed", "0.700", "by plane", "Score and precision", "age, sex, ethnicity", "for the test"):
        assert words in page
    assert "at 1%: positive, negative" in page, "predictive values of a slice with any box"
    table = readme.read_text(encoding="utf-8")
    assert table.startswith("# Before")
    assert table.endswith("After\n")
    assert "mean IoU 0.700" in table
    assert "its squares are made up" in table
    assert load_manifest(weights).card("boxes").metrics["mean_iou"].n == 5
    assert stale_cards(weights, readme) == ()
    assert refresh(weights, readme) == ()


def test_figures_under_disturbances_are_a_table_and_a_picture(tmp_path: Path) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    card = load_manifest(weights).card("boxes")
    found = evaluate(BrightBoxes(card), made_up_boxes(tmp_path / "made"), "test", robustness=True)
    write_card(card, [Printed(evaluation=found)], weights, readme)
    page = (weights / "cards" / "boxes.md").read_text(encoding="utf-8")
    assert "| blur | radius 1 |" in page
    (name,) = re.findall(r"\]\((\S+-robustness\.png)\)", page)
    with Picture.open(weights / "cards" / name) as picture:
        assert picture.width > 300


def test_every_picture_that_a_shipped_card_shows_is_there() -> None:
    folder = Path(__file__).parents[2] / "weights" / "cards"
    shown = {
        name for page in folder.glob("*.md") for name in re.findall(r"!\[[^]]*\]\((\S+)\)", page.read_text("utf-8"))
    }
    assert shown == {picture.name for picture in folder.glob("*.png")}


@pytest.mark.parametrize("name", ["boxes.md", "README.md"])
def test_a_page_that_was_edited_by_hand_is_stale(tmp_path: Path, printed: Path, name: str) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    card = load_manifest(weights).card("boxes")
    write_card(card, [printed_evaluation(printed)], weights, readme)
    file = readme if name == "README.md" else weights / "cards" / name
    file.write_text(file.read_text(encoding="utf-8").replace("0.700", "0.999"), encoding="utf-8")
    assert len(stale_cards(weights, readme)) == 1
    assert refresh(weights, readme) == (name,)


def test_other_weights_make_a_card_stale_and_are_not_written(tmp_path: Path, printed: Path) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    card = load_manifest(weights).card("boxes")
    write_card(card, [printed_evaluation(printed)], weights, readme)
    manifest = weights / "manifest.toml"
    manifest.write_text(MANIFEST.replace('sha256 = "00', 'sha256 = "11'), encoding="utf-8")
    assert any("other weights" in line for line in stale_cards(weights, readme))
    with pytest.raises(InputError, match="other weights"):
        write_card(load_manifest(weights).card("boxes"), [printed_evaluation(printed)], weights, readme)


def test_a_model_without_a_card_is_said(tmp_path: Path) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    assert stale_cards(weights, readme) == ("boxes: no card", *stale_cards(weights, readme)[1:])


@pytest.mark.parametrize("task", ["classify", "segment"])
def test_every_task_has_a_page(tmp_path: Path, task: str) -> None:
    if task == "classify":
        card = pattern_card()
        found = evaluate(ChannelPatterns(card), made_up_patterns(tmp_path / "d"), "test", by="source")
    else:
        card = mask_card()
        found = evaluate(BrightOutline(card), made_up_masks(tmp_path / "d"), "test")
    data = (DataSource(name="d", origin="here", licence="none"),)
    words = CardWords(what="a", start="b", data=data)
    figures = CardFigures(headline={}, headline_of="d", weights_sha256="0" * 64, evaluations=(found,))
    page = model_page(card, words, figures)
    if task == "classify":
        assert "| d test | diabetic_retinopathy against no_dr | 14 |" in page
        assert "cataract (d)" in page, "predictive values of each concept"
        assert "Subgroups, the worst first" in page
    else:
        assert "second reader dice" in page
        assert "inside the field of view" in page


def test_the_command_says_what_it_wrote(tmp_path: Path, printed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, readme = weights_folder(tmp_path / "weights")
    monkeypatch.setenv("MEDVISION_WEIGHTS_DIR", str(weights))
    monkeypatch.setenv("MEDVISION_HOME", str(tmp_path / "home"))
    cli = typer.Typer()
    add_training_commands(cli)
    done = CliRunner().invoke(cli, ["card", "boxes", "--evaluation", str(printed)])
    assert done.exit_code == 0, done.output
    assert "boxes" in done.output
    assert "mean IoU" in readme.read_text(encoding="utf-8")
    again = CliRunner().invoke(cli, ["card"])
    assert "Every page" in again.output
    assert CliRunner().invoke(cli, ["card", "boxes"]).exit_code == 2
    wrong = CliRunner().invoke(cli, ["card", "boxes", "--evaluation", str(readme)])
    assert wrong.exit_code == 1
    assert "evaluate --json" in wrong.output
