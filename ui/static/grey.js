// Pixel values to screen values: the linear window of DICOM PS3.3 C.11.2.1.2.1, at the full depth of the file.
import { words } from "./words.js";

const CT = [["brain", 40, 80], ["subdural", 75, 215], ["stroke", 32, 8], ["bone", 600, 2800], ["lung", -600, 1500], ["mediastinum", 50, 350], ["abdomen", 50, 400], ["liver", 60, 160]];
export const isHounsfield = (unit) => unit === "[hnsf'U]";
export const unitName = (unit) => (isHounsfield(unit) ? "HU" : unit === "1" ? "" : unit);

export function rangeOf(data) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < data.length; i++) { const v = data[i]; if (v < low) low = v; if (v > high) high = v; }
  return { low, high };
}

function percentiles(data, low, high) {
  const step = Math.max(1, Math.floor(data.length / 200000)), sample = [];
  for (let i = 0; i < data.length; i += step) sample.push(data[i]);
  sample.sort((a, b) => a - b);
  const at = (q) => sample[Math.min(sample.length - 1, Math.round(q * (sample.length - 1)))];
  const from = at(0.005), to = at(0.995);
  return to > from ? [from, to] : [low, high];
}

const spanning = (low, high) => ({ center: (low + high) / 2 + 0.5, width: Math.max(1, high - low + 1) });

export function presetsFor(pixels, facts) {
  const eight = pixels.data instanceof Uint8Array;
  const full = eight ? spanning(0, 255) : spanning(pixels.low, pixels.high);
  const auto = spanning(...percentiles(pixels.data, pixels.low, pixels.high));
  const own = facts.window || (eight ? full : auto);
  const list = [["own", own], ["full", full], ["auto", auto]];
  if (isHounsfield(facts.unit)) list.push(...CT.map(([name, center, width]) => [name, { center, width }]));
  return list.map(([name, window]) => ({ name, title: words.presets[name], ...window }));
}

export function lookUp(pixels, { center, width }, invert) {
  const low = center - 0.5 - (width - 1) / 2, scale = width > 1 ? 255 / (width - 1) : 255;
  const grey = (v) => { const g = Math.max(0, Math.min(255, (v - low) * scale + 0.5)) | 0; return invert ? 255 - g : g; };
  const { data } = pixels;
  if (data instanceof Float32Array) return grey;
  const offset = data instanceof Int16Array ? 32768 : 0;
  const table = new Uint8Array(data instanceof Uint8Array ? 256 : 65536);
  for (let i = 0; i < table.length; i++) table[i] = grey(i - offset);
  return offset ? (v) => table[v + 32768] : (v) => table[v];
}

// `stride` skips rows and columns while a large picture is being dragged.
export function paint(pixels, window, invert, stride = 1) {
  const { data, rows, columns, channels } = pixels;
  const width = Math.ceil(columns / stride), height = Math.ceil(rows / stride);
  const out = new ImageData(width, height), to = new Uint32Array(out.data.buffer), grey = lookUp(pixels, window, invert);
  let k = 0;
  for (let y = 0; y < rows; y += stride) {
    const row = y * columns;
    for (let x = 0; x < columns; x += stride) {
      if (channels === 1) { const g = grey(data[row + x]); to[k++] = 0xff000000 | (g << 16) | (g << 8) | g; }
      else { const i = (row + x) * 3; to[k++] = 0xff000000 | (grey(data[i + 2]) << 16) | (grey(data[i + 1]) << 8) | grey(data[i]); }
    }
  }
  return out;
}
