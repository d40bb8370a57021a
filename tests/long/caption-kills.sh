# tests/cli/caption-kills.sh with many more kills.
#   SEED, KILLS (200)
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/.." || exit 1
TESTS=$PWD
O=$(cd "${O:-../build}" && pwd)
make -s -C .. O="$O" all "$O/tests/tools/draw" "$O/tests/tools/latency" "$O/tests/tools/json" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export O TESTS KILLS="${KILLS:-200}" SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8 XDG_CACHE_HOME="$work/cache" \
    XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data"
mkdir "$work/run" && cd "$work/run" && sh "$TESTS/cli/caption-kills.sh"
