/** Reads the width and height of an image from the first bytes of its base64. */

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Enough for every header except a JPEG with much metadata before it. */
const headBytes = 64 * 1024;

/** The size in pixels; `undefined` if the image is not PNG, JPEG, GIF or WebP, or is truncated. */
export function imageSize(base64: string): ImageSize | undefined {
  const bytes = headerBytes(base64);
  if (bytes === undefined || bytes.length < 30) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic === 0x89_50_4e_47) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (magic === 0x47_49_46_38) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (magic === 0x52_49_46_46) return webp(view);
  return magic >>> 16 === 0xff_d8 ? jpeg(view) : undefined;
}

function headerBytes(base64: string): Uint8Array | undefined {
  const length = Math.min(base64.length, Math.ceil(headBytes / 3) * 4);
  try {
    const text = atob(base64.slice(0, length - (length % 4)));
    return Uint8Array.from(text, (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Lossy, lossless and extended files store the size in different places. */
function webp(view: DataView): ImageSize | undefined {
  const kind = view.getUint32(12);
  if (kind === 0x56_50_38_20)
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind === 0x56_50_38_4c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind !== 0x56_50_38_58) return undefined;
  const dimensionAt = (at: number) => (view.getUint16(at, true) | (view.getUint8(at + 2) << 16)) + 1;
  return { width: dimensionAt(24), height: dimensionAt(27) };
}

/** Walks the segments. The one that starts a frame contains the size. */
function jpeg(view: DataView): ImageSize | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    const marker = view.getUint16(at);
    const startsFrame = marker >= 0xff_c0 && marker <= 0xff_cf && ![0xff_c4, 0xff_c8, 0xff_cc].includes(marker);
    if (startsFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker >>> 8 !== 0xff) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
