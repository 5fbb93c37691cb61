"""Token, cookie, Host, Origin, owners, and what of Gradio must not be reachable. Without a browser."""

import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ui.conftest import LIMIT, Served
from tests.ui.fake_assistant import FakeAssistant, head_picture
from ui.guard import is_open
from ui.owners import Owners
from ui.page import rewrite
from ui.uploads import Uploads


def enter(served: Served) -> Iterator[httpx.Client]:
    """A browser of its own, past the door."""
    with httpx.Client(base_url=served.origin, headers={"origin": served.origin}, timeout=20) as client:
        assert client.get(served.address.removeprefix(served.origin)).status_code == 303
        yield client


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    yield from enter(served)


@pytest.fixture
def stranger(served: Served) -> Iterator[httpx.Client]:
    yield from enter(served)


def owner_of(served: Served, client: httpx.Client) -> str:
    owners = Owners.open(served.home)
    owner = owners.owner_of(client.cookies.get(owners.cookie_name))
    assert owner is not None
    return owner


def a_read_session(served: Served, client: httpx.Client) -> tuple[str, str]:
    """A session with an image, a finding and a heat map; gives its id and the heat map's name."""
    desk = served.desk
    session = desk.new_session(owner_of(served, client))
    desk.add_image(session.id, head_picture(64))
    desk.say(session.id, "why?").result()
    return session.id, desk.session(session.id).findings[0].evidence[0].artifact


def test_the_token_is_exchanged_for_a_strict_cookie_and_leaves_the_address(served: Served) -> None:
    answer = httpx.get(f"{served.address}&session=abc")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?session=abc"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert httpx.get(served.address).status_code == 303, "the token stays good while the server runs"


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/mv/api/sessions", "/mv/static/main.js", "/config"])
def test_without_token_or_cookie_a_page_says_where_to_find_the_address(served: Served, path: str) -> None:
    answer = httpx.get(served.origin + path)
    assert answer.status_code == 403
    assert "medvision serve" in answer.text


def test_a_cookie_that_was_not_made_here_opens_nothing(served: Served, client: httpx.Client) -> None:
    name, value = next(iter(client.cookies.items()))
    forged = value[:-1] + ("0" if value[-1] != "0" else "1")
    assert httpx.get(served.origin, cookies={name: forged}).status_code == 403


def test_a_known_browser_stays_the_same_owner_through_token_and_restart(
    served: Served, client: httpx.Client, tmp_path: Path
) -> None:
    before = owner_of(served, client)
    client.get(served.address.removeprefix(served.origin))
    assert owner_of(served, client) == before
    first = Owners.open(tmp_path)
    cookie = first.new_cookie()
    assert Owners.open(tmp_path).owner_of(cookie) == first.owner_of(cookie)
    assert Owners.open(tmp_path).token != first.token
    assert stat.S_IMODE((tmp_path / "page.key").stat().st_mode) == 0o600
    assert cookie.split(".")[0] not in str(first.owner_of(cookie))


def test_a_link_from_another_site_asks_once_more_so_that_a_browser_keeps_its_sessions(served: Served) -> None:
    answer = httpx.get(served.address, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "http-equiv=refresh" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.7", ""])
def test_a_foreign_host_name_is_refused_even_with_the_cookie(client: httpx.Client, host: str) -> None:
    assert client.get("/mv/api/sessions", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", ["/mv/api/sessions", "/gradio_api/queue/join", "/gradio_api/upload"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_what_changes_anything_must_come_from_the_page(
    served: Served, client: httpx.Client, path: str, origin: str | None
) -> None:
    with httpx.Client(base_url=served.origin, cookies=client.cookies) as other:
        answer = other.post(path, headers={"origin": origin} if origin else {}, json={})
    assert answer.status_code == 403


def test_another_site_cannot_load_anything_with_the_readers_cookie(client: httpx.Client) -> None:
    for path in ("/mv/api/sessions", "/gradio_api/queue/data?session_hash=x"):
        assert (
            client.get(path, headers={"sec-fetch-site": "cross-site", "origin": "http://evil.example"}).status_code
            == 403
        )


CLOSED = [
    "/gradio_api/file=/etc/passwd",
    "/file=/etc/passwd",
    "/gradio_api/file/etc/passwd",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/proxy=http://127.0.0.1/",
    "/monitoring",
    "/monitoring/summary",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/openapi.json",
    "/docs",
    "/redoc",
    "/gradio_api/runs",
    "/gradio_api/run-history/records",
    "/gradio_api/deep_link",
    "/gradio_api/user",
    "/gradio_api/token",
    "/gradio_api/stream/a/1/2/playlist-file",
    "/gradio_api/call/restore/1",
    "/gradio_api/custom_component/a/client/b/c",
    "/gradio_api/mcp/sse",
    "/login",
    "/logout",
    "/pwa_icon",
    "/gradio_api//file=/etc/passwd",
    "/%67radio_api/file=/etc/passwd",
]


@pytest.mark.parametrize("path", CLOSED)
def test_what_the_page_does_not_need_of_gradio_is_not_there(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "path", ["run/predict", "api/restore", "call/restore", "stream/x", "process_recording", "vibe-edit"]
)
def test_gradios_programming_interface_is_not_there(client: httpx.Client, path: str) -> None:
    assert client.post(f"/gradio_api/{path}", json={"data": []}).status_code == 404
    assert not is_open("POST", f"/gradio_api/{path}")


def test_an_upload_is_served_to_nobody_not_even_its_sender(served: Served, client: httpx.Client) -> None:
    sent = client.post("/gradio_api/upload", files={"files": ("Nguyen Van A.png", b"secret pixels")})
    path = sent.json()[0]
    assert Path(path).is_relative_to(served.home), "uploads lie in the private folder of this installation"
    for prefix in ("/gradio_api/file=", "/file=", "/gradio_api/file/"):
        answer = client.get(prefix + path)
        assert answer.status_code == 404
        assert b"secret" not in answer.content
    Path(path).unlink()


def test_too_large_a_file_is_refused_in_one_sentence(client: httpx.Client) -> None:
    for size in (LIMIT + 1, 6 * LIMIT):
        answer = client.post("/gradio_api/upload", files={"files": ("a.png", b"x" * size)})
        assert answer.status_code == 413
        assert "larger than 2 MB" in answer.text
        assert "Traceback" not in answer.text


def test_every_answer_carries_the_strict_headers(served: Served, client: httpx.Client) -> None:
    for answer in (client.get("/"), client.get("/mv/api/sessions"), client.get("/nothing"), httpx.get(served.origin)):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert "unsafe-eval" not in policy
        script = policy.split("script-src ")[1].split(";")[0]
        assert "unsafe-inline" not in script
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_the_page_names_no_other_host(client: httpx.Client) -> None:
    html = client.get("/").text
    head = html.split("window.gradio_config", 1)[0]
    assert "://" not in head
    assert "gradio.app" not in head
    assert '"run_history":true' not in html.replace(" ", "")
    assert html.count("<script") == html.count("<script nonce=")


def test_a_script_in_the_page_without_our_nonce_would_not_run() -> None:
    html = rewrite('<head><meta property="og:image" content="https://x/y"></head><script>1</script>', "abc")
    assert '<script nonce="abc">1' in html
    assert "https" not in html


def test_two_browsers_never_see_each_others_session_image_overlay_or_report(
    served: Served, client: httpx.Client, stranger: httpx.Client
) -> None:
    session, heat = a_read_session(served, client)
    at = f"/mv/api/sessions/{session}"
    paths = [at, f"{at}/images/img1/pixels", f"{at}/artifacts/{heat}", f"{at}/report.pdf", f"{at}/report.txt"]
    for path in paths:
        assert client.get(path).status_code == 200, path
        foreign = stranger.get(path)
        assert foreign.status_code == 404, path
        assert foreign.json() == stranger.get(path.replace(session, "0" * 32)).json(), "unknown and foreign read alike"
    assert session in client.get("/mv/api/sessions").text
    assert session not in stranger.get("/mv/api/sessions").text
    changes = [
        ("POST", f"{at}/findings/F1/review", {"action": "reject"}),
        ("POST", f"{at}/sign", {"name": "X"}),
        ("POST", f"{at}/flag", {"turn": 1}),
        ("POST", f"{at}/stop", {}),
        ("PATCH", at, {"label": "mine"}),
        ("DELETE", at, None),
    ]
    for method, path, body in changes:
        assert stranger.request(method, path, json=body).status_code == 404, path
    assert served.desk.session(session).findings[0].review.state == "unreviewed"
    other, _ = a_read_session(served, stranger)
    assert stranger.get(f"/mv/api/sessions/{other}/artifacts/{heat}").status_code == 404


def test_pixels_come_at_full_depth_in_little_endian_order(served: Served, client: httpx.Client) -> None:
    import numpy as np

    session = served.desk.new_session(owner_of(served, client))
    array = np.array([[-1024, 0, 3071], [40, 41, 42]], dtype=">i2")
    served.desk.add_image(session.id, array)
    answer = client.get(f"/mv/api/sessions/{session.id}/images/img1/pixels")
    assert answer.headers["x-pixel-type"] == "int16"
    shape = (int(answer.headers["x-rows"]), int(answer.headers["x-columns"]))
    assert np.array_equal(np.frombuffer(answer.content, "<i2").reshape(shape), array)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/findings/F9/review", {"action": "accept"}, 422),
        ("POST", "/findings/F1/review", {"action": "explode"}, 400),
        ("POST", "/findings/F1/review", {"action": "accept", "more": 1}, 400),
        ("GET", "/report.exe", None, 404),
        ("GET", "/images/img9/pixels", None, 404),
        ("GET", "/artifacts/..%2f..%2fpage.key", None, 404),
        ("GET", "/artifacts/none.png", None, 404),
    ],
)
def test_what_does_not_fit_gets_one_sentence(
    served: Served, client: httpx.Client, method: str, path: str, body: object, status: int
) -> None:
    session, _ = a_read_session(served, client)
    answer = client.request(method, f"/mv/api/sessions/{session}{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".") or status == 404
    assert "Traceback" not in answer.text


def test_a_report_leaves_as_a_file_with_a_name_that_names_nobody(served: Served, client: httpx.Client) -> None:
    session, _ = a_read_session(served, client)
    client.patch(f"/mv/api/sessions/{session}", json={"label": "Nguyen Van A"})
    answer = client.get(f"/mv/api/sessions/{session}/report.pdf")
    name = answer.headers["content-disposition"]
    assert "attachment" in name
    assert "unverified.pdf" in name
    assert "Nguyen" not in name
    assert answer.headers["cache-control"] == "no-store"


def test_uploads_are_taken_under_a_name_of_our_own_and_the_folder_is_kept_empty(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    arrival = uploads.arrivals / "abc" / "Nguyen Van A 1960.dcm"
    arrival.parent.mkdir()
    arrival.write_bytes(b"x")
    taken = uploads.take([arrival])
    assert taken is not None
    assert "Nguyen" not in str(taken[0])
    assert list(uploads.arrivals.iterdir()) == []
    assert uploads.take([arrival]) is None
    outside = tmp_path / "page.key"
    outside.write_bytes(b"key")
    assert uploads.take([outside]) is None
    link = uploads.arrivals / "link"
    link.symlink_to(outside)
    assert uploads.take([link]) is None
    assert outside.exists()
    uploads.sweep(older_than_s=-1)
    assert not taken[0].exists()
    uploads.close()
    assert not uploads.folder.exists()


def test_a_folder_left_by_a_killed_server_is_emptied_on_the_next_start(tmp_path: Path) -> None:
    left = tmp_path / "tmp" / "999999999-aa" / "arrivals"
    left.mkdir(parents=True)
    (left / "scan.png").write_bytes(b"x")
    uploads = Uploads(tmp_path)
    assert not left.exists()
    uploads.close()


def test_nothing_of_gradio_calls_out_or_keeps_a_history() -> None:
    import os

    import gradio
    from gradio import analytics

    import ui

    assert ui.__doc__
    assert not analytics.analytics_enabled()
    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_RUN_HISTORY", "GRADIO_SHARE"):
        assert os.environ[name] == "False"
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        assert os.environ[name] == "false"
    assert gradio.__version__.startswith("6.")


def test_the_page_opens_without_torch() -> None:
    import subprocess
    import sys

    code = "import ui.app, sys; assert 'torch' not in sys.modules, 'torch came along'"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_models_are_warmed_in_the_background(served: Served) -> None:
    assert isinstance(served.desk, FakeAssistant)
    assert served.desk.warmed.wait(5)
