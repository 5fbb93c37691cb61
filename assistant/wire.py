"""What the command line prints: the contract's JSON objects, built from domain nouns and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.domain.finding import Finding
from assistant.domain.geometry import Mask, Region
from assistant.domain.session import SessionSummary
from assistant.domain.turn import Turn
from assistant.language.claims import Held

__all__ = ["finding_object", "held_object", "summary_object", "turn_object"]


def finding_object(finding: Finding) -> dict[str, Any]:
    """All fields of the finding; a region is `{"kind": "box" or "mask", "xyxy": [x0, y0, x1, y1], ...}`, in image
    coordinates; a mask names its artifact and `area_px`."""
    out = finding.model_dump(mode="json")
    out["region"] = _region(finding.region)
    return out


def _region(region: Region | None) -> dict[str, Any] | None:
    if isinstance(region, Mask):
        around = list(region.bounds.xyxy)
        return {"kind": "mask", "xyxy": around, "area_px": region.area_px, "artifact": region.artifact}
    return {"kind": "box", "xyxy": list(region.xyxy)} if region else None


def turn_object(session: str, turn: Turn, artifact_path: Callable[[str], Path]) -> dict[str, Any]:
    """A turn as the contract's section "A turn, as JSON" fixes it."""
    return {
        "session": session,
        "turn": turn.number,
        "user": turn.user,
        "reply": turn.reply,
        "status": turn.status.value,
        "tools": [
            {"name": c.name, "arguments": dict(c.arguments), "ok": c.ok, "seconds": round(c.seconds, 4)}
            for c in turn.tools
        ],
        "findings": [finding_object(f) for f in turn.findings],
        "overlays": [
            {"finding": o.finding, "kind": o.kind, "path": str(artifact_path(o.artifact))} for o in turn.overlays
        ],
        "pictures": [
            {"kind": p.kind, "images": list(p.images), "path": str(artifact_path(p.artifact)), "caption": p.caption}
            for p in turn.pictures
        ],
        "claims": [{"sentence": c.text, "findings": list(c.findings), "rests_on": c.rests_on} for c in turn.claims],
        "images": list(turn.images),
        "chips": list(turn.chips),
        "buttons": list(turn.buttons),
        "phrased_by": turn.phrased_by,
        "plan": list(turn.plan),
        "replaces": turn.replaces,
        "left_machine": list(turn.left_machine),
        "seconds": round(turn.seconds, 4),
    }


def summary_object(summary: SessionSummary) -> dict[str, Any]:
    return summary.model_dump(mode="json")


def held_object(held: Held) -> dict[str, Any]:
    """A checked sentence, as the contract's section "check: verdicts" fixes it."""
    return held.model_dump(mode="json")
