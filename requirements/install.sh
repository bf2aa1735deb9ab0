#!/bin/sh
# Prepare this machine: PostgreSQL with PostGIS, the virtual environment from locked hashes, compiled kernels.
#   install.sh run    what `make demo` needs
#   install.sh dev    the same, and what the tests and checks need (browser, fonts, tools)
# Safe to run again: what is there is left alone. Debian 12 and Ubuntu 24.04, as root or with sudo.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}

missing=""
need() { missing="$missing $1"; }

# The tests start a PostgreSQL of their own, whatever database is named.
if [ -z "${WANGGE_DATABASE_URL:-}" ] || [ "$purpose" = dev ]; then
    { ls /usr/share/postgresql/*/extension/postgis.control && ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 ||
        need postgis-server
fi
[ -x .venv/bin/python ] || python3 -c 'import ensurepip' 2>/dev/null || need python3-venv
if [ "$purpose" = dev ]; then
    # Ubuntu calls it chromium-browser, a package that brings the snap.
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || need chromium
    # Playwright's driver is linked against it.
    ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || need libatomic1
    ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || need fonts-noto-cjk
fi

if [ -n "$missing" ]; then
    name_packages() {
        version=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)
        version=${version:-15}
        browser=chromium
        apt-cache show chromium >/dev/null 2>&1 || browser=chromium-browser
        packages=$(echo "$missing" | sed -e "s/ postgis-server/ postgresql-$version postgresql-$version-postgis-3/" \
            -e "s/ chromium/ $browser/")
    }
    name_packages
    ask() { echo "Please install these packages, then run the same command again:$packages" >&2; exit 1; }
    command -v apt-get >/dev/null 2>&1 || ask
    if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null 2>&1; then as_root="sudo"; else ask; fi
    # Debian's own cluster is not wanted: ours is private to this checkout. An operator's choice is left alone.
    conf=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$conf" ]; then
        $as_root mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" | $as_root tee "$conf" >/dev/null
    fi
    $as_root apt-get update -qq || true
    name_packages
    echo "Installing packages:$packages"
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold $packages >/dev/null || ask
fi

lock=requirements/$purpose.lock
stamp=.venv/wangge-$(sha256sum "$lock" | cut -c1-16)
if [ ! -e "$stamp" ]; then
    [ -x .venv/bin/python ] || { echo "Making the virtual environment"; python3 -m venv .venv; }
    echo "Installing locked Python packages ($lock)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    touch "$stamp"
fi
echo "Compiling kernels"
.venv/bin/python -m compileall -q gis api maps
.venv/bin/python -m gis.domain.cell_index
