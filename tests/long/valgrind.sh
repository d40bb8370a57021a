# The unit tests, and the program and its worker over a small film, under valgrind.
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
if ! command -v valgrind >/dev/null; then
    echo "skip valgrind: not installed"
    exit 0
fi
O=$(cd "${O:-build}" && pwd)
TESTS=$PWD/tests
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=stdout O TESTS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export HOME="$work" XDG_CONFIG_HOME="$work" XDG_CACHE_HOME="$work"
check() { # NAME COMMAND...
    name=$1
    shift
    rm -f "$work"/vg.*
    (cd "$work" && timeout 1800 valgrind -q --trace-children=yes --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite --log-file="$work/vg.%p" "$@") >"$work/log" 2>&1 </dev/null
    status=$?
    if [ "$status" -eq 0 ] && ! grep -q '^==' "$work"/vg.*; then
        echo "ok valgrind $name"
    else
        cat "$work"/vg.* | head -n 40
        tail -n 10 "$work/log"
        echo "not ok valgrind $name (exit $status)"
    fi
}
for source in tests/unit/test_*.c; do
    name=${source##*/}
    name=${name%.c}
    check "$name" "$O/tests/unit/$name"
done
make -s O="$O" "$O/tests/tools/draw" || exit 1
"$O/tests/tools/draw" tiny "$work/film.mkv"
check "changes" "$O/seechange" changes film.mkv --json --effort full
check "frames" "$O/seechange" frames film.mkv -o frames
check "ask" "$O/seechange" ask film.mkv --service embedded
