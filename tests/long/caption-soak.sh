# One run of captions over good and damaged files, with a server of which every fourth answer is none: the memory, the
# descriptors and the children of the program at its end are those of its beginning, no file is lost, and each failure has
# its reason.
#   SEED, SOAK_FILES (250; the server takes 4096 connections), a third of them damaged
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
seed=${SEED:-1}
files=${SOAK_FILES:-250}
O=$(cd "${O:-build}" && pwd)
tools=$O/tests/tools
make -s O="$O" all "$tools/draw" "$tools/mutate" "$tools/latency" "$tools/json" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8 XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
mkdir "$work/ar" "$work/tmp"
export TMPDIR="$work/tmp"

for ending in mp4 mkv webm gif ts; do "$tools/draw" tiny "$work/whole.$ending" || exit 1; done
n=0
while [ "$n" -lt "$files" ]; do
    for whole in "$work"/whole.*; do
        file=$work/ar/$n.${whole##*.}
        if [ $((n % 3)) -eq 0 ]; then "$tools/mutate" $((seed + n)) "$whole" "$file"
        else cp "$whole" "$file"; fi
        echo "$n" >>"$file"      # each a content of its own
        n=$((n + 1))
    done
done

mkfifo "$work/hold"
"$tools/latency" 5 "$work/asked" 4 <"$work/hold" >"$work/url" &
server=$!
exec 9>"$work/hold"
while [ ! -s "$work/url" ]; do sleep 0.05; done
"$O/seechange" caption --no-cache --no-stream --base-url "$(cat "$work/url")" --max-failures 1000000 --requests 8 \
    "$work/ar" >"$work/out" 2>"$work/said" 9>&- </dev/null &
program=$!
# KiB of memory, descriptors, children; from a fifth of the way on.
while kill -0 $program 2>/dev/null; do
    echo "$(awk '/^VmRSS/ { print $2 }' /proc/$program/status 2>/dev/null)" \
        "$(ls /proc/$program/fd 2>/dev/null | wc -l)" "$(cat /proc/$program/task/*/children 2>/dev/null | wc -w)"
    sleep 0.5
done >"$work/samples"
wait $program
code=$?
exec 9>&-
wait $server
grep -E '^[0-9]+ [1-9][0-9]* [0-9]' "$work/samples" >"$work/kept"
tail -n 1 "$work/said"
awk '
    { rss[NR] = $1; fd[NR] = $2; child[NR] = $3 }
    END {
        from = int(NR / 5) + 1; third = int((NR - from + 1) / 3)
        if (third < 3) { print "too few looks at it: " NR; exit 1 }
        for (i = 0; i < third; i++) {
            a += rss[from + i]; b += rss[NR - i]
            if (fd[from + i] > fa) fa = fd[from + i]
            if (fd[NR - i] > fb) fb = fd[NR - i]
            if (child[from + i] > ca) ca = child[from + i]
            if (child[NR - i] > cb) cb = child[NR - i]
        }
        printf "memory %d KiB, then %d; descriptors at most %d, then %d; children at most %d, then %d (%d looks)\n",
            a / third, b / third, fa, fb, ca, cb, NR
        exit b > a * 1.1 + 2048 * third || fb > fa + 4 || cb > ca + 1
    }' "$work/kept" >"$work/figures"
flat=$?
cat "$work/figures"
left=$(find "$work/tmp" -mindepth 1 | head -n 1)
"$O/seechange" archive status --json --catalog "$work/ar/seechange.db" >"$work/status" 2>"$work/said2"
known=$("$tools/json" get videos <"$work/status")
if [ "$code" -le 3 ] && [ "$known" -eq "$n" ] && ! grep -q 'stopped:' "$work/said" && [ "$flat" -eq 0 ] && [ -z "$left" ]; then
    echo "ok captions of $n files with a flaky server: $(cat "$work/figures")"
else
    echo "not ok captions of $n files (exit $code): $(cat "$work/figures") $left"
fi
