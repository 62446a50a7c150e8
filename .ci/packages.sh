# Debian's packages that the run needs; sourced by .ci/run.

PACKAGES=(
    python3 python3-venv python3-dev gcc pkg-config make gettext # Python, and what builds mysqlclient
    libmariadb-dev mariadb-server postgresql redis-server        # the servers, and MariaDB's client library
    chromium fonts-dejavu-core fonts-liberation                  # the browser, and fonts for its pages
    chromium-driver firefox-esr webkit2gtk-driver xvfb procps    # the browser matrix: the engines, and a screen for WebKit
    nginx-light                                                  # a full-page cache in front of the site
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0         # what weasyprint lays out PDFs with
)

# install_packages: install those that are missing, without asking and without starting what they bring.
install_packages() {
    local package missing=()
    for package in "${PACKAGES[@]}"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "all there"
        return
    fi
    echo "installing ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" # asked by Debian's packages: do not start
        chmod +x "$policy"
    else
        policy=
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
    if [ -n "$policy" ]; then
        rm "$policy"
    fi
}
