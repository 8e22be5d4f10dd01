"""Make data/fonts/NotoSansSC-Subset.otf from Noto Sans CJK: the characters that a picture of ours may hold.

    python -m tools.make_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needed only when the set of characters changes; the font itself is kept in the project.
"""

from __future__ import annotations

import sys
from pathlib import Path

import opencc
from fontTools import subset
from fontTools.ttLib import TTCollection

TARGET = Path("data/fonts/NotoSansSC-Subset.otf")
FACE = "Noto Sans CJK SC"
#: Letters, digits, punctuation of both worlds, the signs for money, arrows and bullets.
RANGES = ((0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2027), (0x3000, 0x3017), (0xFF01, 0xFF5E))
SINGLE = "€£¥₩฿₫₱‰←↑→↓①②③④⑤⑥⑦⑧⑨⑩■□●○▲△▼◆◇★☆×÷≈≤≥±℃·—…￥"
#: GB 2312 in rows of 94 cells: level 1 is ordered by sound, level 2 by radical; both are Chinese characters.
FIRST_ROW, LAST_ROW = 16, 87


def characters() -> set[int]:
    """Return GB 2312 (levels 1 and 2), the traditional forms of level 1, and what stands between the characters."""
    wanted = {code for first, last in RANGES for code in range(first, last + 1)} | {ord(sign) for sign in SINGLE}
    to_traditional = opencc.OpenCC("s2hk")
    for row in range(FIRST_ROW, LAST_ROW + 1):
        for cell in range(1, 95):
            try:
                character = bytes((row + 0xA0, cell + 0xA0)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            wanted.add(ord(character))
            wanted.update(map(ord, to_traditional.convert(character)))
    return wanted


def main(source: Path) -> None:
    collection = TTCollection(source)
    font = next(face for face in collection.fonts if face["name"].getDebugName(1) == FACE)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "GPOS", "GSUB"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters())
    worker.subset(font)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    font.save(TARGET)
    print(f"{TARGET}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size / 1_000_000:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
