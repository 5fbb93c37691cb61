"""search_archive: finding studies in the hospital archive. Not built yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def search_archive(query: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Search the hospital archive for studies.

    It refuses until an archive can be connected.

    Args:
        query: What to look for, in the person's words.
    """
    return refuse(runtime.context, "search_archive", "", ("chip_abilities",))


TOOL = Tool(
    function=search_archive,
    rank=5,
    needs="nothing",
    fill=lambda clause: {"query": clause.strip()},
    utterances=(
        "search the archive",
        "search the pacs",
        "search pacs for earlier studies",
        "look in the archive",
        "look in pacs",
        "look up the old studies in pacs",
        "find previous studies",
        "find earlier studies of this patient",
        "find older scans in the archive",
        "find the prior mri in the archive",
        "are there earlier studies in the archive",
        "any priors in pacs",
        "any previous imaging on the system",
        "does the patient have older scans on file",
        "is there an old scan in the archive",
        "query the pacs",
        "query the archive",
        "list studies in the archive",
        "list the studies from last week in pacs",
        "find all brain mri from 2020",
        "search for similar cases",
        "find similar cases in the database",
        "search the hospital system",
        "search the worklist",
        "show the worklist",
        "look for her chest film in the archive",
        "tìm trong kho lưu trữ",
        "tìm trong pacs",
        "tìm phim cũ",
        "tìm các lần chụp trước",
        "tra cứu kho lưu trữ",
        "tìm ca bệnh tương tự",
        "có phim cũ trong hệ thống không",
        "tìm hồ sơ chụp trước đây",
        "truy vấn pacs",
        "tìm ảnh cũ trong pacs",
        "does pacs hold any older imaging",
        "is there prior imaging anywhere",
        "any earlier scans on record",
        "check pacs for priors",
    ),
)
