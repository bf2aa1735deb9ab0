"""Streets: the cuts that are not streams, by rank; the borders of grids run along them."""

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.domain.demo.borders import Cut
from gis.domain.demo.counts import STORY_VILLAGE
from gis.domain.demo.plane import random, to_metres
from gis.domain.demo.shapes import frame, lines

STORY_STREET = "鞍千路"
WORDS = [
    "胜利",
    "建国",
    "人民",
    "解放",
    "中华",
    "园林",
    "和平",
    "光明",
    "健身",
    "湖南",
    "千山",
    "工农",
    "新兴",
    "繁荣",
    "共和",
    "永乐",
    "民生",
    "团结",
    "前进",
    "建设",
    "红旗",
    "青年",
    "文化",
    "东风",
    "曙光",
    "双山",
    "灵山",
    "立山",
    "通山",
    "鞍钢",
    "矿工",
    "深沟",
    "沙河",
    "常青",
    "梧桐",
    "松涛",
    "杨柳",
    "玉泉",
    "龙泉",
    "铁塔",
    "钟楼",
    "学府",
    "兴盛",
    "兴业",
    "安乐",
    "康宁",
    "福绥",
    "长甸",
    "乐雪",
    "站前",
    "对炉",
    "孟泰",
    "雷锋",
    "钢城",
    "迎宾",
    "公园",
    "创业",
    "朝阳",
    "向阳",
    "春光",
    "明月",
    "清泉",
    "凤凰",
    "金星",
    "银河",
    "北斗",
    "惠民",
    "富民",
    "利民",
    "安民",
    "振兴",
    "复兴",
    "开源",
    "广源",
    "望海",
    "海滨",
    "太平",
    "平安",
    "吉祥",
    "如意",
    "丰收",
    "金秋",
]
SIDES = ("", "东", "西", "南", "北", "中")
KINDS = {"trunk": ("路", "大街"), "main": ("路", "大街"), "side": ("街", "路"), "lane": ("巷",)}
LONGEST_LANE_M = 420
DEEPEST_LANE = 3


def streets_of(cuts: list[Cut], table: pd.DataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return the streets: columns name, category; geometry `path` (LineString, EPSG:4490).

    Parameters
    ----------
    cuts : of the drawn area, from towns down to leaves.
    table : villages with code and urban.
    seed : of the city.
    """
    urban = dict(zip(table["code"], table["urban"], strict=True))
    share = (
        table.groupby(table["code"].str[:9])["urban"].mean().to_dict()
        | table.groupby("county")["urban"].mean().to_dict()
    )
    kept, categories = [], []
    for number, cut in enumerate(cuts):
        category = None if cut.stream else _category(cut, number, float(urban.get(cut.area, share.get(cut.area, 0))))
        if category:
            kept.append(cut)
            categories.append(category)
    names = _names(kept, categories, seed)
    return frame({"name": names, "category": categories}, "path", lines([cut.path for cut in kept]))


def _category(cut: Cut, number: int, urban: float) -> str | None:
    """Return what kind of street a cut is, or None for a mere border between fields."""
    if cut.parts == "town":
        return "trunk"
    if cut.parts == "village":
        return "main" if urban > 0.5 or number % 2 else "side"
    if cut.parts == "level2":
        return "main" if cut.area == STORY_VILLAGE else "side" if urban else "lane"
    length = float(np.hypot(*np.diff(to_metres(cut.path), axis=0).T).sum())
    return "lane" if cut.rank <= DEEPEST_LANE and length < LONGEST_LANE_M else None


def _names(cuts: list[Cut], categories: list[str], seed: int) -> list[str]:
    """Return a name for each street but lanes, none twice in a county while the words last."""
    pools: dict[str, list[str]] = {}
    names = []
    told = False
    for cut, category in zip(cuts, categories, strict=True):
        if cut.area == STORY_VILLAGE and cut.parts == "level2" and not told:
            told = True
            names.append(STORY_STREET)
            continue
        pool = pools.setdefault(cut.area[:6] + category, _pool(cut.area[:6], category, seed))
        names.append("" if category == "lane" else pool[len(names) % len(pool)])
    return names


def _pool(county: str, category: str, seed: int) -> list[str]:
    """Return the names of one kind of street in one county, in random order."""
    names = [word + side + kind for word in WORDS for side in SIDES for kind in KINDS[category]]
    return [str(name) for name in random(seed, "names", county, category).permutation(names)]
