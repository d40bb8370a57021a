# Damaged media by the thousand: whatever the files say, the program ends by itself in time, with a whole answer that
# obeys its schema or one line that says what failed, for each of them. A worker that dies is contained, and counted: its
# file is kept. Files go many to a run, so that one's leavings would hurt the next.
#   SEED, SOAK_SECONDS (600), SOAK_FILES (as many as fit into the time)
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
seed=${SEED:-1}
seconds=${SOAK_SECONDS:-600}
most=${SOAK_FILES:-1000000}
O=$(cd "${O:-build}" && pwd)
shared=$(cd "${SEECHANGE_SHARED:-../shared}" 2>/dev/null && pwd)/videos
tools=$O/tests/tools
make -s O="$O" "$tools/draw" "$tools/mutate" "$tools/json" || exit 1
export SEECHANGE_WORKER="${SEECHANGE_WORKER:-$O/seechange-worker}" LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
mkdir "$work/tmp" "$work/whole" "$work/large" "$work/damaged" "$work/broken"
export TMPDIR="$work/tmp"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for ending in mp4 mkv webm gif avi ts mpg; do "$tools/draw" tiny "$work/whole/drawn.$ending" || exit 1; done
for format in jpeg png; do
    "$O/seechange" frames "$work/whole/drawn.mkv" -o "$work/stills-$format" --format "$format" >/dev/null 2>&1 || exit 1
    for still in "$work/stills-$format"/*.[jp]*g; do cp "$still" "$work/whole/still.$format"; done
done
# Real ones, where there are some: those that are decoded in a moment, the larger of them less often.
if [ -d "$shared/real" ]; then
    find "$shared/real" -type f -size -500k ! -name '*.json' ! -name '*.csv' | sort | while read -r file; do
        if [ "$(wc -c <"$file")" -lt 120000 ]; then cp "$file" "$work/whole/"; else cp "$file" "$work/large/"; fi
    done
fi
for small in "$work"/whole/*; do printf '%s\n%s\n%s\n' "$small" "$small" "$small"; done >"$work/sources"
for large in "$work"/large/*; do [ -e "$large" ] && echo "$large"; done >>"$work/sources"

# What the program is to say of the undamaged, to tell an answer that differs.
changes() { # EFFORT OUT FILE...
    effort=$1 out=$2
    shift 2
    timeout -k 5 900 "$O/seechange" changes --no-cache --jsonl --progress never --stall 20s --effort "$effort" -- "$@" \
        >"$out" 2>"$work/said"
    status=$?
}
mkdir "$work/all" && cp "$work"/whole/* "$work/all/"
cp "$work"/large/* "$work/all/" 2>/dev/null
for effort in normal full; do
    cd "$work/all" || exit 1
    changes "$effort" "$work/known-$effort" ./*
    cd "$top" || exit 1
    sed -i 's,"path": "\./,"path": ",' "$work/known-$effort"
done

# The outcome of each of a run's files, a line each: NAME OUTCOME. Files are called N-NAME after what they were made of.
outcomes() { # KNOWN LIST
    awk -v list="$2" -v disobey="$work/disobey" -v said="$work/said" -v known="$1" '
        function name(line) { match(line, /"path": "[^"]*"/); return substr(line, RSTART + 9, RLENGTH - 10) }
        function rest(line) { sub(/"path": "[^"]*", /, "", line); return line }
        FILENAME == list { files[++n] = $0; next }
        FILENAME == disobey { bad[$1] = 1; next }
        FILENAME == known { whole[name($0)] = whole[name($0)] rest($0); next }
        FILENAME == said {
            for (i = 1; i <= n; i++)
                if (index($0, "\047./" files[i] "\047")) {
                    words[files[i]] = $0
                    if ($0 ~ /crashed|decoder stopped|misbehaved|the worker .* ended/) died[files[i]] = "crash"
                    if ($0 ~ /made no progress/) died[files[i]] = "stall"
                }
            next
        }
        {
            f = name($0)
            told[f] = told[f] rest($0)
            if ($0 ~ /"n_packets": [1-9]/) damage[f] = 1
            if (FNR in bad) disobeys[f] = 1
        }
        END {
            for (i = 1; i <= n; i++) {
                f = files[i]; of = f; sub(/^[0-9]*-/, "", of)
                if (disobeys[f]) o = "wrong disobeys its schema"
                else if (died[f]) o = "contained " died[f]
                else if (!told[f]) o = words[f] ? "error" : "wrong without a word"
                else if (damage[f]) o = "answered damage-told"
                else if (!whole[of]) o = "answered"
                else if (told[f] == whole[of]) o = "answered as-undamaged"
                else o = "answered differs"
                print f "\t" o "\t" words[f]
            }
        }' "$2" "$work/disobey" "$1" "$work/said" "$work/out"
}

mkdir -p "$O/soak"
: >"$work/outcomes"
# All files of the folder at once.
try() { # FOLDER EFFORT KEPT-AS
    cd "$1" || exit 1
    find . -type f | sed 's,^\./,,' | sort >"$work/list"
    changes "$2" "$work/out" ./*
    cd "$top" || exit 1
    sed -i 's,"path": "\./,"path": ",' "$work/out"
    "$tools/json" lines docs/json-schema/changes-line-1.json <"$work/out" >"$work/disobey" 2>/dev/null
    outcomes "$work/known-$2" "$work/list" >"$work/now"
    ended=
    case $status in
    0 | 1 | 3) ;;
    124 | 137) ended="parent hung" ;;
    *) ended="parent exit $status" ;;
    esac
    if grep -a -E 'Sanitizer|runtime error' "$work/said" >"$work/found"; then ended="parent $(head -n 1 "$work/found")"; fi
    if [ "$ended" ]; then
        printf '%s\t%s\n' "$3" "$ended" >>"$work/outcomes"
        cp -r "$1" "$O/soak/$3"
        echo "$O/soak/$3: $ended: $(tail -n 1 "$work/said" | cut -c 1-200)"
    fi
    cut -f 1,2 "$work/now" >>"$work/outcomes"
    grep -E "$(printf '\t')(contained|wrong)" "$work/now" | while IFS=$(printf '\t') read -r file outcome words; do
        cp "$1/$file" "$O/soak/$3-$file"
        echo "$O/soak/$3-$file: $outcome: $words"
    done
}
count() { grep -c "$(printf '\t')$1" "$work/outcomes"; }
summary() {
    echo "$(count '') in all: $(count answered) answered ($(count 'answered damage') with the damage told," \
        "$(count 'answered as') as the undamaged, $(count 'answered differs') otherwise), $(count error) clear errors," \
        "$(count contained) contained, $(count parent) parent, $(count wrong) wrong"
}
good() { [ "$(count parent)" -eq 0 ] && [ "$(count wrong)" -eq 0 ]; }

if [ -d "$shared/broken" ]; then
    for file in "$shared"/broken/*; do
        [ "${file##*/}" = README.tsv ] && continue
        rm -f "$work"/broken/*
        cp "$file" "$work/broken/"
        try "$work/broken" normal broken
        awk -F '\t' '{ printf "  %-26s %s%s\n", $1, $2, $3 ? ": " $3 : "" }' "$work/now" | cut -c 1-190
    done
    if good; then echo "ok the broken files: $(summary)"; else echo "not ok the broken files: $(summary)"; fi
    : >"$work/outcomes"
fi
end=$(($(date +%s) + seconds))
n=0
while [ "$(date +%s)" -lt "$end" ] && [ "$n" -lt "$most" ]; do
    rm -f "$work"/damaged/*
    batch=$n
    while [ "$n" -lt $((batch + 40)) ] && [ "$n" -lt "$most" ]; do
        many=$(wc -l <"$work/sources")
        whole=$(sed -n "$((n % many + 1))p" "$work/sources")
        other=$(sed -n "$(((n * 7 + n / many) % many + 1))p" "$work/sources")
        "$tools/mutate" "$((seed + n))" "$whole" "$work/damaged/$n-${whole##*/}" "$other" || exit 1
        n=$((n + 1))
    done
    if [ $((batch / 40 % 3)) -eq 2 ]; then effort=full; else effort=normal; fi
    try "$work/damaged" "$effort" "$((seed + batch))"
done
left=$(find "$work/tmp" -mindepth 1 | head -n 3)
[ -z "$left" ] || echo "left behind: $left"
if good && [ -z "$left" ]; then echo "ok damaged files, SEED=$seed: $(summary)"
else echo "not ok damaged files, SEED=$seed: $(summary)"; fi
