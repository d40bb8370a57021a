# Each call of the system that touches our files may fail: a disk that is full, an unreadable sector, no descriptor left,
# an interrupted call. The command ends by itself, with its answer or a word of what failed; what stands under its final
# name is whole; the same command without the fault then does what is left, and nothing is lost.
#   SEED; FAULTS: how many places of each kind and command are tried (2)
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

if ! command -v strace >/dev/null ||
    ! strace -f -b execve -o probe -e trace=write -e inject=write:error=EIO:when=9999 true 2>err; then
    echo "skip faults of the system: strace is not here, or may not trace"
    exit 0
fi
export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS-}" # which would trace as well
here=$PWD/at
mkdir "$here" clean
"$tools/draw" tiny clean/a.mkv && "$tools/draw" tiny clean/b.mp4 || exit 1
export XDG_CACHE_HOME="$here/cache" TMPDIR="$here/tmp"

begin() { # a folder as it is before the command
    rm -rf "$here"
    mkdir "$here" "$here/tmp"
    cp clean/* "$here/"
    case $name in search | export) cp known.db "$here/seechange.db" ;; esac
}
# The worker is left out: a tracer's way of failing a call is one that its confinement takes for an attack.
under() { timeout -k 5 120 strace -f -b execve -qq -y -o calls "$@" >out 2>err </dev/null; }

# Where its calls touch our files: CALL NUMBER, counted as strace counts, for each thread.
places() {
    awk -v here="$here/" '
        $2 ~ /^[a-z0-9_]+\(/ {
            call = $2; sub(/\(.*/, "", call)
            n = ++count[$1 " " call]
            if (index($0, here)) print call, n
        }' calls | sort -u
}
# Some of them, others with another seed.
chosen() { # CALL
    grep "^$1 " places | awk -v seed="${SEED:-1}" -v most="${FAULTS:-2}" '
        BEGIN { srand(seed) } { line[NR] = $2 }
        END { for (i = 0; i < most && i < NR; i++) { k = i + int(rand() * (NR - i)) + 1
              t = line[i + 1]; line[i + 1] = line[k]; line[k] = t; print line[i + 1] } }'
}

# What a user has of it afterwards: never part of a file.
whole_files() {
    for file in "$here"/frames/*.jpg; do
        [ ! -e "$file" ] || [ "$(tail -c 2 "$file" | od -An -tx1 | tr -d ' ')" = ffd9 ] || { echo "    half: $file"; return 1; }
    done
    for file in "$here"/frames/manifest.json "$here"/*.seechange.json; do
        [ ! -e "$file" ] || "$tools/json" get version <"$file" >/dev/null || { echo "    half: $file"; return 1; }
    done
    for file in "$here"/*.seechange.vtt; do
        [ ! -e "$file" ] || cmp -s "$file" "vtt-${file##*/}" || { echo "    half: $file"; return 1; }
    done
}
fault() { # CALL ERROR WHEN ARG...
    call=$1 error=$2 when=$3
    shift 3
    begin
    under -e trace="$call" -e inject="$call:error=$error:when=$when" "$seechange" "$@"
    status=$?
    ours=$(grep -F '(INJECTED)' calls | grep -F -c "$here/")
    told=$(grep -F '(INJECTED)' calls | grep -F -c '(2<')
    n=$((n + 1))
    hit=$((hit + (ours > 0)))
    why=
    case $status in
    0) [ "$name" = caption ] || cmp -s out "want-$name" || why="another answer, and no error" ;;
    1 | 3) [ -s err ] || [ "$told" -gt 0 ] || [ -s out ] || why="not a word" ;;
    127) [ "$ours" -eq 0 ] || why="exit 127" ;;   # the loader itself could not read a library
    *) why="exit $status" ;;
    esac
    if [ -z "$why" ] && ! whole_files >half; then why=$(cat half); fi
    if [ -z "$why" ]; then   # once more, and all is there
        run "$@"
        if [ "$code" -ne 0 ]; then why="the next run: exit $code: $(tail -n 1 err)"
        elif [ "$name" = caption ]; then
            run search --catalog "$here/seechange.db" --limit 100 picture
            sort out | cmp -s - want-found || why="the next run lost something"
        else cmp -s out "want-$name" || why="the next run answers otherwise"
        fi
    fi
    if [ -z "$why" ]; then
        left=$(find "$here" -name '*.part' -o -name '.*.*' ! -name '.' -o -path "$here/tmp/*" | head -n 1)
        [ -z "$left" ] || why="left behind: $left"
    fi
    [ -z "$why" ] || { bad=$((bad + 1)); printf '    %s %s at %s %s: %s\n' "$name" "$error" "$call" "$when" "$why"; }
}

faults() { # NAME ARG...
    name=$1
    shift
    begin
    under -e trace=read,pread64,write,pwrite64,fsync,fdatasync,ftruncate,rename,openat,mkdir "$seechange" "$@" ||
        { not_ok "$name without a fault"; return; }
    places >places
    cp out "want-$name"
    if [ "$name" = caption ]; then
        for file in "$here"/*.vtt; do cp "$file" "vtt-${file##*/}"; done
        cp "$here/seechange.db" known.db
        run search --catalog "$here/seechange.db" --limit 100 picture
        sort out >want-found
    fi
    n=0 hit=0 bad=0
    while read -r call errors; do
        for when in $(chosen "$call"); do
            for error in $errors; do fault "$call" "$error" "$when" "$@"; done
        done
    done <<EOF
read EIO EINTR
pread64 EIO EINTR
write ENOSPC EINTR
pwrite64 ENOSPC
fsync EIO
fdatasync EIO
ftruncate ENOSPC
rename EACCES
openat EMFILE
mkdir ENOSPC
EOF
    if [ "$bad" -eq 0 ] && [ "$hit" -gt 0 ]; then ok "$name: $n faults, $hit of them at our files"
    else not_ok "$name: $n faults, $hit at our files, $bad went wrong"; fi
}

faults changes changes --json "$here/a.mkv"
faults frames frames "$here/a.mkv" -o "$here/frames"
faults ask ask --json --service embedded "$here/b.mp4"
faults caption caption --service embedded --quiet --write vtt,json "$here"
faults search search --catalog "$here/seechange.db" --limit 100 picture
faults export export --catalog "$here/seechange.db" --format csv
