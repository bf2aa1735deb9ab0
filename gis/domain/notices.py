"""Notices (告知书) to staff, by version, and whether a consent (单独同意) covers what was recorded.

A text that was shown is never changed: a new version is added behind, with the instant from which it is the one that
counts, and everybody is asked again. Sources: PIPL art. 14, 15, 17, 28 to 30.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gis.domain.categories import Name
from gis.errors import NotFoundError


@dataclass(frozen=True)
class Notice:
    """What staff are told before they consent; `since` is when this version came into force."""

    version: int
    since: datetime
    title: Name
    text: Name


@dataclass(frozen=True)
class Consent:
    """A consent as it was given, and withdrawn or not."""

    purpose: str
    notice_version: int
    given_at: datetime
    withdrawn_at: datetime | None = None


NOTICES: dict[str, tuple[Notice, ...]] = {
    "track": (
        Notice(
            1,
            datetime(2026, 1, 1, tzinfo=UTC),
            Name("巡查轨迹", "Patrol tracks"),
            Name(
                "本系统在您当班巡查期间记录行踪轨迹（敏感个人信息），仅用于核算网格的巡查覆盖。\n"
                "仅在班次开始至结束之间记录；原始轨迹最多保存三十日，此后只保留每个网格每月的走访次数，不含岗位。\n"
                "您所在范围的网格长、规划员和调度员可以查看覆盖情况；轨迹不对外公开，不用于其他目的。\n"
                "您可以不同意，也可以随时撤回，撤回后立即停止记录；这不影响您的其他工作条件。"
                "查阅、更正或删除，请联系本单位的系统管理员。",
                "While you are on patrol this system records your track (sensitive personal information), for one "
                "purpose: to work out how well grids are covered.\n"
                "Nothing is recorded outside of your shift. A track is kept thirty days at most; then only the number "
                "of visits of each grid and month stays, without the post.\n"
                "Leaders, planners and dispatchers of your area see the coverage. Tracks are not published and serve "
                "no other purpose.\n"
                "You may refuse, and withdraw at any time: recording then stops at once, and your other conditions of "
                "work stay as they are. To see, correct or delete data, ask your administrator.",
            ),
        ),
    ),
}


def current(purpose: str, at: datetime) -> Notice:
    """Return the notice that counts at an instant, the first where that is earlier. Raises `NotFoundError`."""
    if purpose not in NOTICES:
        raise NotFoundError(f"Consent is asked for {', '.join(NOTICES)}, not for {purpose[:40]!r}.")
    first, *later = NOTICES[purpose]
    return max([first, *(notice for notice in later if notice.since <= at)], key=lambda notice: notice.version)


def covers(consents: Iterable[Consent], purpose: str, since: datetime, until: datetime) -> bool:
    """Tell whether one consent, to the notice that counted at `since` or a later one, held from `since` to `until`."""
    version = current(purpose, since).version
    return any(
        consent.purpose == purpose
        and consent.notice_version >= version
        and consent.given_at <= since
        and (consent.withdrawn_at is None or consent.withdrawn_at >= until)
        for consent in consents
    )
