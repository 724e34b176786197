"""The program that opens photos, in a process of its own; `decoding.py` starts it and talks to it.

Whatever a broken or hostile file does to a decoder happens here: this process has no secrets in its environment and no
connections but one, to the process that started it. It forks for each photo, so that the limits count for one photo,
memory goes back to the system at once, and no photo meets the remains of another.

It imports nothing of the portal, so that it starts fast and stays small.
"""

import contextlib
import io
import json
import os
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

# Phones take pictures of 12, 24, 48, 50 and 64 million pixels.
MAX_PIXELS = 65_000_000
# What may lie in memory decoded, 4 bytes a pixel. A JPEG is decoded at a fraction of its size, so those of phones fit.
MAX_DECODED = 64 * 1024 * 1024
# A progressive JPEG is held whole as coefficients before anything is drawn.
MAX_COEFFICIENTS = 192 * 1024 * 1024
# Beyond what the process has when it begins. A transparent WebP of 16 million pixels needs most, 370 MB.
MEMORY = 400 * 1024 * 1024
CPU_SECONDS = 5
SECONDS = 15
NICENESS = 5

# Imported before the first photo, so that not each fork does so.
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
FORMATS = ("JPEG", "PNG", "WEBP")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
QUALITY = 82
# No picture is drawn larger than this before it gets its shape.
MAX_SIDE = 2048
BAND = 256


class Refused(Exception):
    """The reason, for `decoding.py`: no photo (`unknown`), too large (`pixels`), or cannot be decoded (`broken`)."""


@dataclass
class Source:
    """A photo of which only the header has been read: how many pixels will be decoded, and how."""

    pixels: int
    decode: Callable[[], Image.Image]


# --- Reading the header ----------------------------------------------------------------------------------------------


def look(content: bytes) -> Source:
    """Read the header alone, and refuse what would take too much. Raises `Refused`."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        # Pillow makes room for the whole picture when it reads the header.
        check(webp_size(content))
    elif content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return _look_heif(content)
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Refused("unknown") from error
    if image.format in ("JPEG", "MPO"):
        _draft(image)
        width, height = image.size
    else:
        width, height = check(image.size)
    if width * height * 4 > MAX_DECODED:
        raise Refused("pixels")
    return Source(width * height, lambda: _decoded(image))


def check(size: tuple[int, int], most: int = MAX_DECODED // 4) -> tuple[int, int]:
    if size[0] * size[1] > most:
        raise Refused("pixels")
    return size


def webp_size(content: bytes) -> tuple[int, int]:
    """Width and height of a WebP, from the first of its chunks."""

    def number(start: int, length: int) -> int:
        return int.from_bytes(content[start : start + length], "little")

    match content[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1
        case b"VP8L":
            bits = number(21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF
    raise Refused("unknown")


def _draft(image: Image.Image) -> None:
    """Have a JPEG decoded at the smallest fraction that is still as large as what we keep."""
    check(image.size, MAX_PIXELS)
    if image.info.get("progressive"):
        parts = [across * down for _number, across, down, _table in image.layer]
        if 2 * image.width * image.height * sum(parts) / max(parts) > MAX_COEFFICIENTS:
            raise Refused("pixels")
    scale = MAX_SIDE / max(image.size)
    if scale < 1:
        # Pillow asks for both sides, and a panorama's short side would keep it from being made smaller.
        image.draft("RGB", (int(image.width * scale), int(image.height * scale)))


def _look_heif(content: bytes) -> Source:
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False
    photo = pillow_heif.open_heif(content, convert_hdr_to_8bit=True)
    width, height = check(photo.size, MAX_PIXELS)
    return Source(width * height, lambda: _heif(photo))


# --- Decoding --------------------------------------------------------------------------------------------------------


def _decoded(image: Image.Image) -> Image.Image:
    image.load()
    image = _eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    return _flattened(ImageOps.exif_transpose(image))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits in 8: Pillow itself would cut it off at 255, and all that is not dark would be white."""
    return image.point(lambda value: value / 257).convert("L") if image.mode.startswith("I") else image


def _heif(photo: pillow_heif.HeifFile) -> Image.Image:
    """A HEIC, made smaller band by band: it cannot be decoded at a fraction, and Pillow would copy it whole.

    The library turns it upright.
    """
    pixels, (width, height), mode, stride = photo.data, photo.size, photo.mode, photo.stride
    factor = max(max(width, height) // MAX_SIDE, 1)
    band = BAND * factor
    kind = {"I;16": "L", "RGBa": "RGBA"}.get(mode, mode)
    whole = Image.new(kind, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, band):
        rows = min(band, height - top)
        held = pixels[top * stride : (top + rows) * stride]
        part = Image.frombuffer(mode, (width, rows), held, "raw", mode, stride, 1)
        whole.paste(_eight_bits(part).reduce(factor).convert(kind), (0, top // factor))
    whole.thumbnail((MAX_SIDE, MAX_SIDE))
    return _flattened(whole)


def _flattened(image: Image.Image) -> Image.Image:
    """The image as RGB on white, so that transparent areas do not turn black."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def shaped(image: Image.Image, side: int, centre: tuple[float, float] | None) -> Image.Image:
    """At most `side` wide and high; cut to a square around `centre`, if there is one. Small ones are not enlarged."""
    if centre:
        side = min(side, *image.size)
        return ImageOps.fit(image, (side, side), centering=centre)
    image.thumbnail((side, side))
    return image


def jpeg(image: Image.Image) -> bytes:
    # A new image has no EXIF, XMP or colour profile.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    output = io.BytesIO()
    clean.save(output, "JPEG", quality=QUALITY, optimize=True)
    return output.getvalue()


# --- One photo -------------------------------------------------------------------------------------------------------


def converse(link: socket.socket) -> None:
    """Take a photo, say how many pixels it has, and when it is let through answer with the two that are kept."""
    stream = link.makefile("rwb")
    wanted = json.loads(stream.readline())
    content = stream.read(wanted["bytes"])
    try:
        source = look(content)
        _say(stream, pixels=source.pixels)
        # Not by the stream, which would read on: behind a refusal comes the next photo.
        if link.recv(1) != b"+":
            return
        whole = shaped(source.decode(), wanted["side"], wanted["centre"])
        small = whole.copy()
        small.thumbnail((wanted["small"], wanted["small"]))
        full, thumbnail = jpeg(whole), jpeg(small)
    except Refused as refused:
        _say(stream, refused=str(refused))
    except MemoryError:
        _say(stream, refused="pixels")
    except Exception:
        # Decoders raise many different errors on broken files.
        _say(stream, refused="broken")
    else:
        _say(stream, width=whole.width, height=whole.height, full=len(full), thumbnail=len(thumbnail))
        stream.write(full + thumbnail)
        stream.flush()


def _say(stream: BinaryIO, **what) -> None:
    stream.write(json.dumps(what).encode() + b"\n")
    stream.flush()


def confine() -> None:
    """Bound what one photo may take. What exceeds it is killed by the kernel, whatever the decoder is doing."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only Linux has these two; elsewhere the portal is developed, not run.
    with contextlib.suppress(OSError):
        with open("/proc/self/statm") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
        # If the machine runs out of memory, this goes before a web worker or the database.
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")


def main() -> None:
    Image.MAX_IMAGE_PIXELS = None  # checked by `look`, before Pillow would
    link = socket.socket(fileno=0)
    while link.recv(1, socket.MSG_PEEK):
        child = os.fork()
        if not child:
            code = 1
            try:
                confine()
                converse(link)
                code = 0
            finally:
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        if status:
            # Half a conversation is left on the line: the next photo gets a new process.
            os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else 1)


if __name__ == "__main__":
    main()
