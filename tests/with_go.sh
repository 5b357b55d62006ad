#!/bin/sh
# with_go.sh RELEASE COMMAND...: runs the command with `go` being that release (go_releases.sh
# lists them).
#
# Releases come from the Go module proxy: a `go` since 1.21 fetches others itself (GOTOOLCHAIN); an
# older one fetches the newest as a module, which then fetches the rest. What is fetched is kept.
# Exits with 77, saying why, if the release cannot be had.
set -u
newest=$("$(dirname "$0")/go_releases.sh" newest) || exit 1
release=$1
shift

skip()
{
    echo "skipped: $release cannot be had: $*"
    exit 77
}

# A Go that knows no GOTOOLCHAIN: unpacks the newest where our own things are cached.
fetch_by_old_go()
{
    home=${XDG_CACHE_HOME:-$HOME/.cache}/ctxtrace
    mkdir -p "$home" && exec 9>"$home/lock" && flock 9 || return 1
    if [ ! -d "$home/$newest" ]; then
        found=$(cd "$home" && GOFLAGS='' go mod download -json \
            "golang.org/toolchain@v0.0.1-$newest.linux-amd64" 2>/dev/null |
            sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
        [ -n "$found" ] && rm -rf "$home/unpacking" && cp -r "$found" "$home/unpacking" || return 1
        chmod -R u+w "$home/unpacking"
        chmod +x "$home"/unpacking/bin/* "$home"/unpacking/pkg/tool/*/*
        # Modules cannot hold other modules, so their go.mod files are kept under another name.
        find "$home/unpacking" -name _go.mod | while read -r file; do
            mv "$file" "${file%_go.mod}go.mod"
        done
        mv "$home/unpacking" "$home/$newest"
    fi
    exec 9>&-
    PATH=$home/$newest/bin:$PATH
    export PATH
}

command -v go >/dev/null || skip "there is no \`go\` to begin with (Debian: golang-go)"
minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
if [ "${minor:-99}" -lt 21 ] && [ "$(go env GOVERSION)" != "$release" ]; then
    fetch_by_old_go || skip "the Go module proxy does not answer"
fi
GOTOOLCHAIN=$release
GO111MODULE=on
export GOTOOLCHAIN GO111MODULE
[ "$(timeout 300 go env GOVERSION 2>/dev/null)" = "$release" ] ||
    skip "the Go module proxy does not answer, or does not have it"
exec "$@"
