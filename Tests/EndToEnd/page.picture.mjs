// Screenshots small enough for a README: PNG with a palette (https://www.w3.org/TR/png-3/).
import { deflateSync } from "node:zlib";

const most = 256;

/** Takes a screenshot. The page itself reads the pixels, in a tab of its own. */
export async function picture(page) {
  const shot = await page.screenshot();
  const reader = await page.context().newPage();
  const { width, height, pixels } = await reader.evaluate(readPixels, shot.toString("base64"));
  await reader.close();
  return pack(width, height, Buffer.from(pixels, "base64"));
}

/** Runs in the browser: red, green, blue, alpha of each pixel, row by row. */
async function readPixels(png) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let i = 0; i < data.length; i += 32_768) text += String.fromCharCode(...data.subarray(i, i + 32_768));
  return { width: image.width, height: image.height, pixels: btoa(text) };
}

function pack(width, height, pixels) {
  const colours = new Map();
  for (let i = 0; i < pixels.length; i += 4) {
    const colour = pixels.readUIntBE(i, 3);
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  const palette = choose(colours), indexes = new Map();
  for (const colour of colours.keys()) indexes.set(colour, nearest(palette, colour));
  const rows = Buffer.alloc((width + 1) * height); // each begins with its filter: 0, none
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 4) rows[y * (width + 1) + 1 + x] = indexes.get(pixels.readUIntBE(i, 3));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8); // bits, palette
  const table = Buffer.alloc(palette.length * 3);
  palette.forEach((colour, i) => table.writeUIntBE(colour, i * 3, 3));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("PLTE", table),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The colours that most pixels have, each a little away from those before it. */
function choose(colours) {
  const found = [], often = [...colours].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  for (let least = 400; found.length < most && least >= 1; least /= 4) {
    for (const colour of often) {
      if (found.length === most) break;
      if (found.every(other => distance(other, colour) >= least)) found.push(colour);
    }
  }
  return found;
}

function nearest(palette, colour) {
  let best = 0, least = Infinity;
  palette.forEach((other, i) => {
    const away = distance(other, colour);
    if (away < least) [best, least] = [i, away];
  });
  return best;
}

function distance(a, b) {
  const [r, g, blue] = [16, 8, 0].map(shift => ((a >> shift) & 255) - ((b >> shift) & 255));
  return 2 * r * r + 4 * g * g + 3 * blue * blue;
}

/** Annex D of the PNG specification. */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]), ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
