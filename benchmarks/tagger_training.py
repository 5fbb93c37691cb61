"""Makes `prompts/tagger.npz`: a sentence encoder that learned which words of a message ask for what.

    .venv/bin/python -m benchmarks.tagger_training BASE [--minutes 6] [--held en4 vi3] [--device cuda] [--out FILE]
        [--start prompts/tagger.npz] [--new en16 vi14 ...]

BASE is the file that `benchmarks/encoder_base.py` tells how to get. Learned are the marked messages of
`benchmarks/messages` (a writer a file: `{read:have a look} and {-explain_finding:no heatmap}`; `-` left out, `~` taken
back) and messages put together from the examples of `prompts/utterances`. Parts of a message are put in the place of
others with the same label, accents and punctuation are lost, letters are mistyped. From half of the time on, weights
are rounded as they will be stored: halves of bytes. `--held`: writers kept for measuring. `--start`: go on from
stored weights, rounded all along; `--new`: writers that are drawn a third of the time. No phrase of `tests/` is read.
What ships learned for six minutes on one H200 from the first eighteen writers, beside two other runs, then 55 minutes
on one core from eight more, then 75 minutes on two from the eleven last (an eighth of each held), rounded all along.
It depends on the machine: kept, not made anew.
"""

import argparse
import random
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.examples import examples
from assistant.agent.matcher import Matcher
from assistant.agent.tagger import NONE, TAGGER, WORD
from assistant.agent.transformer import Transformer, lines, pieces, stored
from assistant.language.normal import folded
from benchmarks.encoder_base import WIDTH, Base, Layers, in_halves, write
from benchmarks.encoder_training import REMARKS, Known, noisy, vocabulary

MESSAGES = Path(__file__).parent / "messages"
MARK = re.compile(r"\{(?P<mode>[-~]?)(?P<label>[a-z_]+):(?P<words>[^{}]*)\}")
MODES = {"": 0, "-": 1, "~": 2}
STORY = ("context", "aside")
LAYERS, LONGEST, RATE = 12, 160, 1e-4
POOL, PIECES = 1024, 1400
"""Of how many messages those of one length are put in a batch, and how many pieces a batch holds at most."""
OFTEN = 0.35
"""How often a message of a new writer is drawn."""
IGNORED = -100
JOINTS = {
    False: (
        ",",
        "and",
        ", and",
        "then",
        ".",
        "?",
        "plus",
        "and also",
        ";",
        "&",
        "/",
        "-",
        "also",
        "before that",
        "",
        "",
    ),
    True: (",", "và", ", rồi", "rồi", ".", "?", "với", "sau đó", "đồng thời", ";", "+", "/", "-", "xong", "", ""),
}
_ACCENT = re.compile("[^\\x00-\\x7f]")


@dataclass(frozen=True)
class Part:
    """Words of a message that ask for one thing, or for none."""

    words: tuple[str, ...]
    label: str
    mode: int = 0


def words_of(text: str) -> tuple[str, ...]:
    return tuple(w.lower() for w in WORD.findall(text))


def marked(line: str) -> list[Part]:
    """A marked message as its parts."""
    parts, at = [], 0
    for mark in MARK.finditer(text := unicodedata.normalize("NFC", line.strip())):
        parts.append(Part(words_of(text[at : mark.start()]), NONE))
        parts.append(Part(words_of(mark["words"]), mark["label"], MODES[mark["mode"]]))
        at = mark.end()
    return [p for p in (*parts, Part(words_of(text[at:]), NONE)) if p.words]


def messages() -> dict[str, list[tuple[list[Part], bool]]]:
    """Writer -> messages, each with whether it is Vietnamese."""
    return {
        file.stem: [(marked(m), file.stem.startswith("vi")) for m in file.read_text("utf-8").splitlines() if m.strip()]
        for file in sorted(MESSAGES.glob("*.txt"))
    }


class Making:
    """Messages as other hands might have typed them; `chance` alone decides."""

    def __init__(
        self,
        learned: list[tuple[list[Part], bool]],
        new: list[tuple[list[Part], bool]],
        said: dict[str, tuple[str, ...]],
        seed: int,
    ) -> None:
        self.learned, self.new, self.chance = learned, new, random.Random(seed)
        self.examples: dict[tuple[str, bool], list[tuple[str, ...]]] = {}
        for name, utterances in said.items():
            for u in utterances:
                key = (NONE if name in STORY else name, bool(_ACCENT.search(u)))
                self.examples.setdefault(key, []).append(words_of(u))
        self.parts: dict[tuple[str, int, bool], list[tuple[str, ...]]] = {}
        for parts, vietnamese in learned:
            for p in parts:
                self.parts.setdefault((p.label, p.mode, vietnamese), []).append(p.words)
        self.names = [*said]
        self.requests = [n for n in said if n not in REMARKS]

    def one(self) -> list[tuple[str, str, int, bool]]:
        """Words with label, mode and whether a request begins there."""
        parts = self._put_together() if self.chance.random() < 0.2 else self._rewritten()
        words = [(w, p.label, p.mode, i == 0 and p.label != NONE) for p in parts for i, w in enumerate(p.words)]
        plain, bare = self.chance.random() < 0.3, self.chance.random() < 0.15
        kept = []
        for word, label, mode, begins in words:
            if (bare and not word[0].isalnum()) or (self.chance.random() < 0.02 and not begins):
                continue
            typed = noisy(word, self.chance) if self.chance.random() < 0.03 else word
            kept.append((folded(typed) if plain else typed, label, mode, begins))
        return kept or self.one()

    def _put_together(self) -> list[Part]:
        vietnamese, parts = self.chance.random() < 0.5, []
        if self.chance.random() < 0.35:
            parts = [Part(self.chance.choice(self.examples[NONE, vietnamese])[:20], NONE), Part((",",), NONE)]
        count = self.chance.choices((1, 2, 3), (5, 4, 1))[0]
        for i in range(count):
            name = self.chance.choice(self.names if count == 1 else self.requests)
            label = NONE if name in STORY else name
            pool = self.examples.get((label, vietnamese)) or self.examples[label, not vietnamese]
            if i:
                parts.append(Part(words_of(self.chance.choice(JOINTS[vietnamese])), NONE))
            parts.append(Part(self.chance.choice(pool), label))
        return parts

    def _rewritten(self) -> list[Part]:
        often = self.new and self.chance.random() < OFTEN
        parts, vietnamese = self.chance.choice(self.new if often else self.learned)
        if self.chance.random() < 0.5:
            accented = any(_ACCENT.search(w) for p in parts for w in p.words)
            parts = [self._instead(p, vietnamese, accented) for p in parts]
        if len(parts) > 4 and self.chance.random() < 0.1:
            at = self.chance.randrange(1, len(parts))
            parts = parts[:at] if self.chance.random() < 0.5 else parts[at:]
        return parts

    def _instead(self, part: Part, vietnamese: bool, accented: bool) -> Part:
        """Another part with its label, of the examples or of a message; or, asked for, any other request."""
        if part.label == NONE or self.chance.random() > 0.4:
            return part
        draw = self.chance.random()
        if draw < 0.5 and part.mode == 0:
            pool = self.examples.get((part.label, accented)) or self.examples.get((part.label, not accented))
            return Part(self.chance.choice(pool), part.label) if pool else part
        if draw < 0.75:
            return Part(self.chance.choice(self.parts[part.label, part.mode, vietnamese]), part.label, part.mode)
        name = self.chance.choice(self.requests)
        pool = self.parts.get((name, 0, vietnamese)) if part.mode == 0 else None
        return Part(self.chance.choice(pool), name) if pool else part


class Network(Layers):
    """The layers with three questions of each word: its label, its mode, whether a request begins there."""

    def __init__(self, base: Base, vectors: Tensor, labels: int) -> None:
        super().__init__(base, vectors, LAYERS, LONGEST)
        self.tag, self.mode, self.begin = nn.Linear(WIDTH, labels), nn.Linear(WIDTH, 3), nn.Linear(WIDTH, 1)


def numbered(words: list[tuple[str, str, int, bool]], known: Known, labels: dict[str, int]) -> list[list[int]]:
    """Pieces of a message, where each word begins among them, and label, mode and beginning of each word."""
    ids, first, label, mode, begins = [known["<s>"][0]], [], [], [], []
    for word, name, how, starts in words:
        found = [known[p][0] for p in pieces(word, known)]
        if len(ids) + len(found) > LONGEST - 1:
            break
        first.append(len(ids))
        ids += found
        label.append(labels[name])
        mode.append(how if name != NONE else IGNORED)
        begins.append(int(starts))
    return [[*ids, known["</s>"][0]], first, label, mode, begins]


def batches(making: Making, known: Known, labels: dict[str, int]) -> Iterator[list[Tensor]]:
    while True:
        rows = sorted((numbered(making.one(), known, labels) for _ in range(POOL)), key=lambda row: len(row[0]))
        groups: list[list[list[list[int]]]] = [[]]
        for row in rows:
            if len(row[0]) * (len(groups[-1]) + 1) > PIECES:
                groups.append([])
            groups[-1].append(row)
        making.chance.shuffle(groups)
        for group in groups:
            yield [
                nn.utils.rnn.pad_sequence([torch.tensor(row[k]) for row in group], batch_first=True, padding_value=p)
                for k, p in enumerate((0, 0, IGNORED, IGNORED, IGNORED))
            ]


def learn(network: Network, given: Iterator[list[Tensor]], seconds: float, device: str, rounded_from: float) -> None:
    """Label by cross entropy, mode and beginning beside it, with AdamW until the time is over."""
    table, heads = [network.pieces.weight, network.places], [network.tag, network.mode, network.begin]
    head = [p for h in heads for p in h.parameters()]
    apart = {id(p) for p in (*table, *head)}
    rest = [p for p in network.parameters() if id(p) not in apart]
    groups = [{"params": table, "weight_decay": 0.0}, {"params": head}, {"params": rest}]
    optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01)
    began, step = time.monotonic(), 0
    network.train()
    while (done := (time.monotonic() - began) / seconds) < 1:
        network.rounds = done >= rounded_from
        share = min(1.0, (step + 1) / 200) * max(0.01, 1 - done)
        for group, rate in zip(optimiser.param_groups, (1.5 * RATE, 20 * RATE, RATE), strict=True):
            group["lr"] = rate * share
        ids, first, label, mode, begins = (t.to(device) for t in next(given))
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            x = network.hidden(ids)
            x = network.dropped(x.gather(1, first[..., None].expand(-1, -1, WIDTH)))
            loss = F.cross_entropy(network.tag(x).float().flatten(0, 1), label.flatten(), label_smoothing=0.05)
            if bool((mode >= 0).any()):
                loss = loss + 0.3 * F.cross_entropy(network.mode(x).float().flatten(0, 1), mode.flatten())
            heard, there = network.begin(x).float()[..., 0], begins >= 0
            loss = loss + 0.5 * F.binary_cross_entropy_with_logits(heard[there], begins[there].float())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 200 == 0:
            print(f"step {step}  {done:.0%}  loss {loss.item():.3f}", flush=True)


def held_right(network: Network, rows: list[list[list[int]]], device: str) -> float:
    """Share of the words of held messages whose label is right."""
    network.eval()
    right = count = 0
    with torch.inference_mode():
        for ids, first, label, _, _ in rows:
            found = network.tag(network.hidden(torch.tensor([ids], device=device))[0, first]).argmax(-1).tolist()
            right += sum(a == b for a, b in zip(found, label, strict=True))
            count += len(label)
    return right / max(count, 1)


def main(
    base_file: Path, minutes: float, held: list[str], device: str, out: Path, start: Path | None, new: list[str]
) -> None:
    torch.manual_seed(0)
    said, found, base = examples(), messages(), Base.read(base_file)
    learned = [m for writer, ms in found.items() if writer not in held for m in ms]
    kept_apart = [m for writer, ms in found.items() if writer in held for m in ms]
    often = [m for writer, ms in found.items() if writer in new and writer not in held for m in ms]
    every = [*learned, *kept_apart]
    if start is None:
        labels = [NONE, *sorted({*said, *(p.label for parts, _ in every for p in parts)} - {NONE, *STORY})]
        words = [(p.words, 0) for parts, _ in every for p in parts]
        words += [(words_of(u), 0) for us in said.values() for u in us]
        kept, scores, vectors = vocabulary(Matcher(said), words, base)
    else:
        file = stored(start)
        labels, kept, scores = [*lines(file, "labels")], [*lines(file, "pieces")], file["scores"].astype(float).tolist()
        vectors = torch.zeros(len(kept), WIDTH)
    known = {piece: (i, score) for i, (piece, score) in enumerate(zip(kept, scores, strict=True))}
    places = {label: i for i, label in enumerate(labels)}
    print(f"{len(learned)} messages, {len(kept_apart)} held, {len(kept)} pieces, {len(labels)} labels", flush=True)
    network = Network(base, vectors, len(labels))
    if start is not None:
        network.take(Transformer.of(stored(start)))
    network = network.to(device)
    making = Making(learned, often, said, 0)
    learn(network, batches(making, known, places), 60 * minutes, device, 0.5 if start is None else 0.0)
    whole = ("tag", "mode", "begin", "places")
    write(network, {"labels": labels, "pieces": kept}, scores, in_halves, whole, out)
    unchanged = [[(w, p.label, p.mode, False) for p in parts for w in p.words] for parts, _ in kept_apart]
    print(f"held words right {held_right(network, [numbered(r, known, places) for r in unchanged], device):.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--held", nargs="*", default=["en4", "vi3"], help="writers kept for measuring")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=TAGGER)
    parser.add_argument("--start", type=Path, help="stored weights to go on from")
    parser.add_argument("--new", nargs="*", default=[], help="writers that are drawn more often")
    given = parser.parse_args()
    main(given.base, given.minutes, given.held, given.device, given.out, given.start, given.new)
