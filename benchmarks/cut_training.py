"""Makes `prompts/cuts.npz`: a small network that says how likely a request begins at a word of a sentence.

    .venv/bin/python -m benchmarks.cut_training [--messages 14000] [--epochs 14] [--out FILE]

What it learns from is put together: one to three example utterances of one language in a row, half of them with a joint
between, some after a sentence of the story around them; where an utterance begins, a request begins. What the encoder's
lower layers hold of a word and of the word before is all that it sees. No message of `tests/` is read. Printed is how
many of the beginnings in messages that it did not learn from it finds. Two idle cores need about six minutes.
"""

import argparse
import random
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.agent.cuts import CUTS, LAYERS
from assistant.agent.encoder import encoder
from assistant.agent.examples import READ, examples
from assistant.agent.matcher import DECISIONS
from assistant.agent.talk import matcher
from assistant.language.normal import folded
from assistant.tools.catalog import tool_named

HIDDEN = 128
BATCH = 256
RATE = 2e-3
LONGEST = 40
TALK = ("sign", "delete", "treatment", "order", "urgent")
STORIES = ("context", "aside")
JOINTS = {
    False: (
        *("and", "then", "and then", "and also", "also", "plus", "as well as", "along with", "together with", "so"),
        *("or", "followed by", "after that", "next", "but first", "but", "with", "and if so", "along with that"),
        *("because", "before that", "once that is done", "and could you", "and tell me", "since"),
    ),
    True: (
        *("và", "rồi", "xong", "sau đó", "rồi thì", "với", "cùng với", "kèm", "luôn", "đồng thời", "nhưng"),
        *("nhân tiện", "với lại", "trước tiên", "tiếp theo", "cuối cùng", "nếu có thì", "mà", "để", "vì", "nên"),
        *("thì", "còn"),
    ),
}
ORDERS = {
    False: ("after you", "after", "once you", "before you", "before", "when you"),
    True: ("sau khi", "trước khi", "khi nào", "xong", "trước lúc"),
}
_ACCENT = re.compile("[^\\x00-\\x7f]")
Message = tuple[list[str], list[int]]


def messages(count: int, seed: int) -> list[Message]:
    """Words of a message, and 1 where an utterance that is not its first begins."""
    chance = random.Random(seed)
    said: dict[bool, dict[str, list[str]]] = {False: {}, True: {}}
    for intent, utterances in examples().items():
        if intent in STORIES or intent in (READ, *DECISIONS, *TALK) or tool_named(intent):
            for utterance in utterances:
                if '"' not in utterance:
                    said[_ACCENT.search(utterance) is not None].setdefault(intent, []).append(utterance)
    made = (_message(chance, said) for _ in range(count))
    return [(words[:LONGEST], begins[:LONGEST]) for words, begins in made if len(words) > 1]


def _message(chance: random.Random, said: dict[bool, dict[str, list[str]]]) -> Message:
    vietnamese = chance.random() < 0.45
    there = said[vietnamese]
    stories = [u for name in STORIES for u in there.get(name, ())]
    requests = [name for name in there if name not in STORIES]
    number = chance.choices((1, 2, 3), (0.3, 0.525, 0.175))[0]
    parts = [_one(chance, there[name], number > 1) for name in chance.sample(requests, number)]
    if chance.random() < 0.2:
        parts[0] = chance.choice(stories)
    lexicon = matcher().lexicon
    words: list[str] = []
    begins: list[int] = []
    if number > 1 and chance.random() < 0.06:
        words += chance.choice(ORDERS[vietnamese]).split()
    for i, part in enumerate(parts):
        if i and chance.random() < 0.5:
            words += chance.choice((ORDERS if chance.random() < 0.15 else JOINTS)[vietnamese]).split()
        begins += [0] * (len(words) - len(begins))
        new = [w for chunk in part.split() for w in lexicon.spelt(chunk)]
        words += new
        begins += [int(i > 0 and k == 0) for k in range(len(new))]
    if vietnamese and chance.random() < 0.4:
        words = [folded(w) for w in words]
    return words, begins


def _one(chance: random.Random, utterances: list[str], clipped: bool) -> str:
    """An utterance; of several in a row, more often a short one."""
    three = chance.choices(utterances, k=3)
    return min(three, key=lambda u: len(u.split())) if clipped and chance.random() < 0.6 else three[0]


def table(found: list[Message]) -> tuple[Tensor, Tensor]:
    """What the encoder holds of each word but the first and of the word before it, and where one begins."""
    rows, wanted = [], []
    for start in range(0, len(found), 16):
        part = found[start : start + 16]
        for (_, begins), states in zip(part, encoder().states([words for words, _ in part], LAYERS), strict=True):
            rows.append(np.concatenate([states[1:], states[:-1]], axis=1).astype(np.float16))
            wanted += begins[1 : len(states)]
    return torch.from_numpy(np.concatenate(rows)), torch.tensor(wanted, dtype=torch.float32)


def main(count: int, epochs: int, out: Path) -> None:
    torch.manual_seed(0)
    x, y = table(messages(count, 2))
    unseen, truth = table(messages(max(count // 14, 50), 1))
    wide, head = nn.Linear(x.shape[1], HIDDEN), nn.Linear(HIDDEN, 1)
    network = nn.Sequential(wide, nn.GELU(), nn.Dropout(0.2), head)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    for epoch in range(epochs):
        network.train()
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - epoch / epochs)
        for batch in torch.split(torch.randperm(len(x)), BATCH):
            loss = F.binary_cross_entropy_with_logits(network(x[batch].float())[:, 0], y[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        network.eval()
        with torch.no_grad():
            hit = network(unseen.float())[:, 0] > 0
        right = float((hit & (truth > 0)).sum())
        print(f"epoch {epoch}  right {right / max(int(hit.sum()), 1):.1%}  found {right / float(truth.sum()):.1%}")
    np.savez_compressed(
        out,
        wide=wide.weight.detach().numpy().astype(np.float16),
        wide_bias=wide.bias.detach().numpy(),
        head=head.weight.detach().numpy()[0],
        head_bias=head.bias.detach().numpy()[0],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=14000)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--out", type=Path, default=CUTS)
    given = parser.parse_args()
    main(given.messages, given.epochs, given.out)
