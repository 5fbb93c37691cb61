"""Makes `prompts/encoder.npz`: three layers of a sentence encoder, fine-tuned on every example utterance.

    .venv/bin/python -m benchmarks.encoder_training BASE [--epochs 3] [--kept 2] [--out prompts/encoder.npz]

BASE is a folder with `model.safetensors` and `vocab.txt` of all-MiniLM-L6-v2 (Apache-2.0). Kept are the pieces that the
examples, the lexicon and the common words need, and the first three layers. Learned is which intent an example is, with
typing errors, lost words, hesitations and, for a request, a sentence of the story around it. No phrase of `tests/` is
read. One core needs about twenty minutes. The result depends on the machine's rounding, so it is kept, not made anew.
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.encoder import ENCODER, HEADS, LONGEST, SPOKEN, pieces
from assistant.agent.examples import examples
from assistant.agent.matcher import Matcher, common_words

LAYERS = 3
WIDTH = 384
BATCH = 32
RATES = (2e-4, 2e-3, 2e-4)
REMARKS = frozenset(
    ("context", "aside", "vague", "off_topic", "again", "greeting", "thanks", "ack", "bye"),
)
FILLERS = tuple(
    tuple(f.split())
    for f in ("um", "uh", "okay", "well", "so", "please", "thanks", "thank you", "dear", "again", "comma", "full stop")
)
PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "after": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "end": "output.LayerNorm",
}
Row = tuple[tuple[str, ...], int]


class Network(nn.Module):
    """The same forward as `assistant.agent.encoder`, on batches, with dropout."""

    def __init__(self, base: dict[str, Tensor], kept: list[int], intents: int) -> None:
        super().__init__()
        at = "embeddings."
        self.pieces = nn.Embedding.from_pretrained(base[at + "word_embeddings.weight"][kept].clone(), freeze=False)
        places = base[at + "position_embeddings.weight"][: LONGEST + 24] + base[at + "token_type_embeddings.weight"][0]
        self.places = nn.Parameter(places.clone())
        self.start = _layer_norm(base, at + "LayerNorm")
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    part: (_layer_norm if part in ("after", "end") else _linear)(base, f"encoder.layer.{i}.{name}")
                    for part, name in PARTS.items()
                }
            )
            for i in range(LAYERS)
        )
        self.intent = nn.Linear(WIDTH, intents)

    def forward(self, ids: Tensor) -> Tensor:
        """`ids` [batch, pieces], 0 where a row is shorter -> logits [batch, intents]."""
        there = ids != 0
        x = self._dropped(self.start(self.pieces(ids) + self.places[: ids.shape[1]]))
        for layer in self.layers:
            q, k, v = (
                layer[part](x).view(*ids.shape, HEADS, WIDTH // HEADS).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            seen = F.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
            x = layer["after"](x + self._dropped(layer["out"](seen.transpose(1, 2).reshape(*ids.shape, WIDTH))))
            x = layer["end"](x + self._dropped(layer["narrow"](F.gelu(layer["wide"](x)))))
        mean = (x * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return self.intent(self._dropped(mean))

    def _dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, 0.1, self.training)


def _linear(base: dict[str, Tensor], name: str) -> nn.Linear:
    weight = base[name + ".weight"]
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight.clone(), base[name + ".bias"].clone()
    return made


def _layer_norm(base: dict[str, Tensor], name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(WIDTH, eps=1e-12)
    made.weight.data, made.bias.data = base[name + ".weight"].clone(), base[name + ".bias"].clone()
    return made


def vocabulary(matcher: Matcher, rows: list[Row], known: dict[str, int]) -> list[str]:
    """The pieces that are kept, in the order of the base's own list."""
    needed = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "'"}
    words = {*matcher.lexicon.vocabulary, *common_words(), *(w for row, _ in rows for w in row)}
    for word in words:
        needed.update(pieces(word, known))
    needed |= {p for p in known if len(p.removeprefix("##")) == 1 and p.isascii()}
    return sorted(needed, key=lambda p: known[p])


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
    said = [noisy(w, chance) if chance.random() < 0.05 else w for w in words]
    said = [w for w in said if chance.random() > 0.03] or said
    if request and chance.random() < 0.25:
        story = [*chance.choice(stories)][:16]
        before = [*story, *(["and"] if chance.random() < 0.6 else []), *said]
        said = before if chance.random() < 0.8 else [*said, "and", *story]
    if chance.random() < 0.2:
        at = chance.choice((0, len(said), chance.randrange(len(said) + 1)))
        said[at:at] = chance.choice(FILLERS)
    return said


def numbered(words: list[str], known: dict[str, int]) -> list[int]:
    found = [known[p] for w in words for p in pieces(SPOKEN.get(w, w), known)]
    return [known["[CLS]"], *found[: LONGEST - 2], known["[SEP]"]]


def learn(network: Network, epochs: list[list[tuple[list[int], int]]], kept: int) -> None:
    """Cross entropy with AdamW, up to the end of epoch `kept`; batches hold rows of like length."""
    table = [network.pieces.weight, network.places]
    head = [*network.intent.parameters()]
    apart = {id(p) for p in (*table, *head)}
    rest = [p for p in network.parameters() if id(p) not in apart]
    groups = [{"params": table, "weight_decay": 0.0}, {"params": head}, {"params": rest}]
    optimiser = torch.optim.AdamW(groups, lr=RATES[0], weight_decay=0.01)
    steps = sum(-(-len(rows) // BATCH) for rows in epochs)
    step = 0
    network.train()
    for rows in epochs[:kept]:
        pools = [sorted(rows[i : i + 16 * BATCH], key=lambda r: len(r[0])) for i in range(0, len(rows), 16 * BATCH)]
        batches = [pool[i : i + BATCH] for pool in pools for i in range(0, len(pool), BATCH)]
        random.Random(step).shuffle(batches)
        for batch in batches:
            ids = nn.utils.rnn.pad_sequence([torch.tensor(row) for row, _ in batch], batch_first=True)
            share = min(1.0, step / 60) * max(0.02, 1 - step / steps)
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


def write(network: Network, names: list[str], kept: list[str], file: Path) -> None:
    """Matrices as bytes with a scale a row, the rest in half precision."""
    stored = {
        "names": np.frombuffer("\n".join(names).encode(), np.uint8),
        "pieces": np.frombuffer("\n".join(kept).encode(), np.uint8),
    }
    for name, tensor in network.state_dict().items():
        key = name.removeprefix("layers.")
        key = "places.weight" if key == "places" else key
        rows = tensor.numpy()
        if rows.ndim < 2 or key == "intent.weight":
            stored[key] = rows.astype(np.float16)
            continue
        scale = np.abs(rows).max(axis=1) / 127
        stored[key] = np.round(rows / scale[:, None]).astype(np.int8)
        stored[f"{key}.scale"] = scale.astype(np.float32)
    np.savez(file, **stored)


def main(base: Path, epochs: int, until: int, out: Path) -> None:
    torch.manual_seed(0)
    said = examples()
    matcher = Matcher(said)
    names = [*said]
    rows = [(matcher.lexicon.words(u).words, i) for i, n in enumerate(names) for u in said[n]]
    rows = [row for row in rows if row[0]]
    known = {piece: i for i, piece in enumerate((base / "vocab.txt").read_text("utf-8").splitlines())}
    kept = vocabulary(matcher, rows, known)
    place = {piece: i for i, piece in enumerate(kept)}
    stories = [row for row, i in rows if names[i] in ("context", "aside")]
    weight = np.bincount([i for _, i in rows])[[i for _, i in rows]] ** -0.5
    planned = []
    for epoch in range(epochs):
        chance = random.Random(epoch)
        picked = np.random.default_rng(epoch).choice(len(rows), len(rows), p=weight / weight.sum())
        planned.append(
            [
                (numbered(varied(rows[p][0], names[rows[p][1]] not in REMARKS, stories, chance), place), rows[p][1])
                for p in picked
            ]
        )
    network = Network(load_file(base / "model.safetensors"), [known[p] for p in kept], len(names))
    learn(network, planned, until)
    write(network, names, kept, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument(
        "--kept", type=int, default=2, help="the last epoch that is run; the rate falls towards --epochs"
    )
    parser.add_argument("--out", type=Path, default=ENCODER)
    given = parser.parse_args()
    main(given.base, given.epochs, given.kept, given.out)
