"""Retention (留存期限): what is removed after how many days, and which law says so.

A rule's `days` are the most that something is kept; an operator may shorten them down to `least_days`, never lengthen
them. What has no rule here is kept as long as the register says (see `gis.domain.register`). Rows that the demo made
are about nobody, so the rule of tracks passes them over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gis.domain.categories import Name
from gis.errors import Fault, InvalidInputError


@dataclass(frozen=True)
class Rule:
    """One kind of row, and for how long it is kept.

    Attributes
    ----------
    what : what is removed, and from when on its days are counted.
    days : the most that it is kept.
    reason : why so long and not longer.
    least_days : the least, where a law wants it kept.
    """

    what: Name
    days: int
    reason: Name
    least_days: int = 0

    def until(self, now: datetime) -> datetime:
        """Return the instant up to which, it included, everything is due."""
        return now - timedelta(days=self.days)


# Three years and half a year in whole days, never less than what the calendar makes of them.
THREE_YEARS, SIX_MONTHS = 1096, 184
_PIPL_19 = Name("个人信息保护法第十九条：最短必要时间", "PIPL art. 19: the shortest necessary time")
_PIPL_47 = Name("个人信息保护法第四十七条：目的已实现即删除", "PIPL art. 47: deleted when the purpose is met")
_PIPL_56 = Name("个人信息保护法第五十六条：至少三年", "PIPL art. 56: at least three years")
_DATA_12 = Name(
    "网络数据安全管理条例第十二条：处理情况记录至少三年",
    "Network data regulations art. 12: records of handling, at least three years",
)

RULES: dict[str, Rule] = {
    "tracks": Rule(
        Name("巡查轨迹（班次结束起；月度走访次数留存，演示数据除外）", "Tracks, after the shift; visits a month stay"),
        30,
        Name("个人信息保护法第十九、二十八条：行踪轨迹", "PIPL art. 19 and 28: movement tracks are sensitive"),
    ),
    # The notice to reporters says so: longer than any time limit for handling and calling back.
    "contacts": Rule(
        Name("上报人联系方式（留下或更正起）", "Contacts of reporters, since left or corrected"), 180, _PIPL_19
    ),
    "sessions": Rule(Name("会话（到期起）", "Sessions, after they ended"), 1, _PIPL_19),
    "api_keys": Rule(Name("接口密钥（到期起）", "Keys of systems, after they ended"), 1, _PIPL_19),
    "sign_in_failures": Rule(Name("登录失败记录", "Sign-ins that failed"), 1, _PIPL_19),
    "used_attempts": Rule(Name("已用的认证请求", "Sign-ins at a provider that were used"), 1, _PIPL_19),
    "telephones": Rule(Name("停用账号的手机号（停用起）", "Telephones of disabled accounts"), 30, _PIPL_47),
    "events": Rule(Name("实时事件", "Events of the live stream"), 30, _PIPL_19),
    "sender_addresses": Rule(
        Name("未登录者的网络地址（记录保留）", "Addresses of who had not signed in; the requests stay"), 7, _PIPL_19, 7
    ),
    "access_log": Rule(
        Name("网络访问日志", "Network access log"),
        SIX_MONTHS,
        Name("网络安全法：网络日志不少于六个月", "Cybersecurity Law art. 21(3): network logs at least six months"),
        SIX_MONTHS,
    ),
    "audit_looks": Rule(Name("查看记录的去重标记", "Marks of looks that were recorded"), 2, _PIPL_19),
    "audit_texts": Rule(
        Name(
            "审计日志中的姓名、地址与理由（哈希链保留）",
            "Names, addresses and reasons of the audit log; its chain stays",
        ),
        THREE_YEARS,
        _DATA_12,
        SIX_MONTHS,
    ),
    "consents": Rule(Name("已撤回的同意（撤回起）", "Consents, after withdrawal"), THREE_YEARS, _DATA_12, THREE_YEARS),
    "assessments": Rule(
        Name("影响评估（最后更正起）", "Impact assessments, after the last correction"), 3653, _PIPL_56, THREE_YEARS
    ),
    "breaches": Rule(
        Name("泄露事件（最后更正起）", "Breaches, after the last correction"), 3653, _PIPL_56, THREE_YEARS
    ),
    "retention_runs": Rule(Name("留存清理记录", "Records of these removals"), THREE_YEARS, _DATA_12, THREE_YEARS),
}


@dataclass(frozen=True)
class Standing:
    """How a rule stands: rows that are due, rows that were removed, and the oldest that is left (None: none).

    `at` is when it was run; None for one that never was, or was only looked at.
    """

    rule: str
    days: int
    due: int
    deleted: int
    oldest_at: datetime | None
    at: datetime | None = None


def rules(given: Mapping[str, int]) -> dict[str, Rule]:
    """Return the rules with the days that an operator gave for some, by name in lower case.

    Raises
    ------
    InvalidInputError : for a name that is no rule, and for days above its most or below its least.
    """
    faults = []
    for name, days in given.items():
        pointer = f"WANGGE_RETENTION_{name.upper()}_DAYS"
        rule = RULES.get(name)
        if rule is None:
            faults.append(Fault(pointer, f"The rules are {', '.join(RULES)}."))
        elif not rule.least_days <= days <= rule.days:
            faults.append(Fault(pointer, f"This is kept {rule.least_days} to {rule.days} days, not {days}."))
    if faults:
        raise InvalidInputError(f"{faults[0].pointer}: {faults[0].detail}", faults)
    return {name: replace(rule, days=given.get(name, rule.days)) for name, rule in RULES.items()}
