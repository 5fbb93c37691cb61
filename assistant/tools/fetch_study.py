"""fetch_study: bringing a study from the hospital archive. Not built yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def fetch_study(study: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Bring a study from the hospital archive into this session.

    It refuses until an archive can be connected.

    Args:
        study: Which study, in the person's words.
    """
    return refuse(runtime.context, "fetch_study", "", ("chip_abilities",))


TOOL = Tool(
    function=fetch_study,
    rank=6,
    needs="nothing",
    fill=lambda clause: {"study": clause.strip()},
    utterances=(
        "fetch the study",
        "fetch the prior study",
        "fetch the last mri from pacs",
        "fetch it from the archive",
        "get the study from pacs",
        "get the previous scan from the archive",
        "get her last mri from the hospital system",
        "retrieve the study",
        "retrieve the prior from pacs",
        "retrieve accession number 4711",
        "load the study from pacs",
        "load the previous examination",
        "load the old scan from the archive",
        "open the study from the archive",
        "open accession 12",
        "pull the study",
        "pull the old mri from the archive",
        "pull up the prior from pacs",
        "pull his last scan",
        "bring in the previous study",
        "bring up the older study from the archive",
        "import from pacs",
        "import the study from the archive",
        "download the study from pacs",
        "get series 3 from pacs",
        "c-move the study here",
        "transfer the study from the archive",
        "tải ca chụp từ pacs",
        "lấy phim cũ từ pacs",
        "lấy phim từ kho lưu trữ",
        "lấy ca chụp trước",
        "mở ca chụp cũ từ kho lưu trữ",
        "tải phim trước từ hệ thống",
        "nhập ca chụp từ pacs",
        "kéo ca chụp từ pacs về",
        "lấy ảnh từ pacs",
        "get me the mri of 2021 from the archive",
        "bring the scan of last march",
        "get the old films",
    ),
)
