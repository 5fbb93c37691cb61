"""export_report: the report as a file to keep; UNVERIFIED until a person signs."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Status
from assistant.language.narrative import remark
from assistant.language.normal import folded, has_any
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL"]

_FORMATS = (
    ("dicom_sr", ("dicom sr", "structured report", "sr", "dicom structured report")),
    ("dicom_seg", ("dicom seg", "seg", "segmentation object")),
    ("dicom_sc", ("secondary capture", "dicom sc", "dicom")),
    ("fhir", ("fhir", "hl7")),
    ("docx", ("word", "docx", "doc", "word document", "word file")),
    ("html", ("html", "web page")),
    ("csv", ("csv", "spreadsheet", "excel", "xlsx")),
    ("png", ("png", "jpeg", "jpg", "picture file")),
    ("xml", ("xml",)),
    ("markdown", ("markdown", "md")),
    ("json", ("json",)),
    ("txt", ("txt", "text", "plain text", "text file", "van ban")),
    ("pdf", ("pdf",)),
)


def _format(clause: str) -> dict[str, str]:
    words = folded(clause)
    return {"format": next((name for name, cues in _FORMATS if has_any(words, cues)), "pdf")}


@tool(parse_docstring=True)
def export_report(runtime: ToolRuntime[ToolContext], format: str = "pdf") -> str:
    """Make the session's report as a file to keep or print; it reads UNVERIFIED until a person signs.

    Args:
        format: Form of the file: pdf, json or txt; others are refused by name.
    """
    context = runtime.context
    if format not in context.formats:
        text = context.say("no_such_format", format=format.replace("_", " "), there=", ".join(context.formats))
        return context.tell(
            Outcome(
                tool="export_report",
                ok=False,
                status=Status.DECLINED,
                sentences=(remark(text),),
                chips=(context.say("chip_pdf"),),
                summary=format,
            )
        )
    _, words = context.export(format)
    sentences = [remark(words)] if words else [remark(context.say("export_done", format=format))]
    return context.tell(
        Outcome(
            tool="export_report",
            sentences=tuple(sentences),
            chips=(context.say("chip_summary"),),
            buttons=(f"download:{format}", "sign"),
            summary=format,
        )
    )


TOOL = Tool(
    function=export_report,
    rank=95,
    needs="image",
    fill=_format,
    utterances=(
        "pdf",
        "pdf please",
        "a pdf of the report",
        "the report as pdf",
        "give me the report",
        "give me the report as a file",
        "hand me a pdf",
        "I need the report",
        "get me the report",
        "make a pdf",
        "create the pdf report",
        "generate the report",
        "generate a pdf",
        "produce the report",
        "print the report",
        "printable report",
        "something to print",
        "now the pdf",
        "then the report as pdf",
        "export",
        "export the report",
        "export as pdf",
        "export json",
        "export as dicom sr",
        "export to fhir",
        "save the report",
        "save as pdf",
        "save it to a file",
        "download the report",
        "download pdf",
        "download as json",
        "json file please",
        "as a word document",
        "docx please",
        "csv of the findings",
        "text file of the report",
        "copy of the report to keep",
        "the report as html",
        "structured report please",
        "dicom seg file",
        "xuất báo cáo",
        "xuất pdf",
        "xuất file pdf",
        "tải báo cáo",
        "tải về file pdf",
        "tải xuống báo cáo",
        "cho tôi báo cáo",
        "cho tôi file báo cáo",
        "in báo cáo",
        "lưu báo cáo thành pdf",
        "lưu thành file json",
        "tạo file pdf",
        "as dicom",
        "in dicom format",
        "give it to me as dicom",
        "can you print it",
        "print it out",
        "let me have the report",
        "the report in pdf form",
        "json dump",
        "i want a hard copy",
        "make me a file",
        "where is my report",
        "gửi file pdf về máy tôi",
        "in ra giấy",
    ),
)
