# The command line: help, mistakes, exit codes, completions.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

commands="browse changes frames compare ask caption search archive export info services models doctor help completion"

expect 0 "--version" --version
version=$(sed -n 's/^#define SC_VERSION "\(.*\)"/\1/p' "$root/include/seechange.h")
check "the version is the header's" grep -qx "seechange $version" out
expect 0 "--help" --help
for command in $commands; do
    check "--help names $command" grep -q "^  $command " out
done
expect 2 "no command" ""
run
check "nothing at all is wrong usage" [ "$code" -eq 2 ]
check "and tells how to begin" said "seechange changes FILE"

for command in $commands; do
    expect 0 "$command --help" "$command" --help
    check "$command --help shows how to use it" grep -q "^usage: seechange $command" out
    check "$command --help has examples" grep -q '^EXAMPLES$' out
    check "$command --help fits 80 columns" awk 'length > 80 { exit 1 }' out
    check "$command --help says nothing on standard error" [ ! -s err ]
    cp out help
    expect 0 "help $command" help "$command"
    check "help $command is the same" cmp -s help out
done

# mistake CODE WORDS ARG...: what is said of it, in one line
mistake() {
    words=$1
    shift
    expect 2 "wrong usage: $*" "$@"
    check "says: $words" said "$words"
    check "in one line" [ "$(wc -l <err)" -eq 1 ]
    check "that begins with the program's name" grep -q '^seechange: ' err
    check "and nothing on standard output" [ ! -s out ]
}
mistake "did you mean '--contact-sheet'?" changes --contact-shet x.jpg a.mp4
mistake "did you mean '--contact-sheet'?" changes --contact x.jpg a.mp4
mistake "did you mean '--json'?" changes --jsno a.mp4
mistake "did you mean '--max-images'?" ask --max-image 3 a.mp4
mistake "unknown option '--frobnicate'; 'seechange changes --help' lists them" changes --frobnicate a.mp4
mistake "unknown option '-z'" changes -z a.mp4
mistake "did you mean 'changes'?" chnages a.mp4
mistake "unknown command 'frobnicate'" frobnicate
mistake "options follow the command" --json changes a.mp4
mistake "needs FILE" changes
mistake "needs A B" compare a.png
mistake "quote words" ask a.mp4 what changed
mistake "--fps needs a value" changes a.mp4 --fps
mistake "-o needs a value" frames a.mp4 -o
mistake "--json takes no value" changes --json=yes a.mp4
mistake "'fast' is not normal or full" changes --effort fast a.mp4
mistake "'0' is not a number" changes --fps 0 a.mp4
mistake "'nan' is not a number" changes --fps nan a.mp4
mistake "'0x10' is not a number" changes --fps 0x10 a.mp4
mistake "'1.5' is not a number from 0 to 1" changes --sensitivity 1.5 a.mp4
mistake "'-1' is not a number" changes --max-frames -1 a.mp4
mistake "'99999999999999999999' is not a number" changes --max-frames 99999999999999999999 a.mp4
mistake "'soon' is not a time" changes --from soon a.mp4
mistake "'1,2,3' is not X,Y,W,H" changes --crop 1,2,3 a.mp4
mistake "'0,0,0,5' is not X,Y,W,H" changes --crop 0,0,0,5 a.mp4
mistake "'1,2,3' is not X,Y,W,H" changes --ignore 0,0,9,9 --ignore 1,2,3 a.mp4
mistake "'101' is not a number from 0 to 100" changes --min-size 101 a.mp4
mistake "'red' is not a colour" changes --background red a.mp4
mistake "exclude each other" changes --fps 5 --every 2 a.mp4
mistake "--to must be later than --from" changes --from 10 --to 5 a.mp4
mistake "exclude each other" changes --json --csv a.mp4
mistake "one FILE at a time" changes --contact-sheet a.jpg a.mp4 b.mp4
mistake "must end with .jpg or .png" changes --contact-sheet a.bmp a.mp4
mistake "needs -o DIR" frames a.mp4
mistake "'10' is not a number" frames --max-side 10 -o d a.mp4
mistake "there is bash, zsh and fish" completion tcsh
: >film.mp4
mistake "seechange changes 'film.mp4'" film.mp4
mistake "did you mean 'changes'?" help chages

# Every command that opens a file, on one that is not there
for command in changes frames info compare ask; do
    case $command in
    frames) set -- frames -o d gone.mp4 ;;
    compare) set -- compare gone.png gone.png ;;
    *) set -- "$command" gone.mp4 ;;
    esac
    expect 1 "$command fails on a file that is not there" "$@"
    check "$command names it" said "gone."
    check "$command says it in one line" [ "$(wc -l <err)" -eq 1 ]
done
refute "frames made no folder for it" [ -e d ]

for shell in bash zsh fish; do
    expect 0 "completion $shell" completion "$shell"
    cp out "completion.$shell"
    if command -v "$shell" >/dev/null; then
        check "$shell reads it" "$shell" -n "completion.$shell"
    else
        printf 'skip %s reads its completion: no %s\n' "$shell" "$shell"
    fi
    for command in $commands; do
        "$seechange" help "$command" | sed -n 's/^ .* --\([a-z-]*\).*/\1/p' | while read -r option; do
            case $shell in
            fish) grep -q "from $command' .*-l $option " completion.fish ;;
            zsh) sed -n "/^    $command)/,/;;/p" completion.zsh | grep -q -e "--${option}[^a-z-]" ;;
            bash) sed -n "/^    $command:\*)/,/;;/p" completion.bash | grep -q -e "--${option}[ ']" ;;
            esac || echo "$option"
        done >missing
        check "completion $shell has all options of $command" [ ! -s missing ]
    done
done

# completes WORD...: what bash offers for the last word
completes() {
    bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _seechange
             printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | tr '\n' ' '
}
if command -v bash >/dev/null; then
    check "bash completes a command" [ "$(completes seechange com)" = "compare completion " ]
    check "bash completes an option" [ "$(completes seechange changes --json)" = "--json --jsonl " ]
    check "bash completes a choice" [ "$(completes seechange ask --effort f)" = "full " ]
fi
