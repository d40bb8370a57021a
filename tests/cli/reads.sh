# Files are read as some file systems give them: less at once than was asked for, interrupted, and with sectors that can't
# be read. Both programs do with it.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

if readelf -sW "$seechange" 2>/dev/null | grep -q '__[at]san_'; then
    echo "skip reads that give less or fail: a sanitizer wants to be loaded first"
    exit 0
fi
mkdir clean
"$tools/draw" tiny clean/a.mkv && "$tools/draw" tiny clean/b.ts || exit 1
printf '#!/bin/sh\nexport LD_PRELOAD="%s" FAULTY_READS="$(cat "%s")"\nexec "%s"\n' "$O/tests/preload/reads.so" \
    "$PWD/reads" "${SEECHANGE_WORKER:-$O/seechange-worker}" >worker
chmod +x worker
reading() { # HOW ARG...: both programs read so
    echo "$1" >reads
    shift
    SEECHANGE_WORKER=$PWD/worker LD_PRELOAD=$O/tests/preload/reads.so FAULTY_READS=$(cat reads) \
        timeout 120 "$seechange" "$@" >out 2>err </dev/null
    code=$?
}
"$tools/draw" page clean/page.mp4
run frames clean/a.mkv -o stills
for still in stills/*.jpg; do cp "$still" clean/still.jpg; done
run frames clean/a.mkv -o pngs --format png
for still in pngs/*.png; do cp "$still" clean/still.png; done
for file in clean/*; do
    run changes --json --no-cache "$file"
    cp out want
    for how in short EINTR:2 EINTR:3; do
        reading $how changes --json --no-cache "$file"
        check "${file#clean/}, reads $how: the same answer" cmp -s out want
    done
    bad='' errors=0
    for at in 1 2 3 4 6 9 14; do
        reading EIO:$at changes --json --no-cache "$file"
        case $code in
        0) cmp -s out want || "$tools/json" get damage.first_s <out | grep -q '[0-9]' || bad="$bad $at:answer" ;;
        1)
            errors=$((errors + 1))
            [ "$(wc -l <err)" -eq 1 ] || bad="$bad $at:$(wc -l <err) lines"
            ;;
        *) bad="$bad $at:exit $code" ;;
        esac
    done
    check "${file#clean/}, a sector that can't be read: an answer or a line$bad" [ -z "$bad" ]
    check "${file#clean/}: the first one is told" [ "$errors" -gt 0 ]
done
mkdir ar && cp clean/a.mkv clean/page.mp4 ar/
reading short caption --service embedded --write vtt ar
check "videos are captioned with short reads" [ "$code" -eq 0 ]
reading short search --in ar picture
check "and found" [ "$code" -eq 0 ]
reading EINTR:3 export --in ar
check "and exported with interrupted ones" [ "$code" -eq 0 ]
