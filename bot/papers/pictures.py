"""Reads the letters of a picture on this machine. Only the reading process imports this: it loads OpenCV and ONNX."""

from __future__ import annotations

import io
import logging
import math
import os
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.papers.allowance import Allowance
from bot.papers.errors import NoReader, NoWords, TooLarge, Unreadable
from bot.papers.kinds import picture_format
from bot.papers.limits import ENOUGH_LOOKED_AT, LARGEST_PICTURE, NARROWEST_PICTURE
from bot.papers.lines import Box, in_reading_order

#: Larger pictures are made smaller: on a page of this height letters of 10 points are still read without error.
LONGEST_SIDE = 1920
#: A longer picture is a scrolled chat: it is read in pieces of its own width, so that its letters stay as large.
TALL = 2.4
PIECE_WIDTH, PIECE_HEIGHT, OVERLAP = 1080, 1600, 160
#: A wider picture gets margins: the models know no narrow strips.
WIDE = 8
#: How sure a line has to be.
SURE_ENOUGH = 0.5
#: So many lines are recognised between two looks at the clock.
LINES_AT_ONCE = 12
#: Threads of one reading: two files may be read at a time, and Rasa needs a core.
THREADS = 2

Array = Any  # numpy's, of shape (height, width, 3), blue first


def opened(content: bytes) -> Image.Image:
    """Return the first picture of a file, upright by its own mark and on white."""
    name = picture_format(content)
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, before a single pixel is made
    try:
        with Image.open(io.BytesIO(content), formats=(name,) if name else ()) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise TooLarge("pixels")
            if min(picture.size) < NARROWEST_PICTURE:
                raise NoWords("too narrow")
            picture.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a JPEG can be opened at half its size
            return on_white(ImageOps.exif_transpose(picture))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError):
        raise Unreadable("picture") from None


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture without transparency: drawn on nothing, black letters would be read as black on black."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    ground = Image.new("RGB", whole.size, "white")
    ground.paste(whole, mask=whole.getchannel("A"))
    return ground


class PictureReader:
    """Finds and reads lines with the models inside the wheel of rapidocr-onnxruntime; loading takes half a second."""

    def __init__(self) -> None:
        logging.disable(logging.WARNING)  # RapidOCR adds a handler of its own
        try:
            import cv2
            import onnxruntime
            from rapidocr_onnxruntime import RapidOCR

            onnxruntime.disable_telemetry_events()
            cv2.setNumThreads(THREADS)
        except ImportError as error:
            raise NoReader(str(error)) from None
        self._engine = RapidOCR(intra_op_num_threads=min(THREADS, os.cpu_count() or 1))

    def read(self, picture: Image.Image, allowance: Allowance) -> tuple[str, bool]:
        """Return the text of a picture and whether its end was left out, as its allowance was used up."""
        boxes: list[Box] = []
        cut = False
        for top, first, last, piece in _pieces(picture):
            if cut or (boxes and (allowance.is_used_up or _length(boxes) > ENOUGH_LOOKED_AT)):
                cut = True
                break
            found, cut = self._boxes(_array(piece), allowance)
            for box in found:
                if first <= box.middle + top < last:
                    boxes.append(Box(box.left, box.top + top, box.right, box.bottom + top, box.text))
        return in_reading_order(boxes), cut

    def _boxes(self, array: Array, allowance: Allowance) -> tuple[list[Box], bool]:
        """Return what stands in the picture, turned upright when most of its lines lie on their side or head."""
        import numpy as np

        corners, crops = self._found(array)
        if corners and sum(_lies_on_its_side(box) for box in corners) * 2 > len(corners):
            array = np.ascontiguousarray(np.rot90(array))
            corners, crops = self._found(array)
        if not corners:
            return [], False
        crops, turns, _ = self._engine.text_cls(crops)
        if sum(turn[0] == "180" for turn in turns) * 2 > len(turns) and len(turns) > 1:
            array = np.ascontiguousarray(np.rot90(array, 2))
            corners, crops = self._found(array)
        read = self._recognised(crops, allowance)
        lines = [(box, text) for box, text in zip(corners, read, strict=False) if text]
        return _levelled(lines), len(read) < len(crops)

    def _recognised(self, crops: list[Array], allowance: Allowance) -> list[str]:
        """Return the text of each strip, "" for what is no text; fewer than there are strips when time is over."""
        texts: list[str] = []
        for first in range(0, len(crops), LINES_AT_ONCE):
            if texts and allowance.is_used_up:
                break
            read, _ = self._engine.text_rec(crops[first : first + LINES_AT_ONCE], False)
            texts += [text.strip() if sureness >= SURE_ENOUGH else "" for text, sureness in read]
        return texts

    def _found(self, array: Array) -> tuple[list[Array], list[Array]]:
        corners, _ = self._engine.auto_text_det(array)
        if corners is None:
            return [], []
        return list(corners), self._engine.get_crop_img_list(array, corners)


def _length(boxes: Sequence[Box]) -> int:
    return sum(len(box.text) for box in boxes)


def _pieces(picture: Image.Image) -> Iterator[tuple[int, float, float, Image.Image]]:
    """Yield the top of each piece, from where to where the middles of its lines count, and the piece."""
    width, height = picture.size
    if height <= TALL * width or height <= LONGEST_SIDE:
        yield 0, -math.inf, math.inf, _padded(_fitted(picture, LONGEST_SIDE / max(width, height)))
        return
    picture = _fitted(picture, PIECE_WIDTH / width)
    step = PIECE_HEIGHT - OVERLAP
    for top in range(0, max(picture.height - OVERLAP, 1), step):
        last = top + PIECE_HEIGHT >= picture.height
        first = top + OVERLAP / 2 if top else -math.inf
        piece = picture.crop((0, top, picture.width, min(top + PIECE_HEIGHT, picture.height)))
        yield top, first, math.inf if last else top + step + OVERLAP / 2, _padded(piece)
        if last:
            return


def _fitted(picture: Image.Image, ratio: float) -> Image.Image:
    if ratio >= 1:
        return picture
    size = max(round(picture.width * ratio), 1), max(round(picture.height * ratio), 1)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _padded(picture: Image.Image) -> Image.Image:
    """Return the picture with margins when it is a strip; what is read keeps its order."""
    width, height = max(picture.width, picture.height // WIDE, 48), max(picture.height, picture.width // WIDE, 48)
    if (width, height) == picture.size:
        return picture
    padded = Image.new("RGB", (width, height), picture.getpixel((0, 0)))  # in the colour of its own ground
    padded.paste(picture)
    return padded


def _array(picture: Image.Image) -> Array:
    import numpy as np

    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _lies_on_its_side(corners: Array) -> bool:
    (width, height) = _sides(corners)
    return height > 1.5 * width


def _sides(corners: Array) -> tuple[float, float]:
    return math.dist(corners[0], corners[1]), math.dist(corners[0], corners[3])


def _levelled(lines: Sequence[tuple[Array, str]]) -> list[Box]:
    """Return upright boxes: a page photographed askew is turned by the angle that most of its lines have."""
    slants = []
    for corners, _ in lines:
        width, height = _sides(corners)
        if width > 3 * height:
            slants.append(math.atan2(corners[1][1] - corners[0][1], corners[1][0] - corners[0][0]))
    slant = statistics.median(slants) if slants else 0.0
    sine, cosine = math.sin(-slant), math.cos(-slant)
    boxes = []
    for corners, text in lines:
        across = [x * cosine - y * sine for x, y in corners]
        down = [x * sine + y * cosine for x, y in corners]
        boxes.append(Box(min(across), min(down), max(across), max(down), text))
    return boxes
