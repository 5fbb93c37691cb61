// Where the conversation stands on the screen: the newest question at the top, its answer below it from the first
// sentence on. A reader who scrolls, clicks or moves by keys in the conversation is left alone until the next question.
export class Follow {
  constructor() {
    this.asked = 0; this.free = false;
    const leave = (event) => { if (event.target.closest?.("#mv-chat")) this.free = true; };
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) document.addEventListener(kind, leave, { capture: true, passive: true });
    // Steps fold away and pictures arrive after the words: then nothing is added, and yet everything moves.
    this.sizes = new ResizeObserver(() => this.look());
  }

  look() {
    const rows = document.querySelectorAll("#mv-chat .user-row"), pane = document.querySelector("#mv-chat .panel-wrap");
    if (pane !== this.pane) { this.sizes.disconnect(); this.pane = pane; for (const part of pane ? [pane, ...pane.children] : []) this.sizes.observe(part); }
    if (rows.length !== this.asked) { this.asked = rows.length; this.free = false; }
    if (this.free || !pane || !rows.length) return;
    const away = rows[rows.length - 1].getBoundingClientRect().top - pane.getBoundingClientRect().top;
    if (Math.abs(away) > 1) pane.scrollTop += away;
  }
}
