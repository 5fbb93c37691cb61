// The drawing surface: one image with its overlays, moved and scaled in image coordinates (x right, y down, corner at 0,0).
import { paint } from "./grey.js";

// Okabe and Ito's colours; each also has its own line, so that colour is never the only carrier. The report's
// (`STYLES` of assistant/reports/overlay.py) are the same, in the same order.
export const STYLES = [
  { colour: "#d55e00", dash: [] }, { colour: "#56b4e9", dash: [9, 5] }, { colour: "#f0e442", dash: [3, 4] },
  { colour: "#009e73", dash: [12, 4, 3, 4] }, { colour: "#cc79a7", dash: [16, 5] },
];
const LARGE = 4_000_000;

export class Surface {
  constructor(canvas, onview) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onview = onview;
    this.scale = 1; this.x = 0; this.y = 0; this.fitted = true;
    this.pixels = null; this.layers = []; this.hidden = false; this.lit = new Set(); this.frame = ""; this.stride = 1;
    this.buffer = document.createElement("canvas");
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect(), ratio = globalThis.devicePixelRatio || 1;
    if (!box.width || !box.height) return;
    this.canvas.width = Math.round(box.width * ratio); this.canvas.height = Math.round(box.height * ratio);
    this.ratio = ratio;
    if (this.fitted) this.fit(); else this.draw();
  }

  show(pixels, window, invert) {
    const other = pixels !== this.pixels;
    this.pixels = pixels;
    this.regrey(window, invert);
    if (other) this.fit();
  }

  regrey(window, invert, dragging = false) {
    if (!this.pixels) return;
    this.window = window; this.invert = invert;
    const stride = dragging && this.pixels.rows * this.pixels.columns > LARGE ? 3 : 1;
    const image = paint(this.pixels, window, invert, stride);
    this.buffer.width = image.width; this.buffer.height = image.height;
    this.buffer.getContext("2d").putImageData(image, 0, 0);
    this.draw();
  }

  clear() { this.pixels = null; this.layers = []; this.draw(); }

  fit() {
    if (!this.pixels || !this.ratio) return;
    const { width, height } = this.canvas;
    this.scale = Math.min(width / this.pixels.columns, height / this.pixels.rows) * 0.96;
    this.x = (width - this.pixels.columns * this.scale) / 2; this.y = (height - this.pixels.rows * this.scale) / 2;
    this.fitted = true;
    this.draw();
  }

  actual() { if (this.pixels) this.zoom(this.ratio / this.scale); }

  zoom(factor, cx = this.canvas.width / 2, cy = this.canvas.height / 2) {
    if (!this.pixels) return;
    const next = Math.max(0.02, Math.min(64, this.scale * factor)), k = next / this.scale;
    this.x = cx - (cx - this.x) * k; this.y = cy - (cy - this.y) * k; this.scale = next; this.fitted = false;
    this.draw();
  }

  pan(dx, dy) {
    if (!this.pixels) return;
    const { width, height } = this.canvas, keep = 40 * this.ratio;
    this.x = Math.max(keep - this.pixels.columns * this.scale, Math.min(width - keep, this.x + dx * this.ratio));
    this.y = Math.max(keep - this.pixels.rows * this.scale, Math.min(height - keep, this.y + dy * this.ratio));
    this.fitted = false;
    this.draw();
  }

  // From a pointer's place on the page to image coordinates.
  at(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((clientX - box.left) * this.ratio - this.x) / this.scale, y: ((clientY - box.top) * this.ratio - this.y) / this.scale };
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.render(); });
  }

  render() {
    const c = this.context, { width, height } = this.canvas;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, width, height);
    if (this.pixels) {
      const w = this.pixels.columns * this.scale, h = this.pixels.rows * this.scale;
      c.imageSmoothingEnabled = this.scale < 4 * this.ratio;
      c.imageSmoothingQuality = "high";
      c.drawImage(this.buffer, this.x, this.y, w, h);
      if (!this.hidden) {
        const lights = this.layers.some((l) => l.on && this.lit.has(l.finding)), faded = (layer) => layer.opacity * (lights && !this.lit.has(layer.finding) ? 0.35 : 1);
        for (const layer of this.layers) {
          if (!layer.on || !layer.bitmap) continue;
          c.globalAlpha = faded(layer); c.imageSmoothingEnabled = true;
          if (!layer.heat && this.lit.has(layer.finding)) { c.shadowColor = "#ffd166"; c.shadowBlur = 10 * this.ratio; }
          c.drawImage(layer.bitmap, this.x, this.y, w, h);
          c.shadowBlur = 0;
        }
        this.taken = this.layers.filter((l) => l.on && l.around).map((l) => this.handlePlace(l.around));
        for (const layer of this.layers) if (layer.on && layer.box) this.outline(layer, faded(layer));
        if (this.frame) this.outline({ finding: "", box: [0, 0, this.pixels.columns, this.pixels.rows], label: this.frame, style: { colour: "#ffd166", dash: [2, 4] } }, 1);
        c.globalAlpha = 1;
      }
    }
    this.onview();
  }

  // Where the picture of an outline carries its handle (`_label` of assistant/reports/overlay.py), on the canvas.
  handlePlace([x0, y0, , y1]) {
    const side = Math.max(this.pixels.rows, this.pixels.columns) * this.scale, w = side / 12, h = side / 17;
    const top = this.y + y0 * this.scale - h;
    return { x: this.x + x0 * this.scale, y: top > this.y ? top : this.y + y1 * this.scale, w, h };
  }

  outline(layer, opacity) {
    const c = this.context, [x0, y0, x1, y1] = layer.box, lit = this.lit.has(layer.finding);
    const x = this.x + x0 * this.scale, y = this.y + y0 * this.scale, w = (x1 - x0) * this.scale, h = (y1 - y0) * this.scale;
    const thick = (lit ? 3.5 : 1.75) * this.ratio;
    c.globalAlpha = opacity;
    if (lit) { c.fillStyle = "rgba(255,209,102,.14)"; c.fillRect(x, y, w, h); }
    c.setLineDash([]); c.strokeStyle = "rgba(0,0,0,.75)"; c.lineWidth = thick + 2.5 * this.ratio; c.strokeRect(x, y, w, h);
    c.setLineDash(layer.style.dash.map((d) => d * this.ratio)); c.strokeStyle = layer.style.colour; c.lineWidth = thick; c.strokeRect(x, y, w, h);
    c.setLineDash([]);
    c.font = `600 ${12 * this.ratio}px system-ui, sans-serif`;
    const pad = 5 * this.ratio, tall = 18 * this.ratio, wide = c.measureText(layer.label).width + 2 * pad;
    const gap = 2 * this.ratio, places = [y - tall - gap, y + h + gap, y + gap, y + h - tall - gap];
    const fits = (top) => top > 0 && top + tall < this.canvas.height;
    const free = (top) => !(this.taken || []).some((t) => x < t.x + t.w && t.x < x + wide && top < t.y + t.h && t.y < top + tall);
    const top = places.find((p) => fits(p) && free(p)) ?? places.find(fits) ?? y + gap;
    (this.taken ||= []).push({ x, y: top, w: wide, h: tall });
    c.fillStyle = "rgba(0,0,0,.8)"; c.fillRect(x, top, wide, tall);
    c.fillStyle = layer.style.colour; c.textBaseline = "middle"; c.fillText(layer.label, x + pad, top + tall / 2);
  }
}
