# What is around a run may be missing, in the way, or change under it: the media while it is read, a home, memory,
# descriptors, the standard ones, the locale. It ends by itself, says what is wrong, and remembers nothing that is not so.
# shellcheck shell=sh disable=SC2154,SC3045
set -u
. "$TESTS/kit/lib.sh"

"$tools/draw" tiny tiny.mkv && "$tools/draw" tiny tiny.mp4 || exit 1
sane() { [ "$code" -lt 128 ] && [ "$code" -ne 124 ]; }

# ---- the media, while it is read ----

frame() { printf 'FRAME\n' && head -c 460800 /dev/zero | tr '\000' "$1"; }
frame '\100' >dark && frame '\200' >light
half() { # SHADE
    i=0
    while [ "$i" -lt 80 ]; do cat "$1"; i=$((i + 1)); done
}
{ echo 'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg' && half dark && half light; } >whole.y4m
worker_of() { cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2>/dev/null; }
has_read() { awk '/^rchar/ { print $2 }' "/proc/$1/io" 2>/dev/null; }

# meanwhile COMMAND...: run changes on film.y4m and do that when a part of it is read, and no more
meanwhile() {
    tries=0
    while [ "$tries" -lt 40 ]; do
        tries=$((tries + 1))
        rm -rf film.y4m cache
        cp whole.y4m film.y4m
        XDG_CACHE_HOME=$PWD/cache "$seechange" changes --json --effort full film.y4m >out 2>err </dev/null &
        program=$!
        worker=
        while kill -0 $program 2>/dev/null; do
            [ -n "$worker" ] || worker=$(worker_of $program)
            [ -n "$worker" ] && [ "$(has_read "$worker")" -gt 4000000 ] 2>/dev/null && break
        done
        [ -n "$worker" ] && kill -STOP "$worker" 2>/dev/null
        read=$(has_read "${worker:-none}")
        if [ "${read:-0}" -gt 4000000 ] && [ "$read" -lt 50000000 ]; then
            "$@"
            kill -CONT "$worker"
            wait $program
            code=$?
            return 0
        fi
        [ -n "$worker" ] && kill -CONT "$worker" 2>/dev/null
        wait $program
    done
    return 1
}
# What the cache says is what the file says.
knows() {
    XDG_CACHE_HOME=$PWD/cache run changes --json --effort full film.y4m
    cp out first
    run changes --json --effort full --no-cache film.y4m
    cmp -s first out
}
is_told() { case $code in 0) obeys changes-1.json ;; 1) [ "$(wc -l <err)" -eq 1 ] ;; *) false ;; esac; }
cut_off() { truncate -s 2000000 film.y4m; }
overwritten() { { echo 'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg' && half light && half light; } >film.y4m; }
exchanged() { { echo 'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg' && half light && half dark; } >new && mv new film.y4m; }
if [ -r /proc/self/io ] && [ -r /proc/self/task/$$/children ]; then
    if meanwhile rm film.y4m; then
        check "media deleted while read: it is read to its end" is decoded 160
    else echo "skip media deleted while read: it was read too quickly"; fi
    for change in cut_off overwritten exchanged; do
        if meanwhile $change; then
            check "media $change while read: an answer or a line" is_told
            check "media $change while read: nothing wrong is remembered of it" knows
        else echo "skip media $change while read: it was read too quickly"; fi
    done
else
    echo "skip media that changes while it is read: no /proc to see how far it is"
fi
rm -rf whole.y4m film.y4m cache

# ---- no home, and one that can't be written ----

run changes --json --no-cache tiny.mkv
cp out want
same() { [ "$code" -eq 0 ] && cmp -s out want; }
bare() { env -i PATH="$PATH" SEECHANGE_WORKER="${SEECHANGE_WORKER-}" ASAN_OPTIONS="${ASAN_OPTIONS-}" "$@"; }
bare "$seechange" changes --json tiny.mkv >out 2>err </dev/null
code=$?
check "with an empty environment the answer is the same" same
bare "$seechange" services >out 2>err </dev/null
check "and services are listed" [ $? -eq 0 ]
for home in /proc /nowhere/at/all /dev/null ''; do
    bare HOME="$home" "$seechange" changes --json tiny.mkv >out 2>err </dev/null
    code=$?
    check "HOME='$home': the same answer" same
    bare HOME="$home" "$seechange" ask --service embedded tiny.mkv >out 2>err </dev/null
    check "HOME='$home': a question is answered" [ $? -eq 0 ]
done
mkdir ar && cp tiny.mkv tiny.mp4 ar/
bare HOME=/proc "$seechange" caption --service embedded ar >out 2>err </dev/null
check "videos are captioned without a home" [ $? -eq 0 ]

# ---- the locale ----

cp tiny.mkv 'ünï 視頻.mkv'
for locale in C POSIX de_NOWHERE.latin1; do
    LC_ALL=$locale run changes --json tiny.mkv
    check "locale $locale: the same answer" same
    LC_ALL=$locale run changes --json 'ünï 視頻.mkv'
    check "locale $locale: a name of UTF-8 is read" is source.path 'ünï 視頻.mkv'
    LC_ALL=$locale run search --in ar picture
    check "locale $locale: words are found" [ "$code" -eq 0 ]
done

# ---- the standard descriptors ----

for arguments in "changes tiny.mkv" "info tiny.mkv" "ask --service embedded tiny.mkv" "search --in ar picture" \
    "export --in ar" "archive status --catalog ar/seechange.db" services prompts "compare tiny.mkv tiny.mkv@1" help; do
    # shellcheck disable=SC2086
    "$seechange" $arguments >&- 2>err </dev/null
    code=$?
    check "no standard output: $arguments" sh -c '[ "$1" -eq 1 ] && [ -s err ]' sh "$code"
    # shellcheck disable=SC2086
    "$seechange" $arguments >out 2>&- <&-
    check "no standard error and input: $arguments" [ $? -eq 0 ]
done
{ "$seechange" export --in ar --format html 2>err; echo $? >status; } | head -c 1 >out
check "a reader of export that leaves early ends it as others" sh -c 'case $(cat status) in 0 | 141) ;; *) false ;; esac'
rm -f ar/seechange.db*
"$seechange" caption --service embedded --write vtt ar >&- 2>&- <&-
expect 0 "a catalogue begun without any standard descriptor is whole" archive verify --catalog ar/seechange.db
expect 0 "is gone on with" caption --service embedded --write vtt ar
check "and complete" said ", 0 failed"
check "with whole files" sh -c 'for f in tiny.mkv tiny.mp4; do head -n 1 ar/$f.seechange.vtt | grep -q ^WEBVTT || exit 1; done'

# ---- descriptors and memory ----

# A number that is too small ends in a line, from the loader at worst; enough is enough.
bad=
for most in 4 5 6 7 8 9 10 12 14 16 20 24; do
    (ulimit -n "$most" && exec timeout 60 "$seechange" changes --json tiny.mkv) >out 2>err </dev/null
    code=$?
    { same || { [ "$code" -ne 0 ] && sane && [ -s err ]; }; } || bad="$bad $most"
done
check "with few descriptors: an answer or a line$bad" [ -z "$bad" ]
check "with 24 an answer" same
bad=
for most in 6 8 10 12 14 16 20; do
    rm -f ar/seechange.db*
    (ulimit -n "$most" && exec timeout 60 "$seechange" caption --service embedded ar) >out 2>err </dev/null
    code=$?
    { sane && [ -s err ]; } || bad="$bad $most:$code"
    run caption --service embedded ar
    [ "$code" -eq 0 ] || bad="$bad $most:later"
done
check "captioning with few descriptors loses nothing$bad" [ -z "$bad" ]
if [ -n "${ASAN_OPTIONS-}${TSAN_OPTIONS-}" ] || readelf -sW "$seechange" 2>/dev/null | grep -q '__[at]san_'; then
    echo "skip little memory: a sanitizer wants all of it"
else
    bad=
    for kib in 20000 40000 60000 80000 100000 120000 150000 200000 300000 500000; do
        (ulimit -v "$kib" && exec timeout 60 "$seechange" changes --json tiny.mkv) >out 2>err </dev/null
        code=$?
        { same || { [ "$code" -ne 0 ] && sane && [ -s err ]; }; } || bad="$bad $kib:$code"
    done
    check "with little memory: an answer or a line$bad" [ -z "$bad" ]
    check "with 500 MB of addresses an answer" same
fi
