"""How long a reader waits: cold start, first visible step, whole first read, follow-up; and the cost over inference.

    .venv/bin/python benchmarks/turn.py [--rounds 30]

Every round opens a fresh session on a shipped sample, in one process, and times in the same round the bare forward
passes that the first read needs (the gate's, the classifier's and the detector's, weights warm, picture decoded and
prepared).
Printed: median and 95th percentile in ms, and the median ratio of a whole first read to those passes, by the clock and
by processor time of the process (which other work on the machine disturbs less). Nothing is downloaded; a temporary
folder is the home.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.vision.loading import Models

ROOT = Path(__file__).resolve().parents[1]
MEDVISION = Path(sys.executable).parent / "medvision"


def cold_start() -> float:
    """Seconds from the command to the line with the address, in a fresh process and a fresh home."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        process = subprocess.Popen(
            [MEDVISION, "serve", "--port", "0"],
            env={**os.environ, "MEDVISION_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
        if not line.startswith("http"):
            raise SystemExit("the page did not start")
        return seconds


def bare_passes(models: "Models") -> Callable[[], tuple[float, float]]:
    """Times one forward pass of the three networks of a first read on prepared tensors: seconds, and of processor."""
    import torch

    from assistant.vision.gate import GATE_STAGES
    from assistant.vision.network import features_of
    from assistant.vision.seat import seated

    gate, classifier = models.gate(), models.classifier("brain_tumour")
    detector = models.detector("brain_tumour_boxes")
    sides = (gate.card.input_size, classifier.card.input_size, detector.card.input_size)
    # Classifier and detector read a slice plain and mirrored, as one batch of two.
    shapes = ((1, 3, sides[0], sides[0]), (2, 3, sides[1], sides[1]), (2, 3, sides[2], sides[2]))
    batches = [torch.rand(*shape).contiguous(memory_format=torch.channels_last) for shape in shapes]

    def once() -> tuple[float, float]:
        with torch.inference_mode():
            began, used = time.perf_counter(), time.process_time()
            features_of(gate._network, batches[0], GATE_STAGES)
            classifier._network(batches[1])
            detector._network(batches[2])
            return time.perf_counter() - began, time.process_time() - used

    return lambda: seated(once)


def row(name: str, seconds: list[float]) -> None:
    ms = sorted(1000 * s for s in seconds)
    p95 = ms[min(len(ms) - 1, round(0.95 * (len(ms) - 1)))]
    print(f"{name:<44} median {statistics.median(ms):8.1f} ms   p95 {p95:8.1f} ms   n {len(ms)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--starts", type=int, default=3)
    options = parser.parse_args()

    row("cold start: command to address", [cold_start() for _ in range(options.starts)])

    with tempfile.TemporaryDirectory() as home:
        os.environ["MEDVISION_HOME"] = home
        from assistant.agent.stream import ToolStarted
        from assistant.app import Assistant
        from assistant.intake.samples import load_samples
        from assistant.vision.loading import Models

        assistant = Assistant.open()
        started = time.perf_counter()
        assistant.warm()
        print(
            f"{'warming the models, torch import included':<44} once   {1000 * (time.perf_counter() - started):8.1f} ms"
        )
        samples = load_samples(assistant.settings.samples_dir)
        sample = next(s for s in samples if s.expect == "present")
        first, whole, follow, alone, work, ratios = [], [], [], [], [], []
        bare = bare_passes(Models(assistant.settings.weights_dir))
        for i in range(options.rounds + 3):
            session = assistant.new_session("benchmark")
            began, used = time.perf_counter(), time.process_time()
            step = None
            feed = assistant.say(session.id, "What do you see?", [sample.path])
            for event in feed:
                if step is None and isinstance(event, ToolStarted):
                    step = time.perf_counter() - began
            read, read_used = time.perf_counter() - began, time.process_time() - used
            began = time.perf_counter()
            assistant.say(session.id, "How sure are you?").result()
            asked = time.perf_counter() - began
            passes, passes_used = bare()
            if i >= 3:
                first.append(step or read)
                whole.append(read)
                follow.append(asked)
                alone.append(passes)
                work.append(read_used)
                ratios.append(read_used / passes_used)
        assistant.close()
    row("first visible step", first)
    row("whole first read", whole)
    row("follow-up", follow)
    row("bare forward passes (all three networks)", alone)
    ratio = statistics.median(w / b for w, b in zip(whole, alone, strict=True))
    print(f"{'whole first read / bare forward passes':<44} median {ratio:8.2f}")
    row("processor time of a whole first read", work)
    print(f"{'the same ratio by processor time':<44} median {statistics.median(ratios):8.2f}")


if __name__ == "__main__":
    main()
