"""The shipped samples: each is small, attributed and read."""

from pathlib import Path

import pytest

from assistant.domain.image import Modality
from assistant.errors import InputError
from assistant.intake.base import Limits
from assistant.intake.open import open_upload
from assistant.intake.samples import load_samples
from tests.intake.files import SECRET

FOLDER = Path(__file__).resolve().parents[2] / "samples"
SAMPLES = load_samples(FOLDER)


def test_there_is_a_sample_of_each_outcome_and_every_file_is_listed() -> None:
    assert {s.expect for s in SAMPLES} == {"present", "absent", "read", "declined"}
    listed = {s.path.name for s in SAMPLES}
    assert {p.name for p in FOLDER.iterdir()} == listed | {"README.md", "samples.toml", "LICENCE-MNI.txt"}
    assert len({s.id for s in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_a_sample_is_small_attributed_and_read(sample) -> None:  # type: ignore[no-untyped-def]
    assert sample.path.stat().st_size < 300_000
    assert sample.attribution
    assert sample.path.name in (FOLDER / "README.md").read_text(encoding="utf-8")
    image = open_upload(sample.path, Limits(10**7, 10**7), SECRET).image
    assert image.facts.quality.readable
    assert (image.facts.modality is Modality.CT) == (sample.id == "ct-viewer")
    assert image.facts.channels == (3 if sample.id in ("cat", "retina") else 1)


def test_a_folder_without_a_table_has_no_samples_and_a_damaged_table_is_said(tmp_path: Path) -> None:
    assert load_samples(tmp_path) == ()
    (tmp_path / "samples.toml").write_text("[[sample]]\nid = 1")
    with pytest.raises(InputError, match="damaged"):
        load_samples(tmp_path)
