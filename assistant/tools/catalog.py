"""TOOLS: the one list. A new tool is one file and one name here."""

from assistant.tools import (
    classify_image,
    compare_images,
    describe_abilities,
    detect_lesions,
    enhance_image,
    explain_finding,
    export_report,
    fetch_study,
    inspect_image,
    list_findings,
    look_up_term,
    measure_finding,
    review_finding,
    search_archive,
    segment_structures,
    send_report,
    write_report,
)
from assistant.tools.tool import Tool

__all__ = ["TOOLS", "tool_named"]

TOOLS: tuple[Tool, ...] = (
    inspect_image.TOOL,
    classify_image.TOOL,
    detect_lesions.TOOL,
    segment_structures.TOOL,
    explain_finding.TOOL,
    measure_finding.TOOL,
    compare_images.TOOL,
    enhance_image.TOOL,
    list_findings.TOOL,
    review_finding.TOOL,
    write_report.TOOL,
    export_report.TOOL,
    look_up_term.TOOL,
    describe_abilities.TOOL,
    search_archive.TOOL,
    fetch_study.TOOL,
    send_report.TOOL,
)

_BY_NAME = {t.name: t for t in TOOLS}


def tool_named(name: str) -> Tool | None:
    return _BY_NAME.get(name)
