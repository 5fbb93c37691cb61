"""write_report: the words of the report as they stand: only what the reader accepted or wrote is a result."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Sentence
from assistant.language.narrative import left_open, remark, rests
from assistant.language.report_words import report_of
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def write_report(runtime: ToolRuntime[ToolContext]) -> str:
    """Show the wording of the report and its impression as they stand now.

    The impression holds only what the reader accepted or wrote; what was not reviewed is listed apart.

    Args:
    """
    context = runtime.context
    report = report_of(context.session, context.model_notes(), context.now(), language=context.language)
    sentences: list[Sentence] = []
    results = [f.handle for f in report.results]
    concluded = [rests(words, *(h for h in results if f"({h}," in words)) for words in report.impression]
    if concluded:
        first = context.say("impression", words=concluded[0].text)
        sentences += [concluded[0].model_copy(update={"text": first}), *concluded[1:]]
    else:
        sentences.append(remark(context.say("impression_none")))
    sentences += [
        rests(context.say("report_result", finding=f.handle, words=words), f.handle)
        for f, words in zip(report.results, report.result_sentences, strict=True)
    ]
    sentences += [
        rests(context.say("report_unreviewed", finding=f.handle, words=words), f.handle)
        for f, words in zip(report.unreviewed, report.unreviewed_sentences, strict=True)
    ]
    if report.impression and report.unreviewed:
        sentences.append(left_open(report.unreviewed, context.language))
    sentences.append(remark(context.say("report_unverified" if report.signature is None else "report_signed")))
    chips = [context.say("chip_accept", finding=f.handle) for f in report.unreviewed[:1]]
    return context.tell(
        Outcome(
            tool="write_report",
            sentences=tuple(sentences),
            findings=(*results, *(f.handle for f in report.unreviewed)),
            chips=(*chips, context.say("chip_pdf")),
            buttons=() if report.signature else ("sign",),
            summary=context.say("step_report"),
        )
    )


TOOL = Tool(
    function=write_report,
    rank=90,
    needs="image",
    utterances=(
        "write the report",
        "write a report",
        "write the impression",
        "draft the report",
        "draft a report for me",
        "draft the impression",
        "compose the report",
        "report?",
        "report text",
        "the wording of the report",
        "how would you word the impression",
        "word the impression",
        "formulate the impression",
        "phrase the impression",
        "what goes into the impression",
        "what should the impression say",
        "what does the report say",
        "what is in the report",
        "show the report text",
        "show me the draft report",
        "preview the report",
        "read me the report",
        "impression section please",
        "give me the impression",
        "conclusion of the report",
        "write the findings section",
        "put this into a report",
        "prepare the report",
        "dictate the report",
        "type up the report",
        "write it up",
        "viết báo cáo",
        "viết kết luận",
        "soạn báo cáo",
        "soạn kết luận",
        "phần kết luận ghi gì",
        "nội dung báo cáo",
        "báo cáo ghi thế nào",
        "cho xem bản nháp báo cáo",
        "viết phần nhận xét",
        "kết luận trong báo cáo",
        "what would the impression look like",
        "prepare a report draft",
        "impression?",
        "what will be written in the report",
        "cho xem nội dung báo cáo",
    ),
)
