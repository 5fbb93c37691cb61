"""`medvision train`, `evaluate`, `promote`, `card`, `audit-data`: a data folder in, weights, figures, pages, leaks out.

A part of the command line; torch is imported when a command runs, not before. Progress goes to a terminal's standard
error alone, so that standard output holds the answer and nothing else.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import AssistantError
from assistant.settings import Settings, read_settings

__all__ = ["add_training_commands"]

Data = Annotated[list[Path], typer.Option("--data", help="A folder with an index.csv; give it several times to join.")]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="As `medvision models` lists it.")]


@contextmanager
def _home() -> Iterator[Settings]:
    """The settings, with MEDVISION_HOME made or migrated as by every command; an error raised on purpose becomes one
    sentence and exit code 1."""
    from assistant.home import open_home

    try:
        settings = read_settings()
        store, _ = open_home(settings)
        store.close()
        yield settings
    except AssistantError as error:
        typer.echo(" ".join(str(error).split()), err=True)
        raise typer.Exit(1) from None


def _bar() -> Callable[[str, float], None]:
    """A progress line on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _step, _share: None

    def show(step: str, share: float) -> None:
        filled = round(30 * share)
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\r{step:<24} [{'#' * filled}{'.' * (30 - filled)}] {share:4.0%}{end}")
        sys.stderr.flush()

    return show


def _folder(settings: Settings, kind: str, model: str, out: Path | None) -> Path:
    """Where results go: `--out`, else below the data folder of the installation, never into the data set."""
    folder = out or settings.home / kind / model
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        typer.echo(f"The folder for the results cannot be made ({error.strerror}); name another with --out.", err=True)
        raise typer.Exit(1) from None
    return folder


def train(
    model: Model,
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Default: training/MODEL below MEDVISION_HOME.")] = None,
    start: Annotated[
        Path | None, typer.Option(help="Backbone to start from (safetensors); default: timm's own.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many epochs without a better figure on val.")
    ] = None,
    settings_of_recipe: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other field of the recipe.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew instead of resuming a cut-off run.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Calibrate on val and put the weights in place.")] = False,
    version: Annotated[str | None, typer.Option(help="Of the published weights, e.g. 1.1.0.")] = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Make a new model after this one: its row and card are written too."),
    ] = None,
) -> None:
    """Train a model on labelled pictures; resumes a run that was cut off."""
    pairs = _pairs(settings_of_recipe)

    from assistant.training.newcomer import newcomer, settle
    from assistant.training.publish import publish as put_in_place
    from assistant.training.trainers import recipe_of, train_model
    from assistant.vision.manifest import load_manifest

    with _home() as settings:
        manifest = load_manifest(settings.weights_dir)
        card = manifest.card(model) if like is None else newcomer(manifest, model, manifest.card(like), data)
        folder = _folder(settings, "training", model, out)
        named = {"epochs": epochs, "seed": seed, "patience": patience, "threads": settings.threads}
        changes = {k: v for k, v in named.items() if v is not None} | pairs
        weights = train_model(
            card,
            data,
            folder,
            start=start,
            recipe=recipe_of(card, changes),
            resume=not fresh,
            progress=_bar(),
        )
        typer.echo(f"Trained; the weights and their curves are in {folder}.")
        if like is not None:
            said = settle(card, manifest.card(like), weights, data, settings.weights_dir, start, folder, _bar())
            typer.echo(said)
        elif publish:
            put_in_place(card, weights, data, settings.weights_dir, version=version, progress=_bar())
            typer.echo(f"Calibrated on val and put in place of {card.weights}.")


def _pairs(settings_of_recipe: list[str] | None) -> dict[str, object]:
    """KEY=VALUE words; exit code 2 for anything else."""
    given = settings_of_recipe or []
    if wrong := [pair for pair in given if "=" not in pair]:
        typer.echo(f"--set takes KEY=VALUE, not '{wrong[0]}'.", err=True)
        raise typer.Exit(2)
    return {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in given)}


def evaluate(
    model: Model,
    data: Data,
    split: Annotated[str, typer.Option(help="A value of the column `split`.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line, and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(help="Default: evaluations/MODEL below MEDVISION_HOME.")] = None,
    by: Annotated[str | None, typer.Option(help="Repeat the figures for each value of this column.")] = None,
    folds: Annotated[bool, typer.Option("--folds", help="Cross-validate over the column `fold`: trains anew.")] = False,
    start: Annotated[Path | None, typer.Option(help="With --folds: the backbone to start from.")] = None,
    settings_of_recipe: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="With --folds: a field of the recipe.")
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="The main figure under blur, noise, JPEG, ... too; takes long.")
    ] = False,
) -> None:
    """Measure a model on labelled pictures: figures with bootstrap 95 % intervals."""
    pairs = _pairs(settings_of_recipe)
    if not folds and len(data) != 1:
        typer.echo("Without --folds, evaluate takes one --data folder.", err=True)
        raise typer.Exit(2)

    from assistant.training.evaluate import evaluate as measure
    from assistant.training.folds import evaluate_folds
    from assistant.training.trainers import recipe_of
    from assistant.vision.loading import Models

    with _home() as settings:
        models = Models(settings.weights_dir, settings.device)
        card = models.card(model)
        folder = _folder(settings, "evaluations", model, out)
        if folds:
            recipe = recipe_of(card, pairs)
            crossed = evaluate_folds(card, data, folder, start=start, recipe=recipe, progress=_bar())
            typer.echo(crossed.model_dump_json() if as_json else crossed.evaluation.model_dump_json(indent=1))
            return
        found = measure(models.model(model), data[0], split, folder, by, _bar(), robustness=robustness)
        if as_json:
            typer.echo(found.model_dump_json())
            return
        for name, figure in found.metrics.items():
            typer.echo(f"{name:<20} {figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f}), n {figure.n}")
        typer.echo(f"Figures and plots are in {folder}.")


def promote(
    model: Model,
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN...", help="The folder that `train` wrote, or a file of weights; of several the mean is taken."
        ),
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Folders whose val rows calibrate and compare.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Of the new weights, e.g. 1.1.0.")] = None,
    input_size: Annotated[
        int | None, typer.Option(min=32, help="Side in pixels that they are read at; None: as those in place are.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Bring the weights that were replaced last back.")] = False,
) -> None:
    """Put trained weights in place where they are better on val; the old ones are kept, and --back brings them back."""
    if not back and (not runs or not data):
        typer.echo("Name the folder that `train` wrote and the data with --data, or say --back.", err=True)
        raise typer.Exit(2)
    from tempfile import TemporaryDirectory

    from assistant.training.averaging import averaged
    from assistant.training.promote import go_back
    from assistant.training.promote import promote as put_in_place
    from assistant.vision.manifest import load_manifest

    with _home() as settings:
        kept = settings.home / "previous"
        of = load_manifest(settings.weights_dir).card(model)
        if back or not runs:
            old = go_back(of, settings.weights_dir, kept)
            typer.echo(f"{model} {old.version} ({old.sha256[:12]}) is in place again.")
            return
        files = [run / f"{model}.safetensors" if run.is_dir() else run for run in runs]
        with TemporaryDirectory() as scratch:
            weights = files[0] if len(files) == 1 else averaged(files, Path(scratch) / of.weights)
            found = put_in_place(
                of,
                weights,
                data or [],
                settings.weights_dir,
                kept,
                version=version,
                input_size=input_size,
                progress=_bar(),
            )
        if found is not None:
            gain = found.difference
            typer.echo(
                f"{found.figure} on val: {found.before:.3f} in place, {found.after:.3f} new; difference"
                f" {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f});"
                f" better in {found.share_better:.0%} of draws."
            )
        if found is not None and not found.promoted:
            typer.echo("The new weights are not surely better; those in place stay.", err=True)
            raise typer.Exit(1)
        typer.echo(f"The new weights of {model} are in place; `medvision card` brings the pages in step.")


def audit_data(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders with an index.csv.")],
    near: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="Likeness from which two pictures count as one.")
    ] = 0.93,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line, and nothing else.")] = False,
) -> None:
    """Find duplicates within and across splits, torn groups and contradicting labels; fails on a leak."""
    from assistant.training.audit import audit, leak_sentence

    with _home():
        found = audit(folders, near, _bar())
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        for pair in found.leaks:
            typer.echo(f"leak ({pair.kind}, {pair.likeness:.2f}): {pair.sides}")
        for pair in found.contradictions:
            typer.echo(f"two labels ({pair.kind}, {pair.likeness:.2f}): {pair.sides}")
        for name in found.unreadable:
            typer.echo(f"unreadable: {name}")
        parts = ", ".join(f"{split or '(none)'} {n}" for split, n in found.splits.items())
        typer.echo(f"{found.n} pictures ({parts}); {found.duplicates} pairs of copies inside one split.")
    if not found.clean:
        typer.echo(leak_sentence(found), err=True)
        raise typer.Exit(1)


def card(
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="None: write every page anew.")] = None,
    evaluation: Annotated[
        list[Path] | None, typer.Option(help="A file that `evaluate --json` was written to; of folds too.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="The folder that `train` wrote, for how it was made.")] = None,
    readme: Annotated[Path | None, typer.Option(help="The page that holds the table of models.")] = None,
) -> None:
    """Write the cards and the table of models from what `evaluate` printed."""
    if model is not None and not evaluation:
        typer.echo("Name what `evaluate --json` printed with --evaluation, once for each split.", err=True)
        raise typer.Exit(2)

    from assistant.training.card import printed_evaluation, refresh, write_card
    from assistant.vision.manifest import load_manifest

    with _home() as settings:
        weights_dir = settings.weights_dir
        beside = weights_dir.parent / "README.md"
        page = readme or (beside if beside.is_file() else None)
        if model is None:
            changed = refresh(weights_dir, page)
        else:
            printed = [printed_evaluation(file) for file in evaluation or ()]
            write_card(load_manifest(weights_dir).card(model), printed, weights_dir, page, run=run)
            changed = refresh(weights_dir, page)
            typer.echo(f"The card of {model} is written.")
        typer.echo(f"Written anew: {', '.join(changed)}." if changed else "Every page is what its figures give.")


def add_training_commands(cli: typer.Typer) -> None:
    """Hang the commands on the command line."""
    cli.command()(train)
    cli.command()(evaluate)
    cli.command()(card)
    cli.command()(promote)
    cli.command(name="audit-data")(audit_data)
