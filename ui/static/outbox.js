// What was sent and is not yet with the server, in this tab alone: it is sent again after a reload. The server runs a
// message with a known id once, so a second sending does no harm. Files lie on the server from when they were chosen;
// their places there are read from Gradio's own requests, which alone know them. The line is emptied when the server has
// the request, by this tab: a server's late word would take what is typed meanwhile.
const KEY = "mv-outbox", FRESH_MS = 10 * 60 * 1000;
const arrived = [], send = window.fetch;

function get() { try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; } }

export const outbox = {
  get,
  keep(wish) { try { sessionStorage.setItem(KEY, JSON.stringify({ ...wish, at: Date.now() })); } catch { /* no storage: as before */ } },
  drop() { try { sessionStorage.removeItem(KEY); } catch { /* nothing was kept */ } },
  isFresh: (wish) => Date.now() - wish.at < FRESH_MS,
  // The places of the newest files, as many as the line shows.
  files: (count) => (count ? arrived.slice(-count) : []),
  onsent: () => {},
  settle(client) { const wish = get(); if (wish?.client !== client) return null; outbox.drop(); return wish; },
};

window.fetch = async function (input, options) {
  const url = String(input?.url || input);
  const said = url.includes("/gradio_api/queue/join") ? joined(options?.body) : null;
  const reply = await send.call(window, input, options);
  if (said && reply.ok) outbox.onsent(said);
  if (/\/gradio_api\/upload(\?|$)/.test(url) && reply.ok) reply.clone().json().then((places) => arrived.push(...places), () => {});
  return reply;
};

function joined(body) {
  try {
    const [line, state] = JSON.parse(body).data, wish = get();
    if (!line?.files) return null;
    if (wish && JSON.parse(state).client === wish.client) outbox.keep({ ...wish, text: line.text, files: JSON.stringify(line.files.map((f) => f.path)) });
    return line;
  } catch { return null; /* another request of Gradio's */ }
}
