"""Makes `prompts/encoder.npz`: the first layers of a sentence encoder, fine-tuned on every example utterance.

    .venv/bin/python -m benchmarks.encoder_training BASE [--layers 6] [--epochs 3] [--without FAMILY ...] [--out FILE]

BASE is the file that `benchmarks/encoder_base.py` tells how to get. Kept are the pieces that the examples, the lexicon
and the common words need, and every Vietnamese syllable; words that are often said and are no piece become one, which
begins as the mean of its parts, or of the accented words that it stands for. Learned is which intent an example is, in
both languages at once, with lost accents, typing errors, lost words, hesitations and, for a request, a sentence of the
story around it. No phrase of `tests/` is read. One core needs about twenty minutes. The result depends on the machine's
rounding, so it is kept, not made anew.
"""

import argparse
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.encoder import ENCODER, LONGEST
from assistant.agent.examples import examples
from assistant.agent.matcher import Matcher, common_words
from assistant.agent.transformer import SPOKEN, START, pieces
from assistant.language.normal import folded
from benchmarks.encoder_base import WIDTH, Base, Layers, in_bytes, write

BATCH = 32
RATES = (3e-4, 2e-3, 2e-4)
NEW_SCORE = -9.0
OFTEN = 5
COMMON = 6000
REMARKS = frozenset(
    ("context", "aside", "vague", "off_topic", "again", "greeting", "thanks", "ack", "bye"),
)
FILLERS = tuple(
    tuple(f.split())
    for f in ("um", "uh", "okay", "well", "so", "please", "thanks", "thank you", "dear", "again", "comma", "full stop")
)
FILLERS_VI = tuple(tuple(f.split()) for f in ("ạ", "ừm", "à", "vâng", "dạ", "thì", "nhé", "bác sĩ ơi", "em ơi", "giùm"))
_LETTERS = "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹýàáãèéìíòóõùú"
_SYLLABLE = re.compile(f"\u2581?[a-z{_LETTERS}]{{0,6}}[{_LETTERS}][a-z{_LETTERS}]{{0,6}}")
_ACCENT = re.compile("[^\\x00-\\x7f]")
Row = tuple[tuple[str, ...], int]
Known = dict[str, tuple[int, float]]


class Network(Layers):
    """The layers with one question: which intent the pieces of a row are."""

    def __init__(self, base: Base, vectors: Tensor, layers: int, intents: int) -> None:
        super().__init__(base, vectors, layers, LONGEST)
        self.intent = nn.Linear(WIDTH, intents)

    def forward(self, ids: Tensor) -> Tensor:
        """`ids` [batch, pieces], 0 where a row is shorter -> logits [batch, intents]."""
        there = ids != 0
        mean = (self.hidden(ids) * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return self.intent(self.dropped(mean))


def vocabulary(matcher: Matcher, rows: list[Row], base: Base) -> tuple[list[str], list[float], Tensor]:
    """The pieces that are kept, `<pad>` first, the score and the first vector of each."""
    of_base = {piece: (i, score) for i, (piece, score) in enumerate(zip(base.pieces, base.scores, strict=True))}
    said = Counter(w for words, _ in rows for w in words)
    plain: dict[str, Counter[str]] = {}
    for word, n in said.items():
        if _ACCENT.search(word):
            plain.setdefault(folded(word), Counter())[word] += n
    words = {*matcher.lexicon.vocabulary, *common_words()[:COMMON], *said, *plain}
    needed = {"<pad>", "<unk>", "<s>", "</s>"} | {p for p in of_base if len(p.removeprefix(START)) == 1 and p.isascii()}
    for word in words:
        needed.update(pieces(word, of_base))
    needed |= {p for p in of_base if _SYLLABLE.fullmatch(p) and (p[0] == START or len(p) == 1)}
    kept = sorted(needed, key=lambda p: (p != "<pad>", of_base[p][0]))
    vectors = [base.rows([of_base[p][0] for p in kept])]
    scores = [of_base[p][1] for p in kept]
    for word in sorted(words):
        often = said[word] + sum(plain.get(word, {}).values())
        if often < OFTEN or START + word in of_base or len(word) < 2:
            continue
        forms = plain.get(word) or Counter({word: 1})
        parts = [(of_base[p][0], n) for form, n in forms.items() for p in pieces(form, of_base)]
        weight = torch.tensor([float(n) for _, n in parts])[:, None]
        vectors.append((base.rows([i for i, _ in parts]) * weight).sum(0, keepdim=True) / weight.sum())
        kept.append(START + word)
        scores.append(NEW_SCORE)
    return kept, scores, torch.cat(vectors)


def noisy(word: str, chance: random.Random) -> str:
    """A word with one typing error."""
    if len(word) < 4 or not word.isalpha() or word in SPOKEN:
        return word
    at = chance.randrange(len(word) - 1)
    return chance.choices(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice("abcdefghiklmnoprstuy") + word[at + 1 :],
        ),
        (3, 3, 2, 2),
    )[0]


def varied(words: tuple[str, ...], request: bool, stories: list[tuple[str, ...]], chance: random.Random) -> list[str]:
    """An example as another hand might have typed it; a request may have a story before or after it."""
    accented = any(_ACCENT.search(w) for w in words)
    said = [noisy(w, chance) if chance.random() < 0.05 else w for w in words]
    said = [w for w in said if chance.random() > 0.03] or said
    if request and chance.random() < 0.25:
        link = "và" if accented else "and"
        alike = [s for s in chance.choices(stories, k=8) if any(_ACCENT.search(w) for w in s) == accented]
        story = [*(alike[0] if alike else ())][:16]
        before = [*story, *([link] if chance.random() < 0.6 else []), *said]
        said = before if chance.random() < 0.8 else [*said, link, *story]
    if chance.random() < 0.2:
        at = chance.choice((0, len(said), chance.randrange(len(said) + 1)))
        said[at:at] = chance.choice(FILLERS_VI if accented else FILLERS)
    if accented and chance.random() < 0.35:
        said = [folded(w) for w in said]
    return said


def numbered(words: list[str], known: Known) -> list[int]:
    found = [known[p][0] for w in words for p in pieces(SPOKEN.get(w, w), known)]
    return [known["<s>"][0], *found[: LONGEST - 2], known["</s>"][0]]


def learn(network: Network, epochs: list[list[tuple[list[int], int]]]) -> None:
    """Cross entropy with AdamW; batches hold rows of like length."""
    table = [network.pieces.weight, network.places]
    head = [*network.intent.parameters()]
    apart = {id(p) for p in (*table, *head)}
    rest = [p for p in network.parameters() if id(p) not in apart]
    groups = [{"params": table, "weight_decay": 0.0}, {"params": head}, {"params": rest}]
    optimiser = torch.optim.AdamW(groups, lr=RATES[0], weight_decay=0.01)
    steps = sum(-(-len(rows) // BATCH) for rows in epochs)
    step = 0
    network.train()
    for rows in epochs:
        pools = [sorted(rows[i : i + 16 * BATCH], key=lambda r: len(r[0])) for i in range(0, len(rows), 16 * BATCH)]
        batches = [pool[i : i + BATCH] for pool in pools for i in range(0, len(pool), BATCH)]
        random.Random(step).shuffle(batches)
        for batch in batches:
            ids = nn.utils.rnn.pad_sequence([torch.tensor(row) for row, _ in batch], batch_first=True)
            share = min(1.0, step / 100) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, RATES, strict=True):
                group["lr"] = rate * share
            wanted = torch.tensor([intent for _, intent in batch])
            loss = F.cross_entropy(network(ids), wanted, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 50 == 0:
                print(f"step {step} of {steps}  loss {loss.item():.3f}", flush=True)


def main(base_file: Path, layers: int, epochs: int, without: list[str], out: Path) -> None:
    torch.manual_seed(0)
    said = examples(without)
    matcher = Matcher(said)
    names = [*said]
    rows = [(matcher.lexicon.words(u).written, i) for i, n in enumerate(names) for u in said[n]]
    rows = [row for row in rows if row[0]]
    base = Base.read(base_file)
    kept, scores, vectors = vocabulary(matcher, rows, base)
    known = {piece: (i, score) for i, (piece, score) in enumerate(zip(kept, scores, strict=True))}
    print(f"{len(rows)} examples, {len(kept)} pieces", flush=True)
    stories = [row for row, i in rows if names[i] in ("context", "aside")]
    weight = np.bincount([i for _, i in rows])[[i for _, i in rows]] ** -0.5
    planned = []
    for epoch in range(epochs):
        chance = random.Random(epoch)
        picked = np.random.default_rng(epoch).choice(len(rows), len(rows), p=weight / weight.sum())
        planned.append(
            [
                (numbered(varied(rows[p][0], names[rows[p][1]] not in REMARKS, stories, chance), known), rows[p][1])
                for p in picked
            ]
        )
    network = Network(base, vectors, layers, len(names))
    learn(network, planned)
    write(network, {"names": names, "pieces": kept}, scores, in_bytes, ("intent",), out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="families of examples to do without")
    parser.add_argument("--out", type=Path, default=ENCODER)
    given = parser.parse_args()
    main(given.base, given.layers, given.epochs, given.without, given.out)
