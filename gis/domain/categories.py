"""Categories, channels and kinds of dedicated grids: fixed tables with the field's own names, Chinese and English.

Every category declares its subject: a place, a thing, an event or an organisation. A person is never the subject.
"""

from dataclasses import dataclass

SUBJECTS = ("place", "thing", "event", "organisation")


@dataclass(frozen=True)
class Name:
    """What people call something: `zh` in Chinese, `en` in English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Category(Name):
    """A kind of matter (问题类别), and what it is about: one of `SUBJECTS`."""

    subject: str


CATEGORIES: dict[str, Category] = {
    "garbage": Category("暴露垃圾", "Exposed garbage", "thing"),
    "road": Category("道路破损", "Damaged road", "thing"),
    "drainage": Category("积水", "Standing water", "place"),
    "lighting": Category("路灯不亮", "Street light out", "thing"),
    "water": Category("供水问题", "Water supply", "event"),
    "heating": Category("供暖问题", "Heating", "event"),
    "fire_lane": Category("消防通道堵塞", "Blocked fire lane", "place"),
    "noise": Category("噪声扰民", "Noise", "event"),
    "parking": Category("违规停车", "Illegal parking", "event"),
    "building": Category("违法搭建", "Illegal construction", "thing"),
    "dispute": Category("矛盾纠纷", "Dispute", "event"),
    "other": Category("其他", "Other", "event"),
}

CHANNELS: dict[str, Name] = {
    "worker": Name("网格员", "Grid worker"),
    "hotline": Name("12345热线", "12345 hotline"),
    "public": Name("公众", "Public"),
    "sensor": Name("感知", "Sensor"),
    "department": Name("部门", "Department"),
}

# The channel of whoever is none of the staff.
PUBLIC = "public"

DEDICATED_KINDS: dict[str, Name] = {
    "government": Name("机关", "Government"),
    "school": Name("学校", "School"),
    "hospital": Name("医院", "Hospital"),
    "park": Name("公园", "Park"),
    "works": Name("厂区", "Works"),
    "market": Name("市场", "Market"),
}
