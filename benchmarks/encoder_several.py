"""Teaches `prompts/encoder.npz` to tell the several requests of one message: a second head, one chance an intent.

    .venv/bin/python -m benchmarks.encoder_several [--steps 900] [--start FILE] [--out FILE]

Messages are put together from the example utterances of one language: one to four of them, with the joints that people
write or with none, some refused ("no ...", "đừng ..."), some beside a remark. A third of each batch are single
examples, so that the first head stays what it is. No phrase of `tests/` is read. One core needs about twenty minutes.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.encoder import ENCODER, HEADS, LONGEST, Encoder
from assistant.agent.examples import examples
from assistant.agent.matcher import DECISIONS, Matcher
from assistant.agent.talk import language_of
from assistant.language.normal import folded
from assistant.tools.catalog import TOOLS
from benchmarks.encoder_training import BATCH, WIDTH, noisy, numbered, varied, write

RATES = {"head": 1e-3, "table": 1e-4, "rest": 6e-5}
REQUESTS = frozenset((*(t.name for t in TOOLS), *DECISIONS, "read", "sign", "delete"))
REMARKS = frozenset(("greeting", "thanks", "context", "aside", "worry", "fear", "urgent", "ack", "bye"))
JOINTS = {
    "en": (
        ("",) * 12,
        "and and and and then then",
        "and then|also|plus|after that|as well as|but first|because|so that",
    ),
    "vi": (("",) * 12, "và và rồi rồi rồi xong", "sau đó|với lại|với|luôn|kế đó|còn|cho|vì"),
}
NOT = {
    "en": ("no", "without", "skip", "not", "don't", "no need for", "leave out", "forget"),
    "vi": ("đừng", "khỏi", "không cần", "bỏ", "chưa cần", "khoan"),
}
Said = tuple[tuple[str, ...], str]


class Network(nn.Module):
    """The forward of `assistant.agent.encoder` with both heads, on batches, with dropout."""

    def __init__(self, kept: Encoder) -> None:
        super().__init__()
        self.layers = kept.layers
        names = len(kept.names)
        weights = {n: torch.tensor(np.asarray(w)) for n, w in kept.weights.items() if not n.startswith("several")}
        weights["several.weight"] = weights["intent.weight"].clone()
        weights["several.bias"] = torch.full((names,), -3.0)
        self.kept = nn.ParameterDict({n.replace(".", "/"): nn.Parameter(w) for n, w in weights.items()})

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """`ids` [batch, pieces], 0 where a row is shorter -> logits of one intent and of each, [batch, names]."""
        there = ids != 0
        places = self.kept["places/weight"][: ids.shape[1]]
        x = self._dropped(self._normed("start", self.kept["pieces/weight"][ids] + places))
        for i in range(self.layers):
            q, k, v = (
                self._linear(f"{i}/{part}", x).view(*ids.shape, HEADS, WIDTH // HEADS).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            seen = F.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
            out = self._linear(f"{i}/out", seen.transpose(1, 2).reshape(*ids.shape, WIDTH))
            x = self._normed(f"{i}/after", x + self._dropped(out))
            wide = F.gelu(self._linear(f"{i}/wide", x), approximate="tanh")
            x = self._normed(f"{i}/end", x + self._dropped(self._linear(f"{i}/narrow", wide)))
        mean = self._dropped((x * there[..., None]).sum(1) / there.sum(1, keepdim=True))
        return self._linear("intent", mean), self._linear("several", mean)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self.kept[f"{name}/weight"], self.kept[f"{name}/bias"])

    def _normed(self, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, (WIDTH,), self.kept[f"{name}/weight"], self.kept[f"{name}/bias"], 1e-12)

    def _dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, 0.1, self.training)


def message(said: Sequence[Said], language: str, chance: random.Random) -> tuple[list[str], set[str]]:
    """Words of a message of one to four parts, and the intents that it asks for."""
    many = chance.choices((1, 2, 3, 4), (6, 8, 5, 2))[0]
    words: list[str] = []
    asked: set[str] = set()
    part = 0
    while part < many:
        tries = [chance.choice(said) for _ in range(3 if many > 1 else 1)]
        told, intent = min(tries, key=lambda s: len(s[0])) if chance.random() < 0.6 else tries[0]
        if intent in asked or (intent in REMARKS and 0 < part < many - 1):
            continue
        if intent not in REQUESTS and chance.random() < 0.5:
            continue
        if part:
            bare, often, seldom = JOINTS[language]
            joint = chance.choices(
                (chance.choice(bare), chance.choice(often.split()), chance.choice(seldom.split("|"))), (6, 3, 2)
            )[0]
            words += joint.split()
        if many > 1 and intent in REQUESTS and len(told) < 6 and chance.random() < 0.12:
            words += chance.choice(NOT[language]).split()
        else:
            asked.add(intent)
        words += [noisy(w, chance) if chance.random() < 0.03 else w for w in told if chance.random() > 0.02]
        part += 1
    if language == "vi" and chance.random() < 0.35:
        words = [folded(w) for w in words]
    return words, asked


def main(start: Path, steps: int, out: Path) -> None:
    torch.manual_seed(20261126)
    chance = random.Random(20261126)
    kept = Encoder.read(start)
    matcher = Matcher(examples(), Path("prompts/understanding.npz"))
    column = {name: i for i, name in enumerate(kept.names)}
    known = dict(kept.pieces)
    rows = {
        "en": [],
        "vi": [],
    }  # type: dict[str, list[Said]]
    for intent, utterances in examples().items():
        for utterance in utterances:
            if words := matcher.lexicon.words(utterance).written:
                rows["vi" if language_of(utterance) == "vi" else "en"].append((tuple(words), intent))
    singles = [*rows["en"], *rows["vi"]]
    stories = [words for words, intent in singles if intent == "context"]
    network = Network(kept)
    groups = {"head": [], "table": [], "rest": []}  # type: dict[str, list[nn.Parameter]]
    for name, parameter in network.kept.items():
        kind = "head" if name.startswith("several") else "table" if name.startswith(("pieces", "places")) else "rest"
        groups[kind].append(parameter)
    optimiser = torch.optim.AdamW([{"params": p, "name": n} for n, p in groups.items()], weight_decay=0.01)
    network.train()
    for step in range(1, steps + 1):
        chosen = [message(rows[lang], lang, chance) for lang in chance.choices(("en", "vi"), (11, 9), k=BATCH)]
        one = chance.choices(singles, k=BATCH // 2)
        first = [numbered(varied(w, i not in REMARKS, stories, chance), known) for w, i in one]
        ids = [*first, *(numbered(words, known) for words, _ in chosen)]
        share = min(1.0, step / 60) * max(0.02, 1 - step / steps)
        for group in optimiser.param_groups:
            group["lr"] = RATES[group["name"]] * share
        alone, _ = network(_padded(ids[: BATCH // 2]))
        _, several = network(_padded(ids[BATCH // 2 :]))
        wanted = torch.zeros(BATCH, len(column))
        for i, (_, asked) in enumerate(chosen):
            wanted[i, [column[a] for a in asked]] = 1
        loss = F.cross_entropy(alone, torch.tensor([column[i] for _, i in one]), label_smoothing=0.05)
        each = F.binary_cross_entropy_with_logits(several, wanted, reduction="sum") / BATCH
        optimiser.zero_grad()
        (loss + each).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % 50 == 0:
            print(f"step {step} of {steps}  one {loss.item():.3f}  each {each.item():.3f}", flush=True)
    ordered = sorted(kept.pieces, key=lambda p: kept.pieces[p][0])
    weights = {n.replace("/", "."): p.detach() for n, p in network.kept.items()}
    write(weights, [*kept.names], ordered, [kept.pieces[p][1] for p in ordered], out)


def _padded(rows: list[list[int]]) -> Tensor:
    return nn.utils.rnn.pad_sequence([torch.tensor(row[:LONGEST]) for row in rows], batch_first=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--start", type=Path, default=ENCODER)
    parser.add_argument("--out", type=Path, default=ENCODER)
    given = parser.parse_args()
    main(given.start, given.steps, given.out)
