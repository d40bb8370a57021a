# Killed at any moment: a killed worker costs its video and one line, a killed program takes its worker along, and
# nothing half written stands under a finished name.
#   SEED, KILLS (60)
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
kills=${KILLS:-60}
O=$(cd "${O:-build}" && pwd)
make -s O="$O" "$O/tests/tools/draw" || exit 1
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
film=$work/page.mkv
"$O/tests/tools/draw" page "$film" || exit 1

worker_of() { cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2>/dev/null; }
pause() { awk -v seed="$((${SEED:-1} + $1))" 'BEGIN { srand(seed); printf "%.3f\n", rand() * 0.6 }'; }
gone() { # PID, within two seconds
    i=0
    while [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; do
        i=$((i + 1))
        [ "$i" -lt 40 ] || return 1
        sleep 0.05
    done
}

n=0 bad=0 hit=0
complain() { bad=$((bad + 1)); echo "$*"; }
while [ "$n" -lt "$kills" ]; do
    n=$((n + 1))
    rm -rf "$work/frames"
    "$O/seechange" frames "$film" -o "$work/frames" --effort full --no-cache >"$work/out" 2>"$work/said" &
    program=$!
    sleep "$(pause "$n")"
    worker=$(worker_of "$program")
    case $((n % 3)) in
    0) victim=$worker signal=KILL ;;
    1) victim=$program signal=KILL ;;
    2) victim=$program signal=INT ;;
    esac
    [ -n "$victim" ] && kill -s "$signal" "$victim" 2>/dev/null && hit=$((hit + 1))
    wait "$program" 2>/dev/null
    status=$?
    if [ $((n % 3)) -eq 0 ] && [ "$status" -ne 0 ] && [ "$status" -ne 1 ]; then
        complain "worker killed: exit $status: $(cat "$work/said")"
    fi
    if [ $((n % 3)) -eq 0 ] && [ "$status" -eq 1 ] && [ "$(wc -l <"$work/said")" -lt 1 ]; then
        complain "worker killed: not a word"
    fi
    if [ -n "$worker" ] && ! gone "$worker"; then complain "the worker outlived the program ($signal)"; fi
    for file in "$work"/frames/*.jpg; do
        [ -e "$file" ] || continue
        [ "$(tail -c 2 "$file" | od -An -tx1 | tr -d ' ')" = ffd9 ] || complain "half a picture: ${file##*/} ($signal)"
    done
done
if [ "$bad" -eq 0 ] && [ "$hit" -gt 0 ]; then echo "ok $n kills, $hit of them in time"
else echo "not ok $n kills: $bad ended badly, $hit hit"; fi
