"""send_report: sending a report or image out of this machine. Not built yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def send_report(destination: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Send the report or the images to the archive or to a person.

    It refuses until an archive can be connected; nothing leaves this machine.

    Args:
        destination: Where to, in the person's words.
    """
    return refuse(runtime.context, "send_report", "", ("chip_report",))


TOOL = Tool(
    function=send_report,
    rank=97,
    needs="nothing",
    fill=lambda clause: {"destination": clause.strip()},
    utterances=(
        "send the report",
        "send it",
        "send it to pacs",
        "send the report to pacs",
        "send the report to the archive",
        "send it to the referring doctor",
        "send this to my colleague",
        "send the images to the hospital",
        "send it off",
        "email the report",
        "email it to me",
        "mail it to the surgeon",
        "e-mail the pdf to the ward",
        "forward the report",
        "forward it to neurosurgery",
        "forward this to doctor",
        "push to pacs",
        "push it to the archive",
        "push the results to the ris",
        "upload the report to pacs",
        "upload it to the hospital system",
        "transmit the report",
        "store the report in pacs",
        "store it in the archive",
        "archive the report in pacs",
        "share the report with the team",
        "share it with a colleague",
        "fax it",
        "post it to the emr",
        "put it into the electronic record",
        "send as dicom to the archive",
        "whatsapp it to me",
        "gửi báo cáo",
        "gửi báo cáo lên pacs",
        "gửi cho bác sĩ",
        "gửi email cho tôi",
        "gửi kết quả cho đồng nghiệp",
        "gửi lên hệ thống bệnh viện",
        "đẩy lên pacs",
        "chuyển báo cáo cho bác sĩ điều trị",
        "lưu lên pacs",
        "chia sẻ báo cáo",
        "mail me the results",
        "can you send it to my inbox",
        "forward this to the neurosurgeon",
        "let the referrer know",
    ),
)
