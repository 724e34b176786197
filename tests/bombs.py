"""Pictures that are small as files and large when decoded, or that claim to be."""

import io
import zlib

from PIL import Image

from tests.factories import image_bytes


def _png(width: int, height: int, packed: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 6, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def png(side: int) -> bytes:
    """A transparent PNG of side × side pixels, written row by row; 7,070 take 194 KB, and 200 MB decoded."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(4 * side + 1)) for _row in range(side)) + packer.flush()
    return _png(side, side, rows)


def png_header(width: int, height: int) -> bytes:
    return _png(width, height, b"")


def jpeg_header(width: int, height: int, **save) -> bytes:
    """A small JPEG that says it is large."""
    content = image_bytes(size=(64, 48), **save)
    start = content.index(b"\xff\xc2" if save.get("progressive") else b"\xff\xc0") + 5
    return content[:start] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + content[start + 4 :]


def heic_header(width: int, height: int) -> bytes:
    content = image_bytes("HEIF", size=(64, 64))
    start = content.index(b"ispe") + 8
    return content[:start] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + content[start + 8 :]


def webp_header(width: int, height: int, kind: str) -> bytes:
    """The first bytes of a WebP: of a plain one, a lossless one, or one with more than a picture in it."""
    content = {
        "VP8 ": bytes(6) + width.to_bytes(2, "little") + height.to_bytes(2, "little"),
        "VP8L": b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little"),
        "VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
    }[kind]
    return b"RIFF" + bytes(4) + b"WEBP" + kind.encode() + bytes(4) + content


def scans(side: int, scans: int) -> bytes:
    """A JPEG that draws the same picture over and over: each scan is a few bytes, and a pass over all pixels."""
    output = io.BytesIO()
    Image.new("L", (side, side)).save(output, "JPEG", progressive=True)
    content = output.getvalue()
    # The last of its scans refines a bit that the first ones have drawn already; it may be repeated.
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]
