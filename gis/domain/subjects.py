"""Subject of data: places, things, events and organisations; never persons.

Files and forms are refused columns that look like the names, telephones or identity numbers of residents, by their
heading or by what stands in them: otherwise free layers become a register of residents by the back door.
"""

import re
from datetime import date

import pandas as pd

from gis.errors import Fault

# Headings of columns about a person, Chinese and English, compared without case, blanks and underscores.
HEADINGS = re.compile(
    r"(姓名|户主|身份证|证件号|公民身份|手机|电话|联系方式|联系人|出生|民族|微信"
    r"|idcard|identitynumber|idnumber|citizenid|passport|phone|mobile|telephone|^tel$|^tel(no|number)|contactname"
    r"|contactnumber|surname|givenname|firstname|lastname|fullname|personname|residentname|ownername|reportername"
    r"|applicant|householder|birthdate|dateofbirth|birthday|wechat|^email$|^reporter$|^resident$)"
)
MOBILE = re.compile(r"^(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$")
IDENTITY = re.compile(r"^\d{6}((?:19|20)\d{2})(\d{2})(\d{2})\d{3}[\dXx]$")
# GB 11643-1999: weights and check characters of the 18-digit identity number.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
LOOKED_AT = 2000
SHARE = 0.2


def personal_columns(frame: pd.DataFrame) -> list[Fault]:
    """Return a fault for each column that looks like data of persons; values are never repeated in it."""
    faults = []
    for name in frame.columns:
        if HEADINGS.search(re.sub(r"[\s_\-]", "", str(name)).lower()):
            faults.append(Fault(f"column {name}", f"The column {name} looks like data of a person, which is refused."))
            continue
        found = _kind_of(frame[name])
        if found:
            faults.append(
                Fault(f"column {name}", f"The column {name} holds what looks like {found}, which is refused.")
            )
    return faults


def is_identity_number(text: str) -> bool:
    """Tell whether a text is a citizen's identity number (公民身份号码): date of birth and check digit hold."""
    match = IDENTITY.match(text)
    if not match:
        return False
    try:
        date(*(int(part) for part in match.groups()))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False))
    return CHECKS[total % 11] == text[-1].upper()


def _kind_of(column: "pd.Series[object]") -> str | None:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_integer_dtype(column):
        return None
    if not (pd.api.types.is_integer_dtype(column) or column.dtype == object or column.dtype == "str"):
        return None
    texts = [str(value).strip() for value in column.dropna().head(LOOKED_AT)]
    if not texts:
        return None
    if sum(map(is_identity_number, texts)) > SHARE * len(texts):
        return "identity numbers"
    if sum(bool(MOBILE.match(text)) for text in texts) > SHARE * len(texts):
        return "telephone numbers"
    return None
