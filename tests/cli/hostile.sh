# Hostile names, pipes, full disks, closed pipes, interrupts: nothing breaks and nothing reaches the terminal.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw hue hue.mp4
escape=$(printf '\033')

# Names
for name in '-rf.mp4' "$(printf 'two\nlines.mp4')" "$(printf 'esc\033[31mape.mp4')" "$(printf 'not\377utf8.mp4')" \
    "$(printf 'bell\007.mp4')" "$(printf 'c1\302\2331m.mp4')" "$(printf 'rtl\342\200\256gpj.mp4')" 'sp ace "q".mp4' \
    '%s%n.mp4' '*.mp4x' 'a?b[1].mp4' 'ünïcode-視頻.mp4'; do
    cp hue.mp4 "./$name"
    shown=$(printf '%s' "$name" | tr -cd 'a-zA-Z0-9.%-')
    expect 0 "changes: $shown" changes -- "$name"
    check "shows one change of it: $shown" grep -q '^1 change ' out
    check "writes no control character: $shown" plain out
    refute "writes no C1 control or bidirectional character: $shown" \
        env LC_ALL=C grep -q "$(printf '\302\233\|\342\200\256')" out
    check "keeps the name in the first line: $shown" sh -c 'sed -n 1p out | grep -q "640x360"'
    expect 0 "changes --json: $shown" changes --json -- "$name"
    check "is JSON: $shown" obeys changes-1.json
    check "without a raw control character: $shown" plain out
    expect 0 "changes --csv: $shown" changes --csv -- "$name"
    expect 0 "info: $shown" info -- "$name"
    check "info writes no control character: $shown" plain out
done
expect 0 "a name of UTF-8 is kept" changes --json 'ünïcode-視頻.mp4'
check "as it is" is source.path 'ünïcode-視頻.mp4'
expect 1 "a name of escapes that is not there" changes "$(printf 'gone\033]0;x\007\n.mp4')"
check "is escaped in the error" sh -c '[ "$(wc -l <err)" -eq 1 ] && grep -qF "gone\\x1b]0;x\\x07\\x0a.mp4" err'
check "which is plain" plain err
expect 2 "an option of escapes" changes "--${escape}[31m"
check "is escaped too" plain err

# Pipes
cat hue.mp4 | "$seechange" changes --json - >out 2>err
check "a pipe is read" is 'events.#' 1
cat hue.mp4 | "$seechange" changes --contact-sheet piped.png - >out 2>err
check "and its pictures are still there at the end" [ -s piped.png ]
cat hue.mp4 | "$seechange" frames -o piped - >out 2>err
check "frames of a pipe" [ -s piped/manifest.json ]
"$seechange" changes - <hue.mp4 >out 2>err
check "standard input may be a file" grep -q '^1 change ' out
"$seechange" changes - </dev/null >out 2>err
check "an empty input fails" [ $? -eq 1 ]
"$seechange" changes --jsonl - <&- >out 2>err
check "a closed input fails" [ $? -eq 1 ]

# Output that cannot be written
if [ -e /dev/full ]; then
    for arguments in "changes hue.mp4" "changes --json hue.mp4" "changes --csv hue.mp4" "info hue.mp4" --help \
        --version "help changes" "completion bash" "compare hue.mp4 hue.mp4@5" \
        "changes --explain --effort full hue.mp4"; do
        # shellcheck disable=SC2086
        "$seechange" $arguments >/dev/full 2>err
        check "a full disk is an error: $arguments" [ $? -eq 1 ]
        check "which is told: $arguments" said "cannot write to standard output: No space"
        check "once: $arguments" [ "$(grep -c 'standard output' err)" -eq 1 ]
    done
else
    echo "skip a full disk is an error: no /dev/full"
fi
"$seechange" info hue.mp4 >&- 2>err
check "a closed output is an error" [ $? -eq 1 ]
{ "$seechange" changes --explain --effort full hue.mp4 2>err; echo $? >status; } | head -n 1 >out
check "a reader that leaves early gets its line" [ -s out ]
check "and ends the program as others end" [ "$(cat status)" -eq 141 ]
check "without a word" [ ! -s err ]

# Interrupts
mkfifo pipe
mkdir temporary
export TMPDIR="$PWD/temporary" # of our own: other tests run beside this one
interrupt() {
    signal=$1
    shift
    # Open for reading and writing, so that it never ends: there is always more to come.
    exec 8<>pipe
    cat hue.mp4 >&8
    timeout --preserve-status -s "$signal" 2 "$seechange" "$@" <&8 >out 2>err 8>&-
    code=$?
    exec 8>&-
    [ "$code" -eq "$ends" ]
}
ends=130
check "Ctrl-C ends with 130" interrupt INT changes -
check "and no word of it" [ ! -s err ]
check "and no result" [ ! -s out ]
check "Ctrl-C in frames ends with 130" interrupt INT frames -o broken -
refute "and leaves no unfinished file" sh -c 'ls -A broken 2>/dev/null | grep -q .'
check "Ctrl-C with several files ends with 130" interrupt INT changes --json - hue.mp4
ends=143
check "a termination ends with 143" interrupt TERM changes -
check "no temporary file is left" [ -z "$(ls -A temporary)" ]

# Words on standard error
run changes -q --contact-sheet sheet.jpg hue.mp4
check "--quiet is quiet" [ ! -s err ]
run changes --progress auto hue.mp4
check "no progress where there is no terminal" [ ! -s err ]
# on TERM ARG...: on a terminal, its bytes in out
on() {
    term=$1
    shift
    printf '%s\n' "'$seechange' $* hue.mp4" >line
    TERM=$term script -qec "sh line" /dev/null >out 2>/dev/null </dev/null
}
if command -v script >/dev/null; then
    on xterm changes
    check "a terminal gets colours" grep -q "$escape\[1m" out
    NO_COLOR=1 on xterm changes --progress never
    refute "NO_COLOR takes them away" grep -q "$escape\[" out
    on dumb changes
    refute "and so does a dumb terminal" grep -q "$escape\[" out
    on xterm changes --color never --progress never
    refute "and so does --color never" grep -q "$escape\[" out
else
    echo "skip a terminal gets colours: no script"
fi

# Things that are no media
: >empty.mp4
echo "hello" >text.mp4
mkdir folder.mp4
for file in empty.mp4 text.mp4 folder.mp4 /dev/null; do
    expect 1 "no media: $file" changes "$file"
    check "named in one line: $file" sh -c '[ "$(wc -l <err)" -eq 1 ] && grep -qF "$1" err' sh "$file"
done
