"""The data register (个人信息处理登记): what each column of each table is about, why it is kept, how long, for whom.

One text. A line at the margin is a table; indented lines name its columns, and what they do not say themselves they
have from the table:

    table        | subject | ground | kept | who may see | purpose in Chinese / in English
      columns    | …the same, where it differs

A new column is one more word in a line. A test compares this text with `gis.db.tables`, so nothing can be stored that
is not told here. subject: one of `SUBJECTS`. ground: one of `GROUNDS`. kept: one of `KEPT`, or a rule of
`gis.domain.retention`. who may see: roles, or one of `WHO`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from gis.domain.categories import Name
from gis.domain.retention import RULES
from gis.domain.staff import ROLES

SUBJECTS: Mapping[str, Name] = {
    "place": Name("地点", "Place"),
    "thing": Name("物", "Thing"),
    "event": Name("事件", "Event"),
    "organisation": Name("组织", "Organisation"),
    "staff": Name("工作人员", "Staff"),
    "reporter": Name("上报人", "Reporter"),
    "none": Name("系统", "System"),
}
GROUNDS: Mapping[str, Name] = {
    "-": Name("不含个人信息", "No personal data"),
    "13(2)": Name("个保法第十三条第二项：人力资源管理所必需", "PIPL art. 13(2): managing staff"),
    "13(3)": Name("个保法第十三条第三项：履行法定职责所必需", "PIPL art. 13(3): statutory duties"),
    "13(1)": Name("个保法第十三条第一项：个人同意", "PIPL art. 13(1): consent"),
    "29": Name("个保法第二十九条：单独同意", "PIPL art. 29: separate consent"),
    "9": Name("个保法第九条：安全责任", "PIPL art. 9: security of processing"),
    "csl": Name("网络安全法：留存网络日志", "Cybersecurity Law art. 21(3): network logs"),
    "55": Name("个保法第五十五、五十六条：影响评估", "PIPL art. 55 and 56: impact assessment"),
    "57": Name("个保法第五十七条：泄露通知", "PIPL art. 57: notice of a breach"),
}
KEPT: Mapping[str, Name] = {
    "record": Name("长期（城市档案）", "For good: the city's record"),
    "replaced": Name("至下次导入替换", "Until the next load replaces it"),
    "account": Name("账号存续期间及其审计期", "As long as the account, and the record of what it did"),
    "post": Name("长期（岗位履历）", "For good: who answered for what, and when"),
    "report": Name("与上报同存，本人要求删除时删除", "As long as the report, until its reporter has it erased"),
    "orphan": Name("无上报引用后七日", "Seven days after no report names it"),
}
WHO: Mapping[str, Name] = {
    "anyone": Name("任何人", "Anyone"),
    "area": Name("所辖范围内的工作人员", "Staff of the area"),
    "self": Name("本人", "The person"),
    "nobody": Name("无人（系统内部）", "Nobody: the system alone"),
    "network": Name("网络安全岗（wangge_network）", "Network security, by a database role of its own"),
    **ROLES,
}

TEXT = """
plans | thing | - | record | anyone | 网格方案 / plans, and when each came into force
  revision in_force_at published_at note changes
divisions | place | - | record | anyone | 行政区划 / administrative divisions
  version code name level parent_code synthetic boundary valid known
zones | place | - | record | anyone | 功能区 / functional zones
  version code name synthetic boundary valid known
level2_grids | place | - | record | anyone | 二级网格 / level-2 grids
  version code name village_code synthetic boundary valid known
grids | place | - | record | anyone | 网格 / grids
  version id code kind category name village_code level2_code urban synthetic boundary revision valid known
  building unit floor_from floor_to | place | - | record | anyone | 区分叠置网格 / tell stacked grids apart
  households headcount | place | - | record | area | 网格规模（仅人数） / size of a grid, as a number
lineage | place | - | record | anyone | 网格沿革 / which grids came of which
  revision parent_id child_id area_share headcount_share
layers | thing | - | replaced | anyone | 图层来源 / where layers came from
  name revision source loaded_at
streets | place | - | replaced | anyone | 道路 / streets
  id name category synthetic path
waters | place | - | replaced | anyone | 水域 / waters
  id name category synthetic surface
buildings | place | - | replaced | anyone | 建筑 / buildings
  id name floors synthetic footprint
  households | place | - | replaced | area | 户数（仅数量） / households, as a number
addresses | place | - | replaced | anyone | 地名地址库 / gazetteer of streets, buildings and places
  id kind name units floors source synthetic extent location folded
cameras | thing | - | replaced | leader planner dispatcher | 视频点位登记 / register of cameras, without any picture
  code name village_code zone_code synthetic location heading_deg view_deg range_m
patrols | staff | 29 | tracks | leader planner dispatcher | 核算巡查覆盖 / to work out coverage by patrols
  id post village_code zone_code started_at ended_at synthetic
  track | | | | | 行踪轨迹（敏感个人信息） / a track: sensitive personal information
patrol_visits | place | - | record | leader planner dispatcher | 月度走访次数 / visits by month, no post
  grid_id month visits
photos | thing | - | orphan | area | 上报照片（已去除元数据） / pictures of reports, without their metadata
  sha256 width_px height_px stored_at
reports | event | 13(3) | record | area | 上报 / reports
  number received_at captured_at channel category location datum accuracy_m synthetic
  id body_sha256 | | | | nobody | 识别重复上报 / tell a repeat
  text | | | | | 上报内容（可依法遮蔽） / what was said; may be redacted by law
  original_x original_y | | | | | 原始坐标 / the point as it was sent
  erased_at | | | | | 已应本人要求删除 / when its words were erased at its reporter's wish
report_photos | event | 13(3) | report | area | 上报与照片的对应 / which photos a report names
  report_id position sha256
photo_origins | reporter | 13(1) | report | area | 照片自述的时间地点 / where and when a photo says it was taken
  sha256 taken_at taken_local location datum accuracy_m
report_contacts | reporter | 13(1) | contacts | window handler clerk dispatcher | 核实与答复 / to check and answer
  report_id stored_at
  sealed | | | | | 加密的联系方式（遮蔽显示） / the contact, sealed; shown masked, in clear for a reason
  key_id telephone_mark email_mark | | 9 | | nobody | 密钥与检索标记 / which key sealed it, and marks to find it by
  consent_version consented_at | | | | self | 同意的证明 / proof of the consent
report_follows | reporter | 13(1) | report | nobody | 上报人查询进展 / by which its reporter follows a report
  report_id secret_sha256
assignments | event | - | record | area | 上报归属 / where a report belongs
  report_id revision method grid_id dedicated_id level2_code village_code zone_code post_code distance_m
  rule_id share alternatives doubt
routing_rules | thing | - | record | anyone | 分派规则的版本与限值 / versions and limits of the routing rule
  id version snap_limit_m sure_share imprecise_m
assignment_history | event | - | record | area | 更正前的归属 / what was decided before a correction
  report_id known revision method grid_id dedicated_id level2_code village_code zone_code post_code distance_m
  rule_id share alternatives doubt reason
  ended_by | staff | 13(3) | record | area | 更正人 / who corrected it
events | event | - | events | area | 实时事件 / the live stream
  id at kind payload
tile_shapes | place | - | replaced | anyone | 地图瓦片 / shapes of map tiles
  layer detail id code name kind shape label
accounts | staff | 13(2) | account | self administrator | 登录账号 / who may sign in
  id name kind created_at disabled_at synthetic made_by
  telephone | | | telephones | self administrator | 用于登录 / to sign in with
  password_hash activation_hash totp_secret totp_counter | | 9 | | nobody | 验证身份 / to prove who it is
  activation_ends_on | | 9 | | nobody | 激活码期限 / to end activation codes
grants | staff | 13(2) | post | self administrator auditor | 角色与范围 / roles in areas
  id account_id role area valid
sessions | staff | 9 | sessions | nobody | 登录会话 / who is signed in
  token_hash account_id created_at seen_at expires_at is_whole
api_keys | organisation | 9 | api_keys | administrator | 系统接口密钥 / keys of systems
  id account_id created_at expires_at per_minute
  key_hash | | | | nobody | 验证系统 / to prove which system it is
sign_in_failures | staff | 9 | sign_in_failures | nobody | 防止猜测密码 / against guessing of passwords
  id at name_hash address
identities | staff | 13(2) | account | self administrator | 统一身份认证关联 / who signs in at a provider
  issuer subject account_id linked_at
used_attempts | none | - | used_attempts | nobody | 防止重放登录 / against a sign-in that is played again
  state_hash used_at
posts | staff | 13(2) | post | self administrator auditor | 岗位履历 / who holds which post, and when
  id area role account_id substitute valid note synthetic made_by ended_by
post_questions | staff | 13(2) | post | leader planner dispatcher | 调整后待定的岗位 / posts to decide after a redraw
  id area revision asked_on reason candidates answered_at
audit | staff | 13(3) | record | auditor | 审计日志（不含姓名） / who did what, by numbers
  position at actor_id role action subject before after texts_hash previous_hash hash
audit_texts | staff | 13(3) | audit_texts | auditor | 审计日志中可删除的文字 / erasable words of the audit log
  position salt actor_name address reason shown
audit_looks | none | - | audit_looks | nobody | 防止重复记录查看 / so that a look is recorded once
  key at
audit_head | none | - | record | auditor | 审计链末端 / the end of the audit chain
  id position hash
consents | staff | 29 | consents | self auditor | 告知与单独同意 / notices and separate consents
  id account_id purpose notice_version given_at withdrawn_at
assessments | organisation | 55 | assessments | auditor administrator | 个人信息保护影响评估 / impact assessments
  id title processing purpose ground risks measures conclusion assessed_on recorded_at corrected_at
breaches | organisation | 57 | breaches | auditor administrator | 泄露事件登记 / register of breaches
  id title found_at categories causes harm measures notified notified_at recorded_at corrected_at
retention_runs | none | - | retention_runs | auditor administrator | 留存清理记录 / what was removed, and when
  id at rule days due deleted oldest_at
public_figures | event | - | record | anyone | 公开统计（小数隐藏） / public figures, small counts hidden
  month code level name category_group count synthetic published_at
access_log | staff | csl | access_log | network | 网络访问日志 / network access log
  at method path status account_id trace_id
  address | | | | | 网络地址（未登录上报者七日后抹去） / network address; of who reports unsigned, for seven days
"""


@dataclass(frozen=True)
class Entry:
    """What is told of some columns of a table, which share all of it."""

    table: str
    columns: tuple[str, ...]
    subject: str
    ground: str
    kept: str
    who: tuple[str, ...]
    purpose: Name


def read(text: str) -> tuple[Entry, ...]:
    """Return the entries of a register. Raises ValueError for a line that does not say all, or says what is unknown."""
    entries: list[Entry] = []
    table, given = "", [""] * 5
    for line in text.strip().splitlines():
        name, *said = (part.strip() for part in line.split("|"))
        if not line.startswith(" "):
            table, given = name, said
            continue
        whole = [own or common for own, common in zip_longest(said, given, fillvalue="")]
        entries.append(_entry(table, name, whole))
    return tuple(entries)


def _entry(table: str, columns: str, said: list[str]) -> Entry:
    subject, ground, kept, who, purpose = said
    zh, _, en = purpose.partition(" / ")
    entry = Entry(table, tuple(columns.split()), subject, ground, kept, tuple(who.split()), Name(zh, en))
    known = subject in SUBJECTS and ground in GROUNDS and (kept in KEPT or kept in RULES)
    if not (known and entry.who and set(entry.who) <= set(WHO) and zh and en):
        raise ValueError(f"the register says of {table}: {columns} what is not known: {said}")
    return entry


REGISTER = read(TEXT)
