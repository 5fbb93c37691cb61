"""Every string that the server side of the page shows; the browser's own stand in static/words.js."""

__all__ = [
    "CHAT_LABEL",
    "CHAT_PLACEHOLDER",
    "EMPTY_PROMPT",
    "FIRST_READ",
    "FORBIDDEN_PAGE",
    "INPUT_LABEL",
    "INTERRUPTED",
    "LOST_UPLOAD",
    "NEW_SESSION",
    "NOT_FROM_HERE",
    "NOT_THERE",
    "RELOAD_PAGE",
    "TITLE",
    "TOO_LARGE",
    "UNKNOWN_SAMPLE",
    "WAITING",
    "WENT_WRONG",
]

TITLE = "MedVision Assistant"
CHAT_LABEL = "Conversation about the images"
CHAT_PLACEHOLDER = "Drop an image here, with or without a question."
INPUT_LABEL = "Message"
EMPTY_PROMPT = "Ask about the image, or drop a file"
FIRST_READ = "First read"
NEW_SESSION = "New session"
WAITING = "Waiting for the answer before this one."
INTERRUPTED = "This answer was cut off. What it had is kept; ask again for the rest."
LOST_UPLOAD = "That upload is no longer here, so nothing was read: please drop the file again."
UNKNOWN_SAMPLE = "There is no such sample; pick one of those that are listed."
NOT_FROM_HERE = "This request did not come from the page of this server, so it was refused."
NOT_THERE = "There is nothing at this address; open the page from the address that the server printed."
TOO_LARGE = "That file is larger than {limit} MB, so it was not taken; send a single image below {limit} MB."
WENT_WRONG = "Something went wrong here, not with your image. The session is kept; please try again."

_PLAIN = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>MedVision Assistant</title><style>"
    "body{{font:16px/1.6 system-ui,sans-serif;background:#0e1114;color:#d7dde3;"
    "display:grid;place-items:center;min-height:100vh;margin:0}}main{{max-width:34rem;padding:2rem}}"
    "h1{{font-size:1.25rem;color:#fff}}code{{background:#1d2329;padding:.1em .4em;border-radius:4px}}</style>"
    "{head}<main>{body}</main></html>"
)
FORBIDDEN_PAGE = _PLAIN.format(
    head="",
    body=(
        "<h1>This page is locked to the browser that opened it</h1>"
        "<p>Open the address that <code>medvision serve</code> (or <code>make run</code>) printed when it started. "
        "It ends in <code>/?token=&hellip;</code> and works as long as the server runs.</p>"
        "<p>The window in which the server was started still shows it; if it is gone, start the server again.</p>"
    ),
)
RELOAD_PAGE = _PLAIN.format(head="<meta http-equiv=refresh content='0'>", body="<p>Opening&hellip;</p>")
